//! All routes and what surrounds them: request ids, headers, limits, problems.

pub mod edge;
mod limit;
mod render;
pub mod revision;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::problem::{Kind, Problem};
use crate::state::App;
use crate::{api, authzen, console, following, forward, live, messenger, observe, public};

/// The whole server.
pub fn router(app: App) -> Router {
    let (api, document) = routes();
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .layer(from_fn_with_state(app.clone(), edge::headers))
        .layer(CompressionLayer::new().gzip(true))
        .layer(from_fn_with_state(app.clone(), render::problems))
        .layer(from_fn_with_state(Arc::new(limit::Rate::new(&app)), limit::rate))
        .layer(from_fn_with_state(app.clone(), edge::time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), revision::wait))
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes));
    Router::new()
        .merge(api)
        .merge(console::router())
        .merge(public::router())
        .merge(messenger::router())
        .merge(authzen::router())
        .merge(forward::router())
        .route("/events", get(live::events))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(layers)
        .layer(from_fn(edge::uncache))
        .with_state(app)
}

/// The API's routes and their documentation.
pub fn routes() -> (Router<App>, OpenApi) {
    let (router, mut document) = api::router().split_for_parts();
    api::document::complete(&mut document);
    (router, document)
}

async fn healthy() -> &'static str {
    "ok\n"
}

/// Ready: the database answers, and what others write is heard of.
async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    let answers = app.store.is_empty().await;
    answers.map_err(|error| {
        tracing::error!(%error, "the database does not answer");
        Problem::new(Kind::Unavailable, "The database does not answer.")
    })?;
    following::fault(&app).map_or(Ok("ready\n"), Err)
}

async fn metrics(State(app): State<App>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    app.metrics.note_facts(app.store.directory().revision(), app.store.freshness());
    ([(header::CONTENT_TYPE, kind)], app.metrics.render()).into_response()
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "This address does not know that method; see `Allow`.")
}

#[expect(clippy::needless_pass_by_value, reason = "the layer gives the panic away")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
    Problem::internal(&text).into_response()
}
