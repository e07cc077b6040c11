//! A bot's team (A-8, P-6, P-8).

use std::collections::BTreeSet;

use rolecall_access::catalogue::Level;
use rolecall_access::{BotId, Name, Scope, Subject, UserId};
use rolecall_store::resource::{Bots, NewAssignment, NewTeamEntry, TeamMember, Teams};
use rolecall_store::{Access, Caller, Read, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::member::{
    AssignedRoleView, PermissionGrantBody, SinglePermissionView, check_grants, check_reason, grants,
};
use crate::service::picture;
use crate::service::{Named, Result, Written, may, person};
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
    /// The address of their picture, if the caller shares an organization with them; null: none.
    pub picture: Option<String>,
    /// The partner organization they come through; null: the bot's own.
    pub through: Option<String>,
    /// Whether they own the bot.
    pub owner: bool,
    /// Roles on this bot.
    pub roles: Vec<AssignedRoleView>,
    /// Single permissions on this bot.
    pub permissions: Vec<SinglePermissionView>,
    /// When the entry ends.
    pub expires_at: Option<Time>,
    /// Why they are on it.
    pub reason: String,
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
    /// Why they are on it; left out: as it is.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Check for TeamBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for TeamEntryBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_grants(self.permissions.as_deref().unwrap_or_default(), Level::Bot, &mut errors);
        check_reason("reason", self.reason.as_deref(), &mut errors);
        errors
    }
}

fn member_view(access: &Access, member: TeamMember, picture: Option<String>) -> TeamMemberView {
    let scope = Scope::Bot(member.bot);
    let own = person(access) == Some(member.user);
    let has = |action| may(access, "Team", action, scope, None);
    let protected = member.owner && !own;
    let abilities =
        [("update", has("update") && !protected), ("delete", !member.owner && (own || has("update") || has("delete")))];
    let changes = has("update");
    let own_organization = access.directory().bot(member.bot).map(|bot| bot.organization);
    TeamMemberView {
        user_id: member.user.0,
        name: member.name,
        email: member.email,
        picture,
        through: own_organization.is_none_or(|own| own != member.through).then_some(member.through_name),
        owner: member.owner,
        roles: member.roles.into_iter().map(AssignedRoleView::of).collect(),
        permissions: member.permissions.into_iter().map(|grant| SinglePermissionView::of(grant, changes)).collect(),
        expires_at: member.expires_at.map(Time),
        reason: member.reason,
        created_at: member.created_at.into(),
        can: abilities.into_iter().filter(|(_, can)| *can).map(|(ability, _)| ability.to_owned()).collect(),
    }
}

async fn view(access: &mut Access, bot: BotId) -> Result<TeamView> {
    let of = access.require::<Teams, Read>(bot).await?;
    let team = access.list_team(&of).await?;
    let mut pictures = access.pictures_of(team.iter().map(|member| member.user)).await?;
    let scope = Scope::Bot(bot);
    let changes = may(access, "Team", "update", scope, None);
    let can = ["create", "update", "delete"];
    let can = can.into_iter().filter(|action| changes || may(access, "Team", action, scope, None));
    Ok(TeamView {
        version: of.team_version,
        can: can.map(ToOwned::to_owned).collect(),
        items: team
            .into_iter()
            .map(|member| {
                let picture = pictures.remove(&member.user).map(picture::address);
                member_view(access, member, picture)
            })
            .collect(),
        next_cursor: None,
    })
}

/// Who is on the bot.
pub async fn find_team(app: &App, caller: Caller, bot: BotId) -> Result<TeamView> {
    view(&mut app.store.access(caller).await?, bot).await
}

