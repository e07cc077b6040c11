//! A second implementation, written straight from the text "Exactly" of the design: slow, plain, sharing no code with
//! the first beyond the types of facts.

use rolecall_access::facts::{
    BotFacts, KeyFacts, MemberFacts, MemberStatus, OrganizationFacts, RoleFacts, RoleGrant, TeamEntry,
};
use rolecall_access::{BotId, Facts, OrganizationId, Permission, Reach, Relation, Scope, Subject, Timestamp, UserId};

use crate::world::TICKET;

/// All facts, as a list.
pub struct Oracle<'f> {
    pub facts: &'f [Facts],
    pub now: Timestamp,
}

const ORGANIZATION_MODELS: [&str; 13] = [
    "Organization",
    "Policy",
    "Billing",
    "User",
    "Invitation",
    "Role",
    "RoleAssignment",
    "Permission",
    "UserPermission",
    "Model",
    "AuditLog",
    "SingleSignOn",
    "Partner",
];

fn is_public(permission: &Permission) -> bool {
    matches!(
        (permission.model.as_str(), permission.action.as_str()),
        ("Publication", "read") | ("Conversation", "create") | ("Content", "read")
    )
}

pub(crate) fn lives_in_organization(permission: &Permission) -> bool {
    let model = permission.model.as_str();
    ORGANIZATION_MODELS.contains(&model) || (model == "Bot" && permission.action.as_str() == "create")
}

