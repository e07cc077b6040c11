//! What other programs registered: their models, resources and subjects, and what is given on them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Provenance, RoleGrant};
use crate::id::{BotId, GrantId, ModelId, OrganizationId, ResourceId, RoleId, SubjectId, UserId};
use crate::permission::{Name, Permission};

/// A model that a program registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// Its id.
    pub id: ModelId,
    /// Where it is registered.
    pub organization: OrganizationId,
    /// Its name in permissions; one of a name in an organization.
    pub name: Name,
    /// What can be done with its resources.
    pub actions: BTreeSet<Name>,
}

impl ModelFacts {
    /// The permission of this action, if the model has it.
    #[must_use]
    pub fn permission(&self, action: &str) -> Option<Permission> {
        let action = self.actions.get(action)?.clone();
        Some(Permission { model: self.name.clone(), action })
    }

    /// The permissions of all its actions.
    pub fn permissions(&self) -> impl Iterator<Item = Permission> + '_ {
        self.actions.iter().map(|action| Permission { model: self.name.clone(), action: action.clone() })
    }
}

/// A resource of a program's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceFacts {
    /// Its id here.
    pub id: ResourceId,
    /// Its model.
    pub model: ModelId,
    /// Its id there; one of an id in a model.
    pub foreign_id: Arc<str>,
    /// The bot that it is attached to; none: the model's organization.
    pub bot: Option<BotId>,
    /// Whose it is.
    pub owner: Option<UserId>,
}

/// A subject of programs. It never signs in and is no member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectFacts {
    /// Its id here.
    pub id: SubjectId,
    /// Where it is registered.
    pub organization: OrganizationId,
    /// Its type.
    pub kind: Arc<str>,
    /// Its id there; one of an id of a type in an organization.
    pub foreign_id: Arc<str>,
    /// Organization roles.
    pub roles: Vec<RoleGrant>,
}

/// Who holds what is given on a program's model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// A program's subject.
    Subject(SubjectId),
    /// A member of the model's organization.
    User(UserId),
    /// Whoever holds the role.
    Role(RoleId),
}

/// One action given on a program's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// Its id.
    pub id: GrantId,
    /// The model.
    pub model: ModelId,
    /// What.
    pub action: Name,
    /// On which resource; none: on all of the model.
    pub resource: Option<ResourceId>,
    /// To whom.
    pub holder: Holder,
    /// Who gave it, until when.
    pub provenance: Provenance,
}
