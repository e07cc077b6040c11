//! No escalation, and nothing reserved.
//!
//! For each permission that a change newly gives to anybody at a scope, its maker can do it there now,
//! with at least that relation, and what is given ends no later than the maker's own.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::holds::{of_actor, of_person};
use super::{Change, Refusal, programs};
use crate::catalogue;
use crate::decide::Scope;
use crate::directory::{Directory, Role};
use crate::facts::{MemberFacts, OrganizationFacts, TeamEntry, Unit};
use crate::id::{BotId, OrganizationId, PartnershipId, RoleId, UserId};
use crate::kind::Kind;
use crate::permission::{Permission, Relation};

/// What may differ for one person in one organization.
#[derive(Default)]
struct Stake {
    /// Permissions that may differ; none: all of them.
    permissions: Option<BTreeSet<Permission>>,
    /// Bots where they may; none: the organization and all of its bots.
    bots: Option<BTreeSet<BotId>>,
}

impl Stake {
    fn everywhere(permissions: Option<BTreeSet<Permission>>) -> Self {
        Self { permissions, bots: None }
    }

    fn merge(&mut self, other: Self) {
        self.permissions = match (self.permissions.take(), other.permissions) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
        self.bots = match (self.bots.take(), other.bots) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
    }
}

/// Refuses to grant what only ownership gives.
pub(super) fn check_reserved(change: &Change<'_>) -> Result<(), Refusal> {
    for unit in change.touched {
        let (organization, before, after) = granted(change, *unit);
        let Some(facts) = organization.and_then(|id| change.after.organization(id)) else { continue };
        let reserved = |permission: &&Permission| facts.policies.reserved.contains(*permission);
        if let Some(permission) = after.difference(&before).find(reserved) {
            return Err(Refusal::Reserved { organization: facts.id, permission: permission.clone() });
        }
    }
    Ok(())
}

/// Refuses to give a partner's people single permissions beyond what their organization is offered.
pub(super) fn check_caps(change: &Change<'_>) -> Result<(), Refusal> {
    for unit in change.touched {
        let Unit::Bot(id) = *unit else { continue };
        let (Some(_), Some(after)) = (change.before.bot(id), change.after.bot(id)) else { continue };
        for entry in change.after.team(id).filter(|entry| entry.through != after.organization) {
            let cap = after.offers.iter().find(|offer| offer.partner == entry.through).map(|offer| &offer.cap);
            let held = change.before.entry(id, entry.user);
            let is_new = |permission: &Permission| {
                held.as_ref().is_none_or(|held| held.permissions.iter().all(|grant| grant.permission != *permission))
            };
            let within = |permission: &Permission| cap.is_some_and(|cap| cap.contains(permission));
            let mut given = entry.permissions.iter().map(|grant| &grant.permission);
            if let Some(permission) = given.find(|permission| is_new(permission) && !within(permission)) {
                let (scope, permission) = (Scope::Bot(id), permission.clone());
                return Err(Refusal::BeyondCap { scope, permission, person: entry.user });
            }
        }
    }
    Ok(())
}

/// The permissions that a unit names itself, before and after (single ones, or a role's own).
fn granted(change: &Change<'_>, unit: Unit) -> (Option<OrganizationId>, BTreeSet<Permission>, BTreeSet<Permission>) {
    let of_role = |role: Option<&std::sync::Arc<Role>>| -> BTreeSet<Permission> {
        role.iter().flat_map(|role| role.permissions.iter().map(|(permission, _)| permission.clone())).collect()
    };
    let of_member = |member: Option<MemberFacts>| -> BTreeSet<Permission> {
        member.into_iter().flat_map(|member| member.permissions).map(|grant| grant.permission).collect()
    };
    let of_bot = |directory: &Directory, bot: BotId| -> BTreeSet<Permission> {
        directory.team(bot).flat_map(|entry| entry.permissions).map(|grant| grant.permission).collect()
    };
    match unit {
        Unit::Role(id) => {
            let after = change.after.role(id);
            (after.map(|role| role.organization), of_role(change.before.role(id)), of_role(after))
        }
        Unit::Member(organization, user) => (
            Some(organization),
            of_member(change.before.member(organization, user)),
            of_member(change.after.member(organization, user)),
        ),
        Unit::Bot(id) => {
            let after = change.after.bot(id);
            (after.map(|bot| bot.organization), of_bot(change.before, id), of_bot(change.after, id))
        }
        Unit::Grant(id) => programs::granted(change, id),
        Unit::Organization(_)
        | Unit::Account(_)
        | Unit::Partnership(_)
        | Unit::Key(_)
        | Unit::Model(_)
        | Unit::Resource(_)
        | Unit::Subject(_) => (None, BTreeSet::new(), BTreeSet::new()),
    }
}

