//! What webhooks are told of: put into the outbox in the transaction in which it happens.

use std::collections::BTreeSet;

use rolecall_access::{BotId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::new_id;
use crate::sql::{Transaction, query};

/// What can be told of.
pub const EVENTS: [&str; 7] = [
    "conversation.started",
    "message.received",
    "message.sent",
    "handover.asked",
    "conversation.closed",
    "contact.left",
    "bot.published",
];
/// Rows of one statement: databases take so many values and no more.
const MOST: usize = 1_000;
/// What is sent when somebody tries one.
pub const TEST: &str = "integration.test";

/// Something that happened.
pub(crate) struct NewEvent {
    /// In which bot.
    pub bot: BotId,
    /// In which conversation.
    pub conversation: Option<Uuid>,
    /// What kind of thing.
    pub event: &'static str,
    /// What is told of it.
    pub data: Value,
}

/// Webhooks that are told of what happens in some bots: the bot, the webhook, its events.
pub(crate) struct Hooks(Vec<(Uuid, Uuid, String)>);

impl Hooks {
    /// The active webhooks of these bots.
    pub async fn of(transaction: &mut Transaction, bots: impl IntoIterator<Item = BotId>) -> Result<Self> {
        let bots: BTreeSet<Uuid> = bots.into_iter().map(|bot| bot.0).collect();
        if bots.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let mut hooks = query(
            "SELECT bot_id, id, events FROM integration WHERE kind = 'webhook' AND status = 'active' AND bot_id IN (",
        );
        hooks.push_binds(bots).push(")");
        Ok(Self(hooks.fetch_all(transaction).await?))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts into the outbox what each is to be told.
    pub async fn tell(&self, transaction: &mut Transaction, now: Timestamp, events: &[NewEvent]) -> Result<()> {
        let listens = |event: &NewEvent, (bot, _, events): &(Uuid, Uuid, String)| {
            *bot == event.bot.0 && events.split_whitespace().any(|one| one == event.event)
        };
        let heard = |event| self.0.iter().filter(move |hook| listens(event, hook)).map(move |hook| (event, hook.1));
        let deliveries: Vec<(&NewEvent, Uuid)> = events.iter().flat_map(heard).collect();
        for some in deliveries.chunks(MOST) {
            enqueue(transaction, now, some).await?;
        }
        Ok(())
    }
}

async fn enqueue(transaction: &mut Transaction, now: Timestamp, deliveries: &[(&NewEvent, Uuid)]) -> Result<()> {
    let mut insert = query(
        "INSERT INTO delivery (id, integration_id, conversation_id, event, data, status, created_at, next_at) VALUES (",
    );
    let mut separator = "";
    for (event, hook) in deliveries {
        insert.push(separator).push_bind(new_id(now)?).push(", ").push_bind(*hook).push(", ");
        insert.push_bind(event.conversation).push(", ").push_bind(event.event).push(", ");
        insert.push_bind(event.data.to_string()).push(", 'waiting', ").push_bind(now.0).push(", ");
        insert.push_bind(now.0).push(")");
        separator = ", (";
    }
    insert.execute(transaction).await?;
    Ok(())
}

/// Tells the bot's webhooks of one event.
pub(crate) async fn tell(transaction: &mut Transaction, now: Timestamp, event: NewEvent) -> Result<()> {
    let hooks = Hooks::of(transaction, [event.bot]).await?;
    if hooks.is_empty() {
        return Ok(());
    }
    hooks.tell(transaction, now, &[event]).await
}
