//! Bots and their publication.

use rolecall_access::{BotId, OrganizationId, Ownership, Question, Scope, Subject, Timestamp, Unit, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::permission;
use crate::fold::fold;
use crate::paging::{Key, Order, search};
use crate::resource::organization::{fresh, gone};
use crate::resource::{List, Organizations, Page};
use crate::slug;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// A bot.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// Its owner, where the policy has one.
    pub owner: Option<UserId>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// The live version, if published.
    pub published_version: Option<i64>,
    /// The last version made.
    pub latest_version: i64,
    /// When it was last published.
    pub published_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
    /// Its team's version (for If-Match).
    pub team_version: i64,
}

/// A bot to be made.
#[derive(Clone, Debug)]
pub struct NewBot {
    /// Its name.
    pub name: String,
}

/// The resource `Bot`.
pub struct Bots;
/// The resource `Publication` (record: the bot).
pub struct Publications;

#[derive(FromRow)]
struct BotRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    slug: String,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    created_by: Option<Uuid>,
    published_version: Option<i64>,
    latest_version: i64,
    published_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    team_version: i64,
}

impl From<BotRow> for Bot {
    fn from(row: BotRow) -> Self {
        Self {
            id: BotId(row.id),
            organization: OrganizationId(row.organization_id),
            name: row.name,
            slug: row.slug,
            owner: row.owner_id.map(UserId),
            owner_name: row.owner_name,
            created_by: row.created_by.map(UserId),
            published_version: row.published_version,
            latest_version: row.latest_version,
            published_at: row.published_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
            team_version: row.team_version,
        }
    }
}

const SELECT: &str = "SELECT b.id, b.organization_id, b.name, b.slug, b.owner_id, a.name AS owner_name, b.created_by, \
    b.published_version, b.latest_version, b.published_at, b.created_at, b.updated_at, b.version, b.team_version";
const FROM: &str = " FROM bot b JOIN organization o ON o.id = b.organization_id \
    LEFT JOIN account a ON a.id = b.owner_id WHERE o.deleted_at IS NULL AND ";

pub(crate) async fn find_bot(transaction: &mut Transaction, id: BotId) -> Result<Option<Bot>> {
    let mut query = query(format!("{SELECT}{FROM}b.id = "));
    query.push_bind(id.0);
    let row: Option<BotRow> = query.fetch_optional(transaction).await?;
    Ok(row.map(Bot::from))
}

impl Resource for Bots {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "Bot";

    async fn find(transaction: &mut Transaction, id: BotId) -> Result<Option<Bot>> {
        find_bot(transaction, id).await
    }

    fn place(record: &Bot) -> Place {
        Place { scope: Scope::Bot(record.id), owner: record.owner.or(record.created_by) }
    }
}

impl Child for Bots {
    type Parent = Organizations;
}

/// A resource that stands for a part of a bot: its record is the bot, and whoever reads the bot may know of it.
macro_rules! on_bot {
    ($type:ident, $model:literal) => {
        impl crate::authorize::Resource for $type {
            type Id = rolecall_access::BotId;
            type Record = crate::resource::Bot;
            const MODEL: &'static str = $model;

            async fn find(
                transaction: &mut crate::sql::Transaction,
                id: Self::Id,
            ) -> crate::error::Result<Option<Self::Record>> {
                crate::resource::bot::find_bot(transaction, id).await
            }

            fn place(record: &Self::Record) -> crate::authorize::Place {
                crate::resource::Bots::place(record)
            }

            fn readable(
                record: &Self::Record,
                directory: &rolecall_access::Directory,
                caller: &crate::caller::Caller,
            ) -> bool {
                crate::resource::Bots::readable(record, directory, caller)
            }
        }
    };
}
pub(crate) use on_bot;

on_bot!(Publications, "Publication");

impl Access {
    /// The organization's bots that the caller may read (for members without any: an empty list; not found for
    /// others); sorts: `name` (default), `created_at`, `updated_at`.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for who is no member.
    pub async fn list_bots(&mut self, organization: OrganizationId, list: &List) -> Result<Page<Bot>> {
        self.member_organization(organization).await?;
        let sorts = [
            ("name", "b.name_folded", Key::Text),
            ("created_at", "b.created_at", Key::Number),
            ("updated_at", "b.updated_at", Key::Number),
        ];
        let order = Order::of(list, &sorts, "name", "b.id")?;
        let mut query =
            query(format!("{SELECT}, {} AS sort_key, b.id AS page_id{FROM}b.organization_id = ", order.column()));
        query.push_bind(organization.0);
        if let Some(subject) = self.caller.subject() {
            let read = permission("Bot", "read")?;
            let readable = self.directory.bots_where(subject, &read, organization, self.caller.now);
            if readable.len() < self.directory.bots(organization).count() {
                query.push(" AND b.id IN (").push_binds(readable.into_iter().map(|bot| bot.0)).push(")");
            }
        }
        search(&mut query, list.q.as_deref(), &["b.name_folded"]);
        Ok(order.fetch::<BotRow>(self.transaction(), query).await?.map(Bot::from))
    }

