//! All that a subject may do somewhere: the model-to-actions map (W-4).

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::{Scope, Subject};
use crate::directory::Directory;
use crate::id::{BotId, OrganizationId, UserId};
use crate::permission::{Name, Permission};
use crate::timestamp::Timestamp;

/// Model → actions allowed for some record in the scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EffectiveMap(pub BTreeMap<Name, BTreeSet<Name>>);

impl EffectiveMap {
    /// Whether the map lists the action of the model.
    #[must_use]
    pub fn allows(&self, model: &str, action: &str) -> bool {
        self.0.get(model).is_some_and(|actions| actions.contains(action))
    }
}

/// On which records of an organization, or on which bots of it, a subject may do something: what a
/// list is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// None.
    None,
    /// Those that the person owns.
    OwnedBy(UserId),
    /// All of them.
    All,
}

impl Directory {
    /// What the subject may do in the scope, for some record of it, own ones included. In the
    /// organization's map a bot-level model counts if allowed on some bot.
    #[must_use]
    pub fn effective(&self, _subject: Subject, _scope: Scope, _now: Timestamp) -> EffectiveMap {
        todo!()
    }

    /// Which records of the scope (an organization: organization-level records; a bot: its records) the
    /// subject may do this with.
    #[must_use]
    pub fn extent(&self, _subject: Subject, _permission: &Permission, _scope: Scope, _now: Timestamp) -> Extent {
        todo!()
    }

    /// The organization's bots with which the subject may do this (`Bot: read` for a list of bots),
    /// where the bot itself is the record; in id order.
    #[must_use]
    pub fn bots_where(
        &self,
        _subject: Subject,
        _permission: &Permission,
        _organization: OrganizationId,
        _now: Timestamp,
    ) -> Vec<BotId> {
        todo!()
    }
}
