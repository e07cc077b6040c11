//! A bot's draft: all that would be published now, read at one instant.

use std::collections::BTreeSet;

use rolecall_access::BotId;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Create, Resource};
use crate::error::Result;
use crate::resource::entity::find_entities;
use crate::resource::intent::{find_intents, lines};
use crate::resource::setting::find_settings;
use crate::resource::{Bot, Entity, Lessons, Model, Playgrounds, Publications};
use crate::sql::{Transaction, query};

/// Those for whom the draft is put together.
pub trait DraftReader: Resource<Record = Bot> {}

impl DraftReader for Publications {}
impl DraftReader for Playgrounds {}

/// A bot's draft as its tables have it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its settings, as JSON.
    pub settings: Option<String>,
    /// How its chat window looks, as JSON.
    pub appearance: Option<String>,
    /// Its flows, by name.
    pub flows: Vec<DraftFlow>,
    /// Its intents, by name.
    pub intents: Vec<DraftIntent>,
    /// Its entities, by name.
    pub entities: Vec<Entity>,
    /// The ids of its calls, which flows may make.
    pub calls: BTreeSet<String>,
    /// What is ready of its content.
    pub contents: Vec<DraftContent>,
    /// After how many changes to what it is taught.
    pub taught: i64,
    /// After how many of them it learned last; none: never.
    pub learned: Option<i64>,
}

/// A flow of a draft.
#[derive(Clone, Debug, FromRow)]
pub struct DraftFlow {
    /// Its name.
    pub name: String,
    /// When it begins: `conversation`, `intent`, `never`.
    pub begins: String,
    /// The intent that begins it.
    pub intent: String,
    /// Its steps, as JSON.
    pub steps: String,
}

/// An intent of a draft.
#[derive(Clone, Debug, FromRow)]
pub struct DraftIntent {
    /// Its name.
    pub name: String,
    /// What is said for it.
    pub response: String,
    /// The folded title of the content that is said instead.
    pub said: Option<String>,
    /// How many sentences it has.
    pub example_count: i64,
}

/// A piece of content that is ready.
#[derive(Clone, Debug, FromRow)]
pub struct DraftContent {
    /// Its id.
    pub id: Uuid,
    /// `entry` or `response`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The same, folded.
    pub title_folded: String,
    /// Its language.
    pub language: String,
    /// What it says.
    pub body: String,
    /// Words it should be found by, one a line.
    pub tags: String,
    /// Where it comes from.
    pub source: String,
}

#[derive(FromRow)]
struct TaughtRow {
    version: i64,
    model_version: Option<i64>,
    out_of_scope: String,
}

async fn find_taught(transaction: &mut Transaction, bot: BotId) -> Result<TaughtRow> {
    let row: Option<TaughtRow> = query("SELECT version, model_version, out_of_scope FROM training WHERE bot_id = $1")
        .bind(bot.0)
        .fetch_optional(transaction)
        .await?;
    Ok(row.unwrap_or(TaughtRow { version: 0, model_version: None, out_of_scope: String::new() }))
}

impl Access {
    /// The bot's draft.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_draft<R: DraftReader>(&mut self, of: &Authorized<R, Create>) -> Result<Draft> {
        let bot = of.record().id;
        let settings = find_settings(self.transaction(), bot).await?.settings;
        let appearance: Option<(String,)> = query("SELECT appearance FROM bot_appearance WHERE bot_id = $1")
            .bind(bot.0)
            .fetch_optional(self.transaction())
            .await?;
        let flows = query("SELECT name, begins, intent, steps FROM flow WHERE bot_id = $1 ORDER BY name_folded")
            .bind(bot.0)
            .fetch_all(self.transaction())
            .await?;
        let intents = query(
            "SELECT i.name, i.response, c.title_folded AS said, i.example_count FROM intent i \
             LEFT JOIN content c ON c.id = i.response_id AND c.bot_id = i.bot_id WHERE i.bot_id = $1 \
             ORDER BY i.name_folded",
        )
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        let contents = query(
            "SELECT id, kind, title, title_folded, language, body, tags, source FROM content \
             WHERE bot_id = $1 AND status = 'ready' ORDER BY title_folded, id",
        )
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        let entities = find_entities(self.transaction(), bot).await?;
        let calls: Vec<(Uuid,)> = query("SELECT id FROM integration WHERE bot_id = $1 AND kind = 'call'")
            .bind(bot.0)
            .fetch_all(self.transaction())
            .await?;
        let calls: BTreeSet<String> = calls.into_iter().map(|(id,)| id.to_string()).collect();
        let taught = find_taught(self.transaction(), bot).await?;
        let (learned, taught) = (taught.model_version, taught.version);
        let appearance = appearance.map(|(json,)| json);
        Ok(Draft { settings, appearance, flows, intents, entities, calls, contents, taught, learned })
    }

    /// What the draft has learned last.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_draft_model<R: DraftReader>(&mut self, of: &Authorized<R, Create>) -> Result<Option<Model>> {
        let row: Option<(i64, Vec<u8>)> =
            query("SELECT model_version, model FROM training WHERE bot_id = $1 AND model_version IS NOT NULL")
                .bind(of.record().id.0)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(version, bytes)| Model { version, bytes }))
    }

    /// What the draft would learn from, for whoever publishes it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_draft_lessons(&mut self, of: &Authorized<Publications, Create>) -> Result<Lessons> {
        let bot = of.record().id;
        let intents = find_intents(self.transaction(), bot).await?;
        let taught = find_taught(self.transaction(), bot).await?;
        Ok(Lessons { intents, out_of_scope: lines(&taught.out_of_scope), version: taught.version })
    }
}
