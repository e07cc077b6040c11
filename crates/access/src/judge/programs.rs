//! Other programs' models: what is asked about one of their resources, what their subjects may, and what is given on them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::{FOREVER, Fact, Judge, level};
use crate::catalogue::Level;
use crate::decide::{Decision, Missing, Question, Scope, Subject};
use crate::directory::{Directory, Held, Place};
use crate::facts::{GrantFacts, Holder, ModelFacts, SubjectFacts};
use crate::id::{OrganizationId, ResourceId, RoleId, SubjectId, UserId};
use crate::permission::{Permission, Relation};
use crate::timestamp::Timestamp;

impl Directory {
    /// May the subject do this with a program's resource? The question about it, where it is and of its owner; none: there
    /// is no such resource, or its model has no such action.
    #[must_use]
    pub fn question_on(&self, subject: Subject, action: &str, resource: ResourceId) -> Option<Question> {
        let resource = self.resource(resource)?;
        let model = self.model(resource.model)?;
        let permission = model.permission(action)?;
        let scope = match resource.bot {
            Some(bot) if self.bot(bot)?.organization != model.organization => return None,
            Some(bot) => Scope::Bot(bot),
            None => Scope::Organization(model.organization),
        };
        Some(Question { subject, permission, scope, owner: resource.owner })
    }

    /// The decision about a program's resource, with its reason: by roles as anywhere, and by what is given on the resource
    /// or on all of its model.
    #[must_use]
    pub fn decide_on(&self, subject: Subject, action: &str, resource: ResourceId, now: Timestamp) -> Decision {
        let Some(question) = self.question_on(subject, action, resource) else {
            return Decision { allowed: false, because: Vec::new(), missing: vec![Missing::Unknown] };
        };
        let judge = Judge { directory: self, now, as_if_active: false };
        let mut because = Vec::new();
        let _ = judge.visit_on(&question, resource, &mut |fact, _| {
            because.push(fact.because(self));
            ControlFlow::Continue(())
        });
        let allowed = !because.is_empty();
        let missing = if allowed { Vec::new() } else { judge.missing(&question) };
        Decision { allowed, because, missing }
    }

    /// The same answer, without its reason.
    #[must_use]
    pub fn allows_on(&self, subject: Subject, action: &str, resource: ResourceId, now: Timestamp) -> bool {
        let judge = Judge { directory: self, now, as_if_active: false };
        let question = self.question_on(subject, action, resource);
        question
            .is_some_and(|question| judge.visit_on(&question, resource, &mut |_, _| ControlFlow::Break(())).is_break())
    }

    /// The subjects of programs that may do this at the scope, on any record there.
    #[must_use]
    pub fn subjects_who_can(&self, permission: &Permission, scope: Scope, now: Timestamp) -> BTreeSet<SubjectId> {
        let Some(organization) = self.organization_at(scope) else { return BTreeSet::new() };
        let mut able = self.subjects_with_roles(organization);
        if let Some(model) = self.model_named(organization, permission.model.as_str()) {
            able.extend(self.subjects_given(model.as_ref(), None));
        }
        able.retain(|id| {
            let (subject, permission) = (Subject::Program(*id), permission.clone());
            self.allows(&Question { subject, permission, scope, owner: None }, now)
        });
        able
    }

    /// The subjects of programs that may do this with a program's resource.
    #[must_use]
    pub fn subjects_who_can_on(&self, action: &str, resource: ResourceId, now: Timestamp) -> BTreeSet<SubjectId> {
        let model = self.resource(resource).and_then(|resource| self.model(resource.model));
        let Some(model) = model else { return BTreeSet::new() };
        let mut able = self.subjects_with_roles(model.organization);
        able.extend(self.subjects_given(model, None).chain(self.subjects_given(model, Some(resource))));
        able.retain(|id| self.allows_on(Subject::Program(*id), action, resource, now));
        able
    }

    fn subjects_with_roles(&self, organization: OrganizationId) -> BTreeSet<SubjectId> {
        let holders = self.roles(organization).flat_map(|role| self.subjects_with(role.id));
        holders.map(|subject| subject.id).collect()
    }

    fn subjects_given(&self, model: &ModelFacts, on: Option<ResourceId>) -> impl Iterator<Item = SubjectId> {
        self.grants_on(model.id, on).filter_map(|grant| match grant.holder {
            Holder::Subject(id) => Some(id),
            Holder::User(_) | Holder::Role(_) => None,
        })
    }