/// Refuses to give anybody what the maker of the change cannot do.
pub(super) fn check_gains(change: &Change<'_>) -> Result<(), Refusal> {
    let mut stakes: BTreeMap<(OrganizationId, UserId), Stake> = BTreeMap::new();
    let mut add = |organization, user, stake: Stake| match stakes.entry((organization, user)) {
        std::collections::btree_map::Entry::Vacant(vacant) => {
            vacant.insert(stake);
        }
        std::collections::btree_map::Entry::Occupied(mut occupied) => occupied.get_mut().merge(stake),
    };
    for unit in change.touched {
        match *unit {
            Unit::Member(organization, user) => {
                add(organization, user, Stake::everywhere(member_stake(change, organization, user)))
            }
            Unit::Role(role) => role_stakes(change, role, &mut add)?,
            Unit::Bot(bot) => bot_stakes(change, bot, &mut add),
            Unit::Organization(id) if organization_differs(change, id) => {
                for user in change.after.members(id) {
                    add(id, user, Stake::everywhere(None));
                }
            }
            Unit::Partnership(id) => partnership_stakes(change, id, &mut add),
            Unit::Organization(_) | Unit::Account(_) | Unit::Key(_) => {}
            // What is given on programs' models: see `programs`.
            Unit::Model(_) | Unit::Resource(_) | Unit::Subject(_) | Unit::Grant(_) => {}
        }
    }
    // One of a kind stands for all of it.
    let mut checked: HashSet<(OrganizationId, Kind, Kind, Option<&BTreeSet<Permission>>)> = HashSet::new();
    for ((organization, user), stake) in &stakes {
        let kinds = change.before.kind(*organization, *user).zip(change.after.kind(*organization, *user));
        if stake.bots.is_none()
            && let Some((before, after)) = kinds
            && !checked.insert((*organization, before, after, stake.permissions.as_ref()))
        {
            continue;
        }
        check_stake(change, *organization, *user, stake)?;
    }
    Ok(())
}

/// The permissions that may differ for a member whose unit was touched: those of the roles and single grants
/// that differ.
fn member_stake(change: &Change<'_>, organization: OrganizationId, user: UserId) -> Option<BTreeSet<Permission>> {
    let before = change.before.member(organization, user);
    let after = change.after.member(organization, user)?;
    let before = before?;
    let mut permissions = BTreeSet::new();
    for grant in after.roles.iter().filter(|grant| !before.roles.contains(grant)) {
        let role = change.after.role(grant.role)?;
        if role.everything {
            return None;
        }
        permissions.extend(role.permissions.iter().map(|(permission, _)| permission.clone()));
        permissions.extend(programs::given_on_all(change.after, grant.role));
    }
    for grant in after.permissions.iter().filter(|grant| !before.permissions.contains(grant)) {
        permissions.insert(grant.permission.clone());
    }
    Some(permissions)
}

fn role_stakes(
    change: &Change<'_>,
    id: RoleId,
    add: &mut impl FnMut(OrganizationId, UserId, Stake),
) -> Result<(), Refusal> {
    let Some(after) = change.after.role(id) else { return Ok(()) };
    let permissions = role_stake(change.before.role(id).map(|role| &**role), after);
    if permissions.as_ref().is_some_and(BTreeSet::is_empty) {
        return Ok(());
    }
    if after.public {
        check_public(change, after, permissions.as_ref())?;
    }
    for user in change.after.holders(id) {
        add(after.organization, user, Stake::everywhere(permissions.clone()));
    }
    for (bot, user) in change.after.holders_on_bots(id) {
        let bots = Some(BTreeSet::from([bot]));
        add(after.organization, user, Stake { permissions: permissions.clone(), bots });
    }
    Ok(())
}

/// The permissions that differ in a role; none: all may.
fn role_stake(before: Option<&Role>, after: &Role) -> Option<BTreeSet<Permission>> {
    let empty = BTreeSet::new();
    if let Some(before) = before
        && (before.reach != after.reach || before.everything != after.everything)
    {
        return None;
    }
    if before.is_none() && after.everything {
        return None;
    }
    let old = before.map_or(&empty, |role| &*role.permissions);
    Some(after.permissions.difference(old).map(|(permission, _)| permission.clone()).collect())
}

/// What the role for anonymous callers newly gives to anybody must be the maker's on every bot.
fn check_public(change: &Change<'_>, role: &Role, permissions: Option<&BTreeSet<Permission>>) -> Result<(), Refusal> {
    let public = catalogue::permissions().filter(catalogue::is_public);
    for permission in public.filter(|permission| permissions.is_none_or(|all| all.contains(permission))) {
        let gives = role.everything || role.permissions.contains(&(permission.clone(), Relation::Role));
        for bot in change.bots(role.organization) {
            let scope = Scope::Bot(bot);
            if gives && !of_actor(change.before, change.actor, scope, &permission, change.now).holds_any() {
                return Err(Refusal::Escalation { scope, permission, person: None });
            }
        }
    }
    Ok(())
}

