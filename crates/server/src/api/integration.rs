//! Integrations: webhooks and calls, and the log of what was delivered.

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
use crate::service::integration::body::{
    DeliveryQuery, DeliveryView, IntegrationChangeBody, IntegrationView, NewIntegrationBody,
};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_integrations, create_integration))
        .routes(routes!(find_integration, update_integration, delete_integration))
        .routes(routes!(rotate_integration_secret))
        .routes(routes!(test_integration))
        .routes(routes!(list_deliveries))
        .routes(routes!(resend_delivery))
}

/// The bot's integrations that one reads; sorts: `name`, `updated_at`.
#[utoipa::path(get, path = "/bots/{bot}/integrations", tag = "Integrations", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<IntegrationView>)))]
async fn list_integrations(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::integration::list_integrations(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

/// Makes an integration; the secret that it signs with is in this answer and in no other. Where it goes with what
/// visitors say (messages, contacts, calls), its maker needs `Conversation: update` besides.
#[utoipa::path(post, path = "/bots/{bot}/integrations", tag = "Integrations", params(("bot" = Uuid, Path)),
    request_body = NewIntegrationBody,
    responses((status = 201, description = "The integration.", body = IntegrationView)))]
async fn create_integration(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewIntegrationBody>,
) -> Answer {
    let made = service::integration::create_integration(&app, asking.caller, bot, input).await?;
    let path = format!("/api/v1/bots/{}/integrations/{}", bot.0, made.value.id);
    let version = made.value.version;
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One integration.
#[utoipa::path(get, path = "/bots/{bot}/integrations/{integration}", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path)),
    responses((status = 200, description = "The integration.", body = IntegrationView)))]
async fn find_integration(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let found = service::integration::find_integration(&app, asking.caller, id).await?;
    let version = found.version;
    versioned(found, version)
}

/// Changes an integration.
#[utoipa::path(patch, path = "/bots/{bot}/integrations/{integration}", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = IntegrationChangeBody,
    responses((status = 200, description = "As it is now.", body = IntegrationView)))]
async fn update_integration(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
    input: Input<IntegrationChangeBody>,
) -> Answer {
    let after = service::integration::update_integration(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes an integration with the log of its deliveries.
#[utoipa::path(delete, path = "/bots/{bot}/integrations/{integration}", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_integration(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
) -> Answer {
    let gone = service::integration::delete_integration(&app, asking.caller, id, version).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// Gives it another secret, which is in this answer and in no other; for a day all is signed with the one before, too.
#[utoipa::path(post, path = "/bots/{bot}/integrations/{integration}/rotate-secret", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path)),
    responses((status = 200, description = "The integration with its secret.", body = IntegrationView)))]
async fn rotate_integration_secret(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let after = service::integration::rotate_integration_secret(&app, asking.caller, id).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Sends it something at once, also while it is paused, and tells how that went.
#[utoipa::path(post, path = "/bots/{bot}/integrations/{integration}/test", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path)),
    responses((status = 200, description = "How it went.", body = DeliveryView)))]
async fn test_integration(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    Ok(written(StatusCode::OK, service::integration::test_integration(&app, asking.caller, id).await?))
}

/// What was sent in the last 30 days, and how it was answered; sorts: `-created_at` (default), `created_at`.
#[utoipa::path(get, path = "/bots/{bot}/integrations/{integration}/deliveries", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path), ListQuery, DeliveryQuery),
    responses((status = 200, description = "A page.", body = ListView<DeliveryView>)))]
async fn list_deliveries(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    lists: Lists<DeliveryQuery>,
) -> Answer {
    ok(service::integration::list_deliveries(&app, asking.caller, id, lists.list, lists.filter).await?)
}

/// Has a delivery sent once more, under its own id.
#[utoipa::path(post, path = "/bots/{bot}/integrations/{integration}/deliveries/{delivery}/resend", tag = "Integrations",
    params(("bot" = Uuid, Path), ("integration" = Uuid, Path), ("delivery" = Uuid, Path)),
    responses((status = 200, description = "As it is now.", body = DeliveryView)))]
async fn resend_delivery(
    State(app): State<App>,
    asking: Asking,
    Id((bot, integration, delivery)): Id<(BotId, Uuid, Uuid)>,
) -> Answer {
    let id = (bot, integration);
    Ok(written(StatusCode::OK, service::integration::resend_delivery(&app, asking.caller, id, delivery).await?))
}
