//! Conversations with a published bot: for whoever visits a site, and for programs with a key.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok};
use super::id::Id;
use super::query::Asked;
use crate::chat::visiting::Visiting;
use crate::input::Input;
use crate::service;
use crate::service::chat::body::{
    AskedView, ContactBody, FollowQuery, FollowedView, PublicCardView, RepliedView, VisitorMessageBody, WhichQuery,
};
use crate::state::App;

/// Bytes of a message with all that is around it.
const MESSAGE_BYTES: usize = 64 << 10;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_public_card))
        .routes(routes!(say, follow))
        .routes(routes!(ask_person))
        .routes(routes!(set_contact))
        .routes(routes!(end_conversation))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES))
}

/// The public card of a published bot, for anybody, as far as the role `public` allows.
#[utoipa::path(get, path = "/chat/v1/{bot}", tag = "Chat", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The card.", body = PublicCardView)))]
async fn find_public_card(State(app): State<App>, Id(bot): Id<BotId>) -> Answer {
    ok(service::chat::find_public_card(&app, bot).await?)
}

/// Says something. Without `Authorization` a conversation begins, and `token` (`rcv_…`) is what it goes on with; with a
/// key (`Conversation: create`), `conversation` names one that it began. A message sent again under its `id` happens once.
#[utoipa::path(post, path = "/chat/v1/{bot}/messages", tag = "Chat", params(("bot" = Uuid, Path)),
    request_body = VisitorMessageBody,
    responses((status = 201, description = "What was said, and replied.", body = RepliedView)))]
async fn say(
    State(app): State<App>,
    visiting: Visiting,
    Id(bot): Id<BotId>,
    input: Input<VisitorMessageBody>,
) -> Answer {
    let replied = service::chat::say(&app, visiting, bot, input).await?;
    Ok((StatusCode::CREATED, axum::Json(replied)).into_response())
}

/// What was said since; waits for it if asked to.
#[utoipa::path(get, path = "/chat/v1/{bot}/messages", tag = "Chat", params(("bot" = Uuid, Path), FollowQuery),
    responses((status = 200, description = "What was said.", body = FollowedView)))]
async fn follow(
    State(app): State<App>,
    visiting: Visiting,
    Id(bot): Id<BotId>,
    Asked(query): Asked<FollowQuery>,
) -> Answer {
    ok(service::chat::follow(&app, visiting, bot, query).await?)
}

/// Asks for a person.
#[utoipa::path(post, path = "/chat/v1/{bot}/handover", tag = "Chat", params(("bot" = Uuid, Path), WhichQuery),
    responses((status = 200, description = "A person was asked for.", body = AskedView)))]
async fn ask_person(
    State(app): State<App>,
    visiting: Visiting,
    Id(bot): Id<BotId>,
    Asked(which): Asked<WhichQuery>,
) -> Answer {
    ok(service::chat::acts::hand_over(&app, visiting, bot, which).await?)
}

/// Leaves where the visitor can be reached.
#[utoipa::path(put, path = "/chat/v1/{bot}/contact", tag = "Chat", params(("bot" = Uuid, Path), WhichQuery),
    request_body = ContactBody, responses((status = 204, description = "Kept.")))]
async fn set_contact(
    State(app): State<App>,
    visiting: Visiting,
    Id(bot): Id<BotId>,
    Asked(which): Asked<WhichQuery>,
    input: Input<ContactBody>,
) -> Answer {
    service::chat::acts::set_contact(&app, visiting, bot, which, input).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ends the conversation.
#[utoipa::path(post, path = "/chat/v1/{bot}/close", tag = "Chat", params(("bot" = Uuid, Path), WhichQuery),
    responses((status = 204, description = "Closed.")))]
async fn end_conversation(
    State(app): State<App>,
    visiting: Visiting,
    Id(bot): Id<BotId>,
    Asked(which): Asked<WhichQuery>,
) -> Answer {
    service::chat::acts::close(&app, visiting, bot, which).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
