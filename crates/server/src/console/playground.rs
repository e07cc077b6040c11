//! A bot's playground: talking to its draft, with the reasons beside each reply, and its tests. What was said travels with
//! the form, so the page needs no script and the server keeps nothing.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::console::bot::{Tab, open};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::playground::body::{PlaygroundBody, PlaygroundReplyView, ReplyReasonView};
use crate::service::playground::trial::{NewTestBody, TestListView};
use crate::state::App;

/// Turns that travel with the form; earlier ones are no longer shown.
const SHOWN: usize = 30;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/playground", get(show_playground).post(say))
        .route("/{org}/bots/{bot}/playground/tests", post(create_test))
        .route("/{org}/bots/{bot}/playground/tests/run", post(run_tests))
        .route("/{org}/bots/{bot}/playground/tests/{test}/delete", post(delete_test))
}

/// A turn, as it travels.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Turn {
    said: String,
    messages: Vec<String>,
    why: Vec<Reason>,
    outcome: String,
}

/// A reason, in words.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Reason {
    kind: String,
    name: String,
    detail: String,
    taken: bool,
}

#[derive(Template)]
#[template(path = "playground.html")]
struct PlaygroundPage {
    shell: Shell,
    tab: Tab,
    path: String,
    turns: Vec<Turn>,
    choices: Vec<String>,
    state: String,
    up_to_date: bool,
    tests: TestListView,
    test: Fields,
    errors: Errors,
    test_errors: Errors,
}

impl PlaygroundPage {
    /// A turn as it travels.
    fn packed(&self, turn: &Turn) -> String {
        serde_json::to_string(turn).unwrap_or_default()
    }

    /// What a reason is, in words.
    fn kind(&self, reason: &Reason) -> String {
        self.shell.t(format!("playground-why-{}", reason.kind.replace('_', "-")))
    }

    /// What a test expects, in words.
    fn expects(&self, kind: &str) -> String {
        self.shell.t(format!("playground-expects-{kind}"))
    }

    /// How many tests passed.
    fn passed(&self, passed: &usize) -> String {
        let (passed, all) = (passed.to_string(), self.tests.items.len().to_string());
        self.shell.text.with_all("playground-tests-passed", &[("passed", &passed), ("all", &all)])
    }
}

fn reason(shell: &Shell, reason: &ReplyReasonView) -> Reason {
    let percent = |share: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 100")]
        let percent = (share * 100.0).round() as i64;
        format!("{percent} %")
    };
    let mut detail = Vec::new();
    if let (Some(score), Some(threshold)) = (reason.score, reason.threshold) {
        let (score, threshold) = (percent(score), percent(threshold));
        detail.push(shell.text.with_all("playground-score", &[("score", &score), ("threshold", &threshold)]));
    }
    if !reason.words.is_empty() {
        detail.push(reason.words.join(", "));
    }
    let (kind, name) = (reason.kind.to_owned(), reason.name.clone());
    Reason { kind, name, detail: detail.join(" · "), taken: reason.taken }
}

/// The page's changing parts.
#[derive(Default)]
struct Shown {
    turns: Vec<Turn>,
    reply: Option<PlaygroundReplyView>,
    tests: Option<TestListView>,
    test: Fields,
    errors: Errors,
    test_errors: Errors,
}

async fn page(app: &App, (inside, tab): (Inside, Tab), mut shown: Shown) -> Page {
    let bot = BotId(tab.bot.id);
    let tests = match shown.tests {
        Some(tests) => tests,
        None => service::playground::trial::list_tests(app, inside.caller.clone(), bot).await?,
    };
    let reply = match shown.reply {
        Some(reply) => reply,
        // A new conversation, as the bot opens it.
        None => {
            let body = Input::of(PlaygroundBody::default());
            service::playground::try_bot(app, inside.caller, bot, body).await?
        }
    };
    if shown.turns.is_empty() && !reply.messages.is_empty() {
        shown.turns.push(turn(&inside.shell, String::new(), &reply));
    }
    let path = tab.path(&inside.shell, "/playground");
    let wrong = shown.errors.head([]).is_some() || shown.test_errors.head([]).is_some();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = PlaygroundPage {
        shell: inside.shell.within("bots", "Bot TrainingData Content Flow BotSetting Playground"),
        tab,
        path,
        turns: shown.turns,
        choices: reply.choices,
        state: reply.state,
        up_to_date: reply.up_to_date,
        tests,
        test: shown.test,
        errors: shown.errors,
        test_errors: shown.test_errors,
    };
    render_with(status, &page.shell, &page)
}

fn turn(shell: &Shell, said: String, reply: &PlaygroundReplyView) -> Turn {
    let why = reply.because.iter().map(|one| reason(shell, one)).collect();
    let messages = reply.opening.iter().chain(&reply.messages).cloned().collect();
    Turn { said, messages, why, outcome: reply.outcome.to_owned() }
}

async fn show_playground(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let opened = open(&app, inside, &slug, "playground").await?;
    page(&app, opened, Shown::default()).await
}

async fn say(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>, fields: Fields) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "playground").await?;
    let said = fields.given("choice").unwrap_or_else(|| fields.text("text"));
    let mut turns: Vec<Turn> = fields.all("turn").iter().filter_map(|turn| serde_json::from_str(turn).ok()).collect();
    let body = PlaygroundBody { text: Some(said.clone()), state: fields.given("state"), language: None };
    let tried = service::playground::try_bot(&app, inside.caller.clone(), BotId(tab.bot.id), Input::of(body)).await;
    match tried {
        Ok(reply) => {
            turns.push(turn(&inside.shell, said, &reply));
            let turns = turns.split_off(turns.len().saturating_sub(SHOWN));
            page(&app, (inside, tab), Shown { turns, reply: Some(reply), ..Shown::default() }).await
        }
        // Not to be mended here: begin anew.
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, (inside, tab), Shown { errors, ..Shown::default() }).await
        }
    }
}

async fn create_test(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "playground").await?;
    let body = Input::of(NewTestBody {
        sentence: fields.text("sentence"),
        expects: fields.text("expects"),
        expected: fields.text("expected"),
        language: String::new(),
    });
    let path = tab.path(&inside.shell, "/playground");
    match service::playground::trial::create_test(&app, inside.caller.clone(), BotId(tab.bot.id), body).await {
        Ok(_) => Ok(done(&format!("{path}#tests"), &inside.shell.t("playground-test-added"))),
        Err(problem) => {
            let test_errors = Errors::of_problem(problem)?;
            page(&app, (inside, tab), Shown { test: fields, test_errors, ..Shown::default() }).await
        }
    }
}

async fn run_tests(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "playground").await?;
    let tests = service::playground::trial::run_tests(&app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    page(&app, (inside, tab), Shown { tests: Some(tests), ..Shown::default() }).await
}

async fn delete_test(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, test)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "playground").await?;
    let path = format!("{}#tests", tab.path(&inside.shell, "/playground"));
    let test: Uuid = test.parse().map_err(|_| Problem::not_found())?;
    let gone = service::playground::trial::delete_test(&app, inside.caller, (BotId(tab.bot.id), test)).await;
    acted(gone, &path, &inside.shell.t("playground-test-deleted"), &path)
}
