//! Tells whoever follows conversations that one has changed: open pages of a team, and visitors who wait for an answer.
//! Only names travel; who follows reads again, as itself. Other servers on the same database are told as well, and tell us.

use rolecall_access::BotId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::state::App;

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

/// The conversations that change; none: some were missed. Cheap to clone.
#[derive(Clone)]
pub struct Talks {
    all: broadcast::Sender<Option<Talked>>,
    own: broadcast::Sender<Talked>,
}

impl Default for Talks {
    fn default() -> Self {
        Self { all: broadcast::channel(BEHIND).0, own: broadcast::channel(BEHIND).0 }
    }
}

impl Talks {
    /// Tells that the conversation has changed; call this after the commit.
    pub fn tell(&self, bot: BotId, conversation: Uuid) {
        let talked = Talked { bot, conversation };
        // Nobody listening is fine.
        let _ = self.all.send(Some(talked));
        let _ = self.own.send(talked);
    }

    /// Every change from now on, also those at other servers.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Option<Talked>> {
        self.all.subscribe()
    }
}

/// Passes on what is said here to the other servers, and what is said there to whoever follows here.
pub async fn pass_on(app: App) {
    let (mut own, mut others) = (app.talks.own.subscribe(), app.store.hear_talks());
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            told = own.recv() => match told {
                Ok(Talked { bot, conversation }) => app.store.tell_talk(bot, conversation),
                // They look by themselves from time to time.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            heard = others.recv() => {
                let talked = heard.ok().flatten();
                let talked = talked.map(|(bot, conversation)| Talked { bot: BotId(bot), conversation });
                let _ = app.talks.all.send(talked);
            }
        }
    }
}
