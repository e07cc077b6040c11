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
    /// No seat is left.
    #[error("all {limit} seats are taken")]
    SeatsTaken {
        /// The organization's limit.
        limit: u32,
    },
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

    /// Turns a unique violation into [`StoreError::Duplicate`].
    pub(crate) fn duplicate(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |error| if Self::is_duplicate(&error) { Self::Duplicate(what) } else { Self::Database(error) }
    }
}
