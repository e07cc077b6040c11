//! Who calls, when, from where.

use rolecall_access::{Actor, Subject, Timestamp};

use crate::preview::PreviewSlot;

/// The circumstances of one request, as the audit log needs them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// Their name at that time, for the audit log.
    pub name: String,
    /// The network address, empty for the command line.
    pub address: String,
    /// The user agent, shortened.
    pub agent: String,
    /// The request's id.
    pub request_id: String,
    /// The instant of the request.
    pub now: Timestamp,
    /// When they last proved who they are; none: they are no person at a session.
    pub confirmed_at: Option<Timestamp>,
    /// Whether they proved a second factor.
    pub second_factor: bool,
    /// Where a change is only looked at: it is undone, and what it would do is put here.
    pub preview: Option<PreviewSlot>,
}

impl Caller {
    /// The command line on the host.
    #[must_use]
    pub fn operator(now: Timestamp) -> Self {
        Self {
            actor: Actor::Operator,
            name: "operator".to_owned(),
            address: String::new(),
            agent: String::new(),
            request_id: String::new(),
            now,
            confirmed_at: None,
            second_factor: false,
            preview: None,
        }
    }

    /// Whom decisions are about; none for the operator, whom no decision binds.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self.actor {
            Actor::Anybody => Some(Subject::Anybody),
            Actor::User(user) => Some(Subject::User(user)),
            Actor::Key(key) => Some(Subject::Key(key)),
            Actor::Operator => None,
        }
    }
}
