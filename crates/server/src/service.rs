//! The use cases, one function each. API and console call the same ones.
//!
//! A service opens the transaction, gets what it works on as proof (`require`), then looks at the input,
//! writes, commits, and returns a view. Nothing else in this crate opens transactions.

pub mod activity;
pub mod analytics;
pub mod appearance;
pub mod audit;
pub mod audit_export;
pub mod availability;
pub mod bot;
pub mod channel;
pub mod chat;
pub mod connection;
pub mod content;
pub mod conversation;
pub mod copy;
pub mod decision;
pub mod doors;
pub mod email;
pub mod enable;
pub mod entity;
pub mod explain;
pub mod flow;
pub mod forward;
pub mod handover;
pub mod integration;
pub mod invitation;
pub mod key;
pub mod leaving;
pub mod mailbox;
pub mod matrix;
pub mod member;
pub mod messenger;
pub mod model;
pub mod operator;
pub mod organization;
pub mod own;
pub mod partner;
pub mod passkey;
pub mod picture;
pub mod playground;
pub mod policy;
pub mod preview;
pub mod program;
pub mod publication;
pub mod reach;
pub mod recover;
pub mod request;
pub mod role;
pub mod second_factor;
pub mod sessions;
pub mod setting;
pub mod setup;
pub mod sign_in;
pub mod single_sign_on;
pub mod starter;
pub mod strength;
pub mod team;
pub mod training;
pub mod understand;
pub mod unmatched;

use rolecall_access::{Actor, Permission, Question, Revision, Scope, UserId};
use rolecall_store::Access;
use rolecall_store::resource::Page;
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

impl<T> ListView<T> {
    /// The view of a page, item by item.
    pub(crate) fn of<R>(page: Page<R>, make: impl FnMut(R) -> T) -> Self {
        Self { items: page.items.into_iter().map(make).collect(), next_cursor: page.next_cursor }
    }
}

/// Whether the caller may do this at the scope, with a record of that owner.
pub(crate) fn may(access: &Access, model: &str, action: &str, scope: Scope, owner: Option<UserId>) -> bool {
    let caller = access.caller();
    match (caller.subject(), Permission::new(model, action)) {
        (None, _) => true,
        (Some(subject), Ok(permission)) => {
            let remote = match scope {
                Scope::Organization(id) => access.directory().organization(id),
                Scope::Bot(_) => None,
            };
            let remote = remote.is_some_and(|facts| facts.policies.comes_from_provider(model, action));
            !remote && access.directory().allows(&Question { subject, permission, scope, owner }, caller.now)
        }
        (Some(_), Err(_)) => false,
    }
}

/// Those of these abilities (`action`, or `Model:action`) that the caller has with a record of `model`.
pub(crate) fn abilities(
    access: &Access,
    model: &str,
    wanted: &[&str],
    scope: Scope,
    owner: Option<UserId>,
) -> Vec<String> {
    let has = |ability: &&&str| {
        let (model, action) = ability.split_once(':').unwrap_or((model, ability));
        may(access, model, action, scope, owner)
    };
    wanted.iter().filter(has).map(|ability| (*ability).to_owned()).collect()
}

/// The person who asks.
pub(crate) fn person(access: &Access) -> Option<UserId> {
    match access.caller().actor {
        Actor::User(user) => Some(user),
        Actor::Anybody | Actor::Key(_) | Actor::Operator => None,
    }
}

impl PermissionView {
    /// The view of a permission.
    pub(crate) fn of(permission: &Permission) -> Self {
        Self { model: permission.model.to_string(), action: permission.action.to_string() }
    }
}
