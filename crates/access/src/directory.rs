//! All facts, in memory, at one revision.
//!
//! Immutable in use: a change clones (cheap: structure is shared) and replaces units. Whoever holds a
//! directory holds a snapshot.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};

use crate::facts::{
    AccountFacts, BotFacts, Facts, KeyFacts, MemberFacts, OrganizationFacts, PartnershipFacts, RoleFacts, Unit, Update,
};
use crate::id::{BotId, KeyId, OrganizationId, PartnershipId, RoleId, UserId};

/// The number of an access-changing write: commit order, without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// All facts at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    revision: Revision,
    organizations: HashMap<OrganizationId, Arc<OrganizationFacts>>,
    accounts: HashMap<UserId, Arc<AccountFacts>>,
    members: OrdMap<(OrganizationId, UserId), Arc<MemberFacts>>,
    memberships: OrdSet<(UserId, OrganizationId)>,
    roles: HashMap<RoleId, Arc<RoleFacts>>,
    roles_in: OrdSet<(OrganizationId, RoleId)>,
    bots: HashMap<BotId, Arc<BotFacts>>,
    bots_in: OrdSet<(OrganizationId, BotId)>,
    on_bots: OrdSet<(UserId, BotId)>,
    partnerships: HashMap<PartnershipId, Arc<PartnershipFacts>>,
    pairs: OrdSet<([OrganizationId; 2], PartnershipId)>,
    keys: HashMap<KeyId, Arc<KeyFacts>>,
}

impl Directory {
    /// The write that this directory includes, and all before it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Says which write the directory now includes.
    pub fn set_revision(&mut self, revision: Revision) {
        self.revision = revision;
    }

