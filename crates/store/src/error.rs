//! What can go wrong in the store.

use rolecall_access::guards::Refusal;

use crate::authorize::Denied;

/// Shorthand.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A guard on changing access refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is one already; names what is taken (`name`, `email`, `permission`, `slug`, `invitation`, `token`).
    #[error("`{0}` is taken")]
    Duplicate(&'static str),
    /// The record changed since the version named.
    #[error("the record has changed since")]
    Stale {
        /// Its version now.
        current: i64,
    },
    /// Something named in the request is not there (a role id, a bot id); names the field.
    #[error("`{0}` names something that is not there")]
    Unknown(&'static str),
    /// A list's cursor or sort is not one of ours.
    #[error("`{field}` is not valid for this list")]
    InvalidList {
        /// `cursor` or `sort`.
        field: &'static str,
    },
    /// The inviter could no longer give what the invitation promises.
    #[error("the invitation is void: whoever sent it can no longer give this access")]
    Void,
    /// The record is in a state that does not allow it; says which and what to do.
    #[error("{0}")]
    WrongState(&'static str),
    /// The change was only looked at; what it would do is in the caller's slot.
    #[error("this was a preview: nothing was changed")]
    Previewed,
    /// No seat is left.
    #[error("all {limit} seats are taken")]
    SeatsTaken {
        /// The organization's limit.
        limit: u32,
    },
    /// The other writers have not been heard of for too long to decide from memory.
    #[error("the other writers have not been heard of for too long")]
    Behind,
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The database's schema could not be brought up to date.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database is not one that will do; says why.
    #[error("{0}")]
    Unsuitable(String),
    /// What is stored cannot be (a row that breaks an invariant).
    #[error("stored data is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Whether the database refused a second row of the same key.
    fn is_duplicate(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    /// Whether the database could not be reached or was too busy, and the same may succeed in a moment.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
                true
            }
            // SQLite: busy, locked. PostgreSQL: connection failures (08), too few resources (53), the operator (57),
            // lock not available, deadlock, serialization.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                let class = code.get(..2).filter(|_| code.len() == 5);
                matches!(code.as_ref(), "5" | "6" | "261" | "517" | "55P03" | "40P01" | "40001" | "25P03")
                    || matches!(class, Some("08" | "53" | "57"))
            }),
            _ => false,
        }
    }

    /// Turns a unique violation into [`StoreError::Duplicate`].
    pub(crate) fn duplicate(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |error| if Self::is_duplicate(&error) { Self::Duplicate(what) } else { Self::Database(error) }
    }
}
