//! The list of bots, and making one.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::service::bot::{BotView, NewBotBody};
use crate::service::starter::StarterName;
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/bots", get(list_bots).post(create_bot)).route("/{org}/bots/new", get(new_bot))
}

#[derive(Template)]
#[template(path = "bots.html")]
struct BotsPage {
    shell: Shell,
    list: ListState,
    bots: ListView<BotView>,
}

async fn list_bots(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let bots = service::bot::list_bots(&app, inside.caller, inside.id, list.list()).await?;
    let shell = inside.shell.titled("bots-title").about("bots-purpose").within("bots", "Bot Publication Team");
    let page = BotsPage { shell, list, bots };
    render(&page.shell, &page)
}

/// What a bot can be made with, in words.
struct Choice {
    key: &'static str,
    name: String,
    about: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "bot-new.html")]
struct NewBotPage {
    shell: Shell,
    name: String,
    starters: Vec<Choice>,
    errors: Errors,
}

fn new_page(status: StatusCode, shell: Shell, (name, chosen): (String, String), errors: Errors) -> Page {
    let keys = StarterName::ALL.map(StarterName::as_str).into_iter().chain([""]);
    let choice = |key: &'static str| {
        let word = if key.is_empty() { "empty" } else { key };
        let (name, about) = (shell.t(format!("starter-{word}")), shell.t(format!("starter-{word}-about")));
        Choice { key, name, about, chosen: key == chosen }
    };
    let starters = keys.map(choice).collect();
    let (bots, back) = (shell.t("bots-title"), shell.here("/bots"));
    let shell = shell.titled("bot-new-title").about("bot-new-purpose").within("bots", "").below(bots, back);
    let page = NewBotPage { shell, name, starters, errors };
    render_with(status, &page.shell, &page)
}

async fn new_bot(inside: Inside, State(app): State<App>) -> Page {
    service::bot::may_create_bot(&app, inside.caller, inside.id).await?;
    new_page(StatusCode::OK, inside.shell, (String::new(), String::new()), Errors::default())
}

async fn create_bot(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let (name, chosen) = (fields.text("name"), fields.text("starter"));
    let starter = Some(chosen.clone()).filter(|chosen| !chosen.is_empty());
    let body = Input::of(NewBotBody { name: name.clone(), starter });
    match service::bot::create_bot(&app, inside.caller, inside.id, body).await {
        Ok(made) => {
            let path = inside.shell.here(&format!("/bots/{}", made.value.slug));
            Ok(done(&path, &inside.shell.with("bot-created", "name", &made.value.name)))
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            new_page(StatusCode::UNPROCESSABLE_ENTITY, inside.shell, (name, chosen), errors)
        }
    }
}
