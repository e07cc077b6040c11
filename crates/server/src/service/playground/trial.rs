//! Tests of a bot: sentences, and what it should make of them. They run when somebody asks, and before it is published.

use std::sync::Arc;

use rolecall_access::BotId;
use rolecall_bots::Snapshot;
use rolecall_bots::reply::{Bot, Event, Outcome, Reply, State, reply};
use rolecall_bots::understanding::Trained;
use rolecall_store::fold::fold;
use rolecall_store::resource::{NewPlaygroundTest, PlaygroundTest, Playgrounds};
use rolecall_store::{Caller, Create};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::draft;
use crate::input::{Check, Input};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;

/// The most tests of a bot, and the longest sentence and expectation, in characters.
const MOST: usize = 1_000;
const LONGEST: usize = 500;

/// A test of a bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestView {
    /// Its id.
    pub id: Uuid,
    /// What is said to the bot.
    pub sentence: String,
    /// In which language; empty: the bot's own.
    pub language: String,
    /// What is expected: an `intent`, a `text` within what is said, an `entry`, or the `fallback`.
    pub expects: String,
    /// Its name, the text, its title.
    pub expected: String,
    /// Whether it passed; null: it was not run.
    pub passed: Option<bool>,
    /// What came instead, in words.
    pub got: Option<String>,
}

/// A test to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTestBody {
    /// What is said to the bot.
    pub sentence: String,
    /// `intent`, `text`, `entry` or `fallback`.
    pub expects: String,
    /// The intent's name, a part of what is said, the entry's title.
    #[serde(default)]
    pub expected: String,
    /// In which language; empty: the bot's own.
    #[serde(default)]
    pub language: String,
}

/// The tests of a bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestListView {
    /// The tests, oldest first.
    pub items: Vec<TestView>,
    /// Always null: a bot has few.
    pub next_cursor: Option<String>,
    /// How many passed; null: they were not run.
    pub passed: Option<usize>,
}

impl Check for NewTestBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (field, text) in [("sentence", &mut self.sentence), ("expected", &mut self.expected)] {
            *text = text.trim().to_owned();
            if text.chars().count() > LONGEST {
                errors.push(FieldError::new(field, "too_long", format!("Use at most {LONGEST} characters.")));
            }
        }
        if self.sentence.is_empty() {
            errors.push(FieldError::new("sentence", "empty", "Enter what is said to the bot."));
        }
        match self.expects.as_str() {
            "fallback" => self.expected = String::new(),
            "intent" | "text" | "entry" if self.expected.is_empty() => {
                errors.push(FieldError::new("expected", "empty", "Enter what should come of it."));
            }
            "intent" | "text" | "entry" => {}
            _ => errors.push(FieldError::new("expects", "invalid", "Choose `intent`, `text`, `entry` or `fallback`.")),
        }
        if self.language.chars().count() > 35 {
            errors.push(FieldError::new("language", "invalid", "Give a language tag such as `en`."));
        }
        errors
    }
}

fn view(test: PlaygroundTest) -> TestView {
    let PlaygroundTest { id, sentence, language, expects, expected, .. } = test;
    TestView { id, sentence, language, expects, expected, passed: None, got: None }
}

/// The bot's tests.
pub async fn list_tests(app: &App, caller: Caller, id: BotId) -> Result<TestListView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Playgrounds, Create>(id).await?;
    let tests = access.list_playground_tests(&of).await?;
    Ok(TestListView { items: tests.into_iter().map(view).collect(), next_cursor: None, passed: None })
}

/// Adds a test.
pub async fn create_test(app: &App, caller: Caller, id: BotId, input: Input<NewTestBody>) -> Result<Written<TestView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Playgrounds, Create>(id).await?;
    let NewTestBody { sentence, expects, expected, language } = input.get()?;
    if change.list_playground_tests(&of).await?.len() >= MOST {
        let detail = format!("A bot has at most {MOST} tests; delete some first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let new = NewPlaygroundTest { sentence, language, expects, expected };
    let value = view(change.create_playground_test(&of, new).await?);
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes a test.
pub async fn delete_test(app: &App, caller: Caller, (id, test): (BotId, Uuid)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Playgrounds, Create>(id).await?;
    if !change.delete_playground_test(&of, test).await? {
        return Err(Problem::not_found());
    }
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Runs the bot's tests on its draft.
pub async fn run_tests(app: &App, caller: Caller, id: BotId) -> Result<TestListView> {
    let mut access = app.store.access(caller.clone()).await?;
    let of = access.require::<Playgrounds, Create>(id).await?;
    let tests = access.list_playground_tests(&of).await?;
    drop(access);
    let (bot, _) = draft(app, caller, id).await?;
    let run = move || tests.into_iter().map(|test| run(&bot, test)).collect();
    let items: Vec<TestView> = app.workshops.understanding.run(run).await?;
    let passed = items.iter().filter(|test| test.passed == Some(true)).count();
    Ok(TestListView { items, next_cursor: None, passed: Some(passed) })
}

/// Runs tests on what is about to be published.
pub async fn try_all(
    app: &App,
    id: BotId,
    snapshot: Snapshot,
    model: Option<Vec<u8>>,
    tests: Vec<PlaygroundTest>,
) -> Result<Vec<TestView>> {
    let tried = move || {
        let trained = model.as_deref().map(Trained::from_bytes).transpose().map_err(|error| error.to_string())?;
        let bot = Arc::new(Bot::of(snapshot, trained).map_err(|error| error.to_string())?);
        Ok::<_, String>(tests.into_iter().map(|test| run(&bot, test)).collect())
    };
    app.workshops.understanding.run(tried).await?.map_err(|fault| {
        tracing::error!(fault, bot = %id.0, "a draft cannot be tried");
        Problem::new(Kind::WrongState, "The draft cannot be tried: train the bot again.")
    })
}

/// Each test is a conversation of its own, without what the bot opens it with.
fn run(bot: &Bot, test: PlaygroundTest) -> TestView {
    let language = bot.snapshot.settings.nearest(&test.language).to_owned();
    let state = State { language, ..State::default() };
    let (_, reply) = reply(bot, state, Event::Text(test.sentence.clone()));
    let entry = reply.why.entries.iter().find(|entry| entry.taken).map(|entry| entry.title.as_str());
    let intent = reply.why.intent.as_ref().filter(|intent| intent.taken).map(|intent| intent.name.as_str());
    let same = |got: Option<&str>| got.is_some_and(|got| fold(got) == fold(&test.expected));
    let passed = match test.expects.as_str() {
        "intent" => same(intent),
        "entry" => same(entry),
        "text" => fold(&reply.messages.join("\n")).contains(&fold(&test.expected)),
        _ => reply.outcome == Outcome::Fallback,
    };
    let got = (!passed).then(|| told(&reply, intent, entry));
    TestView { passed: Some(passed), got, ..view(test) }
}

fn told(reply: &Reply, intent: Option<&str>, entry: Option<&str>) -> String {
    let why = match (intent, entry, reply.outcome) {
        (Some(intent), ..) => format!("the intent “{intent}”"),
        (None, Some(entry), _) => format!("the entry “{entry}”"),
        (None, None, Outcome::Fallback) => "no answer".to_owned(),
        (None, None, _) => "a flow".to_owned(),
    };
    let said: String = reply.messages.join(" ").chars().take(200).collect();
    format!("it was answered with {why}: {said}")
}
