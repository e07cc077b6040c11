//! Roles as decisions read them: sets of permissions as bits, one plane for each relation.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::OrdMap;
use uuid::Uuid;

use super::numbers::Identified;
use crate::facts::RoleFacts;
use crate::id::{OrganizationId, RoleId};
use crate::permission::{Permission, Reach, Relation};

/// A role; as in [`RoleFacts`], its permissions shared with every role that has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it covers when assigned in the organization.
    pub reach: Reach,
    /// Whether it has every permission there is or will be (relation `role`).
    pub everything: bool,
    /// Whether it says what anonymous callers may do.
    pub public: bool,
    /// What it gives.
    pub permissions: Arc<BTreeSet<(Permission, Relation)>>,
}

impl Role {
    /// As facts of their own.
    pub(crate) fn to_facts(&self) -> RoleFacts {
        RoleFacts {
            id: self.id,
            organization: self.organization,
            reach: self.reach,
            everything: self.everything,
            public: self.public,
            permissions: BTreeSet::clone(&self.permissions),
        }
    }
}

/// The permissions of the catalogue by their numbers, in the order owner, team, role.
pub(crate) type Planes = [u128; 3];

/// A role by its number.
#[derive(Clone, Default)]
pub(crate) struct RoleSlot {
    id: Uuid,
    /// The number of its organization.
    pub organization: u32,
    /// Whether there is such a role, and it reaches the organization.
    pub reaches_organization: bool,
    everything: bool,
    /// What it gives of the catalogue's permissions.
    pub planes: Planes,
    /// The role itself; none: there is none.
    pub role: Option<Arc<Role>>,
}

impl Identified for RoleSlot {
    fn uuid(&self) -> Uuid {
        self.id
    }

    fn name(&mut self, id: Uuid) {
        self.id = id;
    }
}

impl RoleSlot {
    /// Its id.
    pub fn id(&self) -> RoleId {
        RoleId(self.id)
    }

    /// Says what the role is now.
    pub fn set(&mut self, organization: u32, role: Option<Arc<Role>>) {
        self.organization = organization;
        self.reaches_organization = role.as_ref().is_some_and(|role| role.reach == Reach::Organization);
        self.everything = role.as_ref().is_some_and(|role| role.everything);
        self.planes = role.as_ref().map(|role| planes(&role.permissions)).unwrap_or_default();
        self.role = role;
    }

    /// Whether it gives a permission that is none of these.
    pub fn goes_beyond(&self, known: u128) -> bool {
        let foreign = self.role.as_ref().is_some_and(|role| role.permissions.len() != count(self.planes));
        foreign || self.planes.iter().any(|plane| plane & !known != 0)
    }

    /// Whether it has the permission by exactly this relation; `number` is the permission's in the catalogue.
    #[inline]
    pub fn gives(&self, permission: &Permission, number: Option<u32>, relation: Relation) -> bool {
        if self.everything && relation == Relation::Role {
            return true;
        }
        match number {
            Some(number) => self.planes.get(relation as usize).is_some_and(|plane| plane >> number & 1 == 1),
            // Another program's.
            None => self.role.as_ref().is_some_and(|role| role.permissions.contains(&(permission.clone(), relation))),
        }
    }
}

/// The bits of these permissions.
pub(crate) fn bits<'p>(permissions: impl IntoIterator<Item = &'p Permission>) -> u128 {
    permissions.into_iter().filter_map(Permission::number).fold(0, |bits, number| bits | 1 << number)
}

fn planes(permissions: &BTreeSet<(Permission, Relation)>) -> Planes {
    [Relation::Owner, Relation::Team, Relation::Role]
        .map(|by| bits(permissions.iter().filter(|(_, relation)| *relation == by).map(|(permission, _)| permission)))
}

type Permissions = Arc<BTreeSet<(Permission, Relation)>>;

/// The sets of permissions that roles have, each once, with how many roles have it.
#[derive(Clone, Default)]
pub(crate) struct Sets(OrdMap<Planes, (usize, Permissions)>);

impl Sets {
    /// The set, shared. Those with other programs' permissions stand alone.
    pub fn share(&mut self, permissions: BTreeSet<(Permission, Relation)>) -> Permissions {
        let planes = planes(&permissions);
        if permissions.len() != count(planes) {
            return Arc::new(permissions);
        }
        let (roles, shared) = self.0.entry(planes).or_insert_with(|| (0, Arc::new(permissions)));
        *roles += 1;
        shared.clone()
    }

    /// One role less has the set.
    pub fn release(&mut self, permissions: &BTreeSet<(Permission, Relation)>) {
        let planes = planes(permissions);
        if permissions.len() != count(planes) {
            return;
        }
        let last = self.0.get_mut(&planes).is_some_and(|(roles, _)| {
            *roles = roles.saturating_sub(1);
            *roles == 0
        });
        if last {
            self.0.remove(&planes);
        }
    }
}

fn count(planes: Planes) -> usize {
    planes.iter().map(|plane| plane.count_ones() as usize).sum()
}
