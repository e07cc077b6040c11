//! Users of an organization.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{OrganizationId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::enable::{EnabledBody, EnabledView};
use crate::service::member::{
    NewUserBody, SinglePermissionView, UserChangeBody, UserPermissionsBody, UserRolesBody, UserView,
};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(find_user, update_user, delete_user))
        .routes(routes!(resend_user_invitation))
        .routes(routes!(start_recovery))
        .routes(routes!(set_user_roles))
        .routes(routes!(list_user_permissions, set_user_permissions))
        .routes(routes!(list_enabled, set_enabled))
}

/// Which users.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// `on` or `off`: only those who have, or have not, set up a second factor.
    second_factor: Option<String>,
}

/// Users of the organization.
#[utoipa::path(get, path = "/organizations/{org}/users", tag = "Users", 
    params(("org" = Uuid, Path), ListQuery, UserQuery),
    responses((status = 200, description = "A page.", body = ListView<UserView>)))]
async fn list_users(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists<UserQuery>,
) -> Answer {
    let second_factor = lists.filter.map(|filter| filter.second_factor);
    ok(service::member::list_users(&app, asking.caller, org, lists.list, second_factor).await?)
}

/// Creates a user, inactive until they confirm by the link.
#[utoipa::path(post, path = "/organizations/{org}/users", tag = "Users", params(("org" = Uuid, Path)),
    request_body = NewUserBody, responses((status = 201, description = "The user.", body = UserView)))]
async fn create_user(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewUserBody>,
) -> Answer {
    let made = service::member::create_user(&app, asking.caller, org, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/organizations/{}/users/{}", org.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One user.
#[utoipa::path(get, path = "/organizations/{org}/users/{user}", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "The user.", body = UserView)))]
async fn find_user(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, UserId)>) -> Answer {
    let user = service::member::find_user(&app, asking.caller, id).await?;
    let version = user.version;
    versioned(user, version)
}

/// Activates or suspends.
#[utoipa::path(patch, path = "/organizations/{org}/users/{user}", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)), request_body = UserChangeBody,
    responses((status = 200, description = "As it is now.", body = UserView)))]
async fn update_user(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    version: Precondition,
    input: Input<UserChangeBody>,
) -> Answer {
    let after = service::member::update_user(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Removes the membership; one's own: leaves.
#[utoipa::path(delete, path = "/organizations/{org}/users/{user}", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Removed.")))]
async fn delete_user(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    version: Precondition,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::member::delete_user(&app, asking.caller, id, version).await?))
}

/// Sends the link again to a user who has not confirmed.
#[utoipa::path(post, path = "/organizations/{org}/users/{user}/resend", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "Sent.", body = UserView)))]
async fn resend_user_invitation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
) -> Answer {
    let sent = service::member::resend_user_invitation(&app, asking.caller, id).await?;
    let version = sent.value.version;
    written_version(StatusCode::OK, sent, version)
}

/// Mails the user a link to choose a new password. Nobody else sees it, or what they choose.
#[utoipa::path(post, path = "/organizations/{org}/users/{user}/recovery", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)), responses((status = 204, description = "On its way.")))]
async fn start_recovery(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, UserId)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::recover::start_recovery(&app, asking.caller, id).await?))
}

/// Sets the user's roles, the whole set.
#[utoipa::path(put, path = "/organizations/{org}/users/{user}/roles", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)), request_body = UserRolesBody,
    responses((status = 200, description = "As it is now.", body = UserView)))]
async fn set_user_roles(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    version: Precondition,
    input: Input<UserRolesBody>,
) -> Answer {
    let after = service::member::set_user_roles(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// The user's single organization permissions.
#[utoipa::path(get, path = "/organizations/{org}/users/{user}/permissions", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<SinglePermissionView>)))]
async fn list_user_permissions(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, UserId)>) -> Answer {
    ok(service::member::list_user_permissions(&app, asking.caller, id).await?)
}

/// Sets the user's single organization permissions, the whole set.
#[utoipa::path(put, path = "/organizations/{org}/users/{user}/permissions", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = UserPermissionsBody,
    responses((status = 200, description = "As they are now.", body = ListView<SinglePermissionView>)))]
async fn set_user_permissions(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    version: Precondition,
    input: Input<UserPermissionsBody>,
) -> Answer {
    let after = service::member::set_user_permissions(&app, asking.caller, id, version, input).await?;
    Ok(written(StatusCode::OK, after))
}

/// The bots whose teams the caller may see, and on which the user is.
#[utoipa::path(get, path = "/organizations/{org}/users/{user}/bots", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "The bots.", body = ListView<EnabledView>)))]
async fn list_enabled(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, UserId)>) -> Answer {
    ok(service::enable::list_enabled(&app, asking.caller, id).await?)
}

/// Sets on which of these bots the user is, at once.
#[utoipa::path(put, path = "/organizations/{org}/users/{user}/bots", tag = "Users",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)), request_body = EnabledBody,
    responses((status = 200, description = "As it is now.", body = ListView<EnabledView>)))]
async fn set_enabled(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, UserId)>,
    input: Input<EnabledBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::enable::set_enabled(&app, asking.caller, id, input).await?))
}
