//! Making, changing and deleting roles, and what is in them.

use rolecall_access::guards::Refusal;
use rolecall_access::{Permission, Reach, Relation, RoleId, Unit};
use serde_json::json;
use uuid::Uuid;

use super::{NewRole, Permissions, Role, RolePermission, Roles, find_role};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::organization::{fresh, gone};
use crate::sql::query;

impl Change {
    /// Makes a role.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_role(&mut self, within: &Authorized<In<Roles>, Create>, new: NewRole) -> Result<Role> {
        self.lock(within.id).await?;
        let id = RoleId(self.new_id()?);
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO role (id, organization_id, name, name_folded, reach, created_by, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(id.0)
        .bind(within.id.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(new.reach.as_str())
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.touch(Unit::Role(id));
        let fields = json!({ "name": new.name, "reach": new.reach.as_str() });
        self.audit(AuditEntry::done(within.id, "create", "Role", id.0, &new.name).with(fields));
        find_role(self.transaction(), within.id, id).await?.ok_or_else(gone)
    }

    /// Changes name and reach (`None`: as it is); permissions and assignments stay.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn update_role(
        &mut self,
        role: &Authorized<Roles, Update>,
        version: Option<i64>,
        name: Option<&str>,
        reach: Option<Reach>,
    ) -> Result<Role> {
        fresh(version, role.version)?;
        self.lock(role.organization).await?;
        let now = self.caller().now.0;
        query(
            "UPDATE role SET name = COALESCE($2, name), name_folded = COALESCE($3, name_folded), \
             reach = COALESCE($4, reach), updated_at = $5, version = version + 1 WHERE id = $1",
        )
        .bind(role.id.0)
        .bind(name)
        .bind(name.map(fold))
        .bind(reach.map(Reach::as_str))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.touch(Unit::Role(role.id));
        let after = find_role(self.transaction(), role.organization, role.id).await?.ok_or_else(gone)?;
        let fields = |of: &Role| json!({ "name": of.name, "reach": of.reach.as_str() });
        let entry = AuditEntry::done(role.organization, "update", "Role", role.id.0, &after.name);
        self.audit(entry.changed(fields(role), fields(&after)));
        Ok(after)
    }

    /// Deletes the role and its permissions.
    ///
    /// # Errors
    /// [`Refused`](StoreError::Refused) `RoleInUse` if assigned anywhere; [`Stale`](StoreError::Stale).
    pub async fn delete_role(&mut self, role: &Authorized<Roles, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, role.version)?;
        self.lock(role.organization).await?;
        let by_subjects = self.directory().subjects_with(role.id).next().is_some();
        if by_subjects || self.role_holders(role).await? > 0 {
            let (own,): (bool,) = query(
                "SELECT EXISTS (SELECT 1 FROM role_assignment WHERE role_id = $1 AND account_id = $2) \
                 OR EXISTS (SELECT 1 FROM bot_role_assignment WHERE role_id = $1 AND account_id = $2)",
            )
            .bind(role.id.0)
            .bind(self.given_by())
            .fetch_one(self.transaction())
            .await?;
            return Err(Refusal::RoleInUse { role: role.id, own }.into());
        }
        if role.public {
            return Err(StoreError::WrongState(
                "the role of anonymous visitors stays; remove its permissions to give them nothing",
            ));
        }
        if self.is_promised(role.id).await? {
            return Err(StoreError::WrongState("a pending invitation promises this role; revoke the invitation first"));
        }
        query("DELETE FROM role WHERE id = $1").bind(role.id.0).execute(self.transaction()).await?;
        self.touch(Unit::Role(role.id));
        self.touch(Unit::Organization(role.organization));
        self.audit(AuditEntry::done(role.organization, "delete", "Role", role.id.0, &role.name));
        Ok(())
    }

    /// Adds a permission to the role.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `permission`.
    pub async fn add_permission(
        &mut self,
        role: &Authorized<In<Permissions>, Create>,
        permission: &Permission,
        relation: Relation,
    ) -> Result<RolePermission> {
        self.lock(role.organization).await?;
        let id = self.insert_role_permission(role.id.0, permission, relation).await?;
        self.bump_role(role).await?;
        let entry = AuditEntry::done(role.organization, "add_permission", "Permission", role.id.0, &role.name);
        self.audit(entry.with(named(permission, relation)));
        let created_at = self.caller().now;
        let (role, permission) = (role.record().clone(), permission.clone());
        Ok(RolePermission { id, role, permission, relation, created_at })
    }

    /// A role permission's row.
    pub(crate) async fn insert_role_permission(
        &mut self,
        role: Uuid,
        permission: &Permission,
        relation: Relation,
    ) -> Result<Uuid> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO role_permission (id, role_id, model, action, relation, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(role)
        .bind(permission.model.as_str())
        .bind(permission.action.as_str())
        .bind(relation.as_str())
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("permission"))?;
        Ok(id)
    }

    /// Removes a permission from its role.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_permission(&mut self, row: &Authorized<Permissions, Delete>) -> Result<()> {
        self.lock(row.role.organization).await?;
        query("DELETE FROM role_permission WHERE id = $1").bind(row.id).execute(self.transaction()).await?;
        self.bump_role(&row.role).await?;
        let role = &row.role;
        let mut entry = AuditEntry::done(role.organization, "remove_permission", "Permission", role.id.0, &role.name);
        entry.before = Some(named(&row.permission, row.relation));
        self.audit(entry);
        Ok(())
    }

    async fn is_promised(&mut self, role: RoleId) -> Result<bool> {
        let now = self.caller().now.0;
        let (promised,): (bool,) = query(
            "SELECT EXISTS (SELECT 1 FROM invitation_role r JOIN invitation i ON i.id = r.invitation_id \
             WHERE r.role_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2)",
        )
        .bind(role.0)
        .bind(now)
        .fetch_one(self.transaction())
        .await?;
        Ok(promised)
    }

    async fn bump_role(&mut self, role: &Role) -> Result<()> {
        let now = self.caller().now.0;
        query("UPDATE role SET updated_at = $2, version = version + 1 WHERE id = $1")
            .bind(role.id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Role(role.id));
        Ok(())
    }
}

fn named(permission: &Permission, relation: Relation) -> serde_json::Value {
    json!({
        "model": permission.model.as_str(),
        "action": permission.action.as_str(),
        "relation": relation.as_str(),
    })
}
