//! The answering of questions: the text of the model, in code.
//!
//! One function walks all facts that allow ([`Judge::visit`]); the quick answer stops at the first, the
//! explained one collects them, the guards look at how long each holds.

mod fact;
mod missing;
mod programs;
mod visit;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::catalogue::{self, Level};
use crate::decide::{Decision, Question, Scope, Subject};
use crate::directory::{BotHead, Directory, Held, OrganizationHead, OrganizationSlot, Place, VERIFIED, View, What};
use crate::facts::{MemberStatus, Offer};
use crate::id::{BotId, OrganizationId, UserId};
use crate::permission::{Permission, Relation};
use crate::timestamp::Timestamp;

pub(crate) use fact::Fact;

/// The instant after all others: a fact that never ends.
pub(crate) const FOREVER: Timestamp = Timestamp(i64::MAX);

/// A directory at an instant.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub directory: &'a Directory,
    pub now: Timestamp,
    /// Take each membership as active and each account as verified: for guards, which ask what a change
    /// would give.
    pub as_if_active: bool,
}

/// What is asked of a person, as far as it does not depend on the place.
struct Asked<'q> {
    permission: &'q Permission,
    /// Its number in the catalogue; none: another program's.
    number: Option<u32>,
    /// Whether the record is the person's own.
    owns_record: bool,
    creates: bool,
}

/// A person whom facts speak of.
#[derive(Clone, Copy)]
struct Person<'a> {
    number: u32,
    rows: View<'a>,
    verified: bool,
}

/// Somebody on a bot.
struct On<'a> {
    head: Held<'a>,
    rows: View<'a>,
    /// The offer, where they came through a partner.
    offer: Option<&'a Offer>,
    until: Timestamp,
}

impl Directory {
    /// Whether it is allowed; the same answer as [`Directory::decide`], without its reason.
    #[must_use]
    pub fn allows(&self, question: &Question, now: Timestamp) -> bool {
        let judge = Judge { directory: self, now, as_if_active: false };
        judge.visit(question, &mut |_, _| ControlFlow::Break(())).is_break()
    }

    /// The decision with its reason.
    #[must_use]
    pub fn decide(&self, question: &Question, now: Timestamp) -> Decision {
        let judge = Judge { directory: self, now, as_if_active: false };
        let mut because = Vec::new();
        let _ = judge.visit(question, &mut |fact, _| {
            because.push(fact.because(self));
            ControlFlow::Continue(())
        });
        let allowed = !because.is_empty();
        let missing = if allowed { Vec::new() } else { judge.missing(question) };
        Decision { allowed, because, missing }
    }

    /// Whether the person is on a bot of the organization through a partner of it.
    #[must_use]
    pub fn is_guest(&self, organization: OrganizationId, user: UserId, now: Timestamp) -> bool {
        self.organization_number(organization)
            .is_some_and(|number| self.hosted_by(user, now).any(|host| host == number))
    }

    /// The organizations of which the person is a guest, in id order.
    #[must_use]
    pub fn hosts(&self, user: UserId, now: Timestamp) -> BTreeSet<OrganizationId> {
        self.hosted_by(user, now).filter_map(|host| self.organization_slot(host).map(OrganizationSlot::id)).collect()
    }

