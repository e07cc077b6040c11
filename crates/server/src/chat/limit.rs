//! How often visitors may say something: from one network address, and in one conversation.

use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use rolecall_store::network::network;

use crate::problem::{Kind, Problem};
use crate::state::App;

/// After so many messages, those that have been quiet are forgotten.
const TIDY_EVERY: u32 = 10_000;

/// The limits. Keys of bots, behind which many visitors may stand, are limited per conversation alone.
#[derive(Default)]
pub struct Rates {
    limits: OnceLock<Limits>,
    counted: AtomicU32,
}

struct Limits {
    address: Option<DefaultKeyedRateLimiter<String>>,
    conversation: Option<DefaultKeyedRateLimiter<[u8; 32]>>,
}

impl Rates {
    /// Counts a message of a visitor.
    ///
    /// # Errors
    /// 429 beyond a limit.
    pub fn count(&self, app: &App, address: Option<&str>, conversation: [u8; 32]) -> Result<(), Problem> {
        let limits = self.limits.get_or_init(|| Limits {
            address: NonZeroU32::new(app.config.limits.chat_per_address)
                .map(|number| RateLimiter::keyed(Quota::per_minute(number))),
            conversation: NonZeroU32::new(app.config.limits.chat_per_conversation)
                .map(|number| RateLimiter::keyed(Quota::per_minute(number))),
        });
        if self.counted.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            limits.address.iter().for_each(RateLimiter::retain_recent);
            limits.conversation.iter().for_each(RateLimiter::retain_recent);
        }
        if let (Some(limiter), Some(address)) = (&limits.address, address)
            && let Err(early) = limiter.check_key(&network(address))
        {
            return Err(slow_down(early.wait_time_from(DefaultClock::default().now())));
        }
        if let Some(limiter) = &limits.conversation
            && let Err(early) = limiter.check_key(&conversation)
        {
            return Err(slow_down(early.wait_time_from(DefaultClock::default().now())));
        }
        Ok(())
    }
}

fn slow_down(wait: std::time::Duration) -> Problem {
    let mut problem = Problem::new(Kind::TooManyAttempts, "These are many messages at once. Wait a moment.");
    problem.retry_after = Some(wait.as_secs() + 1);
    problem
}
