//! Where a bot reaches other systems: webhooks, which tell them what happens, and calls, which flows make.
//!
//! What happens is put into the outbox of deliveries in the transaction that makes it happen ([`event`]); what is due is
//! claimed by one process at a time and sent by the server ([`due`]). The address, headers and secret are sealed by the
//! server; the store never opens them.

mod delivery;
mod due;
mod event;
mod write;

use std::collections::BTreeMap;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Child, Create, In, Place, Read, Resource};
use crate::error::Result;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Bots, List, Page};
use crate::sql::{Transaction, query};
use crate::store::Store;

pub use delivery::{Delivery, DeliveryFilter, DeliveryStatus};
pub use due::{Attempted, Due, Standing};
pub use event::{EVENTS, TEST};
pub(crate) use event::{Hooks, NewEvent, tell};
pub use write::NewIntegration;

/// What an integration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationKind {
    /// Tells another system what happens.
    Webhook,
    /// Is called by flows.
    Call,
}

impl IntegrationKind {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Call => "call",
        }
    }
}

/// What people make of an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenIntegration {
    /// Its name, unique in the bot.
    pub name: String,
    /// What a webhook tells of.
    pub events: Vec<String>,
    /// Seconds that a call may take.
    pub time_limit: i64,
    /// Whether it is in use.
    pub active: bool,
    /// Address, headers and secret, sealed.
    pub sealed: Vec<u8>,
}

/// An integration.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: IntegrationKind,
    /// What people make of it.
    pub written: WrittenIntegration,
    /// Why the server paused it: `failing`, `gone`; empty: it did not.
    pub paused_because: String,
    /// Deliveries that failed since the last one that did not.
    pub failures: i64,
    /// Since when they fail.
    pub failing_since: Option<Timestamp>,
    /// Whose it is: its creator's at first.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

/// An integration with its bot.
#[derive(Clone, Debug)]
pub struct BotIntegration {
    /// The bot.
    pub bot: Bot,
    /// The integration.
    pub integration: Integration,
}

/// The resource `Integration`: an integration of a bot.
pub struct Integrations;

impl Resource for Integrations {
    type Id = (BotId, Uuid);
    type Record = BotIntegration;
    const MODEL: &'static str = "Integration";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<BotIntegration>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let integration = find_integration(transaction, bot.id, id).await?;
        Ok(integration.map(|integration| BotIntegration { bot, integration }))
    }

    fn place(record: &BotIntegration) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.integration.owner }
    }
}

impl Child for Integrations {
    type Parent = Bots;
}

#[derive(FromRow)]
struct IntegrationRow {
    id: Uuid,
    kind: String,
    name: String,
    events: String,
    time_limit: i64,
    status: String,
    paused_because: String,
    failures: i64,
    failing_since: Option<i64>,
    sealed: Vec<u8>,
    owner_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<IntegrationRow> for Integration {
    fn from(row: IntegrationRow) -> Self {
        Self {
            id: row.id,
            kind: if row.kind == "call" { IntegrationKind::Call } else { IntegrationKind::Webhook },
            written: WrittenIntegration {
                name: row.name,
                events: row.events.split_whitespace().map(str::to_owned).collect(),
                time_limit: row.time_limit,
                active: row.status == "active",
                sealed: row.sealed,
            },
            paused_because: row.paused_because,
            failures: row.failures,
            failing_since: row.failing_since.map(Timestamp),
            owner: row.owner_id.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

const SELECT: &str = "SELECT i.id, i.kind, i.name, i.events, i.time_limit, i.status, i.paused_because, i.failures, \
                      i.failing_since, i.sealed, i.owner_id, i.created_at, i.updated_at, i.version";

async fn find_integration(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Integration>> {
    let row: Option<IntegrationRow> = query(format!("{SELECT} FROM integration i WHERE i.bot_id = $1 AND i.id = $2"))
        .bind(bot.0)
        .bind(id)
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(Integration::from))
}

impl Access {
    /// The bot's integrations that the caller reads; sorts: `name` (default), `updated_at`; `q` looks into names.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_integrations(
        &mut self,
        within: &Authorized<In<Integrations>, Read>,
        list: &List,
    ) -> Result<Page<Integration>> {
        let sorts = [("name", "i.name_folded", Key::Text), ("updated_at", "i.updated_at", Key::Number)];
        let order = Order::of(list, &sorts, "name", "i.id")?;
        let column = order.column();
        let mut query =
            query(format!("{SELECT}, {column} AS sort_key, i.id AS page_id FROM integration i WHERE i.bot_id = "));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "i.owner_id");
        search(&mut query, list.q.as_deref(), &["i.name_folded"]);
        Ok(order.fetch::<IntegrationRow>(self.transaction(), query).await?.map(Integration::from))
    }

    /// How many integrations the bot has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_integrations(&mut self, within: &Authorized<In<Integrations>, Create>) -> Result<i64> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM integration WHERE bot_id = $1")
            .bind(within.id.0)
            .fetch_one(self.transaction())
            .await?;
        Ok(count)
    }

    /// The calls that the caller reads, by id, with their names: what flows may name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_call_names(
        &mut self,
        within: &Authorized<In<Integrations>, Read>,
    ) -> Result<BTreeMap<String, String>> {
        let mut query = query("SELECT i.id, i.name FROM integration i WHERE i.kind = 'call' AND i.bot_id = ");
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "i.owner_id");
        let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
    }
}

impl Store {
    /// The call of this id that a flow of the bot makes, for the server that makes it; none: there is none, or it is
    /// paused.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_call(&self, bot: BotId, id: Uuid) -> Result<Option<Integration>> {
        let found = find_integration(&mut self.pool.read().await?, bot, id).await?;
        Ok(found.filter(|found| found.kind == IntegrationKind::Call && found.written.active))
    }
}
