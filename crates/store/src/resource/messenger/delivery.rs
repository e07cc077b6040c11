//! What is said goes out to the people at a bot's pages. The conversation itself is the outbox: it knows how far it has
//! gone out, so whatever is said in it, by whom and in whichever way, is sent in its order, and nothing has to be written
//! twice.

use rolecall_access::{BotId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::Result;
use crate::resource::Said;
use crate::resource::visit::SaidRow;
use crate::sql::query;
use crate::store::Store;

/// A conversation in which something is to go out.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The conversation.
    pub conversation: Uuid,
    /// Its bot.
    pub bot: BotId,
    /// Its peer: page and sender, with a colon between.
    pub peer: String,
    /// The channel.
    pub channel: Uuid,
    /// The page's token, sealed.
    pub token: Vec<u8>,
    /// The number of the last message that is done with.
    pub delivered: i64,
    /// Parts of the next one that went.
    pub parts: i64,
    /// How often the next part did not go.
    pub attempts: i64,
    /// When it was due.
    pub due_at: Timestamp,
}

/// Why a message did not reach its person, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// They have not written for more than a day.
    Window,
    /// It may not be sent to them.
    Refused,
    /// It was tried for a day.
    Failed,
}

impl Undelivered {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

#[derive(FromRow)]
struct DueRow {
    id: Uuid,
    bot_id: Uuid,
    peer: String,
    channel_id: Uuid,
    page_token: Vec<u8>,
    delivered: i64,
    delivered_parts: i64,
    attempts: i64,
    deliver_at: i64,
}

impl From<DueRow> for DueDelivery {
    fn from(row: DueRow) -> Self {
        Self {
            conversation: row.id,
            bot: BotId(row.bot_id),
            peer: row.peer,
            channel: row.channel_id,
            token: row.page_token,
            delivered: row.delivered,
            parts: row.delivered_parts,
            attempts: row.attempts,
            due_at: Timestamp(row.deliver_at),
        }
    }
}

impl Store {
    /// Conversations in which something is due to go out, of each person the first that has; those at pages that are
    /// paused, do not work, rest, or are at the bot no more wait.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_due_deliveries(&self, now: Timestamp, limit: u32) -> Result<Vec<DueDelivery>> {
        // The plus keeps SQLite from walking through all conversations of the bot by their numbers.
        let rows: Vec<DueRow> = query(
            "SELECT c.id, c.bot_id, c.peer, h.id AS channel_id, h.page_token, c.delivered, c.delivered_parts, c.attempts, \
             c.deliver_at FROM conversation c JOIN messenger_channel h ON h.bot_id = c.bot_id \
             AND c.peer LIKE h.page || ':%' AND c.channel = 'messenger' \
             WHERE c.peer <> '' AND c.messages > c.delivered AND c.deliver_at <= $1 AND h.page_token IS NOT NULL \
             AND h.connection_id IS NOT NULL AND h.paused_at IS NULL AND h.fault = '' AND h.rests_until <= $1 \
             AND NOT EXISTS (SELECT 1 FROM conversation o WHERE o.bot_id = c.bot_id AND o.channel = c.channel \
             AND o.peer = c.peer AND o.peer <> '' AND c.number > +o.number AND o.messages > o.delivered) \
             ORDER BY c.deliver_at, c.id LIMIT $2",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(DueDelivery::from).collect())
    }

    /// Claims what is due, until then. False: another process has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_delivery(&self, due: &DueDelivery, until: Timestamp) -> Result<bool> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let claimed =
            query("UPDATE conversation SET deliver_at = $3 WHERE id = $1 AND deliver_at = $2 AND delivered = $4")
                .bind(due.conversation)
                .bind(due.due_at.0)
                .bind(until.0)
                .bind(due.delivered)
                .execute(&mut transaction)
                .await?;
        transaction.commit().await?;
        Ok(claimed > 0)
    }

    /// What was said in it after this number, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_said_since(&self, due: &DueDelivery, limit: u32) -> Result<Vec<Said>> {
        let rows: Vec<SaidRow> = query(
            "SELECT number, sender, sender_name, text, choices, created_at FROM message \
             WHERE conversation_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        )
        .bind(due.conversation)
        .bind(due.delivered)
        .bind(i64::from(limit))
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(Said::from).collect())
    }

    /// It is done with so far: these messages, and parts of the next.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_delivered(&self, conversation: Uuid, delivered: i64, parts: i64) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        query("UPDATE conversation SET delivered = $2, delivered_parts = $3, attempts = 0 WHERE id = $1")
            .bind(conversation)
            .bind(delivered)
            .bind(parts)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The message of this number does not reach its person.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_undelivered(
        &self,
        conversation: Uuid,
        number: i64,
        reason: Undelivered,
        now: Timestamp,
    ) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        query(
            "INSERT INTO undelivered (conversation_id, number, reason, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (conversation_id, number) DO NOTHING",
        )
        .bind(conversation)
        .bind(number)
        .bind(reason.as_str())
        .bind(now.0)
        .execute(&mut transaction)
        .await?;
        query("UPDATE conversation SET delivered = $2, delivered_parts = 0, attempts = 0 WHERE id = $1")
            .bind(conversation)
            .bind(number)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Gives the claim up: what is left is due at that time, after so many attempts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn release_delivery(&self, conversation: Uuid, attempts: i64, at: Timestamp) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        query("UPDATE conversation SET attempts = $2, deliver_at = $3 WHERE id = $1")
            .bind(conversation)
            .bind(attempts)
            .bind(at.0)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Nothing is sent at the page until then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rest_page(&self, channel: Uuid, until: Timestamp) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        query("UPDATE messenger_channel SET rests_until = $2 WHERE id = $1 AND rests_until < $3")
            .bind(channel)
            .bind(until.0)
            .bind(until.0)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
