//! Forward authentication: what a request to another program's host needs, as a proxy in front of it asks.
//!
//! INVARIANT: a host belongs to one organization, and its rules name that organization's permissions and bots alone.

mod ticket;
mod write;

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{Actor, BotId, OrganizationId, Permission, Question, RoleId, Scope, Subject, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Attempt, Authorized, Child, In, Place, Read, Resource, lacks_second_factor};
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order, search};
use crate::resource::account::find_account;
use crate::resource::organization::find_organization;
use crate::resource::{List, Organization, Organizations, Page, Policies};
use crate::sql::{Transaction, query};

pub use ticket::{ForwardCode, Redeemed, Redemption};
pub use write::NewForwardRule;

/// What requests to a host, below a path, need.
#[derive(Clone, Debug)]
pub struct ForwardRule {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The host, with its port unless that is the usual one.
    pub host: String,
    /// The path; the rule is for what is below it, too.
    pub path: String,
    /// The methods, in order; none: every method.
    pub methods: Vec<String>,
    /// What is needed.
    pub permission: Permission,
    /// On which bot; none: in the organization (or the bot is gone, and nobody passes).
    pub bot: Option<BotId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

impl ForwardRule {
    /// Where the permission is needed; none: the bot is gone.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        match catalogue::level(&self.permission) {
            Some(Level::Organization) => Some(Scope::Organization(self.organization)),
            Some(Level::Bot) => self.bot.map(Scope::Bot),
            None => None,
        }
    }
}

/// A rule with its organization.
#[derive(Clone, Debug)]
pub struct OrganizationRule {
    /// The organization.
    pub organization: Organization,
    /// The rule.
    pub rule: ForwardRule,
}

/// The resource: rules are policy (`Policy`).
pub struct ForwardRules;

impl Resource for ForwardRules {
    type Id = (OrganizationId, Uuid);
    type Record = OrganizationRule;
    const MODEL: &'static str = "Policy";

    async fn find(transaction: &mut Transaction, (organization, id): Self::Id) -> Result<Option<OrganizationRule>> {
        let Some(organization) = find_organization(transaction, organization).await? else { return Ok(None) };
        let rule = find_rule(transaction, organization.id, id).await?;
        Ok(rule.map(|rule| OrganizationRule { organization, rule }))
    }

    fn place(record: &OrganizationRule) -> Place {
        Organizations::place(&record.organization)
    }
}

impl Child for ForwardRules {
    type Parent = Policies;
}

/// How somebody fares with a rule.
#[derive(Clone, Debug)]
pub enum Passing {
    /// They pass, as who they are.
    Known,
    /// They pass, as anybody would.
    Anybody,
    /// Nobody is signed in.
    SignInNeeded,
    /// They have not given the second factor that is required here.
    SecondFactorNeeded,
    /// They may not.
    Refused(Box<Attempt>),
    /// Nobody may: the bot that the rule speaks of is gone.
    Gone,
}

/// Whom the program behind the proxy is told of.
#[derive(Clone, Debug)]
pub struct ForwardPassenger {
    /// The person's id, or the key's after `key:`.
    pub id: String,
    /// The address, of a person.
    pub email: Option<String>,
    /// The name.
    pub name: String,
    /// The names of the roles held there, of a person.
    pub roles: Vec<String>,
}

