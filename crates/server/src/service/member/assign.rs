//! A user's roles and single permissions.

use rolecall_access::{OrganizationId, Scope, UserId};
use rolecall_store::resource::{NewAssignment, SinglePermission, UserPermissions};
use rolecall_store::{Access, Caller, Read, Update};

use super::{SinglePermissionView, UserPermissionsBody, UserRolesBody, UserView, grants, view_one};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::service::{ListView, Result, Written, may};
use crate::state::App;

/// Sets the user's roles.
pub async fn set_user_roles(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    version: Precondition,
    input: Input<UserRolesBody>,
) -> Result<Written<UserView>> {
    let mut change = app.store.change(caller).await?;
    let assignable = change.require_assignable(id).await?;
    let version = version.required()?;
    let roles: Vec<NewAssignment> = input.get()?.roles.into_iter().map(Into::into).collect();
    let after = match change.set_member_roles(&assignable, version, &roles).await {
        Ok(after) => after,
        Err(error) => {
            let current = view_one(&mut change, assignable.member()).await?;
            return Err(Problem::stale(error, || current));
        }
    };
    let value = view_one(&mut change, &after).await?;
    Ok(Written { value, revision: change.commit().await? })
}

fn list(access: &Access, organization: OrganizationId, all: Vec<SinglePermission>) -> ListView<SinglePermissionView> {
    let changes = may(access, "UserPermission", "update", Scope::Organization(organization), None);
    let items = all.into_iter().map(|grant| SinglePermissionView::of(grant, changes)).collect();
    ListView { items, next_cursor: None }
}

/// The user's single organization permissions.
pub async fn list_user_permissions(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
) -> Result<ListView<SinglePermissionView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<UserPermissions, Read>(id).await?;
    let all = access.member_permissions(&of).await?;
    Ok(list(&access, id.0, all))
}

/// Sets them.
pub async fn set_user_permissions(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    version: Precondition,
    input: Input<UserPermissionsBody>,
) -> Result<Written<ListView<SinglePermissionView>>> {
    let mut change = app.store.change(caller).await?;
    let member = change.require::<UserPermissions, Update>(id).await?;
    let version = version.required()?;
    let permissions = grants(input.get()?.permissions.into_iter())?;
    if let Err(error) = change.set_member_permissions(&member, version, &permissions).await {
        let current = view_one(&mut change, &member).await?;
        return Err(Problem::stale(error, || current));
    }
    let value = list(&change, id.0, permissions);
    Ok(Written { value, revision: change.commit().await? })
}
