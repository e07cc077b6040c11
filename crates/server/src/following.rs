//! Keeping up with the other writers of the database: other servers, the command line.

use std::time::Duration;

use rolecall_store::Freshness;
use tokio::time::Instant;

use crate::problem::{Kind, Problem, describe};
use crate::state::App;

/// How long to wait before the database is asked again: at first, and at the most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Follows until the server stops; a connection that is lost is made again.
pub async fn follow(app: App) {
    let within = Duration::from_millis(app.config.limits.follow_within_milliseconds);
    let mut pause = PAUSES.0;
    loop {
        let began = Instant::now();
        let error = tokio::select! {
            () = app.stopping.cancelled() => return,
            Err(error) = app.store.follow(within) => error,
        };
        tracing::warn!(error = describe(&error), "the other writers cannot be followed just now");
        if began.elapsed() > PAUSES.1 {
            pause = PAUSES.0;
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// What is wrong if the facts here may be too old to decide by.
pub fn fault(app: &App) -> Option<Problem> {
    match app.store.freshness() {
        Freshness::Unfollowed | Freshness::Fresh(_) => None,
        Freshness::Behind(ago) => {
            let (ago, within) = (ago.as_secs(), app.config.limits.follow_within_milliseconds);
            let detail = format!(
                "This server has not heard of the other writers of its database for {ago} s (at most {within} ms are \
                 allowed), and decides nothing until it has."
            );
            Some(behind(detail))
        }
    }
}

/// This server may not know what others have changed.
pub fn behind(detail: impl Into<String>) -> Problem {
    let mut problem = Problem::new(Kind::Behind, detail);
    problem.retry_after = Some(1);
    problem
}
