//! The reverse question: who can.

use std::collections::{BTreeSet, HashMap};

use crate::catalogue;
use crate::decide::{Scope, Subject};
use crate::directory::Directory;
use crate::effective::Extent;
use crate::id::UserId;
use crate::kind::Kind;
use crate::permission::Permission;
use crate::timestamp::Timestamp;

impl Directory {
    /// Those of the people who may do this at the scope now, with some record there (their own at least). In an
    /// organization, a permission of bots is nobody's: ask on a bot.
    #[must_use]
    pub fn who_can(
        &self,
        permission: &Permission,
        scope: Scope,
        people: BTreeSet<UserId>,
        now: Timestamp,
    ) -> BTreeSet<UserId> {
        let organization = match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.bot(id).map(|bot| bot.organization),
        };
        let Some(organization) = organization else { return BTreeSet::new() };
        let mut of_kind: HashMap<Kind, bool> = HashMap::new();
        let asks = |user| self.extent(Subject::User(user), permission, scope, now) != Extent::None;
        people
            .into_iter()
            .filter(|user| match self.kind(organization, *user) {
                Some(kind) => *of_kind.entry(kind).or_insert_with(|| asks(*user)),
                None => asks(*user),
            })
            .filter(|_| {
                catalogue::level(permission)
                    .is_none_or(|level| (level == catalogue::Level::Bot) == matches!(scope, Scope::Bot(_)))
            })
            .collect()
    }
}
