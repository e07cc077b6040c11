//! Facebook Messenger's side of the server: the webhook that Facebook calls, and the task that takes in what came and sends
//! what is said. What is asked of Facebook goes by [`graph`](crate::graph).
//!
//! Nothing of a request is looked at before its signature; what is kept is answered at once and worked on afterwards.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::problem::Problem;
use crate::service::messenger as service;
use crate::state::App;

/// Where Facebook calls.
pub const WEBHOOK: &str = "/channels/messenger";
/// The most bytes of one call.
const MOST_BYTES: usize = 1 << 20;
/// How often it is looked for what is due when nobody wakes us.
const LOOK: Duration = Duration::from_secs(2);
/// Looks between which old names are forgotten.
const TIDY_EVERY: u32 = 1_800;

/// The webhook.
pub fn router() -> Router<App> {
    Router::new().route(WEBHOOK, get(verify).post(receive)).layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// Facebook asks whether the webhook is ours.
async fn verify(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    match service::verify_webhook(&app, query.as_deref().unwrap_or_default()) {
        Some(challenge) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], challenge).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

/// Facebook tells what was written. Answered after it is kept.
async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !service::is_signed(&app, signature, &body) {
        return Ok(StatusCode::FORBIDDEN.into_response());
    }
    service::receive_events(&app, &body).await?;
    Ok(StatusCode::OK.into_response())
}

/// Takes in and sends what is due, until the server stops.
pub async fn work(app: App) {
    let mut looks = 0_u32;
    while !app.stopping.is_cancelled() {
        if let Err(problem) = service::work_due(&app).await {
            tracing::error!(problem = problem.detail, "Messenger cannot be worked for");
        }
        if looks.is_multiple_of(TIDY_EVERY)
            && let Err(problem) = service::forget_old(&app).await
        {
            tracing::error!(problem = problem.detail, "old names of messages cannot be forgotten");
        }
        looks = looks.wrapping_add(1);
        tokio::select! {
            () = app.stopping.cancelled() => break,
            () = app.chat.channels.wait(LOOK) => {}
        }
    }
}
