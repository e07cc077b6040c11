//! The console.

use axum::Router;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use crate::auth::asking::Asking;
use crate::problem::Problem;
use crate::state::App;

/// All pages.
pub fn router() -> Router<App> {
    Router::new()
}

/// The page of a problem.
pub async fn problem_page(_app: &App, _asking: Option<Asking>, _parts: &Parts, problem: &Problem) -> Response {
    problem.detail.clone().into_response()
}
