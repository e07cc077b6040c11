//! One intent of a bot: made, edited, deleted.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use rolecall_store::Caller;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::training::{below, lines, opened};
use crate::input::Input;
use crate::problem::Problem;
use crate::service::training::body::{IntentChangeBody, IntentView, NewIntentBody};
use crate::service::{self, Named};
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
    response_id: Option<Uuid>,
    /// The responses of the content to choose among.
    responses: Vec<Named>,
    examples: String,
    errors: Errors,
}

impl IntentPage {
    /// Whether the response is chosen.
    fn chosen(&self, response: &Named) -> bool {
        self.response_id == Some(response.id)
    }

    /// Whether it answers with a response that the person does not see.
    fn hidden_response(&self) -> bool {
        self.response_id.is_some_and(|id| !self.responses.iter().any(|response| response.id == id))
    }

    /// Whether the person may save.
    fn writable(&self) -> bool {
        self.intent.as_ref().is_none_or(|intent| self.shell.has(&intent.can, "update"))
    }
}

/// The responses to choose among: each once, in the language that is chosen already; none for who reads no content.
async fn responses(app: &App, caller: Caller, bot: BotId, chosen: Option<Uuid>) -> Vec<Named> {
    let mut all = service::content::list_responses(app, caller, bot).await.unwrap_or_default();
    all.sort_by_key(|response| (response.name.clone(), Some(response.id) != chosen));
    all.dedup_by(|one, other| one.name == other.name);
    all
}

async fn intent_page(
    app: &App,
    inside: Inside,
    (bot, action, back): (BotId, String, String),
    intent: Option<IntentView>,
    fields: &Fields,
    errors: Errors,
) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let response_id = match chosen(fields) {
        Some(chosen) => chosen,
        None => intent.as_ref().and_then(|intent| intent.response_id),
    };
    let page = IntentPage {
        responses: responses(app, inside.caller, bot, response_id).await,
        response_id,
        shell: inside.shell,
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
    let bot = BotId(tab.bot.id);
    let shell = below(inside.shell, &tab, &back).titled("intent-new");
    let inside = Inside { shell, ..inside };
    intent_page(&app, inside, (bot, format!("{back}/new"), back), None, &Fields::default(), Errors::default()).await
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
    let bot = BotId(tab.bot.id);
    match service::training::create_intent(&app, inside.caller.clone(), bot, Input::of(body)).await {
        Ok(made) => Ok(done(&back, &inside.shell.with("intent-created", "name", &made.value.name))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let shell = below(inside.shell, &tab, &back).titled("intent-new");
            let inside = Inside { shell, ..inside };
            intent_page(&app, inside, (bot, format!("{back}/new"), back), None, &fields, errors).await
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
    let (bot, id) = id(&tab, &intent)?;
    let intent = service::training::find_intent(&app, inside.caller.clone(), (bot, id)).await?;
    let shell = below(inside.shell, &tab, &back).named(intent.name.clone());
    let (inside, fields) = (Inside { shell, ..inside }, filled(&intent));
    intent_page(&app, inside, (bot, format!("{back}/{id}"), back), Some(intent), &fields, Errors::default()).await
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
            let saved_intent = service::training::find_intent(&app, inside.caller.clone(), id).await?;
            let saved = filled(&saved_intent);
            let differ = |label: &str, field: &str| {
                Difference::of(inside.shell.t(label), saved.text(field), fields.text(field).replace('\r', ""))
            };
            let all = [("field-name", "name"), ("intent-response", "response"), ("intent-examples", "examples")];
            let responses = service::content::list_responses(&app, inside.caller, id.0).await.unwrap_or_default();
            let name = |id: Option<Uuid>| {
                let found = responses.iter().find(|response| Some(response.id) == id).map(|response| &response.name);
                found.cloned().unwrap_or_default()
            };
            let response = chosen(&fields).map(|typed| (name(saved_intent.response_id), name(typed)));
            let response = response
                .and_then(|(saved, typed)| Difference::of(inside.shell.t("intent-response-content"), saved, typed));
            let differences = all.into_iter().filter_map(|(label, field)| differ(label, field));
            let differences = differences.chain(response).collect();
            let late = Conflict { back: action.clone(), action, fields: &fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let intent = service::training::find_intent(&app, inside.caller.clone(), id).await?;
            let shell = below(inside.shell, &tab, &back).named(intent.name.clone());
            let inside = Inside { shell, ..inside };
            intent_page(&app, inside, (id.0, action, back), Some(intent), &fields, errors).await
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
