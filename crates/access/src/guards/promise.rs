//! Invitations: promises of access to somebody who is not there yet, guarded as if they were.

use super::{Change, Refusal, check};
use crate::actor::Actor;
use crate::decide::Scope;
use crate::directory::Directory;
use crate::facts::{
    AccountFacts, Facts, MemberFacts, MemberStatus, PermissionGrant, Provenance, RoleGrant, TeamEntry, Unit, Update,
};
use crate::id::{BotId, OrganizationId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// What an invitation would give.
#[derive(Clone, Copy, Debug)]
pub struct Promise<'a> {
    /// Where.
    pub organization: OrganizationId,
    /// Roles in the organization.
    pub roles: &'a [RoleId],
    /// Single permissions in the organization.
    pub permissions: &'a [Permission],
    /// Bots, with the roles on each.
    pub bots: &'a [(BotId, Vec<RoleId>)],
}

/// Whether the actor may now give this to a new member.
///
/// # Errors
/// The guard that refuses it.
pub fn check_promise(
    directory: &Directory,
    actor: Actor,
    using: &[(Scope, Permission)],
    promise: &Promise<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    // Nobody has this id: version 7 ids carry a date.
    let phantom = UserId(uuid::Uuid::nil());
    let provenance = Provenance { given_by: None, given_at: now, expires_at: None };
    let granted = |role: &RoleId| RoleGrant { role: *role, provenance };
    let mut after = directory.clone();
    after.apply(Update::Set(Facts::Account(AccountFacts { id: phantom, verified: true, can_sign_in: true })));
    after.apply(Update::Set(Facts::Member(MemberFacts {
        organization: promise.organization,
        user: phantom,
        status: MemberStatus::Active,
        roles: promise.roles.iter().map(granted).collect(),
        permissions: promise
            .permissions
            .iter()
            .map(|permission| PermissionGrant { permission: permission.clone(), provenance })
            .collect(),
    })));
    let mut touched = vec![Unit::Member(promise.organization, phantom)];
    for (id, roles) in promise.bots {
        let Some(Facts::Bot(mut bot)) = directory.facts(Unit::Bot(*id)) else { continue };
        bot.team.push(TeamEntry {
            user: phantom,
            through: promise.organization,
            provenance,
            roles: roles.iter().map(granted).collect(),
            permissions: Vec::new(),
        });
        after.apply(Update::Set(Facts::Bot(bot)));
        touched.push(Unit::Bot(*id));
    }
    check(&Change { before: directory, after: &after, touched: &touched, actor, using, now })
}
