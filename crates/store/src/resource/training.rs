//! What a bot has learned from what it was taught, and its playground, where that is tried.

use rolecall_access::{BotId, Timestamp};
use serde_json::json;
use sqlx::FromRow;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Create, In, Read, Update};
use crate::change::Change;
use crate::error::Result;
use crate::resource::bot::on_bot;
use crate::resource::intent::{count_intents, find_intents, lines};
use crate::resource::organization::fresh;
use crate::resource::{Intent, Intents};
use crate::sql::{Transaction, query};

/// How things stand with a bot's training.
#[derive(Clone, Debug, Default)]
pub struct Training {
    /// How many intents it has.
    pub intents: i64,
    /// How many sentences mean one.
    pub examples: i64,
    /// How many sentences mean none.
    pub out_of_scope: usize,
    /// The number of changes to what it is taught.
    pub version: i64,
    /// After how many of them it learned last.
    pub trained_version: Option<i64>,
    /// When it learned last.
    pub trained_at: Option<Timestamp>,
    /// What it learned then, as it was reported.
    pub report: Option<serde_json::Value>,
}

/// A bot's sentences that mean none of its intents.
#[derive(Clone, Debug)]
pub struct OutOfScope {
    /// The sentences.
    pub sentences: Vec<String>,
    /// The list's version (for If-Match).
    pub version: i64,
}

/// All that a bot learns from.
#[derive(Clone, Debug)]
pub struct Lessons {
    /// Its intents, by name.
    pub intents: Vec<Intent>,
    /// Sentences that mean none.
    pub out_of_scope: Vec<String>,
    /// After how many changes.
    pub version: i64,
}

/// What it has learned.
#[derive(Clone, Debug)]
pub struct Model {
    /// After how many changes to what it was taught.
    pub version: i64,
    /// The model, as `rolecall-bots` writes it.
    pub bytes: Vec<u8>,
}

/// The resource `Playground` (record: the bot).
pub struct Playgrounds;

on_bot!(Playgrounds, "Playground");

#[derive(FromRow)]
struct TrainingRow {
    out_of_scope: String,
    out_of_scope_version: i64,
    version: i64,
    model_version: Option<i64>,
    report: Option<String>,
    trained_at: Option<i64>,
}

async fn find_row(transaction: &mut Transaction, bot: BotId) -> Result<Option<TrainingRow>> {
    Ok(query(
        "SELECT out_of_scope, out_of_scope_version, version, model_version, report, trained_at FROM training \
         WHERE bot_id = $1",
    )
    .bind(bot.0)
    .fetch_optional(transaction)
    .await?)
}

impl Access {
    /// How things stand with the bot's training.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_training(&mut self, within: &Authorized<In<Intents>, Read>) -> Result<Training> {
        let (intents, examples) = count_intents(self.transaction(), within.id).await?;
        let row = find_row(self.transaction(), within.id).await?;
        let empty = Training { intents, examples, ..Training::default() };
        Ok(row.map_or(empty.clone(), |row| Training {
            out_of_scope: row.out_of_scope.lines().count(),
            version: row.version,
            trained_version: row.model_version,
            trained_at: row.trained_at.map(Timestamp),
            report: row.report.and_then(|text| serde_json::from_str(&text).ok()),
            ..empty
        }))
    }

    /// The bot's sentences that mean none of its intents.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_out_of_scope<A: Action>(&mut self, within: &Authorized<In<Intents>, A>) -> Result<OutOfScope> {
        let row = find_row(self.transaction(), within.id).await?;
        Ok(row.map_or(OutOfScope { sentences: Vec::new(), version: 1 }, |row| OutOfScope {
            sentences: lines(&row.out_of_scope),
            version: row.out_of_scope_version,
        }))
    }

    /// All that the bot learns from, whoever owns it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_lessons(&mut self, within: &Authorized<In<Intents>, Update>) -> Result<Lessons> {
        let intents = find_intents(self.transaction(), within.id).await?;
        let row = find_row(self.transaction(), within.id).await?;
        let (out_of_scope, version) = row.map_or((Vec::new(), 0), |row| (lines(&row.out_of_scope), row.version));
        Ok(Lessons { intents, out_of_scope, version })
    }

    /// After how many changes the bot learned last; none: it never did.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_model_version(&mut self, of: &Authorized<Playgrounds, Create>) -> Result<Option<i64>> {
        Ok(find_row(self.transaction(), of.id).await?.and_then(|row| row.model_version))
    }

    /// What the bot has learned.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_model(&mut self, of: &Authorized<Playgrounds, Create>) -> Result<Option<Model>> {
        let row: Option<(i64, Vec<u8>)> =
            query("SELECT model_version, model FROM training WHERE bot_id = $1 AND model_version IS NOT NULL")
                .bind(of.id.0)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(version, bytes)| Model { version, bytes }))
    }
}

