//! One's own password, second factor and sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, set_revision, written};
use super::id::Id;
use super::session::renewed;
use crate::auth::asking::Asking;
use crate::auth::passkey::CeremonyView;
use crate::input::Input;
use crate::service;
use crate::service::ListView;
use crate::service::email::{EmailBody, EmailTokenBody};
use crate::service::passkey::{NewPasskeyBody, PasskeyNameBody, PasskeyView};
use crate::service::second_factor::{BackupCodesView, DraftView, NewBackupCodesView, SecondFactorView};
use crate::service::sessions::{PasswordBody, SessionView};
use crate::service::sign_in::CodeBody;
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set_password))
        .routes(routes!(ask_email))
        .routes(routes!(confirm_email))
        .routes(routes!(undo_email))
        .routes(routes!(find_second_factor, begin_authenticator, remove_authenticator))
        .routes(routes!(confirm_authenticator))
        .routes(routes!(find_backup_codes, make_backup_codes))
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_session))
        .routes(routes!(list_passkeys, add_passkey))
        .routes(routes!(ask_passkey))
        .routes(routes!(rename_passkey, remove_passkey))
}

/// Changes one's own password, given the present one; the other sessions end.
#[utoipa::path(put, path = "/me/password", tag = "Me", request_body = PasswordBody,
    responses((status = 204, description = "It holds; the cookie has the session's new token.")))]
async fn set_password(State(app): State<App>, asking: Asking, input: Input<PasswordBody>) -> Answer {
    let done = service::sessions::set_password(&app, asking.caller, asking.session, input).await?;
    let mut response = renewed(&app, StatusCode::NO_CONTENT.into_response(), &done.value);
    set_revision(&mut response, done.revision);
    Ok(response)
}

/// One's own second factors.
#[utoipa::path(get, path = "/me/two-factor", tag = "Me",
    responses((status = 200, description = "What is set up.", body = SecondFactorView)))]
async fn find_second_factor(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::second_factor::find_second_factor(&app, asking.caller).await?)
}

/// Begins to set an authenticator app up (TOTP, SHA-1, 6 digits, 30 seconds). Needs a fresh sign-in. It counts once a code
/// from it is given to `POST /me/two-factor/confirm`, within 30 minutes; one set up before stays until then.
#[utoipa::path(post, path = "/me/two-factor", tag = "Me",
    responses((status = 201, description = "The secret, shown while it is set up.", body = DraftView)))]
async fn begin_authenticator(State(app): State<App>, asking: Asking) -> Answer {
    let draft = service::second_factor::begin_authenticator(&app, asking.caller).await?;
    Ok((StatusCode::CREATED, Json(draft)).into_response())
}

/// Confirms the authenticator app by a code from it. Other sessions end; with the first factor come backup codes.
#[utoipa::path(post, path = "/me/two-factor/confirm", tag = "Me", request_body = CodeBody,
    responses((status = 200, description = "It counts; the cookie has the session's new token.", body = NewBackupCodesView)))]
async fn confirm_authenticator(State(app): State<App>, asking: Asking, input: Input<CodeBody>) -> Answer {
    let done = service::second_factor::confirm_authenticator(&app, asking.caller, asking.session, input).await?;
    let mut response = renewed(&app, Json(done.value.codes).into_response(), &done.value.token);
    set_revision(&mut response, done.revision);
    Ok(response)
}

/// Takes the authenticator app away. Needs a fresh sign-in.
#[utoipa::path(delete, path = "/me/two-factor", tag = "Me",
    responses((status = 204, description = "Gone.")))]
async fn remove_authenticator(State(app): State<App>, asking: Asking) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::second_factor::remove_authenticator(&app, asking.caller).await?))
}

/// How many of one's backup codes are left.
#[utoipa::path(get, path = "/me/backup-codes", tag = "Me",
    responses((status = 200, description = "How many.", body = BackupCodesView)))]
async fn find_backup_codes(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::second_factor::find_second_factor(&app, asking.caller).await?.backup_codes)
}

/// Makes ten new backup codes, each good once; those before are void. Needs a fresh sign-in and a second factor.
#[utoipa::path(post, path = "/me/backup-codes", tag = "Me",
    responses((status = 201, description = "The codes, shown this once.", body = NewBackupCodesView)))]
async fn make_backup_codes(State(app): State<App>, asking: Asking) -> Answer {
    Ok(written(StatusCode::CREATED, service::second_factor::make_backup_codes(&app, asking.caller).await?))
}

