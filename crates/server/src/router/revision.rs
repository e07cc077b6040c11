//! `Rolecall-Min-Revision`: a question that must not be answered from the past.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{FieldError, Kind, Problem};
use crate::state::App;

/// How long a question waits for the revision it names.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until the facts are as fresh as the request wants.
pub async fn wait(State(app): State<App>, request: Request, next: Next) -> Response {
    match wanted(request.headers()) {
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
        Ok(Some(revision)) => {
            if let Err(problem) = await_revision(&app, revision).await {
                return problem.into_response();
            }
        }
    }
    next.run(request).await
}

/// Waits, not for long, until the facts include the revision.
///
/// # Errors
/// 503 if it does not arrive.
pub async fn await_revision(app: &App, revision: u64) -> Result<(), Problem> {
    tokio::time::timeout(PATIENCE, reach(app, revision)).await.map_err(|_| {
        let mut problem = Problem::new(Kind::Unavailable, "That revision has not arrived here yet. Try again.");
        problem.retry_after = Some(1);
        problem
    })
}

fn wanted(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("rolecall-min-revision") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let message = "A revision is a number, as `Rolecall-Revision` gave it.";
    let wrong = || Problem::invalid(vec![FieldError::new("Rolecall-Min-Revision", "invalid", message)]);
    number.ok_or_else(wrong).map(Some)
}

async fn reach(app: &App, revision: u64) {
    let mut commits = app.store.watch();
    while app.store.directory().revision().0 < revision {
        // Missed commits are no loss: the directory is looked at again.
        let _ = commits.recv().await;
    }
}