impl Change {
    /// Notes that what the bot is taught has changed.
    pub(crate) async fn taught(&mut self, bot: BotId) -> Result<()> {
        query(
            "INSERT INTO training (bot_id, out_of_scope, version) VALUES ($1, '', 1) \
             ON CONFLICT (bot_id) DO UPDATE SET version = training.version + 1",
        )
        .bind(bot.0)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// Replaces the sentences that mean no intent, none with a line break.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn set_out_of_scope(
        &mut self,
        of: &Authorized<In<Intents>, Update>,
        version: Option<i64>,
        sentences: &[String],
    ) -> Result<()> {
        let before = self.find_out_of_scope(of).await?;
        fresh(version, before.version)?;
        self.keep_out_of_scope(of.id, sentences).await?;
        let entry = AuditEntry::done(of.organization, "set_out_of_scope", "TrainingData", of.id.0, &of.name);
        let count = |sentences: &[String]| json!({ "sentences": sentences.len() });
        self.audit(entry.changed(count(&before.sentences), count(sentences)));
        Ok(())
    }

    /// Replaces them without telling of it: call this with leave to update what the bot is taught, or to make the bot.
    pub(crate) async fn keep_out_of_scope(&mut self, bot: BotId, sentences: &[String]) -> Result<()> {
        self.taught(bot).await?;
        query(
            "UPDATE training SET out_of_scope = $2, out_of_scope_version = out_of_scope_version + 1 WHERE bot_id = $1",
        )
        .bind(bot.0)
        .bind(sentences.join("\n"))
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// Keeps what the bot has learned, in place of what it had learned from no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_model(
        &mut self,
        of: &Authorized<In<Intents>, Update>,
        model: &Model,
        report: &serde_json::Value,
    ) -> Result<()> {
        self.insert_model(of.id, model, report).await?;
        self.audit(AuditEntry::done(of.organization, "train", "TrainingData", of.id.0, &of.name));
        Ok(())
    }

    /// After how many changes to what it is taught the bot is now.
    pub(crate) async fn find_taught_version(&mut self, bot: BotId) -> Result<i64> {
        Ok(find_row(self.transaction(), bot).await?.map_or(0, |row| row.version))
    }

    /// Keeps it without telling of it: call this with leave to update what the bot is taught, or to make the bot.
    pub(crate) async fn insert_model(&mut self, bot: BotId, model: &Model, report: &serde_json::Value) -> Result<()> {
        let now = self.caller().now.0;
        query(
            "INSERT INTO training (bot_id, out_of_scope, version, model, model_version, report, trained_at) \
             VALUES ($1, '', $2, $3, $2, $4, $5) ON CONFLICT (bot_id) DO UPDATE SET model = excluded.model, \
             model_version = excluded.model_version, report = excluded.report, trained_at = excluded.trained_at \
             WHERE training.model_version IS NULL OR training.model_version <= excluded.model_version",
        )
        .bind(bot.0)
        .bind(model.version)
        .bind(&model.bytes[..])
        .bind(report.to_string())
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }
}
