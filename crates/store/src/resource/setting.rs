//! A bot's settings, as JSON that the server reads, and the sealed key of its language model.

use rolecall_access::BotId;
use serde_json::json;
use sqlx::FromRow;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Update};
use crate::change::Change;
use crate::error::Result;
use crate::resource::bot::on_bot;
use crate::resource::organization::fresh;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// The resource `BotSetting` (record: the bot).
pub struct BotSettings;

on_bot!(BotSettings, "BotSetting");

/// A bot's settings as stored.
#[derive(Clone, Debug, Default)]
pub struct StoredSettings {
    /// As JSON; none: as usual.
    pub settings: Option<String>,
    /// The key of its language model, sealed.
    pub model_key: Option<Vec<u8>>,
    /// Their version (for If-Match).
    pub version: i64,
}

#[derive(FromRow)]
struct SettingRow {
    settings: String,
    model_key: Option<Vec<u8>>,
    version: i64,
}

pub(crate) async fn find_settings(transaction: &mut Transaction, bot: BotId) -> Result<StoredSettings> {
    let row: Option<SettingRow> = query("SELECT settings, model_key, version FROM bot_setting WHERE bot_id = $1")
        .bind(bot.0)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map_or_else(StoredSettings::default, |row| StoredSettings {
        settings: Some(row.settings),
        model_key: row.model_key,
        version: row.version,
    }))
}

impl Access {
    /// The bot's settings.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_bot_settings<A: Action>(&mut self, of: &Authorized<BotSettings, A>) -> Result<StoredSettings> {
        find_settings(self.transaction(), of.id).await
    }
}

impl Change {
    /// Replaces them; `told` is what the audit log tells, before and after.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn set_bot_settings(
        &mut self,
        of: &Authorized<BotSettings, Update>,
        version: Option<i64>,
        new: &StoredSettings,
        told: (serde_json::Value, serde_json::Value),
    ) -> Result<StoredSettings> {
        let before = find_settings(self.transaction(), of.id).await?;
        fresh(version, before.version)?;
        self.keep_bot_settings(of.id, new).await?;
        let entry = AuditEntry::done(of.organization, "update", "BotSetting", of.id.0, &of.name);
        self.audit(entry.changed(told.0, told.1));
        find_settings(self.transaction(), of.id).await
    }

    /// Keeps them without telling of it: call this with leave to update the bot's settings, or to make the bot.
    pub(crate) async fn keep_bot_settings(&mut self, bot: BotId, new: &StoredSettings) -> Result<()> {
        let now = self.caller().now.0;
        query(
            "INSERT INTO bot_setting (bot_id, settings, model_key, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (bot_id) DO UPDATE SET settings = excluded.settings, model_key = excluded.model_key, \
             updated_at = excluded.updated_at, version = bot_setting.version + 1",
        )
        .bind(bot.0)
        .bind(new.settings.clone().unwrap_or_else(|| json!({}).to_string()))
        .bind(new.model_key.clone())
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }
}

impl Store {
    /// The settings of every bot that keeps its own, for the work that the server does by itself.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_bot_settings(&self) -> Result<Vec<(BotId, Option<String>)>> {
        let rows: Vec<(uuid::Uuid, Option<String>)> =
            query("SELECT b.id, s.settings FROM bot b LEFT JOIN bot_setting s ON s.bot_id = b.id ORDER BY b.id")
                .fetch_all(&mut self.pool.read().await?)
                .await?;
        Ok(rows.into_iter().map(|(bot, settings)| (BotId(bot), settings)).collect())
    }

    /// The sealed key of a bot's language model, for the server's own request.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_model_key(&self, bot: BotId) -> Result<Option<Vec<u8>>> {
        Ok(find_settings(&mut self.pool.read().await?, bot).await?.model_key)
    }
}
