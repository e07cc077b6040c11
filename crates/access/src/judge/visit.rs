//! The walk over what one person is given at one place.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::{Asked, FOREVER, Fact, Judge, On, Person};
use crate::directory::{BotSlot, Held, OrganizationSlot, Place, RoleSlot, View, What};
use crate::permission::{Permission, Relation};
use crate::timestamp::Timestamp;

/// The number of the permission that a place on the team gives by itself.
static BOT_READ: LazyLock<Option<u32>> =
    LazyLock::new(|| Permission::new("Bot", "read").ok().and_then(|permission| permission.number()));

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
            found(Fact::OrganizationOwner(organization.id()), FOREVER)?;
        }
        if asked.is_reserved(organization) {
            return ControlFlow::Continue(());
        }
        let owns = if asked.creates { owner } else { asked.owns_record };
        for (role, row) in self.held(rows, number) {
            if !role.reaches_organization {
                continue;
            }
            for relation in [Relation::Role, Relation::Owner] {
                if (relation == Relation::Role || owns) && asked.gives(role, relation) {
                    let until = row.ends().unwrap_or(FOREVER);
                    found(Fact::OrganizationRole { role: role.id(), relation, row }, until)?;
                }
            }
        }
        self.singles(rows, asked)
            .try_for_each(|row| found(Fact::OrganizationPermission(row), row.ends().unwrap_or(FOREVER)))
    }

    pub(super) fn visit_bot(
        &self,
        number: u32,
        bot: &'a BotSlot,
        person: Person<'a>,
        asked: &Asked<'_>,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(organization) = self.live(bot.organization) else { return ControlFlow::Continue(()) };
        let member = self.membership_of_live(bot.organization, person);
        let on = self.on(bot, person.rows.at(Place::bot(number)), person, member.is_some());
        if organization.owner == Some(person.number) && member.is_some() {
            found(Fact::OrganizationOwner(organization.id()), FOREVER)?;
        }
        let owner = bot.owner == Some(person.number);
        if let Some(on) = &on {
            if owner {
                found(Fact::BotOwner(bot.id()), on.until)?;
            }
            if asked.reads_bot() {
                found(Fact::OnTeam(bot.id(), on.head), on.until)?;
            }
        }
        let offer = on.as_ref().and_then(|on| on.offer);
        if asked.is_reserved(organization) || offer.is_some_and(|offer| !offer.cap.contains(asked.permission)) {
            return ControlFlow::Continue(());
        }
        let owns = if asked.creates { owner } else { asked.owns_record };
        if let Some(rows) = member {
            self.visit_organization_roles(bot.organization, rows, on.as_ref(), (owns, asked), found)?;
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
        for (role, row) in self.held(rows, organization) {
            if !role.reaches_organization {
                continue;
            }
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                let until = match (relation, on) {
                    (Relation::Role, _) => FOREVER,
                    (Relation::Team, Some(on)) => on.until,
                    (Relation::Owner, Some(on)) if owns => on.until,
                    _ => continue,
                };
                if asked.gives(role, relation) {
                    let until = until.min(row.ends().unwrap_or(FOREVER));
                    found(Fact::OrganizationRole { role: role.id(), relation, row }, until)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Roles and single permissions of a team entry.
    fn visit_entry(
        &self,
        bot: &BotSlot,
        on: &On<'a>,
        (owns, asked): (bool, &Asked<'_>),
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (role, row) in self.held(on.rows, bot.organization) {
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                if (relation != Relation::Owner || owns) && asked.gives(role, relation) {
                    let until = on.until.min(row.ends().unwrap_or(FOREVER));
                    found(Fact::BotRole { role: role.id(), relation, row }, until)?;
                }
            }
        }
        self.singles(on.rows, asked)
            .try_for_each(|row| found(Fact::BotPermission(row), on.until.min(row.ends().unwrap_or(FOREVER))))
    }

    /// The roles of the rows that hold now and belong to the organization.
    #[inline]
    fn held(&self, rows: View<'a>, organization: u32) -> impl Iterator<Item = (&'a RoleSlot, Held<'a>)> + use<'a> {
        let (directory, now) = (self.directory, self.now);
        rows.iter().filter_map(move |row| {
            let What::Role(number) = row.what() else { return None };
            let role = directory.role_slot(number)?;
            let counts = role.organization == organization && role.role.is_some() && row.holds(now);
            counts.then_some((role, row))
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
}

impl Asked<'_> {
    #[inline]
    fn gives(&self, role: &RoleSlot, relation: Relation) -> bool {
        role.gives(self.permission, self.number, relation)
    }

    /// Whether only ownership gives it there.
    #[inline]
    fn is_reserved(&self, organization: &OrganizationSlot) -> bool {
        match self.number {
            Some(number) => organization.reserved >> number & 1 == 1,
            None => organization.facts.as_ref().is_some_and(|facts| facts.policies.reserved.contains(self.permission)),
        }
    }

    #[inline]
    fn reads_bot(&self) -> bool {
        self.number == *BOT_READ && self.number.is_some()
    }
}
