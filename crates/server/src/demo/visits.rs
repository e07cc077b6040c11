//! Who has talked with the demo's bots before somebody looks: each conversation is really held, at a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rolecall_access::{Actor, BotId, Timestamp, UserId};
use rolecall_store::Caller;
use serde::Deserialize;

use super::{DemoPerson, acting};
use crate::auth::token;
use crate::chat::visiting::{Shows, Visiting};
use crate::clock::Clock;
use crate::input::Input;
use crate::service::Result;
use crate::service::chat::body::{ContactBody, VisitorMessageBody, WhichQuery};
use crate::service::chat::{acts, say};
use crate::service::conversation::body::ReplyBody;
use crate::service::conversation::{close_conversation, reply_to_conversation};
use crate::state::{App, Parts};

/// Microseconds from one message to the next.
const PAUSE: i64 = 40 * 1_000_000;

/// A conversation of the demo: when it began, what the visitor says, and how it goes on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    #[serde(default)]
    days: i64,
    minutes: i64,
    says: Vec<String>,
    /// Whether the visitor asks for a person at the end.
    #[serde(default)]
    asks: bool,
    #[serde(default)]
    contact: Option<ContactBody>,
    /// What somebody of the team answers.
    #[serde(default)]
    answers: Vec<String>,
    #[serde(default)]
    closes: bool,
}

/// Holds the conversations with a bot that is live.
///
/// # Errors
/// If a service refuses, which is a fault of ours.
pub async fn hold(app: &App, person: &DemoPerson, bot: BotId, talks: Vec<Talk>) -> Result<()> {
    let time = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&time);
    let clock = Clock::from_fn(move || Timestamp(told.load(Ordering::Relaxed)));
    let then = App::new(Parts { clock, ..app.parts_with(app.config.clone()) });
    for (number, talk) in talks.into_iter().enumerate() {
        let began = app.now().0 - (talk.days * 24 * 60 + talk.minutes) * 60 * 1_000_000;
        time.store(began, Ordering::Relaxed);
        Held { app: &then, time: &time, bot, number }.hold(person, talk).await?;
    }
    Ok(())
}

/// A conversation that is being held.
struct Held<'a> {
    app: &'a App,
    time: &'a AtomicI64,
    bot: BotId,
    number: usize,
}

impl Held<'_> {
    async fn hold(&self, person: &DemoPerson, talk: Talk) -> Result<()> {
        let (mut shows, mut conversation) = (Shows::Nothing, None);
        for text in talk.says {
            let body = VisitorMessageBody { text, id: None, language: None, page: None, conversation: None };
            let replied = say(self.app, self.visiting(shows), self.bot, Input::of(body)).await?;
            if let Some(secret) = replied.token {
                shows = Shows::Token(token::hash(&secret));
            }
            conversation = Some((self.bot, replied.conversation));
            self.pass();
        }
        if let Some(contact) = talk.contact {
            let which = Ok(WhichQuery::default());
            acts::set_contact(self.app, self.visiting(shows), self.bot, which, Input::of(contact)).await?;
        }
        if talk.asks {
            acts::hand_over(self.app, self.visiting(shows), self.bot, Ok(WhichQuery::default())).await?;
            self.pass();
        }
        let Some(conversation) = conversation else { return Ok(()) };
        let agent = || acting(self.app, UserId(person.user_id), &person.name);
        for text in talk.answers {
            reply_to_conversation(self.app, agent(), conversation, Input::of(ReplyBody { text, id: None })).await?;
            self.pass();
        }
        if talk.closes {
            close_conversation(self.app, agent(), conversation).await?;
        }
        Ok(())
    }

    /// Time goes on.
    fn pass(&self) {
        self.time.fetch_add(PAUSE, Ordering::Relaxed);
    }

    /// The visitor, each from an address of their own.
    fn visiting(&self, shows: Shows) -> Visiting {
        let anybody = acting(self.app, UserId(uuid::Uuid::nil()), "");
        let address = format!("203.0.113.{}", self.number % 250 + 1);
        Visiting { caller: Caller { actor: Actor::Anybody, address, ..anybody }, shows }
    }
}
