//! The audit log (W-25).

use rolecall_access::OrganizationId;
use rolecall_store::resource::audit_event::AuditFilter;
use rolecall_store::resource::{AuditEvent, AuditLog, List};
use rolecall_store::{Caller, Outcome, Read};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::{FieldError, Problem};
use crate::service::{ListView, Result};
use crate::state::App;
use crate::time::Time;

/// A row of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEventView {
    /// Its id.
    pub id: Uuid,
    /// `anybody`, `user`, `key`, `operator`, `organization` (a partner) or `stranger` (a person who is no member).
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
    /// How often the same was counted again within the hour.
    pub repeats: i64,
    /// When last.
    pub last_at: Time,
    /// What the caller may do with it: `read`; nobody changes the log.
    pub can: Vec<String>,
}

/// Which rows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
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
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
    filter: Result<AuditFilterQuery>,
) -> Result<ListView<AuditEventView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<AuditLog, Read>(organization).await?;
    let page = access.list_audit_events(&of, &list?, &filter?.filter()?).await?;
    Ok(ListView::of(page, AuditEventView::of))
}

/// The outcome so written.
fn outcome(text: &str) -> Result<Outcome> {
    let message = "Outcome is `done`, `denied` or `failed`.";
    Outcome::parse(text).ok_or_else(|| Problem::invalid(vec![FieldError::new("outcome", "invalid", message)]))
}

/// Whether the log is as it was written, as far as this server has verified it.
#[derive(Clone, Debug)]
pub struct ChainView {
    /// When it was last verified; none: not since the server was started.
    pub verified_at: Option<Time>,
    /// The newest row of the organization that was.
    pub up_to: Option<Time>,
    /// Whether it is not as it was written.
    pub broken: bool,
}

/// Whether the log is as it was written. Nothing is said of others' rows.
pub async fn find_chain(app: &App, caller: Caller, organization: OrganizationId) -> Result<ChainView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<AuditLog, Read>(organization).await?;
    let chain = app.store.audit_chain();
    let up_to = access.last_audit_event(&of, chain.position).await?;
    Ok(ChainView { verified_at: chain.verified_at.map(Time), up_to: up_to.map(Time), broken: chain.broken.is_some() })
}

impl AuditFilterQuery {
    pub(crate) fn filter(self) -> Result<AuditFilter> {
        let outcome = self.outcome.as_deref().map(outcome);
        Ok(AuditFilter {
            up_to: None,
            actor: self.actor,
            record: self.record,
            model: self.model,
            action: self.action,
            outcome: outcome.transpose()?,
            from: self.from.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

impl AuditEventView {
    pub(crate) fn of(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            actor_name: event.actor_name,
            action: event.action,
            model: event.model,
            record_id: event.record_id,
            record_name: event.record_name,
            outcome: event.outcome.as_str().to_owned(),
            detail: event.detail,
            before: event.before,
            after: event.after,
            address: event.address,
            agent: event.agent,
            request_id: event.request_id,
            created_at: event.created_at.into(),
            repeats: event.repeats,
            last_at: event.last_at.into(),
            can: vec!["read".to_owned()],
        }
    }
}
