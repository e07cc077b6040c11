//! Creating, suspending, removing members.

use rolecall_access::facts::MemberStatus;
use rolecall_access::{BotId, OrganizationId, Timestamp, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use super::{Member, Members, NewAssignment, SinglePermission, find_member, status_text};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, Denied, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::NewAccount;
use crate::resource::organization::{AssignableRoles, fresh, gone};
use crate::sql::query;

/// A user to be created, with what they get at once.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Roles; other than the organization's default role alone, they need `RoleAssignment: create`.
    pub roles: Vec<NewAssignment>,
    /// Single permissions.
    pub permissions: Vec<SinglePermission>,
}

impl Change {
    /// Creates a user who has not confirmed yet: an unconfirmed account and an invited membership.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `email` if a member or open invitation here has the address;
    /// [`SeatsTaken`](StoreError::SeatsTaken); [`Unknown`](StoreError::Unknown) `role_ids`; [`Denied`].
    pub async fn create_member(&mut self, within: &Authorized<In<Members>, Create>, new: &NewMember) -> Result<Member> {
        let organization = within.id;
        self.lock(organization).await?;
        self.allow_roles(organization, new.roles.iter().map(|grant| grant.role)).await?;
        self.free_address(organization, &new.email).await?;
        self.free_seat(organization).await?;
        let account =
            NewAccount { email: new.email.clone(), name: new.name.clone(), password_hash: None, verified: false };
        let user = self.create_account(account).await?.id;
        self.insert_membership(organization, user, "invited").await?;
        for grant in &new.roles {
            self.give_role((organization, user), grant).await?;
        }
        for grant in &new.permissions {
            self.give_permission((organization, user), grant, &grant.reason_after(&[])).await?;
        }
        let fields = json!({
            "name": new.name,
            "email": new.email,
            "roles": self.role_names(new.roles.iter().map(|grant| grant.role)).await?,
            "permissions": new.permissions.iter().map(|grant| grant.permission.to_string()).collect::<Vec<_>>(),
        });
        self.audit(AuditEntry::done(organization, "create", "User", user.0, &new.name).with(fields));
        find_member(self.transaction(), (organization, user)).await?.ok_or_else(gone)
    }

    /// Whether the caller may give these roles to somebody who comes in: the default role alone is free.
    pub(crate) async fn allow_roles(
        &mut self,
        organization: OrganizationId,
        roles: impl Iterator<Item = rolecall_access::RoleId>,
    ) -> Result<()> {
        let default =
            self.directory().organization(organization).and_then(|facts| facts.policies.default_invitation_role);
        let mut beyond = roles.filter(|role| Some(*role) != default);
        if beyond.next().is_some() {
            self.require::<AssignableRoles, Create>(organization).await?;
        }
        Ok(())
    }

    /// Makes sure that nobody here has the address; an invitation that has run out gives it up.
    pub(crate) async fn free_address(&mut self, organization: OrganizationId, email: &str) -> Result<()> {
        let folded = fold(email);
        if self.address_is_taken(organization, &folded).await? {
            return Err(StoreError::Duplicate("email"));
        }
        let now = self.caller().now.0;
        query(
            "UPDATE invitation SET revoked_at = $3 WHERE organization_id = $1 AND email_folded = $2 \
             AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at <= $3",
        )
        .bind(organization.0)
        .bind(&folded)
        .bind(now)
        .execute(self.transaction())
        .await?;
        let (open,): (bool,) = query(
            "SELECT EXISTS (SELECT 1 FROM invitation WHERE organization_id = $1 AND email_folded = $2 \
             AND accepted_at IS NULL AND revoked_at IS NULL)",
        )
        .bind(organization.0)
        .bind(&folded)
        .fetch_one(self.transaction())
        .await?;
        if open { Err(StoreError::Duplicate("email")) } else { Ok(()) }
    }

    /// Makes sure that a seat is left.
    pub(crate) async fn free_seat(&mut self, organization: OrganizationId) -> Result<()> {
        let limit = self.directory().organization(organization).and_then(|facts| facts.policies.seats);
        match limit {
            Some(limit) if self.seats_used(organization).await? >= limit => Err(StoreError::SeatsTaken { limit }),
            _ => Ok(()),
        }
    }

