//! All facts, in memory, at one revision.
//!
//! Immutable in use: a change clones (cheap: structure is shared) and replaces units. Whoever holds a
//! directory holds a snapshot.

use std::sync::Arc;

use crate::facts::{AccountFacts, BotFacts, MemberFacts, OrganizationFacts, RoleFacts, Update};
use crate::id::{BotId, OrganizationId, RoleId, UserId};

/// The number of an access-changing write: commit order, without gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// All facts at one revision.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    revision: Revision,
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

    /// Replaces or removes one unit.
    pub fn apply(&mut self, _update: Update) {
        todo!()
    }

    /// An organization's facts (deleted ones included).
    #[must_use]
    pub fn organization(&self, _id: OrganizationId) -> Option<&Arc<OrganizationFacts>> {
        todo!()
    }

    /// An account's facts.
    #[must_use]
    pub fn account(&self, _id: UserId) -> Option<&Arc<AccountFacts>> {
        todo!()
    }

    /// A membership's facts, whatever its status.
    #[must_use]
    pub fn member(&self, _organization: OrganizationId, _user: UserId) -> Option<&Arc<MemberFacts>> {
        todo!()
    }

    /// A role's facts.
    #[must_use]
    pub fn role(&self, _id: RoleId) -> Option<&Arc<RoleFacts>> {
        todo!()
    }

    /// A bot's facts.
    #[must_use]
    pub fn bot(&self, _id: BotId) -> Option<&Arc<BotFacts>> {
        todo!()
    }

    /// The people with a membership (of any status) in the organization, in id order.
    pub fn members(&self, _organization: OrganizationId) -> impl Iterator<Item = &Arc<MemberFacts>> {
        std::iter::empty()
    }

    /// The organization's bots, in id order.
    pub fn bots(&self, _organization: OrganizationId) -> impl Iterator<Item = &Arc<BotFacts>> {
        std::iter::empty()
    }

    /// The organizations in which the person has a membership of any status, in id order.
    pub fn organizations_of(&self, _user: UserId) -> impl Iterator<Item = OrganizationId> {
        std::iter::empty()
    }

    /// The bots on whose team the person is (entries of any organization, expired ones included).
    pub fn bots_of(&self, _user: UserId) -> impl Iterator<Item = &Arc<BotFacts>> {
        std::iter::empty()
    }
}
