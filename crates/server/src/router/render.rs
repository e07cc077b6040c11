//! Problems become what the caller reads: `application/problem+json` for programs, a page for people. The one
//! place where a denied attempt is written into the audit log.

use axum::Json;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::auth::asking::Asking;
use crate::console;
use crate::observe::RequestId;
use crate::problem::{Problem, ProblemBody};
use crate::state::App;

/// Renders the problem that a response carries, if any.
pub async fn problems(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut kept = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let asking = Asking::from_request_parts(&mut kept, &app).await.ok();
    record(&app, asking.as_ref(), &problem).await;
    let id = kept.extensions.get::<RequestId>().map(|id| id.0.clone());
    let mut rendered = match asking {
        _ if for_programs(&kept) => json(&problem, id),
        asking => console::problem_page(&app, asking, &kept, &problem).await,
    };
    // Whoever is led to sign in first is led there.
    if !rendered.status().is_redirection() {
        *rendered.status_mut() = problem.status();
    }
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    rendered
}

async fn record(app: &App, asking: Option<&Asking>, problem: &Problem) {
    let Some(asking) = asking else { return };
    let recorded = match (&problem.attempt, &problem.refusal) {
        (Some(attempt), _) => app.store.record_denial(&asking.caller, attempt).await,
        (None, Some(refusal)) => app.store.record_refusal(&asking.caller, refusal).await,
        (None, None) => Ok(()),
    };
    if let Err(error) = recorded {
        tracing::error!(%error, "a denied attempt could not be recorded");
    }
}

fn for_programs(parts: &Parts) -> bool {
    let path = parts.uri.path();
    let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["/api/", "/access/", "/chat/v1/", "/events"].iter().any(|prefix| path.starts_with(prefix))
        || !accepts.contains("text/html")
}

/// The problem as RFC 9457 has it.
fn json(problem: &Problem, request_id: Option<String>) -> Response {
    let (status, name, title) = problem.kind.parts();
    let body = ProblemBody {
        kind: format!("/problems/{name}"),
        title,
        status: status.as_u16(),
        detail: problem.detail.clone(),
        request_id,
        errors: problem.errors.clone(),
        current: problem.current.clone(),
    };
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
