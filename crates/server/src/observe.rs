//! What operators see: request ids, logs without secrets, metrics.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use rolecall_access::Revision;
use rolecall_store::Freshness;

use crate::state::App;

/// The header that carries the request id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Metrics of one server: a recorder of its own, so that two servers in one process do not mix.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Default for Metrics {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }
}

impl Metrics {
    /// The metrics as Prometheus text.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// Notes how far the facts in memory go.
    pub fn note_facts(&self, revision: Revision, freshness: Freshness) {
        let (age, behind) = match freshness {
            Freshness::Unfollowed => return,
            Freshness::Fresh(ago) => (ago, 0.0),
            Freshness::Behind(ago) => (ago, 1.0),
        };
        metrics::with_local_recorder(&self.recorder, || {
            metrics::describe_gauge!("rolecall_revision", "The revision of the facts in memory.");
            metrics::describe_gauge!("rolecall_facts_age_seconds", "For how long other writers were not heard of.");
            metrics::describe_gauge!("rolecall_facts_behind", "1 while decisions are refused because of that.");
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; revisions are far below its limit")]
            metrics::gauge!("rolecall_revision").set(revision.0 as f64);
            metrics::gauge!("rolecall_facts_age_seconds").set(age.as_secs_f64());
            metrics::gauge!("rolecall_facts_behind").set(behind);
        });
    }

    fn count(&self, method: String, route: String, status: u16, took: Duration) {
        metrics::with_local_recorder(&self.recorder, || {
            metrics::describe_counter!("http_requests_total", "Requests answered.");
            metrics::describe_histogram!("http_request_duration_seconds", "Time to answer.");
            let labels = [("method", method), ("route", route), ("status", status.to_string())];
            metrics::counter!("http_requests_total", &labels).increment(1);
            metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
        });
    }
}

/// Gives each request an id, logs it by its route (never its path or query, which may hold tokens), counts it.
pub async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().to_string();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let began = tokio::time::Instant::now();
    let mut response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    tracing::info!(request_id = %id, method, route, status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "request");
    app.metrics.count(method, route, status, took);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The caller's id for the request if it is a sane one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |text: &&str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(sane);
    given.map_or_else(
        || {
            let mut random = [0_u8; 12];
            // Without randomness an id of zeros still marks the line.
            let _ = getrandom::fill(&mut random);
            hex::encode(random)
        },
        ToOwned::to_owned,
    )
}
