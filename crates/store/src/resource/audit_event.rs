//! Reading the audit log.

use rolecall_access::{Directory, OrganizationId, Scope, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::chain::head;
use crate::audit::{AuditEntry, Outcome, Row};
use crate::authorize::{Authorized, Place, Read, Resource};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::damaged;
use crate::paging::{Key, Order, search};
use crate::resource::organization::find_organization;
use crate::resource::{List, Organization, Organizations, Page};
use crate::sql::{Query, Transaction, query};

/// A row of the audit log, as its organization sees it.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// Its place in the chain.
    pub position: i64,
    /// `anybody`, `user`, `key` or `operator`; `stranger` for a person who is no member.
    pub actor_kind: String,
    /// The actor's id (not of strangers).
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time (not of strangers).
    pub actor_name: String,
    /// What was done.
    pub action: String,
    /// On which model.
    pub model: String,
    /// On which record.
    pub record_id: Option<Uuid>,
    /// Its name at that time.
    pub record_name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More in words.
    pub detail: String,
    /// The fields before.
    pub before: Option<serde_json::Value>,
    /// The fields after.
    pub after: Option<serde_json::Value>,
    /// From which network address.
    pub address: String,
    /// With which user agent.
    pub agent: String,
    /// In which request.
    pub request_id: String,
    /// When.
    pub created_at: Timestamp,
    /// How often the same was counted again within the hour.
    pub repeats: i64,
    /// When last.
    pub last_at: Timestamp,
}

/// Which rows of the audit log.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this actor.
    pub actor: Option<Uuid>,
    /// On this record.
    pub record: Option<Uuid>,
    /// On this model.
    pub model: Option<String>,
    /// This action.
    pub action: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Not behind this place in the chain.
    pub up_to: Option<i64>,
}

/// The resource `AuditLog` (record: the organization).
pub struct AuditLog;

impl Resource for AuditLog {
    type Id = OrganizationId;
    type Record = Organization;
    const MODEL: &'static str = "AuditLog";

    async fn find(transaction: &mut Transaction, id: OrganizationId) -> Result<Option<Organization>> {
        find_organization(transaction, id).await
    }

    fn place(record: &Organization) -> Place {
        Place { scope: Scope::Organization(record.id), owner: record.owner }
    }

    fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
        Organizations::readable(record, directory, caller)
    }
}

#[derive(FromRow)]
struct EventRow {
    position: i64,
    #[sqlx(flatten)]
    row: Row,
    repeats: i64,
    last_at: i64,
    is_member: bool,
}

impl TryFrom<EventRow> for AuditEvent {
    type Error = StoreError;

    /// A person who is no member stays a stranger to the organization.
    fn try_from(event: EventRow) -> Result<Self> {
        let row = event.row;
        let stranger = row.actor_kind == "user" && !event.is_member;
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Self {
            id: row.id,
            position: event.position,
            actor_kind: if stranger { "stranger".to_owned() } else { row.actor_kind },
            actor_id: row.actor_id.filter(|_| !stranger),
            actor_name: if stranger { String::new() } else { row.actor_name },
            action: row.action,
            model: row.model,
            record_id: row.record_id,
            record_name: row.record_name,
            outcome: Outcome::parse(&row.outcome).ok_or_else(|| damaged("outcome", &row.outcome))?,
            detail: row.detail,
            before: json(row.before),
            after: json(row.after),
            address: row.address,
            agent: row.agent,
            request_id: row.request_id,
            created_at: Timestamp(row.created_at),
            repeats: event.repeats,
            last_at: Timestamp(event.last_at),
        })
    }
}

const SELECT: &str = "SELECT e.position, e.id, e.organization_id, e.actor_kind, e.actor_id, e.actor_name, e.action, \
    e.model, e.record_id, e.record_name, e.outcome, e.detail, e.searched, e.before, e.after, e.address, e.agent, e.request_id, \
    e.created_at, e.repeats, e.last_at, (m.account_id IS NOT NULL OR (e.outcome = 'done' AND e.model <> 'Session')) AS is_member, e.position AS sort_key, e.id AS page_id \
    FROM audit_event e LEFT JOIN membership m ON m.organization_id = e.organization_id AND m.account_id = e.actor_id \
    WHERE e.pruned_by IS NULL AND e.organization_id = ";

impl Access {
    /// Rows of the organization, newest first (`q` searches actor, record and detail).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_audit_events(
        &mut self,
        of: &Authorized<AuditLog, Read>,
        list: &List,
        filter: &AuditFilter,
    ) -> Result<Page<AuditEvent>> {
        let order = Order::of(list, &[("created_at", "e.position", Key::Number)], "-created_at", "e.id")?;
        let mut query = query(SELECT);
        query.push_bind(of.id.0);
        filter.push(&mut query);
        search(&mut query, list.q.as_deref(), &["e.searched"]);
        let mut page = order.fetch::<EventRow>(self.transaction(), query).await?.try_map(AuditEvent::try_from)?;
        self.count_on(&mut page.items);
        Ok(page)
    }

    /// Adds what is counted and not yet written.
    pub(crate) fn count_on(&self, events: &mut [AuditEvent]) {
        let pending = self.counts.pending(&events.iter().map(|event| event.position).collect::<Vec<_>>());
        for event in events {
            if let Some((repeats, last_at)) = pending.get(&event.position) {
                event.repeats += repeats;
                event.last_at = event.last_at.max(*last_at);
            }
        }
    }

    /// When the organization's newest row up to this place was made; none: it has none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn last_audit_event(&mut self, of: &Authorized<AuditLog, Read>, up_to: i64) -> Result<Option<Timestamp>> {
        let row: Option<(i64,)> = query(
            "SELECT created_at FROM audit_event WHERE organization_id = $1 AND position <= $2 \
             ORDER BY position DESC LIMIT 1",
        )
        .bind(of.id.0)
        .bind(up_to)
        .fetch_optional(self.transaction())
        .await?;
        Ok(row.map(|(at,)| Timestamp(at)))
    }
}

impl Change {
    /// Writes down that rows of the log are taken out; gives the place of the last one before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn export_audit_log(&mut self, of: &Authorized<AuditLog, Read>, how: serde_json::Value) -> Result<i64> {
        let entry = AuditEntry::done(of.id, "export", "AuditLog", of.id.0, &of.name);
        self.audit(entry.with(how));
        Ok(head(self.transaction()).await?.position)
    }
}

impl AuditFilter {
    fn push(&self, query: &mut Query) {
        if let Some(actor) = self.actor {
            query.push(" AND e.actor_id = ").push_bind(actor);
        }
        if let Some(record) = self.record {
            query.push(" AND e.record_id = ").push_bind(record);
        }
        if let Some(model) = &self.model {
            query.push(" AND e.model = ").push_bind(model.clone());
        }
        if let Some(action) = &self.action {
            query.push(" AND e.action = ").push_bind(action.clone());
        }
        if let Some(outcome) = self.outcome {
            query.push(" AND e.outcome = ").push_bind(outcome.as_str());
        }
        if let Some(from) = self.from {
            query.push(" AND e.created_at >= ").push_bind(from.0);
        }
        if let Some(until) = self.until {
            query.push(" AND e.created_at < ").push_bind(until.0);
        }
        if let Some(up_to) = self.up_to {
            query.push(" AND e.position <= ").push_bind(up_to);
        }
    }
}
