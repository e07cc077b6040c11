//! What may be changed: the guards on changing access.
//!
//! Every write path passes through [`check`], which compares the facts before and after the change. All
//! guards are phrased in what decisions allow now; a person whom the change touches is taken as if active
//! and verified, so that nothing slips in through an account that is not in use yet.

mod escalation;
mod holds;
mod lockout;
mod peers;
mod programs;
mod promise;

pub use lockout::{is_managed, is_owned};
pub use promise::{Promise, check_promise};

use std::collections::BTreeSet;

use crate::actor::Actor;
use crate::decide::Scope;
use crate::directory::Directory;
use crate::facts::Unit;
use crate::id::{BotId, OrganizationId, RoleId, SubjectId, UserId};
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
    /// The permission is given by ownership only.
    #[error("{permission} is reserved: only ownership gives it")]
    Reserved {
        /// Where.
        organization: OrganizationId,
        /// What.
        permission: Permission,
    },
    /// The change gives somebody what its maker cannot do there, or not for so long.
    #[error("this gives {permission}, and one can give only what one can do there oneself, and no longer")]
    Escalation {
        /// Where.
        scope: Scope,
        /// What.
        permission: Permission,
        /// To whom; none: to anonymous visitors.
        person: Option<UserId>,
    },
    /// The person came through a partner, whose people can be given less there.
    #[error("{permission} is beyond what this partner's people can be given on this bot; widen the offer first")]
    BeyondCap {
        /// Where.
        scope: Scope,
        /// What.
        permission: Permission,
        /// To whom.
        person: UserId,
    },
    /// The person owns the scope.
    #[error("an owner is changed by nobody else")]
    ProtectsOwner {
        /// What they own.
        scope: Scope,
        /// Who.
        person: UserId,
    },
    /// The person can do something there that the actor cannot.
    #[error("somebody this changes can do {permission} there and you cannot")]
    ProtectsHigher {
        /// Where.
        scope: Scope,
        /// What they can do.
        permission: Permission,
        /// Who.
        person: UserId,
    },
    /// The program's subject can do something there that the actor cannot.
    #[error("the program's subject that this changes can do {permission} there and you cannot")]
    ProtectsSubject {
        /// Where.
        scope: Scope,
        /// What it can do.
        permission: Permission,
        /// Which.
        subject: SubjectId,
    },
    /// Peers do not manage each other here (`manage_peers` off).
    #[error("somebody this changes holds {permission} too, and peers do not manage each other here")]
    ProtectsPeer {
        /// Where.
        scope: Scope,
        /// What both hold.
        permission: Permission,
        /// Who.
        person: UserId,
    },
    /// One's own account is never suspended by oneself.
    #[error("nobody deactivates themselves")]
    OwnSuspension,
    /// Nobody drops their own last administering role.
    #[error("nobody drops their own last administering role; let another administrator do it")]
    OwnAdministration,
    /// Nobody would be left who can manage users, roles and permissions for good.
    #[error("nobody would be left who can manage users, roles and permissions; give somebody else that first")]
    Lockout(OrganizationId),
    /// The organization must have exactly one owner, active.
    #[error("the organization must keep exactly one active owner")]
    OwnerNeeded(OrganizationId),
    /// The bot must have exactly one owner.
    #[error("the bot must keep exactly one owner, of its own organization and on its team without end")]
    BotOwnerNeeded(BotId),
    /// The role is assigned.
    #[error("the role is assigned; take it from everybody first")]
    RoleInUse {
        /// Which.
        role: RoleId,
        /// Whether to the actor themself.
        own: bool,
    },
}

impl Refusal {
    /// The guard's name, for programs.
    #[must_use]
    pub const fn guard(&self) -> &'static str {
        match self {
            Self::Reserved { .. } => "reserved",
            Self::Escalation { .. } => "escalation",
            Self::BeyondCap { .. } => "cap",
            Self::ProtectsOwner { .. } => "owner",
            Self::ProtectsHigher { .. } | Self::ProtectsSubject { .. } => "higher",
            Self::ProtectsPeer { .. } => "peers",
            Self::OwnSuspension | Self::OwnAdministration => "oneself",
            Self::Lockout(_) => "lock-out",
            Self::OwnerNeeded(_) | Self::BotOwnerNeeded(_) => "owner-needed",
            Self::RoleInUse { .. } => "role-in-use",
        }
    }
}

/// Whether the change may be made.
///
/// # Errors
/// The first guard that refuses it: reserved, caps, escalation, peers, oneself, owners, lock-out.
pub fn check(change: &Change<'_>) -> Result<(), Refusal> {
    escalation::check_reserved(change)?;
    escalation::check_caps(change)?;
    if change.actor != Actor::Operator {
        escalation::check_gains(change)?;
        programs::check_given(change)?;
        peers::check_people(change)?;
        programs::check_subjects(change)?;
        peers::check_self(change)?;
    }
    lockout::check_owners(change)?;
    lockout::check_managers(change)
}

impl Change<'_> {
    /// The person who acts; a key acts as its sponsor.
    fn person(&self) -> Option<UserId> {
        match self.actor {
            Actor::User(user) => Some(user),
            Actor::Key(key) => self.before.key(key).map(|key| key.sponsor),
            Actor::Anybody | Actor::Operator => None,
        }
    }

    /// Whether the change is made by a permission on partners of this organization.
    fn by_partner(&self, organization: OrganizationId) -> bool {
        let partner = |permission: &Permission| permission.model.as_str() == "Partner";
        self.using.iter().any(|(scope, permission)| *scope == Scope::Organization(organization) && partner(permission))
    }

    /// The organization's bots that both sides know.
    fn bots(&self, organization: OrganizationId) -> impl Iterator<Item = BotId> {
        self.after.bots(organization).map(|bot| bot.id).filter(|id| self.before.bot(*id).is_some())
    }

    /// Whether both sides know the bot.
    fn lasts(&self, bot: BotId) -> bool {
        self.before.bot(bot).is_some() && self.after.bot(bot).is_some()
    }

    /// Of these bots, those on which the person or the maker of the change stands apart, and one of the others, which
    /// are all alike to the two.
    fn distinct_bots(&self, organization: OrganizationId, user: UserId) -> BTreeSet<BotId> {
        let mut bots = BTreeSet::new();
        for person in [Some(user), self.person()].into_iter().flatten() {
            bots.extend(self.before.own_bots(organization, person));
            bots.extend(self.after.own_bots(organization, person));
        }
        bots.retain(|bot| self.lasts(*bot));
        bots.extend(self.bots(organization).find(|bot| !bots.contains(bot)));
        bots
    }
}
