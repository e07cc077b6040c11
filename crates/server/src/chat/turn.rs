//! One turn of a conversation: what the visitor said, what the bot replies, and how the conversation stands then.

use std::time::Duration;

use rolecall_bots::Bot;
use rolecall_bots::reply::{Event, Outcome, Reply, State, reply};
use rolecall_store::resource::{NewSaid, Status};
use tokio::time::Instant;

use super::model;
use crate::integration::call::call;
use crate::problem::Problem;
use crate::state::App;
use rolecall_access::BotId;

/// Calls of integrations in one turn, and how long they may take together: somebody waits, and the request has an end.
const MOST_CALLS: usize = 5;
const CALLS: Duration = Duration::from_secs(20);

/// A turn that was made.
#[derive(Debug)]
pub struct Turn {
    /// What is said, the visitor's own message where there was one first.
    pub said: Vec<NewSaid>,
    /// Where the bot is then.
    pub state: State,
    /// How the conversation stands then.
    pub status: Status,
}

/// What the bot opens a conversation with.
pub async fn begin(app: &App, id: BotId, bot: &Bot, language: &str) -> Result<Turn, Problem> {
    let language = bot.snapshot.settings.nearest(language).to_owned();
    let (state, reply) = react(app, id, bot, State { language, ..State::default() }, Event::Begin).await?;
    let status = status(&reply);
    Ok(Turn { said: told(bot, &reply, None), state, status })
}

/// What the bot replies to what the visitor says.
pub async fn answer(app: &App, id: BotId, bot: &Bot, state: State, text: &str) -> Result<Turn, Problem> {
    let began = Instant::now();
    let (state, reply) = react(app, id, bot, state, Event::Text(text.to_owned())).await?;
    let took = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
    let status = status(&reply);
    Ok(Turn { said: told(bot, &reply, Some(took)), state, status })
}

/// The reply to an event, with the calls and the wording that it asks for done.
pub async fn react(app: &App, id: BotId, bot: &Bot, state: State, event: Event) -> Result<(State, Reply), Problem> {
    let question = match &event {
        Event::Text(text) => text.clone(),
        Event::Begin | Event::Answer(_) => String::new(),
    };
    let until = Instant::now() + CALLS;
    let (mut state, mut made) = reply(bot, state, event);
    for _ in 0..MOST_CALLS {
        let Some(integration) = made.call.take() else { break };
        let within = until.saturating_duration_since(Instant::now());
        let called = call(app, id, &integration, (&state, question.as_str()), within).await?;
        made.why.calls.push(called.why);
        let (after, more) = reply(bot, state, Event::Answer(called.values));
        state = after;
        made.messages.extend(more.messages);
        made.choices = more.choices;
        made.why.steps.extend(more.why.steps);
        made.outcome = if more.outcome == Outcome::None { made.outcome } else { more.outcome };
        made.call = more.call;
    }
    if !made.basis.is_empty() {
        model::word(app, id, bot, &question, &mut made).await?;
    }
    Ok((state, made))
}

fn status(reply: &Reply) -> Status {
    if reply.outcome == Outcome::Handover { Status::Waiting } else { Status::Bot }
}

/// The bot's messages: choices, reasons and outcome are the last one's.
fn told(bot: &Bot, reply: &Reply, took: Option<i64>) -> Vec<NewSaid> {
    let said = |text: &String| NewSaid {
        sender: "bot",
        name: bot.snapshot.name.clone(),
        text: text.clone(),
        choices: "[]".to_owned(),
        why: "{}".to_owned(),
        ..NewSaid::default()
    };
    let mut all: Vec<NewSaid> = reply.messages.iter().map(said).collect();
    if let Some(last) = all.last_mut() {
        last.choices = serde_json::to_string(&reply.choices).unwrap_or_default();
        last.why = serde_json::to_string(&reply.why).unwrap_or_default();
        last.outcome = reply.outcome.as_str();
        let taken = reply.why.intent.as_ref().filter(|intent| intent.taken);
        last.intent = taken.map(|intent| intent.name.clone()).unwrap_or_default();
        last.took = took;
    }
    all
}

/// The visitor's own message.
#[must_use]
pub fn visitor(text: &str, client_id: Option<String>) -> NewSaid {
    NewSaid {
        client_id,
        sender: "visitor",
        text: text.to_owned(),
        choices: "[]".to_owned(),
        why: "{}".to_owned(),
        ..NewSaid::default()
    }
}

/// A line about what happened.
#[must_use]
pub fn note(text: &str, outcome: &'static str) -> NewSaid {
    NewSaid { sender: "note", outcome, ..visitor(text, None) }
}
