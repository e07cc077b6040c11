//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, set_revision};
use crate::auth::asking::Asking;
use crate::auth::cookie;
use crate::auth::origin::SameSite;
use crate::input::Input;
use crate::service::own::OwnAccountView;
use crate::service::sign_in::{ConfirmationBody, SignInBody, SignedIn};
use crate::service::{self, Written};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in, sign_out)).routes(routes!(confirm_session))
}

/// Who is signed in now.
#[derive(Serialize, ToSchema)]
struct SessionView {
    /// The account.
    user: OwnAccountView,
}

/// 201 with the session's cookie and this body.
pub fn signed_in<T: Serialize>(
    app: &App,
    written: Written<SignedIn>,
    body: impl FnOnce(OwnAccountView) -> T,
) -> Response {
    let SignedIn { token, account, .. } = written.value;
    let mut response = (StatusCode::CREATED, Json(body(account))).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie::set(&app.config, &token));
    set_revision(&mut response, written.revision);
    response
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "Session", request_body = SignInBody,
    responses((status = 201, description = "Signed in; the cookie is the session.", body = SessionView)))]
async fn sign_in(_: SameSite, State(app): State<App>, asking: Asking, input: Input<SignInBody>) -> Answer {
    let written = service::sign_in::sign_in(&app, asking.caller, input).await?;
    Ok(signed_in(&app, written, |user| SessionView { user }))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "Session",
    responses((status = 204, description = "Signed out.")))]
async fn sign_out(State(app): State<App>, asking: Asking) -> Answer {
    service::sign_in::sign_out(&app, asking.caller, asking.session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie::clear(&app.config));
    Ok(response)
}

/// Proves again who is signed in, for what needs a fresh sign-in.
#[utoipa::path(post, path = "/session/confirm", tag = "Session", request_body = ConfirmationBody,
    responses((status = 204, description = "Confirmed.")))]
async fn confirm_session(State(app): State<App>, asking: Asking, input: Input<ConfirmationBody>) -> Answer {
    service::sign_in::confirm_session(&app, asking.caller, asking.session, input).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
