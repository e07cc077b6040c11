//! What visitors said that the bot had no answer to: several chosen at once, and said what they mean, or ignored.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::Tab;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::shell::Shell;
use crate::console::training::opened;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::unmatched::{
    IgnoreUnmatchedBody, LabelUnmatchedBody, LabelledSentence, SettledView, UnmatchedView,
};
use crate::service::{self, ListView, Named, Written};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/bots/{bot}/training/unmatched", get(list_unmatched).post(settle_unmatched))
}

#[derive(Template)]
#[template(path = "unmatched.html")]
struct UnmatchedPage {
    shell: Shell,
    tab: Tab,
    path: String,
    part: &'static str,
    list: ListState,
    sentences: ListView<UnmatchedView>,
    /// The intents that sentences can be added to.
    intents: Vec<Named>,
    may_create: bool,
    fields: Fields,
    errors: Errors,
}

impl UnmatchedPage {
    /// Whether the sentence is chosen.
    fn chosen(&self, sentence: &UnmatchedView) -> bool {
        self.fields.ids("ids").contains(&sentence.id)
    }

    /// Whether the intent is.
    fn means(&self, intent: &Named) -> bool {
        self.fields.text("intent_id").parse() == Ok(intent.id)
    }

    /// What is taught of the sentence.
    fn text(&self, sentence: &UnmatchedView) -> String {
        self.fields.given(&format!("text-{}", sentence.id)).unwrap_or_else(|| sentence.text.clone())
    }

    fn new_intent(&self) -> String {
        self.fields.text("new_intent")
    }

    fn times(&self, sentence: &UnmatchedView) -> String {
        self.shell.text.with("unmatched-times", "count", sentence.count)
    }

    /// Whether addresses and numbers are masked.
    fn masked(&self) -> bool {
        self.sentences.items.iter().any(|one| one.masked)
    }
}

async fn page(
    app: &App,
    (inside, tab, path): (Inside, Tab, String),
    list: ListState,
    fields: Fields,
    errors: Errors,
) -> Page {
    let bot = BotId(tab.bot.id);
    let sentences = service::unmatched::list_unmatched(app, inside.caller.clone(), bot, list.list()).await?;
    let intents = service::training::list_teachable_intents(app, inside.caller.clone(), bot).await?;
    let may_create = service::training::may_create_intent(app, inside.caller, bot).await.is_ok();
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shell = inside.shell.within("bots", "Bot TrainingData Conversation");
    let list = ListState { path: format!("{path}/unmatched"), ..list };
    let page =
        UnmatchedPage { shell, tab, path, part: "unmatched", list, sentences, intents, may_create, fields, errors };
    render_with(status, &page.shell, &page)
}

async fn list_unmatched(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let opened = opened(&app, inside, &slug).await?;
    page(&app, opened, list, Fields::default(), Errors::default()).await
}

async fn settle_unmatched(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
    fields: Fields,
) -> Page {
    let (inside, tab, path) = opened(&app, inside, &slug).await?;
    match settle(&app, &inside, BotId(tab.bot.id), &fields).await {
        Ok(settled) => {
            let said = if fields.text("do") == "ignore" { "unmatched-ignored" } else { "unmatched-labelled" };
            Ok(done(&format!("{path}/unmatched"), &inside.shell.count(said, settled.value.settled)))
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, (inside, tab, path), list, fields, errors).await
        }
    }
}

async fn settle(app: &App, inside: &Inside, bot: BotId, fields: &Fields) -> Result<Written<SettledView>, Problem> {
    let (caller, ids) = (inside.caller.clone(), fields.ids("ids"));
    let act = fields.text("do");
    if act == "ignore" {
        return service::unmatched::ignore_unmatched(app, caller, bot, Input::of(IgnoreUnmatchedBody { ids })).await;
    }
    let sentence = |id: Uuid| LabelledSentence { id, text: fields.given(&format!("text-{id}")) };
    let body = LabelUnmatchedBody {
        sentences: ids.into_iter().map(sentence).collect(),
        intent_id: fields.text("intent_id").parse().ok().filter(|_| act == "add"),
        new_intent: (act == "new").then(|| fields.text("new_intent")),
        out_of_scope: act == "none",
    };
    service::unmatched::label_unmatched(app, caller, bot, Input::of(body)).await
}