/// One's own sessions.
#[utoipa::path(get, path = "/me/sessions", tag = "Me",
    responses((status = 200, description = "All of them.", body = ListView<SessionView>)))]
async fn list_sessions(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::sessions::list_sessions(&app, asking.caller, asking.session).await?)
}

/// Ends all of one's own sessions but this one.
#[utoipa::path(delete, path = "/me/sessions", tag = "Me",
    responses((status = 204, description = "Ended.")))]
async fn end_other_sessions(State(app): State<App>, asking: Asking) -> Answer {
    let done = service::sessions::end_other_sessions(&app, asking.caller, asking.session).await?;
    Ok(written(StatusCode::NO_CONTENT, done))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/me/sessions/{session}", tag = "Me", params(("session" = Uuid, Path)),
    responses((status = 204, description = "Ended.")))]
async fn end_session(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::sessions::end_session(&app, asking.caller, id).await?))
}

/// One's own passkeys.
#[utoipa::path(get, path = "/me/passkeys", tag = "Me",
    responses((status = 200, description = "All of them.", body = ListView<PasskeyView>)))]
async fn list_passkeys(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::passkey::list_passkeys(&app, asking.caller).await?)
}

/// What to ask the browser for, to make a passkey. Needs a fresh sign-in.
#[utoipa::path(post, path = "/me/passkeys/ceremony", tag = "Me",
    responses((status = 201, description = "For the browser; good for five minutes.", body = CeremonyView)))]
async fn ask_passkey(State(app): State<App>, asking: Asking) -> Answer {
    let asked = service::passkey::ask_passkey(&app, asking.caller).await?;
    Ok((StatusCode::CREATED, Json(asked)).into_response())
}

/// Adds the passkey that the browser made; other sessions end. Needs a fresh sign-in.
#[utoipa::path(post, path = "/me/passkeys", tag = "Me", request_body = NewPasskeyBody,
    responses((status = 201, description = "It counts; the cookie has the session's new token.", body = PasskeyView)))]
async fn add_passkey(State(app): State<App>, asking: Asking, input: Input<NewPasskeyBody>) -> Answer {
    let done = service::passkey::add_passkey(&app, asking.caller, asking.session, input).await?;
    let (view, token) = done.value;
    let mut response = renewed(&app, (StatusCode::CREATED, Json(view)).into_response(), &token);
    set_revision(&mut response, done.revision);
    Ok(response)
}

/// Renames a passkey.
#[utoipa::path(patch, path = "/me/passkeys/{passkey}", tag = "Me", params(("passkey" = Uuid, Path)),
    request_body = PasskeyNameBody, responses((status = 200, description = "As it is now.", body = PasskeyView)))]
async fn rename_passkey(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<Uuid>,
    input: Input<PasskeyNameBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::passkey::rename_passkey(&app, asking.caller, id, input).await?))
}

/// Takes a passkey away. Needs a fresh sign-in.
#[utoipa::path(delete, path = "/me/passkeys/{passkey}", tag = "Me", params(("passkey" = Uuid, Path)),
    responses((status = 204, description = "Gone.")))]
async fn remove_passkey(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::passkey::remove_passkey(&app, asking.caller, id).await?))
}

/// Mails a link to another address of one's own; it holds once the link is followed, within a day. Needs a fresh sign-in.
#[utoipa::path(put, path = "/me/email", tag = "Me", request_body = EmailBody,
    responses((status = 202, description = "A mail is on its way to it.")))]
async fn ask_email(State(app): State<App>, asking: Asking, input: Input<EmailBody>) -> Answer {
    service::email::ask_email(&app, asking.caller, input).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Confirms the new address by the token mailed to it; the old one is told.
#[utoipa::path(post, path = "/email/confirm", tag = "Set-up", request_body = EmailTokenBody,
    responses((status = 204, description = "It holds.")))]
async fn confirm_email(State(app): State<App>, asking: Asking, input: Input<EmailTokenBody>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::email::confirm_email(&app, asking.caller, input).await?))
}

/// Takes a change of address back by the token mailed to the old one, for a week; every session ends.
#[utoipa::path(post, path = "/email/undo", tag = "Set-up", request_body = EmailTokenBody,
    responses((status = 204, description = "The old address holds again.")))]
async fn undo_email(State(app): State<App>, asking: Asking, input: Input<EmailTokenBody>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::email::undo_email(&app, asking.caller, input).await?))
}
