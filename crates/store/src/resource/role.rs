//! Roles and their permissions.

use rolecall_access::guards::Refusal;
use rolecall_access::{
    Directory, Extent, OrganizationId, Permission, Reach, Relation, RoleId, Scope, Timestamp, Unit, UserId,
};
use serde_json::json;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use crate::Connection;
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Child, Create, Delete, Denied, In, Place, Read, Resource, Update, allows};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::{damaged, permission};
use crate::fold::fold;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::organization::{fresh, gone};
use crate::resource::{List, Members, Organizations, Page};

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it covers.
    pub reach: Reach,
    /// Every permission there is or will be.
    pub everything: bool,
    /// Speaks for anonymous callers.
    pub public: bool,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it (or its permissions) last changed.
    pub updated_at: Timestamp,
    /// Its version; a change of its permissions counts.
    pub version: i64,
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it covers.
    pub reach: Reach,
}

/// A permission of a role.
#[derive(Clone, Debug)]
pub struct RolePermission {
    /// Its id.
    pub id: Uuid,
    /// The role.
    pub role: Role,
    /// What it gives.
    pub permission: Permission,
    /// On whose records.
    pub relation: Relation,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The resource `Role`.
pub struct Roles;

impl Resource for Roles {
    type Id = (OrganizationId, RoleId);
    type Record = Role;
    const MODEL: &'static str = "Role";

    async fn find(connection: &mut Connection, (organization, id): Self::Id) -> Result<Option<Role>> {
        find_role(connection, organization, id).await
    }

    fn place(record: &Role) -> Place {
        Place { scope: Scope::Organization(record.organization), owner: record.created_by }
    }
}

impl Child for Roles {
    type Parent = Organizations;
}

/// The resource `Permission`: a row of a role.
pub struct Permissions;

impl Resource for Permissions {
    type Id = (OrganizationId, RoleId, Uuid);
    type Record = RolePermission;
    const MODEL: &'static str = "Permission";

    async fn find(connection: &mut Connection, (organization, role, id): Self::Id) -> Result<Option<RolePermission>> {
        let Some(role) = find_role(connection, organization, role).await? else { return Ok(None) };
        let row: Option<PermissionRow> = sqlx::query_as(
            "SELECT id, model, action, relation, created_at FROM role_permission WHERE id = $1 AND role_id = $2",
        )
        .bind(id)
        .bind(role.id.0)
        .fetch_optional(connection)
        .await?;
        row.map(|row| row.of(role)).transpose()
    }

    fn place(record: &RolePermission) -> Place {
        Roles::place(&record.role)
    }

    fn readable(record: &RolePermission, directory: &Directory, caller: &Caller) -> bool {
        Roles::readable(&record.role, directory, caller)
    }
}

impl Child for Permissions {
    type Parent = Roles;
}

#[derive(FromRow)]
struct RoleRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    reach: String,
    everything: bool,
    public: bool,
    created_by: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<RoleRow> for Role {
    type Error = StoreError;

    fn try_from(row: RoleRow) -> Result<Self> {
        Ok(Self {
            id: RoleId(row.id),
            organization: OrganizationId(row.organization_id),
            reach: Reach::parse(&row.reach).ok_or_else(|| damaged("reach", &row.reach))?,
            name: row.name,
            everything: row.everything,
            public: row.public,
            created_by: row.created_by.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        })
    }
}

const COLUMNS: &str =
    "id, organization_id, name, reach, everything, public, created_by, created_at, updated_at, version";

/// The role, if it is one of the organization.
pub(crate) async fn find_role(
    connection: &mut Connection,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>> {
    let row: Option<RoleRow> = sqlx::query_as(
        "SELECT id, organization_id, name, reach, everything, public, created_by, created_at, updated_at, version \
         FROM role WHERE id = $1 AND organization_id = $2",
    )
    .bind(id.0)
    .bind(organization.0)
    .fetch_optional(connection)
    .await?;
    row.map(Role::try_from).transpose()
}

#[derive(FromRow)]
struct PermissionRow {
    id: Uuid,
    model: String,
    action: String,
    relation: String,
    created_at: i64,
}

impl PermissionRow {
    fn of(self, role: Role) -> Result<RolePermission> {
        Ok(RolePermission {
            id: self.id,
            role,
            permission: permission(&self.model, &self.action)?,
            relation: Relation::parse(&self.relation).ok_or_else(|| damaged("relation", &self.relation))?,
            created_at: Timestamp(self.created_at),
        })
    }
}

impl Access {
    /// Roles of the organization; sorts: `name` (default), `created_at`, `updated_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_roles(&mut self, within: &Authorized<In<Roles>, Read>, list: &List) -> Result<Page<Role>> {
        let sorts = [
            ("name", "name_folded", Key::Text),
            ("created_at", "created_at", Key::Number),
            ("updated_at", "updated_at", Key::Number),
        ];
        let order = Order::of(list, &sorts, "name", "id")?;
        let mut query = QueryBuilder::new(format!(
            "SELECT {COLUMNS}, {} AS sort_key, id AS page_id FROM role WHERE organization_id = ",
            order.column()
        ));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "created_by");
        search(&mut query, list.q.as_deref(), &["name_folded"]);
        order.fetch::<RoleRow>(self.connection(), query).await?.try_map(Role::try_from)
    }

