//! The audit log (W-25).

use rolecall_access::OrganizationId;
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::service::{ListView, Result};
use crate::state::App;
use crate::time::Time;

/// A row of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEventView {
    /// Its id.
    pub id: Uuid,
    /// `anybody`, `user`, `key`, `operator` or `stranger` (a person who is no member).
    pub actor_kind: String,
    /// The actor's id.
    pub actor_id: Option<Uuid>,
    /// The actor's name at that time.
    pub actor_name: String,
    /// What was done: `create`, `update`, `assign_roles`, `sign_in`, ….
    pub action: String,
    /// On which model.
    pub model: String,
    /// On which record.
    pub record_id: Option<Uuid>,
    /// Its name at that time.
    pub record_name: String,
    /// `done`, `denied` or `failed`.
    pub outcome: String,
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
    pub created_at: Time,
    /// How often the same was counted again.
    pub repeats: i64,
}

/// Which rows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilterQuery {
    /// Of this actor.
    pub actor: Option<Uuid>,
    /// On this record.
    pub record: Option<Uuid>,
    /// On this model.
    pub model: Option<String>,
    /// This action.
    pub action: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Not before.
    #[param(value_type = Option<Time>)]
    pub from: Option<Time>,
    /// Before.
    #[param(value_type = Option<Time>)]
    pub until: Option<Time>,
}

/// Rows of the organization, newest first.
pub async fn list_audit_events(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _list: Result<List>,
    _filter: AuditFilterQuery,
) -> Result<ListView<AuditEventView>> {
    todo!()
}
