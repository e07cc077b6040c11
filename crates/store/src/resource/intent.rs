//! What a bot is taught: intents, each with the sentences that mean it and what is answered.

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::bot::find_bot;
use crate::resource::organization::{fresh, gone};
use crate::resource::{Bot, Bots, Contents, List, Page};
use crate::sql::{Transaction, query};

/// An intent.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique in the bot.
    pub name: String,
    /// What the bot answers; empty: nothing yet.
    pub response: String,
    /// The response of the bot's content that it answers with instead.
    pub response_id: Option<Uuid>,
    /// Sentences that mean it.
    pub examples: Vec<String>,
    /// Whose it is: its creator's at first.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

/// An intent with its bot.
#[derive(Clone, Debug)]
pub struct TaughtIntent {
    /// The bot.
    pub bot: Bot,
    /// The intent.
    pub intent: Intent,
}

/// An intent to be made.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// Its name.
    pub name: String,
    /// What the bot answers.
    pub response: String,
    /// The response of the bot's content that it answers with instead.
    pub response_id: Option<Uuid>,
    /// Sentences that mean it, none with a line break.
    pub examples: Vec<String>,
}

/// What of an intent changes; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct IntentChange {
    /// A new name.
    pub name: Option<String>,
    /// Another answer.
    pub response: Option<String>,
    /// Another response of the bot's content to answer with, or none.
    pub response_id: Option<Option<Uuid>>,
    /// The whole list of sentences, none with a line break.
    pub examples: Option<Vec<String>>,
}

/// The resource `TrainingData`: an intent of a bot.
pub struct Intents;

impl Resource for Intents {
    type Id = (BotId, Uuid);
    type Record = TaughtIntent;
    const MODEL: &'static str = "TrainingData";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<TaughtIntent>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let intent = find_intent(transaction, bot.id, id).await?;
        Ok(intent.map(|intent| TaughtIntent { bot, intent }))
    }

    fn place(record: &TaughtIntent) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.intent.owner }
    }
}

impl Child for Intents {
    type Parent = Bots;
}

#[derive(FromRow)]
struct IntentRow {
    id: Uuid,
    name: String,
    response: String,
    response_id: Option<Uuid>,
    examples: String,
    owner_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<IntentRow> for Intent {
    fn from(row: IntentRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            response: row.response,
            response_id: row.response_id,
            examples: lines(&row.examples),
            owner: row.owner_id.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

/// Sentences as stored: one a line.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

const SELECT: &str = "SELECT i.id, i.name, i.response, i.response_id, i.examples, i.owner_id, i.created_at, \
    i.updated_at, i.version";

async fn find_intent(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Intent>> {
    let row: Option<IntentRow> = query(format!("{SELECT} FROM intent i WHERE i.bot_id = $1 AND i.id = $2"))
        .bind(bot.0)
        .bind(id)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(Intent::from))
}

/// Every intent of a bot, by name: what it learns from.
pub(crate) async fn find_intents(transaction: &mut Transaction, bot: BotId) -> Result<Vec<Intent>> {
    let rows: Vec<IntentRow> = query(format!("{SELECT} FROM intent i WHERE i.bot_id = $1 ORDER BY i.name_folded"))
        .bind(bot.0)
        .fetch_all(transaction)
        .await?;
    Ok(rows.into_iter().map(Intent::from).collect())
}

/// How many intents and sentences a bot has.
pub(crate) async fn count_intents(transaction: &mut Transaction, bot: BotId) -> Result<(i64, i64)> {
    // PostgreSQL sums BIGINTs to NUMERIC.
    Ok(query("SELECT COUNT(*), CAST(COALESCE(SUM(example_count), 0) AS BIGINT) FROM intent WHERE bot_id = $1")
        .bind(bot.0)
        .fetch_one(transaction)
        .await?)
}

impl Access {
    /// The bot's intents that the caller reads; sorts: `name` (default), `updated_at`, `examples`; `q` looks into names,
    /// answers and sentences.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_intents(&mut self, within: &Authorized<In<Intents>, Read>, list: &List) -> Result<Page<Intent>> {
        let sorts = [
            ("name", "i.name_folded", Key::Text),
            ("updated_at", "i.updated_at", Key::Number),
            ("examples", "i.example_count", Key::Number),
        ];
        let order = Order::of(list, &sorts, "name", "i.id")?;
        let mut query =
            query(format!("{SELECT}, {} AS sort_key, i.id AS page_id FROM intent i WHERE i.bot_id = ", order.column()));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "i.owner_id");
        search(&mut query, list.q.as_deref(), &["i.searched"]);
        Ok(order.fetch::<IntentRow>(self.transaction(), query).await?.map(Intent::from))
    }

    /// Every intent of the bot that the caller reads, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_readable_intents(&mut self, within: &Authorized<In<Intents>, Read>) -> Result<Vec<Intent>> {
        let mut query = query(format!("{SELECT} FROM intent i WHERE i.bot_id = "));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "i.owner_id");
        query.push(" ORDER BY i.name_folded");
        let rows: Vec<IntentRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(Intent::from).collect())
    }

    /// The id of the bot's intent of this name, whatever its case.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_intent_named(
        &mut self,
        within: &Authorized<In<Intents>, Create>,
        name: &str,
    ) -> Result<Option<Uuid>> {
        let row: Option<(Uuid,)> = query("SELECT id FROM intent WHERE bot_id = $1 AND name_folded = $2")
            .bind(within.id.0)
            .bind(fold(name))
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(id,)| id))
    }

    /// The names of the intents that answer with the response, of those that the caller reads.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_answering_intents(
        &mut self,
        within: &Authorized<In<Intents>, Read>,
        response: &Authorized<Contents, Read>,
    ) -> Result<Vec<String>> {
        let mut query = query("SELECT i.name FROM intent i WHERE i.bot_id = ");
        query.push_bind(within.id.0).push(" AND i.response_id = ").push_bind(response.content.id);
        narrow(&mut query, within.extent(), "i.owner_id");
        query.push(" ORDER BY i.name_folded");
        let names: Vec<(String,)> = query.fetch_all(self.transaction()).await?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    /// How many intents and sentences the bot has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_intents<A: Action>(&mut self, within: &Authorized<In<Intents>, A>) -> Result<(i64, i64)> {
        count_intents(self.transaction(), within.id).await
    }
}

