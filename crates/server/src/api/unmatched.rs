//! What visitors said that the bot had no answer to, to be labelled.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, written};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service::unmatched::{IgnoreUnmatchedBody, LabelUnmatchedBody, SettledView, UnmatchedView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_unmatched))
        .routes(routes!(label_unmatched))
        .routes(routes!(ignore_unmatched))
}

/// What visitors said that the bot had no answer to, each sentence once; sorts: `count`, `last_at`. Needs to read the bot's
/// conversations, too; for whoever may not answer them addresses and numbers are masked.
#[utoipa::path(get, path = "/bots/{bot}/unmatched", tag = "Training", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<UnmatchedView>)))]
async fn list_unmatched(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::unmatched::list_unmatched(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

/// Teaches what the sentences mean: an intent, a new one, or none. They are offered no more.
#[utoipa::path(post, path = "/bots/{bot}/unmatched/label", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = LabelUnmatchedBody, responses((status = 200, description = "What was done.", body = SettledView)))]
async fn label_unmatched(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<LabelUnmatchedBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::unmatched::label_unmatched(&app, asking.caller, bot, input).await?))
}

/// Offers the sentences no more.
#[utoipa::path(post, path = "/bots/{bot}/unmatched/ignore", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = IgnoreUnmatchedBody, responses((status = 200, description = "What was done.", body = SettledView)))]
async fn ignore_unmatched(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<IgnoreUnmatchedBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::unmatched::ignore_unmatched(&app, asking.caller, bot, input).await?))
}
