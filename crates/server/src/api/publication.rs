//! Publishing a bot, its versions and what differs between them.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, written};
use super::id::Id;
use super::query::{Asked, ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::MaybeInput;
use crate::service::publication::body::{ChangesView, PublicationView, PublishBody, SinceQuery, VersionView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_publication, publish_bot, unpublish_bot))
        .routes(routes!(find_draft_changes))
        .routes(routes!(list_versions))
        .routes(routes!(find_version))
        .routes(routes!(find_version_changes))
}

/// Which version is live.
#[utoipa::path(get, path = "/bots/{bot}/publication", tag = "Publication", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The publication.", body = PublicationView)))]
async fn find_publication(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::publication::find_publication(&app, asking.caller, bot).await?)
}

/// Makes a version of the draft and makes it live; with `version`, goes back to that one. Refused with reasons while a
/// flow has faults, or tests fail and that is not confirmed.
#[utoipa::path(put, path = "/bots/{bot}/publication", tag = "Publication", params(("bot" = Uuid, Path)),
    request_body = PublishBody, responses((status = 200, description = "Live.", body = PublicationView)))]
async fn publish_bot(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: MaybeInput<PublishBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::publication::publish_bot(&app, asking.caller, bot, input).await?))
}

/// Takes it off the air.
#[utoipa::path(delete, path = "/bots/{bot}/publication", tag = "Publication", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "No longer live.", body = PublicationView)))]
async fn unpublish_bot(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    Ok(written(StatusCode::OK, service::publication::unpublish_bot(&app, asking.caller, bot).await?))
}

/// What publishing now would change for visitors, and what keeps the draft from it.
#[utoipa::path(get, path = "/bots/{bot}/publication/changes", tag = "Publication", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The differences.", body = ChangesView)))]
async fn find_draft_changes(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    ok(service::publication::find_draft_changes(&app, asking.caller, bot).await?)
}

/// The bot's versions, the newest first; sorts: `-number`, `number`.
#[utoipa::path(get, path = "/bots/{bot}/versions", tag = "Publication", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<VersionView>)))]
async fn list_versions(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::publication::list_versions(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

/// One version.
#[utoipa::path(get, path = "/bots/{bot}/versions/{number}", tag = "Publication",
    params(("bot" = Uuid, Path), ("number" = i64, Path)),
    responses((status = 200, description = "The version.", body = VersionView)))]
async fn find_version(State(app): State<App>, asking: Asking, Id((bot, number)): Id<(BotId, i64)>) -> Answer {
    ok(service::publication::find_version(&app, asking.caller, bot, number).await?)
}

/// What differs between a version and an earlier one, in words.
#[utoipa::path(get, path = "/bots/{bot}/versions/{number}/changes", tag = "Publication",
    params(("bot" = Uuid, Path), ("number" = i64, Path), SinceQuery),
    responses((status = 200, description = "The differences.", body = ChangesView)))]
async fn find_version_changes(
    State(app): State<App>,
    asking: Asking,
    Id((bot, number)): Id<(BotId, i64)>,
    Asked(since): Asked<SinceQuery>,
) -> Answer {
    ok(service::publication::find_changes(&app, asking.caller, bot, number, since).await?)
}
