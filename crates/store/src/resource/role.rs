//! Roles and their permissions.

use rolecall_access::{Directory, OrganizationId, Permission, Reach, Relation, RoleId, Scope, Timestamp, UserId};
use uuid::Uuid;

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Result;
use crate::resource::{List, Organizations, Page};

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

    async fn find(_connection: &mut Connection, _id: Self::Id) -> Result<Option<Role>> {
        todo!()
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

    async fn find(_connection: &mut Connection, _id: Self::Id) -> Result<Option<RolePermission>> {
        todo!()
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

impl Access {
    /// Roles of the organization; sorts: `name` (default), `created_at`, `updated_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_roles(&mut self, _within: &Authorized<In<Roles>, Read>, _list: &List) -> Result<Page<Role>> {
        todo!()
    }

    /// All roles of the organization, by name, for those who choose among them (assigners, inviters).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_choices(&mut self, _organization: OrganizationId) -> Result<Vec<Role>> {
        todo!()
    }

    /// The role's permissions, by model, action, relation. Reading a role is reading them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_permissions(&mut self, _role: &Authorized<Roles, Read>) -> Result<Vec<RolePermission>> {
        todo!()
    }

    /// How many people hold the role (in the organization or on a bot).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_holders(&mut self, _role: &Role) -> Result<u32> {
        todo!()
    }

    /// Names (with ids) of people who hold the role; the reader may see users.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn role_holder_names(
        &mut self,
        _users: &Authorized<In<crate::resource::Members>, Read>,
        _role: &Role,
        _limit: u32,
    ) -> Result<Vec<(UserId, String)>> {
        todo!()
    }
}

impl Change {
    /// Makes a role.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `name`.
    pub async fn create_role(&mut self, _within: &Authorized<In<Roles>, Create>, _new: NewRole) -> Result<Role> {
        todo!()
    }

    /// Changes name and reach (`None`: as it is); permissions and assignments stay.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `name`; [`Stale`](crate::StoreError::Stale).
    pub async fn update_role(
        &mut self,
        _role: &Authorized<Roles, Update>,
        _version: Option<i64>,
        _name: Option<&str>,
        _reach: Option<Reach>,
    ) -> Result<Role> {
        todo!()
    }

    /// Deletes the role and its permissions.
    ///
    /// # Errors
    /// [`Refused`](crate::StoreError::Refused) `RoleInUse` if assigned anywhere; [`Stale`](crate::StoreError::Stale).
    pub async fn delete_role(&mut self, _role: &Authorized<Roles, Delete>, _version: Option<i64>) -> Result<()> {
        todo!()
    }

    /// Adds a permission to the role.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `permission`.
    pub async fn add_permission(
        &mut self,
        _role: &Authorized<In<Permissions>, Create>,
        _permission: &Permission,
        _relation: Relation,
    ) -> Result<RolePermission> {
        todo!()
    }

    /// Removes a permission from its role.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_permission(&mut self, _permission: &Authorized<Permissions, Delete>) -> Result<()> {
        todo!()
    }
}
