//! Where Rolecall keeps everything: the only crate with SQL.
//!
//! [`Store`] opens the database and holds the [`Directory`](rolecall_access::Directory) of all facts.
//! Work happens in an [`Access`] (reads at one snapshot) or a [`Change`] (one writing transaction).
//! Both give out records only as [`Authorized<R, A>`]: proof that the caller may do action `A` with the
//! resource `R`. Every write of a governed record takes that proof, so a forgotten check does not
//! compile. A [`Change`] that touches facts passes the guards before it can commit.
//!
//! This crate must never speak HTTP, render text for people, or read a clock: the [`Caller`] brings the
//! instant.

pub mod access;
pub mod audit;
pub mod authorize;
pub mod caller;
pub mod change;
pub mod doctor;
pub mod error;
mod facts;
mod feed;
pub mod fold;
mod follow;
pub mod freshness;
pub mod ids;
pub mod network;
mod news;
mod paging;
pub mod preview;
pub mod resource;
mod schema;
#[cfg(feature = "scratch")]
pub mod scratch;
mod seen;
mod slug;
mod sql;
pub mod store;

pub use access::Access;
pub use audit::{AuditEntry, Broken, ChainState, DuePruning, Fault, Head, Outcome, Verifier};
pub use authorize::{
    Action, Admitted, Attempt, Authorized, Child, Create, Delete, Denied, In, Place, Read, Resource, Update,
};
pub use caller::Caller;
pub use change::{Change, Published};
pub use error::{Result, StoreError};
pub use freshness::Freshness;
pub use preview::{Preview, PreviewSlot};
pub use sql::Database;
pub use store::Store;