fn bot_stakes(change: &Change<'_>, id: BotId, add: &mut impl FnMut(OrganizationId, UserId, Stake)) {
    // A new bot is its maker's own: nobody could do anything there before.
    let (Some(before), Some(after)) = (change.before.bot(id), change.after.bot(id)) else { return };
    let owner_differs = before.owner != after.owner;
    let offers_differ = before.offers != after.offers;
    // An entry that goes counts too: with it goes the cap that held back what a member has by other facts.
    let people: BTreeSet<UserId> = change.before.on_team(id).chain(change.after.on_team(id)).collect();
    for user in people {
        let (old, new) = (change.before.entry(id, user), change.after.entry(id, user));
        let partner = |entry: &TeamEntry| entry.through != after.organization;
        let owner = owner_differs && after.owner == Some(user);
        let capped = offers_differ && (old.as_ref().is_some_and(partner) || new.as_ref().is_some_and(partner));
        if owner || capped || old != new {
            add(after.organization, user, Stake { permissions: None, bots: Some(BTreeSet::from([id])) });
        }
    }
}

/// What a partnership that begins, or goes on, gives to people on the other's bots. What the other side offers is its own
/// word: a side is asked for its own bots only.
fn partnership_stakes(change: &Change<'_>, id: PartnershipId, add: &mut impl FnMut(OrganizationId, UserId, Stake)) {
    let Some(after) = change.after.partnership(id) else { return };
    if change.before.partnership(id) == Some(after) {
        return;
    }
    let [one, other] = after.between;
    for (host, guest) in [(one, other), (other, one)] {
        if change.by_partner(guest) && !change.by_partner(host) {
            continue;
        }
        for bot in change.after.bots(host) {
            for entry in change.after.team(bot.id).filter(|entry| entry.through == guest) {
                add(host, entry.user, Stake { permissions: None, bots: Some(BTreeSet::from([bot.id])) });
            }
        }
    }
}

/// Whether somebody gets no more than to see a bot that is offered to their organization, enabled by whoever may there
/// (P-7): the offer is the word of the bot's side.
fn enabled_by_partner(change: &Change<'_>, user: UserId, scope: Scope, permission: &Permission) -> bool {
    let Scope::Bot(id) = scope else { return false };
    let (Some(before), Some(after)) = (change.before.bot(id), change.after.bot(id)) else { return false };
    let is_new = change.before.entry(id, user).is_none();
    let Some(entry) = change.after.entry(id, user) else { return false };
    let offered = before.offers == after.offers && before.offers.iter().any(|offer| offer.partner == entry.through);
    let sees = permission.model.as_str() == "Bot" && permission.action.as_str() == "read";
    is_new && offered && sees && entry.through != after.organization && change.by_partner(entry.through)
}

fn organization_differs(change: &Change<'_>, id: OrganizationId) -> bool {
    let gist = |facts: &std::sync::Arc<OrganizationFacts>| (facts.owner, facts.policies.reserved.clone());
    match (change.before.organization(id), change.after.organization(id)) {
        (Some(before), Some(after)) => gist(before) != gist(after),
        _ => false,
    }
}

fn check_stake(change: &Change<'_>, organization: OrganizationId, user: UserId, stake: &Stake) -> Result<(), Refusal> {
    let all;
    let permissions = if let Some(permissions) = &stake.permissions {
        permissions
    } else {
        all = change.after.permissions_of(Scope::Organization(organization));
        &all
    };
    if stake.bots.is_none() {
        check_scope(change, user, Scope::Organization(organization), permissions)?;
    }
    let bots = match &stake.bots {
        Some(bots) => bots.iter().copied().filter(|bot| change.lasts(*bot)).collect(),
        None => change.distinct_bots(organization, user),
    };
    bots.into_iter().try_for_each(|bot| check_scope(change, user, Scope::Bot(bot), permissions))
}

fn check_scope(
    change: &Change<'_>,
    user: UserId,
    scope: Scope,
    permissions: &BTreeSet<Permission>,
) -> Result<(), Refusal> {
    for permission in permissions {
        let after = of_person(change.after, user, scope, permission, change.now);
        let before = of_person(change.before, user, scope, permission, change.now);
        if !after.exceeds(before) {
            continue;
        }
        let giver = of_actor(change.before, change.actor, scope, permission, change.now);
        if after.newly(before).exceeds(giver) && !enabled_by_partner(change, user, scope, permission) {
            return Err(Refusal::Escalation { scope, permission: permission.clone(), person: Some(user) });
        }
    }
    Ok(())
}
