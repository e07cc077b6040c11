//! What a change of facts does: who gains what, who loses what, where.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::catalogue::{self, Level};
use crate::decide::{Scope, Subject};
use crate::directory::Directory;
use crate::effective::Extent;
use crate::facts::{Holder, Unit};
use crate::id::{BotId, OrganizationId, UserId};
use crate::kind::Kind;
use crate::permission::{Permission, Relation};
use crate::timestamp::Timestamp;

/// What differs for somebody at one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// What they may do after and not before: `role` on any record there, `owner` on their own only.
    pub gains: BTreeSet<(Permission, Relation)>,
    /// What they may do before and not after.
    pub loses: BTreeSet<(Permission, Relation)>,
}

/// What differs for one person in one organization.
#[derive(Clone, Debug)]
pub struct PersonDifference {
    /// Who.
    pub user: UserId,
    /// Where.
    pub organization: OrganizationId,
    /// In the organization (its map: models of bots count if allowed on some bot).
    pub here: Arc<Delta>,
    /// On these bots.
    pub bots: Vec<(BotId, Arc<Delta>)>,
    /// On each of the organization's other bots.
    pub other_bots: (Arc<BTreeSet<BotId>>, Arc<Delta>),
}

impl PersonDifference {
    /// Every scope with what differs there.
    pub fn scopes(&self) -> impl Iterator<Item = (Scope, &Delta)> {
        let own: BTreeSet<BotId> = self.bots.iter().map(|(bot, _)| *bot).collect();
        let (others, delta) = &self.other_bots;
        let others = (!delta.is_empty()).then(|| others.iter().filter(move |bot| !own.contains(bot)));
        let others = others.into_iter().flatten().map(|bot| (Scope::Bot(*bot), &**delta));
        std::iter::once((Scope::Organization(self.organization), &*self.here))
            .chain(self.bots.iter().map(|(bot, delta)| (Scope::Bot(*bot), &**delta)))
            .chain(others)
            .filter(|(_, delta)| !delta.is_empty())
    }
}

impl Delta {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.loses.is_empty()
    }

    fn between(before: &Held, after: &Held) -> Self {
        let mut delta = Self::default();
        for permission in before.keys().chain(after.keys()) {
            match (before.get(permission).copied(), after.get(permission).copied()) {
                (old, new) if old == new => {}
                (Some(relation @ Relation::Role), _) | (Some(relation), None) => {
                    delta.loses.insert((permission.clone(), relation));
                }
                (_, Some(relation)) => {
                    delta.gains.insert((permission.clone(), relation));
                }
                (None, None) => {}
            }
        }
        delta
    }
}

/// What somebody may do at a scope: on any record, or their own.
type Held = BTreeMap<Permission, Relation>;

/// The facts before and after a change.
pub struct Comparison<'a> {
    /// Before.
    pub before: &'a Directory,
    /// After.
    pub after: &'a Directory,
    /// The units that may differ.
    pub touched: &'a [Unit],
    /// The instant.
    pub now: Timestamp,
}

/// What differs for a kind of people: in the organization, and on each bot.
type OfKind = (Arc<Delta>, Arc<Delta>);

