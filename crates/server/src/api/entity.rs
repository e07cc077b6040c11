//! What a bot looks for in what people write.

use axum::extract::State;
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
use crate::service::entity::body::{EntityChangeBody, EntityView, FoundEntitiesView, NewEntityBody, TryEntityBody};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_entities, create_entity))
        .routes(routes!(find_entity, update_entity, delete_entity))
        .routes(routes!(try_entity))
}

/// The bot's entities that one reads; sorts: `name`, `kind`, `updated_at`.
#[utoipa::path(get, path = "/bots/{bot}/entities", tag = "Training", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<EntityView>)))]
async fn list_entities(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::entity::list_entities(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

/// Makes an entity.
#[utoipa::path(post, path = "/bots/{bot}/entities", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = NewEntityBody, responses((status = 201, description = "The entity.", body = EntityView)))]
async fn create_entity(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewEntityBody>,
) -> Answer {
    let made = service::entity::create_entity(&app, asking.caller, bot, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/bots/{}/entities/{}", bot.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One entity.
#[utoipa::path(get, path = "/bots/{bot}/entities/{entity}", tag = "Training",
    params(("bot" = Uuid, Path), ("entity" = Uuid, Path)),
    responses((status = 200, description = "The entity.", body = EntityView)))]
async fn find_entity(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let entity = service::entity::find_entity(&app, asking.caller, id).await?;
    let version = entity.version;
    versioned(entity, version)
}

/// Changes an entity.
#[utoipa::path(patch, path = "/bots/{bot}/entities/{entity}", tag = "Training",
    params(("bot" = Uuid, Path), ("entity" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = EntityChangeBody, responses((status = 200, description = "As it is now.", body = EntityView)))]
async fn update_entity(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
    input: Input<EntityChangeBody>,
) -> Answer {
    let after = service::entity::update_entity(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes an entity.
#[utoipa::path(delete, path = "/bots/{bot}/entities/{entity}", tag = "Training",
    params(("bot" = Uuid, Path), ("entity" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_entity(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::entity::delete_entity(&app, asking.caller, id, version).await?))
}

/// What an entity, kept or not, finds in a sentence.
#[utoipa::path(post, path = "/bots/{bot}/entities/try", tag = "Training", params(("bot" = Uuid, Path)),
    request_body = TryEntityBody, responses((status = 200, description = "What it found.", body = FoundEntitiesView)))]
async fn try_entity(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, input: Input<TryEntityBody>) -> Answer {
    ok(service::entity::try_entity(&app, asking.caller, bot, input).await?)
}
