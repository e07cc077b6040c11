//! Who may be changed by whom, and what nobody does to themselves.

use std::collections::{BTreeSet, HashSet};

use super::holds::{of_actor, of_person};
use super::lockout::administers;
use super::{Change, Refusal};
use crate::catalogue::{self, Level};
use crate::decide::Scope;
use crate::directory::Bot;
use crate::facts::{MemberStatus, TeamEntry, Unit};
use crate::id::{OrganizationId, RoleId, UserId};

/// Refuses changes to owners, to people who can do there what the actor cannot, and, where peers do not
/// manage each other, to people who hold the very permission that is used.
pub(super) fn check_people(change: &Change<'_>) -> Result<(), Refusal> {
    let actor = change.person();
    // One of a kind stands for all of it.
    let mut checked = HashSet::new();
    for (scope, person) in changed(change) {
        if Some(person) == actor {
            continue;
        }
        if let Scope::Organization(organization) = scope
            && let Some(kind) = change.before.kind(organization, person)
            && !checked.insert((organization, kind))
        {
            continue;
        }
        check_person(change, scope, person)?;
    }
    Ok(())
}

/// The people whom the change is about, where.
fn changed(change: &Change<'_>) -> BTreeSet<(Scope, UserId)> {
    let mut people = BTreeSet::new();
    for unit in change.touched {
        match *unit {
            Unit::Member(organization, user) => {
                let known = change.before.member(organization, user);
                if known.is_some() && known != change.after.member(organization, user) {
                    people.insert((Scope::Organization(organization), user));
                }
            }
            Unit::Role(role) => role_holders(change, role, &mut people),
            Unit::Bot(id) => {
                if let (Some(before), Some(after)) = (change.before.bot(id), change.after.bot(id)) {
                    let differ = entries_that_differ(change, before, after);
                    let differ = differ.filter(|user| !withdrawn(change, before, *user));
                    people.extend(differ.map(|user| (Scope::Bot(id), user)));
                }
            }
            Unit::Organization(id) => policy_subjects(change, id, &mut people),
            Unit::Account(_) | Unit::Partnership(_) | Unit::Key(_) => {}
            // Of programs' subjects: see `programs`.
            Unit::Model(_) | Unit::Resource(_) | Unit::Subject(_) | Unit::Grant(_) => {}
        }
    }
    people
}

/// An edit of a role is a change to each of its holders.
fn role_holders(change: &Change<'_>, id: RoleId, people: &mut BTreeSet<(Scope, UserId)>) {
    let Some(role) = change.before.role(id) else { return };
    if change.after.role(id) == Some(role) {
        return;
    }
    people.extend(change.before.holders(id).map(|user| (Scope::Organization(role.organization), user)));
    people.extend(change.before.holders_on_bots(id).map(|(bot, user)| (Scope::Bot(bot), user)));
}

/// People who were on the bot and whose entry differs, and the owners before and after.
fn entries_that_differ<'a>(
    change: &'a Change<'_>,
    before: &'a Bot,
    after: &'a Bot,
) -> impl Iterator<Item = UserId> + 'a {
    let entries = change.before.team(before.id);
    let differ = entries.filter(|entry| change.after.entry(after.id, entry.user).as_ref() != Some(entry));
    differ.map(|entry| entry.user).chain(before.owner.filter(|owner| after.owner != Some(*owner)))
}

/// Whether a partner's person goes: with the membership through which they came (which is guarded as such), or sent home
/// by either side's permission on partners. That needs no more.
fn withdrawn(change: &Change<'_>, before: &Bot, user: UserId) -> bool {
    let entry = change.before.entry(before.id, user).filter(|entry| entry.through != before.organization);
    let sent = |entry: TeamEntry| {
        let left = change.after.member_status(entry.through, user).is_none();
        left || change.by_partner(entry.through) || change.by_partner(before.organization)
    };
    entry.is_some_and(sent) && change.after.entry(before.id, user).is_none()
}

/// An edit of what is reserved is a change to each member.
fn policy_subjects(change: &Change<'_>, id: OrganizationId, people: &mut BTreeSet<(Scope, UserId)>) {
    let (Some(before), Some(after)) = (change.before.organization(id), change.after.organization(id)) else { return };
    if before.policies.reserved != after.policies.reserved {
        people.extend(change.before.members(id).map(|user| (Scope::Organization(id), user)));
    }
    if before.owner != after.owner {
        people.extend(before.owner.map(|owner| (Scope::Organization(id), owner)));
    }
}

