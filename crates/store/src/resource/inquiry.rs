//! Questions about others: where the caller may ask them, and of whom and what they speak.
//!
//! INVARIANT: what the caller may not ask about is answered here as what is not there. Nothing beyond this file looks at
//! somebody before [`Access::knows`] has said that the caller may ask about them.

use std::collections::BTreeSet;

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{Actor, BotId, OrganizationId, Permission, Question, Scope, Subject, UserId};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Place, Resource, allows, lacks_second_factor};
use crate::error::Result;
use crate::fold::fold;
use crate::resource::Bots;
use crate::resource::bot::find_bot;
use crate::sql::query;

/// About whom the caller may ask at some place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nobody.
    Nobody,
    /// Whoever is on the bot's team.
    Team,
    /// Everybody.
    Everybody,
}

/// Models whose record at a bot's id is the bot itself, owned by its owner.
const RECORD_IS_BOT: [&str; 9] =
    ["Bot", "BotSetting", "BotOwner", "Team", "Appearance", "Channel", "Playground", "Publication", "Analytics"];
/// Models whose record at an organization's id is the organization itself.
const RECORD_IS_ORGANIZATION: [&str; 6] = ["Organization", "Policy", "Billing", "SingleSignOn", "AuditLog", "Model"];
/// Models whose records have ids of their own, with the query for where one lives and who owns it.
const ON_BOT: [(&str, &str); 5] = [
    ("Flow", "SELECT bot_id, owner_id FROM flow WHERE id = $1"),
    ("Content", "SELECT bot_id, owner_id FROM content WHERE id = $1"),
    ("TrainingData", "SELECT bot_id, owner_id FROM intent WHERE id = $1"),
    ("Conversation", "SELECT bot_id, assigned_to FROM conversation WHERE id = $1"),
    ("ApiKey", "SELECT bot_id, sponsor_id FROM api_key WHERE id = $1 AND bot_id IS NOT NULL"),
];
/// The same of records that live in the organization.
const IN_ORGANIZATION: [(&str, &str); 3] = [
    ("Role", "SELECT organization_id, created_by FROM role WHERE id = $1"),
    ("Invitation", "SELECT organization_id, invited_by FROM invitation WHERE id = $1"),
    (
        "Permission",
        "SELECT r.organization_id, r.created_by FROM role_permission p JOIN role r ON r.id = p.role_id WHERE p.id = $1",
    ),
];
/// Models whose record is somebody's membership.
const RECORD_IS_MEMBERSHIP: [&str; 3] = ["User", "RoleAssignment", "UserPermission"];

