//! What people wrote to a bot's pages: kept before Facebook is answered, taken into conversations in its order, each once.

use rolecall_access::{BotId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::authorize::Admitted;
use crate::error::Result;
use crate::resource::Visit;
use crate::resource::visit::{SELECT as VISIT, VisitRow};
use crate::sql::query;
use crate::store::Store;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Wrote something, or chose an answer that was offered.
    Text,
    /// Pressed a button, such as the one that begins.
    Press,
    /// Sent what is no text.
    Other,
}

impl EventKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Press => "press",
            Self::Other => "other",
        }
    }

    fn parse(text: &str) -> Self {
        let all = [Self::Text, Self::Press];
        all.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Other)
    }
}

/// Something that came in.
#[derive(Clone, Debug)]
pub struct NewMessengerEvent {
    /// The page that it was sent to.
    pub page: String,
    /// Who sent it, as that page knows them.
    pub sender: String,
    /// A hash of what Facebook calls it: what comes again is the same.
    pub name: String,
    /// What it is.
    pub kind: EventKind,
    /// What was written.
    pub text: String,
    /// When it was sent, by Facebook's clock.
    pub sent_at: Timestamp,
}

/// Something that waits to be taken in.
#[derive(Clone, Debug)]
pub struct MessengerEvent {
    /// The channel.
    pub channel: Uuid,
    /// The bot.
    pub bot: BotId,
    /// When it came in.
    pub received_at: Timestamp,
    /// What it is.
    pub event: NewMessengerEvent,
}

#[derive(FromRow)]
struct EventRow {
    channel_id: Uuid,
    bot_id: Uuid,
    page: String,
    name: String,
    sender: String,
    kind: String,
    text: String,
    sent_at: i64,
    received_at: i64,
}

impl From<EventRow> for MessengerEvent {
    fn from(row: EventRow) -> Self {
        Self {
            channel: row.channel_id,
            bot: BotId(row.bot_id),
            received_at: Timestamp(row.received_at),
            event: NewMessengerEvent {
                page: row.page,
                sender: row.sender,
                name: row.name,
                kind: EventKind::parse(&row.kind),
                text: row.text,
                sent_at: Timestamp(row.sent_at),
            },
        }
    }
}

/// A sender's conversation with a bot.
#[derive(Clone, Debug)]
pub struct PeerVisit {
    /// The one that goes on, if any does.
    pub open: Option<Visit>,
    /// Whether what they sent is in a conversation already.
    pub taken: bool,
}

impl Store {
    /// Keeps what came in for pages that are at a bot and not paused; what is there already, or for no page of ours, is
    /// passed over. How many are new.
    ///
    /// # Errors
    /// If the database fails (then nothing is kept).
    pub async fn keep_messenger_events(&self, events: &[NewMessengerEvent], now: Timestamp) -> Result<u64> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let mut kept = 0;
        for (at, event) in (now.0..).zip(events) {
            kept += query(
                "INSERT INTO messenger_event (channel_id, name, sender, kind, text, sent_at, received_at, next_at) \
                 SELECT c.id, $2, $3, $4, $5, $6, $7, $8 FROM messenger_channel c \
                 WHERE c.page = $1 AND c.paused_at IS NULL ON CONFLICT (channel_id, name) DO NOTHING",
            )
            .bind(&event.page)
            .bind(&event.name)
            .bind(&event.sender)
            .bind(event.kind.as_str())
            .bind(&event.text)
            .bind(event.sent_at.0)
            .bind(at)
            .bind(now.0)
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(kept)
    }

    /// What is due to be taken in, of each sender the first, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_due_messenger_events(&self, now: Timestamp, limit: u32) -> Result<Vec<MessengerEvent>> {
        let rows: Vec<EventRow> = query(
            "SELECT e.channel_id, c.bot_id, c.page, e.name, e.sender, e.kind, e.text, e.sent_at, e.received_at \
             FROM messenger_event e JOIN messenger_channel c ON c.id = e.channel_id \
             WHERE e.done_at IS NULL AND e.next_at <= $1 AND NOT EXISTS (SELECT 1 FROM messenger_event o \
             WHERE o.channel_id = e.channel_id AND o.sender = e.sender AND o.done_at IS NULL \
             AND (o.next_at > $1 OR o.sent_at < e.sent_at OR (o.sent_at = e.sent_at AND o.received_at < e.received_at))) \
             ORDER BY e.received_at LIMIT $2",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(MessengerEvent::from).collect())
    }

    /// Claims everything that waits of the event's sender, until then. False: another process has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_messenger_sender(&self, of: &MessengerEvent, now: Timestamp, until: Timestamp) -> Result<bool> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let claimed = query(
            "UPDATE messenger_event SET next_at = $4 WHERE channel_id = $1 AND sender = $2 AND done_at IS NULL \
             AND next_at <= $3",
        )
        .bind(of.channel)
        .bind(&of.event.sender)
        .bind(now.0)
        .bind(until.0)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(claimed > 0)
    }

    /// The event is done with, or is not (`done` false); what else waits of its sender is due at `next`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn settle_messenger_event(
        &self,
        of: &MessengerEvent,
        done: bool,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        query("UPDATE messenger_event SET next_at = $3 WHERE channel_id = $1 AND sender = $2 AND done_at IS NULL")
            .bind(of.channel)
            .bind(&of.event.sender)
            .bind(next.0)
            .execute(&mut transaction)
            .await?;
        if done {
            query(
                "UPDATE messenger_event SET done_at = $3, sender = '', text = '' WHERE channel_id = $1 AND name = $2",
            )
            .bind(of.channel)
            .bind(&of.event.name)
            .bind(now.0)
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets the names of what was done before this instant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_messenger_events(&self, before: Timestamp) -> Result<u64> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let forgotten =
            query("DELETE FROM messenger_event WHERE done_at < $1").bind(before.0).execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(forgotten)
    }

    /// The conversation that the peer has with the bot, and whether what they call so is in one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_peer_visit(&self, to: &Admitted, peer: &str, name: &str) -> Result<PeerVisit> {
        let mut connection = self.pool.read().await?;
        let (taken,): (i64,) = query(
            "SELECT COUNT(*) FROM message m JOIN conversation c ON c.id = m.conversation_id \
             WHERE c.bot_id = $1 AND c.channel = 'messenger' AND c.peer = $2 AND c.peer <> '' AND m.client_id = $3",
        )
        .bind(to.bot().0)
        .bind(peer)
        .bind(name)
        .fetch_one(&mut connection)
        .await?;
        let open: Option<VisitRow> = query(format!(
            "{VISIT}bot_id = $1 AND channel = 'messenger' AND peer = $2 AND peer <> '' AND status <> 'closed' \
             ORDER BY number DESC LIMIT 1"
        ))
        .bind(to.bot().0)
        .bind(peer)
        .fetch_optional(&mut connection)
        .await?;
        Ok(PeerVisit { open: open.map(Visit::from), taken: taken > 0 })
    }
}
