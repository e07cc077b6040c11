//! Conversations: read, answered by people, deleted; who answers, and when.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use super::query::{Asked, ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::auth::origin;
use crate::input::Input;
use crate::service::conversation::body::{
    AssignBody, ConversationDetailView, ConversationExportQuery, ConversationFilterQuery, ConversationMessageView,
    ConversationView, MessagesQuery, PersonQuery, ReplyBody, RevealBody, RevealedView,
};
use crate::service::conversation::export::{ConversationExportView, ConversationFile};
use crate::service::handover::HoursView;
use crate::service::{self, ListView, Named};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_conversations))
        .routes(routes!(list_agents))
        .routes(routes!(find_hours))
        .routes(routes!(find_conversation, delete_conversation))
        .routes(routes!(take_over_conversation))
        .routes(routes!(reply_to_conversation))
        .routes(routes!(give_back_conversation))
        .routes(routes!(assign_conversation))
        .routes(routes!(close_conversation))
        .routes(routes!(reveal_contact))
        .routes(routes!(export_conversation))
}

/// The bot's conversations that one reads, the last first; sorts: `last_at`, `created_at`, `number`. `q` looks into what was
/// said and into contacts; whoever may not answer finds nothing by a masked address, and may be given a shorter page.
#[utoipa::path(get, path = "/bots/{bot}/conversations", tag = "Conversations",
    params(("bot" = Uuid, Path), ListQuery, ConversationFilterQuery),
    responses((status = 200, description = "A page.", body = ListView<ConversationView>)))]
async fn list_conversations(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    lists: Lists<ConversationFilterQuery>,
) -> Answer {
    ok(service::conversation::list_conversations(&app, asking.caller, bot, lists.list, lists.filter).await?)
}

/// Who may answer the bot's conversations: to whom one can be given.
#[utoipa::path(get, path = "/bots/{bot}/conversations/agents", tag = "Conversations", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<Named>)))]
async fn list_agents(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::conversation::list_agents(&app, asking.caller, bot).await?)
}

/// How many people can be reached for the bot's conversations, hour by hour, in the seven days from today on.
#[utoipa::path(get, path = "/bots/{bot}/conversations/hours", tag = "Conversations", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The days.", body = HoursView)))]
async fn find_hours(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::handover::find_hours(&app, asking.caller, bot).await?)
}

/// One conversation with its last 200 messages, or those before one of them.
#[utoipa::path(get, path = "/bots/{bot}/conversations/{conversation}", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path), MessagesQuery),
    responses((status = 200, description = "The conversation.", body = ConversationDetailView)))]
async fn find_conversation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    Asked(query): Asked<MessagesQuery>,
) -> Answer {
    ok(service::conversation::find_conversation(&app, asking.caller, id, query).await?)
}

/// Deletes it for good with all that was said in it, and, if so asked, the person's other conversations with the bot.
#[utoipa::path(delete, path = "/bots/{bot}/conversations/{conversation}", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path), PersonQuery),
    responses((status = 204, description = "Deleted.")))]
async fn delete_conversation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    Asked(query): Asked<PersonQuery>,
) -> Answer {
    let gone = service::conversation::delete_conversation(&app, asking.caller, id, query).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// One answers from here on; the bot is silent. Refused while somebody else answers.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/take-over", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)),
    responses((status = 200, description = "As it is now.", body = ConversationView)))]
async fn take_over_conversation(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let after = service::conversation::take_over_conversation(&app, asking.caller, id).await?;
    Ok(written(StatusCode::OK, after))
}

/// Says something to the visitor; takes the conversation over first where nobody has. Refused while somebody else answers.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/reply", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)), request_body = ReplyBody,
    responses((status = 201, description = "What was said.", body = ConversationMessageView)))]
async fn reply_to_conversation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    input: Input<ReplyBody>,
) -> Answer {
    let said = service::conversation::reply_to_conversation(&app, asking.caller, id, input).await?;
    Ok(written(StatusCode::CREATED, said))
}

/// The bot answers again.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/give-back", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)),
    responses((status = 200, description = "As it is now.", body = ConversationView)))]
async fn give_back_conversation(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let after = service::conversation::give_back_conversation(&app, asking.caller, id).await?;
    Ok(written(StatusCode::OK, after))
}

/// Gives it to somebody who may answer, whoever has it now.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/assign", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)), request_body = AssignBody,
    responses((status = 200, description = "As it is now.", body = ConversationView)))]
async fn assign_conversation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    input: Input<AssignBody>,
) -> Answer {
    let after = service::conversation::assign_conversation(&app, asking.caller, id, input).await?;
    Ok(written(StatusCode::OK, after))
}

/// Ends it; what was said stays.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/close", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)),
    responses((status = 200, description = "As it is now.", body = ConversationView)))]
async fn close_conversation(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let after = service::conversation::close_conversation(&app, asking.caller, id).await?;
    Ok(written(StatusCode::OK, after))
}

/// The visitor's contact, for whoever reads the conversation and says why; the audit log keeps the reason.
#[utoipa::path(post, path = "/bots/{bot}/conversations/{conversation}/reveal", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path)), request_body = RevealBody,
    responses((status = 200, description = "The contact.", body = RevealedView)))]
async fn reveal_contact(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    input: Input<RevealBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::conversation::reveal_contact(&app, asking.caller, id, input).await?))
}

/// All that was said, as a file; that it was taken out stands in the audit log.
#[utoipa::path(get, path = "/bots/{bot}/conversations/{conversation}/export", tag = "Conversations",
    params(("bot" = Uuid, Path), ("conversation" = Uuid, Path), ConversationExportQuery),
    responses((status = 200, description = "The file.", content(
        (ConversationExportView = "application/json"), (String = "text/plain")))))]
async fn export_conversation(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    Asked(query): Asked<ConversationExportQuery>,
    parts: Parts,
) -> Answer {
    origin::refuse_foreign(&parts.headers)?;
    Ok(download(service::conversation::export::export_conversation(&app, asking.caller, id, query).await?))
}

/// The file as a response.
pub(crate) fn download(file: ConversationFile) -> Response {
    let mut response = file.text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.name)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
