//! When grants end.

use crate::directory::{ACCOUNT, Bot, Directory};
use crate::facts::{Provenance, TeamEntry};
use crate::id::{BotId, OrganizationId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// What ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// A role in the organization.
    Role(RoleId),
    /// A single permission in the organization.
    Permission(Permission),
    /// The place on a bot's team, by itself or with what it came through.
    OnTeam(BotId),
    /// A role on a bot.
    BotRole(BotId, RoleId),
    /// A single permission on a bot.
    BotPermission(BotId, Permission),
}

/// A grant that ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// In which organization, or on whose bot.
    pub organization: OrganizationId,
    /// What.
    pub given: Given,
    /// Since when it is held.
    pub since: Timestamp,
}

impl Directory {
    /// All that the person was given for a time, past and to come, in no order.
    pub fn endings(&self, user: UserId) -> impl Iterator<Item = Ending> {
        let members = self.organizations_of(user).filter_map(move |organization| self.member(organization, user));
        let given = members.flat_map(|member| {
            let organization = member.organization;
            let at = move |given, provenance| ending(organization, given, provenance);
            let roles = member.roles.into_iter().map(move |grant| at(Given::Role(grant.role), grant.provenance));
            let single = |permission: Permission| Given::Permission(permission);
            roles.chain(member.permissions.into_iter().map(move |one| at(single(one.permission), one.provenance)))
        });
        let on_bots = self
            .bots_of(user)
            .flat_map(move |bot| self.entry(bot.id, user).into_iter().flat_map(|entry| self.of_entry(bot, entry)));
        given.chain(on_bots).flatten()
    }

    /// The next instant after `now` at which something that the person was given ends; none: nothing does.
    #[must_use]
    pub fn next_end(&self, user: UserId, now: Timestamp) -> Option<Timestamp> {
        self.endings(user).map(|ending| ending.at).filter(|at| *at > now).min()
    }

    /// Everybody with an account, in no order.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        self.people
            .all()
            .filter(|number| self.people.account(*number) & ACCOUNT != 0)
            .map(|number| self.people.id(number))
    }

    /// Of a team entry: its own end, that of what is given with it, and of what it came through.
    fn of_entry<'a>(&'a self, bot: &'a Bot, entry: TeamEntry) -> impl Iterator<Item = Option<Ending>> + 'a {
        let TeamEntry { through, provenance, roles, permissions, .. } = entry;
        let at = |given, provenance| ending(bot.organization, given, provenance);
        let roles = roles.into_iter().map(move |grant| at(Given::BotRole(bot.id, grant.role), grant.provenance));
        let single = |permission: Permission| Given::BotPermission(bot.id, permission);
        let singles = permissions.into_iter().map(move |one| at(single(one.permission), one.provenance));
        let offers = bot.offers.iter().filter(move |offer| offer.partner == through).map(|offer| offer.expires_at);
        let agreements = self.partnerships(bot.organization, through).map(|agreement| agreement.expires_at);
        let through = offers
            .chain(agreements)
            .map(move |expires_at| at(Given::OnTeam(bot.id), Provenance { expires_at, ..provenance }));
        std::iter::once(at(Given::OnTeam(bot.id), provenance)).chain(roles).chain(singles).chain(through)
    }
}

fn ending(organization: OrganizationId, given: Given, provenance: Provenance) -> Option<Ending> {
    Some(Ending { at: provenance.expires_at?, organization, given, since: provenance.given_at })
}
