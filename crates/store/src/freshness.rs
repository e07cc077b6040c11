//! Until when this process is known to know everything that was committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How fresh the facts in memory are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nobody follows the other writers: only the database can tell.
    Unfollowed,
    /// Everything committed until so long ago is known, and that is soon enough.
    Fresh(Duration),
    /// It is longer ago than is allowed.
    Behind(Duration),
}

/// When it was last seen that nothing is missing. Cheap to clone, and to read.
#[derive(Clone)]
pub(crate) struct Clock {
    began: Instant,
    /// Microseconds since then, plus one; 0: never.
    seen: Arc<AtomicU64>,
    /// The bound in microseconds; 0: nobody follows.
    within: Arc<AtomicU64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { began: Instant::now(), seen: Arc::default(), within: Arc::default() }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Clock {
    /// From now on somebody follows, and what was seen longer ago than this is not fresh.
    pub fn begin(&self, within: Duration) {
        self.within.store(micros(within).max(1), Ordering::Release);
    }

    /// Whether somebody follows.
    pub fn is_followed(&self) -> bool {
        self.within.load(Ordering::Acquire) > 0
    }

    /// The instant, to be taken before the database is asked.
    pub fn look() -> Instant {
        Instant::now()
    }

    /// Everything committed before that instant is known.
    pub fn seen(&self, at: Instant) {
        let at = micros(at.saturating_duration_since(self.began)).saturating_add(1);
        self.seen.fetch_max(at, Ordering::AcqRel);
    }

    /// How it stands.
    pub fn freshness(&self) -> Freshness {
        self.freshness_at(Instant::now())
    }

    fn freshness_at(&self, now: Instant) -> Freshness {
        let within = self.within.load(Ordering::Acquire);
        if within == 0 {
            return Freshness::Unfollowed;
        }
        let now = micros(now.saturating_duration_since(self.began)).saturating_add(1);
        let age = now.saturating_sub(self.seen.load(Ordering::Acquire));
        let ago = Duration::from_micros(age);
        if age <= within { Freshness::Fresh(ago) } else { Freshness::Behind(ago) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_too_long_ago_is_not_fresh() {
        let clock = Clock::default();
        let after = |seconds| clock.began + Duration::from_secs(seconds);
        assert_eq!(clock.freshness_at(after(0)), Freshness::Unfollowed);
        clock.begin(Duration::from_secs(5));
        clock.seen(after(1));
        assert_eq!(clock.freshness_at(after(6)), Freshness::Fresh(Duration::from_secs(5)));
        assert_eq!(clock.freshness_at(after(7)), Freshness::Behind(Duration::from_secs(6)));
        // What counts is when the database was asked, and the last time of all.
        clock.seen(after(4));
        clock.seen(after(2));
        assert_eq!(clock.freshness_at(after(7)), Freshness::Fresh(Duration::from_secs(3)));
    }
}
