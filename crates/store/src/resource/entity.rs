//! What a bot looks for in what people write: entities, each kept as a variable of its name.

use std::collections::BTreeSet;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use serde_json::{Value, json};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::bot::find_bot;
use crate::resource::flow::OfBot;
use crate::resource::organization::{fresh, gone};
use crate::resource::{Bot, Bots, List, Page};
use crate::sql::{Transaction, query};

/// An entity.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its id.
    pub id: Uuid,
    /// Its name, unique in the bot, and its variable's.
    pub name: String,
    /// What it looks for, as `rolecall-bots` writes it.
    pub looks_for: Value,
    /// Whose it is: its creator's at first.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

/// An entity with its bot.
#[derive(Clone, Debug)]
pub struct BotEntity {
    /// The bot.
    pub bot: Bot,
    /// The entity.
    pub entity: Entity,
}

/// An entity to be made.
#[derive(Clone, Debug)]
pub struct NewEntity {
    /// Its name.
    pub name: String,
    /// What it looks for, as `rolecall-bots` writes it.
    pub looks_for: Value,
}

/// What of an entity changes; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct EntityChange {
    /// A new name.
    pub name: Option<String>,
    /// Something else to look for.
    pub looks_for: Option<Value>,
}

/// The resource `TrainingData`: an entity of a bot.
pub struct Entities;

impl Resource for Entities {
    type Id = (BotId, Uuid);
    type Record = BotEntity;
    const MODEL: &'static str = "TrainingData";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<BotEntity>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let entity = find_entity(transaction, bot.id, id).await?;
        Ok(entity.map(|entity| BotEntity { bot, entity }))
    }

    fn place(record: &BotEntity) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.entity.owner }
    }
}

impl Child for Entities {
    type Parent = Bots;
}

#[derive(FromRow)]
struct EntityRow {
    id: Uuid,
    name: String,
    looks_for: String,
    owner_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<EntityRow> for Entity {
    fn from(row: EntityRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            looks_for: serde_json::from_str(&row.looks_for).unwrap_or_default(),
            owner: row.owner_id.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

const SELECT: &str = "SELECT e.id, e.name, e.looks_for, e.owner_id, e.created_at, e.updated_at, e.version";

async fn find_entity(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Entity>> {
    let row: Option<EntityRow> = query(format!("{SELECT} FROM entity e WHERE e.bot_id = $1 AND e.id = $2"))
        .bind(bot.0)
        .bind(id)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(Entity::from))
}

/// Every entity of a bot, by name.
pub(crate) async fn find_entities(transaction: &mut Transaction, bot: BotId) -> Result<Vec<Entity>> {
    let rows: Vec<EntityRow> = query(format!("{SELECT} FROM entity e WHERE e.bot_id = $1 ORDER BY e.name_folded"))
        .bind(bot.0)
        .fetch_all(transaction)
        .await?;
    Ok(rows.into_iter().map(Entity::from).collect())
}

impl Access {
    /// The bot's entities that the caller reads; sorts: `name` (default), `kind`, `updated_at`; `q` looks into names.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_entities(
        &mut self,
        within: &Authorized<In<Entities>, Read>,
        list: &List,
    ) -> Result<Page<Entity>> {
        let sorts = [
            ("name", "e.name_folded", Key::Text),
            ("kind", "e.kind", Key::Text),
            ("updated_at", "e.updated_at", Key::Number),
        ];
        let order = Order::of(list, &sorts, "name", "e.id")?;
        let mut query =
            query(format!("{SELECT}, {} AS sort_key, e.id AS page_id FROM entity e WHERE e.bot_id = ", order.column()));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "e.owner_id");
        search(&mut query, list.q.as_deref(), &["e.name_folded"]);
        Ok(order.fetch::<EntityRow>(self.transaction(), query).await?.map(Entity::from))
    }

    /// What the bot looks for, all of it: for whoever tries it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_entities<R>(&mut self, of: &Authorized<R, impl Action>) -> Result<Vec<Entity>>
    where
        R: Resource,
        R::Record: OfBot,
    {
        find_entities(self.transaction(), of.bot_id()).await
    }

    /// Every entity of the bot that the caller reads, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_readable_entities(&mut self, within: &Authorized<In<Entities>, Read>) -> Result<Vec<Entity>> {
        let mut query = query(format!("{SELECT} FROM entity e WHERE e.bot_id = "));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "e.owner_id");
        query.push(" ORDER BY e.name_folded");
        let rows: Vec<EntityRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(Entity::from).collect())
    }

    /// The names of the bot's entities, which are the names of variables, for whoever works on its flows.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_entity_names<R>(&mut self, of: &Authorized<R, impl Action>) -> Result<BTreeSet<String>>
    where
        R: Resource,
        R::Record: OfBot,
    {
        let rows: Vec<(String,)> = query("SELECT name FROM entity WHERE bot_id = $1 ORDER BY name_folded")
            .bind(of.bot_id().0)
            .fetch_all(self.transaction())
            .await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// The id of the bot's entity of this name, whatever its case.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_entity_named(
        &mut self,
        within: &Authorized<In<Entities>, Create>,
        name: &str,
    ) -> Result<Option<Uuid>> {
        let row: Option<(Uuid,)> = query("SELECT id FROM entity WHERE bot_id = $1 AND name_folded = $2")
            .bind(within.id.0)
            .bind(fold(name))
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(id,)| id))
    }

    /// How many entities the bot has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_entities<A: Action>(&mut self, within: &Authorized<In<Entities>, A>) -> Result<i64> {
        let text = "SELECT COUNT(*) FROM entity WHERE bot_id = $1";
        let (count,): (i64,) = query(text).bind(within.id.0).fetch_one(self.transaction()).await?;
        Ok(count)
    }
}

