//! The facts that grant, in the units in which they are stored, loaded and replaced.
//!
//! A unit is what one write changes and one load reads: the rest of the program only ever says "this
//! unit is now so" ([`Update`]), for a rebuild and for a single change alike.

mod program;

use std::collections::BTreeSet;

use crate::id::{BotId, GrantId, KeyId, ModelId, OrganizationId, PartnershipId, ResourceId, RoleId, SubjectId, UserId};
use crate::permission::{Permission, Reach, Relation};
use crate::policy::Policies;
use crate::timestamp::Timestamp;

pub use program::{GrantFacts, Holder, ModelFacts, ResourceFacts, SubjectFacts};

/// Who gave a fact, when, until when (exclusive: at that instant it no longer holds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Who gave it; none: the set-up, an operator or an account that is gone.
    pub given_by: Option<UserId>,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

impl Provenance {
    /// Whether the fact holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationFacts {
    /// Its id.
    pub id: OrganizationId,
    /// Whether it is deleted (in its grace period): nobody is a member then.
    pub deleted: bool,
    /// Its owner, where the policy has one.
    pub owner: Option<UserId>,
    /// Its policies.
    pub policies: Policies,
}

/// An account, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// Its id.
    pub id: UserId,
    /// Whether its e-mail is confirmed.
    pub verified: bool,
    /// Whether it has a credential to sign in with.
    pub can_sign_in: bool,
}

/// The state of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberStatus {
    /// Created by an administrator, not confirmed by the person yet.
    Invited,
    /// In use.
    Active,
    /// Deactivated.
    Suspended,
}

/// A role held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleGrant {
    /// The role.
    pub role: RoleId,
    /// Who gave it, until when.
    pub provenance: Provenance,
}

/// A single permission held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionGrant {
    /// The permission.
    pub permission: Permission,
    /// Who gave it, until when.
    pub provenance: Provenance,
}

/// A user in an organization: membership, roles, single permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// The organization.
    pub organization: OrganizationId,
    /// The person.
    pub user: UserId,
    /// Whether the membership counts.
    pub status: MemberStatus,
    /// Organization roles.
    pub roles: Vec<RoleGrant>,
    /// Single organization permissions.
    pub permissions: Vec<PermissionGrant>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
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
    pub permissions: BTreeSet<(Permission, Relation)>,
}

/// A person on a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamEntry {
    /// The person.
    pub user: UserId,
    /// The organization the entry came through: the bot's own or a partner.
    pub through: OrganizationId,
    /// Who put them there, until when.
    pub provenance: Provenance,
    /// Roles on this bot.
    pub roles: Vec<RoleGrant>,
    /// Single permissions on this bot.
    pub permissions: Vec<PermissionGrant>,
}

/// A bot offered to a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The partner organization.
    pub partner: OrganizationId,
    /// The most its people can be given on this bot.
    pub cap: BTreeSet<Permission>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

/// A bot with its team and whom it is offered to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotFacts {
    /// Its id.
    pub id: BotId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its owner, where the policy has one.
    pub owner: Option<UserId>,
    /// Whether a version is live.
    pub published: bool,
    /// Who is on it.
    pub team: Vec<TeamEntry>,
    /// The partners it is offered to.
    pub offers: Vec<Offer>,
}

/// An agreement between two organizations (the order does not matter).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnershipFacts {
    /// Its id.
    pub id: PartnershipId,
    /// The two organizations.
    pub between: [OrganizationId; 2],
    /// Whether both sides agreed.
    pub accepted: bool,
    /// Whether one side froze it.
    pub frozen: bool,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

/// Where a key may be used, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: KeyId,
    /// On whose behalf it acts.
    pub sponsor: UserId,
    /// Per organization (and all its bots) or bot, the permissions in its scope.
    pub scope: Vec<(crate::decide::Scope, BTreeSet<Permission>)>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// The name of a unit of facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// An organization's own row and policies.
    Organization(OrganizationId),
    /// An account.
    Account(UserId),
    /// A user in an organization.
    Member(OrganizationId, UserId),
    /// A role and its permissions.
    Role(RoleId),
    /// A bot, its team and offers.
    Bot(BotId),
    /// A partnership.
    Partnership(PartnershipId),
    /// A key.
    Key(KeyId),
    /// A model that a program registered.
    Model(ModelId),
    /// A resource of a program's model.
    Resource(ResourceId),
    /// A subject of programs, and its roles.
    Subject(SubjectId),
    /// A fact given on a program's model.
    Grant(GrantId),
}

/// A unit's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// Of an organization.
    Organization(OrganizationFacts),
    /// Of an account.
    Account(AccountFacts),
    /// Of a membership.
    Member(MemberFacts),
    /// Of a role.
    Role(RoleFacts),
    /// Of a bot.
    Bot(BotFacts),
    /// Of a partnership.
    Partnership(PartnershipFacts),
    /// Of a key.
    Key(KeyFacts),
    /// Of a program's model.
    Model(ModelFacts),
    /// Of a resource of one.
    Resource(ResourceFacts),
    /// Of a subject of programs.
    Subject(SubjectFacts),
    /// Of what is given on a program's model.
    Grant(GrantFacts),
}

/// A unit is now so, or gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The unit's facts, whole.
    Set(Facts),
    /// The unit is gone.
    Remove(Unit),
}
