//! What may be changed: the guards on changing access (see design: escalation, peers, no lock-out,
//! ownership, reserved permissions). Every write path passes through [`check`], which compares the
//! facts before and after the change.

use crate::actor::Actor;
use crate::decide::Scope;
use crate::directory::Directory;
use crate::facts::Unit;
use crate::id::{OrganizationId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// A change of facts, about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The facts now.
    pub before: &'a Directory,
    /// The facts as the change would leave them.
    pub after: &'a Directory,
    /// The units that differ (those that do not are skipped).
    pub touched: &'a [Unit],
    /// Who makes it. For an accepted invitation: the inviter.
    pub actor: Actor,
    /// The permissions by which it is made.
    pub using: &'a [(Scope, Permission)],
    /// The instant.
    pub now: Timestamp,
}

/// Why a change is refused; it says which guard and whom it protects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The change gives somebody what its maker cannot do there (or not for so long).
    #[error("gives {permission}, which the giver does not have there to that extent")]
    Escalation { scope: Scope, permission: Permission, person: Option<UserId> },
    /// The permission is given by ownership only.
    #[error("{permission} is reserved: only ownership gives it")]
    Reserved { scope: Scope, permission: Permission },
    /// The person owns the scope.
    #[error("the owner can be changed by nobody else")]
    ProtectsOwner { scope: Scope, person: UserId },
    /// The person can do something there that the actor cannot.
    #[error("the person can do {permission} there, the actor cannot")]
    ProtectsHigher { scope: Scope, permission: Permission, person: UserId },
    /// Peers do not manage each other here (`manage_peers` off).
    #[error("the person holds {permission} too, and peers do not manage each other here")]
    ProtectsPeer { scope: Scope, permission: Permission, person: UserId },
    /// One's own account is never suspended by oneself.
    #[error("nobody suspends themselves")]
    OwnSuspension,
    /// Nobody drops their own last administering role.
    #[error("nobody drops their own last administering role")]
    OwnAdministration,
    /// Nobody would be left who can manage users, roles and permissions for good.
    #[error("nobody would be left who can manage users, roles and permissions")]
    Lockout(OrganizationId),
    /// The organization must have exactly one owner, active.
    #[error("the organization must have exactly one active owner")]
    OwnerNeeded(OrganizationId),
    /// The bot must have exactly one owner.
    #[error("the bot must have exactly one owner, on its team for good, of its own organization")]
    BotOwnerNeeded(crate::id::BotId),
    /// The role is assigned.
    #[error("the role is assigned")]
    RoleInUse { role: RoleId, own: bool },
}

/// Whether the change may be made.
///
/// # Errors
/// The guard that refuses it: the first in the order of [`Refusal`]'s variants that applies.
pub fn check(_change: &Change<'_>) -> Result<(), Refusal> {
    todo!()
}
