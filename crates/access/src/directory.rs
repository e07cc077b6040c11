//! All facts, in memory, at one revision.
//!
//! Immutable in use: a change clones (cheap: structure is shared) and replaces units. Whoever holds a directory holds a
//! snapshot. Ids are numbered as they come, kind by kind; what somebody is given are short sorted rows of numbers
//! (`people`, `rows`), roles are bits (`role`), and beside every scope stands who belongs to it (`roster`); what other programs
//! registered stands by itself (`programs`). There is no
//! cache of decisions, here or anywhere: what is asked is answered from the facts.

mod apply;
mod bots;
mod numbers;
mod paged;
mod people;
mod programs;
mod read;
mod role;
mod roster;
mod rows;
mod spread;

use std::fmt;
use std::sync::Arc;

use imbl::{HashMap, OrdSet, Vector};
use uuid::Uuid;

use crate::facts::{KeyFacts, Offer, OrganizationFacts, PartnershipFacts};
use crate::id::{BotId, KeyId, OrganizationId, PartnershipId, UserId};
use crate::permission::Permission;

use bots::BotTable;
use numbers::{Identified, Table};
use paged::Slots;
use people::People;
use programs::Programs;
use role::RoleTable;
use roster::Roster;

pub(crate) use bots::{BotHead, BotSlot};
pub(crate) use people::{ACCOUNT, VERIFIED};
pub use role::Role;
pub(crate) use role::{RoleHead, RoleSlot, bits};
pub(crate) use rows::{Held, Place, View, What};

/// The number of an access-changing write: commit order, without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// All facts at one revision.
#[derive(Clone, Default)]
pub struct Directory {
    revision: Revision,
    organizations: Table<OrganizationSlot>,
    organization_heads: Slots<OrganizationHead, 32>,
    pub(crate) people: People,
    pub(crate) role_table: RoleTable,
    bots: BotTable,
    /// Permissions of other programs' models that somebody holds singly, numbered from [`FOREIGN`] on.
    foreign: HashMap<Permission, u32>,
    foreign_by_number: Vector<Permission>,
    partnerships: HashMap<PartnershipId, Arc<PartnershipFacts>>,
    pairs: OrdSet<([OrganizationId; 2], PartnershipId)>,
    keys: HashMap<KeyId, Arc<KeyFacts>>,
    programs: Programs,
}

/// The first number of a permission that is none of the catalogue's.
const FOREIGN: u32 = 128;

/// An organization by its number.
#[derive(Clone, Default)]
pub(crate) struct OrganizationSlot {
    id: Uuid,
    /// Its facts; none: there is no such organization.
    pub facts: Option<Arc<OrganizationFacts>>,
    members: Roster,
    roles: Roster,
    bots: Roster,
}

/// What decisions look at of an organization.
#[derive(Clone, Copy, Default)]
pub(crate) struct OrganizationHead {
    /// The permissions of the catalogue that only ownership gives.
    pub reserved: u128,
    /// The number of its owner.
    pub owner: Option<u32>,
    /// Whether it is there and not deleted.
    pub live: bool,
}

/// A bot, and whom it is offered to. Its team: [`Directory::team`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its owner, where the policy has one.
    pub owner: Option<UserId>,
    /// Whether a version is live.
    pub published: bool,
    /// The partners it is offered to.
    pub offers: Vec<Offer>,
}

impl OrganizationSlot {
    /// Its id.
    pub fn id(&self) -> OrganizationId {
        OrganizationId(self.id)
    }
}

impl Identified for OrganizationSlot {
    fn uuid(&self) -> Uuid {
        self.id
    }

    fn name(&mut self, id: Uuid) {
        self.id = id;
    }
}

impl Directory {
    /// The write that this directory includes, and all before it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Says which write the directory now includes.
    pub fn set_revision(&mut self, revision: Revision) {
        self.revision = revision;
    }
}

/// The same facts at the same revision, however they came.
impl PartialEq for Directory {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision
            && self.units().count() == other.units().count()
            && self.units().all(|unit| self.facts(unit) == other.facts(unit))
    }
}

impl Eq for Directory {}

impl fmt::Debug for Directory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.units().filter_map(|unit| self.facts(unit));
        write!(formatter, "{:?} ", self.revision)?;
        formatter.debug_list().entries(facts).finish()
    }
}

fn pair([one, other]: [OrganizationId; 2]) -> [OrganizationId; 2] {
    if one <= other { [one, other] } else { [other, one] }
}