    /// Replaces or removes one unit.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Remove(unit) => self.remove(unit),
            Update::Set(facts) => self.set(facts),
        }
    }

    fn set(&mut self, facts: Facts) {
        self.remove(unit_of(&facts));
        match facts {
            Facts::Organization(facts) => {
                self.organizations.insert(facts.id, Arc::new(facts));
            }
            Facts::Account(facts) => {
                self.accounts.insert(facts.id, Arc::new(facts));
            }
            Facts::Member(facts) => {
                self.memberships.insert((facts.user, facts.organization));
                self.members.insert((facts.organization, facts.user), Arc::new(facts));
            }
            Facts::Role(facts) => {
                self.roles_in.insert((facts.organization, facts.id));
                self.roles.insert(facts.id, Arc::new(facts));
            }
            Facts::Bot(facts) => {
                self.bots_in.insert((facts.organization, facts.id));
                self.on_bots.extend(facts.team.iter().map(|entry| (entry.user, facts.id)));
                self.bots.insert(facts.id, Arc::new(facts));
            }
            Facts::Partnership(facts) => {
                self.pairs.insert((pair(facts.between), facts.id));
                self.partnerships.insert(facts.id, Arc::new(facts));
            }
            Facts::Key(facts) => {
                self.keys.insert(facts.id, Arc::new(facts));
            }
        }
    }

    fn remove(&mut self, unit: Unit) {
        match unit {
            Unit::Organization(id) => {
                self.organizations.remove(&id);
            }
            Unit::Account(id) => {
                self.accounts.remove(&id);
            }
            Unit::Member(organization, user) => {
                self.members.remove(&(organization, user));
                self.memberships.remove(&(user, organization));
            }
            Unit::Role(id) => {
                if let Some(role) = self.roles.remove(&id) {
                    self.roles_in.remove(&(role.organization, id));
                }
            }
            Unit::Bot(id) => {
                if let Some(bot) = self.bots.remove(&id) {
                    self.bots_in.remove(&(bot.organization, id));
                    for entry in &bot.team {
                        self.on_bots.remove(&(entry.user, id));
                    }
                }
            }
            Unit::Partnership(id) => {
                if let Some(partnership) = self.partnerships.remove(&id) {
                    self.pairs.remove(&(pair(partnership.between), id));
                }
            }
            Unit::Key(id) => {
                self.keys.remove(&id);
            }
        }
    }

    /// Every unit that has facts.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        let members = self.members.keys().map(|(organization, user)| Unit::Member(*organization, *user));
        let organizations = self.organizations.keys().map(|id| Unit::Organization(*id));
        organizations
            .chain(self.accounts.keys().map(|id| Unit::Account(*id)))
            .chain(members)
            .chain(self.roles.keys().map(|id| Unit::Role(*id)))
            .chain(self.bots.keys().map(|id| Unit::Bot(*id)))
            .chain(self.partnerships.keys().map(|id| Unit::Partnership(*id)))
            .chain(self.keys.keys().map(|id| Unit::Key(*id)))
    }

    /// The facts of a unit.
    #[must_use]
    pub fn facts(&self, unit: Unit) -> Option<Facts> {
        Some(match unit {
            Unit::Organization(id) => Facts::Organization(self.organizations.get(&id)?.as_ref().clone()),
            Unit::Account(id) => Facts::Account(self.accounts.get(&id)?.as_ref().clone()),
            Unit::Member(organization, user) => {
                Facts::Member(self.members.get(&(organization, user))?.as_ref().clone())
            }
            Unit::Role(id) => Facts::Role(self.roles.get(&id)?.as_ref().clone()),
            Unit::Bot(id) => Facts::Bot(self.bots.get(&id)?.as_ref().clone()),
            Unit::Partnership(id) => Facts::Partnership(self.partnerships.get(&id)?.as_ref().clone()),
            Unit::Key(id) => Facts::Key(self.keys.get(&id)?.as_ref().clone()),
        })
    }

    /// An organization's facts (deleted ones included).
    #[must_use]
    pub fn organization(&self, id: OrganizationId) -> Option<&Arc<OrganizationFacts>> {
        self.organizations.get(&id)
    }

    /// An account's facts.
    #[must_use]
    pub fn account(&self, id: UserId) -> Option<&Arc<AccountFacts>> {
        self.accounts.get(&id)
    }

    /// A membership's facts, whatever its status.
    #[must_use]
    pub fn member(&self, organization: OrganizationId, user: UserId) -> Option<&Arc<MemberFacts>> {
        self.members.get(&(organization, user))
    }

    /// A role's facts.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&Arc<RoleFacts>> {
        self.roles.get(&id)
    }

    /// A bot's facts.
    #[must_use]
    pub fn bot(&self, id: BotId) -> Option<&Arc<BotFacts>> {
        self.bots.get(&id)
    }

    /// A partnership's facts.
    #[must_use]
    pub fn partnership(&self, id: PartnershipId) -> Option<&Arc<PartnershipFacts>> {
        self.partnerships.get(&id)
    }

    /// The agreements that the organization has or was asked for.
    pub fn partnerships_of(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<PartnershipFacts>> {
        self.partnerships.values().filter(move |agreement| agreement.between.contains(&organization))
    }

    /// A key's facts.
    #[must_use]
    pub fn key(&self, id: KeyId) -> Option<&Arc<KeyFacts>> {
        self.keys.get(&id)
    }

    /// The people with a membership (of any status) in the organization, in id order.
    pub fn members(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<MemberFacts>> {
        self.members
            .range((organization, UserId(uuid::Uuid::nil()))..=(organization, UserId(uuid::Uuid::max())))
            .map(|(_, facts)| facts)
    }

    /// The organization's roles, in id order.
    pub fn roles(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<RoleFacts>> {
        self.roles_in
            .range((organization, RoleId(uuid::Uuid::nil()))..=(organization, RoleId(uuid::Uuid::max())))
            .filter_map(|(_, id)| self.roles.get(id))
    }

    /// The organization's bots, in id order.
    pub fn bots(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<BotFacts>> {
        self.bots_in
            .range((organization, BotId(uuid::Uuid::nil()))..=(organization, BotId(uuid::Uuid::max())))
            .filter_map(|(_, id)| self.bots.get(id))
    }

    /// The organizations in which the person has a membership of any status, in id order.
    pub fn organizations_of(&self, user: UserId) -> impl Iterator<Item = OrganizationId> {
        self.memberships
            .range((user, OrganizationId(uuid::Uuid::nil()))..=(user, OrganizationId(uuid::Uuid::max())))
            .map(|(_, organization)| *organization)
    }

    /// The bots on whose team the person is (entries of any organization, expired ones included).
    pub fn bots_of(&self, user: UserId) -> impl Iterator<Item = &Arc<BotFacts>> {
        self.on_bots
            .range((user, BotId(uuid::Uuid::nil()))..=(user, BotId(uuid::Uuid::max())))
            .filter_map(|(_, id)| self.bots.get(id))
    }

    /// The agreements between two organizations.
    pub fn partnerships(
        &self,
        one: OrganizationId,
        other: OrganizationId,
    ) -> impl Iterator<Item = &Arc<PartnershipFacts>> {
        let pair = pair([one, other]);
        self.pairs
            .range((pair, PartnershipId(uuid::Uuid::nil()))..=(pair, PartnershipId(uuid::Uuid::max())))
            .filter_map(|(_, id)| self.partnerships.get(id))
    }
}

fn pair([one, other]: [OrganizationId; 2]) -> [OrganizationId; 2] {
    if one <= other { [one, other] } else { [other, one] }
}

/// The name of these facts' unit.
fn unit_of(facts: &Facts) -> Unit {
    match facts {
        Facts::Organization(facts) => Unit::Organization(facts.id),
        Facts::Account(facts) => Unit::Account(facts.id),
        Facts::Member(facts) => Unit::Member(facts.organization, facts.user),
        Facts::Role(facts) => Unit::Role(facts.id),
        Facts::Bot(facts) => Unit::Bot(facts.id),
        Facts::Partnership(facts) => Unit::Partnership(facts.id),
        Facts::Key(facts) => Unit::Key(facts.id),
    }
}
