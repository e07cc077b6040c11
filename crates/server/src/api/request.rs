//! Asking for access.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::OrganizationId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service;
use crate::service::request::{
    AccessRequestView, AccessRequestsView, AskAccessBody, DeclineAccessBody, GrantAccessBody,
};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_access_requests, ask_access))
        .routes(routes!(withdraw_access))
        .routes(routes!(grant_access))
        .routes(routes!(decline_access))
}

/// The caller's own requests, and the open ones that they can decide.
#[utoipa::path(get, path = "/organizations/{org}/access-requests", tag = "Access requests",
    params(("org" = Uuid, Path)),
    responses((status = 200, description = "Requests.", body = AccessRequestsView)))]
async fn list_access_requests(State(app): State<App>, asking: Asking, Id(id): Id<OrganizationId>) -> Answer {
    ok(service::request::list_requests(&app, asking.caller, id).await?)
}

/// Asks those who can give it for a permission that one misses.
#[utoipa::path(post, path = "/organizations/{org}/access-requests", tag = "Access requests",
    params(("org" = Uuid, Path)), request_body = AskAccessBody,
    responses((status = 201, description = "Asked.", body = AccessRequestView)))]
async fn ask_access(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<OrganizationId>,
    input: Input<AskAccessBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::request::ask_access(&app, asking.caller, id, input).await?))
}

/// Takes an own request back.
#[utoipa::path(delete, path = "/organizations/{org}/access-requests/{request}", tag = "Access requests",
    params(("org" = Uuid, Path), ("request" = Uuid, Path)),
    responses((status = 204, description = "Taken back.")))]
async fn withdraw_access(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::request::withdraw_access(&app, asking.caller, id).await?))
}

/// Gives what is asked as a single permission, with a place on the bot's team if need be.
#[utoipa::path(post, path = "/organizations/{org}/access-requests/{request}/grant", tag = "Access requests",
    params(("org" = Uuid, Path), ("request" = Uuid, Path)), request_body = GrantAccessBody,
    responses((status = 200, description = "Granted.", body = AccessRequestView)))]
async fn grant_access(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    input: Input<GrantAccessBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::request::grant_access(&app, asking.caller, id, input).await?))
}

/// Declines.
#[utoipa::path(post, path = "/organizations/{org}/access-requests/{request}/decline", tag = "Access requests",
    params(("org" = Uuid, Path), ("request" = Uuid, Path)), request_body = DeclineAccessBody,
    responses((status = 200, description = "Declined.", body = AccessRequestView)))]
async fn decline_access(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    input: Input<DeclineAccessBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::request::decline_access(&app, asking.caller, id, input).await?))
}
