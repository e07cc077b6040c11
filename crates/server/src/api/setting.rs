//! A bot's settings.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, versioned, written_version};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service;
use crate::service::setting::{BotSettingsBody, BotSettingsView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_bot_settings, update_bot_settings))
}

/// A bot's settings.
#[utoipa::path(get, path = "/bots/{bot}/settings", tag = "Bots", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The settings.", body = BotSettingsView)))]
async fn find_bot_settings(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    let found = service::setting::find_bot_settings(&app, asking.caller, bot).await?;
    let version = found.version;
    versioned(found, version)
}

/// Changes them; visitors have them with the next publication.
#[utoipa::path(patch, path = "/bots/{bot}/settings", tag = "Bots",
    params(("bot" = Uuid, Path), ("If-Match" = String, Header)), request_body = BotSettingsBody,
    responses((status = 200, description = "As they are now.", body = BotSettingsView)))]
async fn update_bot_settings(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    version: Precondition,
    input: Input<BotSettingsBody>,
) -> Answer {
    let after = service::setting::update_bot_settings(&app, asking.caller, bot, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}
