//! A conversation from its visitor's side: found by the visitor's token, written in batches.
//!
//! What visitors say is no fact of access: it changes nobody's permissions, needs no guard, no revision and no audit
//! row, and there is much of it. So it is written apart from [`Change`](crate::Change), for many visitors in one commit
//! (see `write`), each on the condition that their conversation is as it was when the reply was made.

mod retention;
mod tell;
mod write;

use rolecall_access::{BotId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::authorize::Admitted;
use crate::error::Result;
use crate::sql::{Query, query};
use crate::store::Store;

pub use write::{Expected, NewSaid, VisitWrite, Written};

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The bot answers.
    Bot,
    /// A person was asked for.
    Waiting,
    /// A person answers.
    Agent,
    /// It has ended.
    Closed,
}

impl Status {
    /// As stored and as the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Waiting => "waiting",
            Self::Agent => "agent",
            Self::Closed => "closed",
        }
    }

    fn parse(text: &str) -> Self {
        let all = [Self::Bot, Self::Waiting, Self::Agent];
        all.into_iter().find(|status| status.as_str() == text).unwrap_or(Self::Closed)
    }
}

/// A conversation as its visitor goes on with it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Its id.
    pub id: Uuid,
    /// Its bot.
    pub bot: BotId,
    /// The version of the bot that it began with.
    pub bot_version: i64,
    /// Where it is held: `web`, `api`, ….
    pub channel: String,
    /// The language that is spoken.
    pub language: String,
    /// Where the bot is in it, as JSON.
    pub state: String,
    /// How it stands.
    pub status: Status,
    /// The number of its last message.
    pub messages: i64,
    /// Its version.
    pub version: i64,
    /// When it began.
    pub created_at: Timestamp,
}

/// What was said in a conversation.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its number in the conversation, from 1 on.
    pub number: i64,
    /// Who: `visitor`, `bot`, `agent`, `note`.
    pub sender: String,
    /// Their name, where they have one.
    pub name: String,
    /// What.
    pub text: String,
    /// Answers that were offered, as a JSON list.
    pub choices: String,
    /// When.
    pub at: Timestamp,
}

#[derive(FromRow)]
pub(crate) struct VisitRow {
    id: Uuid,
    bot_id: Uuid,
    bot_version: i64,
    channel: String,
    language: String,
    state: String,
    status: String,
    messages: i64,
    version: i64,
    created_at: i64,
}

impl From<VisitRow> for Visit {
    fn from(row: VisitRow) -> Self {
        Self {
            id: row.id,
            bot: BotId(row.bot_id),
            bot_version: row.bot_version,
            channel: row.channel,
            language: row.language,
            state: row.state,
            status: Status::parse(&row.status),
            messages: row.messages,
            version: row.version,
            created_at: Timestamp(row.created_at),
        }
    }
}

#[derive(FromRow)]
pub(crate) struct SaidRow {
    number: i64,
    sender: String,
    sender_name: String,
    text: String,
    choices: String,
    created_at: i64,
}

impl From<SaidRow> for Said {
    fn from(row: SaidRow) -> Self {
        let SaidRow { number, sender, sender_name, text, choices, created_at } = row;
        Self { number, sender, name: sender_name, text, choices, at: Timestamp(created_at) }
    }
}

pub(crate) const SELECT: &str = "SELECT id, bot_id, bot_version, channel, language, state, status, messages, version, created_at \
                      FROM conversation WHERE ";

impl Store {
    /// The bot's conversation whose visitor has the token of this hash.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_visit(&self, to: &Admitted, token_hash: &[u8; 32]) -> Result<Option<Visit>> {
        self.visit(query(format!("{SELECT}bot_id = $1 AND token_hash = $2")).bind(to.bot().0).bind(token_hash)).await
    }

    /// The bot's conversation of this id that a key began.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_visit_of_key(&self, to: &Admitted, id: Uuid) -> Result<Option<Visit>> {
        self.visit(query(format!("{SELECT}bot_id = $1 AND channel = 'api' AND id = $2")).bind(to.bot().0).bind(id))
            .await
    }

    async fn visit(&self, query: Query) -> Result<Option<Visit>> {
        let row: Option<VisitRow> = query.fetch_optional(&mut self.pool.read().await?).await?;
        Ok(row.map(Visit::from))
    }

    /// What was said after this number, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_said(&self, visit: &Visit, after: i64, most: i64) -> Result<Vec<Said>> {
        let rows: Vec<SaidRow> = query(
            "SELECT number, sender, sender_name, text, choices, created_at FROM message \
             WHERE conversation_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(visit.id)
        .bind(after)
        .bind(most)
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(Said::from).collect())
    }

    /// The number and text of the visitor's message that they named so.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_sent(&self, visit: &Visit, client_id: &str) -> Result<Option<(i64, String)>> {
        Ok(query("SELECT number, text FROM message WHERE conversation_id = $1 AND client_id = $2")
            .bind(visit.id)
            .bind(client_id)
            .fetch_optional(&mut self.pool.read().await?)
            .await?)
    }

    /// The version of the bot that is live, if any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_live_version(&self, bot: BotId) -> Result<Option<i64>> {
        let row: Option<(Option<i64>,)> = query("SELECT published_version FROM bot WHERE id = $1")
            .bind(bot.0)
            .fetch_optional(&mut self.pool.read().await?)
            .await?;
        Ok(row.and_then(|(version,)| version))
    }
}
