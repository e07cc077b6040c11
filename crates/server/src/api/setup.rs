//! The set-up of an empty installation, and recovery links.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, set_revision};
use super::session::signed_in;
use crate::auth::asking::Asking;
use crate::auth::cookie::Cookie;
use crate::auth::origin::SameSite;
use crate::input::Input;
use crate::service;
use crate::service::own::OwnAccountView;
use crate::service::recover::{LostBody, RecoveryBody};
use crate::service::setup::SetupBody;
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(set_up)).routes(routes!(recover)).routes(routes!(ask_recovery))
}

/// Sets an empty installation up: the first organization and its first person, by the printed link's token.
#[utoipa::path(post, path = "/setup", tag = "Set-up", request_body = SetupBody,
    responses((status = 201, description = "Set up and signed in.", body = OwnAccountView)))]
async fn set_up(_: SameSite, State(app): State<App>, asking: Asking, input: Input<SetupBody>) -> Answer {
    let written = service::setup::set_up(&app, asking.caller, input).await?;
    Ok(signed_in(&app, written, |account| account))
}

/// Sets a new password by a recovery link, and ends every session of the account.
#[utoipa::path(post, path = "/recovery", tag = "Set-up", request_body = RecoveryBody,
    responses((status = 204, description = "The new password holds.")))]
async fn recover(State(app): State<App>, asking: Asking, input: Input<RecoveryBody>) -> Answer {
    let done = service::recover::recover(&app, asking.caller, input).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Device.set(&app.config, &done.value));
    set_revision(&mut response, done.revision);
    Ok(response)
}

/// Mails a link to choose a new password to the address, if there is an account; the answer is the same if there is not.
#[utoipa::path(post, path = "/recovery/links", tag = "Set-up", request_body = LostBody,
    responses((status = 202, description = "If there is an account, a mail is on its way.")))]
async fn ask_recovery(State(app): State<App>, asking: Asking, input: Input<LostBody>) -> Answer {
    service::recover::ask_recovery(&app, asking.caller, input).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}
