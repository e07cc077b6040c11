//! A bot's flows: what it says and asks step by step, when each begins, and where its steps are drawn.

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
use crate::resource::organization::{fresh, gone};
use crate::resource::{Bot, BotEntity, Bots, List, Page};
use crate::sql::{Transaction, query};

/// When a flow begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begins {
    /// With each conversation: one flow of a bot at most.
    Conversation,
    /// When its intent is understood: one flow of an intent at most.
    Intent,
    /// Never: it is not used.
    #[default]
    Never,
}

impl Begins {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Intent => "intent",
            Self::Never => "never",
        }
    }

    fn of(text: &str) -> Self {
        match text {
            "conversation" => Self::Conversation,
            "intent" => Self::Intent,
            _ => Self::Never,
        }
    }
}

/// What people make of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowContent {
    /// Its name, unique in the bot.
    pub name: String,
    /// When it begins.
    pub begins: Begins,
    /// The name of the intent that it begins with; empty: none.
    pub intent: String,
    /// Its start and its steps, as `rolecall-bots` writes them.
    pub steps: Value,
    /// Where each step is drawn: by name, `{x, y}`.
    pub places: Value,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub content: FlowContent,
    /// Whose it is: its creator's at first.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

/// A flow with its bot.
#[derive(Clone, Debug)]
pub struct BotFlow {
    /// The bot.
    pub bot: Bot,
    /// The flow.
    pub flow: Flow,
}

/// The resource `Flow`: a flow of a bot.
pub struct Flows;

impl Resource for Flows {
    type Id = (BotId, Uuid);
    type Record = BotFlow;
    const MODEL: &'static str = "Flow";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<BotFlow>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let flow = find_flow(transaction, bot.id, id).await?;
        Ok(flow.map(|flow| BotFlow { bot, flow }))
    }

    fn place(record: &BotFlow) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.flow.owner }
    }
}

impl Child for Flows {
    type Parent = Bots;
}

#[derive(FromRow)]
struct FlowRow {
    id: Uuid,
    name: String,
    begins: String,
    intent: String,
    steps: String,
    places: String,
    owner_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<FlowRow> for Flow {
    fn from(row: FlowRow) -> Self {
        let value = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let content = FlowContent {
            begins: Begins::of(&row.begins),
            steps: value(&row.steps),
            places: value(&row.places),
            name: row.name,
            intent: row.intent,
        };
        Self {
            id: row.id,
            content,
            owner: row.owner_id.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

const SELECT: &str = "SELECT f.id, f.name, f.begins, f.intent, f.steps, f.places, f.owner_id, f.created_at, \
                      f.updated_at, f.version";

async fn find_flow(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Flow>> {
    let row: Option<FlowRow> = query(format!("{SELECT} FROM flow f WHERE f.bot_id = $1 AND f.id = $2"))
        .bind(bot.0)
        .bind(id)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(Flow::from))
}

impl Access {
    /// The bot's flows that the caller reads; sorts: `name` (default), `updated_at`; `q` looks into names.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_flows(&mut self, within: &Authorized<In<Flows>, Read>, list: &List) -> Result<Page<Flow>> {
        let sorts = [("name", "f.name_folded", Key::Text), ("updated_at", "f.updated_at", Key::Number)];
        let order = Order::of(list, &sorts, "name", "f.id")?;
        let mut query =
            query(format!("{SELECT}, {} AS sort_key, f.id AS page_id FROM flow f WHERE f.bot_id = ", order.column()));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "f.owner_id");
        search(&mut query, list.q.as_deref(), &["f.name_folded"]);
        Ok(order.fetch::<FlowRow>(self.transaction(), query).await?.map(Flow::from))
    }

    /// How many flows the bot has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_flows(&mut self, within: &Authorized<In<Flows>, Create>) -> Result<i64> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM flow WHERE bot_id = $1")
            .bind(within.id.0)
            .fetch_one(self.transaction())
            .await?;
        Ok(count)
    }

    /// The names of the intents that a flow of this bot can begin with.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_intent_names<R>(&mut self, of: &Authorized<R, impl Action>) -> Result<BTreeSet<String>>
    where
        R: Resource,
        R::Record: OfBot,
    {
        let rows: Vec<(String,)> = query("SELECT name FROM intent WHERE bot_id = $1 ORDER BY name_folded")
            .bind(of.bot_id().0)
            .fetch_all(self.transaction())
            .await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// The ids of the integrations that a flow of this bot can call.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_call_ids<R>(&mut self, of: &Authorized<R, impl Action>) -> Result<BTreeSet<String>>
    where
        R: Resource,
        R::Record: OfBot,
    {
        let rows: Vec<(Uuid,)> = query("SELECT id FROM integration WHERE bot_id = $1 AND kind = 'call'")
            .bind(of.bot_id().0)
            .fetch_all(self.transaction())
            .await?;
        Ok(rows.into_iter().map(|(id,)| id.to_string()).collect())
    }

    /// Whether another flow of the bot begins just then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_begun_elsewhere<R>(
        &mut self,
        of: &Authorized<R, impl Action>,
        content: &FlowContent,
        own: Option<Uuid>,
    ) -> Result<bool>
    where
        R: Resource,
        R::Record: OfBot,
    {
        if content.begins == Begins::Never {
            return Ok(false);
        }
        let (count,): (i64,) = query(
            "SELECT COUNT(*) FROM flow WHERE bot_id = $1 AND begins = $2 AND (begins = 'conversation' OR intent = $3) \
             AND id <> $4",
        )
        .bind(of.bot_id().0)
        .bind(content.begins.as_str())
        .bind(&content.intent)
        .bind(own.unwrap_or_default())
        .fetch_one(self.transaction())
        .await?;
        Ok(count > 0)
    }
}

/// What belongs to a bot, or is one.
pub trait OfBot {
    /// The bot's id.
    fn bot_id(&self) -> BotId;
}

impl OfBot for Bot {
    fn bot_id(&self) -> BotId {
        self.id
    }
}

impl OfBot for BotEntity {
    fn bot_id(&self) -> BotId {
        self.bot.id
    }
}

impl OfBot for BotFlow {
    fn bot_id(&self) -> BotId {
        self.bot.id
    }
}

impl Change {
    /// Makes a flow; its creator owns it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_flow(&mut self, within: &Authorized<In<Flows>, Create>, new: &FlowContent) -> Result<Flow> {
        let made = self.insert_flow(within.id, new).await?;
        self.audit(AuditEntry::done(within.organization, "create", "Flow", made.id, &new.name).with(told(new)));
        Ok(made)
    }

