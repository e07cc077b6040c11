//! Somebody can always manage, and there is exactly one owner where the policy says so.

use std::collections::BTreeSet;

use super::holds::of_actor;
use super::{Change, Refusal};
use crate::actor::Actor;
use crate::decide::Scope;
use crate::directory::{Bot, Directory};
use crate::facts::Unit;
use crate::id::{BotId, OrganizationId, UserId};
use crate::judge::FOREVER;
use crate::permission::Permission;
use crate::policy::Ownership;
use crate::timestamp::Timestamp;

/// What it takes to manage users, roles and permissions.
const ADMINISTERING: [(&str, &str); 4] =
    [("User", "update"), ("RoleAssignment", "create"), ("Permission", "create"), ("Role", "update")];

/// Whether the person can manage the organization now, for however long.
pub(super) fn administers(directory: &Directory, organization: OrganizationId, user: UserId, now: Timestamp) -> bool {
    holds_all(directory, organization, user, now, Timestamp(i64::MIN.saturating_add(1)))
}

fn holds_all(
    directory: &Directory,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
    until: Timestamp,
) -> bool {
    let scope = Scope::Organization(organization);
    ADMINISTERING.iter().all(|(model, action)| {
        Permission::new(model, action)
            .is_ok_and(|permission| of_actor(directory, Actor::User(user), scope, &permission, now).any >= until)
    })
}

/// Whether somebody verified, who can sign in, manages the organization by facts that do not expire.
#[must_use]
pub fn is_managed(directory: &Directory, organization: OrganizationId, now: Timestamp) -> bool {
    directory.members(organization).any(|user| {
        directory.account(user).is_some_and(|account| account.can_sign_in)
            && holds_all(directory, organization, user, now, FOREVER)
    })
}

/// The organizations that the change could leave without anybody in charge.
fn concerned(change: &Change<'_>) -> BTreeSet<OrganizationId> {
    let mut organizations = BTreeSet::new();
    for unit in change.touched {
        match *unit {
            Unit::Organization(id) | Unit::Member(id, _) => {
                organizations.insert(id);
            }
            Unit::Role(id) => {
                let role = change.before.role(id).or_else(|| change.after.role(id));
                organizations.extend(role.map(|role| role.organization));
            }
            Unit::Account(id) => {
                organizations.extend(change.before.organizations_of(id).chain(change.after.organizations_of(id)));
            }
            Unit::Bot(_) | Unit::Partnership(_) | Unit::Key(_) => {}
            // Programs' subjects manage nothing, and what is given on programs' models is not what it takes.
            Unit::Model(_) | Unit::Resource(_) | Unit::Subject(_) | Unit::Grant(_) => {}
        }
    }
    organizations.retain(|id| change.after.organization(*id).is_some_and(|facts| !facts.deleted));
    organizations
}

/// Refuses a change after which nobody could manage an organization. An operator is bound by no lock-out.
pub(super) fn check_managers(change: &Change<'_>) -> Result<(), Refusal> {
    if change.actor == Actor::Operator {
        return Ok(());
    }
    match concerned(change).into_iter().find(|id| !is_managed(change.after, *id, change.now)) {
        Some(id) => Err(Refusal::Lockout(id)),
        None => Ok(()),
    }
}

/// Refuses a change after which an owner is missing.
pub(super) fn check_owners(change: &Change<'_>) -> Result<(), Refusal> {
    for id in concerned(change) {
        let Some(organization) = change.after.organization(id) else { continue };
        let owned = organization.owner.is_some_and(|owner| change.after.is_member(id, owner));
        if organization.policies.owner == Ownership::One && !owned {
            return Err(Refusal::OwnerNeeded(id));
        }
    }
    let bots: BTreeSet<BotId> =
        change.touched.iter().filter_map(|unit| if let Unit::Bot(id) = unit { Some(*id) } else { None }).collect();
    for bot in bots.into_iter().filter_map(|id| change.after.bot(id)) {
        let organization = change.after.organization(bot.organization);
        let needed = organization.is_some_and(|facts| !facts.deleted && facts.policies.bot_owner == Ownership::One);
        if needed && !is_owned(change.after, bot) {
            return Err(Refusal::BotOwnerNeeded(bot.id));
        }
    }
    Ok(())
}

/// Whether the bot's owner is on its team, from its own organization, without an end.
#[must_use]
pub fn is_owned(directory: &Directory, bot: &Bot) -> bool {
    let entry = bot.owner.and_then(|owner| directory.entry(bot.id, owner));
    entry.is_some_and(|entry| entry.through == bot.organization && entry.provenance.expires_at.is_none())
}
