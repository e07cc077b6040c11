//! Questions and decisions: what is asked, and the answer with its reason. The answering is in `judge`.

use crate::facts::Provenance;
use crate::id::{BotId, GrantId, KeyId, OrganizationId, RoleId, SubjectId, UserId};
use crate::permission::{Permission, Relation};

/// Where something is done: in an organization, or on a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The organization itself.
    Organization(OrganizationId),
    /// One bot.
    Bot(BotId),
}

/// Whom a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Nobody signed in: the role `public` speaks.
    Anybody,
    /// A person.
    User(UserId),
    /// A key: its scope, as far as its sponsor may now.
    Key(KeyId),
    /// A program's subject: it is nobody's member and on no team; what it may comes from organization roles and from facts
    /// on programs' models.
    Program(SubjectId),
}

/// May this subject do this, there, on a record of this owner?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who.
    pub subject: Subject,
    /// What.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
    /// Who owns the record. Ignored for `create`, where the parent (the bot, the organization) is the record.
    pub owner: Option<UserId>,
}

/// A fact that allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Owns the organization.
    OrganizationOwner(OrganizationId),
    /// Owns the bot.
    BotOwner(BotId),
    /// Is on the bot's team (lets one read the bot).
    OnTeam(BotId, Provenance),
    /// Holds a role in the organization.
    OrganizationRole {
        /// The role.
        role: RoleId,
        /// By which relation.
        relation: Relation,
        /// Who gave the role, until when.
        provenance: Provenance,
    },
    /// Holds a role on the bot.
    BotRole {
        /// The role.
        role: RoleId,
        /// By which relation.
        relation: Relation,
        /// Who gave the role, until when.
        provenance: Provenance,
    },
    /// Holds the permission itself in the organization.
    OrganizationPermission(Provenance),
    /// Holds the permission itself on the bot.
    BotPermission(Provenance),
    /// The role for anonymous callers gives it on published bots.
    PublicRole(RoleId),
    /// The key's scope has it (its sponsor's facts follow).
    KeyScope(KeyId),
    /// It is given on the program's model.
    Grant {
        /// The fact.
        grant: GrantId,
        /// The role whose holders have it; none: given to the subject itself.
        role: Option<RoleId>,
        /// Who gave it, until when.
        provenance: Provenance,
    },
}

impl Because {
    /// The role that it comes from.
    #[must_use]
    pub fn role(&self) -> Option<RoleId> {
        match self {
            Self::OrganizationRole { role, .. } | Self::BotRole { role, .. } | Self::PublicRole(role) => Some(*role),
            Self::Grant { role, .. } => *role,
            _ => None,
        }
    }

    /// The relation by which a role gives it.
    #[must_use]
    pub fn relation(&self) -> Option<Relation> {
        match self {
            Self::OrganizationRole { relation, .. } | Self::BotRole { relation, .. } => Some(*relation),
            _ => None,
        }
    }

    /// Who gave it, since and until when.
    #[must_use]
    pub fn provenance(&self) -> Option<Provenance> {
        match self {
            Self::OnTeam(_, provenance)
            | Self::OrganizationRole { provenance, .. }
            | Self::BotRole { provenance, .. }
            | Self::OrganizationPermission(provenance)
            | Self::BotPermission(provenance)
            | Self::Grant { provenance, .. } => Some(*provenance),
            Self::OrganizationOwner(_) | Self::BotOwner(_) | Self::PublicRole(_) | Self::KeyScope(_) => None,
        }
    }
}

/// What stands in the way of an allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no such organization or bot.
    Unknown,
    /// The organization is deleted.
    OrganizationDeleted,
    /// Not a member.
    Membership,
    /// The membership is suspended.
    Suspended,
    /// The account's e-mail, or the invitation, is not confirmed.
    Unconfirmed,
    /// Not on the bot's team.
    TeamEntry,
    /// Only ownership gives it.
    Reserved,
    /// The partner's cap leaves it out.
    BeyondCap,
    /// The bot is not published.
    NotPublished,
    /// Anonymous callers cannot have it.
    NotPublic,
    /// The key does not have it in its scope, has ended or was revoked.
    KeyScope,
    /// No fact gives the permission (what would: [`Directory::remedies`](crate::Directory::remedies)).
    Grant,
}

/// Allow or deny, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub allowed: bool,
    /// If allowed: every fact that allows it, the strongest first.
    pub because: Vec<Because>,
    /// If denied: what is missing.
    pub missing: Vec<Missing>,
}
