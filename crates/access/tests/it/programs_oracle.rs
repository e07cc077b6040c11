//! Of the second implementation what is about programs: their subjects, and what is given on their models.

use rolecall_access::facts::{GrantFacts, Holder, ModelFacts, ResourceFacts, RoleGrant, SubjectFacts};
use rolecall_access::{
    Facts, ModelId, OrganizationId, Permission, Reach, Relation, ResourceId, RoleId, Scope, Subject, SubjectId, UserId,
};

use crate::oracle::{Oracle, has, lives_in_organization};
use crate::world::TICKET;

impl Oracle<'_> {
    fn organization_at(&self, scope: Scope) -> Option<OrganizationId> {
        match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.bot(id).map(|bot| bot.organization),
        }
    }

    fn model(&self, id: ModelId) -> Option<&ModelFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Model(one) if one.id == id => Some(one),
            _ => None,
        })
    }

    /// Whether the model of this permission is registered there with its action.
    pub fn is_registered(&self, scope: Scope, permission: &Permission) -> bool {
        self.facts.iter().any(|fact| match fact {
            Facts::Model(one) => {
                Some(one.organization) == self.organization_at(scope)
                    && one.name == permission.model
                    && one.actions.contains(&permission.action)
            }
            _ => false,
        })
    }

    fn subject(&self, id: SubjectId) -> Option<&SubjectFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Subject(one) if one.id == id => Some(one),
            _ => None,
        })
    }

    pub fn resource(&self, id: ResourceId) -> Option<&ResourceFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Resource(one) if one.id == id => Some(one),
            _ => None,
        })
    }

    /// Where the resource is, if it is somewhere.
    pub fn place(&self, resource: &ResourceFacts) -> Option<Scope> {
        let organization = self.model(resource.model)?.organization;
        match resource.bot {
            None => Some(Scope::Organization(organization)),
            Some(bot) => (self.bot(bot)?.organization == organization).then_some(Scope::Bot(bot)),
        }
    }

    fn subject_roles(&self, subject: &SubjectFacts) -> Vec<RoleId> {
        let roles = self.roles(&subject.roles, subject.organization).into_iter();
        roles.filter(|role| role.reach == Reach::Organization).map(|role| role.id).collect()
    }

    /// By a role that a program's subject has.
    pub fn by_subject_role(&self, id: SubjectId, permission: &Permission, scope: Scope) -> bool {
        let Some(subject) = self.subject(id) else { return false };
        let there = self.organization_at(scope) == Some(subject.organization) && self.is_live(subject.organization);
        let organization = matches!(scope, Scope::Organization(_));
        let level = permission.model.as_str() == TICKET || lives_in_organization(permission) == organization;
        let reserved =
            self.organization(subject.organization).is_some_and(|facts| facts.policies.reserved.contains(permission));
        let held = self.subject_roles(subject);
        let gives = self
            .roles(&subject.roles, subject.organization)
            .into_iter()
            .any(|role| held.contains(&role.id) && has(role, permission, Relation::Role));
        there && level && !reserved && gives
    }

    /// By something that is given on all of the program's model, or on the resource.
    pub fn given(&self, subject: Subject, permission: &Permission, scope: Scope, on: Option<ResourceId>) -> bool {
        let Some(organization) = self.organization_at(scope).filter(|id| self.is_live(*id)) else { return false };
        let reserved =
            self.organization(organization).is_some_and(|facts| facts.policies.reserved.contains(permission));
        !reserved
            && self.facts.iter().any(|fact| match fact {
                Facts::Grant(grant) => {
                    let of = self.model(grant.model).is_some_and(|model| {
                        model.organization == organization
                            && model.name == permission.model
                            && model.actions.contains(&permission.action)
                    });
                    of && grant.action == permission.action
                        && (grant.resource.is_none() || grant.resource == on)
                        && !self.expired(grant.provenance.expires_at)
                        && self.holds(grant, subject, permission, (organization, scope))
                }
                _ => false,
            })
    }

    fn holds(
        &self,
        grant: &GrantFacts,
        subject: Subject,
        permission: &Permission,
        (organization, scope): (OrganizationId, Scope),
    ) -> bool {
        let strange = |id| self.subject(id).is_none_or(|one| one.organization != organization);
        match (grant.holder, subject) {
            (Holder::Subject(holder), Subject::Program(id)) => holder == id && !strange(id),
            (Holder::Role(role), Subject::Program(id)) => {
                !strange(id) && self.subject(id).is_some_and(|one| self.subject_roles(one).contains(&role))
            }
            (Holder::User(holder), Subject::User(user)) => {
                holder == user && self.is_member(user, organization) && !self.is_capped(user, permission, scope)
            }
            (Holder::Role(role), Subject::User(user)) => {
                self.has_role(user, role, (organization, scope)) && !self.is_capped(user, permission, scope)
            }
            _ => false,
        }
    }

    /// Whether the person came through a partner whose people cannot be given it.
    fn is_capped(&self, user: UserId, permission: &Permission, scope: Scope) -> bool {
        let Scope::Bot(id) = scope else { return false };
        let Some(bot) = self.bot(id) else { return false };
        self.on(user, bot).is_some_and(|entry| {
            let offers = |offer: &rolecall_access::facts::Offer| {
                offer.partner == entry.through && offer.cap.contains(permission)
            };
            entry.through != bot.organization && !bot.offers.iter().any(offers)
        })
    }

    fn has_role(&self, user: UserId, role: RoleId, (organization, scope): (OrganizationId, Scope)) -> bool {
        let among = |grants: &[RoleGrant], reach: bool| {
            let found = self.roles(grants, organization);
            found.into_iter().any(|one| one.id == role && (!reach || one.reach == Reach::Organization))
        };
        let member = self.membership(organization, user).filter(|_| self.is_member(user, organization));
        let on = match scope {
            Scope::Bot(id) => self.bot(id).and_then(|bot| self.on(user, bot)),
            Scope::Organization(_) => None,
        };
        member.is_some_and(|member| among(&member.roles, true)) || on.is_some_and(|entry| among(&entry.roles, false))
    }

    /// May the subject do this with the resource?
    pub fn allows_on(&self, subject: Subject, action: &str, id: ResourceId) -> bool {
        let Some(resource) = self.resource(id) else { return false };
        let Some(scope) = self.place(resource) else { return false };
        let permission = Permission::new(TICKET, action).unwrap();
        let by_fact = match subject {
            Subject::User(user) => self.by_fact(user, &permission, scope, resource.owner),
            Subject::Program(id) => self.by_subject_role(id, &permission, scope),
            Subject::Anybody | Subject::Key(_) => false,
        };
        let registered = self.is_registered(scope, &permission);
        registered && (by_fact || self.given(subject, &permission, scope, Some(id)))
    }
}
