//! The rate limit: so many requests a second from one network address, with as many in reserve.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rolecall_store::network::network;

use crate::auth::address;
use crate::problem::{Kind, Problem};
use crate::state::App;

/// After so many requests, addresses that have been quiet are forgotten.
const TIDY_EVERY: u32 = 10_000;

/// The limit of each address.
pub struct Rate {
    app: App,
    limiter: Option<DefaultKeyedRateLimiter<String>>,
    counted: AtomicU32,
}

impl Rate {
    /// The limit of the configuration; 0 is none.
    pub fn new(app: &App) -> Self {
        let per_second = NonZeroU32::new(app.config.limits.requests_per_second);
        let limiter = per_second.map(|number| RateLimiter::keyed(Quota::per_second(number)));
        Self { app: app.clone(), limiter, counted: AtomicU32::new(0) }
    }

    fn refusal(&self, request: &Request) -> Option<Problem> {
        let limiter = self.limiter.as_ref()?;
        if self.counted.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            limiter.retain_recent();
        }
        let address = address::of(request.headers(), request.extensions(), &self.app.config);
        let early = limiter.check_key(&network(&address)).err()?;
        let wait = early.wait_time_from(DefaultClock::default().now());
        let mut problem = Problem::new(Kind::TooManyAttempts, "Too many requests from this address. Slow down.");
        problem.retry_after = Some(wait.as_secs() + 1);
        Some(problem)
    }
}

/// Refuses requests beyond the limit.
pub async fn rate(State(rate): State<Arc<Rate>>, request: Request, next: Next) -> Response {
    match rate.refusal(&request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}
