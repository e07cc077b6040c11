//! Words as stored.

use rolecall_access::Ownership;
use rolecall_access::facts::MemberStatus;

use super::damaged;
use crate::error::Result;

/// A membership's status as stored.
pub(crate) fn member_status(text: &str) -> Result<MemberStatus> {
    match text {
        "invited" => Ok(MemberStatus::Invited),
        "active" => Ok(MemberStatus::Active),
        "suspended" => Ok(MemberStatus::Suspended),
        other => Err(damaged("status", other)),
    }
}

/// A policy on owners as stored.
pub(super) fn ownership(text: &str) -> Ownership {
    if text == "one" { Ownership::One } else { Ownership::None }
}
