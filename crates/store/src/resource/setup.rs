//! The set-up of an empty installation, by a one-time token.

use crate::change::Change;
use crate::error::Result;
use crate::store::Store;
use rolecall_access::Timestamp;

impl Store {
    /// Whether there is no organization yet.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_empty(&self) -> Result<bool> {
        todo!()
    }

    /// Sets the token's hash, in place of any before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_setup_token(&self, _token_hash: &[u8; 32], _now: Timestamp) -> Result<()> {
        todo!()
    }

    /// Whether this is the token.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_setup_token(&self, _token_hash: &[u8; 32]) -> Result<bool> {
        todo!()
    }
}

impl Change {
    /// Uses the token up: from here on the change is the operator's. False: no such token (or used already).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn redeem_setup_token(&mut self, _token_hash: &[u8; 32]) -> Result<bool> {
        todo!()
    }
}