impl Change {
    /// Makes an entity; its creator owns it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_entity(
        &mut self,
        within: &Authorized<In<Entities>, Create>,
        new: &NewEntity,
    ) -> Result<Entity> {
        let made = self.insert_entity(within.id, new).await?;
        let entry = AuditEntry::done(within.organization, "create", "TrainingData", made.id, &new.name);
        self.audit(entry.with(fields(&new.name, &new.looks_for)));
        Ok(made)
    }

    /// Makes an entity without telling of it: call this with leave to create entities in the bot, or to make the bot.
    pub(crate) async fn insert_entity(&mut self, bot: BotId, new: &NewEntity) -> Result<Entity> {
        let (id, now, owner) = (self.new_id()?, self.caller().now.0, self.given_by());
        query(
            "INSERT INTO entity (id, bot_id, name, name_folded, kind, looks_for, owner_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(kind(&new.looks_for))
        .bind(new.looks_for.to_string())
        .bind(owner)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        find_entity(self.transaction(), bot, id).await?.ok_or_else(gone)
    }

    /// Changes it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn update_entity(
        &mut self,
        of: &Authorized<Entities, Update>,
        version: Option<i64>,
        change: EntityChange,
    ) -> Result<Entity> {
        let before = &of.entity;
        fresh(version, before.version)?;
        let name = change.name.as_ref().unwrap_or(&before.name);
        let looks_for = change.looks_for.as_ref().unwrap_or(&before.looks_for);
        let now = self.caller().now.0;
        query(
            "UPDATE entity SET name = $2, name_folded = $3, kind = $4, looks_for = $5, updated_at = $6, \
             version = version + 1 WHERE id = $1",
        )
        .bind(before.id)
        .bind(name)
        .bind(fold(name))
        .bind(kind(looks_for))
        .bind(looks_for.to_string())
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        let entry = AuditEntry::done(of.bot.organization, "update", "TrainingData", before.id, name);
        self.audit(entry.changed(fields(&before.name, &before.looks_for), fields(name, looks_for)));
        find_entity(self.transaction(), of.bot.id, before.id).await?.ok_or_else(gone)
    }

    /// Deletes it.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_entity(&mut self, of: &Authorized<Entities, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, of.entity.version)?;
        query("DELETE FROM entity WHERE id = $1").bind(of.entity.id).execute(self.transaction()).await?;
        self.audit(AuditEntry::done(of.bot.organization, "delete", "TrainingData", of.entity.id, &of.entity.name));
        Ok(())
    }
}

fn kind(looks_for: &Value) -> &str {
    looks_for.get("kind").and_then(Value::as_str).unwrap_or_default()
}

/// What the audit log tells of an entity: of a list how long it is, of a pattern itself.
fn fields(name: &str, looks_for: &Value) -> Value {
    let values = looks_for.get("values").and_then(Value::as_array).map(Vec::len);
    match (values, looks_for.get("pattern")) {
        (Some(values), _) => json!({ "name": name, "entity": kind(looks_for), "values": values }),
        (None, Some(pattern)) => json!({ "name": name, "entity": kind(looks_for), "pattern": pattern }),
        (None, None) => json!({ "name": name, "entity": kind(looks_for) }),
    }
}