impl Access {
    /// About whom the caller may ask there: with `UserPermission: read` in the organization everybody, with `Team: read`
    /// on the bot its team. A bot must be one that whoever asks (of a key: its sponsor) may read.
    #[must_use]
    pub fn asks(&self, scope: Scope) -> Asks {
        let organization = match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.directory.bot(id).map(|bot| bot.organization),
        };
        let Some(organization) = organization else { return Asks::Nobody };
        if lacks_second_factor(&self.directory, &self.caller, scope) || !self.is_known(scope) {
            return Asks::Nobody;
        }
        let may =
            |model: &str, scope| allows(&self.directory, &self.caller, model, "read", Place { scope, owner: None });
        if may("UserPermission", Scope::Organization(organization)) {
            return Asks::Everybody;
        }
        if matches!(scope, Scope::Bot(_)) && may("Team", scope) { Asks::Team } else { Asks::Nobody }
    }

    /// Whether the person behind the caller may know of the place.
    fn is_known(&self, scope: Scope) -> bool {
        let Some(user) = self.caller_person() else { return true };
        match scope {
            Scope::Organization(id) => self.directory.is_member(id, user),
            Scope::Bot(id) => {
                let Ok(permission) = Permission::new("Bot", "read") else { return false };
                let owner = self.directory.bot(id).and_then(|bot| bot.owner);
                self.directory
                    .allows(&Question { subject: Subject::User(user), permission, scope, owner }, self.caller.now)
            }
        }
    }

    /// Whether the caller may be told what the person can do there. Oneself is free.
    #[must_use]
    pub fn knows(&self, user: UserId, scope: Scope) -> bool {
        if self.caller.actor == Actor::User(user) {
            return !lacks_second_factor(&self.directory, &self.caller, scope);
        }
        match (self.asks(scope), scope) {
            (Asks::Everybody, Scope::Organization(id)) => self.is_inside(id, user),
            (Asks::Everybody, Scope::Bot(id)) => {
                self.directory.bot(id).is_some_and(|bot| self.is_inside(bot.organization, user))
            }
            (Asks::Team, Scope::Bot(id)) => self.directory.entry(id, user).is_some(),
            _ => false,
        }
    }

    /// Whether the caller may be told why somebody may not do something there: of oneself only where one may know the place.
    #[must_use]
    pub fn knows_place(&self, scope: Scope) -> bool {
        self.is_known(scope)
    }

    /// Whether the person is one of the organization's, or on a bot of it.
    fn is_inside(&self, organization: OrganizationId, user: UserId) -> bool {
        self.directory.member(organization, user).is_some()
            || self.directory.bots_of(user).any(|bot| bot.organization == organization)
    }

    /// Everybody about whom the caller may ask there, themself included.
    #[must_use]
    pub fn people_known(&self, scope: Scope) -> BTreeSet<UserId> {
        let mut people = BTreeSet::new();
        if let Actor::User(user) = self.caller.actor {
            people.extend(self.knows(user, scope).then_some(user));
        }
        let asks = self.asks(scope);
        let bot = match scope {
            Scope::Bot(id) => self.directory.bot(id),
            Scope::Organization(_) => None,
        };
        if let (true, Some(bot)) = (asks != Asks::Nobody, bot) {
            people.extend(self.directory.on_team(bot.id));
        }
        let organization = match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(_) => bot.map(|bot| bot.organization),
        };
        if let (Asks::Everybody, Some(organization)) = (asks, organization) {
            people.extend(self.directory.members(organization));
        }
        people
    }

    /// The organizations that the caller's questions can be about: where they are a member or a guest, of a key where its
    /// scope is.
    #[must_use]
    pub fn asked_organizations(&self) -> BTreeSet<OrganizationId> {
        match self.caller.actor {
            Actor::User(user) => {
                self.directory.organizations_of(user).chain(self.directory.hosts(user, self.caller.now)).collect()
            }
            Actor::Key(key) => {
                let scopes = self.directory.key(key).map(|key| key.scope.as_slice()).unwrap_or_default();
                let of = |scope: Scope| match scope {
                    Scope::Organization(id) => Some(id),
                    Scope::Bot(id) => self.directory.bot(id).map(|bot| bot.organization),
                };
                scopes.iter().filter_map(|(scope, _)| of(*scope)).collect()
            }
            Actor::Anybody | Actor::Operator => BTreeSet::new(),
        }
    }

    /// Whether the caller may ask about anybody at all; of oneself one always may.
    #[must_use]
    pub fn asks_anywhere(&self) -> bool {
        matches!(self.caller.actor, Actor::User(_)) || self.places_asked().next().is_some()
    }

    /// The organizations, and their bots, where the caller may ask about somebody else.
    pub fn places_asked(&self) -> impl Iterator<Item = Scope> {
        self.asked_organizations().into_iter().flat_map(|organization| {
            let bots = self.directory.bots(organization).map(|bot| Scope::Bot(bot.id));
            std::iter::once(Scope::Organization(organization))
                .chain(bots)
                .filter(|scope| self.asks(*scope) != Asks::Nobody)
        })
    }

    /// The people so named: by id, or by e-mail address (several may have one that is not confirmed yet).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn people_named(&mut self, id: &str) -> Result<Vec<UserId>> {
        if let Ok(id) = id.parse::<UserId>() {
            return Ok(vec![id]);
        }
        if !id.contains('@') {
            return Ok(Vec::new());
        }
        let rows: Vec<(Uuid,)> = query("SELECT id FROM account WHERE email_folded = $1 ORDER BY verified_at, id")
            .bind(fold(id))
            .fetch_all(self.transaction())
            .await?;
        Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
    }

    /// Where a record of one of our own models lives, and who owns it: the id is the bot's or the organization's that it is
    /// about, or its own. A membership's is its person's, in the organization named.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn place_of(
        &mut self,
        permission: &Permission,
        id: &str,
        within: Option<OrganizationId>,
    ) -> Result<Option<Place>> {
        let Ok(id) = id.parse::<Uuid>() else { return Ok(None) };
        let (model, level) = (permission.model.as_str(), catalogue::level(permission));
        let bot = self.directory.bot(BotId(id)).filter(|_| level == Some(Level::Bot));
        if let Some(facts) = bot {
            let (scope, owner) = (Scope::Bot(BotId(id)), facts.owner);
            if owner.is_none() && RECORD_IS_BOT.contains(&model) {
                return Ok(find_bot(self.transaction(), BotId(id)).await?.map(|bot| Bots::place(&bot)));
            }
            return Ok(Some(Place { scope, owner: owner.filter(|_| RECORD_IS_BOT.contains(&model)) }));
        }
        if let (Some(Level::Organization), Some(facts)) = (level, self.directory.organization(OrganizationId(id))) {
            let owner = facts.owner.filter(|_| RECORD_IS_ORGANIZATION.contains(&model));
            return Ok(Some(Place { scope: Scope::Organization(facts.id), owner }));
        }
        if RECORD_IS_MEMBERSHIP.contains(&model) {
            return self.membership_place(id, within).await;
        }
        let on_bot = ON_BOT.iter().find(|(of, _)| *of == model);
        let Some((_, text)) = on_bot.or_else(|| IN_ORGANIZATION.iter().find(|(of, _)| *of == model)) else {
            return Ok(None);
        };
        let row: Option<(Uuid, Option<Uuid>)> = query(*text).bind(id).fetch_optional(self.transaction()).await?;
        Ok(row.map(|(place, owner)| {
            let scope =
                if on_bot.is_some() { Scope::Bot(BotId(place)) } else { Scope::Organization(OrganizationId(place)) };
            Place { scope, owner: owner.map(UserId) }
        }))
    }

    async fn membership_place(&mut self, user: Uuid, within: Option<OrganizationId>) -> Result<Option<Place>> {
        let Some(organization) = within else { return Ok(None) };
        let row: Option<(Option<Uuid>,)> =
            query("SELECT created_by FROM membership WHERE organization_id = $1 AND account_id = $2")
                .bind(organization.0)
                .bind(user)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(owner,)| Place { scope: Scope::Organization(organization), owner: owner.map(UserId) }))
    }
}
