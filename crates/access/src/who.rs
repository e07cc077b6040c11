//! The reverse question: who can.

use std::collections::BTreeSet;

use crate::catalogue::{self, Level};
use crate::decide::{Scope, Subject};
use crate::directory::Directory;
use crate::effective::Extent;
use crate::id::UserId;
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
        let on_bot = matches!(scope, Scope::Bot(_));
        if catalogue::level(permission).is_some_and(|level| (level == Level::Bot) != on_bot) {
            return BTreeSet::new();
        }
        let asks = |user: &UserId| self.extent(Subject::User(*user), permission, scope, now) != Extent::None;
        people.into_iter().filter(asks).collect()
    }
}
