//! Many intents taken in at once from a table, and the sentences that mean none: pages with one large field.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;

use crate::console::bot::Tab;
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::shell::Shell;
use crate::console::training::{below, lines, opened};
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::training::body::{ImportBody, SentencesBody};
use crate::service::training::table;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/training/import", get(show_import).post(import_training))
        .route("/{org}/bots/{bot}/training/out-of-scope", get(show_out_of_scope).post(set_out_of_scope))
}

#[derive(Template)]
#[template(path = "sentences.html")]
struct SentencesPage {
    shell: Shell,
    action: String,
    back: String,
    label: String,
    help: String,
    /// The button's verb; none: to be read only.
    button: Option<String>,
    text: String,
    version: i64,
    errors: Errors,
}

/// What the two pages differ in.
struct Large {
    rest: &'static str,
    title: &'static str,
    about: &'static str,
    label: &'static str,
    help: &'static str,
    button: &'static str,
}

const IMPORT: Large = Large {
    rest: "import",
    title: "import-title",
    about: "import-purpose",
    label: "import-lines",
    help: "import-help",
    button: "import-button",
};

const OUT_OF_SCOPE: Large = Large {
    rest: "out-of-scope",
    title: "out-of-scope-title",
    about: "out-of-scope-purpose",
    label: "intent-examples",
    help: "intent-examples-help",
    button: "save-button",
};

/// What stands in the field.
struct Content {
    text: String,
    version: i64,
    writable: bool,
}

fn page(shell: Shell, (tab, back): (&Tab, String), large: &Large, content: Content, errors: Errors) -> Page {
    let shell = below(shell, tab, &back).titled(large.title).about(large.about);
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = SentencesPage {
        action: format!("{back}/{}", large.rest),
        back,
        label: shell.t(large.label),
        help: shell.t(large.help),
        button: content.writable.then(|| shell.t(large.button)),
        text: content.text,
        version: content.version,
        shell,
        errors,
    };
    render_with(status, &page.shell, &page)
}

async fn show_import(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    service::training::may_create_intent(&app, inside.caller, BotId(tab.bot.id)).await?;
    let empty = Content { text: String::new(), version: 0, writable: true };
    page(inside.shell, (&tab, back), &IMPORT, empty, Errors::default())
}

async fn import_training(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let text = fields.text("text");
    let imported = match table::read(&text) {
        Ok(intents) => {
            let body = Input::of(ImportBody { intents, ..ImportBody::default() });
            service::training::import_training(&app, inside.caller, BotId(tab.bot.id), body).await
        }
        Err(error) => Err(Problem::invalid(vec![error])),
    };
    match imported {
        Ok(report) => {
            let report = report.value;
            let (created, updated) = (report.created.to_string(), report.updated.to_string());
            let examples = report.examples_added.to_string();
            let words = [("created", created.as_str()), ("updated", &updated), ("examples", &examples)];
            Ok(done(&back, &inside.shell.text.with_all("import-done", &words)))
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(inside.shell, (&tab, back), &IMPORT, Content { text, version: 0, writable: true }, errors)
        }
    }
}

async fn show_out_of_scope(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let found = service::training::find_out_of_scope(&app, inside.caller, BotId(tab.bot.id)).await?;
    let writable = inside.shell.has(&found.can, "update");
    let content = Content { text: found.examples.join("\n"), version: found.version, writable };
    page(inside.shell, (&tab, back), &OUT_OF_SCOPE, content, Errors::default())
}

async fn set_out_of_scope(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let (text, bot) = (fields.text("text"), BotId(tab.bot.id));
    let body = Input::of(SentencesBody { examples: lines(&text) });
    match service::training::set_out_of_scope(&app, inside.caller.clone(), bot, fields.version(), body).await {
        Ok(_) => Ok(done(&back, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let saved = service::training::find_out_of_scope(&app, inside.caller, bot).await?;
            let label = inside.shell.t("intent-examples");
            let difference = Difference::of(label, saved.examples.join("\n"), lines(&text).join("\n"));
            let action = format!("{back}/out-of-scope");
            let differences = difference.into_iter().collect();
            conflict::choose(
                inside.shell,
                version,
                Conflict { back: action.clone(), action, fields: &fields, differences },
            )
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let version = fields.text("version").parse().unwrap_or_default();
            page(inside.shell, (&tab, back), &OUT_OF_SCOPE, Content { text, version, writable: true }, errors)
        }
    }
}
