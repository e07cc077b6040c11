//! What somebody holds at a scope, and until when: the measure in which guards compare.

use std::ops::ControlFlow;

use crate::actor::Actor;
use crate::decide::{Question, Scope, Subject};
use crate::directory::Directory;
use crate::id::{ResourceId, SubjectId, UserId};
use crate::judge::{Fact, Judge};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// Before every instant: not held.
const NEVER: Timestamp = Timestamp(i64::MIN);

/// A permission at a scope: until when for any record, and until when for one's own at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    /// For any record there.
    pub any: Timestamp,
    /// For records of one's own there.
    pub own: Timestamp,
}

impl Hold {
    /// Whether it is held for any record.
    pub fn holds_any(self) -> bool {
        self.any > NEVER
    }

    /// Whether this can do something now that the other cannot, for however long.
    pub fn reaches_beyond(self, other: Self) -> bool {
        (self.any > NEVER && other.any == NEVER) || (self.own > NEVER && other.own == NEVER)
    }

    /// Whether this gives something, somewhere in time, that the other does not.
    pub fn exceeds(self, other: Self) -> bool {
        self.any > other.any || self.own > other.own
    }

    /// The part of this that exceeds what was before, to be covered by the giver.
    pub fn newly(self, before: Self) -> Self {
        Self {
            any: if self.any > before.any { self.any } else { NEVER },
            own: if self.own > before.own { self.own } else { NEVER },
        }
    }
}

/// What the person holds at the scope, as if active and verified.
pub(super) fn of_person(
    directory: &Directory,
    user: UserId,
    scope: Scope,
    permission: &Permission,
    now: Timestamp,
) -> Hold {
    hold(Judge { directory, now, as_if_active: true }, Subject::User(user), user, scope, permission)
}

/// What the actor holds at the scope, as things really stand.
pub(super) fn of_actor(
    directory: &Directory,
    actor: Actor,
    scope: Scope,
    permission: &Permission,
    now: Timestamp,
) -> Hold {
    let judge = Judge { directory, now, as_if_active: false };
    match actor {
        Actor::User(user) => hold(judge, Subject::User(user), user, scope, permission),
        Actor::Key(id) => match directory.key(id) {
            Some(key) => hold(judge, Subject::Key(id), key.sponsor, scope, permission),
            None => Hold { any: NEVER, own: NEVER },
        },
        Actor::Operator => Hold { any: crate::judge::FOREVER, own: crate::judge::FOREVER },
        Actor::Anybody => Hold { any: NEVER, own: NEVER },
    }
}

/// What the program's subject holds at the scope; it owns nothing there.
pub(super) fn of_subject(
    directory: &Directory,
    subject: SubjectId,
    scope: Scope,
    permission: &Permission,
    now: Timestamp,
) -> Hold {
    let nobody = UserId(uuid::Uuid::nil());
    hold(Judge { directory, now, as_if_active: true }, Subject::Program(subject), nobody, scope, permission)
}

/// Whether somebody can do it with a program's resource, and until when; the owner of it is known.
pub(super) fn on_resource(judge: Judge<'_>, subject: Subject, action: &str, resource: ResourceId) -> Hold {
    let mut hold = Hold { any: NEVER, own: NEVER };
    if let Some(question) = judge.directory.question_on(subject, action, resource) {
        let _ = judge.visit_on(&question, resource, &mut |_, until| {
            hold.any = hold.any.max(until);
            ControlFlow::Continue(())
        });
    }
    hold.own = hold.any;
    hold
}

fn hold(judge: Judge<'_>, subject: Subject, user: UserId, scope: Scope, permission: &Permission) -> Hold {
    let question = Question { subject, permission: permission.clone(), scope, owner: Some(user) };
    let mut hold = Hold { any: NEVER, own: NEVER };
    let mut key_until = crate::judge::FOREVER;
    let _ = judge.visit(&question, &mut |fact, until| {
        let until = until.min(key_until);
        match fact {
            Fact::KeyScope(_) => key_until = until,
            fact if fact.is_of_own_only() => hold.own = hold.own.max(until),
            _ => hold.any = hold.any.max(until),
        }
        ControlFlow::Continue(())
    });
    hold.own = hold.own.max(hold.any);
    hold
}
