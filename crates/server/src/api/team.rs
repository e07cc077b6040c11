//! A bot's team.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{BotId, UserId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, versioned, written, written_version};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::copy::{CopyBody, CopyView};
use crate::service::team::{TeamBody, TeamEntryBody, TeamMemberView, TeamView};
use crate::service::{self, Written};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_team, set_team))
        .routes(routes!(find_team_member, set_team_member, remove_team_member))
        .routes(routes!(copy_team_member))
}

/// Who is on the bot, with what.
#[utoipa::path(get, path = "/bots/{bot}/team", tag = "Teams", params(("bot" = Uuid, Path)),
    responses((status = 200, description = "The team.", body = TeamView)))]
async fn find_team(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>) -> Answer {
    let team = service::team::find_team(&app, asking.caller, bot).await?;
    let version = team.version;
    versioned(team, version)
}

/// Sets who is on it, at once; newcomers get their defaults.
#[utoipa::path(put, path = "/bots/{bot}/team", tag = "Teams",
    params(("bot" = Uuid, Path), ("If-Match" = String, Header)), request_body = TeamBody,
    responses((status = 200, description = "As it is now.", body = TeamView)))]
async fn set_team(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    version: Precondition,
    input: Input<TeamBody>,
) -> Answer {
    let after = service::team::set_team(&app, asking.caller, bot, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// One of them.
#[utoipa::path(get, path = "/bots/{bot}/team/{user}", tag = "Teams",
    params(("bot" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, description = "The person on the team.", body = TeamMemberView)))]
async fn find_team_member(State(app): State<App>, asking: Asking, Id((bot, user)): Id<(BotId, UserId)>) -> Answer {
    let (member, version) = service::team::find_team_member(&app, asking.caller, bot, user).await?;
    versioned(member, version)
}

/// Puts somebody on it, or changes what they have there.
#[utoipa::path(put, path = "/bots/{bot}/team/{user}", tag = "Teams",
    params(("bot" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)), request_body = TeamEntryBody,
    responses((status = 200, description = "As it is now.", body = TeamMemberView)))]
async fn set_team_member(
    State(app): State<App>,
    asking: Asking,
    Id((bot, user)): Id<(BotId, UserId)>,
    version: Precondition,
    input: Input<TeamEntryBody>,
) -> Answer {
    let after = service::team::set_team_member(&app, asking.caller, bot, user, version, input).await?;
    let Written { value: (member, version), revision } = after;
    written_version(StatusCode::OK, Written { value: member, revision }, version)
}

/// Takes somebody off it; oneself without any permission.
#[utoipa::path(delete, path = "/bots/{bot}/team/{user}", tag = "Teams",
    params(("bot" = Uuid, Path), ("user" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Taken off.")))]
async fn remove_team_member(
    State(app): State<App>,
    asking: Asking,
    Id((bot, user)): Id<(BotId, UserId)>,
    version: Precondition,
) -> Answer {
    let gone = service::team::remove_team_member(&app, asking.caller, bot, user, version).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// What copying somebody's roles and permissions would set; apply it with `PUT`. What the caller cannot give is left out.
#[utoipa::path(post, path = "/bots/{bot}/team/{user}/copy", tag = "Teams",
    params(("bot" = Uuid, Path), ("user" = Uuid, Path)), request_body = CopyBody,
    responses((status = 200, description = "What would be set.", body = CopyView)))]
async fn copy_team_member(
    State(app): State<App>,
    asking: Asking,
    Id((bot, user)): Id<(BotId, UserId)>,
    input: Input<CopyBody>,
) -> Answer {
    ok(service::copy::copy(&app, asking.caller, bot, user, input).await?)
}
