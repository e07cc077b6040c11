//! A role as a matrix: models × actions, each with its relation, on one page. Writes what the dialog writes.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::catalogue::{self, Level};
use rolecall_access::{OrganizationId, Permission, RoleId};
use uuid::Uuid;

use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::preview;
use crate::console::shell::Shell;
use crate::console::words;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::matrix::MatrixBody;
use crate::service::role::{NewPermissionBody, RolePermissionView, RoleView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/roles/{role}/matrix", get(show_matrix).post(save_matrix))
}

const ACTIONS: [&str; 4] = ["create", "read", "update", "delete"];

/// A model, and a cell for each of the four actions; none where the action means nothing.
struct Line {
    name: String,
    cells: Vec<Option<Cell>>,
}

/// A choice of relation.
struct Cell {
    field: String,
    label: String,
    options: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "role-matrix.html")]
struct MatrixPage {
    shell: Shell,
    role: RoleView,
    actions: Vec<String>,
    parts: Vec<(String, Vec<Line>)>,
    errors: Errors,
}

fn ids(inside: &Inside, role: &str) -> Result<(OrganizationId, RoleId), Problem> {
    let role: Uuid = role.parse().map_err(|_| Problem::not_found())?;
    Ok((inside.id, RoleId(role)))
}

/// The widest relation by which the role has it.
fn held(permissions: &[RolePermissionView], model: &str, action: &str) -> &'static str {
    let has =
        |relation| permissions.iter().any(|one| one.model == model && one.action == action && one.relation == relation);
    ["role", "team", "owner"].into_iter().find(|relation| has(*relation)).unwrap_or("")
}

fn lines(shell: &Shell, level: Level, chosen: &dyn Fn(&str, &str) -> String) -> Vec<Line> {
    let t = shell.text;
    words::models(level)
        .map(|model| {
            let cell = |action: &str| {
                let action = model.actions.iter().find(|one| **one == action)?;
                let of_bot =
                    Permission::new(model.key, action).is_ok_and(|one| catalogue::level(&one) == Some(Level::Bot));
                let relations: &[&'static str] =
                    if of_bot { &["", "owner", "team", "role"] } else { &["", "owner", "role"] };
                let on = chosen(model.key, action);
                let option = |relation: &&'static str| {
                    let word = if relation.is_empty() { "–".to_owned() } else { words::relation(t, relation) };
                    (*relation, word, on == *relation)
                };
                Some(Cell {
                    field: format!("{}:{action}", model.key),
                    label: words::permission(t, model.key, action),
                    options: relations.iter().map(option).collect(),
                })
            };
            Line { name: words::model(t, model.key), cells: ACTIONS.into_iter().map(cell).collect() }
        })
        .collect()
}

async fn page(app: &App, inside: Inside, role: &str, typed: Option<&Fields>, errors: Errors) -> Page {
    let id = ids(&inside, role)?;
    let found = service::role::find_role(app, inside.caller.clone(), id).await?;
    service::model::list_models(app, inside.caller.clone(), inside.id).await?;
    let permissions = service::role::list_permissions(app, inside.caller, id).await?.items;
    let chosen = |model: &str, action: &str| match typed {
        Some(fields) => fields.text(&format!("{model}:{action}")),
        None => held(&permissions, model, action).to_owned(),
    };
    let shell = inside.shell;
    let parts = [(Level::Bot, "role-bot-models"), (Level::Organization, "role-organization-models")];
    let parts = parts.into_iter().map(|(level, title)| (shell.t(title), lines(&shell, level, &chosen))).collect();
    let (roles, back) = (shell.t("roles-title"), shell.here("/roles"));
    let own = shell.here(&format!("/roles/{role}"));
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = MatrixPage {
        actions: ACTIONS.iter().map(|action| words::action(shell.text, action)).collect(),
        parts,
        errors,
        shell: shell
            .titled("matrix-title")
            .about("matrix-purpose")
            .within("roles", "")
            .below(roles, back)
            .below(found.name.clone(), own),
        role: found,
    };
    render_with(status, &page.shell, &page)
}

async fn show_matrix(inside: Inside, State(app): State<App>, Path((_, role)): Path<(String, String)>) -> Page {
    page(&app, inside, &role, None, Errors::default()).await
}

async fn save_matrix(
    inside: Inside,
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = ids(&inside, &role)?;
    let one = |permission: Permission| {
        let relation = fields.given(&format!("{}:{}", permission.model, permission.action))?;
        let (model, action) = (permission.model.to_string(), permission.action.to_string());
        Some(NewPermissionBody { model, action, relation: Some(relation) })
    };
    let body = MatrixBody { permissions: catalogue::permissions().filter_map(one).collect() };
    let (caller, slot) = preview::caller(&inside, &fields);
    let saved = service::matrix::set_permissions(&app, caller, id, fields.version(), Input::of(body)).await;
    let (path, back) =
        (inside.shell.here(&format!("/roles/{role}/matrix")), inside.shell.here(&format!("/roles/{role}")));
    match (slot, saved) {
        (Some(slot), saved)
            if !saved.as_ref().is_err_and(|problem| matches!(problem.kind, Kind::Stale | Kind::Invalid)) =>
        {
            preview::show(inside.shell, &slot, saved.err(), (path, back, &fields))
        }
        (_, Ok(_)) => Ok(done(&back, &inside.shell.t("saved"))),
        (_, Err(problem)) if let Some(version) = conflict::current(&problem) => {
            let now = service::role::list_permissions(&app, inside.caller, id).await?.items;
            let t = inside.shell.text;
            let word =
                |relation: &str| if relation.is_empty() { "–".to_owned() } else { words::relation(t, relation) };
            let differences = catalogue::permissions().filter_map(|permission| {
                let (model, action) = (permission.model.as_str(), permission.action.as_str());
                let typed = fields.text(&format!("{model}:{action}"));
                Difference::of(words::permission(t, model, action), word(held(&now, model, action)), word(&typed))
            });
            let differences = differences.collect();
            conflict::choose(inside.shell, version, Conflict { action: path, back, fields: &fields, differences })
        }
        (_, Err(problem)) => page(&app, inside, &role, Some(&fields), Errors::of_problem(problem)?).await,
    }
}
