//! Pages of Facebook at which a bot answers.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service::messenger::{MessengerChannelBody, MessengerChannelView, MessengerPageBody, MessengerPageView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_messenger_page))
        .routes(routes!(update_messenger_page, remove_messenger_page))
        .routes(routes!(list_messenger_pages))
}

/// The pages that one's connected account at Facebook manages, to choose one from.
#[utoipa::path(get, path = "/bots/{bot}/channels/messenger/accounts/{account}/pages", tag = "Appearance",
    params(("bot" = Uuid, Path), ("account" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<MessengerPageView>)))]
async fn list_messenger_pages(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    ok(service::messenger::list_messenger_pages(&app, asking.caller, id).await?)
}

/// Lets the bot answer in Messenger at a page that one's connected account manages. A page is at one bot; one that is at
/// this bot already is connected anew.
#[utoipa::path(post, path = "/bots/{bot}/channels/messenger", tag = "Appearance", params(("bot" = Uuid, Path)),
    request_body = MessengerPageBody,
    responses((status = 201, description = "The page.", body = MessengerChannelView)))]
async fn add_messenger_page(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<MessengerPageBody>,
) -> Answer {
    let made = service::messenger::add_messenger_page(&app, asking.caller, bot, input).await?;
    Ok(written(StatusCode::CREATED, made))
}

/// Lets the bot be silent at the page, or go on. What is written there meanwhile is not answered later.
#[utoipa::path(patch, path = "/bots/{bot}/channels/messenger/{channel}", tag = "Appearance",
    params(("bot" = Uuid, Path), ("channel" = Uuid, Path)), request_body = MessengerChannelBody,
    responses((status = 200, description = "As it is now.", body = MessengerChannelView)))]
async fn update_messenger_page(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    input: Input<MessengerChannelBody>,
) -> Answer {
    let after = service::messenger::update_messenger_page(&app, asking.caller, id, input).await?;
    Ok(written(StatusCode::OK, after))
}

/// Takes the page off the bot. The conversations that were held there stay.
#[utoipa::path(delete, path = "/bots/{bot}/channels/messenger/{channel}", tag = "Appearance",
    params(("bot" = Uuid, Path), ("channel" = Uuid, Path)),
    responses((status = 204, description = "It is at no bot now.")))]
async fn remove_messenger_page(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let gone = service::messenger::remove_messenger_page(&app, asking.caller, id).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}
