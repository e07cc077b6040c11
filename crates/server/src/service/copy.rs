//! Copying what somebody has on a bot (P-10): what would be set, to be applied as any change. Never what the caller
//! cannot give; what only ownership gives is left out; both are said.

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{BotId, Permission, RoleId, Scope, UserId};
use rolecall_store::resource::{TeamMember, Teams};
use rolecall_store::{Access, Caller, Read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::problem::{FieldError, Problem};
use crate::service::{Named, PermissionView, Result, may};
use crate::state::App;

/// Whose permissions are copied.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyBody {
    /// Somebody on the same bot.
    pub from_user_id: Uuid,
}

/// What would be set: send `role_ids` and `permissions` with `PUT`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CopyView {
    /// The roles.
    pub role_ids: Vec<Uuid>,
    /// Their names.
    pub roles: Vec<Named>,
    /// The single permissions.
    pub permissions: Vec<PermissionView>,
    /// What is left out.
    pub skipped: Vec<SkippedView>,
}

/// Something that is not copied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SkippedView {
    /// The role, if it is one.
    pub role: Option<Named>,
    /// The permission, if it is one.
    pub permission: Option<PermissionView>,
    /// `reserved` (only ownership gives it), `escalation` (the caller cannot do it there) or `ownership`.
    pub reason: &'static str,
}

impl Check for CopyBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// What a copy would set. Needs `Team: update` on the bot.
pub async fn copy(app: &App, caller: Caller, bot: BotId, user: UserId, input: Input<CopyBody>) -> Result<CopyView> {
    let mut change = app.store.change(caller).await?;
    let authority = change.require_team_editing(bot).await?;
    let of = change.require::<Teams, Read>(bot).await?;
    let team = change.list_team(&of).await?;
    let known = change.directory().member_status(authority.bot().organization, user).is_some();
    if !known && !team.iter().any(|member| member.user == user) {
        return Err(Problem::not_found());
    }
    let from = UserId(input.get()?.from_user_id);
    let from = team.into_iter().find(|member| member.user == from).ok_or_else(|| {
        let message = "`from_user_id` names nobody on this bot.";
        Problem::invalid(vec![FieldError::new("from_user_id", "not_found", message)])
    })?;
    Ok(view(&change, bot, from))
}

fn view(access: &Access, bot: BotId, from: TeamMember) -> CopyView {
    let directory = access.directory();
    let organization = directory.bot(bot).and_then(|bot| directory.organization(bot.organization));
    let reserved =
        |permission: &Permission| organization.is_some_and(|facts| facts.policies.reserved.contains(permission));
    let gives = |permission: &Permission| {
        may(access, permission.model.as_str(), permission.action.as_str(), Scope::Bot(bot), None)
    };
    let mut copied = CopyView { role_ids: Vec::new(), roles: Vec::new(), permissions: Vec::new(), skipped: Vec::new() };
    if from.owner {
        copied.skipped.push(SkippedView { role: None, permission: None, reason: "ownership" });
    }
    for role in from.roles {
        let named = Named { id: role.role.0, name: role.name };
        if of_role(access, role.role).iter().all(|permission| reserved(permission) || gives(permission)) {
            copied.role_ids.push(named.id);
            copied.roles.push(named);
        } else {
            copied.skipped.push(SkippedView { role: Some(named), permission: None, reason: "escalation" });
        }
    }
    for grant in from.permissions {
        let permission = Some(PermissionView::of(&grant.permission));
        if reserved(&grant.permission) {
            copied.skipped.push(SkippedView { role: None, permission, reason: "reserved" });
        } else if gives(&grant.permission) {
            copied.permissions.extend(permission);
        } else {
            copied.skipped.push(SkippedView { role: None, permission, reason: "escalation" });
        }
    }
    copied
}

/// What the role gives on a bot.
fn of_role(access: &Access, role: RoleId) -> Vec<Permission> {
    let Some(role) = access.directory().role(role) else { return Vec::new() };
    let on_bot = |permission: &Permission| catalogue::level(permission) != Some(Level::Organization);
    if role.everything {
        return catalogue::permissions().filter(on_bot).collect();
    }
    role.permissions.iter().map(|(permission, _)| permission.clone()).filter(on_bot).collect()
}