impl Oracle<'_> {
    pub(crate) fn expired(&self, end: Option<Timestamp>) -> bool {
        end.is_some_and(|end| end <= self.now)
    }

    pub(crate) fn organization(&self, id: OrganizationId) -> Option<&OrganizationFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Organization(one) if one.id == id => Some(one),
            _ => None,
        })
    }

    pub(crate) fn membership(&self, id: OrganizationId, user: UserId) -> Option<&MemberFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Member(one) if one.organization == id && one.user == user => Some(one),
            _ => None,
        })
    }

    pub(crate) fn bot(&self, id: BotId) -> Option<&BotFacts> {
        self.facts.iter().find_map(|fact| match fact {
            Facts::Bot(one) if one.id == id => Some(one),
            _ => None,
        })
    }

    fn is_verified(&self, user: UserId) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Facts::Account(one) if one.id == user && one.verified))
    }

    pub(crate) fn is_live(&self, id: OrganizationId) -> bool {
        self.organization(id).is_some_and(|organization| !organization.deleted)
    }

    /// member(u, O)
    pub(crate) fn is_member(&self, user: UserId, id: OrganizationId) -> bool {
        self.membership(id, user).is_some_and(|membership| membership.status == MemberStatus::Active)
            && self.is_verified(user)
            && self.is_live(id)
    }

    /// on(u, b): the entry, if it counts.
    pub(crate) fn on(&self, user: UserId, bot: &BotFacts) -> Option<TeamEntry> {
        let suspended =
            self.membership(bot.organization, user).is_some_and(|own| own.status == MemberStatus::Suspended);
        if suspended || !self.is_live(bot.organization) {
            return None;
        }
        let entry = bot.team.iter().find(|entry| entry.user == user)?;
        if self.expired(entry.provenance.expires_at) || !self.is_member(user, entry.through) {
            return None;
        }
        let own = entry.through == bot.organization;
        (own || self.is_shared(bot, entry.through)).then(|| entry.clone())
    }

    fn is_shared(&self, bot: &BotFacts, partner: OrganizationId) -> bool {
        let agreed = self.facts.iter().any(|fact| match fact {
            Facts::Partnership(one) => {
                let between = one.between == [bot.organization, partner] || one.between == [partner, bot.organization];
                between && one.accepted && !one.frozen && !self.expired(one.expires_at)
            }
            _ => false,
        });
        agreed && bot.offers.iter().any(|offer| offer.partner == partner && !self.expired(offer.expires_at))
    }

    pub(crate) fn roles<'r>(&'r self, grants: &'r [RoleGrant], of: OrganizationId) -> Vec<&'r RoleFacts> {
        let held = grants.iter().filter(|grant| !self.expired(grant.provenance.expires_at));
        let found = held.filter_map(|grant| {
            self.facts.iter().find_map(|fact| match fact {
                Facts::Role(role) if role.id == grant.role && role.organization == of => Some(role),
                _ => None,
            })
        });
        found.collect()
    }

    pub fn allows(&self, subject: Subject, permission: &Permission, scope: Scope, owner: Option<UserId>) -> bool {
        match subject {
            Subject::User(user) => {
                self.by_fact(user, permission, scope, owner) || self.given(subject, permission, scope, None)
            }
            Subject::Program(id) => {
                self.by_subject_role(id, permission, scope) || self.given(subject, permission, scope, None)
            }
            Subject::Anybody => self.anybody(permission, scope),
            Subject::Key(id) => self.facts.iter().any(|fact| match fact {
                Facts::Key(key) if key.id == id => self.key(key, permission, scope, owner),
                _ => false,
            }),
        }
    }

    pub(crate) fn by_fact(&self, user: UserId, permission: &Permission, scope: Scope, owner: Option<UserId>) -> bool {
        match scope {
            Scope::Organization(id) => self.in_organization(user, id, permission, owner),
            Scope::Bot(id) => self.on_bot(user, id, permission, owner),
        }
    }

    fn key(&self, key: &KeyFacts, permission: &Permission, scope: Scope, owner: Option<UserId>) -> bool {
        let within = |place: Scope| match (place, scope) {
            (Scope::Organization(id), Scope::Bot(bot)) => self.bot(bot).is_some_and(|bot| bot.organization == id),
            _ => place == scope,
        };
        let scoped = key.scope.iter().any(|(place, all)| within(*place) && all.contains(permission));
        let good = !key.revoked && !self.expired(key.expires_at);
        // What is given on a program's model is given to somebody, not to their keys.
        good && scoped && self.by_fact(key.sponsor, permission, scope, owner)
    }

    fn anybody(&self, permission: &Permission, scope: Scope) -> bool {
        let Scope::Bot(id) = scope else { return false };
        let Some(bot) = self.bot(id) else { return false };
        bot.published
            && self.is_live(bot.organization)
            && is_public(permission)
            && self.facts.iter().any(|fact| match fact {
                Facts::Role(role) => {
                    role.organization == bot.organization && role.public && has(role, permission, Relation::Role)
                }
                _ => false,
            })
    }

    fn in_organization(&self, user: UserId, id: OrganizationId, p: &Permission, owner: Option<UserId>) -> bool {
        let elsewhere = !lives_in_organization(p) && p.model.as_str() != TICKET;
        if elsewhere || !self.is_member(user, id) {
            return false;
        }
        let (Some(organization), Some(membership)) = (self.organization(id), self.membership(id, user)) else {
            return false;
        };
        if organization.owner == Some(user) {
            return true;
        }
        // For `create` the record is the parent, the organization, which the person does not own.
        let owns = p.action.as_str() != "create" && owner == Some(user);
        let by_role = self.roles(&membership.roles, id).into_iter().any(|role| {
            role.reach == Reach::Organization
                && (has(role, p, Relation::Role) || (owns && has(role, p, Relation::Owner)))
        });
        let single = membership
            .permissions
            .iter()
            .any(|grant| grant.permission == *p && !self.expired(grant.provenance.expires_at));
        !organization.policies.reserved.contains(p) && (by_role || single)
    }

    fn on_bot(&self, user: UserId, id: BotId, p: &Permission, owner: Option<UserId>) -> bool {
        let Some(bot) = self.bot(id) else { return false };
        let Some(organization) = self.organization(bot.organization) else { return false };
        if lives_in_organization(p) {
            return false;
        }
        let member = self.is_member(user, bot.organization);
        let on = self.on(user, bot);
        if organization.owner == Some(user) && member {
            return true;
        }
        if bot.owner == Some(user) && on.is_some() {
            return true;
        }
        if p.to_string() == "Bot: read" && on.is_some() {
            return true;
        }
        if organization.policies.reserved.contains(p) {
            return false;
        }
        if let Some(entry) = &on
            && entry.through != bot.organization
            && !bot.offers.iter().any(|offer| offer.partner == entry.through && offer.cap.contains(p))
        {
            return false;
        }
        let owns = if p.action.as_str() == "create" { bot.owner == Some(user) } else { owner == Some(user) };
        self.by_organization_role(user, bot, p, member, on.is_some(), owns)
            || on.is_some_and(|entry| self.by_entry(&entry, bot, p, owns))
    }

    fn by_organization_role(
        &self,
        user: UserId,
        bot: &BotFacts,
        p: &Permission,
        member: bool,
        on: bool,
        owns: bool,
    ) -> bool {
        let Some(membership) = self.membership(bot.organization, user).filter(|_| member) else { return false };
        self.roles(&membership.roles, bot.organization).into_iter().any(|role| {
            role.reach == Reach::Organization
                && (has(role, p, Relation::Role)
                    || (has(role, p, Relation::Team) && on)
                    || (has(role, p, Relation::Owner) && on && owns))
        })
    }

    fn by_entry(&self, entry: &TeamEntry, bot: &BotFacts, p: &Permission, owns: bool) -> bool {
        let by_role = self.roles(&entry.roles, bot.organization).into_iter().any(|role| {
            has(role, p, Relation::Role) || has(role, p, Relation::Team) || (has(role, p, Relation::Owner) && owns)
        });
        let single =
            entry.permissions.iter().any(|grant| grant.permission == *p && !self.expired(grant.provenance.expires_at));
        by_role || single
    }
}

pub(crate) fn has(role: &RoleFacts, permission: &Permission, relation: Relation) -> bool {
    let everything = role.everything && relation == Relation::Role;
    everything || role.permissions.iter().any(|(own, by)| own == permission && *by == relation)
}
