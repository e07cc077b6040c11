//! Conversations gone on with of late: each is held by one request at a time, and remembered as it was last seen, so that
//! going on with it reads nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::BotId;
use rolecall_store::resource::Visit;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// Conversations remembered; beyond, those that nobody holds are forgotten.
const KEPT: usize = 20_000;

/// What names a conversation to its visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VisitName {
    /// The hash of their token.
    Token(BotId, [u8; 32]),
    /// Its id, for those that keys began.
    Id(BotId, Uuid),
}

/// A conversation that is held; none: it is not known yet how it is.
pub type Held = OwnedMutexGuard<Option<Visit>>;

type Slot = Arc<tokio::sync::Mutex<Option<Visit>>>;

/// The conversations.
#[derive(Default)]
pub struct Visits(Mutex<HashMap<VisitName, Slot>>);

impl Visits {
    /// Holds the conversation; waits for whoever holds it.
    pub async fn hold(&self, name: VisitName) -> Held {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if slots.len() >= KEPT {
                slots.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
            Arc::clone(slots.entry(name).or_default())
        };
        slot.lock_owned().await
    }
}
