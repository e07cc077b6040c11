//! Users of an organization (W-22, W-23, A-4, P-4).

use rolecall_access::{OrganizationId, UserId};
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::{ListView, PermissionView, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A role somebody holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignedRoleView {
    /// The role's id.
    pub id: Uuid,
    /// The role's name.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// Why it was given.
    pub reason: String,
}

/// A single permission somebody holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SinglePermissionView {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// When it ends.
    pub expires_at: Option<Time>,
}

/// A user in an organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserView {
    /// The person's id.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// `invited`, `active` or `suspended`.
    pub status: String,
    /// Whether they own the organization.
    pub owner: bool,
    /// Roles.
    pub roles: Vec<AssignedRoleView>,
    /// When the membership was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// When the person was last active here.
    pub last_active_at: Option<Time>,
    /// The version, also the ETag.
    pub version: i64,
    /// What the caller may do: `read`, `update` (status), `delete`, `RoleAssignment:update`, `UserPermission:read`,
    /// `UserPermission:update`, `Invitation:update` (send the link again).
    pub can: Vec<String>,
    /// Where no mail can be sent: the link to hand over, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// Seats of an organization.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SeatsView {
    /// Members and pending invitations.
    pub used: u32,
    /// The limit, if there is one.
    pub limit: Option<u32>,
}

/// A user to be created.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    /// First and last name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Roles; at least one, where the preset has roles and no permissions are given.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    /// Single permissions.
    #[serde(default)]
    pub permissions: Vec<PermissionView>,
}

/// A change of a user's membership.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChangeBody {
    /// `active` or `suspended`.
    pub status: String,
}

/// A role to be given.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantBody {
    /// The role.
    pub role_id: Uuid,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// All roles of a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserRolesBody {
    /// The whole set.
    pub roles: Vec<RoleGrantBody>,
}

/// A single permission to be given.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionGrantBody {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// All single permissions of a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPermissionsBody {
    /// The whole set.
    pub permissions: Vec<PermissionGrantBody>,
}

/// Users of the organization.
pub async fn list_users(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _list: Result<List>,
) -> Result<ListView<UserView>> {
    todo!()
}

/// Seats used and their limit, for whoever may see users.
pub async fn seats(_app: &App, _caller: Caller, _organization: OrganizationId) -> Result<SeatsView> {
    todo!()
}

/// One user; oneself without any permission.
pub async fn find_user(_app: &App, _caller: Caller, _id: (OrganizationId, UserId)) -> Result<UserView> {
    todo!()
}

/// Creates a user who confirms by a mailed link; inactive until then (W-23).
pub async fn create_user(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _input: Input<NewUserBody>,
) -> Result<Written<UserView>> {
    todo!()
}

/// Activates or suspends.
pub async fn update_user(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
    _version: Precondition,
    _input: Input<UserChangeBody>,
) -> Result<Written<UserView>> {
    todo!()
}

/// Removes the membership.
pub async fn delete_user(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
    _version: Precondition,
) -> Result<Written<()>> {
    todo!()
}

/// Sets the user's roles.
pub async fn set_user_roles(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
    _version: Precondition,
    _input: Input<UserRolesBody>,
) -> Result<Written<UserView>> {
    todo!()
}

/// The user's single organization permissions.
pub async fn list_user_permissions(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
) -> Result<ListView<SinglePermissionView>> {
    todo!()
}

/// Sets them.
pub async fn set_user_permissions(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
    _version: Precondition,
    _input: Input<UserPermissionsBody>,
) -> Result<Written<ListView<SinglePermissionView>>> {
    todo!()
}

/// Sends the confirmation link again to a user who has not confirmed.
pub async fn resend_user_invitation(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, UserId),
) -> Result<Written<UserView>> {
    todo!()
}
