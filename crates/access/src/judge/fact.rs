//! A fact that allows, as it is found: by where it stands. What to say of it is read only when it is asked for.

use crate::decide::Because;
use crate::directory::{Directory, Held};
use crate::facts::{GrantFacts, Provenance};
use crate::id::{BotId, KeyId, OrganizationId, RoleId};
use crate::permission::Relation;

/// A fact that allows; see [`Because`].
#[derive(Clone, Copy)]
pub(crate) enum Fact<'a> {
    OrganizationOwner(OrganizationId),
    BotOwner(BotId),
    OnTeam(BotId, Held<'a>),
    OrganizationRole {
        role: RoleId,
        relation: Relation,
        row: Held<'a>,
    },
    BotRole {
        role: RoleId,
        relation: Relation,
        row: Held<'a>,
    },
    OrganizationPermission(Held<'a>),
    BotPermission(Held<'a>),
    PublicRole(RoleId),
    KeyScope(KeyId),
    /// An organization role of a program's subject.
    SubjectRole(RoleId, &'a Provenance),
    /// What is given on a program's model, to a role's holders or to the subject itself.
    Grant(&'a GrantFacts, Option<RoleId>),
}

impl Fact<'_> {
    /// What it is, with who gave it, when and until when.
    pub fn because(self, directory: &Directory) -> Because {
        let of = |row| directory.provenance(&row);
        match self {
            Self::OrganizationOwner(id) => Because::OrganizationOwner(id),
            Self::BotOwner(id) => Because::BotOwner(id),
            Self::OnTeam(id, row) => Because::OnTeam(id, of(row)),
            Self::OrganizationRole { role, relation, row } => {
                Because::OrganizationRole { role, relation, provenance: of(row) }
            }
            Self::BotRole { role, relation, row } => Because::BotRole { role, relation, provenance: of(row) },
            Self::OrganizationPermission(row) => Because::OrganizationPermission(of(row)),
            Self::BotPermission(row) => Because::BotPermission(of(row)),
            Self::PublicRole(id) => Because::PublicRole(id),
            Self::KeyScope(id) => Because::KeyScope(id),
            Self::SubjectRole(role, provenance) => {
                Because::OrganizationRole { role, relation: Relation::Role, provenance: *provenance }
            }
            Self::Grant(grant, role) => Because::Grant { grant: grant.id, role, provenance: grant.provenance },
        }
    }

    /// Whether it allows for records that the person owns only.
    pub fn is_of_own_only(self) -> bool {
        matches!(
            self,
            Self::OrganizationRole { relation: Relation::Owner, .. } | Self::BotRole { relation: Relation::Owner, .. }
        )
    }
}