impl Change {
    /// Makes an intent; its creator owns it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_intent(&mut self, within: &Authorized<In<Intents>, Create>, new: &NewIntent) -> Result<Intent> {
        let made = self.insert_intent(within.id, new).await?;
        let fields = json!({ "name": new.name, "response": new.response, "examples": new.examples.len() });
        self.audit(AuditEntry::done(within.organization, "create", "TrainingData", made.id, &new.name).with(fields));
        Ok(made)
    }

    /// Makes an intent without telling of it: call this with leave to create intents in the bot, or to make the bot.
    pub(crate) async fn insert_intent(&mut self, bot: BotId, new: &NewIntent) -> Result<Intent> {
        let (id, now, owner) = (self.new_id()?, self.caller().now.0, self.given_by());
        let response = self.check_response(bot, new.response_id).await?;
        query(
            "INSERT INTO intent (id, bot_id, name, name_folded, response, examples, example_count, searched, owner_id, \
             created_at, updated_at, response_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(&new.response)
        .bind(new.examples.join("\n"))
        .bind(count(&new.examples))
        .bind(searched(&new.name, &new.response, &new.examples))
        .bind(owner)
        .bind(now)
        .bind(response)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.taught(bot).await?;
        find_intent(self.transaction(), bot, id).await?.ok_or_else(gone)
    }

    /// Changes it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn update_intent(
        &mut self,
        of: &Authorized<Intents, Update>,
        version: Option<i64>,
        change: IntentChange,
    ) -> Result<Intent> {
        let before = &of.intent;
        fresh(version, before.version)?;
        let name = change.name.as_ref().unwrap_or(&before.name);
        let response = change.response.as_ref().unwrap_or(&before.response);
        let examples = change.examples.as_ref().unwrap_or(&before.examples);
        let now = self.caller().now.0;
        let of_content = match change.response_id {
            Some(id) => self.check_response(of.bot.id, id).await?,
            None => before.response_id,
        };
        query(
            "UPDATE intent SET name = $2, name_folded = $3, response = $4, examples = $5, example_count = $6, \
             searched = $7, updated_at = $8, response_id = $9, version = version + 1 WHERE id = $1",
        )
        .bind(before.id)
        .bind(name)
        .bind(fold(name))
        .bind(response)
        .bind(examples.join("\n"))
        .bind(count(examples))
        .bind(searched(name, response, examples))
        .bind(now)
        .bind(of_content)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.taught(of.bot.id).await?;
        let fields = |name: &str, response: &str, examples: &[String]| json!({ "name": name, "response": response, "examples": examples.len() });
        let entry = AuditEntry::done(of.bot.organization, "update", "TrainingData", before.id, name);
        let earlier = fields(&before.name, &before.response, &before.examples);
        self.audit(entry.changed(earlier, fields(name, response, examples)));
        find_intent(self.transaction(), of.bot.id, before.id).await?.ok_or_else(gone)
    }

    /// Deletes it with its sentences.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_intent(&mut self, of: &Authorized<Intents, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, of.intent.version)?;
        query("DELETE FROM intent WHERE id = $1").bind(of.intent.id).execute(self.transaction()).await?;
        self.taught(of.bot.id).await?;
        self.audit(AuditEntry::done(of.bot.organization, "delete", "TrainingData", of.intent.id, &of.intent.name));
        Ok(())
    }
}

fn count(examples: &[String]) -> i64 {
    i64::try_from(examples.len()).unwrap_or(i64::MAX)
}

fn searched(name: &str, response: &str, examples: &[String]) -> String {
    fold(&[name, response, &examples.join("\n")].join("\n"))
}
