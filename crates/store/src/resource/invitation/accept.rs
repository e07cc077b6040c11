//! Redeeming an invitation.

use rolecall_access::{Actor, BotId, OrganizationId, RoleId, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use super::write::names;
use super::{Acceptance, Invitation, Redeemable};
use crate::audit::AuditEntry;
use crate::authorize::Denied;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::account::find_account;
use crate::resource::member::find_member;
use crate::resource::organization::gone;
use crate::resource::{Account, NewAccount, NewAssignment, Organization};
use crate::sql::query;

impl Change {
    /// Redeems the token: the account is made or joins, roles and bots are given as stored, guarded as the
    /// inviter's change. `None`: the token is not (any more) good.
    ///
    /// # Errors
    /// [`Denied::SignInNeeded`] if the address has an account and the caller is not signed in as it;
    /// [`Void`](StoreError::Void) or [`Refused`](StoreError::Refused) if the inviter could no longer give it;
    /// [`Duplicate`](StoreError::Duplicate) `email` if that account is a member already.
    pub async fn accept_invitation(
        &mut self,
        token_hash: &[u8; 32],
        by: Acceptance,
    ) -> Result<Option<(Account, Organization)>> {
        let Some(redeemable) = self.find_invitation_by_token(token_hash).await? else { return Ok(None) };
        let Redeemable { invitation, organization, account: confirmed, .. } = redeemable;
        self.lock(organization.id).await?;
        let now = self.caller().now.0;
        let used = query(
            "UPDATE invitation SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL \
             AND expires_at > $2",
        )
        .bind(invitation.id.0)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if used == 0 {
            return Ok(None);
        }
        self.act_for_inviter(&invitation)?;
        let account = match (by, confirmed) {
            (Acceptance::SignedIn, Some(id)) if self.caller().actor == Actor::User(id) => {
                self.join(&invitation, id).await?;
                find_account(self.transaction(), id).await?.ok_or_else(gone)?
            }
            (Acceptance::NewAccount { name, password_hash }, None) => {
                self.begin_account(&invitation, name, password_hash).await?
            }
            _ => return Err(Denied::SignInNeeded.into()),
        };
        query("UPDATE invitation SET accepted_by = $2 WHERE id = $1")
            .bind(invitation.id.0)
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        self.act_as(&account);
        let fields =
            json!({ "email": account.email, "roles": names(&invitation.roles), "bots": names(&invitation.bots) });
        let entry = AuditEntry::done(organization.id, "accept", "Invitation", invitation.id.0, &account.name);
        self.audit(entry.with(fields));
        Ok(Some((account, organization)))
    }

    /// From here on the guards see the inviter, who must still be there; invitations of the operator stay the
    /// operator's.
    fn act_for_inviter(&mut self, invitation: &Invitation) -> Result<()> {
        match &invitation.invited_by {
            Some((inviter, _)) if self.directory().is_member(invitation.organization, *inviter) => {
                self.on_behalf_of(Actor::User(*inviter));
                self.check_still_invites(invitation)
            }
            Some(_) => Err(StoreError::Void),
            None if invitation.by_operator => {
                self.on_behalf_of(Actor::Operator);
                Ok(())
            }
            None => Err(StoreError::Void),
        }
    }

    /// The inviter must still be allowed to invite (or create users), and to give what was promised.
    fn check_still_invites(&self, invitation: &Invitation) -> Result<()> {
        let model = if invitation.user.is_some() { "User" } else { "Invitation" };
        if !self.guarded_may(invitation.organization, model, "create") {
            return Err(StoreError::Void);
        }
        let roles: Vec<RoleId> = invitation.roles.iter().map(|(id, _)| *id).collect();
        let bots: Vec<BotId> = invitation.bots.iter().map(|(id, _)| *id).collect();
        self.check_invitation(invitation.organization, &roles, &bots).map_err(|_| StoreError::Void)
    }

    /// An account that was not there: the placeholder's, or a new one.
    async fn begin_account(&mut self, invitation: &Invitation, name: String, password_hash: String) -> Result<Account> {
        let Some(placeholder) = invitation.user else {
            let new = NewAccount {
                email: invitation.email.clone(),
                name,
                password_hash: Some(password_hash),
                verified: true,
            };
            let account = self.create_account(new).await?;
            self.enter(invitation, account.id).await?;
            return Ok(account);
        };
        let now = self.caller().now.0;
        query(
            "UPDATE account SET name = $2, name_folded = $3, password_hash = $4, verified_at = $5, updated_at = $5, \
             version = version + 1 WHERE id = $1",
        )
        .bind(placeholder.0)
        .bind(&name)
        .bind(fold(&name))
        .bind(&password_hash)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("email"))?;
        self.touch(Unit::Account(placeholder));
        self.activate(invitation.organization, placeholder).await?;
        find_account(self.transaction(), placeholder).await?.ok_or_else(gone)
    }

    /// An account that was there joins: what its placeholder holds becomes its own.
    async fn join(&mut self, invitation: &Invitation, id: UserId) -> Result<()> {
        let organization = invitation.organization;
        if find_member(self.transaction(), (organization, id)).await?.is_some() {
            return Err(StoreError::Duplicate("email"));
        }
        let Some(placeholder) = invitation.user else { return self.enter(invitation, id).await };
        let bots: Vec<(Uuid,)> = query("SELECT bot_id FROM team_entry WHERE account_id = $1")
            .bind(placeholder.0)
            .fetch_all(self.transaction())
            .await?;
        // Role assignments, single permissions and team entries follow by ON UPDATE CASCADE.
        query(
            "UPDATE membership SET account_id = $3, \
             name_folded = (SELECT name_folded FROM account WHERE id = $3), \
             email_folded = (SELECT email_folded FROM account WHERE id = $3) \
             WHERE organization_id = $1 AND account_id = $2",
        )
        .bind(organization.0)
        .bind(placeholder.0)
        .bind(id.0)
        .execute(self.transaction())
        .await?;
        query("UPDATE invitation SET account_id = $2 WHERE account_id = $1")
            .bind(placeholder.0)
            .bind(id.0)
            .execute(self.transaction())
            .await?;
        query("DELETE FROM account WHERE id = $1 AND verified_at IS NULL")
            .bind(placeholder.0)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Member(organization, placeholder));
        self.touch(Unit::Account(placeholder));
        for (bot,) in bots {
            self.bump_team(BotId(bot)).await?;
        }
        self.activate(organization, id).await
    }

    async fn activate(&mut self, organization: OrganizationId, user: UserId) -> Result<()> {
        query("UPDATE membership SET status = 'active' WHERE organization_id = $1 AND account_id = $2")
            .bind(organization.0)
            .bind(user.0)
            .execute(self.transaction())
            .await?;
        self.bump_member((organization, user)).await
    }

    /// Somebody new comes in: membership, roles, bots.
    async fn enter(&mut self, invitation: &Invitation, user: UserId) -> Result<()> {
        let id = (invitation.organization, user);
        self.insert_membership(invitation.organization, user, "active").await?;
        let roles: Vec<RoleId> = invitation.roles.iter().map(|(role, _)| *role).collect();
        for role in &roles {
            self.give_role(id, &NewAssignment { role: *role, expires_at: None, reason: String::new() }).await?;
        }
        for (bot, _) in &invitation.bots {
            let default = self.default_bot_roles(invitation.organization, &roles);
            self.put_on_team(*bot, id, &default).await?;
        }
        Ok(())
    }
}
