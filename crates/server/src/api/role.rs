//! Roles and their permissions.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{OrganizationId, RoleId};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::matrix::{MatricesBody, MatrixBody};
use crate::service::role::{NewPermissionBody, NewRoleBody, RoleChangeBody, RolePermissionView, RoleView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_roles, create_role))
        .routes(routes!(find_role, update_role, delete_role))
        .routes(routes!(list_role_permissions, add_role_permission, set_role_permissions))
        .routes(routes!(remove_role_permission))
        .routes(routes!(set_matrix))
}

/// Roles of the organization.
#[utoipa::path(get, path = "/organizations/{org}/roles", tag = "Roles", params(("org" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<RoleView>)))]
async fn list_roles(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>, lists: Lists) -> Answer {
    ok(service::role::list_roles(&app, asking.caller, org, lists.filter.and(lists.list)).await?)
}

/// Adds a role.
#[utoipa::path(post, path = "/organizations/{org}/roles", tag = "Roles", params(("org" = Uuid, Path)),
    request_body = NewRoleBody, responses((status = 201, description = "The role.", body = RoleView)))]
async fn create_role(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewRoleBody>,
) -> Answer {
    let made = service::role::create_role(&app, asking.caller, org, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/organizations/{}/roles/{}", org.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One role.
#[utoipa::path(get, path = "/organizations/{org}/roles/{role}", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path)),
    responses((status = 200, description = "The role.", body = RoleView)))]
async fn find_role(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, RoleId)>) -> Answer {
    let role = service::role::find_role(&app, asking.caller, id).await?;
    let version = role.version;
    versioned(role, version)
}

/// Renames a role or changes its reach.
#[utoipa::path(patch, path = "/organizations/{org}/roles/{role}", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path), ("If-Match" = String, Header)), request_body = RoleChangeBody,
    responses((status = 200, description = "As it is now.", body = RoleView)))]
async fn update_role(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, RoleId)>,
    version: Precondition,
    input: Input<RoleChangeBody>,
) -> Answer {
    let after = service::role::update_role(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes a role that nobody has, and its permissions.
#[utoipa::path(delete, path = "/organizations/{org}/roles/{role}", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_role(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, RoleId)>,
    version: Precondition,
) -> Answer {
    let gone = service::role::delete_role(&app, asking.caller, id, version).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// The permissions of a role.
#[utoipa::path(get, path = "/organizations/{org}/roles/{role}/permissions", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<RolePermissionView>)))]
async fn list_role_permissions(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, RoleId)>) -> Answer {
    ok(service::role::list_permissions(&app, asking.caller, id).await?)
}

/// Adds a permission to a role.
#[utoipa::path(post, path = "/organizations/{org}/roles/{role}/permissions", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path)), request_body = NewPermissionBody,
    responses((status = 201, description = "The permission.", body = RolePermissionView)))]
async fn add_role_permission(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, RoleId)>,
    input: Input<NewPermissionBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::role::add_permission(&app, asking.caller, id, input).await?))
}

/// Removes a permission from a role.
#[utoipa::path(delete, path = "/organizations/{org}/roles/{role}/permissions/{permission}", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path), ("permission" = Uuid, Path)),
    responses((status = 204, description = "Removed.")))]
async fn remove_role_permission(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, RoleId, Uuid)>,
) -> Answer {
    let gone = service::role::remove_permission(&app, asking.caller, id).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// Sets all permissions of the role at once: what is new needs `Permission: create`, what goes `Permission: delete`.
#[utoipa::path(put, path = "/organizations/{org}/roles/{role}/permissions", tag = "Roles",
    params(("org" = Uuid, Path), ("role" = Uuid, Path), ("If-Match" = String, Header)), request_body = MatrixBody,
    responses((status = 200, description = "All permissions now.", body = ListView<RolePermissionView>)))]
async fn set_role_permissions(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, RoleId)>,
    version: Precondition,
    input: Input<MatrixBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::matrix::set_permissions(&app, asking.caller, id, version, input).await?))
}

/// Sets all permissions of several roles in one step: all of it or nothing. What is new needs `Permission: create`,
/// what goes `Permission: delete`; a role changed since its version was read answers 412.
#[utoipa::path(put, path = "/organizations/{org}/matrix", tag = "Roles", params(("org" = Uuid, Path)),
    request_body = MatricesBody,
    responses((status = 200, description = "The roles as they are now.", body = ListView<RoleView>)))]
async fn set_matrix(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<MatricesBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::matrix::set_matrix(&app, asking.caller, org, input).await?))
}
