//! Giving and withdrawing roles and single permissions in an organization.

use rolecall_access::{OrganizationId, RoleId, UserId};
use serde_json::json;
use uuid::Uuid;

use super::write::micros;
use super::{AssignedRole, Member, NewAssignment, RoleAssignments, SinglePermission, UserPermissions, find_member};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, Denied, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::organization::{fresh, gone};
use crate::resource::role::find_role;
use crate::sql::query;

/// A member whose roles the caller may give or withdraw (or both).
pub struct Assignable(Member);

impl Assignable {
    /// The member.
    #[must_use]
    pub fn member(&self) -> &Member {
        &self.0
    }
}

impl Change {
    /// The member, if the caller may give or withdraw roles.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn require_assignable(&mut self, id: (OrganizationId, UserId)) -> Result<Assignable> {
        match self.require::<RoleAssignments, Create>(id).await {
            Ok(member) => Ok(Assignable(member.into_record())),
            Err(StoreError::Denied(Denied::Forbidden { attempt })) => {
                let withdraws = self.require::<RoleAssignments, Delete>(id).await;
                withdraws
                    .map(|member| Assignable(member.into_record()))
                    .map_err(|_| Denied::Forbidden { attempt }.into())
            }
            Err(other) => Err(other),
        }
    }

    /// Sets the member's roles: gives, changes (expiry, reason) and withdraws until the set is as named. What is
    /// given or changed needs `create`, what is withdrawn `delete`; this asks for each as needed.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied); [`Unknown`](StoreError::Unknown) `roles`; [`Stale`](StoreError::Stale).
    pub async fn set_member_roles(
        &mut self,
        Assignable(member): &Assignable,
        version: Option<i64>,
        roles: &[NewAssignment],
    ) -> Result<Member> {
        fresh(version, member.version)?;
        let id = (member.organization, member.user);
        self.lock(id.0).await?;
        let held = self.member_roles(std::slice::from_ref(member)).await?.pop().unwrap_or_default();
        let same = |held: &AssignedRole, wanted: &NewAssignment| {
            held.role == wanted.role && held.expires_at == wanted.expires_at && held.reason == wanted.reason
        };
        let given: Vec<&NewAssignment> =
            roles.iter().filter(|wanted| !held.iter().any(|held| same(held, wanted))).collect();
        let withdrawn: Vec<&AssignedRole> =
            held.iter().filter(|held| !roles.iter().any(|wanted| wanted.role == held.role)).collect();
        if !given.is_empty() {
            self.require::<RoleAssignments, Create>(id).await?;
        }
        if !withdrawn.is_empty() {
            self.require::<RoleAssignments, Delete>(id).await?;
        }
        for role in &withdrawn {
            self.withdraw_role(id, role.role).await?;
        }
        for grant in &given {
            self.withdraw_role(id, grant.role).await?;
            self.give_role(id, grant).await?;
        }
        if !given.is_empty() || !withdrawn.is_empty() {
            self.bump_member(id).await?;
            let before: Vec<&str> = held.iter().map(|role| role.name.as_str()).collect();
            let after = self.role_names(roles.iter().map(|grant| grant.role)).await?;
            let entry = AuditEntry::done(id.0, "assign_roles", "RoleAssignment", id.1.0, &member.name);
            self.audit(entry.changed(json!({ "roles": before }), json!({ "roles": after })));
        }
        find_member(self.transaction(), id).await?.ok_or_else(gone)
    }

    async fn withdraw_role(&mut self, (organization, user): (OrganizationId, UserId), role: RoleId) -> Result<()> {
        query("DELETE FROM role_assignment WHERE organization_id = $1 AND account_id = $2 AND role_id = $3")
            .bind(organization.0)
            .bind(user.0)
            .bind(role.0)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// Gives a role of the organization.
    pub(crate) async fn give_role(&mut self, id: (OrganizationId, UserId), grant: &NewAssignment) -> Result<()> {
        if find_role(self.transaction(), id.0, grant.role).await?.is_none() {
            return Err(StoreError::Unknown("role_ids"));
        }
        let expires_at = micros(grant.expires_at);
        self.insert_assignment(id.0, id.1, grant.role.0, expires_at, &grant.reason).await
    }

    /// A role assignment's row.
    pub(crate) async fn insert_assignment(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        role: Uuid,
        expires_at: Option<i64>,
        reason: &str,
    ) -> Result<()> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO role_assignment (id, organization_id, account_id, role_id, expires_at, reason, given_by, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(user.0)
        .bind(role)
        .bind(expires_at)
        .bind(reason)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("role_ids"))?;
        Ok(())
    }

    /// Names of roles, in the order given (unknown ones left out).
    pub(crate) async fn role_names(&mut self, roles: impl Iterator<Item = RoleId>) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for role in roles {
            let row: Option<(String,)> =
                query("SELECT name FROM role WHERE id = $1").bind(role.0).fetch_optional(self.transaction()).await?;
            names.extend(row.map(|(name,)| name));
        }
        Ok(names)
    }

    /// Sets the member's single organization permissions; what stays keeps who gave it.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn set_member_permissions(
        &mut self,
        member: &Authorized<UserPermissions, Update>,
        version: Option<i64>,
        permissions: &[SinglePermission],
    ) -> Result<Member> {
        fresh(version, member.version)?;
        let id = (member.organization, member.user);
        self.lock(id.0).await?;
        let held = self.single_permissions(id).await?;
        for grant in held.iter().filter(|grant| !permissions.iter().any(|wanted| grant.is(wanted))) {
            query(
                "DELETE FROM organization_permission \
                 WHERE organization_id = $1 AND account_id = $2 AND model = $3 AND action = $4",
            )
            .bind(id.0.0)
            .bind(id.1.0)
            .bind(grant.permission.model.as_str())
            .bind(grant.permission.action.as_str())
            .execute(self.transaction())
            .await?;
        }
        for grant in permissions.iter().filter(|wanted| !held.iter().any(|grant| grant.is(wanted))) {
            self.give_permission(id, grant, &grant.reason_after(&held)).await?;
        }
        self.bump_member(id).await?;
        let names = |all: &[SinglePermission]| all.iter().map(|grant| grant.permission.to_string()).collect::<Vec<_>>();
        let entry = AuditEntry::done(id.0, "set_permissions", "UserPermission", id.1.0, &member.name);
        self.audit(entry.changed(json!({ "permissions": names(&held) }), json!({ "permissions": names(permissions) })));
        find_member(self.transaction(), id).await?.ok_or_else(gone)
    }

    /// Gives a single permission in the organization.
    pub(crate) async fn give_permission(
        &mut self,
        (organization, user): (OrganizationId, UserId),
        grant: &SinglePermission,
        reason: &str,
    ) -> Result<()> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO organization_permission (id, organization_id, account_id, model, action, expires_at, reason, \
             given_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(user.0)
        .bind(grant.permission.model.as_str())
        .bind(grant.permission.action.as_str())
        .bind(micros(grant.expires_at))
        .bind(reason)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("permissions"))?;
        Ok(())
    }
}
