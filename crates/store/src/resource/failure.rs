//! Failures that count against a limit; kept in the database, so that a restart forgives nothing.

use rolecall_access::Timestamp;

use crate::error::Result;
use crate::store::Store;

impl Store {
    /// How many failures of this kind the subject has in the window, and when the window ends.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn failures(
        &self,
        _kind: &str,
        _subject: &str,
        _now: Timestamp,
        _window_seconds: i64,
    ) -> Result<(u32, Timestamp)> {
        todo!()
    }

    /// Counts one more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_failure(
        &self,
        _kind: &str,
        _subject: &str,
        _now: Timestamp,
        _window_seconds: i64,
    ) -> Result<()> {
        todo!()
    }

    /// Forgets a subject's failures (after a success of the account's own).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_failures(&self, _kind: &str, _subject: &str) -> Result<()> {
        todo!()
    }
}
