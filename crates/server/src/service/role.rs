//! Roles and their permissions (W-8, W-11 to W-20).

use rolecall_access::{OrganizationId, RoleId};
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, check_name};
use crate::precondition::Precondition;
use crate::problem::FieldError;
use crate::service::{ListView, Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `organization` or `bots`.
    pub reach: String,
    /// Whether it has every permission there is or will be.
    pub everything: bool,
    /// Whether it says what anonymous callers may do.
    pub public: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`, `Permission:create`, `Permission:delete`.
    pub can: Vec<String>,
}

/// A permission of a role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RolePermissionView {
    /// Its id.
    pub id: Uuid,
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// `role`, `team` or `owner`.
    pub relation: String,
    /// When it was added.
    pub created_at: Time,
    /// `delete`.
    pub can: Vec<String>,
}

/// A role to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleBody {
    /// Its name, unique in the organization.
    pub name: String,
    /// `organization` (if not given) or `bots`.
    #[serde(default)]
    pub reach: Option<String>,
}

/// A change of a role.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// A new reach.
    #[serde(default)]
    pub reach: Option<String>,
}

/// A permission to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPermissionBody {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// `role` (if not given), `team` or `owner`.
    #[serde(default)]
    pub relation: Option<String>,
}

fn check_reach(reach: Option<&str>, errors: &mut Vec<FieldError>) {
    if reach.is_some_and(|reach| rolecall_access::Reach::parse(reach).is_none()) {
        errors.push(FieldError::new("reach", "invalid", "Reach is `organization` or `bots`."));
    }
}

impl Check for NewRoleBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        check_reach(self.reach.as_deref(), &mut errors);
        errors
    }
}

/// Roles of the organization, with `Role: read`.
pub async fn list_roles(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _list: Result<List>,
) -> Result<ListView<RoleView>> {
    todo!()
}

/// One role.
pub async fn find_role(_app: &App, _caller: Caller, _id: (OrganizationId, RoleId)) -> Result<RoleView> {
    todo!()
}

/// Adds a role.
pub async fn create_role(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _input: Input<NewRoleBody>,
) -> Result<Written<RoleView>> {
    todo!()
}

/// Renames a role or changes its reach; needs a precondition.
pub async fn update_role(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId),
    _version: Precondition,
    _input: Input<RoleChangeBody>,
) -> Result<Written<RoleView>> {
    todo!()
}

/// Deletes a role that nobody has.
pub async fn delete_role(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId),
    _version: Precondition,
) -> Result<Written<()>> {
    todo!()
}

/// Who has the role: how many, and up to `limit` names if the caller may see users (for the page that confirms a deletion).
pub async fn role_holders(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId),
    _limit: u32,
) -> Result<(u32, Vec<Named>)> {
    todo!()
}

/// The role's permissions, by model, action, relation.
pub async fn list_permissions(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId),
) -> Result<ListView<RolePermissionView>> {
    todo!()
}

/// Adds a permission to the role.
pub async fn add_permission(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId),
    _input: Input<NewPermissionBody>,
) -> Result<Written<RolePermissionView>> {
    todo!()
}

/// Removes a permission from the role.
pub async fn remove_permission(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, RoleId, Uuid),
) -> Result<Written<()>> {
    todo!()
}
