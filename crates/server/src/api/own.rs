//! One's own account and permissions.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::query::Asked;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service::activity::ActivityView;
use crate::service::own::{OwnAccountBody, OwnAccountView, OwnPermissionsView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_own_account, update_own_account))
        .routes(routes!(list_own_permissions))
        .routes(routes!(list_own_activity))
}

/// One's own account and organizations.
#[utoipa::path(get, path = "/me", tag = "Me",
    responses((status = 200, description = "The account.", body = OwnAccountView)))]
async fn find_own_account(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::own::find_own_account(&app, asking.caller).await?)
}

/// Changes one's own name, language or time zone.
#[utoipa::path(patch, path = "/me", tag = "Me", request_body = OwnAccountBody,
    responses((status = 200, description = "The account as it is now.", body = OwnAccountView)))]
async fn update_own_account(State(app): State<App>, asking: Asking, input: Input<OwnAccountBody>) -> Answer {
    Ok(written(StatusCode::OK, service::own::update_own_account(&app, asking.caller, input).await?))
}

/// Where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PermissionsQuery {
    /// In this organization.
    organization: Option<Uuid>,
    /// On this bot.
    bot: Option<Uuid>,
}

/// What one may do in an organization or on a bot: model → actions.
#[utoipa::path(get, path = "/me/permissions", tag = "Me", params(PermissionsQuery),
    responses((status = 200, description = "The map.", body = OwnPermissionsView)))]
async fn list_own_permissions(State(app): State<App>, asking: Asking, Asked(query): Asked<PermissionsQuery>) -> Answer {
    let scope = query.map(|PermissionsQuery { organization, bot }| (organization.map(Into::into), bot.map(Into::into)));
    ok(service::own::list_own_permissions(&app, asking.caller, scope).await?)
}

/// The last twenty events of one's own account, newest first: sign-ins, failures, changes of factors and keys.
#[utoipa::path(get, path = "/me/activity", tag = "Me",
    responses((status = 200, description = "The events.", body = ListView<ActivityView>)))]
async fn list_own_activity(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::activity::list_activity(&app, asking.caller).await?)
}
