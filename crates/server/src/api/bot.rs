//! Bots.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{BotId, OrganizationId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::bot::{BotChangeBody, BotOwnerBody, BotView, NewBotBody};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_bots, create_bot))
        .routes(routes!(find_bot, update_bot, delete_bot))
        .routes(routes!(set_bot_owner))
}

/// The organization's bots that one may read.
#[utoipa::path(get, path = "/organizations/{org}/bots", tag = "Bots", params(("org" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<BotView>)))]
async fn list_bots(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>, lists: Lists) -> Answer {
    ok(service::bot::list_bots(&app, asking.caller, org, lists.filter.and(lists.list)).await?)
}

/// Makes a bot; its maker is on its team.
#[utoipa::path(post, path = "/organizations/{org}/bots", tag = "Bots", params(("org" = Uuid, Path)),
    request_body = NewBotBody, responses((status = 201, description = "The bot.", body = BotView)))]
async fn create_bot(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewBotBody>,
) -> Answer {
    let made = service::bot::create_bot(&app, asking.caller, org, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/bots/{}", made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One bot.
#[utoipa::path(get, path = "/bots/{bot}", tag = "Bots", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The bot.", body = BotView)))]
async fn find_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    let found = service::bot::find_bot(&app, asking.caller, bot).await?;
    let version = found.version;
    versioned(found, version)
}

/// Renames it.
#[utoipa::path(patch, path = "/bots/{bot}", tag = "Bots", params(("bot" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = BotChangeBody, responses((status = 200, description = "As it is now.", body = BotView)))]
async fn update_bot(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    version: Precondition,
    input: Input<BotChangeBody>,
) -> Answer {
    let after = service::bot::update_bot(&app, asking.caller, bot, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes it.
#[utoipa::path(delete, path = "/bots/{bot}", tag = "Bots", params(("bot" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, version: Precondition) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::bot::delete_bot(&app, asking.caller, bot, version).await?))
}

/// Names another owner, where bots have owners; the former one stays on the team.
#[utoipa::path(put, path = "/bots/{bot}/owner", tag = "Bots", params(("bot" = Uuid, Path)),
    request_body = BotOwnerBody, responses((status = 204, description = "They own it.")))]
async fn set_bot_owner(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<BotOwnerBody>,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::bot::set_bot_owner(&app, asking.caller, bot, input).await?))
}
