//! The answering of questions: the text of the model, in code.
//!
//! One function walks all facts that allow ([`Judge::visit`]); the quick answer stops at the first, the
//! explained one collects them, the guards look at how long each holds.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::catalogue::{self, Level};
use crate::decide::{Because, Decision, Missing, Question, Scope, Subject};
use crate::directory::Directory;
use crate::facts::{BotFacts, MemberFacts, MemberStatus, OrganizationFacts, Provenance, RoleFacts, TeamEntry};
use crate::id::{OrganizationId, UserId};
use crate::permission::{Permission, Reach, Relation};
use crate::timestamp::Timestamp;

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

/// Somebody on a bot.
struct On<'a> {
    entry: &'a TeamEntry,
    /// The partner's cap, where they came through one.
    cap: Option<&'a std::collections::BTreeSet<Permission>>,
    until: Timestamp,
}

type Found<'f> = &'f mut dyn FnMut(Because, Timestamp) -> ControlFlow<()>;

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
            because.push(fact);
            ControlFlow::Continue(())
        });
        let allowed = !because.is_empty();
        let missing = if allowed { Vec::new() } else { judge.missing(question) };
        Decision { allowed, because, missing }
    }

    /// Whether the person is on a bot of the organization through a partner of it.
    #[must_use]
    pub fn is_guest(&self, organization: OrganizationId, user: UserId, now: Timestamp) -> bool {
        let judge = Judge { directory: self, now, as_if_active: false };
        let mut bots = self.bots_of(user).filter(|bot| bot.organization == organization);
        bots.any(|bot| judge.on(bot, user).is_some_and(|on| on.cap.is_some()))
    }

    /// The organizations of which the person is a guest, in id order.
    #[must_use]
    pub fn hosts(&self, user: UserId, now: Timestamp) -> std::collections::BTreeSet<OrganizationId> {
        let hosts = self.bots_of(user).map(|bot| bot.organization);
        hosts.filter(|organization| self.is_guest(*organization, user, now)).collect()
    }

    /// Whether the person is an active, verified member of the organization, and it is not deleted.
    #[must_use]
    pub fn is_member(&self, organization: OrganizationId, user: UserId) -> bool {
        Judge { directory: self, now: Timestamp(0), as_if_active: false }.membership(organization, user).is_some()
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
    pub fn visit(&self, question: &Question, found: Found<'_>) -> ControlFlow<()> {
        match question.subject {
            Subject::User(user) => match question.scope {
                Scope::Organization(id) if level(&question.permission, question.scope) == Level::Organization => {
                    self.visit_organization(user, id, question, found)
                }
                Scope::Bot(id) if level(&question.permission, question.scope) == Level::Bot => {
                    match self.directory.bot(id) {
                        Some(bot) => self.visit_bot(user, bot, question, found),
                        None => ControlFlow::Continue(()),
                    }
                }
                // Asked at the wrong level.
                _ => ControlFlow::Continue(()),
            },
            Subject::Anybody => self.visit_anybody(question, found),
            Subject::Key(id) => {
                let Some(key) = self.directory.key(id) else { return ControlFlow::Continue(()) };
                let in_scope = !key.revoked
                    && key.expires_at.is_none_or(|end| self.now < end)
                    && key
                        .scope
                        .iter()
                        .any(|(scope, all)| self.covers(*scope, question.scope) && all.contains(&question.permission));
                let of_sponsor = Question { subject: Subject::User(key.sponsor), ..question.clone() };
                if !in_scope || self.visit(&of_sponsor, &mut |_, _| ControlFlow::Break(())).is_continue() {
                    return ControlFlow::Continue(());
                }
                found(Because::KeyScope(id), key.expires_at.unwrap_or(FOREVER))?;
                self.visit(&of_sponsor, found)
            }
        }
    }

    /// Whether a key's scope is the place, or the organization of the bot.
    fn covers(&self, scope: Scope, place: Scope) -> bool {
        scope == place
            || matches!((scope, place), (Scope::Organization(id), Scope::Bot(bot))
                if self.directory.bot(bot).is_some_and(|bot| bot.organization == id))
    }

    /// The organization, if it is there and not deleted.
    fn live(&self, id: OrganizationId) -> Option<&'a Arc<OrganizationFacts>> {
        self.directory.organization(id).filter(|organization| !organization.deleted)
    }

    /// *member(u, O)*.
    fn membership(&self, id: OrganizationId, user: UserId) -> Option<&'a Arc<MemberFacts>> {
        self.live(id)?;
        let member = self.directory.member(id, user)?;
        let counts = self.as_if_active
            || (member.status == MemberStatus::Active
                && self.directory.account(user).is_some_and(|account| account.verified));
        counts.then_some(member)
    }

    /// *on(u, b)*.
    fn on(&self, bot: &'a BotFacts, user: UserId) -> Option<On<'a>> {
        let entry = bot.team.iter().find(|entry| entry.user == user && entry.provenance.holds(self.now))?;
        self.live(bot.organization)?;
        let suspended = self
            .directory
            .member(bot.organization, user)
            .is_some_and(|member| member.status == MemberStatus::Suspended && !self.as_if_active);
        self.membership(entry.through, user)?;
        if suspended {
            return None;
        }
        let until = entry.provenance.expires_at.unwrap_or(FOREVER);
        if entry.through == bot.organization {
            return Some(On { entry, cap: None, until });
        }
        let offer = bot
            .offers
            .iter()
            .find(|offer| offer.partner == entry.through && offer.expires_at.is_none_or(|end| self.now < end))?;
        let agreed = self
            .directory
            .partnerships(bot.organization, entry.through)
            .filter(|agreement| agreement.accepted && !agreement.frozen)
            .map(|agreement| agreement.expires_at.unwrap_or(FOREVER))
            .filter(|end| self.now < *end)
            .max()?;
        let until = until.min(offer.expires_at.unwrap_or(FOREVER)).min(agreed);
        Some(On { entry, cap: Some(&offer.cap), until })
    }

    fn visit_organization(
        &self,
        user: UserId,
        id: OrganizationId,
        question: &Question,
        found: Found<'_>,
    ) -> ControlFlow<()> {
        let (Some(organization), Some(member)) = (self.live(id), self.membership(id, user)) else {
            return ControlFlow::Continue(());
        };
        if organization.owner == Some(user) {
            found(Because::OrganizationOwner(id), FOREVER)?;
        }
        if organization.policies.reserved.contains(&question.permission) {
            return ControlFlow::Continue(());
        }
        let record_owner =
            if question.permission.action.as_str() == "create" { organization.owner } else { question.owner };
        let owns = record_owner == Some(user);
        for (role, provenance) in self.held(&member.roles, id) {
            if role.reach != Reach::Organization {
                continue;
            }
            for relation in [Relation::Role, Relation::Owner] {
                if (relation == Relation::Role || owns) && gives(role, &question.permission, relation) {
                    found(
                        Because::OrganizationRole { role: role.id, relation, provenance },
                        provenance.expires_at.unwrap_or(FOREVER),
                    )?;
                }
            }
        }
        for grant in &member.permissions {
            if grant.permission == question.permission && grant.provenance.holds(self.now) {
                let until = grant.provenance.expires_at.unwrap_or(FOREVER);
                found(Because::OrganizationPermission(grant.provenance), until)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn visit_bot(&self, user: UserId, bot: &'a BotFacts, question: &Question, found: Found<'_>) -> ControlFlow<()> {
        let Some(organization) = self.live(bot.organization) else { return ControlFlow::Continue(()) };
        let permission = &question.permission;
        let member = self.membership(bot.organization, user);
        let on = self.on(bot, user);
        if organization.owner == Some(user) && member.is_some() {
            found(Because::OrganizationOwner(bot.organization), FOREVER)?;
        }
        if let Some(on) = &on {
            if bot.owner == Some(user) {
                found(Because::BotOwner(bot.id), on.until)?;
            }
            if permission.model.as_str() == "Bot" && permission.action.as_str() == "read" {
                found(Because::OnTeam(bot.id, on.entry.provenance), on.until)?;
            }
        }
        let beyond_cap = on.as_ref().and_then(|on| on.cap).is_some_and(|cap| !cap.contains(permission));
        if organization.policies.reserved.contains(permission) || beyond_cap {
            return ControlFlow::Continue(());
        }
        let record_owner = if permission.action.as_str() == "create" { bot.owner } else { question.owner };
        let owns = record_owner == Some(user);
        if let Some(member) = member {
            self.visit_organization_roles(member, on.as_ref(), owns, permission, found)?;
        }
        on.map_or(ControlFlow::Continue(()), |on| self.visit_entry(bot, &on, owns, permission, found))
    }

    /// Organization roles of reach organization, on one bot.
    fn visit_organization_roles(
        &self,
        member: &MemberFacts,
        on: Option<&On<'_>>,
        owns: bool,
        permission: &Permission,
        found: Found<'_>,
    ) -> ControlFlow<()> {
        for (role, provenance) in self.held(&member.roles, member.organization) {
            if role.reach != Reach::Organization {
                continue;
            }
            let own_until = provenance.expires_at.unwrap_or(FOREVER);
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                let until = match (relation, on) {
                    (Relation::Role, _) => own_until,
                    (Relation::Team, Some(on)) => own_until.min(on.until),
                    (Relation::Owner, Some(on)) if owns => own_until.min(on.until),
                    _ => continue,
                };
                if gives(role, permission, relation) {
                    found(Because::OrganizationRole { role: role.id, relation, provenance }, until)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Roles and single permissions of a team entry.
    fn visit_entry(
        &self,
        bot: &BotFacts,
        on: &On<'_>,
        owns: bool,
        permission: &Permission,
        found: Found<'_>,
    ) -> ControlFlow<()> {
        for (role, provenance) in self.held(&on.entry.roles, bot.organization) {
            let until = on.until.min(provenance.expires_at.unwrap_or(FOREVER));
            for relation in [Relation::Role, Relation::Team, Relation::Owner] {
                if (relation != Relation::Owner || owns) && gives(role, permission, relation) {
                    found(Because::BotRole { role: role.id, relation, provenance }, until)?;
                }
            }
        }
        for grant in &on.entry.permissions {
            if grant.permission == *permission && grant.provenance.holds(self.now) {
                let until = on.until.min(grant.provenance.expires_at.unwrap_or(FOREVER));
                found(Because::BotPermission(grant.provenance), until)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The roles held now that belong to the organization.
    fn held<'g>(
        &'g self,
        grants: &'g [crate::facts::RoleGrant],
        organization: OrganizationId,
    ) -> impl Iterator<Item = (&'a RoleFacts, Provenance)> + 'g {
        grants.iter().filter(|grant| grant.provenance.holds(self.now)).filter_map(move |grant| {
            let role = self.directory.role(grant.role).filter(|role| role.organization == organization)?;
            Some((role.as_ref(), grant.provenance))
        })
    }

    fn visit_anybody(&self, question: &Question, found: Found<'_>) -> ControlFlow<()> {
        let Scope::Bot(id) = question.scope else { return ControlFlow::Continue(()) };
        let Some(bot) = self.directory.bot(id).filter(|bot| bot.published) else {
            return ControlFlow::Continue(());
        };
        if self.live(bot.organization).is_none() || !catalogue::is_public(&question.permission) {
            return ControlFlow::Continue(());
        }
        let public = self.directory.roles(bot.organization).find(|role| role.public);
        match public {
            Some(role) if gives(role, &question.permission, Relation::Role) => {
                found(Because::PublicRole(role.id), FOREVER)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// What stands in the way, and the smallest grants that would allow.
    fn missing(&self, question: &Question) -> Vec<Missing> {
        let organization = match question.scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.directory.bot(id).map(|bot| bot.organization),
        };
        let Some(organization) = organization.and_then(|id| self.directory.organization(id)) else {
            return vec![Missing::Unknown];
        };
        if organization.deleted {
            return vec![Missing::OrganizationDeleted];
        }
        match question.subject {
            Subject::Anybody => self.missing_for_anybody(question),
            Subject::Key(_) => vec![Missing::KeyScope],
            Subject::User(user) => self.missing_for_user(question, organization, user),
        }
    }

    fn missing_for_anybody(&self, question: &Question) -> Vec<Missing> {
        let published = match question.scope {
            Scope::Bot(id) => self.directory.bot(id).is_some_and(|bot| bot.published),
            Scope::Organization(_) => true,
        };
        if published { vec![Missing::NotPublic] } else { vec![Missing::NotPublished] }
    }

    fn missing_for_user(&self, question: &Question, organization: &OrganizationFacts, user: UserId) -> Vec<Missing> {
        let mut missing = Vec::new();
        let bot = match question.scope {
            Scope::Bot(id) => self.directory.bot(id),
            Scope::Organization(_) => None,
        };
        let on = bot.and_then(|bot| self.on(bot, user));
        if self.membership(organization.id, user).is_none() && on.is_none() {
            missing.push(match self.directory.member(organization.id, user).map(|member| member.status) {
                None => Missing::Membership,
                Some(MemberStatus::Suspended) => Missing::Suspended,
                Some(MemberStatus::Invited | MemberStatus::Active) => Missing::Unconfirmed,
            });
        }
        if organization.policies.reserved.contains(&question.permission) {
            missing.push(Missing::Reserved);
            return missing;
        }
        if on.as_ref().and_then(|on| on.cap).is_some_and(|cap| !cap.contains(&question.permission)) {
            missing.push(Missing::BeyondCap);
        }
        if bot.is_some() && on.is_none() {
            missing.push(Missing::TeamEntry);
        }
        missing.push(Missing::Grant);
        missing
    }
}

/// Whether the role has the permission by exactly this relation.
fn gives(role: &RoleFacts, permission: &Permission, relation: Relation) -> bool {
    (role.everything && relation == Relation::Role) || role.permissions.contains(&(permission.clone(), relation))
}
