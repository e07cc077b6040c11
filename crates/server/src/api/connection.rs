//! One's own connected accounts.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service::connection::{
    ConnectionBody, ConnectionScopesBody, ConnectionView, DisconnectedView, LedView, ProviderView,
};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_connections, begin_connection))
        .routes(routes!(list_account_providers))
        .routes(routes!(find_connection, change_connection, delete_connection))
        .routes(routes!(check_connection))
}

/// One's accounts at other services.
#[utoipa::path(get, path = "/me/accounts", tag = "Me",
    responses((status = 200, description = "All of them.", body = ListView<ConnectionView>)))]
async fn list_connections(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::connection::list_connections(&app, asking.caller).await?)
}

/// Begins to connect an account. The person goes on at the provider's page, in the browser of this session, and comes back
/// to the console; the same account connected again is renewed.
#[utoipa::path(post, path = "/me/accounts", tag = "Me", request_body = ConnectionBody,
    responses((status = 201, description = "Where to go on; good for ten minutes, once.", body = LedView)))]
async fn begin_connection(State(app): State<App>, asking: Asking, input: Input<ConnectionBody>) -> Answer {
    let begun = service::connection::begin_connection(&app, asking.caller, asking.session, input).await?;
    Ok(written(StatusCode::CREATED, begun))
}

/// Where accounts can be connected, and what can be asked for there.
#[utoipa::path(get, path = "/me/account-providers", tag = "Me",
    responses((status = 200, description = "All that are configured.", body = ListView<ProviderView>)))]
async fn list_account_providers(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::connection::list_account_providers(&app, asking.caller).await?)
}

/// One of one's accounts at other services.
#[utoipa::path(get, path = "/me/accounts/{account}", tag = "Me", params(("account" = Uuid, Path)),
    responses((status = 200, description = "The account.", body = ConnectionView)))]
async fn find_connection(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    ok(service::connection::find_connection(&app, asking.caller, id).await?)
}

/// Begins to give a connection more or fewer permissions, or to reconnect it. It stays as it is until the person comes back
/// from the provider as the same one there.
#[utoipa::path(patch, path = "/me/accounts/{account}", tag = "Me", params(("account" = Uuid, Path)),
    request_body = ConnectionScopesBody,
    responses((status = 200, description = "Where to go on; good for ten minutes, once.", body = LedView)))]
async fn change_connection(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<Uuid>,
    input: Input<ConnectionScopesBody>,
) -> Answer {
    let begun = service::connection::change_connection(&app, asking.caller, asking.session, id, input).await?;
    Ok(written(StatusCode::OK, begun))
}

/// Asks the provider whether the connection works; refreshes it where that is needed.
#[utoipa::path(post, path = "/me/accounts/{account}/check", tag = "Me", params(("account" = Uuid, Path)),
    responses((status = 200, description = "As it is now.", body = ConnectionView)))]
async fn check_connection(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    Ok(written(StatusCode::OK, service::connection::check_connection(&app, asking.caller, id).await?))
}

/// Deletes a connection here, and takes it back at the provider where that can be done.
#[utoipa::path(delete, path = "/me/accounts/{account}", tag = "Me", params(("account" = Uuid, Path)),
    responses((status = 200, description = "It is deleted here; whether the provider knows.", body = DisconnectedView)))]
async fn delete_connection(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    Ok(written(StatusCode::OK, service::connection::delete_connection(&app, asking.caller, id).await?))
}
