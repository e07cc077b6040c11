//! Conversations of a bot's visitors, as its team sees them: listed, read, answered by a person, deleted.
//!
//! A conversation is owned by whoever it is assigned to: who holds `Conversation` with the relation *owner* sees and answers
//! those that were given to them, and no others. What visitors and the bot do in it needs no permission of a person.

mod agents;
mod answer;
mod contact;
mod list;
mod waiting;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::authorize::{Child, Place, Resource};
use crate::error::Result;
use crate::resource::bot::{find_bot, on_bot};
use crate::resource::{Bot, Bots};
use crate::sql::{Transaction, query};

pub use agents::Answering;
pub(crate) use agents::answers;
pub use answer::{Reply, Turn};
pub use contact::Contact;
pub use list::{Assigned, ConversationFilter, ConversationMessage};
pub use waiting::{DueHandover, WaitingConversation};

/// The resource `Conversation` (record: the bot).
pub struct Conversations;

on_bot!(Conversations, "Conversation");

/// Who answers in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationStatus {
    /// The bot.
    Bot,
    /// The bot; a person was asked for.
    Waiting,
    /// A person; the bot is silent.
    Agent,
    /// Nobody: it is over.
    Closed,
}

impl ConversationStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Agent, Self::Bot, Self::Closed];

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

    /// The status so written, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A conversation.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its id.
    pub id: Uuid,
    /// Its number in the bot.
    pub number: i64,
    /// The version of the bot that answers in it.
    pub bot_version: i64,
    /// Where it is held: `web`, `api`, ….
    pub channel: String,
    /// Its language.
    pub language: String,
    /// Who answers.
    pub status: ConversationStatus,
    /// Whose it is, with their name.
    pub assigned: Option<(UserId, String)>,
    /// How the visitor can be reached.
    pub contact: Contact,
    /// The page that the visitor was on.
    pub page: String,
    /// Since when a person is waited for.
    pub waiting_since: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When something was last said.
    pub last_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What was said last, and by whom.
    pub last: Option<(String, String)>,
}

impl Conversation {
    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.assigned.as_ref().map(|(user, _)| *user)
    }
}

/// A conversation with its bot.
#[derive(Clone, Debug)]
pub struct HeldConversation {
    /// The bot.
    pub bot: Bot,
    /// The conversation.
    pub conversation: Conversation,
}

impl HeldConversation {
    /// How the audit log calls it: never by its visitor.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} #{}", self.bot.name, self.conversation.number)
    }
}

/// The resource `Conversation`: one of a bot's.
pub struct HeldConversations;

impl Resource for HeldConversations {
    type Id = (BotId, Uuid);
    type Record = HeldConversation;
    const MODEL: &'static str = "Conversation";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<HeldConversation>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let found = find_conversation(transaction, bot.id, id).await?;
        Ok(found.map(|conversation| HeldConversation { bot, conversation }))
    }

    fn place(record: &HeldConversation) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.conversation.owner() }
    }
}

impl Child for HeldConversations {
    type Parent = Bots;
}

#[derive(FromRow)]
struct ConversationRow {
    id: Uuid,
    number: i64,
    bot_version: i64,
    channel: String,
    language: String,
    status: String,
    assigned_to: Option<Uuid>,
    assigned_name: Option<String>,
    contact_name: String,
    contact_email: String,
    contact_phone: String,
    page: String,
    waiting_since: Option<i64>,
    created_at: i64,
    last_at: i64,
    closed_at: Option<i64>,
    last_sender: Option<String>,
    last_text: Option<String>,
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        Self {
            id: row.id,
            number: row.number,
            bot_version: row.bot_version,
            channel: row.channel,
            language: row.language,
            // The table has no others.
            status: ConversationStatus::parse(&row.status).unwrap_or(ConversationStatus::Closed),
            assigned: row.assigned_to.map(UserId).zip(row.assigned_name),
            contact: Contact { name: row.contact_name, email: row.contact_email, phone: row.contact_phone },
            page: row.page,
            waiting_since: row.waiting_since.map(Timestamp),
            created_at: Timestamp(row.created_at),
            last_at: Timestamp(row.last_at),
            closed_at: row.closed_at.map(Timestamp),
            last: row.last_sender.zip(row.last_text),
        }
    }
}

const SELECT: &str = "SELECT c.id, c.number, c.bot_version, c.channel, c.language, c.status, c.assigned_to, \
    a.name AS assigned_name, c.contact_name, c.contact_email, c.contact_phone, c.page, c.waiting_since, c.created_at, \
    c.last_at, c.closed_at, m.sender AS last_sender, m.text AS last_text";
const FROM: &str = " FROM conversation c LEFT JOIN account a ON a.id = c.assigned_to \
    LEFT JOIN message m ON m.conversation_id = c.id \
    AND m.number = (SELECT MAX(l.number) FROM message l WHERE l.conversation_id = c.id) WHERE c.bot_id = ";

async fn find_conversation(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Conversation>> {
    let mut query = query(format!("{SELECT}{FROM}"));
    query.push_bind(bot.0).push(" AND c.id = ").push_bind(id);
    let row: Option<ConversationRow> = query.fetch_optional(transaction).await?;
    Ok(row.map(Conversation::from))
}
