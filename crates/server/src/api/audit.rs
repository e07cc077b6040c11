//! The audit log.

use axum::extract::State;
use rolecall_access::OrganizationId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::service::audit::{AuditEventView, AuditFilterQuery};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_events))
}

/// Who did what, newest first.
#[utoipa::path(get, path = "/organizations/{org}/audit-events", tag = "Audit",
    params(("org" = Uuid, Path), ListQuery, AuditFilterQuery),
    responses((status = 200, description = "A page.", body = ListView<AuditEventView>)))]
async fn list_audit_events(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists<AuditFilterQuery>,
) -> Answer {
    ok(service::audit::list_audit_events(&app, asking.caller, org, lists.list, lists.filter).await?)
}
