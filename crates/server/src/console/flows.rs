//! A bot's flows: the list, a new one, one of a file, deletion.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab, open};
use crate::console::flow::first_flow;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::ListView;
use crate::service::flow::body::{FlowBegins, FlowFileBody, FlowLineView, NewFlowBody};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/flows", get(show_flows))
        .route("/{org}/bots/{bot}/flows/new", get(new_flow).post(create_flow))
        .route("/{org}/bots/{bot}/flows/import", get(show_import).post(import_flow))
        .route("/{org}/bots/{bot}/flows/{flow}/delete", get(confirm_deletion).post(delete_flow))
}

#[derive(Template)]
#[template(path = "flows.html")]
struct FlowsPage {
    shell: Shell,
    tab: Tab,
    path: String,
    list: ListState,
    flows: ListView<FlowLineView>,
}

impl FlowsPage {
    /// When a flow begins, in words.
    fn begins(&self, flow: &FlowLineView) -> String {
        begins(&self.shell, flow.begins, &flow.intent)
    }
}

/// When a flow begins, in words.
pub fn begins(shell: &Shell, begins: FlowBegins, intent: &str) -> String {
    match begins {
        FlowBegins::Conversation => shell.t("flow-begins-conversation"),
        FlowBegins::Intent => shell.with("flow-begins-with", "intent", intent),
        FlowBegins::Never => shell.t("flow-begins-never"),
    }
}

async fn show_flows(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab, path) = opened(&app, inside, &slug).await?;
    let flows = service::flow::list_flows(&app, inside.caller, BotId(tab.bot.id), list.list()).await?;
    let list = ListState { path: path.clone(), ..list };
    let page = FlowsPage { shell: inside.shell.within("bots", "Bot Flow"), tab, path, list, flows };
    render(&page.shell, &page)
}

/// The opened tab, and its path.
pub async fn opened(app: &App, inside: Inside, slug: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab) = open(app, inside, slug, "flow").await?;
    let back = tab.path(&inside.shell, "/flows");
    Ok((inside, tab, back))
}

/// A page below the flow tab.
pub fn below(shell: Shell, tab: &Tab, back: &str) -> Shell {
    let (overview, label) = (tab.path(&shell, ""), shell.t("bot-tab-flow"));
    shell.below(tab.bot.name.clone(), overview).below(label, back)
}

/// The id of the flow that the path names.
pub fn id(tab: &Tab, flow: &str) -> Result<(BotId, Uuid), Problem> {
    Ok((BotId(tab.bot.id), flow.parse().map_err(|_| Problem::not_found())?))
}

#[derive(Template)]
#[template(path = "flow-new.html")]
struct NewFlowPage {
    shell: Shell,
    action: String,
    back: String,
    name: String,
    begins: String,
    intent: String,
    intents: Vec<String>,
    errors: Errors,
}

fn new_page(shell: Shell, (tab, back): (&Tab, String), intents: Vec<String>, fields: &Fields, errors: Errors) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = NewFlowPage {
        shell: below(shell, tab, &back).titled("flow-new").about("flow-new-purpose"),
        action: format!("{back}/new"),
        back,
        name: fields.text("name"),
        begins: fields.text("begins"),
        intent: fields.text("intent"),
        intents,
        errors,
    };
    render_with(status, &page.shell, &page)
}

/// The intents to begin with, as far as the person may know them.
pub async fn intents(app: &App, inside: &Inside, tab: &Tab) -> Vec<String> {
    let names = service::flow::list_intent_names(app, inside.caller.clone(), BotId(tab.bot.id)).await;
    names.unwrap_or_default()
}

async fn new_flow(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    service::flow::may_create_flow(&app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    let intents = intents(&app, &inside, &tab).await;
    new_page(inside.shell, (&tab, back), intents, &Fields::default(), Errors::default())
}

/// What a form says of when a flow begins.
pub fn begins_of(fields: &Fields) -> FlowBegins {
    match fields.text("begins").as_str() {
        "conversation" => FlowBegins::Conversation,
        "intent" => FlowBegins::Intent,
        _ => FlowBegins::Never,
    }
}

async fn create_flow(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let (flow, places) = first_flow(&inside.shell);
    let body = NewFlowBody {
        name: fields.text("name"),
        begins: begins_of(&fields),
        intent: fields.text("intent"),
        flow,
        places,
    };
    match service::flow::create_flow(&app, inside.caller.clone(), BotId(tab.bot.id), Input::of(body)).await {
        Ok(made) => {
            let said = inside.shell.with("flow-created", "name", &made.value.name);
            Ok(done(&format!("{back}/{}", made.value.id), &said))
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let intents = intents(&app, &inside, &tab).await;
            new_page(inside.shell, (&tab, back), intents, &fields, errors)
        }
    }
}

#[derive(Template)]
#[template(path = "flow-import.html")]
struct ImportPage {
    shell: Shell,
    action: String,
    back: String,
    text: String,
    errors: Errors,
}

fn import_page(shell: Shell, (tab, back): (&Tab, String), text: String, errors: Errors) -> Page {
    let status = if errors.of("text").is_some() || errors.head([]).is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let shell = below(shell, tab, &back).titled("flow-import").about("flow-import-purpose");
    let page = ImportPage { shell, action: format!("{back}/import"), back, text, errors };
    render_with(status, &page.shell, &page)
}

async fn show_import(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    service::flow::may_create_flow(&app, inside.caller, BotId(tab.bot.id)).await?;
    import_page(inside.shell, (&tab, back), String::new(), Errors::default())
}

async fn import_flow(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let text = fields.raw("text");
    let body = Input::of(FlowFileBody { text: text.clone() });
    match service::flow::import_flow(&app, inside.caller, BotId(tab.bot.id), body).await {
        Ok(made) => {
            let said = inside.shell.with("flow-created", "name", &made.value.name);
            Ok(done(&format!("{back}/{}", made.value.id), &said))
        }
        Err(problem) => import_page(inside.shell, (&tab, back), text, Errors::of_problem(problem)?),
    }
}

type FlowPath = Path<(String, String, String)>;

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, slug, flow)): FlowPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let flow = service::flow::find_flow(&app, inside.caller.clone(), id(&tab, &flow)?).await?;
    if !flow.can.iter().any(|can| can == "delete") {
        return Err(Problem::not_found());
    }
    let shell = below(inside.shell, &tab, &back).titled("flow-delete-title");
    let what = [("name", flow.name.as_str()), ("count", &flow.flow.steps.len().to_string())];
    let page = ConfirmPage {
        lines: vec![shell.text.with_all("flow-delete-what", &what), begins(&shell, flow.begins, &flow.intent)],
        names: Vec::new(),
        blocked: None,
        action: format!("{back}/{}/delete", flow.id),
        button: shell.t("flow-delete-button"),
        back: format!("{back}/{}", flow.id),
        version: flow.version,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete_flow(inside: Inside, State(app): State<App>, Path((_, slug, flow)): FlowPath, fields: Fields) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &flow)?;
    let result = service::flow::delete_flow(&app, inside.caller, id, fields.version()).await;
    acted(result, &back, &inside.shell.t("flow-deleted"), &format!("{back}/{}/delete", id.1))
}
