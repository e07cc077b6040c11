//! The use cases, one function each. API and console call the same ones.
//!
//! A service opens the transaction, gets what it works on as proof (`require`), then looks at the input,
//! writes, commits, and returns a view. Nothing else in this crate opens transactions.

pub mod audit;
pub mod bot;
pub mod invitation;
pub mod member;
pub mod model;
pub mod organization;
pub mod own;
pub mod role;
pub mod setup;
pub mod sign_in;
pub mod team;

use rolecall_access::Revision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// What a service gives.
pub type Result<T> = std::result::Result<T, Problem>;

/// The answer to a write, with the revision that includes it.
#[derive(Debug)]
pub struct Written<T> {
    /// The answer.
    pub value: T,
    /// The revision.
    pub revision: Revision,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListView<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; null: this was the last.
    pub next_cursor: Option<String>,
}

/// A thing's id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A model and an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionView {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
}
