//! One flow: its drawing with the list of its steps beside it, its name and when it begins, its faults, its file.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;
use rolecall_bots::flow::{Flow, Step};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::flow_file;
use crate::console::bot::Tab;
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::flow_form::{KINDS, StepForm, kind_key, kind_of, lead};
use crate::console::flows::{begins, begins_of, below, id, intents, opened};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, encode, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::{FieldError, Problem};
use crate::service::flow::body::{CheckBody, FlowChangeBody, FlowView, NewFlowBody, Places, StepPlace};
use crate::service::flow::fault::FaultView;
use crate::service::flow::file;
use crate::service::{self, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/flows/check", post(check_flow))
        .route("/{org}/bots/{bot}/flows/file", post(keep_file))
        .route("/{org}/bots/{bot}/flows/{flow}", get(show_flow).post(update_flow))
}

/// A step in the list.
struct Line {
    name: String,
    kind: String,
    text: String,
    /// Where it leads: by what, to which step.
    ways: Vec<(String, String)>,
    faults: Vec<String>,
    href: String,
    first: bool,
}

#[derive(Template)]
#[template(path = "flow.html")]
struct FlowPage {
    shell: Shell,
    tab: Tab,
    path: String,
    flows: String,
    flow: FlowView,
    name: String,
    begins: String,
    intent: String,
    start: String,
    intents: Vec<String>,
    /// What steps can call; none: the person may not know.
    calls: Option<Vec<Named>>,
    lines: Vec<Line>,
    faults: Vec<(String, String)>,
    /// For the script: the flow, and its words.
    data: Value,
    words: Value,
    forms: Vec<StepForm>,
    /// The script fills in the steps to lead to.
    steps: Vec<String>,
    errors: Errors,
}

impl FlowPage {
    fn writable(&self) -> bool {
        self.shell.has(&self.flow.can, "update")
    }

    /// Whether the first step is there.
    fn has_start(&self) -> bool {
        self.lines.iter().any(|line| line.name == self.start)
    }

    fn kinds(&self) -> Vec<(&'static str, String)> {
        KINDS.iter().map(|kind| (*kind, self.shell.t(kind_key(kind)))).collect()
    }
}

/// What a new flow begins as: one step that says hello.
pub fn first_flow(shell: &Shell) -> (Flow, Places) {
    let (name, text) = (shell.t("flow-first-step"), shell.t("flow-first-text"));
    let steps = BTreeMap::from([(name.clone(), Step::Message { text, next: None })]);
    let places = BTreeMap::from([(name.clone(), StepPlace { x: 40, y: 64 })]);
    (Flow { start: name, steps }, places)
}

/// A fault in the person's language, with its step ("" for the flow's own).
pub fn fault(shell: &Shell, fault: &FaultView) -> (String, String) {
    let step = fault.step.clone().unwrap_or_default();
    let about = fault.about.clone().unwrap_or_default();
    let key = format!("flow-fault-{}", fault.kind.replace('_', "-"));
    let words = shell.text.with_all(&key, &[("step", &step), ("about", &about)]);
    (step, words)
}

fn lines(shell: &Shell, path: &str, flow: &FlowView, faults: &[(String, String)]) -> Vec<Line> {
    let line = |name: &String| {
        let step = flow.flow.steps.get(name)?;
        Some(Line {
            kind: shell.t(kind_key(kind_of(step))),
            text: step.text().unwrap_or_default().chars().take(120).collect(),
            ways: lead(shell, step),
            faults: faults.iter().filter(|(step, _)| step == name).map(|(_, words)| words.clone()).collect(),
            href: format!("{path}/step?name={}", encode(name)),
            first: *name == flow.flow.start,
            name: name.clone(),
        })
    };
    file::order(&flow.flow).into_iter().filter_map(line).collect()
}

/// Texts that the script needs.
fn words(shell: &Shell) -> Value {
    let family = |family: &str, keys: &[&str]| -> Value {
        keys.iter()
            .map(|key| ((*key).to_owned(), json!(shell.t(format!("{family}{}", key.replace('_', "-"))))))
            .collect()
    };
    json!({
        "kinds": family("flow-kind-", &KINDS.map(|kind| kind)),
        "ways": family("flow-way-", &["next", "otherwise", "failed", "to", "nowhere"]),
        "tests": family("flow-test-", &["is_set", "is_not_set", "is", "is_not", "contains", "above", "below"]),
        "says": family("flow-says-", &["saved", "unsaved", "undone", "redone", "deleted", "added", "connected", "moved",
            "arranged", "failed", "offline", "first"]),
    })
}

