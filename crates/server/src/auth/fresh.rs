//! The fresh sign-in: what would let somebody at an open screen take the account over asks again who they are.

use rolecall_access::Actor;
use rolecall_store::Caller;

use crate::problem::{Kind, Problem};

/// Seconds for which it is not asked again.
pub const SECONDS: i64 = 10 * 60;

/// Whether the caller has proved within the last ten minutes who they are. The operator has the host.
#[must_use]
pub fn is_fresh(caller: &Caller) -> bool {
    let recent = |at: rolecall_access::Timestamp| caller.now < at.plus_seconds(SECONDS);
    caller.actor == Actor::Operator || caller.confirmed_at.is_some_and(recent)
}

/// Refuses who has not.
///
/// # Errors
/// 403 `fresh-sign-in`.
pub fn require(caller: &Caller) -> Result<(), Problem> {
    // Looking at what a change would do changes nothing.
    if is_fresh(caller) || caller.preview.is_some() {
        return Ok(());
    }
    Err(Problem::new(Kind::FreshSignIn, "Confirm that it is you (`POST /session/confirm`), then do it again."))
}