    /// The numbers of the organizations on whose bots the person is through a partner, once a bot.
    fn hosted_by(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = u32> {
        let judge = Judge { directory: self, now, as_if_active: false };
        let person = judge.person(user);
        person.into_iter().flat_map(move |person| {
            let guests = self.places_of(user).filter(move |(head, slot)| {
                // Whoever came through a partner: whether they are a member here too is all the same.
                let bot = judge.directory.bot_head(slot.id());
                let on = bot.and_then(|bot| judge.on(bot, person.rows.at(head.place()), person, false));
                on.is_some_and(|on| on.offer.is_some())
            });
            guests.map(|(_, slot)| slot.organization)
        })
    }

    /// Whether the person is an active, verified member of the organization, and it is not deleted.
    #[must_use]
    pub fn is_member(&self, organization: OrganizationId, user: UserId) -> bool {
        Judge { directory: self, now: Timestamp(0), as_if_active: false }.is_member(organization, user)
    }
}

/// Whether the permission's records live in the organization (`Bot: create` does), as seen from a scope.
fn level(permission: &Permission, scope: Scope) -> Level {
    let own = match scope {
        Scope::Organization(_) => Level::Organization,
        Scope::Bot(_) => Level::Bot,
    };
    catalogue::level(permission).unwrap_or(own)
}

impl<'a> Judge<'a> {
    /// Tells of each fact that allows, strongest first, with the instant at which it ends.
    pub fn visit(
        &self,
        question: &Question,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.visit_given(question, found)?;
        if question.permission.number().is_some() {
            return ControlFlow::Continue(());
        }
        // Another program's: what is given on all of its model counts too.
        self.visit_grants(question, None, found)
    }

    /// Tells of those that roles, ownership and single permissions are.
    fn visit_given(
        &self,
        question: &Question,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match question.subject {
            Subject::User(user) => self.visit_person(user, question, found),
            Subject::Anybody => self.visit_anybody(question, found),
            Subject::Program(id) => self.visit_subject(id, question, found),
            Subject::Key(id) => {
                let Some(key) = self.directory.key(id) else { return ControlFlow::Continue(()) };
                let in_scope = !key.revoked
                    && key.expires_at.is_none_or(|end| self.now < end)
                    && key
                        .scope
                        .iter()
                        .any(|(scope, all)| self.covers(*scope, question.scope) && all.contains(&question.permission));
                let mut stop = |_: Fact<'a>, _: Timestamp| ControlFlow::Break(());
                if !in_scope || self.visit_person(key.sponsor, question, &mut stop).is_continue() {
                    return ControlFlow::Continue(());
                }
                found(Fact::KeyScope(id), key.expires_at.unwrap_or(FOREVER))?;
                self.visit_person(key.sponsor, question, found)
            }
        }
    }

    /// Whether a key's scope is the place, or the organization of the bot.
    fn covers(&self, scope: Scope, place: Scope) -> bool {
        scope == place
            || matches!((scope, place), (Scope::Organization(id), Scope::Bot(bot))
                if self.directory.bot(bot).is_some_and(|bot| bot.organization == id))
    }

    /// The person, if any fact speaks of them.
    #[inline]
    fn person(&self, user: UserId) -> Option<Person<'a>> {
        let (number, account, rows) = self.directory.people.known(user)?;
        Some(Person { number, rows, verified: account & VERIFIED != 0 })
    }

