//! Sessions: opaque 256-bit tokens, stored hashed.

use rolecall_access::{Timestamp, UserId};
use uuid::Uuid;

use crate::change::Change;
use crate::error::Result;
use crate::store::Store;

/// A session's id (not its token).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

/// A session with the name of its person.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When they last proved who they are.
    pub confirmed_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// From which network address.
    pub address: String,
    /// With which user agent.
    pub agent: String,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Store {
    /// The session of this token hash, if it has neither ended nor been idle for longer than `idle_seconds`;
    /// notes that it was seen (at most once a minute).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_session(
        &self,
        _token_hash: &[u8; 32],
        _now: Timestamp,
        _idle_seconds: i64,
    ) -> Result<Option<Session>> {
        todo!()
    }
}

impl Change {
    /// Makes a session. The caller has proved who they are.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_session(&mut self, _new: NewSession) -> Result<SessionId> {
        todo!()
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_own_session(&mut self, _session: SessionId) -> Result<()> {
        todo!()
    }
}
