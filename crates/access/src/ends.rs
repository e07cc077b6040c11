//! When grants end.

use crate::directory::Directory;
use crate::facts::{BotFacts, TeamEntry};
use crate::id::UserId;
use crate::timestamp::Timestamp;

impl Directory {
    /// The next instant after `now` at which something that the person was given ends; none: nothing does.
    #[must_use]
    pub fn next_end(&self, user: UserId, now: Timestamp) -> Option<Timestamp> {
        let members = self.organizations_of(user).filter_map(|organization| self.member(organization, user));
        let given = members.flat_map(|member| {
            let roles = member.roles.iter().map(|grant| grant.provenance.expires_at);
            roles.chain(member.permissions.iter().map(|grant| grant.provenance.expires_at))
        });
        let on_bots = self.bots_of(user).flat_map(|bot| {
            let entries = bot.team.iter().filter(move |entry| entry.user == user);
            entries.flat_map(|entry| self.ends_of(bot, entry))
        });
        given.chain(on_bots).flatten().filter(|end| *end > now).min()
    }

    /// The ends of a team entry, of what is given with it, and of what it came through.
    fn ends_of<'a>(&'a self, bot: &'a BotFacts, entry: &'a TeamEntry) -> impl Iterator<Item = Option<Timestamp>> + 'a {
        let roles = entry.roles.iter().map(|grant| grant.provenance.expires_at);
        let permissions = entry.permissions.iter().map(|grant| grant.provenance.expires_at);
        let offers = bot.offers.iter().filter(|offer| offer.partner == entry.through).map(|offer| offer.expires_at);
        let agreements = self.partnerships(bot.organization, entry.through).map(|agreement| agreement.expires_at);
        std::iter::once(entry.provenance.expires_at).chain(roles).chain(permissions).chain(offers).chain(agreements)
    }
}