    /// Makes a flow without telling of it: call this with leave to create flows in the bot, or to make the bot.
    pub(crate) async fn insert_flow(&mut self, bot: BotId, new: &FlowContent) -> Result<Flow> {
        let (id, now, owner) = (self.new_id()?, self.caller().now.0, self.given_by());
        query(
            "INSERT INTO flow (id, bot_id, name, name_folded, begins, intent, steps, places, owner_id, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(new.begins.as_str())
        .bind(&new.intent)
        .bind(new.steps.to_string())
        .bind(new.places.to_string())
        .bind(owner)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        find_flow(self.transaction(), bot, id).await?.ok_or_else(gone)
    }

    /// Puts this in place of what it is.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn update_flow(
        &mut self,
        of: &Authorized<Flows, Update>,
        version: Option<i64>,
        content: &FlowContent,
    ) -> Result<Flow> {
        let before = &of.flow;
        fresh(version, before.version)?;
        let now = self.caller().now.0;
        query(
            "UPDATE flow SET name = $2, name_folded = $3, begins = $4, intent = $5, steps = $6, places = $7, \
             updated_at = $8, version = version + 1 WHERE id = $1",
        )
        .bind(before.id)
        .bind(&content.name)
        .bind(fold(&content.name))
        .bind(content.begins.as_str())
        .bind(&content.intent)
        .bind(content.steps.to_string())
        .bind(content.places.to_string())
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        let entry = AuditEntry::done(of.bot.organization, "update", "Flow", before.id, &content.name);
        let mut after = told(content);
        if let Some(fields) = after.as_object_mut() {
            fields.insert("changed_steps".to_owned(), json!(changed(&before.content, content)));
        }
        self.audit(entry.changed(told(&before.content), after));
        find_flow(self.transaction(), of.bot.id, before.id).await?.ok_or_else(gone)
    }

    /// Deletes it with its steps.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_flow(&mut self, of: &Authorized<Flows, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, of.flow.version)?;
        query("DELETE FROM flow WHERE id = $1").bind(of.flow.id).execute(self.transaction()).await?;
        self.audit(AuditEntry::done(of.bot.organization, "delete", "Flow", of.flow.id, &of.flow.content.name));
        Ok(())
    }
}

fn steps(content: &FlowContent) -> Option<&serde_json::Map<String, Value>> {
    content.steps.get("steps")?.as_object()
}

/// What the audit log says of a flow.
fn told(content: &FlowContent) -> Value {
    let count = steps(content).map_or(0, serde_json::Map::len);
    json!({ "name": content.name, "begins": content.begins.as_str(), "intent": content.intent, "steps": count })
}

/// The names of so many steps that differ are told.
const MOST_TOLD: usize = 20;

/// The steps that are new, gone or different.
fn changed(before: &FlowContent, after: &FlowContent) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (before, after) = (steps(before).unwrap_or(&empty), steps(after).unwrap_or(&empty));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).take(MOST_TOLD).cloned().collect()
}
