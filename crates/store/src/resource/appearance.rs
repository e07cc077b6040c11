//! How a bot looks to its visitors, as it is being made, and its pictures.
//!
//! What visitors see is the appearance of the published version; a picture is kept as long as the draft or a version names
//! it, and never changes.

use rolecall_access::{BotId, Timestamp};
use serde_json::{Map, Value};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Read, Update};
use crate::change::Change;
use crate::error::Result;
use crate::resource::bot::on_bot;
use crate::resource::organization::fresh;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// The resource `Appearance` (record: the bot).
pub struct Appearances;
/// The resource `Channel`, as far as a bot's addresses go (record: the bot).
pub struct Channels;

on_bot!(Appearances, "Appearance");
on_bot!(Channels, "Channel");

/// A bot's appearance as it is kept.
#[derive(Clone, Debug)]
pub struct KeptAppearance {
    /// All that was set; an empty object: nothing yet.
    pub appearance: Value,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Its version (for If-Match).
    pub version: i64,
}

#[derive(FromRow)]
struct Row {
    appearance: String,
    updated_at: i64,
    version: i64,
}

async fn find(transaction: &mut Transaction, bot: BotId) -> Result<KeptAppearance> {
    let row: Option<Row> = query("SELECT appearance, updated_at, version FROM bot_appearance WHERE bot_id = $1")
        .bind(bot.0)
        .fetch_optional(transaction)
        .await?;
    let empty = Value::Object(Map::new());
    Ok(match row {
        None => KeptAppearance { appearance: empty, updated_at: None, version: 1 },
        Some(row) => KeptAppearance {
            appearance: serde_json::from_str(&row.appearance).unwrap_or(empty),
            updated_at: Some(Timestamp(row.updated_at)),
            version: row.version,
        },
    })
}

async fn find_picture(transaction: &mut Transaction, bot: BotId, picture: Uuid) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = query("SELECT jpeg FROM bot_picture WHERE id = $1 AND bot_id = $2")
        .bind(picture)
        .bind(bot.0)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(|(jpeg,)| jpeg))
}

impl Access {
    /// The bot's appearance as it is being made.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_appearance<A: Action>(&mut self, of: &Authorized<Appearances, A>) -> Result<KeptAppearance> {
        find(self.transaction(), of.id).await
    }

    /// A picture of the bot, published or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_bot_picture(
        &mut self,
        of: &Authorized<Appearances, Read>,
        picture: Uuid,
    ) -> Result<Option<Vec<u8>>> {
        find_picture(self.transaction(), of.id, picture).await
    }
}

impl Store {
    /// A picture of the bot, for anybody: where the bot is published and anybody may read that. Its id says which one;
    /// nobody learns of one that no version names.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_public_picture(&self, bot: BotId, picture: Uuid, now: Timestamp) -> Result<Option<Vec<u8>>> {
        if self.find_public_bot(bot, now).await?.is_none() {
            return Ok(None);
        }
        find_picture(&mut self.pool.read().await?, bot, picture).await
    }
}

impl Change {
    /// Replaces the bot's appearance.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn set_appearance(
        &mut self,
        of: &Authorized<Appearances, Update>,
        version: Option<i64>,
        appearance: &Value,
    ) -> Result<KeptAppearance> {
        let before = self.find_appearance(of).await?;
        fresh(version, before.version)?;
        self.keep_appearance(of.id, appearance).await?;
        let entry = AuditEntry::done(of.organization, "update", "Appearance", of.id.0, &of.name);
        let (earlier, later) = differing(&before.appearance, appearance);
        self.audit(entry.changed(earlier, later));
        self.find_appearance(of).await
    }

    /// Puts the picture in place of the bot's; `appearance` names it as the id that is given.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_bot_picture(
        &mut self,
        of: &Authorized<Appearances, Update>,
        (picture, jpeg): (Uuid, &[u8]),
        appearance: &Value,
    ) -> Result<KeptAppearance> {
        let now = self.caller().now.0;
        query("INSERT INTO bot_picture (id, bot_id, jpeg, created_at) VALUES ($1, $2, $3, $4)")
            .bind(picture)
            .bind(of.id.0)
            .bind(jpeg)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.change_picture(of, "set_picture", appearance).await
    }

    /// Leaves the bot without a picture; `appearance` names none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_bot_picture(
        &mut self,
        of: &Authorized<Appearances, Update>,
        appearance: &Value,
    ) -> Result<KeptAppearance> {
        self.change_picture(of, "remove_picture", appearance).await
    }

    /// An id for a picture to come.
    ///
    /// # Errors
    /// If no randomness can be had.
    pub fn new_picture_id(&mut self) -> Result<Uuid> {
        self.new_id()
    }

    async fn change_picture(
        &mut self,
        of: &Authorized<Appearances, Update>,
        action: &'static str,
        appearance: &Value,
    ) -> Result<KeptAppearance> {
        let before = self.find_appearance(of).await?;
        self.keep_appearance(of.id, appearance).await?;
        let earlier = before.appearance.get("picture").and_then(Value::as_str).and_then(|id| id.parse().ok());
        if let Some(earlier) = earlier {
            self.drop_picture(of.id, earlier).await?;
        }
        self.audit(AuditEntry::done(of.organization, action, "Appearance", of.id.0, &of.name));
        self.find_appearance(of).await
    }

    /// Keeps it without telling of it: call this with leave to update the bot's appearance, or to make the bot.
    pub(crate) async fn keep_appearance(&mut self, bot: BotId, appearance: &Value) -> Result<()> {
        let now = self.caller().now.0;
        query(
            "INSERT INTO bot_appearance (bot_id, appearance, updated_at, version) VALUES ($1, $2, $3, 2) \
             ON CONFLICT (bot_id) DO UPDATE SET appearance = excluded.appearance, updated_at = excluded.updated_at, \
             version = bot_appearance.version + 1",
        )
        .bind(bot.0)
        .bind(appearance.to_string())
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// Deletes a picture that the draft names no more, unless a version does.
    async fn drop_picture(&mut self, bot: BotId, picture: Uuid) -> Result<()> {
        let named: Option<(i64,)> =
            query("SELECT number FROM bot_version WHERE bot_id = $1 AND snapshot LIKE $2 LIMIT 1")
                .bind(bot.0)
                .bind(format!("%{picture}%"))
                .fetch_optional(self.transaction())
                .await?;
        if named.is_none() {
            query("DELETE FROM bot_picture WHERE id = $1 AND bot_id = $2")
                .bind(picture)
                .bind(bot.0)
                .execute(self.transaction())
                .await?;
        }
        Ok(())
    }
}

/// The fields of the two in which they differ.
fn differing(before: &Value, after: &Value) -> (Value, Value) {
    let (mut earlier, mut later) = (Map::new(), Map::new());
    for (field, value) in after.as_object().into_iter().flatten() {
        let kept = before.get(field);
        if kept != Some(value) {
            earlier.insert(field.clone(), kept.cloned().unwrap_or_default());
            later.insert(field.clone(), value.clone());
        }
    }
    (Value::Object(earlier), Value::Object(later))
}
