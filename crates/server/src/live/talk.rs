//! What an open page hears of conversations: that those it shows have changed, and that visitors wait for somebody like its
//! person. However much is said, it is told once a second at most.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::response::sse::Event;
use rolecall_access::BotId;
use rolecall_store::Caller;
use tokio::time::Instant;
use uuid::Uuid;

use crate::service;
use crate::state::App;
use crate::talks::Talked;

/// The least time between two looks.
const REST: Duration = Duration::from_secs(1);

/// What one page has heard.
pub struct Ear {
    caller: Caller,
    bot: Option<BotId>,
    conversation: Option<Uuid>,
    /// Conversations that the person was told wait for them.
    waiting: BTreeSet<Uuid>,
    /// When something was last said in the bot's conversations, as far as was looked.
    pulse: Option<i64>,
    /// Whether what the page shows has changed for certain.
    changed: bool,
    /// Whether something may have changed that nobody here told of.
    ticked: bool,
    /// When it is time to look; none: nothing was heard.
    look_at: Option<Instant>,
    rested_at: Instant,
}

impl Ear {
    /// Of a page about this bot, and this conversation of it.
    pub fn new(caller: Caller, bot: Option<BotId>, conversation: Option<Uuid>) -> Self {
        let rested_at = Instant::now();
        let (waiting, pulse) = (BTreeSet::new(), None);
        Self { caller, bot, conversation, waiting, pulse, changed: false, ticked: false, look_at: None, rested_at }
    }

    /// Knows what the page knows already.
    pub async fn begin(&mut self, app: &App) {
        self.waiting = self.look(app).await.into_iter().map(|(id, _)| id).collect();
        self.pulse = self.beat(app).await;
    }

    /// Something was said; none: perhaps.
    pub fn hear(&mut self, talked: Option<Talked>) {
        let shown = |talked: Talked| {
            Some(talked.bot) == self.bot && self.conversation.is_none_or(|shown| shown == talked.conversation)
        };
        self.changed |= talked.is_some_and(shown);
        self.ticked |= talked.is_none();
        self.look_at.get_or_insert(self.rested_at);
    }

    /// Waits until it is time to look.
    pub async fn rested(&self) {
        match self.look_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// What the page is to be told.
    pub async fn news(&mut self, app: &App) -> Vec<Event> {
        self.look_at = None;
        self.rested_at = Instant::now() + REST;
        self.caller.now = app.now();
        let mut news = Vec::new();
        let pulse = self.beat(app).await;
        let beats = pulse != self.pulse;
        if pulse.is_some() && (self.changed || (beats && (self.conversation.is_none() || self.ticked))) {
            news.push(Event::default().event("list").data("Conversation"));
        }
        (self.pulse, self.changed, self.ticked) = (pulse, false, false);
        let waiting = self.look(app).await;
        let now: BTreeSet<Uuid> = waiting.iter().map(|(id, _)| *id).collect();
        if now != self.waiting {
            let new =
                waiting.into_iter().filter(|(id, _)| !self.waiting.contains(id)).map(|(_, path)| path).next_back();
            news.push(Event::default().event("handover").data(new.unwrap_or_else(|| "none".to_owned())));
            self.waiting = now;
        }
        news
    }

    /// The conversations that wait for the person, with their pages.
    async fn look(&self, app: &App) -> Vec<(Uuid, String)> {
        let found = service::handover::list_waiting(app, self.caller.clone()).await.unwrap_or_default();
        found.into_iter().map(|one| (one.id, one.path)).collect()
    }

    async fn beat(&self, app: &App) -> Option<i64> {
        service::conversation::find_pulse(app, self.caller.clone(), self.bot?).await.ok().flatten()
    }
}
