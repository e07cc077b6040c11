//! Leaving: what hangs on a person, handing it over, and undoing a removal.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{OrganizationId, UserId};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::leaving::{DepartureView, LeavingBody, LeavingView, RestoredView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_leaving, leave))
        .routes(routes!(list_departures))
        .routes(routes!(undo_departure))
}

/// What hangs on a user: bots owned, invitations that wait, requests, places on teams, grants given.
#[utoipa::path(get, path = "/organizations/{org}/users/{user}/leaving", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "What hangs on them.", body = LeavingView)))]
async fn find_leaving(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, UserId)>) -> Answer {
    ok(service::leaving::find_leaving(&app, asking.caller, id).await?)
}

/// Removes or suspends a user and hands over what hangs on them, in one step; oneself: leaves.
#[utoipa::path(post, path = "/organizations/{org}/users/{user}/leaving", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)), request_body = LeavingBody,
    responses((status = 204, description = "Done.")))]
async fn leave(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    version: Precondition,
    input: Input<LeavingBody>,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::leaving::leave(&app, asking.caller, id, version, input).await?))
}

/// Removals of the last 30 days that can be undone.
#[utoipa::path(get, path = "/organizations/{org}/departures", tag = "Users", params(("org" = Uuid, Path)),
    responses((status = 200, description = "The latest first.", body = ListView<DepartureView>)))]
async fn list_departures(State(app): State<App>, asking: Asking, Id(id): Id<OrganizationId>) -> Answer {
    ok(service::leaving::list_departures(&app, asking.caller, id).await?)
}

/// Undoes a removal: what was held comes back with its own end, as far as the caller may give it now.
#[utoipa::path(post, path = "/organizations/{org}/departures/{departure}/undo", tag = "Users",
    params(("org" = Uuid, Path), ("departure" = Uuid, Path)),
    responses((status = 200, description = "A member again.", body = RestoredView)))]
async fn undo_departure(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    Ok(written(StatusCode::OK, service::leaving::undo_departure(&app, asking.caller, id).await?))
}
