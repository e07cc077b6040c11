//! Reading the audit log.

use rolecall_access::guards::Refusal;
use rolecall_access::{Directory, OrganizationId, Scope, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::{AuditEntry, Outcome, Row, insert, last_hash};
use crate::authorize::{Attempt, Authorized, Place, Read, Resource};
use crate::caller::Caller;
use crate::error::{Result, StoreError};
use crate::facts::damaged;
use crate::fold::fold;
use crate::paging::{Key, Order, search};
use crate::resource::organization::find_organization;
use crate::resource::{List, Organization, Organizations, Page};
use crate::sql::{Query, Transaction, query};
use crate::store::Store;

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
    e.model, e.record_id, e.record_name, e.outcome, e.detail, e.before, e.after, e.address, e.agent, e.request_id, \
    e.created_at, e.repeats, e.last_at, (m.account_id IS NOT NULL OR (e.outcome = 'done' AND e.model <> 'Session')) AS is_member, e.position AS sort_key, e.id AS page_id \
    FROM audit_event e LEFT JOIN membership m ON m.organization_id = e.organization_id AND m.account_id = e.actor_id \
    WHERE e.organization_id = ";

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
        order.fetch::<EventRow>(self.transaction(), query).await?.try_map(AuditEvent::try_from)
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
    }
}

/// Within so many seconds the same denial or failure is counted in one row.
const COUNTED_SECONDS: i64 = 3600;

impl Store {
    /// Writes down an attempt that was denied: one row, counted up within the hour.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_denial(&self, caller: &Caller, attempt: &Attempt) -> Result<()> {
        let directory = self.directory();
        let (organization, record) = match attempt.scope {
            Scope::Organization(id) => (id, id.0),
            Scope::Bot(id) => match directory.bot(id) {
                Some(bot) => (bot.organization, id.0),
                None => return Ok(()),
            },
        };
        let model = attempt.permission.model.as_str().to_owned();
        let action = attempt.permission.action.as_str().to_owned();
        self.record_outcome(
            caller,
            Some(organization),
            (action, model),
            Some(record),
            "",
            Outcome::Denied,
            String::new(),
        )
        .await
    }

    /// Writes down a change of access that a guard refused, in the organization that the guard protected.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_refusal(&self, caller: &Caller, refusal: &Refusal) -> Result<()> {
        let directory = self.directory();
        let organization = match refusal {
            Refusal::Reserved { organization, .. }
            | Refusal::Lockout(organization)
            | Refusal::OwnerNeeded(organization) => Some(*organization),
            Refusal::Escalation { scope, .. }
            | Refusal::BeyondCap { scope, .. }
            | Refusal::ProtectsOwner { scope, .. }
            | Refusal::ProtectsHigher { scope, .. }
            | Refusal::ProtectsPeer { scope, .. } => match scope {
                Scope::Organization(id) => Some(*id),
                Scope::Bot(id) => directory.bot(*id).map(|bot| bot.organization),
            },
            Refusal::BotOwnerNeeded(id) => directory.bot(*id).map(|bot| bot.organization),
            Refusal::RoleInUse { role, .. } => directory.role(*role).map(|role| role.organization),
            // Nobody is protected but the person themself.
            Refusal::OwnSuspension | Refusal::OwnAdministration => None,
        };
        let Some(organization) = organization else { return Ok(()) };
        let what = ("change_access".to_owned(), "Permission".to_owned());
        self.record_outcome(caller, Some(organization), what, None, "", Outcome::Denied, refusal.to_string()).await
    }

    /// Writes down a sign-in that failed: for each organization of the account of that address, or, where
    /// there is none, for the installation.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_failed_sign_in(&self, caller: &Caller, email: &str) -> Result<()> {
        let known: Option<(Uuid, String)> =
            query("SELECT id, name FROM account WHERE email_folded = $1 AND verified_at IS NOT NULL")
                .bind(fold(email))
                .fetch_optional(&mut self.pool.read().await?)
                .await?;
        let (action, model) = ("sign_in".to_owned(), "Account".to_owned());
        let Some((id, name)) = known else {
            return self.record_outcome(caller, None, (action, model), None, "", Outcome::Failed, String::new()).await;
        };
        let directory = self.directory();
        for organization in directory.organizations_of(rolecall_access::UserId(id)) {
            let what = (action.clone(), model.clone());
            self.record_outcome(caller, Some(organization), what, Some(id), &name, Outcome::Failed, String::new())
                .await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the columns that make two rows the same")]
    async fn record_outcome(
        &self,
        caller: &Caller,
        organization: Option<OrganizationId>,
        (action, model): (String, String),
        record_id: Option<Uuid>,
        record_name: &str,
        outcome: Outcome,
        detail: String,
    ) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        let template = AuditEntry {
            organization,
            action: "",
            model: "",
            record_id,
            record_name: record_name.to_owned(),
            outcome,
            detail,
            before: None,
            after: None,
            acting: None,
        };
        let row = Row { action, model, ..Row::of(caller, &template)? };
        let counted = query(
            "UPDATE audit_event SET repeats = repeats + 1, last_at = $1 WHERE position = (SELECT MAX(position) \
             FROM audit_event WHERE created_at > $2 AND outcome = $3 AND model = $4 AND action = $5 \
             AND actor_id IS NOT DISTINCT FROM $6 AND (actor_id IS NOT NULL OR address = $7) \
             AND record_id IS NOT DISTINCT FROM $8 \
             AND organization_id IS NOT DISTINCT FROM $9 AND detail = $10)",
        )
        .bind(caller.now.0)
        .bind(caller.now.plus_seconds(-COUNTED_SECONDS).0)
        .bind(&row.outcome)
        .bind(&row.model)
        .bind(&row.action)
        .bind(row.actor_id)
        .bind(&row.address)
        .bind(row.record_id)
        .bind(row.organization_id)
        .bind(&row.detail)
        .execute(&mut transaction)
        .await?;
        if counted == 0 {
            let previous = last_hash(&mut transaction).await?;
            insert(&mut transaction, &row, &previous).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Verifies the hash chain; the position of the first broken row, if any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn verify_audit_chain(&self) -> Result<Option<i64>> {
        let mut previous: Vec<u8> = Vec::new();
        let mut after = 0_i64;
        loop {
            let rows: Vec<ChainRow> = query(
                "SELECT position, id, organization_id, actor_kind, actor_id, actor_name, action, model, record_id, \
                 record_name, outcome, detail, before, after, address, agent, request_id, created_at, previous_hash, \
                 hash FROM audit_event WHERE position > $1 ORDER BY position LIMIT 1000",
            )
            .bind(after)
            .fetch_all(&mut self.pool.read().await?)
            .await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after = last.position;
            for ChainRow { position, row, previous_hash, hash } in rows {
                if previous_hash != previous || row.hash(&previous) != hash {
                    return Ok(Some(position));
                }
                previous = hash;
            }
        }
    }
}

#[derive(FromRow)]
struct ChainRow {
    position: i64,
    #[sqlx(flatten)]
    row: Row,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}
