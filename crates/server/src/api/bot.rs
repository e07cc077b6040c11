//! Bots, their publication and public card.

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
use crate::service::bot::{BotChangeBody, BotOwnerBody, BotView, NewBotBody, PublicCardView, PublicationView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_bots, create_bot))
        .routes(routes!(find_bot, update_bot, delete_bot))
        .routes(routes!(find_publication, publish_bot, unpublish_bot))
        .routes(routes!(set_bot_owner))
}

pub fn public_router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_public_card))
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

/// Which version is live.
#[utoipa::path(get, path = "/bots/{bot}/publication", tag = "Bots", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The publication.", body = PublicationView)))]
async fn find_publication(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::bot::find_publication(&app, asking.caller, bot).await?)
}

/// Makes it live.
#[utoipa::path(put, path = "/bots/{bot}/publication", tag = "Bots", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "Live.", body = PublicationView)))]
async fn publish_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    Ok(written(StatusCode::OK, service::bot::publish_bot(&app, asking.caller, bot).await?))
}

/// Takes it off the air.
#[utoipa::path(delete, path = "/bots/{bot}/publication", tag = "Bots", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "No longer live.", body = PublicationView)))]
async fn unpublish_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    Ok(written(StatusCode::OK, service::bot::unpublish_bot(&app, asking.caller, bot).await?))
}

/// The public card of a published bot, for anybody, as far as the role `public` allows.
#[utoipa::path(get, path = "/chat/v1/{bot}", tag = "Chat", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The card.", body = PublicCardView)))]
async fn find_public_card(State(app): State<App>, Id(bot): Id<BotId>) -> Answer {
    ok(service::bot::find_public_card(&app, bot).await?)
}
