//! Roles as decisions read them: sets of permissions as bits, one plane for each relation, each set once.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, Vector};
use uuid::Uuid;

use super::numbers::{Identified, Table};
use super::paged::Slots;
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
    /// The role itself; none: there is none.
    pub role: Option<Arc<Role>>,
}

/// What decisions look at of a role; small, so that those of thousands of organizations are at hand.
#[derive(Clone, Copy, Default)]
pub(crate) struct RoleHead {
    /// The number of its organization.
    pub organization: u32,
    /// The number of its set, and below it what else there is to say; 0: there is no such role.
    set: u32,
}

const THERE: u32 = 1;
const REACHES_ORGANIZATION: u32 = 2;
const EVERYTHING: u32 = 4;
const SET_AT: u32 = 3;

impl RoleHead {
    fn new(organization: u32, role: &Role, set: u32) -> Self {
        let reaches = if role.reach == Reach::Organization { REACHES_ORGANIZATION } else { 0 };
        let everything = if role.everything { EVERYTHING } else { 0 };
        Self { organization, set: (set << SET_AT) | everything | reaches | THERE }
    }

    /// Whether there is such a role, of that organization.
    #[inline]
    pub const fn is_of(self, organization: u32) -> bool {
        self.set & THERE != 0 && self.organization == organization
    }

    /// Whether it reaches the organization.
    #[inline]
    pub const fn reaches_organization(self) -> bool {
        self.set & REACHES_ORGANIZATION != 0
    }
}

/// All roles of all organizations.
#[derive(Clone, Default)]
pub(crate) struct RoleTable {
    slots: Table<RoleSlot>,
    heads: Slots<RoleHead, 64>,
    sets: Sets,
}

impl RoleTable {
    /// By their numbers and ids.
    pub(super) fn slots(&self) -> &Table<RoleSlot> {
        &self.slots
    }

    /// The id's number, a new one if it has none.
    pub fn number(&mut self, id: RoleId) -> u32 {
        self.slots.number(id.0)
    }

    /// What decisions look at.
    #[inline]
    pub fn head(&self, number: u32) -> RoleHead {
        self.heads.get(number).copied().unwrap_or_default()
    }

    /// Says what the role is now.
    pub fn set(&mut self, number: u32, organization: u32, facts: RoleFacts) {
        let RoleFacts { id, organization: of, reach, everything, public, permissions } = facts;
        let (set, permissions) = self.sets.share(permissions);
        let role = Role { id, organization: of, reach, everything, public, permissions };
        if let Some(head) = self.heads.get_mut(number) {
            *head = RoleHead::new(organization, &role, set);
        }
        if let Some(slot) = self.slots.get_mut(number) {
            slot.organization = organization;
            slot.role = Some(Arc::new(role));
        }
    }

    /// Takes it out; the number of its organization.
    pub fn remove(&mut self, number: u32) -> Option<u32> {
        let slot = self.slots.get_mut(number)?;
        let role = slot.role.take()?;
        let organization = slot.organization;
        if let Some(head) = self.heads.get_mut(number) {
            *head = RoleHead::default();
        }
        self.sets.release(&role.permissions);
        Some(organization)
    }

    /// Whether it has the permission by exactly this relation; `number` is the permission's in the catalogue.
    #[inline]
    pub fn gives(&self, role: u32, permission: &Permission, number: Option<u32>, relation: Relation) -> bool {
        let head = self.head(role);
        if head.set & EVERYTHING != 0 && relation == Relation::Role {
            return true;
        }
        match number {
            Some(number) => self.sets.plane(head.set >> SET_AT, relation) >> number & 1 == 1,
            // Another program's.
            None => {
                let role = self.slots.get(role).and_then(|slot| slot.role.as_ref());
                role.is_some_and(|role| role.permissions.contains(&(permission.clone(), relation)))
            }
        }
    }
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

    /// Whether it gives a permission that is none of these.
    pub fn goes_beyond(&self, known: u128) -> bool {
        let known = |permission: &Permission| permission.number().is_some_and(|number| known >> number & 1 == 1);
        self.role.as_ref().is_some_and(|role| role.permissions.iter().any(|(permission, _)| !known(permission)))
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

/// The sets of permissions that roles have, as far as they are the catalogue's, each once.
#[derive(Clone, Default)]
struct Sets {
    by_planes: OrdMap<Planes, Set>,
    planes: Slots<Planes>,
    /// Numbers that were given up.
    free: Vector<u32>,
    length: u32,
}

#[derive(Clone)]
struct Set {
    number: u32,
    /// How many roles have it.
    roles: usize,
    /// With nothing of other programs' beside.
    permissions: Option<Permissions>,
}

impl Sets {
    #[inline]
    fn plane(&self, number: u32, relation: Relation) -> u128 {
        self.planes.get(number).and_then(|planes| planes.get(relation as usize)).copied().unwrap_or_default()
    }

    /// The number of the set, and the permissions, shared where there are none of other programs' among them.
    fn share(&mut self, permissions: BTreeSet<(Permission, Relation)>) -> (u32, Permissions) {
        let planes = planes(&permissions);
        let number = self.number(planes);
        let Some(set) = self.by_planes.get_mut(&planes) else { return (number, Arc::new(permissions)) };
        set.roles += 1;
        if permissions.len() != count(planes) {
            return (number, Arc::new(permissions));
        }
        (number, set.permissions.get_or_insert_with(|| Arc::new(permissions)).clone())
    }

    fn number(&mut self, planes: Planes) -> u32 {
        if let Some(set) = self.by_planes.get(&planes) {
            return set.number;
        }
        let number = self.free.pop_back().unwrap_or_else(|| {
            self.length += 1;
            self.length - 1
        });
        if let Some(place) = self.planes.get_mut(number) {
            *place = planes;
        }
        self.by_planes.insert(planes, Set { number, roles: 0, permissions: None });
        number
    }

    /// One role less has the set.
    fn release(&mut self, permissions: &BTreeSet<(Permission, Relation)>) {
        let planes = planes(permissions);
        let Some(set) = self.by_planes.get_mut(&planes) else { return };
        set.roles = set.roles.saturating_sub(1);
        if set.roles == 0 {
            let number = set.number;
            self.by_planes.remove(&planes);
            self.free.push_back(number);
        }
    }
}

fn count(planes: Planes) -> usize {
    planes.iter().map(|plane| plane.count_ones() as usize).sum()
}
