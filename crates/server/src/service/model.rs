//! The catalogue, as programs and dialogs read it (W-19).

use rolecall_access::OrganizationId;
use rolecall_store::Caller;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::{ListView, PermissionView, Result};
use crate::state::App;

/// A model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// Its key, as in permissions.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it guards.
    pub guards: String,
    /// `organization` or `bot`.
    pub level: String,
    /// The actions that mean something.
    pub actions: Vec<String>,
    /// The actions an anonymous caller can have.
    pub public_actions: Vec<String>,
    /// The relations that can be chosen: `team` is for bot level only.
    pub relations: Vec<String>,
    /// Per action, what goes with it.
    pub prerequisites: Vec<PrerequisiteView>,
}

/// What goes with an action.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PrerequisiteView {
    /// The action.
    pub action: String,
    /// What goes with it.
    pub requires: Vec<PermissionView>,
}

/// All models, with `Model: read`.
pub async fn list_models(_app: &App, _caller: Caller, _organization: OrganizationId) -> Result<ListView<ModelView>> {
    todo!()
}
