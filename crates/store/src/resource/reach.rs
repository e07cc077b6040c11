//! Who can: the reverse question, and the map of who reaches what, for whoever may ask about others.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{
    Actor, Because, BotId, Decision, Extent, OrganizationId, Permission, Question, RoleId, Scope, Subject, UserId,
};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Attempt, Denied, Place, Read, allows};
use crate::error::Result;
use crate::facts::permission;
use crate::paging::{Key, Order, search};
use crate::resource::{Bots, List, Page};
use crate::sql::query;

/// So many people are looked up by their ids; beyond, the list of members is gone through.
const FEW: usize = 1_000;

/// The people about whom the caller may ask, somewhere.
pub struct Audience {
    organization: OrganizationId,
    scope: Scope,
    /// Everybody, or the bot's team only.
    everybody: bool,
}

impl Audience {
    /// Whether it is everybody, not a bot's team alone.
    pub(crate) fn is_everybody(&self) -> bool {
        self.everybody
    }

    /// Where it is asked.
    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    /// The organization asked about.
    pub(crate) fn organization(&self) -> OrganizationId {
        self.organization
    }
}

/// Somebody who can.
#[derive(Clone, Debug)]
pub struct Able {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Why.
    pub decision: Decision,
}

/// Names that reasons speak of, as far as the caller may know them.
#[derive(Clone, Debug, Default)]
pub struct Spoken {
    /// Roles.
    pub roles: BTreeMap<RoleId, String>,
    /// Who gave them.
    pub users: BTreeMap<UserId, String>,
}

/// What somebody reaches, permission by permission.
#[derive(Clone, Debug)]
pub struct Reached<Id> {
    /// Who, or which bot.
    pub id: Id,
    /// The name.
    pub name: String,
    /// For each permission asked about, in order.
    pub extents: Vec<Extent>,
}

impl Access {
    /// Whom the caller may ask about: with `UserPermission: read` everybody, with `Team: read` on the bot its team.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn require_audience(&mut self, organization: OrganizationId, bot: Option<BotId>) -> Result<Audience> {
        self.member_organization(organization).await?;
        let scope = bot.map_or(Scope::Organization(organization), Scope::Bot);
        if let Some(bot) = bot
            && self.require::<Bots, Read>(bot).await?.organization != organization
        {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        let may =
            |model: &str, scope| allows(&self.directory, &self.caller, model, "read", Place { scope, owner: None });
        let everybody = may("UserPermission", Scope::Organization(organization));
        let team = bot.is_some() && may("Team", scope);
        if !everybody && !team {
            let decision = Decision { allowed: false, because: Vec::new(), missing: Vec::new() };
            let (permission, scope) = (permission("UserPermission", "read")?, Scope::Organization(organization));
            return Err(Denied::Forbidden { attempt: Box::new(Attempt { permission, scope, decision }) }.into());
        }
        Ok(Audience { organization, scope, everybody })
    }

    /// Everybody of the audience who can now, for a record of nobody's in particular or one of their own.
    fn able(&self, of: &Audience, permission: &Permission) -> BTreeSet<UserId> {
        let directory = &self.directory;
        let now = self.caller.now;
        let team = match of.scope {
            Scope::Bot(bot) => Some(directory.on_team(bot)),
            Scope::Organization(_) => None,
        };
        let members = of.everybody.then(|| directory.members(of.organization));
        let people: BTreeSet<UserId> = members.into_iter().flatten().chain(team.into_iter().flatten()).collect();
        directory.who_can(permission, of.scope, people, now)
    }

