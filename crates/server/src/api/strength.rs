//! How hard a password is to guess.

use axum::extract::State;
use axum::http::HeaderMap;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service;
use crate::service::strength::{PasswordStrengthBody, PasswordStrengthView};
use crate::state::App;
use crate::text::{Language, Text};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(measure_password))
}

/// How hard a password is to guess, by the rules that decide when it is set. Nobody needs to be signed in; of whoever is,
/// name, e-mail and second factor are known. Nothing of it is kept.
#[utoipa::path(post, path = "/password-strength", tag = "Set-up", request_body = PasswordStrengthBody,
    responses((status = 200, description = "How hard it is, and why.", body = PasswordStrengthView)))]
async fn measure_password(
    State(app): State<App>,
    asking: Asking,
    headers: HeaderMap,
    input: Input<PasswordStrengthBody>,
) -> Answer {
    let text = Text::plain().in_language(Language::of_headers(&headers).tag);
    ok(service::strength::measure_password(&app, asking.caller, text, input).await?)
}