fn flow_page(
    inside: Inside,
    (tab, flows): (Tab, String),
    flow: FlowView,
    (intents, calls): (Vec<String>, Option<Vec<Named>>),
    form: (Fields, Errors),
) -> Page {
    let (fields, errors) = form;
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let path = format!("{flows}/{}", flow.id);
    let faults: Vec<(String, String)> = flow.faults.iter().map(|one| fault(&inside.shell, one)).collect();
    let page = FlowPage {
        lines: lines(&inside.shell, &path, &flow, &faults),
        words: words(&inside.shell),
        data: json!({ "flow": flow.flow, "places": flow.places }),
        steps: Vec::new(),
        forms: KINDS.iter().map(|kind| StepForm::empty(kind)).collect(),
        name: fields.text("name"),
        begins: fields.text("begins"),
        intent: fields.text("intent"),
        start: fields.text("start"),
        shell: below(inside.shell, &tab, &flows).named(flow.name.clone()),
        tab,
        path,
        flows,
        flow,
        intents,
        calls,
        faults,
        errors,
    };
    render_with(status, &page.shell, &page)
}

fn filled(flow: &FlowView) -> Fields {
    let begins = serde_json::to_value(flow.begins).ok().and_then(|value| value.as_str().map(ToOwned::to_owned));
    let mut fields = Fields::default();
    fields.set("name", flow.name.clone());
    fields.set("begins", begins.unwrap_or_default());
    fields.set("intent", flow.intent.clone());
    fields.set("start", flow.flow.start.clone());
    fields
}

type FlowPath = Path<(String, String, String)>;

/// What the flow's steps and beginning can name: intents, and calls where the person may know those.
async fn named(app: &App, inside: &Inside, tab: &Tab) -> Result<(Vec<String>, Option<Vec<Named>>), Problem> {
    let calls = service::integration::list_calls(app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    Ok((intents(app, inside, tab).await, calls))
}

async fn show_flow(inside: Inside, State(app): State<App>, Path((_, slug, flow)): FlowPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let flow = service::flow::find_flow(&app, inside.caller.clone(), id(&tab, &flow)?).await?;
    let named = named(&app, &inside, &tab).await?;
    let fields = filled(&flow);
    flow_page(inside, (tab, back), flow, named, (fields, Errors::default()))
}

/// The name, the beginning and the first step, by the form; the script saves with the steps by the API.
async fn update_flow(inside: Inside, State(app): State<App>, Path((_, slug, flow)): FlowPath, fields: Fields) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &flow)?;
    let saved = service::flow::find_flow(&app, inside.caller.clone(), id).await?;
    let body = FlowChangeBody {
        name: Some(fields.text("name")),
        begins: Some(begins_of(&fields)),
        intent: Some(fields.text("intent")),
        flow: Some(Flow { start: fields.text("start"), steps: saved.flow.steps.clone() }),
        places: None,
    };
    let action = format!("{back}/{}", id.1);
    match service::flow::update_flow(&app, inside.caller.clone(), id, fields.version(), Input::of(body)).await {
        Ok(_) => Ok(done(&action, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let kept = filled(&saved);
            let differ =
                |label: &str, field: &str| Difference::of(inside.shell.t(label), kept.text(field), fields.text(field));
            let mut differences: Vec<Difference> = [("field-name", "name"), ("flow-start", "start")]
                .into_iter()
                .filter_map(|(label, field)| differ(label, field))
                .collect();
            let typed = begins(&inside.shell, begins_of(&fields), &fields.text("intent"));
            let before = begins(&inside.shell, saved.begins, &saved.intent);
            differences.extend(Difference::of(inside.shell.t("flow-begins"), before, typed));
            conflict::choose(
                inside.shell,
                version,
                Conflict { back: action.clone(), action, fields: &fields, differences },
            )
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let named = named(&app, &inside, &tab).await?;
            flow_page(inside, (tab, back), saved, named, (fields, errors))
        }
    }
}

#[derive(Template)]
#[template(path = "flow-faults.html")]
struct FaultsPart {
    shell: Shell,
    faults: Vec<(String, String)>,
}

/// What a form has as JSON; what is no flow is a problem of the field.
fn read<T: DeserializeOwned>(fields: &Fields, field: &'static str) -> Result<T, Problem> {
    let wrong = |_| Problem::invalid(vec![FieldError::new(field, "invalid", "Send the flow as the page has it.")]);
    serde_json::from_str(&fields.raw(field)).map_err(wrong)
}

/// The faults of the flow as it is drawn, in words, for the script.
async fn check_flow(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, _) = opened(&app, inside, &slug).await?;
    let body = CheckBody { begins: begins_of(&fields), intent: fields.text("intent"), flow: read(&fields, "flow")? };
    let found = service::flow::check_flow(&app, inside.caller, BotId(tab.bot.id), Input::of(body)).await?;
    let faults = found.faults.iter().map(|one| fault(&inside.shell, one)).collect();
    let part = FaultsPart { shell: inside.shell, faults };
    render_with(StatusCode::OK, &part.shell, &part)
}

/// The file of a flow as it is drawn, saved or not: what somebody takes away who came too late.
async fn keep_file(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    opened(&app, inside, &slug).await?;
    let (flow, places) = (read(&fields, "flow")?, read(&fields, "places")?);
    let (name, intent) = (fields.text("name"), fields.text("intent"));
    let body = NewFlowBody { name, begins: begins_of(&fields), intent, flow, places };
    let drawn = Input::of(body).get()?.drawn();
    Ok(flow_file(&file::name(&drawn.name), file::write(&drawn)))
}
