//! Organizations and their policies.

use rolecall_access::preset::Preset;
use rolecall_access::{OrganizationId, Ownership, RoleId, Scope};
use rolecall_store::resource::{List, NewOrganization, Organization, Organizations, Policies};
use rolecall_store::{Access, Caller, Delete, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::fresh;
use crate::input::{Check, Input, check_name};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, PermissionView, Result, Written, abilities};
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
    /// Whether people need a second factor here.
    pub require_second_factor: bool,
    /// From when on; null: at once.
    pub second_factor_from: Option<Time>,
    /// For how many days the audit log's rows are kept; null: for ever.
    pub audit_retention_days: Option<u32>,
    /// The most members.
    pub seats: Option<u32>,
    /// What the caller may do with them: `read`, `update`.
    pub can: Vec<String>,
}

impl Check for NewOrganizationBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        if Preset::find(&self.preset).is_none() {
            let known: Vec<&str> = Preset::all().iter().map(|preset| preset.key.as_str()).collect();
            let message = format!("Choose one of: {}.", known.join(", "));
            errors.push(FieldError::new("preset", "not_found", message));
        }
        errors
    }
}

impl Check for OrganizationChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        errors
    }
}

/// The view of an organization.
pub(crate) fn view(access: &Access, organization: &Organization) -> OrganizationView {
    let scope = Scope::Organization(organization.id);
    OrganizationView {
        id: organization.id.0,
        slug: organization.slug.clone(),
        name: organization.name.clone(),
        preset: organization.preset.clone(),
        single_sign_on: organization.single_sign_on,
        created_at: organization.created_at.into(),
        updated_at: organization.updated_at.into(),
        version: organization.version,
        can: abilities(access, "Organization", &["read", "update", "delete"], scope, organization.owner),
    }
}

/// The caller's organizations.
pub async fn list_organizations(app: &App, caller: Caller, list: Result<List>) -> Result<ListView<OrganizationView>> {
    let mut access = app.store.access(caller).await?;
    access.own_account().await?;
    let page = access.list_own_organizations(&list?).await?;
    Ok(ListView::of(page, |organization| view(&access, &organization)))
}

/// Makes an organization; who makes it becomes its owner or first administrator. Where the operator keeps that to
/// themself, it is refused.
pub async fn create_organization(
    app: &App,
    caller: Caller,
    input: Input<NewOrganizationBody>,
) -> Result<Written<OrganizationView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let founder = change.own_account().await?.id;
    if !app.config.people_make_organizations {
        let detail = "Further organizations are made by the operator, with `rolecall organization create` on the host.";
        return Err(Problem::new(Kind::Forbidden, detail));
    }
    let input = input.get()?;
    let preset = Preset::find(&input.preset).ok_or_else(Problem::not_found)?;
    let made = change.create_organization(NewOrganization { name: input.name, preset, founder }).await?;
    let revision = change.commit().await?;
    // Read anew: what its founder may do follows from facts that are only now true.
    Ok(Written { value: find_organization(app, caller, made.id).await?, revision })
}

/// An organization, for its members.
pub async fn find_organization(app: &App, caller: Caller, id: OrganizationId) -> Result<OrganizationView> {
    let mut access = app.store.access(caller).await?;
    let organization = access.member_organization(id).await?;
    Ok(view(&access, &organization))
}

/// An organization by its name in links, for its members.
pub async fn find_organization_by_slug(app: &App, caller: Caller, slug: &str) -> Result<OrganizationView> {
    let mut access = app.store.access(caller).await?;
    let organization = access.member_organization_by_slug(slug).await?;
    Ok(view(&access, &organization))
}

/// Renames it.
pub async fn update_organization(
    app: &App,
    caller: Caller,
    id: OrganizationId,
    version: Precondition,
    input: Input<OrganizationChangeBody>,
) -> Result<Written<OrganizationView>> {
    let mut change = app.store.change(caller).await?;
    let organization = change.require::<Organizations, Update>(id).await?;
    let input = input.get()?;
    let after = change.rename_organization(&organization, version.optional(), &input.name).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, &organization)))?;
    let value = view(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

/// Whether the caller may delete it: for the page that asks for confirmation.
pub async fn may_delete_organization(app: &App, caller: Caller, id: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<Organizations, Delete>(id).await?;
    Ok(())
}

/// Deletes it (its owner); for two weeks the operator can bring it back.
pub async fn delete_organization(app: &App, caller: Caller, id: OrganizationId) -> Result<Written<()>> {
    let mut change = app.store.change(caller.clone()).await?;
    let organization = change.require::<Organizations, Delete>(id).await?;
    fresh::require(&caller)?;
    change.delete_organization(&organization).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Its policies.
pub async fn find_policies(app: &App, caller: Caller, id: OrganizationId) -> Result<PoliciesView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Policies, Read>(id).await?;
    let policies = access.policies(&of);
    let names = access.policy_role_names(&of).await?;
    let named = |role: Option<RoleId>| {
        role.and_then(|role| names.iter().find(|(id, _)| *id == role))
            .map(|(id, name)| Named { id: id.0, name: name.clone() })
    };
    let text = |ownership| if ownership == Ownership::One { "one" } else { "none" };
    Ok(PoliciesView {
        owner: text(policies.owner).to_owned(),
        bot_owner: text(policies.bot_owner).to_owned(),
        manage_peers: policies.manage_peers,
        reserved: policies.reserved.iter().map(PermissionView::of).collect(),
        default_invitation_role: named(policies.default_invitation_role),
        team_default_role: named(policies.team_default_role),
        former_owner_role: named(policies.former_owner_role),
        require_second_factor: policies.require_second_factor,
        second_factor_from: policies.second_factor_from.map(Time),
        audit_retention_days: policies.audit_retention_days,
        seats: policies.seats,
        can: abilities(&access, "Policy", &["read", "update"], Scope::Organization(id), None),
    })
}

/// Whether the caller may read the organization's settings.
pub async fn may_read_organization(app: &App, caller: Caller, id: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<Organizations, Read>(id).await?;
    Ok(())
}

/// The role of an invitation that names none, for the form that offers it.
pub async fn find_default_role(app: &App, caller: Caller, id: OrganizationId) -> Result<Option<Uuid>> {
    let mut access = app.store.access(caller).await?;
    access.member_organization(id).await?;
    let organization = access.directory().organization(id);
    Ok(organization.and_then(|facts| facts.policies.default_invitation_role).map(|role| role.0))
}

/// Roles that the caller may choose among when inviting or assigning (id and name, `public` left out).
pub async fn role_choices(app: &App, caller: Caller, id: OrganizationId) -> Result<Vec<Named>> {
    let mut access = app.store.access(caller).await?;
    access.member_organization(id).await?;
    let roles = access.role_choices(id).await?;
    Ok(roles.into_iter().filter(|role| !role.public).map(|role| Named { id: role.id.0, name: role.name }).collect())
}