    fn organization_at(&self, scope: Scope) -> Option<OrganizationId> {
        match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.bot(id).map(|bot| bot.organization),
        }
    }

    /// The permissions of programs' models that the subject may use with some resource of the scope (of an organization:
    /// with one on a bot of it, too).
    pub(crate) fn granted_on_some(&self, subject: Subject, scope: Scope, now: Timestamp) -> BTreeSet<Permission> {
        let mut found = BTreeSet::new();
        let Some(organization) = self.organization_at(scope) else { return found };
        if self.models(organization).next().is_none() {
            return found;
        }
        for grant in self.grants_that_may_count(subject, organization) {
            let Some(resource) = grant.resource else { continue };
            let Some(question) = self.question_on(subject, grant.action.as_str(), resource) else { continue };
            let within = match scope {
                Scope::Organization(_) => self.organization_at(question.scope) == Some(organization),
                Scope::Bot(_) => question.scope == scope,
            };
            let new = within && !found.contains(&question.permission);
            if new && self.allows_on(subject, grant.action.as_str(), resource, now) {
                found.insert(question.permission);
            }
        }
        found
    }

    /// What is given to the subject, or to a role of the organization that it has.
    fn grants_that_may_count(
        &self,
        subject: Subject,
        organization: OrganizationId,
    ) -> impl Iterator<Item = &GrantFacts> {
        let (own, roles) = match subject {
            Subject::User(user) => (Some(Holder::User(user)), self.roles_of(organization, user)),
            Subject::Program(id) => {
                let roles = self.subject(id).into_iter().flat_map(|subject| subject.roles.iter());
                (Some(Holder::Subject(id)), roles.map(|grant| grant.role).collect())
            }
            Subject::Anybody | Subject::Key(_) => (None, BTreeSet::new()),
        };
        let holders = own.into_iter().chain(roles.into_iter().map(Holder::Role));
        holders.flat_map(|holder| self.grants_of(holder)).map(AsRef::as_ref)
    }

    /// The roles of the person in the organization and on its bots, those that ended included.
    fn roles_of(&self, organization: OrganizationId, user: UserId) -> BTreeSet<RoleId> {
        let member = self.member(organization, user).into_iter().flat_map(|member| member.roles);
        let bots = self.own_bots(organization, user).into_iter().filter_map(|bot| self.entry(bot, user));
        member.chain(bots.flat_map(|entry| entry.roles)).map(|grant| grant.role).collect()
    }
}

impl<'a> Judge<'a> {
    /// Tells of each fact that allows it with a program's resource.
    pub fn visit_on(
        &self,
        question: &Question,
        resource: ResourceId,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.visit_given(question, found)?;
        self.visit_grants(question, Some(resource), found)
    }

