//! Organizations, their policies and the catalogue's list.

use rolecall_access::preset::Preset;
use rolecall_access::{Directory, OrganizationId, Scope, Timestamp, UserId};

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Delete, Place, Read, Resource, Update, allows};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Result;
use crate::resource::{List, Page};

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The preset it was made from.
    pub preset: String,
    /// Its owner.
    pub owner: Option<UserId>,
    /// Whether single sign-on is on.
    pub single_sign_on: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version.
    pub version: i64,
}

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// The preset, whose roles and policies it gets.
    pub preset: &'static Preset,
    /// Who owns it, or gets the preset's founder role.
    pub founder: UserId,
}

/// The resource `Organization`: any active member may read it.
pub struct Organizations;

impl Resource for Organizations {
    type Id = OrganizationId;
    type Record = Organization;
    const MODEL: &'static str = "Organization";

    async fn find(connection: &mut Connection, id: OrganizationId) -> Result<Option<Organization>> {
        find_organization(connection, id).await
    }

    fn place(record: &Organization) -> Place {
        Place { scope: Scope::Organization(record.id), owner: record.owner }
    }

    fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
        is_member(directory, caller, record.id) || allows(directory, caller, Self::MODEL, "read", Self::place(record))
    }
}

/// The organization's policies (record: the organization).
pub struct Policies;

/// The list of models (record: the organization).
pub struct Models;

pub(crate) fn is_member(_directory: &Directory, _caller: &Caller, _organization: OrganizationId) -> bool {
    todo!()
}

pub(crate) async fn find_organization(
    _connection: &mut Connection,
    _id: OrganizationId,
) -> Result<Option<Organization>> {
    todo!()
}

impl Access {
    /// The organization, for its members (name and preset need no permission); not found for others.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn member_organization(&mut self, _id: OrganizationId) -> Result<Organization> {
        todo!()
    }

    /// The organization with this slug, for its members; not found for others.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn member_organization_by_slug(&mut self, _slug: &str) -> Result<Organization> {
        todo!()
    }

    /// The organizations in which the caller is an active member, by name (the operator: all).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn list_own_organizations(&mut self, _list: &List) -> Result<Page<Organization>> {
        todo!()
    }

    /// The organization's policies.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn policies(&mut self, _of: &Authorized<Policies, Read>) -> Result<rolecall_access::Policies> {
        todo!()
    }

    /// Seats: used (members of any status and pending invitations) and the limit.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn seats(&mut self, _organization: &Organization) -> Result<(u32, Option<u32>)> {
        todo!()
    }
}

impl Change {
    /// Makes an organization with its preset's roles and policies; the founder becomes its owner or gets the
    /// founder role. Operator and set-up only.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for other callers.
    pub async fn create_organization(&mut self, _new: NewOrganization) -> Result<Organization> {
        todo!()
    }

    /// Renames it.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale) if `version` is given and not the present one.
    pub async fn rename_organization(
        &mut self,
        _organization: &Authorized<Organizations, Update>,
        _version: Option<i64>,
        _name: &str,
    ) -> Result<Organization> {
        todo!()
    }

    /// Marks it deleted: nobody is a member any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_organization(&mut self, _organization: &Authorized<Organizations, Delete>) -> Result<()> {
        todo!()
    }
}

macro_rules! in_organization {
    ($type:ident, $model:literal) => {
        impl Resource for $type {
            type Id = OrganizationId;
            type Record = Organization;
            const MODEL: &'static str = $model;

            async fn find(connection: &mut Connection, id: OrganizationId) -> Result<Option<Organization>> {
                find_organization(connection, id).await
            }

            fn place(record: &Organization) -> Place {
                Organizations::place(record)
            }

            fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
                Organizations::readable(record, directory, caller)
            }
        }
    };
}

in_organization!(Policies, "Policy");
in_organization!(Models, "Model");
