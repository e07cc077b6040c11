//! Changing policies; the plan and its seats.

use std::collections::BTreeSet;

use rolecall_access::{OrganizationId, Permission, RoleId, Timestamp, Unit};
use serde_json::json;
use uuid::Uuid;

use super::{Policies, find_organization, fresh, gone};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Read, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::role::find_role;
use crate::resource::{Billings, Organization};
use crate::sql::query;

/// Policies to be changed; none: as they are.
#[derive(Clone, Debug, Default)]
pub struct NewPolicies {
    /// Whether peers manage each other.
    pub manage_peers: Option<bool>,
    /// Whether people need a second factor.
    pub require_second_factor: Option<bool>,
    /// From when on.
    pub second_factor_from: Option<Option<Timestamp>>,
    /// For how many days the audit log's rows are kept; none: for ever.
    pub audit_retention_days: Option<Option<u32>>,
    /// Permissions that only ownership gives.
    pub reserved: Option<BTreeSet<Permission>>,
    /// The role of an invitation that names none.
    pub default_invitation_role: Option<Option<RoleId>>,
    /// The default role on a bot.
    pub team_default_role: Option<Option<RoleId>>,
    /// The role a former owner gets.
    pub former_owner_role: Option<Option<RoleId>>,
}

/// What the organization has agreed with the operator.
#[derive(Clone, Debug)]
pub struct Billing {
    /// The plan's name.
    pub plan: String,
    /// Members and pending invitations.
    pub used: u32,
    /// The most of them.
    pub seats: Option<u32>,
    /// When the period ends.
    pub period_ends_at: Option<Timestamp>,
}

/// A plan to be set by the operator.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// Its name.
    pub plan: String,
    /// The most seats; none: no limit.
    pub seats: Option<u32>,
    /// When the period ends.
    pub period_ends_at: Option<Timestamp>,
}

impl Access {
    /// The plan, its seats and its period.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn billing(&mut self, of: &Authorized<Billings, Read>) -> Result<Billing> {
        let (plan, seats, period): (String, Option<i64>, Option<i64>) =
            query("SELECT plan, seats, period_ends_at FROM organization WHERE id = $1")
                .bind(of.id.0)
                .fetch_one(self.transaction())
                .await?;
        let used = self.seats_used(of.id).await?;
        let seats = seats.and_then(|seats| u32::try_from(seats).ok());
        Ok(Billing { plan, used, seats, period_ends_at: period.map(Timestamp) })
    }
}

impl Access {
    /// Whether an organization was deleted before this instant and is still there.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn has_erasures(&mut self, deleted_before: Timestamp) -> Result<bool> {
        self.require_operator()?;
        let (due,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM organization WHERE deleted_at < $1)")
            .bind(deleted_before.0)
            .fetch_one(self.transaction())
            .await?;
        Ok(due)
    }
}

impl Change {
    /// Changes policies.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale) (the organization's version); [`Unknown`](StoreError::Unknown) for roles of elsewhere.
    pub async fn set_policies(
        &mut self,
        of: &Authorized<Policies, Update>,
        version: Option<i64>,
        new: NewPolicies,
    ) -> Result<Organization> {
        fresh(version, of.version)?;
        self.lock(of.id).await?;
        let directory = self.directory().clone();
        let before = directory.organization(of.id).map(|facts| facts.policies.clone()).unwrap_or_default();
        let mut after = before.clone();
        after.manage_peers = new.manage_peers.unwrap_or(before.manage_peers);
        after.require_second_factor = new.require_second_factor.unwrap_or(before.require_second_factor);
        after.second_factor_from = new.second_factor_from.unwrap_or(before.second_factor_from);
        after.audit_retention_days = new.audit_retention_days.unwrap_or(before.audit_retention_days);
        let roles = [
            (&mut after.default_invitation_role, new.default_invitation_role, "default_invitation_role_id"),
            (&mut after.team_default_role, new.team_default_role, "team_default_role_id"),
            (&mut after.former_owner_role, new.former_owner_role, "former_owner_role_id"),
        ];
        for (policy, wanted, field) in roles {
            let Some(wanted) = wanted else { continue };
            if let Some(role) = wanted
                && find_role(self.transaction(), of.id, role).await?.is_none_or(|role| role.public)
            {
                return Err(StoreError::Unknown(field));
            }
            *policy = wanted;
        }
        let now = self.caller().now.0;
        query(
            "UPDATE organization SET manage_peers = $2, default_invitation_role_id = $3, team_default_role_id = $4, \
             former_owner_role_id = $5, updated_at = $6, require_second_factor = $7, second_factor_from = $8, \
             audit_retention_days = $9, version = version + 1 WHERE id = $1",
        )
        .bind(of.id.0)
        .bind(after.manage_peers)
        .bind(after.default_invitation_role.map(|role| role.0))
        .bind(after.team_default_role.map(|role| role.0))
        .bind(after.former_owner_role.map(|role| role.0))
        .bind(now)
        .bind(after.require_second_factor)
        .bind(after.second_factor_from.map(|from| from.0))
        .bind(after.audit_retention_days.map(i64::from))
        .execute(self.transaction())
        .await?;
        if let Some(reserved) = new.reserved {
            query("DELETE FROM reserved_permission WHERE organization_id = $1")
                .bind(of.id.0)
                .execute(self.transaction())
                .await?;
            for permission in &reserved {
                query("INSERT INTO reserved_permission (organization_id, model, action) VALUES ($1, $2, $3)")
                    .bind(of.id.0)
                    .bind(permission.model.as_str())
                    .bind(permission.action.as_str())
                    .execute(self.transaction())
                    .await?;
            }
            after.reserved = reserved;
        }
        self.touch(Unit::Organization(of.id));
        let fields = |policies: &rolecall_access::Policies| {
            let role = |role: Option<RoleId>| role.map(|role| role.0.to_string());
            json!({
                "manage_peers": policies.manage_peers,
                "require_second_factor": policies.require_second_factor,
                "second_factor_from": policies.second_factor_from.map(|from| from.0),
                "audit_retention_days": policies.audit_retention_days,
                "reserved": policies.reserved.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "default_invitation_role": role(policies.default_invitation_role),
                "team_default_role": role(policies.team_default_role),
                "former_owner_role": role(policies.former_owner_role),
            })
        };
        let entry = AuditEntry::done(of.id, "update", "Policy", of.id.0, &of.name);
        self.audit(entry.changed(fields(&before), fields(&after)));
        find_organization(self.transaction(), of.id).await?.ok_or_else(gone)
    }

