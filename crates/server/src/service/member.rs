//! Users of an organization (W-22, W-23, A-4, P-4).

mod assign;
mod body;

pub use assign::{list_user_permissions, set_user_permissions, set_user_roles};
pub(crate) use body::{check_grants, check_reason, grants};

use rolecall_access::facts::MemberStatus;
use rolecall_access::{OrganizationId, Scope, UserId};
use rolecall_store::resource::{
    AssignedRole, Invitations, List, Member, Members, NewAssignment, NewMember, SinglePermission, status_text,
};
use rolecall_store::{Access, Caller, Change, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::mail;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::picture::{self, picture_of};
use crate::service::{ListView, PermissionView, Result, Written, may, person};
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
    /// Why it was given.
    pub reason: String,
    /// What the caller may do with it: `update`.
    pub can: Vec<String>,
}

impl SinglePermissionView {
    /// The view of a grant that the caller may or may not change.
    pub(crate) fn of(grant: SinglePermission, changes: bool) -> Self {
        Self {
            model: grant.permission.model.to_string(),
            action: grant.permission.action.to_string(),
            expires_at: grant.expires_at.map(Time),
            reason: grant.reason.unwrap_or_default(),
            can: changes.then(|| "update".to_owned()).into_iter().collect(),
        }
    }
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
    /// The address of their picture; null: none.
    pub picture: Option<String>,
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
    /// Whether their account has a second factor.
    pub second_factor: bool,
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
    /// Why; left out: as it is.
    #[serde(default)]
    pub reason: Option<String>,
}

/// All single permissions of a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPermissionsBody {
    /// The whole set.
    pub permissions: Vec<PermissionGrantBody>,
}

/// What the caller may do with a member's record, guards included as far as they are certain: nobody
/// suspends themselves, owners are changed by nobody else.
fn can(access: &Access, member: &Member) -> Vec<String> {
    let scope = Scope::Organization(member.organization);
    let owner_of = access.directory().organization(member.organization).and_then(|facts| facts.owner);
    let own = person(access) == Some(member.user);
    let protected = owner_of == Some(member.user) && !own;
    let has = |model, action| may(access, model, action, scope, member.created_by);
    let confirmed = member.status != MemberStatus::Invited;
    let abilities = [
        ("read", own || has("User", "read")),
        ("update", has("User", "update") && !own && !protected && confirmed),
        ("delete", (has("User", "delete") || own) && !protected && !(own && owner_of == Some(member.user))),
        ("RoleAssignment:create", has("RoleAssignment", "create") && !protected),
        ("RoleAssignment:delete", has("RoleAssignment", "delete") && !protected),
        ("UserPermission:read", has("UserPermission", "read")),
        ("UserPermission:update", has("UserPermission", "update") && !protected),
        ("Invitation:update", has("Invitation", "update") && !confirmed),
    ];
    abilities.into_iter().filter(|(_, can)| *can).map(|(ability, _)| ability.to_owned()).collect()
}

/// The view of a member with these roles.
pub(crate) fn view(access: &Access, member: &Member, roles: Vec<AssignedRole>) -> UserView {
    let owner = access.directory().organization(member.organization).and_then(|facts| facts.owner);
    UserView {
        id: member.user.0,
        name: member.name.clone(),
        email: member.email.clone(),
        picture: None,
        status: status_text(member.status).to_owned(),
        owner: owner == Some(member.user),
        roles: roles.into_iter().map(AssignedRoleView::of).collect(),
        created_at: member.created_at.into(),
        updated_at: member.updated_at.into(),
        last_active_at: member.last_active_at.map(Time),
        second_factor: member.second_factor,
        version: member.version,
        can: can(access, member),
        link: None,
    }
}

async fn view_one(access: &mut Access, member: &Member) -> Result<UserView> {
    let roles = access.member_roles(std::slice::from_ref(member)).await?.pop().unwrap_or_default();
    let picture = picture_of(access, member.user).await?;
    Ok(UserView { picture, ..view(access, member, roles) })
}

impl AssignedRoleView {
    /// The view of a role held.
    pub(crate) fn of(role: AssignedRole) -> Self {
        Self { id: role.role.0, name: role.name, expires_at: role.expires_at.map(Time), reason: role.reason }
    }
}

