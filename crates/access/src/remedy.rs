//! What would help: the smallest sets of facts that turn a denial into an allowance, and who could give them.
//!
//! Nothing is guessed: a remedy is laid over the directory and asked again; who could give it is asked of the guards.

use std::collections::BTreeSet;

use crate::actor::Actor;
use crate::catalogue::{self, Level};
use crate::decide::{Question, Scope, Subject};
use crate::directory::Directory;
use crate::facts::{Facts, MemberStatus, PermissionGrant, Provenance, RoleGrant, TeamEntry, Unit, Update};
use crate::guards;
use crate::id::{OrganizationId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// One fact that a remedy gives, without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The suspended membership is made active.
    Activate,
    /// The person is put on the bot's team.
    TeamEntry,
    /// The role is given in the organization.
    OrganizationRole(RoleId),
    /// The role is given on the bot.
    BotRole(RoleId),
    /// The permission itself is given in the organization.
    OrganizationPermission,
    /// The permission itself is given on the bot.
    BotPermission,
}

/// Facts that together allow it; without any one of them it stays denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remedy(pub BTreeSet<Step>);

impl Remedy {
    /// The roles it gives.
    pub fn roles(&self) -> impl Iterator<Item = RoleId> {
        self.0.iter().filter_map(|step| match step {
            Step::OrganizationRole(role) | Step::BotRole(role) => Some(*role),
            _ => None,
        })
    }
}

impl Step {
    /// The permission by which somebody gives it, and where.
    fn using(self, organization: OrganizationId, scope: Scope) -> Option<(Scope, Permission)> {
        let (place, model, action) = match self {
            Self::Activate => (Scope::Organization(organization), "User", "update"),
            Self::OrganizationRole(_) => (Scope::Organization(organization), "RoleAssignment", "create"),
            Self::OrganizationPermission => (Scope::Organization(organization), "UserPermission", "update"),
            Self::TeamEntry | Self::BotRole(_) | Self::BotPermission => (scope, "Team", "update"),
        };
        Permission::new(model, action).ok().map(|permission| (place, permission))
    }
}

impl Directory {
    /// The smallest remedies of a denial about a person; none where no grant helps (or it is allowed).
    #[must_use]
    pub fn remedies(&self, question: &Question, now: Timestamp) -> Vec<Remedy> {
        let Subject::User(user) = question.subject else { return Vec::new() };
        if self.allows(question, now) {
            return Vec::new();
        }
        let mut allowing: Vec<BTreeSet<Step>> = Vec::new();
        for steps in self.candidates(question, user) {
            let part_does = allowing.iter().any(|smaller| smaller.is_subset(&steps));
            if !part_does && self.with(question, user, &steps, now).allows(question, now) {
                allowing.push(steps);
            }
        }
        allowing.into_iter().map(Remedy).collect()
    }

    /// Every set of steps that may help, smaller ones first.
    fn candidates(&self, question: &Question, user: UserId) -> Vec<BTreeSet<Step>> {
        let Some(organization) = self.organization_of(question.scope) else { return Vec::new() };
        let status = self.member_status(organization, user);
        let on = match question.scope {
            Scope::Bot(bot) => self.entry(bot, user).is_some(),
            Scope::Organization(_) => false,
        };
        let at_bot = matches!(question.scope, Scope::Bot(_));
        let mut first = Vec::new();
        if status == Some(MemberStatus::Suspended) {
            first.push(Step::Activate);
        }
        if at_bot && !on && status.is_some() {
            first.push(Step::TeamEntry);
        }
        let mut last = Vec::new();
        for role in self.roles(organization).filter(|role| !role.public) {
            last.extend(status.map(|_| Step::OrganizationRole(role.id)));
            last.extend(at_bot.then_some(Step::BotRole(role.id)));
        }
        last.push(if at_bot { Step::BotPermission } else { Step::OrganizationPermission });
        let mut sets: Vec<BTreeSet<Step>> = Vec::new();
        for chosen in 0..(1_usize << first.len()) {
            let begin: BTreeSet<Step> = first
                .iter()
                .enumerate()
                .filter(|(place, _)| chosen & (1 << place) != 0)
                .map(|(_, step)| *step)
                .collect();
            sets.push(begin.clone());
            sets.extend(last.iter().map(|step| begin.iter().copied().chain([*step]).collect()));
        }
        sets.sort_by_key(BTreeSet::len);
        sets
    }

