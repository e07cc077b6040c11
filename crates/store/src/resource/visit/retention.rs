//! Deleting conversations that have been quiet for long.

use rolecall_access::{BotId, Timestamp};
use serde_json::json;

use crate::audit::AuditEntry;
use crate::change::Change;
use crate::error::Result;
use crate::resource::bot::find_bot;
use crate::sql::query;
use crate::store::Store;

/// Conversations deleted in one change.
const MOST: i64 = 200;

impl Store {
    /// Whether the bot has conversations that have been quiet since before this instant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_quiet_conversations(&self, bot: BotId, before: Timestamp) -> Result<bool> {
        let row: Option<(i64,)> = query("SELECT number FROM conversation WHERE bot_id = $1 AND last_at < $2 LIMIT 1")
            .bind(bot.0)
            .bind(before.0)
            .fetch_optional(&mut self.pool.read().await?)
            .await?;
        Ok(row.is_some())
    }
}

impl Change {
    /// Deletes some of them with all that was said; how many. The audit log says for how many days they were kept.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_quiet_conversations(&mut self, bot: BotId, before: Timestamp, days: u32) -> Result<u64> {
        let Some(bot) = find_bot(self.transaction(), bot).await? else { return Ok(0) };
        let deleted = query(
            "DELETE FROM conversation WHERE id IN (SELECT id FROM conversation WHERE bot_id = $1 AND last_at < $2 \
             ORDER BY last_at LIMIT $3)",
        )
        .bind(bot.id.0)
        .bind(before.0)
        .bind(MOST)
        .execute(self.transaction())
        .await?;
        let entry = AuditEntry::done(bot.organization, "expire", "Conversation", bot.id.0, &bot.name);
        self.audit(entry.with(json!({ "conversations": deleted, "days": days })));
        Ok(deleted)
    }
}
