//! Changing teams.

use rolecall_access::{BotId, OrganizationId, Reach, RoleId, Unit, UserId};
use serde_json::json;

use super::{NewTeamEntry, TeamMember, Teams};
use crate::audit::AuditEntry;
use crate::authorize::{Create, Delete, Denied, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::bot::find_bot;
use crate::resource::member::find_member;
use crate::resource::organization::{find_organization, fresh, gone};
use crate::resource::role::find_role;
use crate::resource::{Bot, NewAssignment, SinglePermission};
use crate::sql::query;

/// A bot whose team the caller may change, and how.
pub struct TeamAuthority {
    bot: Bot,
    adds: bool,
    edits: bool,
    removes: bool,
}

impl TeamAuthority {
    /// The bot.
    #[must_use]
    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    fn need(&self, allowed: bool, attempt: &str) -> Result<()> {
        if allowed {
            return Ok(());
        }
        let permission = crate::facts::permission("Team", attempt)?;
        let decision = rolecall_access::Decision { allowed: false, because: Vec::new(), missing: Vec::new() };
        let scope = rolecall_access::Scope::Bot(self.bot.id);
        Err(Denied::Forbidden { attempt: Box::new(crate::Attempt { permission, scope, decision }) }.into())
    }
}

impl Change {
    /// The bot, if the caller may change its team: `Team: update` does everything, `create` alone puts people
    /// on it, `delete` alone takes them off.
    ///
    /// # Errors
    /// [`Denied`] if the caller may do none of these.
    pub async fn require_team(&mut self, bot: BotId) -> Result<TeamAuthority> {
        let denied = match self.require_team_editing(bot).await {
            Ok(authority) => return Ok(authority),
            Err(denied) => denied,
        };
        let adds = self.require::<Teams, Create>(bot).await.ok();
        let removes = self.require::<Teams, Delete>(bot).await.ok();
        let (can_add, can_remove) = (adds.is_some(), removes.is_some());
        match adds.map(crate::Authorized::into_record).or(removes.map(crate::Authorized::into_record)) {
            Some(bot) => Ok(TeamAuthority { bot, adds: can_add, edits: false, removes: can_remove }),
            None => Err(denied),
        }
    }

    /// The bot, if the caller may change what people may do there (`Team: update`).
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn require_team_editing(&mut self, bot: BotId) -> Result<TeamAuthority> {
        let bot = self.require::<Teams, Update>(bot).await?.into_record();
        Ok(TeamAuthority { bot, adds: true, edits: true, removes: true })
    }

    /// Makes sure that the caller may put people on the bot.
    pub(crate) async fn require_team_addition(&mut self, bot: BotId) -> Result<()> {
        let authority = self.require_team(bot).await?;
        authority.need(authority.adds, "create")
    }

    /// Puts the person on the bot's team or changes their entry.
    ///
    /// # Errors
    /// [`Denied`]; [`Unknown`](StoreError::Unknown) `user_id`, `role_ids`;
    /// [`Stale`](StoreError::Stale) (the team's version).
    pub async fn set_team_entry(
        &mut self,
        of: &TeamAuthority,
        user: UserId,
        version: Option<i64>,
        entry: NewTeamEntry,
    ) -> Result<(TeamMember, i64)> {
        let bot = of.bot();
        fresh(version, bot.team_version)?;
        self.lock(bot.organization).await?;
        let before = self.team_member(bot.id, user).await?;
        let plain = entry.roles.is_none() && entry.permissions.is_none();
        if before.is_some() || !plain {
            of.need(of.edits, "update")?;
        } else {
            of.need(of.adds, "create")?;
        }
        // A partner's people come by their own organization's hand; once there, they are given permissions like others.
        if before.is_none() {
            let Some(member) = find_member(self.transaction(), (bot.organization, user)).await? else {
                return Err(StoreError::Unknown("user_id"));
            };
            let held = self.member_roles(std::slice::from_ref(&member)).await?.pop().unwrap_or_default();
            let held: Vec<RoleId> = held.into_iter().map(|role| role.role).collect();
            let default = self.default_bot_roles(bot.organization, &held);
            let roles = if entry.roles.is_some() { Vec::new() } else { default };
            self.put_on_team(bot.id, (bot.organization, user), &roles).await?;
        }
        self.set_entry_term(bot.id, user, &entry).await?;
        if let Some(roles) = &entry.roles {
            self.set_entry_roles(bot, user, before.as_ref(), roles).await?;
        }
        if let Some(permissions) = &entry.permissions {
            self.set_entry_permissions(bot.id, user, before.as_ref(), permissions).await?;
        }
        self.bump_team(bot.id).await?;
        let after = self.team_member(bot.id, user).await?.ok_or_else(gone)?;
        let action = if before.is_some() { "change_team_entry" } else { "put_on_team" };
        let mut audit = AuditEntry::done(bot.organization, action, "Team", bot.id.0, &bot.name).with(fields(&after));
        audit.before = before.as_ref().map(fields);
        self.tell(bot, after.through, audit).await?;
        let version = find_bot(self.transaction(), bot.id).await?.ok_or_else(gone)?.team_version;
        Ok((after, version))
    }

    /// Takes the person off. Oneself: free.
    ///
    /// # Errors
    /// [`Denied`] (not found if not on it); [`Stale`](StoreError::Stale).
    pub async fn remove_team_entry(&mut self, of: &TeamAuthority, user: UserId, version: Option<i64>) -> Result<()> {
        of.need(of.removes, "delete")?;
        fresh(version, of.bot.team_version)?;
        self.take_off_team(&of.bot, user).await
    }

    /// Takes the caller off a bot: leaving is free.
    ///
    /// # Errors
    /// [`Denied`] if they are not on it.
    pub async fn leave_team(&mut self, bot: BotId) -> Result<()> {
        let user = self.own_id()?;
        let found = find_bot(self.transaction(), bot).await?;
        let Some(bot) = found else { return Err(Denied::NotFound { attempt: None }.into()) };
        self.take_off_team(&bot, user).await
    }

    async fn take_off_team(&mut self, bot: &Bot, user: UserId) -> Result<()> {
        self.lock(bot.organization).await?;
        let Some(before) = self.team_member(bot.id, user).await? else {
            return Err(Denied::NotFound { attempt: None }.into());
        };
        query("DELETE FROM team_entry WHERE bot_id = $1 AND account_id = $2")
            .bind(bot.id.0)
            .bind(user.0)
            .execute(self.transaction())
            .await?;
        self.bump_team(bot.id).await?;
        let mut entry = AuditEntry::done(bot.organization, "take_off_team", "Team", bot.id.0, &bot.name);
        entry.before = Some(fields(&before));
        self.tell(bot, before.through, entry).await
    }

    /// Writes the row for the bot's organization, and for the partner through which the person came.
    async fn tell(&mut self, bot: &Bot, through: OrganizationId, entry: AuditEntry) -> Result<()> {
        if through != bot.organization {
            let own = find_organization(self.transaction(), bot.organization).await?.ok_or_else(gone)?;
            let mut theirs = AuditEntry { organization: Some(through), ..entry.clone() };
            // Which roles there are here is not theirs to know.
            for fields in theirs.before.iter_mut().chain(&mut theirs.after) {
                fields.as_object_mut().map(|fields| fields.remove("roles"));
            }
            self.audit(theirs.by(own.id, own.name));
        }
        self.audit(entry);
        Ok(())
    }

    /// Sets who is on the team at once: puts the new ones on it with their default roles, takes off those not
    /// named.
    ///
    /// # Errors
    /// As for the single ones; [`Unknown`](StoreError::Unknown) `user_ids`.
    pub async fn set_team(&mut self, of: &TeamAuthority, version: Option<i64>, users: &[UserId]) -> Result<()> {
        fresh(version, of.bot.team_version)?;
        let present = super::read::team(self.transaction(), of.bot.id).await?;
        for member in present.iter().filter(|member| !users.contains(&member.user)) {
            self.remove_team_entry(of, member.user, None).await?;
        }
        for user in users.iter().filter(|user| !present.iter().any(|member| member.user == **user)) {
            self.set_team_entry(of, *user, None, NewTeamEntry::default()).await.map_err(|error| match error {
                StoreError::Unknown("user_id") => StoreError::Unknown("user_ids"),
                other => other,
            })?;
        }
        Ok(())
    }

    /// The person's entry on a team.
    pub(crate) async fn team_member(&mut self, bot: BotId, user: UserId) -> Result<Option<TeamMember>> {
        Ok(super::read::team(self.transaction(), bot).await?.into_iter().find(|member| member.user == user))
    }

    /// The roles that a person with these organization roles gets on a bot by default: theirs of reach `bots`,
    /// else the organization's default.
    pub(crate) fn default_bot_roles(&self, organization: OrganizationId, held: &[RoleId]) -> Vec<RoleId> {
        let reaches_bots = |role: &&RoleId| self.directory().role(**role).is_some_and(|role| role.reach == Reach::Bots);
        let own: Vec<RoleId> = held.iter().filter(reaches_bots).copied().collect();
        if own.is_empty() {
            let facts = self.directory().organization(organization);
            facts.and_then(|facts| facts.policies.team_default_role).into_iter().collect()
        } else {
            own
        }
    }

    /// A team entry's row, with its roles.
    pub(crate) async fn put_on_team(
        &mut self,
        bot: BotId,
        (organization, user): (OrganizationId, UserId),
        roles: &[RoleId],
    ) -> Result<()> {
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO team_entry (bot_id, account_id, organization_id, given_by, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(bot.0)
        .bind(user.0)
        .bind(organization.0)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("user_id"))?;
        for role in roles {
            self.insert_bot_role(bot, user, &NewAssignment { role: *role, expires_at: None, reason: String::new() })
                .await?;
        }
        self.touch(Unit::Bot(bot));
        Ok(())
    }

    async fn set_entry_term(&mut self, bot: BotId, user: UserId, entry: &NewTeamEntry) -> Result<()> {
        query("UPDATE team_entry SET expires_at = $3, reason = COALESCE($4, reason) WHERE bot_id = $1 AND account_id = $2")
            .bind(bot.0)
            .bind(user.0)
            .bind(entry.expires_at.map(|end| end.0))
            .bind(&entry.reason)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    async fn set_entry_roles(
        &mut self,
        bot: &Bot,
        user: UserId,
        before: Option<&TeamMember>,
        roles: &[NewAssignment],
    ) -> Result<()> {
        let held = before.map(|member| member.roles.as_slice()).unwrap_or_default();
        for role in held.iter().filter(|held| !roles.iter().any(|wanted| wanted.role == held.role)) {
            query("DELETE FROM bot_role_assignment WHERE bot_id = $1 AND account_id = $2 AND role_id = $3")
                .bind(bot.id.0)
                .bind(user.0)
                .bind(role.role.0)
                .execute(self.transaction())
                .await?;
        }
        for grant in roles.iter().filter(|wanted| !held.iter().any(|held| held.role == wanted.role)) {
            if find_role(self.transaction(), bot.organization, grant.role).await?.is_none() {
                return Err(StoreError::Unknown("role_ids"));
            }
            self.insert_bot_role(bot.id, user, grant).await?;
        }
        Ok(())
    }

    pub(crate) async fn insert_bot_role(&mut self, bot: BotId, user: UserId, grant: &NewAssignment) -> Result<()> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO bot_role_assignment (id, bot_id, account_id, role_id, expires_at, reason, given_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(user.0)
        .bind(grant.role.0)
        .bind(grant.expires_at.map(|end| end.0))
        .bind(&grant.reason)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("role_ids"))?;
        Ok(())
    }

    async fn set_entry_permissions(
        &mut self,
        bot: BotId,
        user: UserId,
        before: Option<&TeamMember>,
        permissions: &[SinglePermission],
    ) -> Result<()> {
        let held = before.map(|member| member.permissions.as_slice()).unwrap_or_default();
        for grant in held.iter().filter(|grant| !permissions.iter().any(|wanted| grant.is(wanted))) {
            query("DELETE FROM bot_permission WHERE bot_id = $1 AND account_id = $2 AND model = $3 AND action = $4")
                .bind(bot.0)
                .bind(user.0)
                .bind(grant.permission.model.as_str())
                .bind(grant.permission.action.as_str())
                .execute(self.transaction())
                .await?;
        }
        for grant in permissions.iter().filter(|wanted| !held.iter().any(|grant| grant.is(wanted))) {
            self.insert_bot_permission(bot, user, grant, &grant.reason_after(held)).await?;
        }
        Ok(())
    }

    /// Gives a single permission on a bot.
    pub(crate) async fn insert_bot_permission(
        &mut self,
        bot: BotId,
        user: UserId,
        grant: &SinglePermission,
        reason: &str,
    ) -> Result<()> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO bot_permission (id, bot_id, account_id, model, action, expires_at, reason, given_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(user.0)
        .bind(grant.permission.model.as_str())
        .bind(grant.permission.action.as_str())
        .bind(grant.expires_at.map(|end| end.0))
        .bind(reason)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("permissions"))?;
        Ok(())
    }

    /// Notes that a bot's team changed.
    pub(crate) async fn bump_team(&mut self, bot: BotId) -> Result<()> {
        let now = self.caller().now.0;
        query("UPDATE bot SET team_version = team_version + 1, updated_at = $2 WHERE id = $1")
            .bind(bot.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Bot(bot));
        Ok(())
    }
}

fn fields(member: &TeamMember) -> serde_json::Value {
    json!({
        "person": member.name,
        "roles": member.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(),
        "permissions": member.permissions.iter().map(|grant| grant.permission.to_string()).collect::<Vec<_>>(),
        "expires_at": member.expires_at.map(|end| end.0),
    })
}