    /// All roles of the organization, by name, for those who choose among them (assigners, inviters,
    /// people who set a bot's team).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for who may do none of that.
    pub async fn role_choices(&mut self, organization: OrganizationId) -> Result<Vec<Role>> {
        let place = Place { scope: Scope::Organization(organization), owner: None };
        let chooses = [("Role", "read"), ("RoleAssignment", "create"), ("Invitation", "create"), ("User", "create")]
            .iter()
            .any(|(model, action)| allows(&self.directory, &self.caller, model, action, place));
        let puts_on_teams = self.caller.subject().is_none_or(|subject| {
            let scope = Scope::Organization(organization);
            self.directory.effective(subject, scope, self.caller.now).allows("Team", "update")
        });
        if !chooses && !puts_on_teams {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        let rows: Vec<RoleRow> = sqlx::query_as(
            "SELECT id, organization_id, name, reach, everything, public, created_by, created_at, updated_at, version \
             FROM role WHERE organization_id = $1 ORDER BY name_folded, id",
        )
        .bind(organization.0)
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(Role::try_from).collect()
    }

    /// The role's permissions, by model, action, relation. Reading a role is reading them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_permissions(&mut self, role: &Authorized<Roles, Read>) -> Result<Vec<RolePermission>> {
        let rows: Vec<PermissionRow> = sqlx::query_as(
            "SELECT id, model, action, relation, created_at FROM role_permission WHERE role_id = $1 \
             ORDER BY model, action, relation",
        )
        .bind(role.id.0)
        .fetch_all(self.connection())
        .await?;
        rows.into_iter().map(|row| row.of(role.record().clone())).collect()
    }

    /// How many people hold the role (in the organization or on a bot).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_holders(&mut self, role: &Role) -> Result<u32> {
        let (count,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM (SELECT account_id FROM role_assignment WHERE role_id = $1 \
             UNION SELECT account_id FROM bot_role_assignment WHERE role_id = $1) AS holder",
        )
        .bind(role.id.0)
        .fetch_one(self.connection())
        .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Names (with ids) of people who hold the role, for whoever may see all users.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_holder_names(
        &mut self,
        users: &Authorized<In<Members>, Read>,
        role: &Role,
        limit: u32,
    ) -> Result<Vec<(UserId, String)>> {
        if *users.extent() != Extent::All || users.id != role.organization {
            return Ok(Vec::new());
        }
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT a.id, a.name FROM account a WHERE a.id IN (SELECT account_id FROM role_assignment WHERE role_id = $1 \
             UNION SELECT account_id FROM bot_role_assignment WHERE role_id = $1) ORDER BY a.name_folded, a.id LIMIT $2",
        )
        .bind(role.id.0)
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }
}

impl Change {
    /// Makes a role.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_role(&mut self, within: &Authorized<In<Roles>, Create>, new: NewRole) -> Result<Role> {
        self.lock(within.id).await?;
        let id = RoleId(self.new_id()?);
        let (now, by) = (self.caller().now.0, self.given_by());
        sqlx::query(
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
        .execute(self.connection())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.touch(Unit::Role(id));
        let fields = json!({ "name": new.name, "reach": new.reach.as_str() });
        self.audit(AuditEntry::done(within.id, "create", "Role", id.0, &new.name).with(fields));
        find_role(self.connection(), within.id, id).await?.ok_or_else(gone)
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
        sqlx::query(
            "UPDATE role SET name = COALESCE($2, name), name_folded = COALESCE($3, name_folded), \
             reach = COALESCE($4, reach), updated_at = $5, version = version + 1 WHERE id = $1",
        )
        .bind(role.id.0)
        .bind(name)
        .bind(name.map(fold))
        .bind(reach.map(Reach::as_str))
        .bind(now)
        .execute(self.connection())
        .await
        .map_err(StoreError::duplicate("name"))?;
        self.touch(Unit::Role(role.id));
        let after = find_role(self.connection(), role.organization, role.id).await?.ok_or_else(gone)?;
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
        if self.role_holders(role).await? > 0 {
            let (own,): (bool,) = sqlx::query_as(
                "SELECT EXISTS (SELECT 1 FROM role_assignment WHERE role_id = $1 AND account_id = $2) \
                 OR EXISTS (SELECT 1 FROM bot_role_assignment WHERE role_id = $1 AND account_id = $2)",
            )
            .bind(role.id.0)
            .bind(self.given_by())
            .fetch_one(self.connection())
            .await?;
            return Err(Refusal::RoleInUse { role: role.id, own }.into());
        }
        sqlx::query("DELETE FROM role WHERE id = $1").bind(role.id.0).execute(self.connection()).await?;
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
        sqlx::query(
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
        .execute(self.connection())
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
        sqlx::query("DELETE FROM role_permission WHERE id = $1").bind(row.id).execute(self.connection()).await?;
        self.bump_role(&row.role).await?;
        let role = &row.role;
        let mut entry = AuditEntry::done(role.organization, "remove_permission", "Permission", role.id.0, &role.name);
        entry.before = Some(named(&row.permission, row.relation));
        self.audit(entry);
        Ok(())
    }

    async fn bump_role(&mut self, role: &Role) -> Result<()> {
        let now = self.caller().now.0;
        sqlx::query("UPDATE role SET updated_at = $2, version = version + 1 WHERE id = $1")
            .bind(role.id.0)
            .bind(now)
            .execute(self.connection())
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
