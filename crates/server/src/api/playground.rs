//! The playground: talking to a bot's draft, and its tests.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service;
use crate::service::playground::body::{PlaygroundBody, PlaygroundReplyView};
use crate::service::playground::trial::{NewTestBody, TestListView, TestView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(try_bot))
        .routes(routes!(list_playground_tests, create_playground_test))
        .routes(routes!(run_playground_tests))
        .routes(routes!(delete_playground_test))
}

/// Says something to the draft; the answer says why. `state` of each reply goes with what is said next.
#[utoipa::path(post, path = "/bots/{bot}/playground/messages", tag = "Playground", params(("bot" = Uuid, Path)),
    request_body = PlaygroundBody,
    responses((status = 200, description = "The reply, and why.", body = PlaygroundReplyView)))]
async fn try_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, input: Input<PlaygroundBody>) -> Answer {
    ok(service::playground::try_bot(&app, asking.caller, bot, input).await?)
}

/// The bot's tests.
#[utoipa::path(get, path = "/bots/{bot}/playground/tests", tag = "Playground", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "All of them, oldest first.", body = TestListView)))]
async fn list_playground_tests(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::playground::trial::list_tests(&app, asking.caller, bot).await?)
}

/// Adds a test: a sentence, and what the bot should make of it.
#[utoipa::path(post, path = "/bots/{bot}/playground/tests", tag = "Playground", params(("bot" = Uuid, Path)),
    request_body = NewTestBody, responses((status = 201, description = "The test.", body = TestView)))]
async fn create_playground_test(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewTestBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::playground::trial::create_test(&app, asking.caller, bot, input).await?))
}

/// Runs all tests on the draft.
#[utoipa::path(post, path = "/bots/{bot}/playground/tests/run", tag = "Playground", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "What came of each.", body = TestListView)))]
async fn run_playground_tests(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::playground::trial::run_tests(&app, asking.caller, bot).await?)
}

/// Deletes a test.
#[utoipa::path(delete, path = "/bots/{bot}/playground/tests/{test}", tag = "Playground",
    params(("bot" = Uuid, Path), ("test" = Uuid, Path)), responses((status = 204, description = "Deleted.")))]
async fn delete_playground_test(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::playground::trial::delete_test(&app, asking.caller, id).await?))
}