fn check_person(change: &Change<'_>, scope: Scope, person: UserId) -> Result<(), Refusal> {
    if owner(change, scope) == Some(person) && !hands_over(change, scope, person) {
        return Err(Refusal::ProtectsOwner { scope, person });
    }
    if owns(change, scope) {
        return Ok(());
    }
    let level = match scope {
        Scope::Organization(_) => Level::Organization,
        Scope::Bot(_) => Level::Bot,
    };
    for permission in change.before.permissions_of(scope) {
        if catalogue::level(&permission).is_some_and(|own| own != level) {
            continue;
        }
        let theirs = of_person(change.before, person, scope, &permission, change.now);
        let own = of_actor(change.before, change.actor, scope, &permission, change.now);
        if theirs.reaches_beyond(own) {
            return Err(Refusal::ProtectsHigher { scope, permission, person });
        }
    }
    check_peer(change, scope, person)
}

/// Whether the owner of a bot leaves the organization, or is suspended in it, and somebody who may name another does so.
fn hands_over(change: &Change<'_>, scope: Scope, person: UserId) -> bool {
    let Scope::Bot(id) = scope else { return false };
    let Some(after) = change.after.bot(id) else { return false };
    let status = change.after.member_status(after.organization, person);
    let leaves = status.is_none_or(|status| status == MemberStatus::Suspended);
    let names = crate::permission::Permission::new("BotOwner", "update");
    let may = names.is_ok_and(|names| of_actor(change.before, change.actor, scope, &names, change.now).holds_any());
    leaves && after.owner.is_some_and(|owner| owner != person) && may
}

/// With `manage_peers` off: the person does not hold what the actor uses.
fn check_peer(change: &Change<'_>, scope: Scope, person: UserId) -> Result<(), Refusal> {
    let organization = match scope {
        Scope::Organization(id) => Some(id),
        Scope::Bot(id) => change.before.bot(id).map(|bot| bot.organization),
    };
    let manage_peers =
        organization.and_then(|id| change.before.organization(id)).is_some_and(|facts| facts.policies.manage_peers);
    if manage_peers {
        return Ok(());
    }
    for (at, permission) in change.using.iter().filter(|(at, _)| *at == scope) {
        if of_person(change.before, person, *at, permission, change.now).holds_any() {
            return Err(Refusal::ProtectsPeer { scope, permission: permission.clone(), person });
        }
    }
    Ok(())
}

/// Who owns the scope.
fn owner(change: &Change<'_>, scope: Scope) -> Option<UserId> {
    match scope {
        Scope::Organization(id) => change.before.organization(id)?.owner,
        Scope::Bot(id) => change.before.bot(id)?.owner,
    }
}

/// Whether the actor owns the scope, or the organization it is in: nobody there is their peer.
fn owns(change: &Change<'_>, scope: Scope) -> bool {
    let actor = change.person();
    let above = match scope {
        Scope::Organization(_) => None,
        Scope::Bot(id) => change.before.bot(id).and_then(|bot| change.before.organization(bot.organization)?.owner),
    };
    actor.is_some() && (owner(change, scope) == actor || above == actor)
}

/// Refuses what nobody does to themselves. Leaving is free.
pub(super) fn check_self(change: &Change<'_>) -> Result<(), Refusal> {
    let Some(actor) = change.person() else { return Ok(()) };
    // An organization that ends takes everybody's roles along.
    let goes_on = |id: &OrganizationId| change.after.organization(*id).is_some_and(|facts| !facts.deleted);
    let organizations: BTreeSet<OrganizationId> = change
        .after
        .organizations_of(actor)
        .filter(|id| change.before.member_status(*id, actor).is_some() && goes_on(id))
        .collect();
    for id in organizations {
        let status = |directory: &crate::directory::Directory| directory.member_status(id, actor);
        let (before, after) = (status(change.before), status(change.after));
        if before == Some(MemberStatus::Active) && after == Some(MemberStatus::Suspended) {
            return Err(Refusal::OwnSuspension);
        }
        if administers(change.before, id, actor, change.now) && !administers(change.after, id, actor, change.now) {
            return Err(Refusal::OwnAdministration);
        }
    }
    Ok(())
}