/// Sets who is on it.
pub async fn set_team(
    app: &App,
    caller: Caller,
    bot: BotId,
    version: Precondition,
    input: Input<TeamBody>,
) -> Result<Written<TeamView>> {
    let mut change = app.store.change(caller).await?;
    let authority = change.require_team(bot).await?;
    let version = version.required()?;
    let users: Vec<UserId> = input.get()?.user_ids.into_iter().map(UserId).collect();
    if let Err(error) = change.set_team(&authority, version, &users).await {
        return Err(stale(error, &mut change, bot).await);
    }
    let value = view(&mut change, bot).await?;
    Ok(Written { value, revision: change.commit().await? })
}

async fn stale(error: StoreError, access: &mut Access, bot: BotId) -> Problem {
    let mut problem = Problem::from(error);
    if problem.kind == Kind::Stale
        && let Ok(view) = view(access, bot).await
    {
        problem.current = serde_json::to_value(view).ok();
    }
    problem
}

/// One of them.
pub async fn find_team_member(app: &App, caller: Caller, bot: BotId, user: UserId) -> Result<(TeamMemberView, i64)> {
    let view = find_team(app, caller, bot).await?;
    let found = view.items.into_iter().find(|member| member.user_id == user.0);
    Ok((found.ok_or_else(Problem::not_found)?, view.version))
}

/// All that somebody on it can do there now, by whatever way: models with their actions.
pub async fn find_team_member_map(
    app: &App,
    caller: Caller,
    bot: BotId,
    user: UserId,
) -> Result<Vec<(String, Vec<String>)>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Teams, Read>(bot).await?;
    if !access.list_team(&of).await?.iter().any(|member| member.user == user) {
        return Err(Problem::not_found());
    }
    let map = access.directory().effective(Subject::User(user), Scope::Bot(bot), access.caller().now);
    let texts = |actions: BTreeSet<Name>| actions.into_iter().map(String::from).collect();
    Ok(map.0.into_iter().map(|(model, actions)| (model.into(), texts(actions))).collect())
}

/// Puts somebody on it, or changes what they have there.
pub async fn set_team_member(
    app: &App,
    caller: Caller,
    bot: BotId,
    user: UserId,
    version: Precondition,
    input: Input<TeamEntryBody>,
) -> Result<Written<(TeamMemberView, i64)>> {
    let mut change = app.store.change(caller).await?;
    let authority = change.require_team(bot).await?;
    let version = version.required()?;
    let input = input.get()?;
    let roles = input.role_ids.map(|ids| ids.into_iter().map(|id| NewAssignment::forever(id.into())).collect());
    let permissions = input.permissions.map(|all| grants(all.into_iter())).transpose()?;
    let expires_at = input.expires_at.map(|end| end.0);
    let entry = NewTeamEntry { roles, permissions, expires_at, reason: input.reason };
    let (member, version) = match change.set_team_entry(&authority, user, version, entry).await {
        Ok(set) => set,
        Err(error) => return Err(stale(error, &mut change, bot).await),
    };
    let picture = picture::picture_of(&mut change, member.user).await?;
    let value = (member_view(&change, member, picture), version);
    Ok(Written { value, revision: change.commit().await? })
}

/// Takes somebody off it; oneself without any permission.
pub async fn remove_team_member(
    app: &App,
    caller: Caller,
    bot: BotId,
    user: UserId,
    version: Precondition,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    if person(&change) == Some(user) {
        change.require::<Bots, Read>(bot).await?;
        version.required()?;
        change.leave_team(bot).await?;
    } else {
        let authority = change.require_team(bot).await?;
        let version = version.required()?;
        if let Err(error) = change.remove_team_entry(&authority, user, version).await {
            return Err(stale(error, &mut change, bot).await);
        }
    }
    Ok(Written { value: (), revision: change.commit().await? })
}

/// The names of people who could be put on it.
pub async fn list_candidates(app: &App, caller: Caller, bot: BotId, q: Option<&str>) -> Result<Vec<Named>> {
    let mut change = app.store.change(caller).await?;
    let authority = change.require_team(bot).await?;
    let names = change.team_candidates(&authority, q, 200).await?;
    Ok(names.into_iter().map(|(id, name)| Named { id: id.0, name }).collect())
}