    /// The organization, if it is there and not deleted.
    #[inline]
    fn live(&self, number: u32) -> Option<&'a OrganizationHead> {
        self.directory.organization_head(number).filter(|organization| organization.live)
    }

    /// *member(u, O)*: the rows there.
    #[inline]
    fn membership(&self, organization: u32, person: Person<'a>) -> Option<View<'a>> {
        self.live(organization)?;
        self.membership_of_live(organization, person)
    }

    /// The same, where the organization is known to be there.
    #[inline]
    fn membership_of_live(&self, organization: u32, person: Person<'a>) -> Option<View<'a>> {
        let rows = person.rows.at(Place::organization(organization));
        let What::Member(status) = rows.iter().next()?.what() else { return None };
        let counts = self.as_if_active || (status == MemberStatus::Active && person.verified);
        counts.then_some(rows)
    }

    fn is_member(&self, organization: OrganizationId, user: UserId) -> bool {
        let found = self.directory.organization_number(organization).zip(self.person(user));
        found.is_some_and(|(organization, person)| self.membership(organization, person).is_some())
    }

    /// *on(u, b)*, from the rows on the bot and whether they are a member of its organization.
    #[inline]
    fn on(&self, bot: BotHead, rows: View<'a>, person: Person<'a>, member: bool) -> Option<On<'a>> {
        let head = rows.iter().next().filter(|head| head.holds(self.now))?;
        let What::Entry(through) = head.what() else { return None };
        let until = head.ends().unwrap_or(FOREVER);
        if through == bot.organization() {
            return member.then_some(On { head, rows, offer: None, until });
        }
        self.live(bot.organization())?;
        self.membership(through, person)?;
        let own = person.rows.at(Place::organization(bot.organization())).iter().next();
        let suspended = own.is_some_and(|own| own.what() == What::Member(MemberStatus::Suspended));
        if suspended && !self.as_if_active {
            return None;
        }
        let (offer, until) = self.shared(bot, through, until)?;
        Some(On { head, rows, offer: Some(offer), until })
    }

    /// The offer to the partner of this number, if it holds, and until when.
    fn shared(&self, bot: BotHead, partner: u32, until: Timestamp) -> Option<(&'a Offer, Timestamp)> {
        let bot = self.directory.bot_slot(bot.number())?.bot.as_ref()?;
        let partner = self.directory.organization_slot(partner)?.id();
        let mut offers = bot.offers.iter();
        let offer =
            offers.find(|offer| offer.partner == partner && offer.expires_at.is_none_or(|end| self.now < end))?;
        let agreed = self
            .directory
            .partnerships(bot.organization, partner)
            .filter(|agreement| agreement.accepted && !agreement.frozen)
            .map(|agreement| agreement.expires_at.unwrap_or(FOREVER))
            .filter(|end| self.now < *end)
            .max()?;
        Some((offer, until.min(offer.expires_at.unwrap_or(FOREVER)).min(agreed)))
    }

    fn visit_person(
        &self,
        user: UserId,
        question: &Question,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(person) = self.person(user) else { return ControlFlow::Continue(()) };
        let permission = &question.permission;
        let asked = Asked {
            permission,
            number: permission.number(),
            owns_record: question.owner == Some(user),
            creates: permission.action.is_create(),
        };
        match question.scope {
            Scope::Organization(id) if level(permission, question.scope) == Level::Organization => {
                match self.directory.organization_number(id) {
                    Some(organization) => self.visit_organization(organization, person, &asked, found),
                    None => ControlFlow::Continue(()),
                }
            }
            Scope::Bot(id) if level(permission, question.scope) == Level::Bot => match self.directory.bot_head(id) {
                Some(bot) => self.visit_bot(bot, person, &asked, found),
                None => ControlFlow::Continue(()),
            },
            // Asked at the wrong level.
            _ => ControlFlow::Continue(()),
        }
    }

    fn visit_anybody(
        &self,
        question: &Question,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (permission, roles) = (&question.permission, &self.directory.role_table);
        match self.public_role(question) {
            Some(role) if roles.gives(role, permission, permission.number(), Relation::Role) => {
                found(Fact::PublicRole(self.directory.role_id(role)), FOREVER)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// The number of the role that speaks for anonymous callers, where the question is one that they can ask.
    fn public_role(&self, question: &Question) -> Option<u32> {
        let Scope::Bot(id) = question.scope else { return None };
        let head = self.directory.bot_head(id)?;
        let published = self.directory.bot(id).is_some_and(|bot| bot.published);
        self.live(head.organization())?;
        if !published || !catalogue::is_public(&question.permission) {
            return None;
        }
        self.directory.public_role(self.directory.organization_slot(head.organization())?.id())
    }

    /// Whether the person is on the bot, and through which offer.
    fn standing(&self, bot: BotId, user: UserId) -> Option<On<'a>> {
        let (bot, person) = self.directory.bot_head(bot).zip(self.person(user))?;
        let member = self.membership(bot.organization(), person).is_some();
        self.on(bot, person.rows.at(Place::bot(bot.number())), person, member)
    }
}