impl Comparison<'_> {
    /// Everybody for whom something differs, in id order.
    #[must_use]
    pub fn differences(&self) -> Vec<PersonDifference> {
        let mut of_kind: HashMap<(OrganizationId, Kind, Kind), OfKind> = HashMap::new();
        let mut bots_of: HashMap<OrganizationId, Arc<BTreeSet<BotId>>> = HashMap::new();
        let mut found = Vec::new();
        for (organization, user) in self.concerned() {
            let bots = bots_of.entry(organization).or_insert_with(|| self.lasting_bots(organization));
            let kinds = self.before.kind(organization, user).zip(self.after.kind(organization, user));
            let key = kinds.filter(|_| self.changed_bots(organization).is_empty());
            let key = key.map(|(before, after)| (organization, before, after));
            let person = match key.as_ref().and_then(|key| of_kind.get(key)) {
                Some((here, each)) => PersonDifference {
                    user,
                    organization,
                    here: here.clone(),
                    bots: Vec::new(),
                    other_bots: (bots.clone(), each.clone()),
                },
                None => {
                    let person = self.person(organization, user, bots);
                    if let Some(key) = key {
                        of_kind.insert(key, (person.here.clone(), person.other_bots.1.clone()));
                    }
                    person
                }
            };
            let differs = !person.here.is_empty() || !person.other_bots.1.is_empty() || !person.bots.is_empty();
            if differs {
                found.push(person);
            }
        }
        found
    }

    /// The bots that are there before and after.
    fn lasting_bots(&self, organization: OrganizationId) -> Arc<BTreeSet<BotId>> {
        let both = self.before.bots(organization).filter(|bot| self.after.bot(bot.id).is_some());
        Arc::new(both.map(|bot| bot.id).collect())
    }

    /// Bots that are made or gone with the change.
    fn changed_bots(&self, organization: OrganizationId) -> BTreeSet<BotId> {
        let there = |directory: &Directory, id| directory.bot(id).is_some_and(|bot| bot.organization == organization);
        let touched = self.touched.iter().filter_map(|unit| if let Unit::Bot(id) = unit { Some(*id) } else { None });
        touched.filter(|id| there(self.before, *id) != there(self.after, *id)).collect()
    }

    fn person(&self, organization: OrganizationId, user: UserId, bots: &Arc<BTreeSet<BotId>>) -> PersonDifference {
        let mut own = self.before.own_bots(organization, user);
        own.extend(self.after.own_bots(organization, user));
        own.extend(self.changed_bots(organization));
        let any = bots.iter().find(|bot| !own.contains(bot)).copied();
        let (mut before_all, mut after_all) = (Held::new(), Held::new());
        let mut on_bot = |bot: BotId| {
            let before = self.held(self.before, user, Scope::Bot(bot));
            let after = self.held(self.after, user, Scope::Bot(bot));
            merge(&mut before_all, &before);
            merge(&mut after_all, &after);
            Delta::between(&before, &after)
        };
        let deltas: Vec<(BotId, Delta)> = own.iter().map(|bot| (*bot, on_bot(*bot))).collect();
        let others = any.map(on_bot).unwrap_or_default();
        let here = |directory: &Directory, held: Held| {
            let mut held =
                if directory.member_status(organization, user).is_some() { held } else { return Held::new() };
            merge(&mut held, &self.held(directory, user, Scope::Organization(organization)));
            held
        };
        let here = Delta::between(&here(self.before, before_all), &here(self.after, after_all));
        PersonDifference {
            user,
            organization,
            here: Arc::new(here),
            bots: deltas
                .into_iter()
                .filter(|(_, delta)| !delta.is_empty() || !others.is_empty())
                .map(|(bot, delta)| (bot, Arc::new(delta)))
                .collect(),
            other_bots: (bots.clone(), Arc::new(others)),
        }
    }

    /// What the person may do at the scope itself.
    fn held(&self, directory: &Directory, user: UserId, scope: Scope) -> Held {
        let subject = Subject::User(user);
        let mut held = Held::new();
        for permission in directory.permissions_of(scope) {
            let level = catalogue::level(&permission);
            let elsewhere = match scope {
                Scope::Organization(_) => level == Some(Level::Bot),
                Scope::Bot(_) => level == Some(Level::Organization),
            };
            if elsewhere {
                continue;
            }
            match directory.extent(subject, &permission, scope, self.now) {
                Extent::None => {}
                Extent::OwnedBy(_) => {
                    held.insert(permission, Relation::Owner);
                }
                Extent::All => {
                    held.insert(permission, Relation::Role);
                }
            }
        }
        held
    }

    /// Everybody for whom the touched units may count, with the organization in which they do.
    fn concerned(&self) -> BTreeSet<(OrganizationId, UserId)> {
        let mut people = BTreeSet::new();
        for directory in [self.before, self.after] {
            for unit in self.touched {
                concerned_by(directory, *unit, &mut people);
            }
        }
        let changed = self.touched.iter().filter_map(|unit| if let Unit::Bot(id) = unit { Some(*id) } else { None });
        for id in changed {
            let (old, new) = (self.before.bot(id), self.after.bot(id));
            if old.is_some() != new.is_some()
                && let Some(bot) = old.or(new)
            {
                let members = self.before.members(bot.organization).chain(self.after.members(bot.organization));
                people.extend(members.map(|user| (bot.organization, user)));
            }
        }
        people
    }
}

fn concerned_by(directory: &Directory, unit: Unit, people: &mut BTreeSet<(OrganizationId, UserId)>) {
    let on_bots = |user: UserId| directory.bots_of(user).map(move |bot| (bot.organization, user));
    match unit {
        Unit::Member(organization, user) => {
            people.insert((organization, user));
            people.extend(on_bots(user));
        }
        Unit::Account(user) => {
            people.extend(directory.organizations_of(user).map(|organization| (organization, user)));
            people.extend(on_bots(user));
        }
        Unit::Role(id) => {
            let Some(role) = directory.role(id) else { return };
            people.extend(directory.holders(id).map(|user| (role.organization, user)));
            people.extend(directory.holders_on_bots(id).map(|(_, user)| (role.organization, user)));
        }
        Unit::Bot(id) => {
            let Some(bot) = directory.bot(id) else { return };
            people.extend(directory.on_team(id).map(|user| (bot.organization, user)));
        }
        Unit::Organization(id) => {
            people.extend(directory.members(id).map(|user| (id, user)));
            people.extend(directory.bots(id).flat_map(|bot| directory.on_team(bot.id)).map(|user| (id, user)));
            // Its members on partners' bots.
            people.extend(directory.members(id).flat_map(on_bots));
        }
        Unit::Partnership(id) => {
            let Some(agreement) = directory.partnership(id) else { return };
            for organization in agreement.between {
                let entries = directory.bots(organization).flat_map(|bot| directory.team(bot.id));
                let partners = entries.filter(|entry| entry.through != organization);
                people.extend(partners.map(|entry| (organization, entry.user)));
            }
        }
        Unit::Grant(id) => {
            let Some(grant) = directory.grant(id) else { return };
            let Some(model) = directory.model(grant.model) else { return };
            match grant.holder {
                Holder::User(user) => {
                    people.insert((model.organization, user));
                }
                Holder::Role(role) => concerned_by(directory, Unit::Role(role), people),
                Holder::Subject(_) => {}
            }
        }
        // A model's actions count where somebody has every permission there is.
        Unit::Model(id) => {
            let Some(model) = directory.model(id) else { return };
            concerned_by(directory, Unit::Organization(model.organization), people);
        }
        Unit::Key(_) | Unit::Resource(_) | Unit::Subject(_) => {}
    }
}

/// What is held at one of two places.
fn merge(all: &mut Held, more: &Held) {
    for (permission, relation) in more {
        let held = all.entry(permission.clone()).or_insert(*relation);
        if *relation == Relation::Role {
            *held = Relation::Role;
        }
    }
}