    /// The people of the audience who can, by name, with why.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn who_can(
        &mut self,
        of: &Audience,
        permission: &Permission,
        list: &List,
    ) -> Result<(Page<Able>, Spoken)> {
        let able = self.able(of, permission);
        let named = self.named(of, &able, list).await?;
        let now = self.caller.now;
        let page = named.map(|(user, name)| {
            let question = Question {
                subject: Subject::User(user),
                permission: permission.clone(),
                scope: of.scope,
                owner: Some(user),
            };
            Able { user, name, decision: self.directory.decide(&question, now) }
        });
        let because: Vec<Because> = page.items.iter().flat_map(|one| one.decision.because.iter().copied()).collect();
        let spoken = self.spoken(of.organization, &because).await?;
        Ok((page, spoken))
    }

    /// What each of the people who can read the bot may do there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn map_people(
        &mut self,
        of: &Audience,
        permissions: &[Permission],
        list: &List,
    ) -> Result<Page<Reached<UserId>>> {
        let able = self.able(of, &permission("Bot", "read")?);
        let named = self.named(of, &able, list).await?;
        let now = self.caller.now;
        Ok(named.map(|(id, name)| {
            let extent = |permission: &Permission| self.directory.extent(Subject::User(id), permission, of.scope, now);
            Reached { id, name, extents: permissions.iter().map(extent).collect() }
        }))
    }

    /// What the person may do on each bot that the caller reads, and about which they may ask.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn map_bots(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        permissions: &[Permission],
        list: &List,
    ) -> Result<Page<Reached<BotId>>> {
        if self.caller.actor != Actor::User(user) {
            self.require_audience(organization, None).await?;
        }
        let now = self.caller.now;
        let bots = self.list_bots(organization, list).await?;
        Ok(bots.map(|bot| {
            let extent = |permission: &Permission| {
                self.directory.extent(Subject::User(user), permission, Scope::Bot(bot.id), now)
            };
            Reached { id: bot.id, name: bot.name, extents: permissions.iter().map(extent).collect() }
        }))
    }

    /// These people by name, a page of them: whoever came in through a partner first, then the members.
    async fn named(&mut self, of: &Audience, able: &BTreeSet<UserId>, list: &List) -> Result<Page<(UserId, String)>> {
        let sorts = [("name", "a.name_folded", Key::Text)];
        if able.len() <= FEW {
            let order = Order::of(list, &sorts, "name", "a.id")?;
            let mut query =
                query("SELECT a.id, a.name, a.name_folded AS sort_key, a.id AS page_id FROM account a WHERE a.id IN (");
            query.push_binds(able.iter().map(|user| user.0)).push(")");
            search(&mut query, list.q.as_deref(), &["a.name_folded"]);
            let page = order.fetch::<Named>(self.transaction(), query).await?;
            return Ok(page.map(|row| (UserId(row.id), row.name)));
        }
        let outside = |user: &&UserId| self.directory.member_status(of.organization, **user).is_none();
        let outside: Vec<Uuid> = able.iter().filter(outside).take(FEW).map(|user| user.0).collect();
        let mut items = Vec::new();
        if list.cursor.is_none() && !outside.is_empty() {
            let mut query = query("SELECT a.id, a.name FROM account a WHERE a.id IN (");
            query.push_binds(outside).push(")");
            search(&mut query, list.q.as_deref(), &["a.name_folded"]);
            query.push(" ORDER BY a.name_folded, a.id");
            let rows: Vec<Named> = query.fetch_all(self.transaction()).await?;
            items.extend(rows.into_iter().map(|row| (UserId(row.id), row.name)));
        }
        let mut rest = List { limit: list.limit, cursor: list.cursor.clone(), q: list.q.clone(), sort: None };
        let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
        loop {
            rest.limit = u32::try_from(limit.saturating_sub(items.len())).unwrap_or(1).max(1);
            let order = Order::of(&rest, &[("name", "m.name_folded", Key::Text)], "name", "m.account_id")?;
            let mut query = query(
                "SELECT a.id, a.name, m.name_folded AS sort_key, m.account_id AS page_id FROM membership m \
                 JOIN account a ON a.id = m.account_id WHERE m.organization_id = ",
            );
            query.push_bind(of.organization.0);
            search(&mut query, list.q.as_deref(), &["m.name_folded"]);
            let page = order.fetch::<Named>(self.transaction(), query).await?;
            let found = page.items.into_iter().map(|row| (UserId(row.id), row.name));
            items.extend(found.filter(|(user, _)| able.contains(user)));
            rest.cursor = page.next_cursor;
            if rest.cursor.is_none() || items.len() >= limit {
                return Ok(Page { items, next_cursor: rest.cursor });
            }
        }
    }

    /// The names that reasons speak of.
    pub(crate) async fn spoken(&mut self, organization: OrganizationId, because: &[Because]) -> Result<Spoken> {
        let may = |model| {
            let place = Place { scope: Scope::Organization(organization), owner: None };
            allows(&self.directory, &self.caller, model, "read", place)
        };
        let (sees_roles, sees_users) = (may("Role"), may("User"));
        let roles: BTreeSet<Uuid> =
            because.iter().filter(|_| sees_roles).filter_map(Because::role).map(|role| role.0).collect();
        let users: BTreeSet<Uuid> = because
            .iter()
            .filter(|_| sees_users)
            .filter_map(Because::provenance)
            .filter_map(|provenance| provenance.given_by)
            .map(|user| user.0)
            .collect();
        let roles = self.names("role", roles.into_iter()).await?;
        let users = self.names("account", users.into_iter()).await?;
        Ok(Spoken {
            roles: roles.into_iter().map(|(id, name)| (RoleId(id), name)).collect(),
            users: users.into_iter().map(|(id, name)| (UserId(id), name)).collect(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct Named {
    id: Uuid,
    name: String,
}
