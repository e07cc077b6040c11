//! Personal tokens and the keys of bots.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service::key::{KeyView, NewBotKeyBody, NewTokenBody, RotationBody};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
        .routes(routes!(rotate_token))
        .routes(routes!(list_bot_keys, create_bot_key))
        .routes(routes!(revoke_bot_key))
        .routes(routes!(rotate_bot_key))
}

/// One's personal tokens.
#[utoipa::path(get, path = "/me/tokens", tag = "Keys",
    responses((status = 200, description = "All that are not revoked.", body = ListView<KeyView>)))]
async fn list_tokens(State(app): State<App>, asking: Asking) -> Answer {
    ok(service::key::list_tokens(&app, asking.caller).await?)
}

/// Makes a personal token for a program that acts on one's behalf. Needs a fresh sign-in; the secret is shown this once.
#[utoipa::path(post, path = "/me/tokens", tag = "Keys", request_body = NewTokenBody,
    responses((status = 201, description = "The token with its secret.", body = KeyView)))]
async fn create_token(State(app): State<App>, asking: Asking, input: Input<NewTokenBody>) -> Answer {
    let made = service::key::create_token(&app, asking.caller, input).await?;
    let path = format!("/api/v1/me/tokens/{}", made.value.id);
    Ok(located(written(StatusCode::CREATED, made), &path))
}

/// Revokes a personal token, at once.
#[utoipa::path(delete, path = "/me/tokens/{key}", tag = "Keys", params(("key" = Uuid, Path)),
    responses((status = 204, description = "Dead.")))]
async fn revoke_token(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::key::revoke_token(&app, asking.caller, id).await?))
}

/// Gives a personal token a new secret; the one before stays good for a while. Needs a fresh sign-in.
#[utoipa::path(post, path = "/me/tokens/{key}/rotate", tag = "Keys", params(("key" = Uuid, Path)),
    request_body = RotationBody, responses((status = 200, description = "The token with its new secret.", body = KeyView)))]
async fn rotate_token(State(app): State<App>, asking: Asking, Id(id): Id<Uuid>, input: Input<RotationBody>) -> Answer {
    Ok(written(StatusCode::OK, service::key::rotate_token(&app, asking.caller, id, input).await?))
}

/// The keys of a bot.
#[utoipa::path(get, path = "/bots/{bot}/api-keys", tag = "Keys", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "All that are not revoked.", body = ListView<KeyView>)))]
async fn list_bot_keys(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::key::list_bot_keys(&app, asking.caller, bot).await?)
}

/// Makes a key of the bot for another service. Needs a fresh sign-in; the secret is shown this once.
#[utoipa::path(post, path = "/bots/{bot}/api-keys", tag = "Keys", params(("bot" = Uuid, Path)),
    request_body = NewBotKeyBody, responses((status = 201, description = "The key with its secret.", body = KeyView)))]
async fn create_bot_key(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewBotKeyBody>,
) -> Answer {
    let made = service::key::create_bot_key(&app, asking.caller, bot, input).await?;
    let path = format!("/api/v1/bots/{}/api-keys/{}", bot.0, made.value.id);
    Ok(located(written(StatusCode::CREATED, made), &path))
}

/// Revokes a key of the bot, at once.
#[utoipa::path(delete, path = "/bots/{bot}/api-keys/{key}", tag = "Keys",
    params(("bot" = Uuid, Path), ("key" = Uuid, Path)), responses((status = 204, description = "Dead.")))]
async fn revoke_bot_key(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::key::revoke_bot_key(&app, asking.caller, id).await?))
}

/// Gives a key of the bot a new secret; whoever does becomes its sponsor. Needs a fresh sign-in.
#[utoipa::path(post, path = "/bots/{bot}/api-keys/{key}/rotate", tag = "Keys",
    params(("bot" = Uuid, Path), ("key" = Uuid, Path)), request_body = RotationBody,
    responses((status = 200, description = "The key with its new secret.", body = KeyView)))]
async fn rotate_bot_key(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    input: Input<RotationBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::key::rotate_bot_key(&app, asking.caller, id, input).await?))
}