    /// Activates or suspends (never back to invited, and nobody is activated who has not confirmed).
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale); [`WrongState`](StoreError::WrongState).
    pub async fn set_member_status(
        &mut self,
        member: &Authorized<Members, Update>,
        version: Option<i64>,
        status: MemberStatus,
    ) -> Result<Member> {
        fresh(version, member.version)?;
        if member.status == MemberStatus::Invited || status == MemberStatus::Invited {
            return Err(StoreError::WrongState(
                "this person has not confirmed yet; send the link again or remove them",
            ));
        }
        let id = (member.organization, member.user);
        self.lock(member.organization).await?;
        query("UPDATE membership SET status = $3 WHERE organization_id = $1 AND account_id = $2")
            .bind(id.0.0)
            .bind(id.1.0)
            .bind(status_text(status))
            .execute(self.transaction())
            .await?;
        self.bump_member(id).await?;
        let action = if status == MemberStatus::Suspended { "suspend" } else { "activate" };
        let entry = AuditEntry::done(id.0, action, "User", id.1.0, &member.name);
        self.audit(
            entry.changed(json!({ "status": status_text(member.status) }), json!({ "status": status_text(status) })),
        );
        find_member(self.transaction(), id).await?.ok_or_else(gone)
    }

    /// Notes that the membership, its roles or its single permissions changed.
    pub(crate) async fn bump_member(&mut self, (organization, user): (OrganizationId, UserId)) -> Result<()> {
        let now = self.caller().now.0;
        query(
            "UPDATE membership SET updated_at = $3, version = version + 1 WHERE organization_id = $1 AND account_id = $2",
        )
        .bind(organization.0)
        .bind(user.0)
        .bind(now)
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Member(organization, user));
        Ok(())
    }

    /// Removes the membership with all that hangs on it: roles, single permissions, team entries through this
    /// organization; of a person who has not confirmed, the placeholder account and its invitation too.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn remove_member(&mut self, member: &Authorized<Members, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, member.version)?;
        self.lock(member.organization).await?;
        self.keep_departure(member).await?;
        self.drop_member(member).await?;
        let mut entry = AuditEntry::done(member.organization, "delete", "User", member.user.0, &member.name);
        entry.before = Some(json!({ "email": member.email, "status": status_text(member.status) }));
        self.audit(entry);
        Ok(())
    }

    /// Removes the caller's own membership (leaving is free, guards on ownership and lock-out aside).
    ///
    /// # Errors
    /// [`Denied`] if they are no member.
    pub async fn leave_organization(&mut self, organization: OrganizationId) -> Result<()> {
        let user = self.own_id()?;
        self.lock(organization).await?;
        let found = find_member(self.transaction(), (organization, user)).await?;
        let Some(member) = found.filter(|member| member.status == MemberStatus::Active) else {
            return Err(Denied::NotFound { attempt: None }.into());
        };
        self.drop_member(&member).await?;
        self.audit(AuditEntry::done(organization, "leave", "User", user.0, &member.name));
        Ok(())
    }

    pub(crate) async fn drop_member(&mut self, member: &Member) -> Result<()> {
        let (organization, user) = (member.organization.0, member.user.0);
        let bots: Vec<(Uuid,)> = query("SELECT bot_id FROM team_entry WHERE account_id = $1 AND organization_id = $2")
            .bind(user)
            .bind(organization)
            .fetch_all(self.transaction())
            .await?;
        self.end_keys_of(member.organization, member.user).await?;
        query("DELETE FROM access_request WHERE organization_id = $1 AND account_id = $2 AND status = 'open'")
            .bind(organization)
            .bind(user)
            .execute(self.transaction())
            .await?;
        query("DELETE FROM membership WHERE organization_id = $1 AND account_id = $2")
            .bind(organization)
            .bind(user)
            .execute(self.transaction())
            .await?;
        for (bot,) in bots {
            self.bump_team(BotId(bot)).await?;
        }
        self.touch(Unit::Member(member.organization, member.user));
        if member.status == MemberStatus::Invited {
            query("DELETE FROM account WHERE id = $1 AND verified_at IS NULL")
                .bind(user)
                .execute(self.transaction())
                .await?;
            self.touch(Unit::Account(member.user));
        }
        Ok(())
    }
}

/// An instant as stored.
pub(super) fn micros(timestamp: Option<Timestamp>) -> Option<i64> {
    timestamp.map(|timestamp| timestamp.0)
}
