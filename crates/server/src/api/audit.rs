//! The audit log.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use rolecall_access::OrganizationId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok};
use super::id::Id;
use super::query::{Asked, ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::auth::origin;
use crate::problem::Problem;
use crate::service::audit::{AuditEventView, AuditFilterQuery};
use crate::service::audit_export::{AuditExportQuery, Export, begin_export, export_page};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_events)).routes(routes!(export_audit_events))
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

/// Rows taken out, newest first, as JSON Lines (each line as the list has it) or CSV; that they were is itself a row. An
/// export that breaks off is not whole: whoever may no longer read the log gets no more of it.
#[utoipa::path(get, path = "/organizations/{org}/audit-events/export", tag = "Audit",
    params(("org" = Uuid, Path), AuditExportQuery),
    responses((status = 200, description = "All rows.", content(
        (String = "application/x-ndjson"), (String = "text/csv")))))]
async fn export_audit_events(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    Asked(query): Asked<AuditExportQuery>,
    parts: Parts,
) -> Answer {
    origin::refuse_foreign(&parts.headers)?;
    let export = begin_export(&app, asking.caller, org, query).await?;
    Ok(download(app, parts, export))
}

/// The response whose body is written as it is read.
pub(crate) fn download(app: App, parts: Parts, export: Export) -> Response {
    let media_type = HeaderValue::from_static(export.format.media_type());
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    let pages = stream::try_unfold((app, parts, export), |(app, parts, mut export)| async move {
        let page = next_page(&app, &parts, &mut export).await;
        let page = page.map_err(|problem| io::Error::new(io::ErrorKind::ConnectionAborted, problem.detail))?;
        Ok::<_, io::Error>(page.map(|text| (text, (app, parts, export))))
    });
    let mut response = Body::from_stream(pages).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Who asks is found out anew for each page: a session that ended meanwhile, a key that was revoked, reads no more.
async fn next_page(app: &App, parts: &Parts, export: &mut Export) -> Result<Option<String>, Problem> {
    let caller = Asking::anew(parts, app).await?.caller;
    export_page(app, caller, export).await
}
