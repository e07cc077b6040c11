//! What the nodes of one PostgreSQL tell each other beside the feed: lists that look different, sessions that ended,
//! conversations in which something was said. It wakes whoever follows and carries no facts: those are read from the
//! database. What is lost on the way (a connection broke) is made good by looking at everything.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::{BotId, OrganizationId, Revision, Unit};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::change::Published;
use crate::resource::SessionId;

/// The channel that nodes listen to.
pub(crate) const CHANNEL: &str = "rolecall";
/// PostgreSQL takes 8,000 bytes less one.
const LONGEST: usize = 7_900;
/// Conversations of one telling; their ids fit.
const AT_ONCE: usize = 80;

/// What one node tells.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct News {
    /// Who tells it.
    pub node: Uuid,
    /// The revision of the change; 0: there is none.
    pub revision: u64,
    /// Lists: organization and model.
    pub lists: BTreeSet<(Uuid, String)>,
    /// The bots that lists are of.
    pub bots: Vec<Uuid>,
    /// Sessions that ended.
    pub sessions: Vec<Uuid>,
    /// Conversations in which something was said: bot and conversation.
    pub talks: Vec<(Uuid, Uuid)>,
    /// It was too much to say: look at everything.
    pub all: bool,
}

impl News {
    /// What a commit is told with.
    pub fn of(node: Uuid, published: &Published) -> Self {
        let bot = |unit: &Unit| if let Unit::Bot(bot) = unit { Some(bot.0) } else { None };
        let bots =
            if published.lists.is_empty() { Vec::new() } else { published.units.iter().filter_map(bot).collect() };
        Self {
            node,
            revision: published.revision.0,
            lists: published.lists.iter().map(|(organization, model)| (organization.0, model.clone())).collect(),
            bots,
            sessions: published.ended_sessions.iter().map(|session| session.0).collect(),
            ..Self::default()
        }
    }

    /// As it travels.
    pub fn text(&self) -> String {
        // There is nothing in it that cannot be written.
        let text = serde_json::to_string(self).unwrap_or_default();
        if !text.is_empty() && text.len() <= LONGEST {
            return text;
        }
        let short = Self { node: self.node, revision: self.revision, all: true, ..Self::default() };
        serde_json::to_string(&short).unwrap_or_default()
    }

    /// What was told; what cannot be read may be anything.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or(Self { all: true, ..Self::default() })
    }

    /// What open pages are to know of it, beside the facts.
    pub fn published(&self) -> Option<Published> {
        if self.lists.is_empty() && self.sessions.is_empty() && !self.all {
            return None;
        }
        Some(Published {
            revision: Revision(self.revision),
            units: self.bots.iter().map(|bot| Unit::Bot(BotId(*bot))).collect(),
            lists: self.lists.iter().map(|(id, model)| (OrganizationId(*id), model.clone())).collect(),
            ended_sessions: self.sessions.iter().copied().map(SessionId).collect(),
            missed: self.all,
        })
    }
}

/// Conversations of which the other nodes are still to be told.
#[derive(Clone, Default)]
pub(crate) struct Untold {
    talks: Arc<Mutex<BTreeSet<(Uuid, Uuid)>>>,
    pub there_are: Arc<Notify>,
}

impl Untold {
    /// One more.
    pub fn add(&self, bot: Uuid, conversation: Uuid) {
        self.talks.lock().unwrap_or_else(PoisonError::into_inner).insert((bot, conversation));
        self.there_are.notify_one();
    }

    /// Some of them.
    pub fn take(&self) -> Vec<(Uuid, Uuid)> {
        let mut talks = self.talks.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<(Uuid, Uuid)> = talks.iter().take(AT_ONCE).copied().collect();
        for one in &some {
            talks.remove(one);
        }
        if !talks.is_empty() {
            self.there_are.notify_one();
        }
        some
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_news_is_told_as_everything() {
        let news = News { revision: 7, sessions: vec![Uuid::nil(); 300], ..News::default() };
        let read = News::read(&news.text());
        assert_eq!(read, News { revision: 7, all: true, ..News::default() });
        let few = News { talks: vec![(Uuid::max(), Uuid::max()); AT_ONCE], ..News::default() };
        assert_eq!(News::read(&few.text()), few);
        assert!(News::read("?").all);
    }
}
