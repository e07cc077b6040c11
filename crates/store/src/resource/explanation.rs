//! Why somebody may or may not, for whoever may know.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{
    Actor, BotId, Decision, OrganizationId, Permission, Question, Remedy, RoleId, Scope, Subject, UserId,
};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Place, Read, allows};
use crate::error::{Result, StoreError};
use crate::resource::{Bots, Teams, UserPermissions};
use crate::sql::query;

/// How many of those who could give a remedy are named.
const NAMED: usize = 10;

/// Somebody, somewhere: the caller may know what they can do there.
pub struct Explainable {
    user: UserId,
    organization: OrganizationId,
    scope: Scope,
}

/// A decision with what would help.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The decision, with its reasons.
    pub decision: Decision,
    /// If denied: the smallest remedies, each with some of those who could give it.
    pub remedies: Vec<(Remedy, Vec<UserId>)>,
    /// Names of the roles in it, as far as the caller may know them.
    pub roles: BTreeMap<RoleId, String>,
    /// Names of the people in it, as far as the caller may know them.
    pub users: BTreeMap<UserId, String>,
}

impl Access {
    /// Oneself; others with `UserPermission: read` in the organization, or on a bot with `Team: read` there if they are
    /// on its team. A bot must be one that the caller may read.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn require_explainable(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        bot: Option<BotId>,
    ) -> Result<Explainable> {
        self.member_organization(organization).await?;
        let scope = bot.map_or(Scope::Organization(organization), Scope::Bot);
        if let Some(bot) = bot
            && self.require::<Bots, Read>(bot).await?.organization != organization
        {
            return Err(crate::Denied::NotFound { attempt: None }.into());
        }
        let explainable = Explainable { user, organization, scope };
        if self.caller.actor == Actor::User(user) {
            return Ok(explainable);
        }
        let mate = bot.is_some_and(|bot| self.directory.entry(bot, user).is_some());
        match (bot.filter(|_| mate), self.require::<UserPermissions, Read>((organization, user)).await) {
            (Some(bot), Err(StoreError::Denied(_))) => {
                self.require::<Teams, Read>(bot).await?;
            }
            (_, found) => {
                found?;
            }
        }
        Ok(explainable)
    }

    /// Why they may or may not, about a record of nobody's in particular.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn explain(&mut self, of: &Explainable, permission: Permission) -> Result<Explanation> {
        let question = Question { subject: Subject::User(of.user), permission, scope: of.scope, owner: None };
        let now = self.caller.now;
        let decision = self.directory.decide(&question, now);
        let may = |model| {
            let place = Place { scope: Scope::Organization(of.organization), owner: None };
            allows(&self.directory, &self.caller, model, "read", place)
        };
        let (sees_roles, sees_users) = (may("Role"), may("User"));
        let own = self.caller.actor == Actor::User(of.user);
        let names_roles = |remedy: &Remedy| remedy.roles().next().is_some();
        let remedies = self.directory.remedies(&question, now);
        let remedies: Vec<(Remedy, Vec<UserId>)> = remedies
            .into_iter()
            .filter(|remedy| sees_roles || !names_roles(remedy))
            .map(|remedy| {
                let givers =
                    if sees_users { self.directory.who_can_give(&question, &remedy, now, NAMED) } else { Vec::new() };
                (remedy, givers)
            })
            .collect();
        let mut roles: BTreeSet<RoleId> = remedies.iter().flat_map(|(remedy, _)| remedy.roles()).collect();
        if sees_roles || own {
            roles.extend(decision.because.iter().filter_map(rolecall_access::Because::role));
        }
        let mut users: BTreeSet<UserId> = remedies.iter().flat_map(|(_, givers)| givers.iter().copied()).collect();
        if sees_users {
            let given = decision.because.iter().filter_map(rolecall_access::Because::provenance);
            users.extend(given.filter_map(|provenance| provenance.given_by));
        }
        let roles = self.names("role", roles.into_iter().map(|id| id.0)).await?;
        let users = self.names("account", users.into_iter().map(|id| id.0)).await?;
        Ok(Explanation {
            decision,
            remedies,
            roles: roles.into_iter().map(|(id, name)| (RoleId(id), name)).collect(),
            users: users.into_iter().map(|(id, name)| (UserId(id), name)).collect(),
        })
    }

    pub(crate) async fn names(&mut self, table: &str, ids: impl Iterator<Item = Uuid>) -> Result<Vec<(Uuid, String)>> {
        let mut query = query(format!("SELECT id, name FROM {table} WHERE id IN ("));
        query.push_binds(ids).push(")");
        Ok(query.fetch_all(self.transaction()).await?)
    }
}