/// Users of the organization; `second_factor`: `on` or `off`, only those with or without.
pub async fn list_users(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
    second_factor: Result<Option<String>>,
) -> Result<ListView<UserView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Members>, Read>(organization).await?;
    let second_factor = match second_factor?.as_deref() {
        None => None,
        Some("on") => Some(true),
        Some("off") => Some(false),
        Some(_) => {
            let message = "`second_factor` is `on` or `off`.";
            return Err(Problem::invalid(vec![FieldError::new("second_factor", "invalid", message)]));
        }
    };
    let page = access.list_members(&within, &list?, second_factor).await?;
    let roles = access.member_roles(&page.items).await?;
    let mut pictures = access.pictures_of(page.items.iter().map(|member| member.user)).await?;
    let view = |(member, roles): (&Member, _)| {
        let picture = pictures.remove(&member.user).map(picture::address);
        UserView { picture, ..view(&access, member, roles) }
    };
    let items = page.items.iter().zip(roles).map(view).collect();
    Ok(ListView { items, next_cursor: page.next_cursor })
}

/// Seats used and their limit, for whoever may see users.
pub async fn seats(app: &App, caller: Caller, organization: OrganizationId) -> Result<SeatsView> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Members>, Read>(organization).await?;
    let (used, limit) = access.seats(&within).await?;
    Ok(SeatsView { used, limit })
}

/// Whether the caller may create users: for the page that asks whom.
pub async fn may_create_user(app: &App, caller: Caller, organization: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Members>, Create>(organization).await?;
    Ok(())
}

/// Whether the caller may remove the user: for the page that asks for confirmation.
pub async fn may_delete_user(app: &App, caller: Caller, id: (OrganizationId, UserId)) -> Result<()> {
    app.store.access(caller).await?.require::<Members, Delete>(id).await?;
    Ok(())
}

/// One user; oneself without any permission.
pub async fn find_user(app: &App, caller: Caller, id: (OrganizationId, UserId)) -> Result<UserView> {
    let mut access = app.store.access(caller).await?;
    let member = access.visible_member(id).await?;
    view_one(&mut access, &member).await
}

/// Creates a user who confirms by a mailed link; inactive until then (W-23).
pub async fn create_user(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewUserBody>,
) -> Result<Written<UserView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Members>, Create>(organization).await?;
    let input = input.get()?;
    let offers_roles = change.directory().roles(organization).any(|role| !role.public);
    if offers_roles && input.role_ids.is_empty() && input.permissions.is_empty() {
        return Err(Problem::invalid(vec![FieldError::new("role_ids", "missing", "Choose at least one role.")]));
    }
    let new = NewMember {
        name: input.name,
        email: input.email,
        roles: input.role_ids.into_iter().map(|id| NewAssignment::forever(id.into())).collect(),
        permissions: grants(input.permissions.into_iter().map(PermissionGrantBody::from))?,
    };
    let member = change.create_member(&within, &new).await?;
    let (token, invitation) = mail::token_for(app, &change)?;
    let sent = change.invite_member(&member, invitation.hash, invitation.expires_at).await?;
    let link = mail::send_invitation(app, &mut change, &within, &sent, Some(&member.name), &token).await?;
    let value = UserView { link, ..view_one(&mut change, &member).await? };
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value, revision })
}

/// Activates or suspends.
pub async fn update_user(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    version: Precondition,
    input: Input<UserChangeBody>,
) -> Result<Written<UserView>> {
    let mut change = app.store.change(caller).await?;
    let member = change.require::<Members, Update>(id).await?;
    let version = version.required()?;
    let status = input.get()?.status();
    let after = match change.set_member_status(&member, version, status).await {
        Ok(after) => after,
        Err(error) => {
            let current = view_one(&mut change, &member).await?;
            return Err(Problem::stale(error, || current));
        }
    };
    let value = view_one(&mut change, &after).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Removes the membership; one's own (leaving) without any permission.
pub async fn delete_user(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    version: Precondition,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    if person(&change) == Some(id.1) {
        change.visible_member(id).await?;
        version.required()?;
        change.leave_organization(id.0).await?;
    } else {
        let member = change.require::<Members, Delete>(id).await?;
        let version = version.required()?;
        if let Err(error) = change.remove_member(&member, version).await {
            let current = view_one(&mut change, &member).await?;
            return Err(Problem::stale(error, || current));
        }
    }
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Sends the confirmation link again to a user who has not confirmed.
pub async fn resend_user_invitation(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
) -> Result<Written<UserView>> {
    let mut change: Change = app.store.change(caller).await?;
    let member = change.require::<Members, Read>(id).await?;
    let Some(invitation) = change.invitation_of(&member).await? else {
        return Err(Problem::new(Kind::WrongState, "This person has confirmed already; there is no link to send."));
    };
    let invitation = change.require::<Invitations, Update>((id.0, invitation)).await?;
    let (token, term) = mail::token_for(app, &change)?;
    let sent = change.resend_invitation(&invitation, term.hash, term.expires_at).await?;
    let organization = change.member_organization(id.0).await?;
    let link = mail::send_invitation(app, &mut change, &organization, &sent, Some(&member.name), &token).await?;
    let value = UserView { link, ..view_one(&mut change, &member).await? };
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value, revision })
}
