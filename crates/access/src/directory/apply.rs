//! Changes: a unit is now so, or gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::people::{ACCOUNT, SIGNS_IN, VERIFIED};
use super::role::bits;
use super::rows::{NewRow, Place, What};
use super::{Bot, Directory, FOREIGN, OrganizationHead, pair};
use crate::facts::{
    AccountFacts, BotFacts, Facts, MemberFacts, OrganizationFacts, PermissionGrant, Provenance, RoleFacts, RoleGrant,
    TeamEntry, Unit, Update,
};
use crate::id::{BotId, OrganizationId, PartnershipId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

impl Directory {
    /// Replaces or removes one unit.
    pub fn apply(&mut self, update: Update) {
        match update {
            Update::Remove(unit) => self.remove(unit),
            Update::Set(facts) => self.set(facts),
        }
    }

    fn set(&mut self, facts: Facts) {
        match facts {
            Facts::Organization(facts) => self.set_organization(facts.id, Some(facts)),
            Facts::Account(facts) => self.set_account(facts),
            Facts::Member(facts) => self.set_member(&facts),
            Facts::Role(facts) => {
                self.remove_role(facts.id);
                self.set_role(facts);
            }
            Facts::Bot(facts) => self.set_bot(facts),
            Facts::Partnership(facts) => {
                self.remove_partnership(facts.id);
                self.pairs.insert((pair(facts.between), facts.id));
                self.partnerships.insert(facts.id, Arc::new(facts));
            }
            Facts::Key(facts) => {
                self.keys.insert(facts.id, Arc::new(facts));
            }
            Facts::Model(facts) => self.programs.set_model(facts),
            Facts::Resource(facts) => self.programs.set_resource(facts),
            Facts::Subject(facts) => self.programs.set_subject(facts),
            Facts::Grant(facts) => self.programs.set_grant(facts),
        }
    }

    fn remove(&mut self, unit: Unit) {
        match unit {
            Unit::Organization(id) => self.set_organization(id, None),
            Unit::Account(id) => {
                if let Some(person) = self.people.find(id) {
                    self.people.set_account(person, 0);
                }
            }
            Unit::Member(organization, user) => self.remove_member(organization, user),
            Unit::Role(id) => self.remove_role(id),
            Unit::Bot(id) => self.remove_bot(id),
            Unit::Partnership(id) => self.remove_partnership(id),
            Unit::Key(id) => {
                self.keys.remove(&id);
            }
            Unit::Model(id) => self.programs.remove_model(id),
            Unit::Resource(id) => self.programs.remove_resource(id),
            Unit::Subject(id) => self.programs.remove_subject(id),
            Unit::Grant(id) => self.programs.remove_grant(id),
        }
    }

    fn set_organization(&mut self, id: OrganizationId, facts: Option<OrganizationFacts>) {
        let owner = facts.as_ref().and_then(|facts| facts.owner).map(|owner| self.people.number(owner));
        let number = self.organizations.number(id.0);
        let Some(slot) = self.organizations.get_mut(number) else { return };
        let live = facts.as_ref().is_some_and(|facts| !facts.deleted);
        let reserved = facts.as_ref().map(|facts| bits(&facts.policies.reserved)).unwrap_or_default();
        slot.facts = facts.map(Arc::new);
        if let Some(head) = self.organization_heads.get_mut(number) {
            *head = OrganizationHead { reserved, owner, live };
        }
    }

    fn set_account(&mut self, facts: AccountFacts) {
        let verified = if facts.verified { VERIFIED } else { 0 };
        let signs_in = if facts.can_sign_in { SIGNS_IN } else { 0 };
        let person = self.people.number(facts.id);
        self.people.set_account(person, ACCOUNT | verified | signs_in);
    }

    fn set_member(&mut self, facts: &MemberFacts) {
        let organization = self.organizations.number(facts.organization.0);
        let person = self.people.number(facts.user);
        let head =
            NewRow { what: What::Member(facts.status), given_at: Timestamp(0), given_by: None, expires_at: None };
        let rows = self.rows(head, &facts.roles, &facts.permissions);
        let is_new = self.people.replace(person, Place::organization(organization), &rows);
        if is_new && let Some(slot) = self.organizations.get_mut(organization) {
            slot.members.add(person, |number| self.people.id(number).0);
        }
    }

    /// The rows of one scope: that somebody belongs there, and what they are given.
    fn rows(&mut self, head: NewRow, roles: &[RoleGrant], permissions: &[PermissionGrant]) -> Vec<NewRow> {
        let mut rows = Vec::with_capacity(1 + roles.len() + permissions.len());
        rows.push(head);
        for grant in roles {
            let role = self.role_table.number(grant.role);
            rows.push(self.row(What::Role(role), grant.provenance));
        }
        for grant in permissions {
            let permission = self.number_permission(&grant.permission);
            rows.push(self.row(What::Permission(permission), grant.provenance));
        }
        rows
    }

    fn row(&mut self, what: What, provenance: Provenance) -> NewRow {
        let given_by = provenance.given_by.map(|giver| self.people.number(giver));
        NewRow { what, given_at: provenance.given_at, given_by, expires_at: provenance.expires_at }
    }

    fn number_permission(&mut self, permission: &Permission) -> u32 {
        if let Some(number) = self.permission_number(permission) {
            return number;
        }
        let number = FOREIGN + u32::try_from(self.foreign_by_number.len()).unwrap_or(u32::MAX - FOREIGN);
        self.foreign.insert(permission.clone(), number);
        self.foreign_by_number.push_back(permission.clone());
        number
    }

    fn remove_member(&mut self, organization: OrganizationId, user: UserId) {
        let numbers = self.organizations.find(organization.0).zip(self.people.find(user));
        let Some((organization, person)) = numbers else { return };
        self.people.replace(person, Place::organization(organization), &[]);
        if let Some(slot) = self.organizations.get_mut(organization) {
            slot.members.remove(person, |number| self.people.id(number).0);
        }
    }

    fn set_role(&mut self, facts: RoleFacts) {
        let organization = self.organizations.number(facts.organization.0);
        let number = self.role_table.number(facts.id);
        self.role_table.set(number, organization, facts);
        let roles = self.role_table.slots();
        if let Some(slot) = self.organizations.get_mut(organization) {
            slot.roles.add(number, |number| roles.get(number).map(|slot| slot.id().0).unwrap_or_default());
        }
    }

    fn remove_role(&mut self, id: RoleId) {
        let Some(number) = self.role_table.slots().find(id.0) else { return };
        let Some(organization) = self.role_table.remove(number) else { return };
        let roles = self.role_table.slots();
        if let Some(slot) = self.organizations.get_mut(organization) {
            slot.roles.remove(number, |number| roles.get(number).map(|slot| slot.id().0).unwrap_or_default());
        }
    }

    fn set_bot(&mut self, facts: BotFacts) {
        let number = self.bots.number(facts.id);
        let organization = self.organizations.number(facts.organization.0);
        let owner = facts.owner.map(|owner| self.people.number(owner));
        let moved = self.bots.get(number).is_none_or(|slot| slot.bot.is_none() || slot.organization != organization);
        if moved {
            self.remove_bot(facts.id);
        }
        let BotFacts { id, organization: of, owner: owned_by, published, team, offers } = facts;
        self.bots.set(number, organization, owner, Bot { id, organization: of, owner: owned_by, published, offers });
        if moved && let Some(slot) = self.organizations.get_mut(organization) {
            slot.bots.add(number, |number| self.bots.get(number).map(|slot| slot.id().0).unwrap_or_default());
        }
        self.set_team(number, team);
    }

    /// The team is this now; entries that do not differ are left as they are.
    fn set_team(&mut self, bot: u32, team: Vec<TeamEntry>) {
        let place = Place::bot(bot);
        let mut roster = self.bots.get(bot).map(|slot| slot.team.clone()).unwrap_or_default();
        // Once each: the last counts.
        let team: BTreeMap<u32, TeamEntry> =
            team.into_iter().map(|entry| (self.people.number(entry.user), entry)).collect();
        let gone: BTreeSet<u32> = roster.iter().filter(|person| !team.contains_key(person)).collect();
        for person in gone {
            self.people.replace(person, place, &[]);
            roster.remove(person, |number| self.people.id(number).0);
        }
        for (person, entry) in team {
            let through = self.organizations.number(entry.through.0);
            let head = self.row(What::Entry(through), entry.provenance);
            let rows = self.rows(head, &entry.roles, &entry.permissions);
            if self.people.replace(person, place, &rows) {
                roster.add(person, |number| self.people.id(number).0);
            }
        }
        self.bots.set_team(bot, roster);
    }

    fn remove_bot(&mut self, id: BotId) {
        let Some(number) = self.bots.find(id) else { return };
        self.set_team(number, Vec::new());
        let Some(organization) = self.bots.remove(number) else { return };
        if let Some(slot) = self.organizations.get_mut(organization) {
            slot.bots.remove(number, |number| self.bots.get(number).map(|slot| slot.id().0).unwrap_or_default());
        }
    }

    fn remove_partnership(&mut self, id: PartnershipId) {
        if let Some(partnership) = self.partnerships.remove(&id) {
            self.pairs.remove(&(pair(partnership.between), id));
        }
    }
}
