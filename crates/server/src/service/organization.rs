//! Organizations and their policies.

use rolecall_access::OrganizationId;
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::{ListView, Named, PermissionView, Result, Written};
use crate::state::App;
use crate::time::Time;

/// An organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrganizationView {
    /// Its id.
    pub id: Uuid,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// Whether single sign-on is on.
    pub single_sign_on: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// An organization to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganizationBody {
    /// Its name.
    pub name: String,
    /// `workspace`, `agency`, `team` or `projects`.
    pub preset: String,
}

/// A change of an organization.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChangeBody {
    /// A new name.
    pub name: String,
}

/// An organization's policies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PoliciesView {
    /// `one` or `none`.
    pub owner: String,
    /// `one` or `none`.
    pub bot_owner: String,
    /// Whether peers manage each other.
    pub manage_peers: bool,
    /// Permissions that only ownership gives.
    pub reserved: Vec<PermissionView>,
    /// The role of an invitation that names none.
    pub default_invitation_role: Option<Named>,
    /// The default role on a bot.
    pub team_default_role: Option<Named>,
    /// The role a former owner gets.
    pub former_owner_role: Option<Named>,
    /// Whether members need a second factor.
    pub require_second_factor: bool,
    /// The most members.
    pub seats: Option<u32>,
}

/// The caller's organizations.
pub async fn list_organizations(
    _app: &App,
    _caller: Caller,
    _list: Result<List>,
) -> Result<ListView<OrganizationView>> {
    todo!()
}

/// A further organization: the operator's command line only; over HTTP it is refused.
pub async fn create_organization(
    _app: &App,
    _caller: Caller,
    _input: Input<NewOrganizationBody>,
) -> Result<Written<OrganizationView>> {
    todo!()
}

/// An organization, for its members.
pub async fn find_organization(_app: &App, _caller: Caller, _id: OrganizationId) -> Result<OrganizationView> {
    todo!()
}

/// An organization by its name in links, for its members.
pub async fn find_organization_by_slug(_app: &App, _caller: Caller, _slug: &str) -> Result<OrganizationView> {
    todo!()
}

/// Renames it.
pub async fn update_organization(
    _app: &App,
    _caller: Caller,
    _id: OrganizationId,
    _version: Precondition,
    _input: Input<OrganizationChangeBody>,
) -> Result<Written<OrganizationView>> {
    todo!()
}

/// Deletes it (its owner).
pub async fn delete_organization(_app: &App, _caller: Caller, _id: OrganizationId) -> Result<Written<()>> {
    todo!()
}

/// Its policies.
pub async fn find_policies(_app: &App, _caller: Caller, _id: OrganizationId) -> Result<PoliciesView> {
    todo!()
}

/// Roles that the caller may choose among when inviting or assigning (id and name, `public` left out).
pub async fn role_choices(_app: &App, _caller: Caller, _id: OrganizationId) -> Result<Vec<Named>> {
    todo!()
}
