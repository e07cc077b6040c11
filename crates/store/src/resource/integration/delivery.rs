//! The log of deliveries: what was sent to a webhook, how often, and how it was answered. What was sent is not shown
//! again.

use rolecall_access::Timestamp;
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Integrations, TEST};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Read, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order, search};
use crate::resource::organization::gone;
use crate::resource::{List, Page};
use crate::sql::query;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is to be sent, or to be sent again.
    Waiting,
    /// It arrived.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Of what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, which the receiver knows it by.
    pub id: Uuid,
    /// What it tells of.
    pub event: String,
    /// How it stands.
    pub status: DeliveryStatus,
    /// How often it was sent.
    pub attempts: i64,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it is sent next, while it waits.
    pub next_at: Timestamp,
    /// When it was sent last.
    pub sent_at: Option<Timestamp>,
    /// The status of the last answer.
    pub http_status: Option<i64>,
    /// How long the last attempt took, in microseconds.
    pub took: Option<i64>,
    /// How the last answer begins.
    pub answer: String,
    /// What kept the last answer from coming; empty: nothing.
    pub fault: String,
}

/// Which deliveries; what is none is any.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// With this status.
    pub status: Option<DeliveryStatus>,
    /// Of this event.
    pub event: Option<String>,
}

#[derive(FromRow)]
struct DeliveryRow {
    id: Uuid,
    event: String,
    status: String,
    attempts: i64,
    created_at: i64,
    next_at: i64,
    sent_at: Option<i64>,
    http_status: Option<i64>,
    took: Option<i64>,
    answer: String,
    fault: String,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            event: row.event,
            status: DeliveryStatus::parse(&row.status).unwrap_or(DeliveryStatus::Failed),
            attempts: row.attempts,
            created_at: Timestamp(row.created_at),
            next_at: Timestamp(row.next_at),
            sent_at: row.sent_at.map(Timestamp),
            http_status: row.http_status,
            took: row.took,
            answer: row.answer,
            fault: row.fault,
        }
    }
}

const SELECT: &str = "SELECT d.id, d.event, d.status, d.attempts, d.created_at, d.next_at, d.sent_at, d.http_status, \
                      d.took, d.answer, d.fault";

impl Access {
    /// The integration's deliveries; sorts: `-created_at` (default), `created_at`; `q` looks into
    /// events.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_deliveries(
        &mut self,
        of: &Authorized<Integrations, Read>,
        list: &List,
        filter: &DeliveryFilter,
    ) -> Result<Page<Delivery>> {
        let order = Order::of(list, &[("created_at", "d.created_at", Key::Number)], "-created_at", "d.id")?;
        let column = order.column();
        let mut query =
            query(format!("{SELECT}, {column} AS sort_key, d.id AS page_id FROM delivery d WHERE d.integration_id = "));
        query.push_bind(of.integration.id);
        if let Some(status) = filter.status {
            query.push(" AND d.status = ").push_bind(status.as_str());
        }
        if let Some(event) = &filter.event {
            query.push(" AND d.event = ").push_bind(event.clone());
        }
        search(&mut query, list.q.as_deref(), &["d.event"]);
        Ok(order.fetch::<DeliveryRow>(self.transaction(), query).await?.map(Delivery::from))
    }

    /// One of the integration's deliveries.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_delivery<A: Action>(
        &mut self,
        of: &Authorized<Integrations, A>,
        id: Uuid,
    ) -> Result<Option<Delivery>> {
        let row: Option<DeliveryRow> =
            query(format!("{SELECT} FROM delivery d WHERE d.integration_id = $1 AND d.id = $2"))
                .bind(of.integration.id)
                .bind(id)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(Delivery::from))
    }
}

impl Change {
    /// Has a delivery sent once more, under its own id, with all its attempts before it.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) `delivery` where it is not there.
    pub async fn resend_delivery(&mut self, of: &Authorized<Integrations, Update>, id: Uuid) -> Result<Delivery> {
        let now = self.caller().now.0;
        let changed = query(
            "UPDATE delivery SET status = 'waiting', attempts = 0, next_at = $3 WHERE integration_id = $1 AND id = $2",
        )
        .bind(of.integration.id)
        .bind(id)
        .bind(now)
        .execute(self.transaction())
        .await?;
        let found = if changed > 0 { self.find_delivery(of, id).await? } else { None };
        let found = found.ok_or(StoreError::Unknown("delivery"))?;
        let (integration, name) = (of.integration.id, &of.integration.written.name);
        let entry = AuditEntry::done(of.bot.organization, "resend", "Integration", integration, name);
        self.audit(entry.with(json!({ "delivery": id, "event": found.event })));
        Ok(found)
    }

    /// Puts a delivery that says nothing into the log, claimed by the caller until then: to try the integration at once.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_test_delivery(
        &mut self,
        of: &Authorized<Integrations, Update>,
        (id, claim): (Uuid, Uuid),
        until: Timestamp,
    ) -> Result<Delivery> {
        let now = self.caller().now.0;
        query(
            "INSERT INTO delivery (id, integration_id, event, data, status, created_at, next_at, claimed_until, claim) \
             VALUES ($1, $2, $3, $4, 'waiting', $5, $5, $6, $7)",
        )
        .bind(id)
        .bind(of.integration.id)
        .bind(TEST)
        .bind(json!({ "bot": of.bot.id.0, "integration": of.integration.id }).to_string())
        .bind(now)
        .bind(until.0)
        .bind(claim)
        .execute(self.transaction())
        .await?;
        let (integration, name) = (of.integration.id, &of.integration.written.name);
        self.audit(AuditEntry::done(of.bot.organization, "test", "Integration", integration, name));
        self.find_delivery(of, id).await?.ok_or_else(gone)
    }
}
