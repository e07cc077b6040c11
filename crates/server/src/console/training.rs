//! A bot's training: its intents, what it learned, and trying a sentence.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use rolecall_access::BotId;

use crate::console::bot::{Tab, open};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::ListView;
use crate::service::training::body::{ContradictionView, DoubtfulView, IntentView, ReportView, TrainingView};
use crate::service::understand::{UnderstandBody, UnderstoodView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/training", get(show_training).post(try_sentence))
        .route("/{org}/bots/{bot}/training/train", post(train))
        .route("/{org}/bots/{bot}/training/export", get(export_training))
}

/// A sentence that was tried, and what came of it.
#[derive(Default)]
struct Trial {
    sentence: String,
    understood: Option<UnderstoodView>,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "training.html")]
struct TrainingPage {
    shell: Shell,
    tab: Tab,
    path: String,
    part: &'static str,
    list: ListState,
    training: TrainingView,
    intents: ListView<IntentView>,
    trial: Trial,
}

impl TrainingPage {
    /// How sure the bot is, in words.
    fn sure(&self, understood: &UnderstoodView) -> String {
        self.shell.text.with("training-sure", "percent", share(understood.score))
    }

    /// What it learned from.
    fn extent(&self, report: &ReportView) -> String {
        let (intents, examples) = (report.intents.to_string(), report.examples.to_string());
        self.shell.text.with_all("training-extent", &[("intents", &intents), ("examples", &examples)])
    }

    /// How it does with sentences it has not seen.
    fn unseen(&self, report: &ReportView) -> String {
        let held = &report.held_out;
        let percent = |part: usize, of: usize| {
            #[expect(clippy::cast_precision_loss, reason = "some thousands")]
            let share = share(part as f64 / of as f64);
            share
        };
        let understood = self.shell.text.with("training-right", "percent", percent(held.right, held.sentences));
        if held.out_of_scope == 0 {
            return understood;
        }
        let refused = percent(held.refused, held.out_of_scope);
        format!("{understood}; {}", self.shell.text.with("training-refused", "percent", refused))
    }

    /// How many sentences mean none.
    fn out_of_scope(&self) -> String {
        self.shell.count("out-of-scope-count", self.training.out_of_scope)
    }

    /// The intents that sentences are taught as.
    fn meanings(&self, one: &ContradictionView) -> String {
        let none = one.out_of_scope.then(|| self.shell.t("training-none"));
        one.intents.iter().cloned().chain(none).collect::<Vec<_>>().join(", ")
    }

    /// What a sentence is taught as, and what it looks like.
    fn doubt(&self, one: &DoubtfulView) -> String {
        let taught = one.intent.clone().unwrap_or_else(|| self.shell.t("training-none"));
        self.shell.text.with_all("training-looks-like", &[("intent", &taught), ("other", &one.looks_like)])
    }

    /// The beginning of a text, for a table.
    fn short(&self, text: &str) -> String {
        let line = text.lines().next().unwrap_or_default();
        let begin: String = line.chars().take(SHORT).collect();
        if begin.len() < text.len() { format!("{begin}…") } else { begin }
    }
}

/// Characters of a text in a table.
const SHORT: usize = 60;

/// A share as a percentage.
fn share(share: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "from 0 to 100")]
    let percent = (share * 100.0).round() as i64;
    percent
}

async fn page(app: &App, (inside, tab): (Inside, Tab), list: ListState, trial: Trial) -> Page {
    let bot = BotId(tab.bot.id);
    let intents = service::training::list_intents(app, inside.caller.clone(), bot, list.list()).await?;
    let training = service::training::find_training(app, inside.caller, bot).await?;
    let path = tab.path(&inside.shell, "/training");
    let status = if trial.errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let list = ListState { path: path.clone(), ..list };
    let page = TrainingPage {
        shell: inside.shell.within("bots", "Bot TrainingData"),
        tab,
        path,
        part: "intents",
        list,
        training,
        intents,
        trial,
    };
    render_with(status, &page.shell, &page)
}

async fn show_training(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let opened = open(&app, inside, &slug, "training").await?;
    page(&app, opened, list, Trial::default()).await
}

async fn try_sentence(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "training").await?;
    let sentence = fields.text("sentence");
    let body = Input::of(UnderstandBody { texts: vec![sentence.clone()] });
    let tried = service::understand::understand(&app, inside.caller.clone(), BotId(tab.bot.id), body).await;
    let trial = match tried {
        Ok(answer) => Trial { sentence, understood: answer.items.into_iter().next(), errors: Errors::default() },
        Err(problem) => Trial { sentence, understood: None, errors: Errors::of_problem(problem)? },
    };
    page(&app, (inside, tab), list, trial).await
}

async fn train(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "training").await?;
    let path = tab.path(&inside.shell, "/training");
    let result = service::training::train(&app, inside.caller, BotId(tab.bot.id)).await;
    acted(result, &path, &inside.shell.t("training-done"), &path)
}

async fn export_training(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "training").await?;
    let all = service::training::export_training(&app, inside.caller, BotId(tab.bot.id)).await?;
    let text = serde_json::to_string_pretty(&all).map_err(|error| Problem::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"training.json\""),
    ];
    Ok((headers, text).into_response())
}

/// The opened tab, for somebody who reads its training.
pub async fn opened(app: &App, inside: Inside, slug: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab) = open(app, inside, slug, "training").await?;
    let back = tab.path(&inside.shell, "/training");
    Ok((inside, tab, back))
}

/// A page below the training tab.
pub fn below(shell: Shell, tab: &Tab, back: &str) -> Shell {
    let (overview, label) = (tab.path(&shell, ""), shell.t("bot-tab-training"));
    shell.below(tab.bot.name.clone(), overview).below(label, back)
}

/// The lines of a large field.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
