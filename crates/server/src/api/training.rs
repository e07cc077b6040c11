//! Training data, training, and what the bot understands.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::training::body::{
    ImportBody, ImportView, IntentChangeBody, IntentView, NewIntentBody, ReportView, SentencesBody, SentencesView,
    TrainingView,
};
use crate::service::understand::{UnderstandBody, UnderstoodListView};
use crate::service::{self, ListView};
use crate::state::App;

/// Bytes of an import: tens of thousands of sentences.
const IMPORT_BYTES: usize = 16 << 20;

pub fn router() -> OpenApiRouter<App> {
    let large = OpenApiRouter::new()
        .routes(routes!(import_training))
        .routes(routes!(export_training))
        .routes(routes!(find_out_of_scope, set_out_of_scope))
        .routes(routes!(understand))
        .layer(DefaultBodyLimit::max(IMPORT_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list_intents, create_intent))
        .routes(routes!(find_intent, update_intent, delete_intent))
        .routes(routes!(find_training, train))
        .merge(large)
}

/// The bot's intents that one reads, with their sentences; sorts: `name`, `updated_at`, `examples`.
#[utoipa::path(get, path = "/bots/{bot}/training", tag = "Training", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<IntentView>)))]
async fn list_intents(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::training::list_intents(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

/// Makes an intent.
#[utoipa::path(post, path = "/bots/{bot}/training", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = NewIntentBody, responses((status = 201, description = "The intent.", body = IntentView)))]
async fn create_intent(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewIntentBody>,
) -> Answer {
    let made = service::training::create_intent(&app, asking.caller, bot, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/bots/{}/training/{}", bot.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One intent.
#[utoipa::path(get, path = "/bots/{bot}/training/{intent}", tag = "Training",
    params(("bot" = Uuid, Path), ("intent" = Uuid, Path)),
    responses((status = 200, description = "The intent.", body = IntentView)))]
async fn find_intent(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let intent = service::training::find_intent(&app, asking.caller, id).await?;
    let version = intent.version;
    versioned(intent, version)
}

/// Changes an intent.
#[utoipa::path(patch, path = "/bots/{bot}/training/{intent}", tag = "Training",
    params(("bot" = Uuid, Path), ("intent" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = IntentChangeBody, responses((status = 200, description = "As it is now.", body = IntentView)))]
async fn update_intent(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
    input: Input<IntentChangeBody>,
) -> Answer {
    let after = service::training::update_intent(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes an intent with its sentences.
#[utoipa::path(delete, path = "/bots/{bot}/training/{intent}", tag = "Training",
    params(("bot" = Uuid, Path), ("intent" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_intent(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::training::delete_intent(&app, asking.caller, id, version).await?))
}

/// Takes many intents in, all of them or none (16 MiB at most). Sentences of an intent that is there are added to it.
#[utoipa::path(post, path = "/bots/{bot}/training/import", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = ImportBody, responses((status = 200, description = "What it did.", body = ImportView)))]
async fn import_training(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<ImportBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::training::import_training(&app, asking.caller, bot, input).await?))
}

/// What the bot is taught, as far as one reads it, as an import takes it.
#[utoipa::path(get, path = "/bots/{bot}/training/export", tag = "Training", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "All of it.", body = ImportBody)))]
async fn export_training(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::training::export_training(&app, asking.caller, bot).await?)
}

/// The sentences that mean none of the intents.
#[utoipa::path(get, path = "/bots/{bot}/training/out-of-scope", tag = "Training", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = SentencesView)))]
async fn find_out_of_scope(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    let found = service::training::find_out_of_scope(&app, asking.caller, bot).await?;
    let version = found.version;
    versioned(found, version)
}

/// Replaces them.
#[utoipa::path(put, path = "/bots/{bot}/training/out-of-scope", tag = "Training",
    params(("bot" = Uuid, Path), ("If-Match" = String, Header)), request_body = SentencesBody,
    responses((status = 200, description = "As they are now.", body = SentencesView)))]
async fn set_out_of_scope(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    version: Precondition,
    input: Input<SentencesBody>,
) -> Answer {
    let set = service::training::set_out_of_scope(&app, asking.caller, bot, version, input).await?;
    let version = set.value.version;
    written_version(StatusCode::OK, set, version)
}

/// How things stand: what the bot is taught, and what it learned last.
#[utoipa::path(get, path = "/bots/{bot}/training/train", tag = "Training", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "How training stands.", body = TrainingView)))]
async fn find_training(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::training::find_training(&app, asking.caller, bot).await?)
}

/// Lets the bot learn from all that it is taught; answers when it has.
#[utoipa::path(post, path = "/bots/{bot}/training/train", tag = "Training", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "What it learned.", body = ReportView)))]
async fn train(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    Ok(written(StatusCode::OK, service::training::train(&app, asking.caller, bot).await?))
}

/// What the bot understands the sentences as, by what it learned last.
#[utoipa::path(post, path = "/bots/{bot}/playground/understand", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = UnderstandBody,
    responses((status = 200, description = "One for each sentence.", body = UnderstoodListView)))]
async fn understand(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<UnderstandBody>,
) -> Answer {
    ok(service::understand::understand(&app, asking.caller, bot, input).await?)
}
