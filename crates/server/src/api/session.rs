//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, set_revision};
use crate::auth::asking::{Asking, StepToken};
use crate::auth::cookie::Cookie;
use crate::auth::device::Known;
use crate::auth::origin::SameSite;
use crate::auth::passkey::{AnswerBody, CeremonyView};
use crate::input::Input;
use crate::service::own::OwnAccountView;
use crate::service::sign_in::{Begun, CodeBody, ConfirmationBody, SignInBody, SignedIn};
use crate::service::{self, Written};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(second_factor))
        .routes(routes!(confirm_session))
        .routes(routes!(ask_sign_in))
        .routes(routes!(sign_in_with_passkey))
}

/// Who is signed in now.
#[derive(Serialize, ToSchema)]
struct SessionUserView {
    /// The account.
    user: OwnAccountView,
}

/// What is left to be given.
#[derive(Serialize, ToSchema)]
struct SecondFactorStepView {
    /// What can be given: `totp`, `backup_code`, `passkey`.
    second_factor: Vec<&'static str>,
}

/// 201 with the session's cookie and this body.
pub fn signed_in<T: Serialize>(
    app: &App,
    written: Written<SignedIn>,
    body: impl FnOnce(OwnAccountView) -> T,
) -> Response {
    let SignedIn { token, device, account, .. } = written.value;
    let mut response = (StatusCode::CREATED, Json(body(account))).into_response();
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.set(&app.config, &token));
    response.headers_mut().append(header::SET_COOKIE, Cookie::Device.set(&app.config, &device));
    set_revision(&mut response, written.revision);
    response
}

/// The response with the session's new token in its cookie.
pub fn renewed(app: &App, mut response: Response, token: &str) -> Response {
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.set(&app.config, token));
    response
}

/// Signs in. Where the account has a second factor, that is asked for next: the cookie is good for
/// `POST /session/second-factor` only, for five minutes.
#[utoipa::path(post, path = "/session", tag = "Session", request_body = SignInBody, responses(
    (status = 201, description = "Signed in; the cookie is the session.", body = SessionUserView),
    (status = 202, description = "The second factor is asked for.", body = SecondFactorStepView)))]
async fn sign_in(
    _: SameSite,
    State(app): State<App>,
    asking: Asking,
    Known(device): Known,
    input: Input<SignInBody>,
) -> Answer {
    match service::sign_in::sign_in(&app, asking.caller, (asking.session, device), input).await? {
        Begun::Session(written) => Ok(signed_in(&app, *written, |user| SessionUserView { user })),
        Begun::Step { token, methods } => {
            let mut response =
                (StatusCode::ACCEPTED, Json(SecondFactorStepView { second_factor: methods })).into_response();
            response.headers_mut().insert(header::SET_COOKIE, Cookie::Step.set(&app.config, &token));
            Ok(response)
        }
    }
}

/// Gives the second factor, after the password.
#[utoipa::path(post, path = "/session/second-factor", tag = "Session", request_body = CodeBody,
    responses((status = 201, description = "Signed in; the cookie is the session.", body = SessionUserView)))]
async fn second_factor(
    _: SameSite,
    State(app): State<App>,
    asking: Asking,
    StepToken(step): StepToken,
    input: Input<CodeBody>,
) -> Answer {
    let written = service::sign_in::second_factor(&app, asking.caller, (asking.session, &step), input).await?;
    let mut response = signed_in(&app, written, |user| SessionUserView { user });
    response.headers_mut().append(header::SET_COOKIE, Cookie::Step.clear(&app.config));
    Ok(response)
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "Session",
    responses((status = 204, description = "Signed out.")))]
async fn sign_out(State(app): State<App>, asking: Asking) -> Answer {
    service::sign_in::sign_out(&app, asking.caller, asking.session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.clear(&app.config));
    Ok(response)
}

/// Proves again who is signed in, for what needs a fresh sign-in. The session goes on under a new token.
#[utoipa::path(post, path = "/session/confirm", tag = "Session", request_body = ConfirmationBody,
    responses((status = 204, description = "Confirmed; the cookie has the session's new token.")))]
async fn confirm_session(State(app): State<App>, asking: Asking, input: Input<ConfirmationBody>) -> Answer {
    let token = service::sign_in::confirm_session(&app, asking.caller, asking.session, input).await?;
    Ok(renewed(&app, StatusCode::NO_CONTENT.into_response(), &token))
}

/// What to ask a passkey for, to sign in or to confirm who one is.
#[utoipa::path(post, path = "/session/passkey/ceremony", tag = "Session",
    responses((status = 201, description = "For the browser; good for five minutes, once.", body = CeremonyView)))]
async fn ask_sign_in(State(app): State<App>, asking: Asking) -> Answer {
    let asked = service::passkey::ask_sign_in(&app, &asking.caller)?;
    Ok((StatusCode::CREATED, Json(asked)).into_response())
}

/// Signs in with a passkey, without a password or after it: it is two factors in one.
#[utoipa::path(post, path = "/session/passkey", tag = "Session", request_body = AnswerBody,
    responses((status = 201, description = "Signed in; the cookie is the session.", body = SessionUserView)))]
async fn sign_in_with_passkey(_: SameSite, State(app): State<App>, asking: Asking, input: Input<AnswerBody>) -> Answer {
    let written = service::passkey::sign_in(&app, asking.caller, asking.session, input).await?;
    let mut response = signed_in(&app, written, |user| SessionUserView { user });
    response.headers_mut().append(header::SET_COOKIE, Cookie::Step.clear(&app.config));
    Ok(response)
}
