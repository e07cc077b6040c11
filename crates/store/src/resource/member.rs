//! Members: users of an organization, their roles and single permissions. The model is `User`.

use rolecall_access::facts::MemberStatus;
use rolecall_access::{Actor, Directory, OrganizationId, Permission, RoleId, Scope, Timestamp, UserId};

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update, allows};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Result;
use crate::resource::{List, Organizations, Page};

/// A user in an organization.
#[derive(Clone, Debug)]
pub struct Member {
    /// The organization.
    pub organization: OrganizationId,
    /// The person.
    pub user: UserId,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// State.
    pub status: MemberStatus,
    /// Who created the membership.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it (roles and single permissions included) last changed.
    pub updated_at: Timestamp,
    /// When the person last did something here.
    pub last_active_at: Option<Timestamp>,
    /// The membership's version; changes of roles and single permissions count.
    pub version: i64,
}

/// A role somebody holds, with its name.
#[derive(Clone, Debug)]
pub struct AssignedRole {
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why it was given.
    pub reason: String,
    /// Who gave it.
    pub given_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewAssignment {
    /// The role.
    pub role: RoleId,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// A single permission somebody holds (or is to be given), in the organization or on a bot.
#[derive(Clone, Debug)]
pub struct SinglePermission {
    /// What.
    pub permission: Permission,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// The resource `User`: one reads one's own membership without any permission.
pub struct Members;
/// The resource `RoleAssignment` of one member.
pub struct RoleAssignments;
/// The resource `UserPermission` of one member.
pub struct UserPermissions;

pub(crate) async fn find_member(_connection: &mut Connection, _id: (OrganizationId, UserId)) -> Result<Option<Member>> {
    todo!()
}

fn member_readable(record: &Member, directory: &Directory, caller: &Caller) -> bool {
    let own = caller.actor == Actor::User(record.user) && record.status == MemberStatus::Active;
    own || allows(directory, caller, Members::MODEL, "read", Members::place(record))
}

macro_rules! of_member {
    ($type:ident, $model:literal) => {
        impl Resource for $type {
            type Id = (OrganizationId, UserId);
            type Record = Member;
            const MODEL: &'static str = $model;

            async fn find(connection: &mut Connection, id: Self::Id) -> Result<Option<Member>> {
                find_member(connection, id).await
            }

            fn place(record: &Member) -> Place {
                Place { scope: Scope::Organization(record.organization), owner: record.created_by }
            }

            fn readable(record: &Member, directory: &Directory, caller: &Caller) -> bool {
                member_readable(record, directory, caller)
            }
        }
    };
}

of_member!(Members, "User");
of_member!(RoleAssignments, "RoleAssignment");
of_member!(UserPermissions, "UserPermission");

impl Child for Members {
    type Parent = Organizations;
}

impl Access {
    /// A member: with `User: read`, or oneself.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn visible_member(&mut self, _id: (OrganizationId, UserId)) -> Result<Member> {
        todo!()
    }

    /// Members; `q` searches name and e-mail; sorts: `name` (default), `email`, `status`, `created_at`, `updated_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_members(
        &mut self,
        _within: &Authorized<In<Members>, Read>,
        _list: &List,
    ) -> Result<Page<Member>> {
        todo!()
    }

    /// The roles of these members, in the order of the ids given (all of the same organization).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn member_roles(
        &mut self,
        _organization: OrganizationId,
        _users: &[UserId],
    ) -> Result<Vec<Vec<AssignedRole>>> {
        todo!()
    }

    /// The member's single organization permissions.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn member_permissions(
        &mut self,
        _of: &Authorized<UserPermissions, Read>,
    ) -> Result<Vec<SinglePermission>> {
        todo!()
    }
}

impl Change {
    /// Creates a user who has not confirmed yet: an unconfirmed account and an invited membership.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `email` if a member or open invitation here has the address;
    /// [`SeatsTaken`](crate::StoreError::SeatsTaken).
    pub async fn create_member(
        &mut self,
        _within: &Authorized<In<Members>, Create>,
        _name: &str,
        _email: &str,
    ) -> Result<Member> {
        todo!()
    }

    /// Activates or suspends (never back to invited).
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn set_member_status(
        &mut self,
        _member: &Authorized<Members, Update>,
        _version: Option<i64>,
        _status: MemberStatus,
    ) -> Result<Member> {
        todo!()
    }

    /// Removes the membership with all that hangs on it: roles, single permissions, team entries through this
    /// organization, open invitation of an unconfirmed person (whose placeholder account goes too).
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn remove_member(&mut self, _member: &Authorized<Members, Delete>, _version: Option<i64>) -> Result<()> {
        todo!()
    }

    /// Removes the caller's own membership (leaving is free, guards on ownership and lock-out aside).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if they are no member.
    pub async fn leave_organization(&mut self, _organization: OrganizationId) -> Result<()> {
        todo!()
    }

    /// Sets the member's roles: gives, changes (expiry, reason) and withdraws until the set is as named. What is
    /// given or changed needs `create`, what is withdrawn `delete`; this asks for each as needed.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied); [`Unknown`](crate::StoreError::Unknown) `role_id`; [`Stale`](crate::StoreError::Stale).
    pub async fn set_member_roles(
        &mut self,
        _member: (OrganizationId, UserId),
        _version: Option<i64>,
        _roles: &[NewAssignment],
    ) -> Result<Member> {
        todo!()
    }

    /// Sets the member's single organization permissions.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn set_member_permissions(
        &mut self,
        _member: &Authorized<UserPermissions, Update>,
        _version: Option<i64>,
        _permissions: &[SinglePermission],
    ) -> Result<Member> {
        todo!()
    }
}
