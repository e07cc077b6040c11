//! Facts read back: by unit, and who belongs where.

use std::sync::Arc;

use uuid::Uuid;

use super::people::{ACCOUNT, SIGNS_IN, VERIFIED};
use super::rows::{Held, Place, View, What};
use super::{Bot, BotHead, BotSlot, Directory, FOREIGN, OrganizationHead, OrganizationSlot, Role, RoleSlot, pair};
use crate::facts::{
    AccountFacts, BotFacts, Facts, KeyFacts, MemberFacts, MemberStatus, OrganizationFacts, PartnershipFacts,
    PermissionGrant, Provenance, RoleGrant, TeamEntry, Unit,
};
use crate::id::{BotId, KeyId, OrganizationId, PartnershipId, RoleId, UserId};
use crate::permission::Permission;

impl Directory {
    /// Every unit that has facts.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        let organizations = self.organizations.iter().filter(|slot| slot.facts.is_some());
        let people = self.people.all().filter(|number| self.people.account(*number) & ACCOUNT != 0);
        let members = self
            .organizations
            .iter()
            .flat_map(|slot| slot.members.iter().map(|number| Unit::Member(slot.id(), self.people.id(number))));
        organizations
            .map(|slot| Unit::Organization(slot.id()))
            .chain(people.map(|number| Unit::Account(self.people.id(number))))
            .chain(members)
            .chain(self.role_table.slots().iter().filter(|slot| slot.role.is_some()).map(|slot| Unit::Role(slot.id())))
            .chain(self.bots.iter().filter(|slot| slot.bot.is_some()).map(|slot| Unit::Bot(slot.id())))
            .chain(self.partnerships.keys().map(|id| Unit::Partnership(*id)))
            .chain(self.keys.keys().map(|id| Unit::Key(*id)))
            .chain(self.programs.units())
    }

    /// The facts of a unit.
    #[must_use]
    pub fn facts(&self, unit: Unit) -> Option<Facts> {
        Some(match unit {
            Unit::Organization(id) => Facts::Organization(self.organization(id)?.as_ref().clone()),
            Unit::Account(id) => Facts::Account(self.account(id)?),
            Unit::Member(organization, user) => Facts::Member(self.member(organization, user)?),
            Unit::Role(id) => Facts::Role(self.role(id)?.to_facts()),
            Unit::Bot(id) => {
                let Bot { id, organization, owner, published, offers } = self.bot(id)?.as_ref().clone();
                let team = self.team(id).collect();
                Facts::Bot(BotFacts { id, organization, owner, published, team, offers })
            }
            Unit::Partnership(id) => Facts::Partnership(self.partnerships.get(&id)?.as_ref().clone()),
            Unit::Key(id) => Facts::Key(self.keys.get(&id)?.as_ref().clone()),
            Unit::Model(_) | Unit::Resource(_) | Unit::Subject(_) | Unit::Grant(_) => return self.programs.facts(unit),
        })
    }

    /// An organization's facts (deleted ones included).
    #[must_use]
    pub fn organization(&self, id: OrganizationId) -> Option<&Arc<OrganizationFacts>> {
        self.organizations.by_id(id.0)?.facts.as_ref()
    }

    /// An account's facts.
    #[must_use]
    pub fn account(&self, id: UserId) -> Option<AccountFacts> {
        let known = self.people.account(self.people.find(id)?);
        let (verified, can_sign_in) = (known & VERIFIED != 0, known & SIGNS_IN != 0);
        (known & ACCOUNT != 0).then_some(AccountFacts { id, verified, can_sign_in })
    }

    /// A membership's facts, whatever its status.
    #[must_use]
    pub fn member(&self, organization: OrganizationId, user: UserId) -> Option<MemberFacts> {
        let place = Place::organization(self.organizations.find(organization.0)?);
        let rows = self.people.rows(self.people.find(user)?)?.at(place);
        let What::Member(status) = rows.iter().next()?.what() else { return None };
        let (roles, permissions) = self.grants(rows);
        Some(MemberFacts { organization, user, status, roles, permissions })
    }

    /// A membership's status.
    #[must_use]
    pub fn member_status(&self, organization: OrganizationId, user: UserId) -> Option<MemberStatus> {
        let place = Place::organization(self.organizations.find(organization.0)?);
        match self.people.rows(self.people.find(user)?)?.at(place).iter().next()?.what() {
            What::Member(status) => Some(status),
            _ => None,
        }
    }

    fn grants(&self, rows: View<'_>) -> (Vec<RoleGrant>, Vec<PermissionGrant>) {
        let (mut roles, mut permissions) = (Vec::new(), Vec::new());
        for row in rows.iter() {
            let provenance = self.provenance(&row);
            match row.what() {
                What::Role(number) => {
                    let role = self.role_table.slots().get(number).map(RoleSlot::id);
                    roles.extend(role.map(|role| RoleGrant { role, provenance }));
                }
                What::Permission(number) => {
                    let permission = self.permission(number);
                    permissions.extend(permission.map(|permission| PermissionGrant { permission, provenance }));
                }
                What::Member(_) | What::Entry(_) => {}
            }
        }
        (roles, permissions)
    }

    /// Who gave a row, when, until when.
    pub(crate) fn provenance(&self, row: &Held<'_>) -> Provenance {
        let given_by = row.given_by().map(|giver| self.people.id(giver));
        Provenance { given_by, given_at: row.given_at(), expires_at: row.ends() }
    }

    /// The permission of this number.
    pub(crate) fn permission(&self, number: u32) -> Option<Permission> {
        match number.checked_sub(FOREIGN) {
            None => Permission::numbered(number),
            Some(foreign) => self.foreign_by_number.get(foreign as usize).cloned(),
        }
    }

    /// The permission's number; none: nobody ever held it singly.
    #[inline]
    pub(crate) fn permission_number(&self, permission: &Permission) -> Option<u32> {
        permission.number().or_else(|| self.foreign.get(permission).copied())
    }

    /// A role's facts.
    #[must_use]
    pub fn role(&self, id: RoleId) -> Option<&Arc<Role>> {
        self.role_table.slots().by_id(id.0)?.role.as_ref()
    }

    /// The role's id.
    pub(crate) fn role_id(&self, number: u32) -> RoleId {
        self.role_table.slots().get(number).map_or(RoleId(Uuid::nil()), RoleSlot::id)
    }

    /// A bot's facts.
    #[must_use]
    pub fn bot(&self, id: BotId) -> Option<&Arc<Bot>> {
        self.bots.by_id(id)?.bot.as_ref()
    }

    /// What decisions look at of a bot, if it is there.
    #[inline]
    pub(crate) fn bot_head(&self, id: BotId) -> Option<BotHead> {
        self.bots.head(id)
    }

    /// A bot by its number.
    pub(crate) fn bot_slot(&self, number: u32) -> Option<&BotSlot> {
        self.bots.get(number)
    }

    /// An organization's number.
    #[inline]
    pub(crate) fn organization_number(&self, id: OrganizationId) -> Option<u32> {
        self.organizations.find(id.0)
    }

    /// An organization by its number.
    #[inline]
    pub(crate) fn organization_slot(&self, number: u32) -> Option<&OrganizationSlot> {
        self.organizations.get(number)
    }

    /// What decisions look at of an organization.
    #[inline]
    pub(crate) fn organization_head(&self, number: u32) -> Option<&OrganizationHead> {
        self.organization_heads.get(number)
    }

    /// Who is on the bot's team (entries of any organization, expired ones included), in id order.
    pub fn team(&self, bot: BotId) -> impl Iterator<Item = TeamEntry> {
        self.on_team(bot).filter_map(move |user| self.entry(bot, user))
    }

    /// The same, by their ids.
    pub fn on_team(&self, bot: BotId) -> impl Iterator<Item = UserId> {
        let people = self.bots.by_id(bot).into_iter().flat_map(|slot| slot.team.iter());
        people.map(|number| self.people.id(number))
    }

    /// The person's place on the bot's team.
    #[must_use]
    pub fn entry(&self, bot: BotId, user: UserId) -> Option<TeamEntry> {
        let rows = self.people.rows(self.people.find(user)?)?.at(Place::bot(self.bots.find(bot)?));
        let head = rows.iter().next()?;
        let What::Entry(through) = head.what() else { return None };
        let (roles, permissions) = self.grants(rows);
        let through = self.organizations.get(through)?.id();
        Some(TeamEntry { user, through, provenance: self.provenance(&head), roles, permissions })
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
    pub fn members(&self, organization: OrganizationId) -> impl Iterator<Item = UserId> {
        let members = self.organizations.by_id(organization.0).into_iter().flat_map(|slot| slot.members.iter());
        members.map(|number| self.people.id(number))
    }

    /// The members who hold the role in its organization, whatever their status, in id order.
    pub fn holders(&self, role: RoleId) -> impl Iterator<Item = UserId> {
        let found = self
            .role_table
            .slots()
            .find(role.0)
            .and_then(|number| Some((number, self.role_table.slots().get(number)?.organization)));
        found.into_iter().flat_map(move |(role, organization)| {
            let members = self.organizations.get(organization).into_iter().flat_map(|slot| slot.members.iter());
            let place = Place::organization(organization);
            members.filter(move |person| self.has_role(*person, place, role)).map(|person| self.people.id(person))
        })
    }

    /// Who holds the role on a bot of its organization, bot by bot.
    pub fn holders_on_bots(&self, role: RoleId) -> impl Iterator<Item = (BotId, UserId)> {
        let found = self
            .role_table
            .slots()
            .find(role.0)
            .and_then(|number| Some((number, self.role_table.slots().get(number)?.organization)));
        found.into_iter().flat_map(move |(role, organization)| {
            let bots = self.organizations.get(organization).into_iter().flat_map(|slot| slot.bots.iter());
            bots.filter_map(|number| Some((number, self.bots.get(number)?))).flat_map(move |(number, slot)| {
                let place = Place::bot(number);
                let holders = slot.team.iter().filter(move |person| self.has_role(*person, place, role));
                holders.map(move |person| (slot.id(), self.people.id(person)))
            })
        })
    }

    fn has_role(&self, person: u32, place: Place, role: u32) -> bool {
        self.people.rows(person).is_some_and(|rows| rows.at(place).iter().any(|row| row.what() == What::Role(role)))
    }

    /// The organization's roles, in id order.
    pub fn roles(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<Role>> {
        self.role_slots(organization).filter_map(|slot| slot.role.as_ref())
    }

    /// The same, as decisions read them.
    pub(crate) fn role_slots(&self, organization: OrganizationId) -> impl Iterator<Item = &RoleSlot> {
        self.role_numbers(organization).filter_map(|number| self.role_table.slots().get(number))
    }

    /// The role of the organization that says what anonymous callers may do.
    pub(crate) fn public_role(&self, organization: OrganizationId) -> Option<u32> {
        let role = |number| self.role_table.slots().get(number)?.role.as_ref();
        self.role_numbers(organization).find(|number| role(*number).is_some_and(|role| role.public))
    }

    fn role_numbers(&self, organization: OrganizationId) -> impl Iterator<Item = u32> {
        self.organizations.by_id(organization.0).into_iter().flat_map(|slot| slot.roles.iter())
    }

    /// The organization's bots, in id order.
    pub fn bots(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<Bot>> {
        let bots = self.organizations.by_id(organization.0).into_iter().flat_map(|slot| slot.bots.iter());
        bots.filter_map(|number| self.bots.get(number)?.bot.as_ref())
    }

    /// The organizations in which the person has a membership of any status, in id order.
    pub fn organizations_of(&self, user: UserId) -> impl Iterator<Item = OrganizationId> {
        let rows = self.rows_of(user).into_iter().flat_map(View::iter);
        let members = rows.filter(|row| matches!(row.what(), What::Member(_)));
        let slots = members.filter_map(|row| self.organizations.get(row.place().as_organization()?));
        let mut organizations: Vec<OrganizationId> = slots.map(OrganizationSlot::id).collect();
        organizations.sort_unstable();
        organizations.into_iter()
    }

    /// The bots on whose team the person is (entries of any organization, expired ones included), in id order.
    pub fn bots_of(&self, user: UserId) -> impl Iterator<Item = &Arc<Bot>> {
        let mut bots: Vec<&Arc<Bot>> = self.places_of(user).filter_map(|(_, slot)| slot.bot.as_ref()).collect();
        bots.sort_unstable_by_key(|bot| bot.id);
        bots.into_iter()
    }

    /// The same with the head row of their entry, in no order.
    pub(crate) fn places_of(&self, user: UserId) -> impl Iterator<Item = (Held<'_>, &BotSlot)> {
        let rows = self.rows_of(user).into_iter().flat_map(View::iter);
        let heads = rows.filter(|row| matches!(row.what(), What::Entry(_)));
        heads.filter_map(|row| Some((row, self.bots.get(row.place().as_bot()?)?)))
    }

    /// All that the person is given.
    pub(crate) fn rows_of(&self, user: UserId) -> Option<View<'_>> {
        self.people.rows(self.people.find(user)?)
    }

    /// The agreements between two organizations.
    pub fn partnerships(
        &self,
        one: OrganizationId,
        other: OrganizationId,
    ) -> impl Iterator<Item = &Arc<PartnershipFacts>> {
        let pair = pair([one, other]);
        self.pairs
            .range((pair, PartnershipId(Uuid::nil()))..=(pair, PartnershipId(Uuid::max())))
            .filter_map(|(_, id)| self.partnerships.get(id))
    }
}
