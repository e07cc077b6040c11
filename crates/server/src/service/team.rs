//! A bot's team (A-8, P-6, P-8).

use rolecall_access::{BotId, UserId};
use rolecall_store::Caller;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::member::{AssignedRoleView, PermissionGrantBody, SinglePermissionView};
use crate::service::{Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A person on a bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamMemberView {
    /// The person's id.
    pub user_id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Whether they own the bot.
    pub owner: bool,
    /// Roles on this bot.
    pub roles: Vec<AssignedRoleView>,
    /// Single permissions on this bot.
    pub permissions: Vec<SinglePermissionView>,
    /// When the entry ends.
    pub expires_at: Option<Time>,
    /// When they were put on it.
    pub created_at: Time,
    /// What the caller may do: `update`, `delete`.
    pub can: Vec<String>,
}

/// A bot's team.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TeamView {
    /// Who is on it.
    pub items: Vec<TeamMemberView>,
    /// Always null: teams are not paged.
    pub next_cursor: Option<String>,
    /// The team's version, also the ETag.
    pub version: i64,
    /// What the caller may do: `create` (put people on it), `update`, `delete`.
    pub can: Vec<String>,
}

/// Who is to be on the team.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamBody {
    /// All of them.
    pub user_ids: Vec<Uuid>,
}

/// What somebody on the team is to have.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamEntryBody {
    /// Roles; left out: the person's default; empty: none.
    #[serde(default)]
    pub role_ids: Option<Vec<Uuid>>,
    /// Single permissions; left out: as they are.
    #[serde(default)]
    pub permissions: Option<Vec<PermissionGrantBody>>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// Who is on the bot.
pub async fn find_team(_app: &App, _caller: Caller, _bot: BotId) -> Result<TeamView> {
    todo!()
}

/// Sets who is on it.
pub async fn set_team(
    _app: &App,
    _caller: Caller,
    _bot: BotId,
    _version: Precondition,
    _input: Input<TeamBody>,
) -> Result<Written<TeamView>> {
    todo!()
}

/// One of them.
pub async fn find_team_member(
    _app: &App,
    _caller: Caller,
    _bot: BotId,
    _user: UserId,
) -> Result<(TeamMemberView, i64)> {
    todo!()
}

/// Puts somebody on it, or changes what they have there.
pub async fn set_team_member(
    _app: &App,
    _caller: Caller,
    _bot: BotId,
    _user: UserId,
    _version: Precondition,
    _input: Input<TeamEntryBody>,
) -> Result<Written<(TeamMemberView, i64)>> {
    todo!()
}

/// Takes somebody off it.
pub async fn remove_team_member(
    _app: &App,
    _caller: Caller,
    _bot: BotId,
    _user: UserId,
    _version: Precondition,
) -> Result<Written<()>> {
    todo!()
}

/// The names of people who could be put on it.
pub async fn list_candidates(_app: &App, _caller: Caller, _bot: BotId, _q: Option<&str>) -> Result<Vec<Named>> {
    todo!()
}
