//! One step of a flow by a form: what the drawing does, without a script.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_bots::flow::{Flow, Step};
use serde::Deserialize;

use crate::console::conflict::{self, Conflict, Difference};
use crate::console::flow::fault;
use crate::console::flow_form::{StepForm, kind_key, kind_of};
use crate::console::flows::{below, id, opened};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, encode, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service;
use crate::service::Named;
use crate::service::flow::FlowId;
use crate::service::flow::body::{FlowChangeBody, FlowView, StepPlace};
use crate::service::flow::file;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/flows/{flow}/step", get(show_step).post(save_step))
        .route("/{org}/bots/{bot}/flows/{flow}/step/delete", post(delete_step))
}

/// Which step the address names, or what kind of new one.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: String,
}

#[derive(Template)]
#[template(path = "flow-step.html")]
struct StepPage {
    shell: Shell,
    /// Where the form goes.
    action: String,
    /// Where the step is taken out; none: it is new, or the person may not.
    delete: Option<String>,
    back: String,
    version: i64,
    form: StepForm,
    steps: Vec<String>,
    faults: Vec<String>,
    errors: Errors,
    writable: bool,
    /// What it can call; none: the person may not know.
    calls: Option<Vec<Named>>,
}

type FlowPath = Path<(String, String, String)>;

/// What a step can call, where that is asked for.
async fn calls(app: &App, inside: &Inside, id: FlowId, kind: &str) -> Result<Option<Vec<Named>>, Problem> {
    if kind != "call" {
        return Ok(None);
    }
    service::integration::list_calls(app, inside.caller.clone(), id.0).await
}

fn step_page(
    shell: Shell,
    (flow, calls): (&FlowView, Option<Vec<Named>>),
    (which, form): (&Which, StepForm),
    back: String,
    errors: Errors,
) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let writable = shell.has(&flow.can, "update");
    let faults = flow.faults.iter().map(|one| fault(&shell, one));
    let faults = faults.filter(|(step, _)| !which.name.is_empty() && *step == which.name).map(|(_, words)| words);
    let own = format!("name={}", encode(&which.name));
    let address = if which.name.is_empty() { format!("kind={}", form.kind) } else { own.clone() };
    let page = StepPage {
        action: format!("{back}/step?{address}"),
        delete: (writable && !which.name.is_empty()).then(|| format!("{back}/step/delete?{own}")),
        version: flow.version,
        steps: targets(flow, &form),
        faults: faults.collect(),
        shell,
        back,
        form,
        errors,
        writable,
        calls,
    };
    render_with(status, &page.shell, &page)
}

/// The steps to lead to; one that the step leads to and that is not there stays chosen, so that its fault is seen.
fn targets(flow: &FlowView, form: &StepForm) -> Vec<String> {
    let mut names: Vec<String> = file::order(&flow.flow).into_iter().cloned().collect();
    let led: Vec<String> = form.step().targets().into_iter().cloned().collect();
    let missing: Vec<String> = led.into_iter().filter(|name| !name.is_empty() && !names.contains(name)).collect();
    names.extend(missing);
    names
}

/// The frame: below the flow.
fn frame(shell: Shell, flow: &FlowView, back: &str, which: &Which, kind: &str) -> Shell {
    let named = which.name.clone();
    let shell = shell.below(flow.name.clone(), back.to_owned());
    if named.is_empty() { shell.titled(&kind_key(kind)) } else { shell.named(named) }
}

async fn show_step(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, flow)): FlowPath,
    Query(which): Query<Which>,
) -> Page {
    let (inside, tab, flows) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &flow)?;
    let flow = service::flow::find_flow(&app, inside.caller.clone(), id).await?;
    let form = match flow.flow.steps.get(&which.name) {
        Some(step) => StepForm::of(&which.name, step, flow.places.get(&which.name)),
        None if which.name.is_empty() && flow.can.iter().any(|can| can == "update") => {
            StepForm::new(&which.kind).ok_or_else(Problem::not_found)?
        }
        None => return Err(Problem::not_found()),
    };
    let back = format!("{flows}/{}", flow.id);
    let calls = calls(&app, &inside, id, form.kind).await?;
    let shell = frame(below(inside.shell, &tab, &flows), &flow, &back, &which, form.kind);
    step_page(shell, (&flow, calls), (&which, form), back, Errors::default())
}

