//! What holds for every response: security headers, caching, a time limit.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Kind, Problem};
use crate::state::App;

/// Everything comes from our own server; nothing inline, nothing framed by others.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A page that our own pages frame, and that asks nothing of anybody.
const FRAMED_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
/// A page for visitors: our script, our style, our pictures, our chat; no forms, no frames.
const PUBLIC_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The API's documentation page styles its pictures inline.
const DOCUMENTATION_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whom a response is for, where that is somebody else than the console; its handler puts it into the extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A page that our own pages frame.
    Framed,
    /// A page for visitors.
    Page,
    /// A file that pages of others load.
    File,
}

/// Adds the security headers (OWASP Secure Headers).
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let documentation = request.uri().path().starts_with("/api/docs");
    let chat = request.uri().path().starts_with("/chat/v1/");
    let asks_ahead = chat && request.method() == Method::OPTIONS;
    let mut response = if asks_ahead { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let surface = response.extensions().get::<Surface>().copied();
    let headers = response.headers_mut();
    if chat {
        share(headers);
    }
    let policy = match surface {
        Some(Surface::Framed) => FRAMED_POLICY,
        Some(Surface::Page) => PUBLIC_POLICY,
        _ if documentation => DOCUMENTATION_POLICY,
        _ => POLICY,
    };
    let framed = if surface == Some(Surface::Framed) { "SAMEORIGIN" } else { "DENY" };
    let shared = if chat || surface == Some(Surface::File) { "cross-origin" } else { "same-origin" };
    if surface == Some(Surface::File) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, framed),
        // Paths of invitations carry tokens: no page tells another where it was opened from.
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), shared),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.config.public_url.scheme() == "https" {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Pages of any site may talk to bots (Fetch, CORS): a visitor is named by a token that their page holds, never by a
/// cookie, so no site speaks for a visitor of another.
fn share(headers: &mut HeaderMap) {
    let fixed = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after, x-request-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Nothing is kept by caches unless its handler says otherwise.
pub async fn uncache(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Gives up on a request that takes too long (a body that trickles in, too); event streams answer at once and go on.
pub async fn time(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(app.config.limits.request_seconds);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut problem = Problem::new(Kind::Unavailable, "This took too long. Try again in a moment.");
            problem.retry_after = Some(5);
            problem.into_response()
        }
    }
}
