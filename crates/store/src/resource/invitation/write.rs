//! Making, sending again and revoking invitations.

use rolecall_access::guards::{Promise, check_promise};
use rolecall_access::{Actor, BotId, OrganizationId, RoleId, Timestamp};
use serde_json::json;

use super::read::find_invitation;
use super::{Invitation, InvitationId, Invitations, NewInvitation};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::bot::find_bot;
use crate::resource::member::find_member;
use crate::resource::organization::gone;
use crate::resource::role::find_role;
use crate::resource::{InvitationState, Member};
use crate::sql::query;

impl Change {
    /// Makes an invitation; guards it as if the person had accepted. Roles other than the organization's default
    /// need `RoleAssignment: create`, bots need the right to put people on their team.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `email` (a member, or invited already);
    /// [`SeatsTaken`](StoreError::SeatsTaken); [`Unknown`](StoreError::Unknown) `role_ids`/`bot_ids`;
    /// [`Refused`](StoreError::Refused).
    pub async fn create_invitation(
        &mut self,
        within: &Authorized<In<Invitations>, Create>,
        new: NewInvitation,
    ) -> Result<Invitation> {
        let organization = within.id;
        self.lock(organization).await?;
        let default =
            self.directory().organization(organization).and_then(|facts| facts.policies.default_invitation_role);
        let roles = if new.roles.is_empty() { default.into_iter().collect() } else { new.roles };
        self.allow_roles(organization, roles.iter().copied()).await?;
        for role in &roles {
            if find_role(self.transaction(), organization, *role).await?.is_none() {
                return Err(StoreError::Unknown("role_ids"));
            }
        }
        for bot in &new.bots {
            let found = find_bot(self.transaction(), *bot).await?;
            if found.is_none_or(|found| found.organization != organization) {
                return Err(StoreError::Unknown("bot_ids"));
            }
            self.require_team_addition(*bot).await?;
        }
        self.free_address(organization, &new.email).await?;
        self.free_seat(organization).await?;
        self.check_invitation(organization, &roles, &new.bots)?;
        let id = self.insert_invitation(organization, None, &new.email, new.token_hash, new.expires_at).await?;
        for role in &roles {
            query("INSERT INTO invitation_role (invitation_id, role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(id.0)
                .bind(role.0)
                .execute(self.transaction())
                .await?;
        }
        for bot in &new.bots {
            query("INSERT INTO invitation_bot (invitation_id, bot_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(id.0)
                .bind(bot.0)
                .execute(self.transaction())
                .await?;
        }
        let invitation = find_invitation(self.transaction(), id).await?.ok_or_else(gone)?;
        let fields =
            json!({ "email": invitation.email, "roles": names(&invitation.roles), "bots": names(&invitation.bots) });
        self.audit(AuditEntry::done(organization, "invite", "Invitation", id.0, &invitation.email).with(fields));
        Ok(invitation)
    }

    /// Whether whoever acts may give these roles and bots to somebody new, now.
    pub(crate) fn check_invitation(
        &self,
        organization: OrganizationId,
        roles: &[RoleId],
        bots: &[BotId],
    ) -> Result<()> {
        let bots: Vec<(BotId, Vec<RoleId>)> =
            bots.iter().map(|bot| (*bot, self.default_bot_roles(organization, roles))).collect();
        let promise = Promise { organization, roles, permissions: &[], bots: &bots };
        let now = self.caller().now;
        Ok(check_promise(self.directory(), self.guarded_actor(), self.using(), &promise, now)?)
    }

    /// Makes the invitation of a person just created with [`Change::create_member`] (roles are theirs already).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invite_member(
        &mut self,
        member: &Member,
        token_hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<Invitation> {
        let id = self
            .insert_invitation(member.organization, Some(member.user.0), &member.email, token_hash, expires_at)
            .await?;
        find_invitation(self.transaction(), id).await?.ok_or_else(gone)
    }

    async fn insert_invitation(
        &mut self,
        organization: OrganizationId,
        account: Option<uuid::Uuid>,
        email: &str,
        token_hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<InvitationId> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO invitation (id, organization_id, account_id, email, email_folded, token_hash, invited_by, \
             by_operator, created_at, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $10, $8, $8, $9)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(account)
        .bind(email)
        .bind(fold(email))
        .bind(&token_hash[..])
        .bind(by)
        .bind(now)
        .bind(expires_at.0)
        .bind(self.guarded_actor() == Actor::Operator)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("email"))?;
        Ok(InvitationId(id))
    }

    /// A new token and a new term; the caller becomes the inviter.
    ///
    /// # Errors
    /// [`Refused`](StoreError::Refused) if the caller could not give it; [`WrongState`](StoreError::WrongState)
    /// if it was accepted or revoked.
    pub async fn resend_invitation(
        &mut self,
        invitation: &Authorized<Invitations, Update>,
        token_hash: [u8; 32],
        expires_at: Timestamp,
    ) -> Result<Invitation> {
        self.lock(invitation.organization).await?;
        let now = self.caller().now;
        if !matches!(invitation.state(now), InvitationState::Pending | InvitationState::Expired) {
            return Err(StoreError::WrongState("this invitation is accepted or revoked; make a new one"));
        }
        let roles: Vec<RoleId> = invitation.roles.iter().map(|(id, _)| *id).collect();
        let bots: Vec<BotId> = invitation.bots.iter().map(|(id, _)| *id).collect();
        self.allow_roles(invitation.organization, roles.iter().copied()).await?;
        self.check_invitation(invitation.organization, &roles, &bots)?;
        query("UPDATE invitation SET token_hash = $2, invited_by = $3, by_operator = $6, sent_at = $4, expires_at = $5 WHERE id = $1")
            .bind(invitation.id.0)
            .bind(&token_hash[..])
            .bind(self.given_by())
            .bind(now.0)
            .bind(expires_at.0)
            .bind(self.guarded_actor() == Actor::Operator)
            .execute(self.transaction())
            .await?;
        let entry =
            AuditEntry::done(invitation.organization, "resend", "Invitation", invitation.id.0, &invitation.email);
        self.audit(entry);
        find_invitation(self.transaction(), invitation.id).await?.ok_or_else(gone)
    }

    /// Takes it back; a person created beforehand goes with it.
    ///
    /// # Errors
    /// [`WrongState`](StoreError::WrongState) if it was accepted.
    pub async fn revoke_invitation(&mut self, invitation: &Authorized<Invitations, Delete>) -> Result<()> {
        self.lock(invitation.organization).await?;
        if invitation.accepted_at.is_some() {
            return Err(StoreError::WrongState("this invitation is accepted; remove the person instead"));
        }
        let now = self.caller().now.0;
        query("UPDATE invitation SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
            .bind(invitation.id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        if let Some(user) = invitation.user
            && let Some(member) = find_member(self.transaction(), (invitation.organization, user)).await?
        {
            self.drop_member(&member).await?;
        }
        let entry =
            AuditEntry::done(invitation.organization, "revoke", "Invitation", invitation.id.0, &invitation.email);
        self.audit(entry);
        Ok(())
    }
}

pub(super) fn names<I>(named: &[(I, String)]) -> Vec<&str> {
    named.iter().map(|(_, name)| name.as_str()).collect()
}
