//! Roles as a matrix: models × actions × roles on one page, saved in one step. Writes what the dialog writes.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::Permission;
use rolecall_access::catalogue::{self, Level};
use uuid::Uuid;

use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::preview;
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::matrix::{ComparedView, MatricesBody, RoleMatrixBody};
use crate::service::role::NewPermissionBody;
use crate::state::App;
use crate::text::Text;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/roles/matrix", get(show_matrix).post(save_matrix))
}

/// The most roles side by side, and how many there are if nobody chose.
const ROLES: usize = 12;
const FIRST: usize = 5;

/// A permission, and a choice of relation for each role.
struct Line {
    name: String,
    /// Whether it is the first of its model.
    leads: bool,
    cells: Vec<Cell>,
}

struct Cell {
    field: String,
    label: String,
    options: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "roles-matrix.html")]
struct MatrixPage {
    shell: Shell,
    roles: Vec<ComparedView>,
    chosen: Vec<ComparedView>,
    parts: Vec<(String, Vec<Line>)>,
    changes: bool,
    errors: Errors,
}

impl MatrixPage {
    fn is_chosen(&self, role: &ComparedView) -> bool {
        self.chosen.iter().any(|one| one.id == role.id)
    }
}

fn field(role: Uuid, permission: &Permission) -> String {
    format!("{role}:{}:{}", permission.model, permission.action)
}

fn version(role: Uuid) -> String {
    format!("version:{role}")
}

/// The widest relation by which the role has it; empty: it has it not.
fn held<'r>(role: &'r ComparedView, permission: &Permission) -> &'r str {
    role.cells
        .get(permission.model.as_str())
        .and_then(|cells| cells.get(permission.action.as_str()))
        .map_or("", |at| at)
}

fn word(t: Text, relation: &str) -> String {
    if relation.is_empty() { "–".to_owned() } else { words::relation(t, relation) }
}