    /// Sets the plan: the operator's.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody else.
    pub async fn set_plan(&mut self, id: OrganizationId, new: &NewPlan) -> Result<Organization> {
        self.require_operator()?;
        self.lock(id).await?;
        let now = self.caller().now.0;
        query(
            "UPDATE organization SET plan = $2, seats = $3, period_ends_at = $4, updated_at = $5, \
             version = version + 1 WHERE id = $1",
        )
        .bind(id.0)
        .bind(&new.plan)
        .bind(new.seats.map(i64::from))
        .bind(new.period_ends_at.map(|end| end.0))
        .bind(now)
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Organization(id));
        let after = find_organization(self.transaction(), id).await?.ok_or_else(gone)?;
        let fields =
            json!({ "plan": new.plan, "seats": new.seats, "period_ends_at": new.period_ends_at.map(|end| end.0) });
        self.audit(AuditEntry::done(id, "update", "Billing", id.0, &after.name).with(fields));
        Ok(after)
    }

    /// The organization of this slug that is deleted and not yet erased; none: there is none.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn restore_organization(&mut self, slug: &str) -> Result<Option<Organization>> {
        self.require_operator()?;
        let row: Option<(Uuid,)> = query("SELECT id FROM organization WHERE slug = $1 AND deleted_at IS NOT NULL")
            .bind(slug)
            .fetch_optional(self.transaction())
            .await?;
        let Some((id,)) = row else { return Ok(None) };
        let id = OrganizationId(id);
        self.lock(id).await?;
        query("UPDATE organization SET deleted_at = NULL, version = version + 1 WHERE id = $1")
            .bind(id.0)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Organization(id));
        let organization = find_organization(self.transaction(), id).await?.ok_or_else(gone)?;
        self.audit(AuditEntry::done(id, "restore", "Organization", id.0, &organization.name));
        Ok(Some(organization))
    }

    /// Erases organizations deleted before this instant, with everything in them; their accounts are their people's and
    /// stay. What the audit log's rows of it say is pruned; that they were there stays. Gives how many.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn erase_organizations(&mut self, deleted_before: Timestamp) -> Result<usize> {
        self.require_operator()?;
        let due: Vec<(Uuid, String)> = query("SELECT id, name FROM organization WHERE deleted_at < $1")
            .bind(deleted_before.0)
            .fetch_all(self.transaction())
            .await?;
        for (organization, name) in &due {
            let id = OrganizationId(*organization);
            self.lock(id).await?;
            self.touch_keys_on("organization_id", *organization).await?;
            let directory = self.directory().clone();
            for bot in directory.bots(id) {
                self.touch(Unit::Bot(bot.id));
            }
            for user in directory.members(id) {
                self.touch(Unit::Member(id, user));
                // Somebody who never confirmed was this organization's placeholder.
                query("DELETE FROM account WHERE id = $1 AND verified_at IS NULL")
                    .bind(user.0)
                    .execute(self.transaction())
                    .await?;
                self.touch(Unit::Account(user));
            }
            for role in directory.roles(id) {
                self.touch(Unit::Role(role.id));
            }
            for agreement in directory.partnerships_of(id) {
                self.touch(Unit::Partnership(agreement.id));
            }
            // Others' bots, with its people on them or offered to it.
            let through: Vec<(Uuid,)> = query(
                "SELECT bot_id FROM team_entry WHERE organization_id = $1 UNION SELECT f.bot_id FROM bot_offer f \
                 JOIN partnership p ON p.id = f.partnership_id WHERE p.asker_id = $1 OR p.partner_id = $1",
            )
            .bind(*organization)
            .fetch_all(self.transaction())
            .await?;
            for (bot,) in through {
                self.touch(Unit::Bot(rolecall_access::BotId(bot)));
            }
            for statement in [
                "DELETE FROM bot WHERE organization_id = $1",
                "DELETE FROM team_entry WHERE organization_id = $1",
                "DELETE FROM membership WHERE organization_id = $1",
                "DELETE FROM invitation WHERE organization_id = $1",
                "DELETE FROM role WHERE organization_id = $1",
                "DELETE FROM organization WHERE id = $1",
            ] {
                query(statement).bind(*organization).execute(self.transaction()).await?;
            }
            self.touch(Unit::Organization(id));
            self.audit(AuditEntry::done(id, "erase", "Organization", *organization, name));
            self.prune_erased(id).await?;
        }
        Ok(due.len())
    }
}
