//! Waking visitors who wait for more. One task hears of every conversation that changes and wakes those who wait for
//! that one: with all of them listening for themselves, each message would wake everybody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::state::App;
use crate::talks::Talked;

type Waiting = Arc<Mutex<HashMap<Uuid, (usize, Arc<Notify>)>>>;

/// Who waits for which conversation.
#[derive(Default)]
pub struct Followers {
    waiting: Waiting,
    begun: OnceLock<()>,
}

/// Somebody who waits for a conversation; forgotten when dropped.
pub struct Follower {
    conversation: Uuid,
    notify: Arc<Notify>,
    waiting: Waiting,
}

impl Followers {
    /// Waits for this conversation from now on.
    pub fn follow(&self, app: &App, conversation: Uuid) -> Follower {
        self.begun.get_or_init(|| {
            tokio::spawn(wake(app.talks.watch(), Arc::clone(&self.waiting)));
        });
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, notify) = waiting.entry(conversation).or_default();
        *count += 1;
        Follower { conversation, notify: Arc::clone(notify), waiting: Arc::clone(&self.waiting) }
    }
}

impl Follower {
    /// Ready when the conversation changes after this was called.
    pub fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.notify.notified()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = waiting.get_mut(&self.conversation) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.conversation);
            }
        }
    }
}

async fn wake(mut changes: tokio::sync::broadcast::Receiver<Option<Talked>>, waiting: Waiting) {
    loop {
        let woken: Vec<Arc<Notify>> = match changes.recv().await {
            Ok(Some(Talked { conversation, .. })) => {
                let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.get(&conversation).map(|(_, notify)| Arc::clone(notify)).into_iter().collect()
            }
            // Some were missed: everybody looks.
            Ok(None) | Err(RecvError::Lagged(_)) => {
                let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.values().map(|(_, notify)| Arc::clone(notify)).collect()
            }
            Err(RecvError::Closed) => return,
        };
        for notify in woken {
            notify.notify_waiters();
        }
    }
}