    fn organization_of(&self, scope: Scope) -> Option<OrganizationId> {
        match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.bot(id).map(|bot| bot.organization),
        }
    }

    /// The facts as the steps would leave them.
    fn with(&self, question: &Question, user: UserId, steps: &BTreeSet<Step>, now: Timestamp) -> Self {
        let mut after = self.clone();
        let provenance = Provenance { given_by: None, given_at: now, expires_at: None };
        let Some(organization) = self.organization_of(question.scope) else { return after };
        if let Some(mut member) = self.member(organization, user) {
            for step in steps {
                match *step {
                    Step::Activate => member.status = MemberStatus::Active,
                    Step::OrganizationRole(role) => give(&mut member.roles, role, provenance),
                    Step::OrganizationPermission if catalogue::level(&question.permission) != Some(Level::Bot) => {
                        let permission = question.permission.clone();
                        member.permissions.push(PermissionGrant { permission, provenance });
                    }
                    _ => {}
                }
            }
            after.apply(Update::Set(Facts::Member(member)));
        }
        let Scope::Bot(bot) = question.scope else { return after };
        let Some(Facts::Bot(mut bot)) = self.facts(Unit::Bot(bot)) else { return after };
        if steps.contains(&Step::TeamEntry) {
            let (roles, permissions) = (Vec::new(), Vec::new());
            bot.team.push(TeamEntry { user, through: organization, provenance, roles, permissions });
        }
        if let Some(entry) = bot.team.iter_mut().find(|entry| entry.user == user) {
            for step in steps {
                match *step {
                    Step::BotRole(role) => give(&mut entry.roles, role, provenance),
                    Step::BotPermission => {
                        let permission = question.permission.clone();
                        entry.permissions.push(PermissionGrant { permission, provenance });
                    }
                    _ => {}
                }
            }
        }
        after.apply(Update::Set(Facts::Bot(bot)));
        after
    }

    /// Who could give the remedy now, by the permissions they hold and past every guard; at most so many.
    #[must_use]
    pub fn who_can_give(&self, question: &Question, remedy: &Remedy, now: Timestamp, at_most: usize) -> Vec<UserId> {
        let Subject::User(user) = question.subject else { return Vec::new() };
        let Some(organization) = self.organization_of(question.scope) else { return Vec::new() };
        let after = self.with(question, user, &remedy.0, now);
        let mut touched = vec![Unit::Member(organization, user)];
        if let Scope::Bot(bot) = question.scope {
            touched.push(Unit::Bot(bot));
        }
        let using: BTreeSet<(Scope, Permission)> =
            remedy.0.iter().filter_map(|step| step.using(organization, question.scope)).collect();
        let using: Vec<(Scope, Permission)> = using.into_iter().collect();
        let gives = |giver: UserId| {
            let holds = using.iter().all(|(scope, permission)| {
                let (subject, permission) = (Subject::User(giver), permission.clone());
                self.allows(&Question { subject, permission, scope: *scope, owner: None }, now)
            });
            let actor = Actor::User(giver);
            let change = guards::Change { before: self, after: &after, touched: &touched, actor, using: &using, now };
            holds && guards::check(&change).is_ok()
        };
        self.members(organization).filter(|giver| gives(*giver)).take(at_most).collect()
    }
}

/// Gives the role without end, whether it was held before or not.
fn give(roles: &mut Vec<RoleGrant>, role: RoleId, provenance: Provenance) {
    roles.retain(|held| held.role != role);
    roles.push(RoleGrant { role, provenance });
}
