//! The walk over what one person is given at one place.

use std::ops::ControlFlow;

use uuid::Uuid;

use super::{Asked, FOREVER, Fact, Judge, On, Person};
use crate::directory::{BotHead, Held, OrganizationHead, OrganizationSlot, Place, RoleHead, View, What};
use crate::id::OrganizationId;
use crate::permission::{Permission, Relation};
use crate::timestamp::Timestamp;

/// The number of the permission that a place on the team gives by itself.
const BOT_READ: Option<u32> = Permission::number_of("Bot", "read");

impl<'a> Judge<'a> {
    pub(super) fn visit_organization(
        &self,
        number: u32,
        person: Person<'a>,
        asked: &Asked<'_>,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(organization) = self.live(number) else { return ControlFlow::Continue(()) };
        let Some(rows) = self.membership_of_live(number, person) else { return ControlFlow::Continue(()) };
        let owner = organization.owner == Some(person.number);
        if owner {
            found(Fact::OrganizationOwner(self.organization_id(number)), FOREVER)?;
        }
        if self.is_reserved(number, organization, asked) {
            return ControlFlow::Continue(());
        }
        let owns = if asked.creates { owner } else { asked.owns_record };
        for (role, head, row) in self.held(rows, number) {
            if !head.reaches_organization() {
                continue;
            }
            for relation in [Relation::Role, Relation::Owner] {
                if (relation == Relation::Role || owns) && self.gives(role, asked, relation) {
                    let until = row.ends().unwrap_or(FOREVER);
                    found(Fact::OrganizationRole { role: self.directory.role_id(role), relation, row }, until)?;
                }
            }
        }
        self.singles(rows, asked)
            .try_for_each(|row| found(Fact::OrganizationPermission(row), row.ends().unwrap_or(FOREVER)))
    }

    pub(super) fn visit_bot(
        &self,
        bot: BotHead,
        person: Person<'a>,
        asked: &Asked<'_>,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(organization) = self.live(bot.organization()) else { return ControlFlow::Continue(()) };
        let member = self.membership_of_live(bot.organization(), person);
        let on = self.on(bot, person.rows.at(Place::bot(bot.number())), person, member.is_some());
        if organization.owner == Some(person.number) && member.is_some() {
            found(Fact::OrganizationOwner(self.organization_id(bot.organization())), FOREVER)?;
        }
        let owner = bot.owner() == Some(person.number);
        if let Some(on) = &on {
            if owner {
                found(Fact::BotOwner(bot.id()), on.until)?;
            }
            if asked.reads_bot() {
                found(Fact::OnTeam(bot.id(), on.head), on.until)?;
            }
        }
        let offer = on.as_ref().and_then(|on| on.offer);
        if self.is_reserved(bot.organization(), organization, asked)
            || offer.is_some_and(|offer| !offer.cap.contains(asked.permission))
        {
            return ControlFlow::Continue(());
        }
        let owns = if asked.creates { owner } else { asked.owns_record };
        if let Some(rows) = member {
            self.visit_organization_roles(bot.organization(), rows, on.as_ref(), (owns, asked), found)?;
        }
        on.map_or(ControlFlow::Continue(()), |on| self.visit_entry(bot, &on, (owns, asked), found))
    }

    /// Organization roles of reach organization, on one bot.
    fn visit_organization_roles(
        &self,
        organization: u32,
        rows: View<'a>,
        on: Option<&On<'a>>,
        (owns, asked): (bool, &Asked<'_>),
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (role, head, row) in self.held(rows, organization) {
            if !head.reaches_organization() {
                continue;
            }
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                let until = match (relation, on) {
                    (Relation::Role, _) => FOREVER,
                    (Relation::Team, Some(on)) => on.until,
                    (Relation::Owner, Some(on)) if owns => on.until,
                    _ => continue,
                };
                if self.gives(role, asked, relation) {
                    let until = until.min(row.ends().unwrap_or(FOREVER));
                    found(Fact::OrganizationRole { role: self.directory.role_id(role), relation, row }, until)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Roles and single permissions of a team entry.
    fn visit_entry(
        &self,
        bot: BotHead,
        on: &On<'a>,
        (owns, asked): (bool, &Asked<'_>),
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (role, _, row) in self.held(on.rows, bot.organization()) {
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                if (relation != Relation::Owner || owns) && self.gives(role, asked, relation) {
                    let until = on.until.min(row.ends().unwrap_or(FOREVER));
                    found(Fact::BotRole { role: self.directory.role_id(role), relation, row }, until)?;
                }
            }
        }
        self.singles(on.rows, asked)
            .try_for_each(|row| found(Fact::BotPermission(row), on.until.min(row.ends().unwrap_or(FOREVER))))
    }

    /// The roles of the rows that hold now and belong to the organization.
    #[inline]
    pub(super) fn held(
        &self,
        rows: View<'a>,
        organization: u32,
    ) -> impl Iterator<Item = (u32, RoleHead, Held<'a>)> + use<'a> {
        let (directory, now) = (self.directory, self.now);
        rows.iter().filter_map(move |row| {
            let What::Role(number) = row.what() else { return None };
            let head = directory.role_table.head(number);
            (head.is_of(organization) && row.holds(now)).then_some((number, head, row))
        })
    }

    /// The rows that give the permission itself now.
    #[inline]
    fn singles<'q>(&self, rows: View<'a>, asked: &'q Asked<'_>) -> impl Iterator<Item = Held<'a>> + use<'a, 'q> {
        let (directory, now) = (self.directory, self.now);
        rows.iter().filter(move |row| match row.what() {
            What::Permission(number) => row.holds(now) && directory.permission_number(asked.permission) == Some(number),
            _ => false,
        })
    }

    fn organization_id(&self, number: u32) -> OrganizationId {
        self.directory.organization_slot(number).map_or(OrganizationId(Uuid::nil()), OrganizationSlot::id)
    }

    #[inline]
    fn gives(&self, role: u32, asked: &Asked<'_>, relation: Relation) -> bool {
        self.directory.role_table.gives(role, asked.permission, asked.number, relation)
    }

    /// Whether only ownership gives it there.
    #[inline]
    fn is_reserved(&self, number: u32, organization: &OrganizationHead, asked: &Asked<'_>) -> bool {
        match asked.number {
            Some(number) => organization.reserved >> number & 1 == 1,
            None => {
                let facts = self.directory.organization_slot(number).and_then(|slot| slot.facts.as_ref());
                facts.is_some_and(|facts| facts.policies.reserved.contains(asked.permission))
            }
        }
    }
}

impl Asked<'_> {
    #[inline]
    fn reads_bot(&self) -> bool {
        BOT_READ.is_some() && self.number == BOT_READ
    }
}
