//! How a bot looks to its visitors, and where it can be talked to.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, versioned, written, written_version};
use super::id::Id;
use super::picture::{PictureFile, is_picture};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::picture::MOST_BYTES;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::service;
use crate::service::appearance::{AppearanceBody, AppearanceView, BotPictureView};
use crate::service::channel::ChannelsView;
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    let pictures = OpenApiRouter::new()
        .routes(routes!(set_bot_picture, remove_bot_picture))
        .layer(DefaultBodyLimit::max(MOST_BYTES));
    OpenApiRouter::new()
        .routes(routes!(find_appearance, update_appearance))
        .routes(routes!(list_channels))
        .merge(pictures)
}

/// How the bot looks, as it is being made; visitors see it once it is published.
#[utoipa::path(get, path = "/bots/{bot}/appearance", tag = "Appearance", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "Its appearance.", body = AppearanceView)))]
async fn find_appearance(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    let found = service::appearance::find_appearance(&app, asking.caller, bot).await?;
    let version = found.version;
    versioned(found, version)
}

/// Changes how it looks. Colours in which words cannot be read (WCAG 2.2: a contrast of 4.5 to 1) are refused, with some
/// that can.
#[utoipa::path(patch, path = "/bots/{bot}/appearance", tag = "Appearance",
    params(("bot" = Uuid, Path), ("If-Match" = String, Header)), request_body = AppearanceBody,
    responses((status = 200, description = "As it is now.", body = AppearanceView)))]
async fn update_appearance(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    version: Precondition,
    input: Input<AppearanceBody>,
) -> Answer {
    let after = service::appearance::update_appearance(&app, asking.caller, bot, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// The bot's id and a file, read for whoever may change how the bot looks and for nobody else.
struct Upload(BotId, Asking, Result<Vec<u8>, Problem>);

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let asking = Asking::from_request_parts(&mut parts, app).await?;
        let Id(bot) = Id::<BotId>::from_request_parts(&mut parts, app).await?;
        service::appearance::may_update(app, asking.caller.clone(), bot).await?;
        if let Err(problem) = is_picture(&parts) {
            return Ok(Self(bot, asking, Err(problem)));
        }
        let bytes = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let file = bytes.map(Vec::from).map_err(|_| service::picture::too_large());
        Ok(Self(bot, asking, file))
    }
}

/// Puts a picture in place of the bot's: PNG, JPEG, WebP or GIF, 5 MB and 8000 pixels a side at most. It is cut to a square,
/// made anew as a JPEG of 256 × 256, and nothing else of the file is kept.
#[utoipa::path(put, path = "/bots/{bot}/picture", tag = "Appearance", params(("bot" = Uuid, Path)),
    request_body(content(
        (PictureFile = "image/png"), (PictureFile = "image/jpeg"), (PictureFile = "image/webp"), (PictureFile = "image/gif")
    )),
    responses((status = 200, description = "Where it is.", body = BotPictureView)))]
async fn set_bot_picture(State(app): State<App>, Upload(bot, asking, file): Upload) -> Answer {
    let set = service::appearance::set_bot_picture(&app, asking.caller, bot, file).await?;
    let version = set.value.version;
    written_version(StatusCode::OK, set, version)
}

/// Leaves the bot without a picture; published versions keep theirs.
#[utoipa::path(delete, path = "/bots/{bot}/picture", tag = "Appearance", params(("bot" = Uuid, Path)),
    responses((status = 204, description = "It has none.")))]
async fn remove_bot_picture(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::appearance::remove_bot_picture(&app, asking.caller, bot).await?))
}

/// Where the bot can be talked to.
#[utoipa::path(get, path = "/bots/{bot}/channels", tag = "Appearance", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "Its channels.", body = ChannelsView)))]
async fn list_channels(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::channel::list_channels(&app, asking.caller, bot).await?)
}