    /// Roles of a program's subject.
    pub(super) fn visit_subject(
        &self,
        id: SubjectId,
        question: &Question,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(subject) = self.subject_at(id, question) else { return ControlFlow::Continue(()) };
        let at = match question.scope {
            Scope::Organization(_) => Level::Organization,
            Scope::Bot(_) => Level::Bot,
        };
        if level(&question.permission, question.scope) != at || self.reserves(subject.organization, question) {
            return ControlFlow::Continue(());
        }
        let wanted = (question.permission.clone(), Relation::Role);
        let gives = |role| {
            let role = self.directory.role(role);
            role.is_some_and(|role| role.everything || role.permissions.contains(&wanted))
        };
        for grant in subject.roles.iter().filter(|grant| grant.provenance.holds(self.now)) {
            if self.reaching(subject.organization, grant.role) && gives(grant.role) {
                let until = grant.provenance.expires_at.unwrap_or(FOREVER);
                found(Fact::SubjectRole(grant.role, &grant.provenance), until)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The subject, where the place is its organization or a bot of it, and is there.
    fn subject_at(&self, id: SubjectId, question: &Question) -> Option<&'a SubjectFacts> {
        let subject = self.directory.subject(id)?;
        let there = self.directory.organization_at(question.scope) == Some(subject.organization);
        let organization = self.directory.organization_number(subject.organization)?;
        self.live(organization)?;
        there.then_some(subject.as_ref())
    }

    fn reserves(&self, organization: OrganizationId, question: &Question) -> bool {
        let facts = self.directory.organization(organization);
        facts.is_some_and(|facts| facts.policies.reserved.contains(&question.permission))
    }

    /// Whether the role is one of the organization's, and counts wherever it is held there.
    fn reaching(&self, organization: OrganizationId, role: RoleId) -> bool {
        let role = self.directory.role(role);
        role.is_some_and(|role| {
            role.organization == organization && role.reach == crate::permission::Reach::Organization
        })
    }

    /// What is given on all of the program's model, and on the resource.
    pub(super) fn visit_grants(
        &self,
        question: &Question,
        resource: Option<ResourceId>,
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let organization = self.directory.organization_at(question.scope);
        let model = organization.and_then(|id| self.directory.model_named(id, question.permission.model.as_str()));
        let Some(model) = model.map(AsRef::as_ref) else { return ControlFlow::Continue(()) };
        let known = model.actions.contains(&question.permission.action);
        if !known || self.reserves(model.organization, question) {
            return ControlFlow::Continue(());
        }
        let mut holders: Vec<(Holder, Timestamp)> = Vec::new();
        match question.subject {
            Subject::User(user) => self.holders_of(user, question, model, &mut holders),
            Subject::Program(id) => {
                let Some(subject) = self.subject_at(id, question) else { return ControlFlow::Continue(()) };
                holders.push((Holder::Subject(id), FOREVER));
                for grant in subject.roles.iter().filter(|grant| grant.provenance.holds(self.now)) {
                    if self.reaching(subject.organization, grant.role) {
                        let until = grant.provenance.expires_at.unwrap_or(FOREVER);
                        holders.push((Holder::Role(grant.role), until));
                    }
                }
            }
            // A key has what its scope names; what is given on programs' models is given to somebody.
            Subject::Key(_) | Subject::Anybody => {}
        }
        for (holder, until) in holders {
            self.visit_held(model, (resource, question), (holder, until), found)?;
        }
        ControlFlow::Continue(())
    }

    /// As what the person holds facts at the place: by themself as a member, and by the roles they hold there.
    fn holders_of(
        &self,
        user: UserId,
        question: &Question,
        model: &ModelFacts,
        holders: &mut Vec<(Holder, Timestamp)>,
    ) {
        let found = self.directory.organization_number(model.organization).zip(self.person(user));
        let Some((organization, person)) = found else { return };
        if self.live(organization).is_none() {
            return;
        }
        let member = self.membership(organization, person);
        let on = match question.scope {
            Scope::Organization(_) => None,
            Scope::Bot(id) => self
                .directory
                .bot_head(id)
                .and_then(|bot| self.on(bot, person.rows.at(Place::bot(bot.number())), person, member.is_some())),
        };
        // The partner's cap holds for whoever came through one.
        if on.as_ref().and_then(|on| on.offer).is_some_and(|offer| !offer.cap.contains(&question.permission)) {
            return;
        }
        if let Some(rows) = member {
            holders.push((Holder::User(user), FOREVER));
            let reaching = self.held(rows, organization).filter(|(_, head, _)| head.reaches_organization());
            let held = reaching.map(|(role, _, row)| (self.directory.role_id(role), row.ends().unwrap_or(FOREVER)));
            holders.extend(held.map(|(role, until)| (Holder::Role(role), until)));
        }
        if let Some(on) = on {
            let until = |row: Held<'_>| on.until.min(row.ends().unwrap_or(FOREVER));
            let held =
                self.held(on.rows, organization).map(|(role, _, row)| (self.directory.role_id(role), until(row)));
            holders.extend(held.map(|(role, until)| (Holder::Role(role), until)));
        }
    }

    fn visit_held(
        &self,
        model: &ModelFacts,
        (resource, question): (Option<ResourceId>, &Question),
        (holder, until): (Holder, Timestamp),
        found: &mut impl FnMut(Fact<'a>, Timestamp) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let role = if let Holder::Role(role) = holder { Some(role) } else { None };
        let on_all = self.directory.grants_to(model.id, None, holder);
        let on_one = resource.into_iter().flat_map(|one| self.directory.grants_to(model.id, Some(one), holder));
        for grant in on_all.chain(on_one) {
            if grant.action == question.permission.action && grant.provenance.holds(self.now) {
                let until = until.min(grant.provenance.expires_at.unwrap_or(FOREVER));
                found(Fact::Grant(grant, role), until)?;
            }
        }
        ControlFlow::Continue(())
    }
}
