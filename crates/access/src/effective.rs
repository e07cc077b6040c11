//! All that a subject may do somewhere: the model-to-actions map (W-4), and which records a list shows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::catalogue::{self, Level};
use crate::decide::{Question, Scope, Subject};
use crate::directory::{Directory, bits};
use crate::id::{BotId, OrganizationId, UserId};
use crate::judge::{Fact, Judge};
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

/// Which records of a scope a subject may do something with: what a list is narrowed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub fn effective(&self, subject: Subject, scope: Scope, now: Timestamp) -> EffectiveMap {
        let mut map = EffectiveMap::default();
        for permission in self.permissions_of(scope) {
            if self.allows_somewhere(subject, &permission, scope, now) {
                map.0.entry(permission.model).or_default().insert(permission.action);
            }
        }
        for permission in self.granted_on_some(subject, scope, now) {
            map.0.entry(permission.model).or_default().insert(permission.action);
        }
        map
    }

    fn allows_somewhere(&self, subject: Subject, permission: &Permission, scope: Scope, now: Timestamp) -> bool {
        let at = |scope| self.extent(subject, permission, scope, now) != Extent::None;
        match scope {
            Scope::Organization(id) if catalogue::level(permission) == Some(Level::Bot) => {
                self.bots(id).any(|bot| at(Scope::Bot(bot.id)))
            }
            // Another program's: on the organization, or where the person stands apart.
            Scope::Organization(id) if permission.number().is_none() => {
                let own = self.person_of(subject).map(|user| self.own_bots(id, user)).unwrap_or_default();
                at(scope) || own.into_iter().any(|bot| at(Scope::Bot(bot)))
            }
            _ => at(scope),
        }
    }

    /// Every permission that can mean something in the scope: the catalogue's, and those of the models that other programs
    /// registered there.
    pub(crate) fn permissions_of(&self, scope: Scope) -> BTreeSet<Permission> {
        let organization = match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.bot(id).map(|bot| bot.organization),
        };
        let mut permissions: BTreeSet<Permission> = catalogue::permissions().collect();
        let Some(organization) = organization else { return permissions };
        let known = bits(&permissions);
        permissions.extend(self.models(organization).flat_map(|model| model.permissions()));
        for slot in self.role_slots(organization).filter(|slot| slot.goes_beyond(known)) {
            let given = slot.role.iter().flat_map(|role| role.permissions.iter());
            permissions.extend(given.map(|(permission, _)| permission.clone()));
        }
        permissions
    }

    /// Which records of the scope (an organization: organization-level records; a bot: its records) the
    /// subject may do this with.
    #[must_use]
    pub fn extent(&self, subject: Subject, permission: &Permission, scope: Scope, now: Timestamp) -> Extent {
        let judge = Judge { directory: self, now, as_if_active: false };
        let owner = self.person_of(subject);
        let question = Question { subject, permission: permission.clone(), scope, owner };
        let mut extent = Extent::None;
        let _ = judge.visit(&question, &mut |fact, _| match fact {
            Fact::KeyScope(_) => ControlFlow::Continue(()),
            fact if fact.is_of_own_only() => {
                extent = owner.map_or(Extent::None, Extent::OwnedBy);
                ControlFlow::Continue(())
            }
            _ => {
                extent = Extent::All;
                ControlFlow::Break(())
            }
        });
        extent
    }

    /// The person who asks, or on whose behalf a key does.
    pub(crate) fn person_of(&self, subject: Subject) -> Option<UserId> {
        match subject {
            Subject::User(user) => Some(user),
            Subject::Key(key) => self.key(key).map(|key| key.sponsor),
            Subject::Anybody | Subject::Program(_) => None,
        }
    }

    /// The organization's bots with which the subject may do this (`Bot: read` for a list of bots),
    /// where the bot itself is the record, owned by its owner; in id order.
    #[must_use]
    pub fn bots_where(
        &self,
        subject: Subject,
        permission: &Permission,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Vec<BotId> {
        self.bots(organization)
            .filter(|bot| {
                let scope = Scope::Bot(bot.id);
                let question = Question { subject, permission: permission.clone(), scope, owner: bot.owner };
                self.allows(&question, now)
            })
            .map(|bot| bot.id)
            .collect()
    }
}
