//! When one can be reached for conversations.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, written};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service;
use crate::service::availability::{AvailabilityBody, AvailabilityView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_availability, set_availability))
}

/// When one can be reached for each bot whose conversations one may answer, and days away.
#[utoipa::path(get, path = "/me/availability", tag = "Me",
    responses((status = 200, description = "Weeks and days away.", body = AvailabilityView)))]
async fn find_availability(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::availability::find_availability(&app, asking.caller).await?)
}

/// Sets the whole week of each bot named (at most 8 times a day, none overlapping) and, if given, all days away.
#[utoipa::path(put, path = "/me/availability", tag = "Me", request_body = AvailabilityBody,
    responses((status = 200, description = "Weeks and days away as they are now.", body = AvailabilityView)))]
async fn set_availability(State(app): State<App>, asking: Asking, input: Input<AvailabilityBody>) -> Answer {
    Ok(written(StatusCode::OK, service::availability::set_availability(&app, asking.caller, input).await?))
}
