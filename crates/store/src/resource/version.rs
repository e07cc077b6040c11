//! Published versions of bots: numbered, never changed, one of them live at most.

use rolecall_access::{BotId, Timestamp, Unit};
use serde_json::json;
use sqlx::FromRow;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, Read};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order};
use crate::resource::bot::find_bot;
use crate::resource::integration::{NewEvent, tell};
use crate::resource::organization::gone;
use crate::resource::{Bot, List, Page, Publications};
use crate::sql::query;
use crate::store::Store;

/// A published version, without what is in it.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number in the bot, from 1 on.
    pub number: i64,
    /// What its maker noted.
    pub note: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// A version to be made.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// What its maker notes.
    pub note: String,
    /// All that the bot is, as JSON.
    pub snapshot: String,
    /// What it has learned.
    pub model: Option<Vec<u8>>,
}

/// What is in a version.
#[derive(Clone, Debug, FromRow)]
pub struct VersionContent {
    /// All that the bot is, as JSON.
    pub snapshot: String,
    /// What it has learned.
    pub model: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct VersionRow {
    number: i64,
    note: String,
    made_by_name: String,
    made_at: i64,
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        let VersionRow { number, note, made_by_name, made_at } = row;
        Self { number, note, made_by: made_by_name, made_at: Timestamp(made_at) }
    }
}

const SELECT: &str = "SELECT v.number, v.note, v.made_by_name, v.made_at";

impl Access {
    /// The bot's versions; sorts: `-number` (default), `number`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_versions(&mut self, of: &Authorized<Publications, Read>, list: &List) -> Result<Page<Version>> {
        let order = Order::of(list, &[("number", "v.number", Key::Number)], "-number", "v.bot_id")?;
        let column = order.column();
        let mut query =
            query(format!("{SELECT}, {column} AS sort_key, v.bot_id AS page_id FROM bot_version v WHERE v.bot_id = "));
        query.push_bind(of.id.0);
        Ok(order.fetch::<VersionRow>(self.transaction(), query).await?.map(Version::from))
    }

    /// One version.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_version(
        &mut self,
        of: &Authorized<Publications, Read>,
        number: i64,
    ) -> Result<Option<(Version, VersionContent)>> {
        let row: Option<VersionRow> =
            query(format!("{SELECT} FROM bot_version v WHERE v.bot_id = $1 AND v.number = $2"))
                .bind(of.id.0)
                .bind(number)
                .fetch_optional(self.transaction())
                .await?;
        let Some(version) = row.map(Version::from) else { return Ok(None) };
        let content: VersionContent =
            query("SELECT snapshot, model FROM bot_version WHERE bot_id = $1 AND number = $2")
                .bind(of.id.0)
                .bind(number)
                .fetch_one(self.transaction())
                .await?;
        Ok(Some((version, content)))
    }
}

impl Change {
    /// Makes a new version and makes it live.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publish_version(&mut self, of: &Authorized<Publications, Create>, new: &NewVersion) -> Result<Bot> {
        self.lock(of.organization).await?;
        let (now, maker) = (self.caller().now.0, self.given_by());
        let number = of.latest_version + 1;
        query(
            "INSERT INTO bot_version (bot_id, number, note, snapshot, model, made_by, made_by_name, made_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(of.id.0)
        .bind(number)
        .bind(&new.note)
        .bind(&new.snapshot)
        .bind(new.model.clone())
        .bind(maker)
        .bind(self.caller().name.clone())
        .bind(now)
        .execute(self.transaction())
        .await?;
        query("UPDATE bot SET latest_version = $2 WHERE id = $1")
            .bind(of.id.0)
            .bind(number)
            .execute(self.transaction())
            .await?;
        self.make_live(of, number, "publish").await
    }

    /// Makes a version live that is there already.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) `version`.
    pub async fn roll_back(&mut self, of: &Authorized<Publications, Create>, number: i64) -> Result<Bot> {
        self.lock(of.organization).await?;
        let known: Option<(i64,)> = query("SELECT number FROM bot_version WHERE bot_id = $1 AND number = $2")
            .bind(of.id.0)
            .bind(number)
            .fetch_optional(self.transaction())
            .await?;
        known.ok_or(StoreError::Unknown("version"))?;
        self.make_live(of, number, "roll_back").await
    }

    async fn make_live(
        &mut self,
        of: &Authorized<Publications, Create>,
        number: i64,
        action: &'static str,
    ) -> Result<Bot> {
        let now = self.caller().now.0;
        query(
            "UPDATE bot SET published_version = $2, published_at = $3, updated_at = $3, version = version + 1 \
             WHERE id = $1",
        )
        .bind(of.id.0)
        .bind(number)
        .bind(now)
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Bot(of.id));
        let entry = AuditEntry::done(of.organization, action, "Publication", of.id.0, &of.name);
        self.audit(entry.changed(json!({ "version": of.published_version }), json!({ "version": number })));
        let data = json!({ "bot": of.id.0, "version": number });
        let event = NewEvent { bot: of.id, conversation: None, event: "bot.published", data };
        tell(self.transaction(), Timestamp(now), event).await?;
        find_bot(self.transaction(), of.id).await?.ok_or_else(gone)
    }

    /// Takes it off the air (idempotent).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unpublish_bot(&mut self, bot: &Authorized<Publications, Delete>) -> Result<Bot> {
        self.lock(bot.organization).await?;
        if bot.published_version.is_none() {
            return Ok(bot.record().clone());
        }
        let now = self.caller().now.0;
        query("UPDATE bot SET published_version = NULL, updated_at = $2, version = version + 1 WHERE id = $1")
            .bind(bot.id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Bot(bot.id));
        let entry = AuditEntry::done(bot.organization, "unpublish", "Publication", bot.id.0, &bot.name);
        self.audit(entry.changed(json!({ "version": bot.published_version }), json!({ "version": null })));
        find_bot(self.transaction(), bot.id).await?.ok_or_else(gone)
    }
}

impl Store {
    /// What is in a version, for the server that runs it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_version_content(&self, bot: BotId, number: i64) -> Result<Option<VersionContent>> {
        Ok(query("SELECT snapshot, model FROM bot_version WHERE bot_id = $1 AND number = $2")
            .bind(bot.0)
            .bind(number)
            .fetch_optional(&mut self.pool.read().await?)
            .await?)
    }
}