/// The flow with the step in place of the one of this name ("": beside the others); whoever leads there leads to its new
/// name.
fn put(flow: &FlowView, old: &str, form: &StepForm) -> Result<FlowChangeBody, Problem> {
    let (name, step, wrong) = (form.name.clone(), form.step(), form.errors());
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    if name != old && flow.flow.steps.contains_key(&name) {
        let message = "There is a step of this name already.";
        return Err(Problem::invalid(vec![FieldError::new("step", "duplicate", message)]));
    }
    let Flow { mut start, mut steps } = flow.flow.clone();
    let mut places = flow.places.clone();
    steps.insert(name.clone(), step);
    if !old.is_empty() && old != name {
        steps.remove(old);
        places.remove(old);
        steps
            .values_mut()
            .flat_map(Step::targets_mut)
            .filter(|target| *target == old)
            .for_each(|target| target.clone_from(&name));
        if start == old {
            start.clone_from(&name);
        }
    }
    if start.is_empty() {
        start.clone_from(&name);
    }
    match form.place() {
        Some((x, y)) => places.insert(name, StepPlace { x, y }),
        None => places.remove(&name),
    };
    Ok(FlowChangeBody { flow: Some(Flow { start, steps }), places: Some(places), ..FlowChangeBody::default() })
}

async fn save(
    app: &App,
    inside: &Inside,
    id: FlowId,
    version: Precondition,
    body: FlowChangeBody,
) -> Result<(), Problem> {
    service::flow::update_flow(app, inside.caller.clone(), id, version, Input::of(body)).await?;
    Ok(())
}

async fn save_step(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, flow)): FlowPath,
    Query(which): Query<Which>,
    fields: Fields,
) -> Page {
    let (inside, tab, flows) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &flow)?;
    let flow = service::flow::find_flow(&app, inside.caller.clone(), id).await?;
    let before = flow.flow.steps.get(&which.name);
    let kind = match before {
        Some(step) => kind_of(step),
        None => which.kind.as_str(),
    };
    let form = StepForm::read(kind, &fields).ok_or_else(Problem::not_found)?;
    let back = format!("{flows}/{}", flow.id);
    let saved = match put(&flow, &which.name, &form) {
        Ok(body) => save(&app, &inside, id, fields.version(), body).await,
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(()) if fields.given("more").is_some() => {
            Ok(done(&format!("{back}/step?name={}", encode(&form.name)), &inside.shell.t("saved")))
        }
        Ok(()) => Ok(done(&back, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let t = |form: &StepForm| form.told(&inside.shell);
            let kept = before.map(|step| t(&StepForm::of(&which.name, step, flow.places.get(&which.name))));
            let kept = kept.unwrap_or_else(|| inside.shell.t("flow-step-gone"));
            let own =
                if which.name.is_empty() { format!("kind={kind}") } else { format!("name={}", encode(&which.name)) };
            let address = format!("{back}/step?{own}");
            let difference = Difference::of(inside.shell.t("flow-step"), kept, t(&form));
            let late =
                Conflict { action: address, back, fields: &fields, differences: difference.into_iter().collect() };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let calls = calls(&app, &inside, id, kind).await?;
            let shell = frame(below(inside.shell, &tab, &flows), &flow, &back, &which, kind);
            step_page(shell, (&flow, calls), (&which, form.with_blanks()), back, errors)
        }
    }
}

/// Takes a step out; what led there leads nowhere.
async fn delete_step(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, flow)): FlowPath,
    Query(which): Query<Which>,
    fields: Fields,
) -> Page {
    let (inside, tab, flows) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &flow)?;
    let flow = service::flow::find_flow(&app, inside.caller.clone(), id).await?;
    let Flow { mut start, mut steps } = flow.flow.clone();
    if steps.remove(&which.name).is_none() {
        return Err(Problem::not_found());
    }
    steps.values_mut().for_each(|step| step.forget(&which.name));
    if start == which.name {
        start.clear();
    }
    let body = FlowChangeBody { flow: Some(Flow { start, steps }), ..FlowChangeBody::default() };
    let result = save(&app, &inside, id, fields.version(), body).await;
    let back = format!("{flows}/{}", flow.id);
    acted(result, &back, &inside.shell.t("flow-step-deleted"), &back)
}
