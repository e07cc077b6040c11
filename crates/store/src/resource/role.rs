//! Roles and their permissions.

mod write;

use rolecall_access::{
    Directory, Extent, OrganizationId, Permission, Reach, Relation, RoleId, Scope, Timestamp, UserId,
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Child, Denied, In, Place, Read, Resource, allows};
use crate::caller::Caller;
use crate::error::{Result, StoreError};
use crate::facts::{damaged, permission};
use crate::paging::{Key, Order, narrow, search};
use crate::resource::{List, Members, Organizations, Page};
use crate::sql::{Transaction, query};

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

    async fn find(transaction: &mut Transaction, (organization, id): Self::Id) -> Result<Option<Role>> {
        find_role(transaction, organization, id).await
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

    async fn find(transaction: &mut Transaction, (organization, role, id): Self::Id) -> Result<Option<RolePermission>> {
        let Some(role) = find_role(transaction, organization, role).await? else { return Ok(None) };
        let row: Option<PermissionRow> =
            query("SELECT id, model, action, relation, created_at FROM role_permission WHERE id = $1 AND role_id = $2")
                .bind(id)
                .bind(role.id.0)
                .fetch_optional(transaction)
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
    transaction: &mut Transaction,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>> {
    let row: Option<RoleRow> = query(
        "SELECT id, organization_id, name, reach, everything, public, created_by, created_at, updated_at, version \
         FROM role WHERE id = $1 AND organization_id = $2",
    )
    .bind(id.0)
    .bind(organization.0)
    .fetch_optional(transaction)
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
        let mut query = query(format!(
            "SELECT {COLUMNS}, {} AS sort_key, id AS page_id FROM role WHERE organization_id = ",
            order.column()
        ));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "created_by");
        search(&mut query, list.q.as_deref(), &["name_folded"]);
        order.fetch::<RoleRow>(self.transaction(), query).await?.try_map(Role::try_from)
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
        let rows: Vec<RoleRow> = query(
            "SELECT id, organization_id, name, reach, everything, public, created_by, created_at, updated_at, version \
             FROM role WHERE organization_id = $1 ORDER BY name_folded, id",
        )
        .bind(organization.0)
        .fetch_all(self.transaction())
        .await?;
        rows.into_iter().map(Role::try_from).collect()
    }

    /// The role's permissions, by model, action, relation. Reading a role is reading them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_permissions(&mut self, role: &Authorized<Roles, Read>) -> Result<Vec<RolePermission>> {
        let rows: Vec<PermissionRow> = query(
            "SELECT id, model, action, relation, created_at FROM role_permission WHERE role_id = $1 \
             ORDER BY model, action, relation",
        )
        .bind(role.id.0)
        .fetch_all(self.transaction())
        .await?;
        rows.into_iter().map(|row| row.of(role.record().clone())).collect()
    }

    /// How many people hold the role (in the organization or on a bot).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_holders(&mut self, role: &Role) -> Result<u32> {
        let (count,): (i64,) = query(
            "SELECT COUNT(*) FROM (SELECT account_id FROM role_assignment WHERE role_id = $1 \
             UNION SELECT account_id FROM bot_role_assignment WHERE role_id = $1) AS holder",
        )
        .bind(role.id.0)
        .fetch_one(self.transaction())
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
        let rows: Vec<(Uuid, String)> = query(
            "SELECT a.id, a.name FROM account a WHERE a.id IN (SELECT account_id FROM role_assignment WHERE role_id = $1 \
             UNION SELECT account_id FROM bot_role_assignment WHERE role_id = $1) ORDER BY a.name_folded, a.id LIMIT $2",
        )
        .bind(role.id.0)
        .bind(i64::from(limit))
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }
}