    /// The bot with this slug in the organization, if the caller may read it.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn find_bot_by_slug(
        &mut self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Authorized<Bots, Read>> {
        let row: Option<(Uuid,)> = query("SELECT id FROM bot WHERE organization_id = $1 AND slug = $2")
            .bind(organization.0)
            .bind(slug)
            .fetch_optional(self.transaction())
            .await?;
        self.require::<Bots, Read>(BotId(row.map_or_else(Uuid::nil, |(id,)| id))).await
    }
}

impl Store {
    /// The bot, if it is published and what anybody may do there includes `Publication: read`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_public_bot(&self, bot: BotId, now: Timestamp) -> Result<Option<Bot>> {
        let question = Question {
            subject: Subject::Anybody,
            permission: permission("Publication", "read")?,
            scope: Scope::Bot(bot),
            owner: None,
        };
        if !self.directory().allows(&question, now) {
            return Ok(None);
        }
        let found = find_bot(&mut self.pool.read().await?, bot).await?;
        Ok(found.filter(|bot| bot.published_version.is_some()))
    }
}

impl Change {
    /// Makes a bot; its creator is on its team, and owns it where the policy has owners.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_bot(&mut self, within: &Authorized<In<Bots>, Create>, new: NewBot) -> Result<Bot> {
        let bot = self.insert_bot(within, &new).await?;
        let entry = AuditEntry::done(within.id, "create", "Bot", bot.id.0, &new.name);
        self.audit(entry.with(json!({ "name": new.name })));
        Ok(bot)
    }

    /// Makes a bot without telling of it.
    pub(crate) async fn insert_bot(&mut self, within: &Authorized<In<Bots>, Create>, new: &NewBot) -> Result<Bot> {
        let organization = within.id;
        self.lock(organization).await?;
        let id = BotId(self.new_id()?);
        let slug = slug::free(self.transaction(), slug::Place::Organization(organization), &new.name).await?;
        let now = self.caller().now.0;
        let owned =
            self.directory().organization(organization).is_some_and(|facts| facts.policies.bot_owner == Ownership::One);
        let creator = self.given_by().or(within.owner.map(|owner| owner.0));
        query(
            "INSERT INTO bot (id, organization_id, name, name_folded, slug, owner_id, created_by, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id.0)
        .bind(organization.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(slug)
        .bind(creator.filter(|_| owned))
        .bind(creator)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        if let Some(creator) = creator {
            self.put_on_team(id, (organization, UserId(creator)), &[]).await?;
        }
        self.touch(Unit::Bot(id));
        find_bot(self.transaction(), id).await?.ok_or_else(gone)
    }

    /// Renames it (its link stays).
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn rename_bot(
        &mut self,
        bot: &Authorized<Bots, Update>,
        version: Option<i64>,
        name: &str,
    ) -> Result<Bot> {
        fresh(version, bot.version)?;
        self.lock(bot.organization).await?;
        let now = self.caller().now.0;
        query("UPDATE bot SET name = $2, name_folded = $3, updated_at = $4, version = version + 1 WHERE id = $1")
            .bind(bot.id.0)
            .bind(name)
            .bind(fold(name))
            .bind(now)
            .execute(self.transaction())
            .await
            .map_err(StoreError::duplicate("name"))?;
        let entry = AuditEntry::done(bot.organization, "update", "Bot", bot.id.0, name);
        self.touch(Unit::Bot(bot.id));
        self.audit(entry.changed(json!({ "name": bot.name }), json!({ "name": name })));
        find_bot(self.transaction(), bot.id).await?.ok_or_else(gone)
    }

    /// Deletes it with its team.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_bot(&mut self, bot: &Authorized<Bots, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, bot.version)?;
        self.lock(bot.organization).await?;
        self.touch_keys_on("id", bot.id.0).await?;
        query("DELETE FROM bot WHERE id = $1").bind(bot.id.0).execute(self.transaction()).await?;
        self.touch(Unit::Bot(bot.id));
        self.audit(AuditEntry::done(bot.organization, "delete", "Bot", bot.id.0, &bot.name));
        Ok(())
    }
}
