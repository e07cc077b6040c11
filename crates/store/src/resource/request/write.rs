//! Asking, taking back, granting, declining.

use rolecall_access::{BotId, OrganizationId, Permission, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{AccessRequest, By, RequestAuthority, RequestRow, of_organization};
use crate::audit::AuditEntry;
use crate::authorize::{Attempt, Denied, Read, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::account::find_account;
use crate::resource::{Account, Bots, NewTeamEntry, SinglePermission, UserPermissions};
use crate::sql::query;

/// How many questions of one person may be open in an organization.
const MOST: i64 = 20;

/// How many of those who can give it are told.
const TOLD: usize = 10;

impl Change {
    /// Asks for a permission in the organization, or on a bot that the caller may read. Gives the request and those who
    /// can grant it.
    ///
    /// # Errors
    /// [`Denied`]; [`Duplicate`](StoreError::Duplicate) `permission` if it is asked already;
    /// [`WrongState`](StoreError::WrongState) if there is nothing to ask.
    pub async fn ask_access(
        &mut self,
        organization: OrganizationId,
        bot: Option<BotId>,
        wanted: &Permission,
        reason: &str,
    ) -> Result<(AccessRequest, Vec<Account>)> {
        self.member_organization(organization).await?;
        let user = self.own_id()?;
        if let Some(bot) = bot
            && self.require::<Bots, Read>(bot).await?.organization != organization
        {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        self.lock(organization).await?;
        let Some((question, remedy)) = self.helping(organization, user, bot, wanted) else {
            return Err(StoreError::WrongState("you can do this already, or nobody can give it to you"));
        };
        if self.open_request(organization, user, bot, wanted).await?.is_some() {
            return Err(StoreError::Duplicate("permission"));
        }
        let (open,): (i64,) = query(
            "SELECT COUNT(*) FROM access_request WHERE organization_id = $1 AND account_id = $2 AND status = 'open'",
        )
        .bind(organization.0)
        .bind(user.0)
        .fetch_one(self.transaction())
        .await?;
        if open >= MOST {
            return Err(StoreError::WrongState("20 of your requests are open; wait for answers or take some back"));
        }
        let (id, now) = (self.new_id()?, self.caller().now);
        query(
            "INSERT INTO access_request (id, organization_id, account_id, bot_id, model, action, reason, status, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(user.0)
        .bind(bot.map(|bot| bot.0))
        .bind(wanted.model.as_str())
        .bind(wanted.action.as_str())
        .bind(reason)
        .bind(now.0)
        .execute(self.transaction())
        .await?;
        let request = self.found_request(organization, id).await?;
        self.note(&request, "ask_access");
        let mut told = Vec::new();
        for giver in self.directory().who_can_give(&question, &remedy, now, TOLD) {
            told.extend(find_account(self.transaction(), giver).await?);
        }
        Ok((request, told))
    }

    async fn found_request(&mut self, organization: OrganizationId, id: Uuid) -> Result<AccessRequest> {
        let mut query = of_organization(organization);
        query.push(" AND r.id = ").push_bind(id);
        let row: Option<RequestRow> = query.fetch_optional(self.transaction()).await?;
        row.map_or_else(|| Err(Denied::NotFound { attempt: None }.into()), AccessRequest::try_from)
    }

    /// Takes an own request back.
    ///
    /// # Errors
    /// [`Denied`] (not found) if it is somebody else's; [`WrongState`](StoreError::WrongState) if it is decided.
    pub async fn withdraw_access(&mut self, organization: OrganizationId, id: Uuid) -> Result<()> {
        self.member_organization(organization).await?;
        self.lock(organization).await?;
        let request = self.found_request(organization, id).await?;
        if self.caller_person() != Some(request.user) {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        self.decide(&request, "withdrawn", "").await?;
        self.note(&request, "withdraw_access");
        Ok(())
    }

    /// An open request that the caller can decide.
    ///
    /// # Errors
    /// [`Denied`]: not found, unless it is their own; [`WrongState`](StoreError::WrongState) if it is decided.
    pub async fn require_request(&mut self, organization: OrganizationId, id: Uuid) -> Result<RequestAuthority> {
        self.member_organization(organization).await?;
        self.lock(organization).await?;
        let request = self.found_request(organization, id).await?;
        if !self.decides(&request) {
            let own = self.caller_person() == Some(request.user);
            if !own {
                return Err(Denied::NotFound { attempt: None }.into());
            }
            let decision = rolecall_access::Decision { allowed: false, because: Vec::new(), missing: Vec::new() };
            let attempt = Attempt { permission: request.permission.clone(), scope: request.scope(), decision };
            return Err(Denied::Forbidden { attempt: Box::new(attempt) }.into());
        }
        if request.status != "open" {
            return Err(StoreError::WrongState("this request is answered already"));
        }
        let by = match request.bot {
            Some(bot) => By::Team(Box::new(self.require_team_editing(bot).await?)),
            None => By::Member(Box::new(self.require::<UserPermissions, Update>((organization, request.user)).await?)),
        };
        Ok(RequestAuthority { request, by })
    }

    /// Gives what is asked as a single permission, with a place on the bot's team if need be. The guards have their say.
    ///
    /// # Errors
    /// As for the grants themselves.
    pub async fn grant_access(
        &mut self,
        of: &RequestAuthority,
        expires_at: Option<Timestamp>,
    ) -> Result<AccessRequest> {
        let request = of.request();
        let reason = Some(request.reason.clone());
        let grant = SinglePermission { permission: request.permission.clone(), expires_at, reason };
        match &of.by {
            By::Team(team) => {
                let held = self.team_member(team.bot().id, request.user).await?;
                let entry = match held {
                    Some(held) => NewTeamEntry {
                        roles: None,
                        permissions: Some(with(held.permissions, grant)),
                        expires_at: held.expires_at,
                        reason: None,
                    },
                    // For this alone: no role of the bot's comes with it.
                    None => NewTeamEntry {
                        roles: Some(Vec::new()),
                        permissions: Some(vec![grant]),
                        expires_at,
                        reason: Some(request.reason.clone()),
                    },
                };
                self.set_team_entry(team, request.user, None, entry).await?;
            }
            By::Member(member) => {
                let held = self.single_permissions((request.organization, request.user)).await?;
                self.set_member_permissions(member, None, &with(held, grant)).await?;
            }
        }
        self.decide(request, "granted", "").await?;
        self.note(request, "grant_access");
        self.found_request(request.organization, request.id).await
    }

    /// Declines.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn decline_access(&mut self, of: &RequestAuthority, answer: &str) -> Result<AccessRequest> {
        self.decide(of.request(), "declined", answer).await?;
        self.note(of.request(), "decline_access");
        self.found_request(of.request().organization, of.request().id).await
    }

    async fn decide(&mut self, request: &AccessRequest, status: &str, answer: &str) -> Result<()> {
        let (now, by) = (self.caller().now.0, self.given_by());
        let decided = query(
            "UPDATE access_request SET status = $2, answer = $3, decided_by = $4, decided_at = $5 WHERE id = $1 \
             AND status = 'open'",
        )
        .bind(request.id)
        .bind(status)
        .bind(answer)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if decided == 0 {
            return Err(StoreError::WrongState("this request is answered already"));
        }
        Ok(())
    }

    fn note(&mut self, request: &AccessRequest, action: &'static str) {
        let model = if request.bot.is_some() { "Team" } else { "UserPermission" };
        let entry = AuditEntry::done(request.organization, action, model, request.user.0, &request.name);
        let bot = request.bot_name.as_deref();
        self.audit(
            entry.with(json!({ "permission": request.permission.to_string(), "bot": bot, "reason": request.reason })),
        );
    }
}

/// These, with the one added or replaced.
fn with(mut held: Vec<SinglePermission>, grant: SinglePermission) -> Vec<SinglePermission> {
    held.retain(|one| one.permission != grant.permission);
    held.push(grant);
    held
}