#[derive(FromRow)]
struct RuleRow {
    id: Uuid,
    organization_id: Uuid,
    host: String,
    path: String,
    methods: String,
    model: String,
    action: String,
    bot_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl RuleRow {
    fn rule(self) -> Result<ForwardRule> {
        let damaged = |error| StoreError::Damaged(format!("a rule names no permission: {error}"));
        Ok(ForwardRule {
            permission: Permission::new(&self.model, &self.action).map_err(damaged)?,
            id: self.id,
            organization: OrganizationId(self.organization_id),
            host: self.host,
            path: self.path,
            methods: self.methods.split_whitespace().map(str::to_owned).collect(),
            bot: self.bot_id.map(BotId),
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT r.id, r.organization_id, r.host, r.path, r.methods, r.model, r.action, r.bot_id, \
                      r.created_at, r.updated_at, r.version";

async fn find_rule(
    transaction: &mut Transaction,
    organization: OrganizationId,
    id: Uuid,
) -> Result<Option<ForwardRule>> {
    let row: Option<RuleRow> =
        query(format!("{SELECT} FROM forward_rule r WHERE r.organization_id = $1 AND r.id = $2"))
            .bind(organization.0)
            .bind(id)
            .fetch_optional(transaction)
            .await?;
    row.map(RuleRow::rule).transpose()
}

impl Access {
    /// The organization's rules; sorts: `host` (default), `updated_at`; `q` looks into hosts.
    ///
    /// # Errors
    /// [`InvalidList`](StoreError::InvalidList).
    pub async fn list_forward_rules(
        &mut self,
        within: &Authorized<In<ForwardRules>, Read>,
        list: &List,
    ) -> Result<Page<ForwardRule>> {
        // No host has a space, so paths come in their host's order.
        let sorts = [("host", "r.host || ' ' || r.path", Key::Text), ("updated_at", "r.updated_at", Key::Number)];
        let order = Order::of(list, &sorts, "host", "r.id")?;
        let column = order.column();
        let mut query = query(format!(
            "{SELECT}, {column} AS sort_key, r.id AS page_id FROM forward_rule r WHERE r.organization_id = "
        ));
        query.push_bind(within.id.0);
        search(&mut query, list.q.as_deref(), &["r.host"]);
        let page = order.fetch::<RuleRow>(self.transaction(), query).await?;
        let items = page.items.into_iter().map(RuleRow::rule).collect::<Result<_>>()?;
        Ok(Page { items, next_cursor: page.next_cursor })
    }

    /// How many rules the organization has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_forward_rules(&mut self, organization: OrganizationId) -> Result<i64> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM forward_rule WHERE organization_id = $1")
            .bind(organization.0)
            .fetch_one(self.transaction())
            .await?;
        Ok(count)
    }

    /// All rules of the host, whosever it is: for deciding, never for showing. None: nobody guards it here.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rules_of_host(&mut self, host: &str) -> Result<Vec<ForwardRule>> {
        let rows: Vec<RuleRow> = query(format!(
            "{SELECT} FROM forward_rule r JOIN organization o ON o.id = r.organization_id \
             WHERE r.host = $1 AND o.deleted_at IS NULL ORDER BY r.path, r.methods"
        ))
        .bind(host)
        .fetch_all(self.transaction())
        .await?;
        rows.into_iter().map(RuleRow::rule).collect()
    }

    /// How the caller fares with the rule, now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn passing(&mut self, rule: &ForwardRule) -> Result<Passing> {
        let Some(scope) = rule.scope() else { return Ok(Passing::Gone) };
        let id = match scope {
            Scope::Organization(id) => id.0,
            Scope::Bot(id) => id.0,
        };
        // An organization's models that are asked of nobody's record in particular have no owner.
        let place = self.place_of(&rule.permission, &id.to_string(), None).await?;
        let Some(place) = place.or(Some(Place { scope, owner: None }).filter(|_| self.is_there(scope))) else {
            return Ok(Passing::Gone);
        };
        let ask = |subject| Question { subject, permission: rule.permission.clone(), scope, owner: place.owner };
        let now = self.caller.now;
        let anybody = self.directory.allows(&ask(Subject::Anybody), now);
        let Some(subject) = self.caller.subject() else { return Ok(Passing::Known) };
        if subject == Subject::Anybody {
            return Ok(if anybody { Passing::Anybody } else { Passing::SignInNeeded });
        }
        if self.directory.allows(&ask(subject), now) {
            let lacks = lacks_second_factor(&self.directory, &self.caller, scope);
            return Ok(match (lacks, anybody) {
                (false, _) => Passing::Known,
                (true, true) => Passing::Anybody,
                (true, false) => Passing::SecondFactorNeeded,
            });
        }
        if anybody {
            return Ok(Passing::Anybody);
        }
        let decision = self.directory.decide(&ask(subject), now);
        Ok(Passing::Refused(Box::new(Attempt { permission: rule.permission.clone(), scope, decision })))
    }

    fn is_there(&self, scope: Scope) -> bool {
        match scope {
            Scope::Organization(id) => self.directory.organization(id).is_some_and(|facts| !facts.deleted),
            Scope::Bot(id) => self.directory.bot(id).is_some(),
        }
    }

    /// Whom the program is told of, of a caller who passes by the rule; none: nobody whom we know.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn passenger(&mut self, rule: &ForwardRule) -> Result<Option<ForwardPassenger>> {
        match self.caller.actor {
            Actor::User(user) => self.person_passing(user, rule).await,
            Actor::Key(key) => {
                let row: Option<(Uuid, Option<Uuid>, String)> =
                    query("SELECT sponsor_id, bot_id, name FROM api_key WHERE id = $1")
                        .bind(key.0)
                        .fetch_optional(self.transaction())
                        .await?;
                match row {
                    // A personal token stands for its person.
                    Some((sponsor, None, _)) => self.person_passing(UserId(sponsor), rule).await,
                    Some((_, Some(_), name)) => Ok(Some(ForwardPassenger {
                        id: format!("key:{}", key.0),
                        email: None,
                        name,
                        roles: Vec::new(),
                    })),
                    None => Ok(None),
                }
            }
            Actor::Anybody | Actor::Operator => Ok(None),
        }
    }

    async fn person_passing(&mut self, user: UserId, rule: &ForwardRule) -> Result<Option<ForwardPassenger>> {
        let Some(account) = find_account(self.transaction(), user).await? else { return Ok(None) };
        let roles = self.roles_held(user, rule);
        let mut names = query("SELECT name FROM role WHERE id IN (");
        names.push_binds(roles.into_iter().map(|role| role.0)).push(") ORDER BY name_folded");
        let names: Vec<(String,)> = names.fetch_all(self.transaction()).await?;
        Ok(Some(ForwardPassenger {
            id: user.0.to_string(),
            email: Some(account.email),
            name: account.name,
            roles: names.into_iter().map(|(name,)| name).collect(),
        }))
    }

    /// The roles that the person holds in the rule's organization, and on its bot.
    fn roles_held(&self, user: UserId, rule: &ForwardRule) -> Vec<RoleId> {
        let now = self.caller.now;
        let there = self.directory.member(rule.organization, user).map(|member| member.roles).unwrap_or_default();
        let on_bot = rule.bot.and_then(|bot| self.directory.entry(bot, user)).map(|entry| entry.roles);
        let all = there.into_iter().chain(on_bot.unwrap_or_default());
        all.filter(|held| held.provenance.holds(now)).map(|held| held.role).collect()
    }
}