fn lines(t: Text, level: Level, roles: &[ComparedView], typed: Option<&Fields>) -> Vec<Line> {
    let mut last = "";
    let permissions =
        words::models(level).flat_map(|model| model.actions.iter().map(move |action| (model.key, *action)));
    let line = |(model, action): (&'static str, &'static str)| {
        let permission = Permission::new(model, action).ok()?;
        let of_bot = catalogue::level(&permission) == Some(Level::Bot);
        let relations: &[&'static str] = if of_bot { &["", "owner", "team", "role"] } else { &["", "owner", "role"] };
        let name = words::permission(t, model, action);
        let cell = |role: &ComparedView| {
            let field = field(role.id, &permission);
            let on = typed.map_or_else(|| held(role, &permission).to_owned(), |typed| typed.text(&field));
            let options = relations.iter().map(|relation| (*relation, word(t, relation), on == *relation)).collect();
            Cell { label: format!("{} · {name}", role.name), field, options }
        };
        let cells = roles.iter().map(cell).collect();
        let leads = std::mem::replace(&mut last, model) != model;
        Some(Line { leads, cells, name })
    };
    permissions.filter_map(line).collect()
}

/// Every role that has its permissions one by one.
async fn all(app: &App, inside: &Inside) -> Result<Vec<ComparedView>, Problem> {
    service::model::list_models(app, inside.caller.clone(), inside.id).await?;
    let all = service::matrix::compare(app, inside.caller.clone(), inside.id).await?.items;
    Ok(all.into_iter().filter(|role| !role.everything).collect())
}

fn page(inside: Inside, roles: Vec<ComparedView>, asked: &[Uuid], typed: Option<&Fields>, errors: Errors) -> Page {
    let mut chosen: Vec<ComparedView> = roles.iter().filter(|role| asked.contains(&role.id)).cloned().collect();
    if chosen.is_empty() {
        chosen = roles.iter().take(FIRST).cloned().collect();
    }
    chosen.truncate(ROLES);
    for role in &mut chosen {
        let made_from = typed.and_then(|typed| typed.text(&version(role.id)).parse().ok());
        role.version = made_from.unwrap_or(role.version);
    }
    let shell = inside.shell;
    let parts = [(Level::Bot, "role-bot-models"), (Level::Organization, "role-organization-models")];
    let parts = parts.map(|(level, title)| (shell.t(title), lines(shell.text, level, &chosen, typed))).into();
    let (title, back) = (shell.t("roles-title"), shell.here("/roles"));
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = MatrixPage {
        roles,
        chosen,
        parts,
        changes: shell.may("Permission", "create") || shell.may("Permission", "delete"),
        errors,
        shell: shell
            .titled("matrix-title")
            .about("matrix-purpose")
            .within("roles", "Role Permission")
            .below(title, back),
    };
    render_with(status, &page.shell, &page)
}

async fn show_matrix(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let roles = all(&app, &inside).await?;
    let asked: Vec<Uuid> = list.every("role").filter_map(|text| text.parse().ok()).collect();
    page(inside, roles, &asked, None, Errors::default())
}

async fn save_matrix(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let now = all(&app, &inside).await?;
    let asked = fields.ids("role");
    let shown: Vec<&ComparedView> = now.iter().filter(|role| asked.contains(&role.id)).collect();
    let path = inside.shell.here("/roles/matrix");
    let query: Vec<String> = shown.iter().map(|role| format!("role={}", role.id)).collect();
    let back = format!("{path}?{}", query.join("&"));
    // A role of which every cell is as it is saved is left alone, whoever changed it meanwhile.
    let differs = |role: &ComparedView| {
        catalogue::permissions().any(|one| fields.text(&field(role.id, &one)) != held(role, &one))
    };
    let changed = |role: &&ComparedView| RoleMatrixBody {
        role_id: role.id,
        version: fields.text(&version(role.id)).parse().unwrap_or_default(),
        permissions: catalogue::permissions()
            .filter_map(|one| permission(&fields, role.id, &one))
            .chain(of_programs(role))
            .collect(),
    };
    let roles: Vec<RoleMatrixBody> = shown.iter().filter(|role| differs(role)).map(changed).collect();
    let (caller, slot) = preview::caller(&inside, &fields);
    let saved = service::matrix::set_matrix(&app, caller, inside.id, Input::of(MatricesBody { roles })).await;
    match (slot, saved) {
        (Some(slot), saved)
            if !saved.as_ref().is_err_and(|problem| matches!(problem.kind, Kind::Stale | Kind::Invalid)) =>
        {
            preview::show(inside.shell, &slot, saved.err(), (path, back, &fields))
        }
        (_, Ok(_)) => Ok(done(&back, &inside.shell.t("saved"))),
        (_, Err(problem)) if problem.kind == Kind::Stale => {
            let versions: Vec<(String, i64)> = shown.iter().map(|role| (version(role.id), role.version)).collect();
            let t = inside.shell.text;
            let difference = |role: &ComparedView, one: &Permission| {
                let what = format!("{} · {}", role.name, words::permission(t, one.model.as_str(), one.action.as_str()));
                Difference::of(what, word(t, held(role, one)), word(t, &fields.text(&field(role.id, one))))
            };
            let differences = shown
                .iter()
                .flat_map(|role| catalogue::permissions().filter_map(|one| difference(role, &one)).collect::<Vec<_>>())
                .collect();
            let late = Conflict { action: path, back, fields: &fields, differences };
            conflict::choose_each(inside.shell, &versions, late)
        }
        (_, Err(problem)) => {
            let errors = Errors::of_problem(problem)?;
            page(inside, now, &asked, Some(&fields), errors)
        }
    }
}

fn permission(fields: &Fields, role: Uuid, one: &Permission) -> Option<NewPermissionBody> {
    let relation = Some(fields.given(&field(role, one))?);
    Some(NewPermissionBody { model: one.model.to_string(), action: one.action.to_string(), relation })
}

/// What the role has on models of programs, which the matrix does not show: it stays as it is.
fn of_programs(role: &ComparedView) -> impl Iterator<Item = NewPermissionBody> {
    role.cells.iter().filter(|(model, _)| catalogue::find(model).is_none()).flat_map(|(model, actions)| {
        actions.iter().map(|(action, relation)| NewPermissionBody {
            model: model.clone(),
            action: action.clone(),
            relation: Some((*relation).to_owned()),
        })
    })
}
