//! Reading the audit log.

use rolecall_access::{Directory, OrganizationId, Scope, Timestamp};
use uuid::Uuid;

use crate::Connection;
use crate::access::Access;
use crate::audit::Outcome;
use crate::authorize::{Attempt, Authorized, Place, Read, Resource};
use crate::caller::Caller;
use crate::error::Result;
use crate::resource::organization::find_organization;
use crate::resource::{List, Organization, Organizations, Page};
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

    async fn find(connection: &mut Connection, id: OrganizationId) -> Result<Option<Organization>> {
        find_organization(connection, id).await
    }

    fn place(record: &Organization) -> Place {
        Place { scope: Scope::Organization(record.id), owner: record.owner }
    }

    fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
        Organizations::readable(record, directory, caller)
    }
}

impl Access {
    /// Rows of the organization, newest first (`q` searches actor, record and detail).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_audit_events(
        &mut self,
        _of: &Authorized<AuditLog, Read>,
        _list: &List,
        _filter: &AuditFilter,
    ) -> Result<Page<AuditEvent>> {
        todo!()
    }
}

impl Store {
    /// Writes down an attempt that was denied: one row, counted up within the hour.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_denial(&self, _caller: &Caller, _attempt: &Attempt) -> Result<()> {
        todo!()
    }

    /// Verifies the hash chain; the position of the first broken row, if any.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn verify_audit_chain(&self) -> Result<Option<i64>> {
        todo!()
    }
}
