//! New identifiers: UUID version 7 (RFC 9562) of a given instant.

use rolecall_access::Timestamp;
use uuid::Uuid;

use crate::error::{Result, StoreError};

/// A new id.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn new_id(now: Timestamp) -> Result<Uuid> {
    let mut random = [0_u8; 10];
    getrandom::fill(&mut random).map_err(|error| StoreError::Damaged(format!("no randomness: {error}")))?;
    let milliseconds = u64::try_from(now.0 / 1000).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
}
