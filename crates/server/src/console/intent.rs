//! One intent of a bot: made, edited, deleted.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::training::{below, lines, opened};
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::training::body::{IntentChangeBody, IntentView, NewIntentBody};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/training/new", get(new_intent).post(create_intent))
        .route("/{org}/bots/{bot}/training/{intent}", get(show_intent).post(update_intent))
        .route("/{org}/bots/{bot}/training/{intent}/delete", get(confirm_deletion).post(delete_intent))
}

#[derive(Template)]
#[template(path = "intent.html")]
struct IntentPage {
    shell: Shell,
    /// Where the form goes.
    action: String,
    back: String,
    /// The intent; none: it is to be made.
    intent: Option<IntentView>,
    name: String,
    response: String,
    examples: String,
    errors: Errors,
}

impl IntentPage {
    /// Whether the person may save.
    fn writable(&self) -> bool {
        self.intent.as_ref().is_none_or(|intent| self.shell.has(&intent.can, "update"))
    }
}

fn intent_page(
    shell: Shell,
    (action, back): (String, String),
    intent: Option<IntentView>,
    fields: &Fields,
    errors: Errors,
) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = IntentPage {
        shell,
        action,
        back,
        intent,
        name: fields.text("name"),
        response: fields.text("response"),
        examples: fields.text("examples"),
        errors,
    };
    render_with(status, &page.shell, &page)
}

fn filled(intent: &IntentView) -> Fields {
    let mut fields = Fields::default();
    fields.set("name", intent.name.clone());
    fields.set("response", intent.response.clone());
    fields.set("examples", intent.examples.join("\n"));
    fields
}

async fn new_intent(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    service::training::may_create_intent(&app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    let shell = below(inside.shell, &tab, &back).titled("intent-new");
    intent_page(shell, (format!("{back}/new"), back), None, &Fields::default(), Errors::default())
}

async fn create_intent(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let body = NewIntentBody {
        name: fields.text("name"),
        examples: lines(&fields.text("examples")),
        response: fields.given("response"),
        response_id: fields.text("response_id").parse().ok(),
    };
    match service::training::create_intent(&app, inside.caller, BotId(tab.bot.id), Input::of(body)).await {
        Ok(made) => Ok(done(&back, &inside.shell.with("intent-created", "name", &made.value.name))),
        Err(problem) => {
            let shell = below(inside.shell, &tab, &back).titled("intent-new");
            intent_page(shell, (format!("{back}/new"), back), None, &fields, Errors::of_problem(problem)?)
        }
    }
}

/// The response that was chosen; nothing where there was no choice.
fn chosen(fields: &Fields) -> Option<Option<Uuid>> {
    let offered = !fields.all("response_id").is_empty();
    offered.then(|| fields.text("response_id").parse().ok())
}

type IntentPath = Path<(String, String, String)>;

fn id(tab: &Tab, intent: &str) -> Result<(BotId, Uuid), Problem> {
    Ok((BotId(tab.bot.id), intent.parse().map_err(|_| Problem::not_found())?))
}

async fn show_intent(inside: Inside, State(app): State<App>, Path((_, slug, intent)): IntentPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let intent = service::training::find_intent(&app, inside.caller.clone(), id(&tab, &intent)?).await?;
    let shell = below(inside.shell, &tab, &back).named(intent.name.clone());
    let fields = filled(&intent);
    intent_page(shell, (format!("{back}/{}", intent.id), back), Some(intent), &fields, Errors::default())
}

async fn update_intent(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, intent)): IntentPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &intent)?;
    let body = IntentChangeBody {
        name: Some(fields.text("name")),
        examples: Some(lines(&fields.text("examples"))),
        response: Some(fields.text("response")),
        response_id: chosen(&fields),
    };
    let action = format!("{back}/{}", id.1);
    match service::training::update_intent(&app, inside.caller.clone(), id, fields.version(), Input::of(body)).await {
        Ok(_) => Ok(done(&back, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let saved = service::training::find_intent(&app, inside.caller, id).await?;
            let saved = filled(&saved);
            let differ = |label: &str, field: &str| {
                Difference::of(inside.shell.t(label), saved.text(field), fields.text(field).replace('\r', ""))
            };
            let all = [("field-name", "name"), ("intent-response", "response"), ("intent-examples", "examples")];
            let differences = all.into_iter().filter_map(|(label, field)| differ(label, field)).collect();
            let late = Conflict { back: action.clone(), action, fields: &fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let intent = service::training::find_intent(&app, inside.caller.clone(), id).await?;
            let shell = below(inside.shell, &tab, &back).named(intent.name.clone());
            intent_page(shell, (action, back), Some(intent), &fields, errors)
        }
    }
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, slug, intent)): IntentPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let intent = service::training::find_intent(&app, inside.caller.clone(), id(&tab, &intent)?).await?;
    if !intent.can.iter().any(|can| can == "delete") {
        return Err(Problem::not_found());
    }
    let shell = below(inside.shell, &tab, &back).titled("intent-delete-title");
    let what = [("name", intent.name.as_str()), ("count", &intent.example_count.to_string())];
    let page = ConfirmPage {
        lines: vec![shell.text.with_all("intent-delete-what", &what)],
        names: Vec::new(),
        blocked: None,
        action: format!("{back}/{}/delete", intent.id),
        button: shell.t("intent-delete-button"),
        back: format!("{back}/{}", intent.id),
        version: intent.version,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete_intent(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, intent)): IntentPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &intent)?;
    let result = service::training::delete_intent(&app, inside.caller, id, fields.version()).await;
    acted(result, &back, &inside.shell.t("intent-deleted"), &format!("{back}/{}/delete", id.1))
}
