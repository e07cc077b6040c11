//! Tells whoever follows conversations that one has changed: open pages of a team, and visitors who wait for an answer.
//! Only names travel; who follows reads again, as itself. On several servers each hears of its own only, so whoever
//! follows looks by itself from time to time as well.

use rolecall_access::BotId;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Changes that one follower may be behind.
const BEHIND: usize = 1_024;

/// A conversation that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talked {
    /// Its bot.
    pub bot: BotId,
    /// Its id.
    pub conversation: Uuid,
}

/// The conversations that change. Cheap to clone.
#[derive(Clone)]
pub struct Talks(broadcast::Sender<Talked>);

impl Default for Talks {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

impl Talks {
    /// Tells that the conversation has changed; call this after the commit.
    pub fn tell(&self, bot: BotId, conversation: Uuid) {
        // Nobody listening is fine.
        let _ = self.0.send(Talked { bot, conversation });
    }

    /// Every change from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Talked> {
        self.0.subscribe()
    }
}
