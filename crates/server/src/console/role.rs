//! One role: the permissions dialog (W-17 to W-20), renaming, who has it, deletion (W-14, W-15).

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::catalogue::{self, Level};
use rolecall_access::{OrganizationId, RoleId};
use serde::Deserialize;
use uuid::Uuid;

use crate::console::bot::ConfirmPage;
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::{preview, words};
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::model::ModelView;
use crate::service::role::{NewPermissionBody, RoleChangeBody, RolePermissionView, RoleView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/roles/{role}", get(show_role).post(update_role))
        .route("/{org}/roles/{role}/permissions", post(add_permission))
        .route("/{org}/roles/{role}/permissions/{permission}/remove", post(remove_permission))
        .route("/{org}/roles/{role}/delete", get(confirm_deletion).post(delete_role))
}

fn id(inside: &Inside, role: &str) -> Result<(OrganizationId, RoleId), Problem> {
    let role: Uuid = role.parse().map_err(|_| Problem::not_found())?;
    Ok((inside.id, RoleId(role)))
}

/// A permission as the dialog shows it.
struct Row {
    id: Uuid,
    action: String,
    relation: String,
    removable: bool,
}

/// A model with the role's permissions on it.
struct Entry {
    key: String,
    name: String,
    guards: String,
    rows: Vec<Row>,
    actions: Vec<(String, String)>,
    relations: Vec<(String, String)>,
    open: bool,
}

/// Models of one level.
struct Part {
    title: String,
    entries: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "role.html")]
struct RolePage {
    shell: Shell,
    role: RoleView,
    name: String,
    reach: String,
    parts: Vec<Part>,
    sees_models: bool,
    holders: u32,
    names: Vec<String>,
    errors: Errors,
}

impl RolePage {
    fn can(&self, ability: &str) -> bool {
        self.role.can.iter().any(|can| can == ability)
    }
}

/// Which model is open.
#[derive(Default, Deserialize)]
struct Open {
    #[serde(default)]
    model: String,
}

async fn page(
    app: &App,
    inside: Inside,
    role: &str,
    open: &str,
    typed: Option<&Fields>,
    errors: Errors,
    status: StatusCode,
) -> Page {
    let id = id(&inside, role)?;
    let caller = || inside.caller.clone();
    let role = service::role::find_role(app, caller(), id).await?;
    let permissions = service::role::list_permissions(app, caller(), id).await?.items;
    let (holders, names) = service::role::role_holders(app, caller(), id, 50).await?;
    // Without `Model: read` the role's permissions stay visible, the list of all models does not (W-19).
    let models = service::model::list_models(app, caller(), inside.id).await.ok().map(|list| list.items);
    let sees_models = models.is_some();
    let shell = inside.shell;
    let parts = parts(&shell, &permissions, models, open);
    let (roles, back) = (shell.t("roles-title"), shell.here("/roles"));
    let page = RolePage {
        name: typed.map_or_else(|| role.name.clone(), |fields| fields.text("name")),
        reach: typed.map_or_else(|| role.reach.clone(), |fields| fields.text("reach")),
        parts,
        sees_models,
        holders,
        names: names.into_iter().map(|named| named.name).collect(),
        errors,
        shell: shell.named(role.name.clone()).within("roles", "Role Permission RoleAssignment").below(roles, back),
        role,
    };
    render_with(status, &page.shell, &page)
}

fn parts(shell: &Shell, held: &[RolePermissionView], models: Option<Vec<ModelView>>, open: &str) -> Vec<Part> {
    let mut by_model: BTreeMap<&str, Vec<&RolePermissionView>> = BTreeMap::new();
    for permission in held {
        by_model.entry(permission.model.as_str()).or_default().push(permission);
    }
    let listed = |key: &str| models.as_ref().and_then(|models| models.iter().find(|model| model.key == key));
    let part = |level: Level, title: &str| {
        let shown = words::models(level).filter(|model| models.is_some() || by_model.contains_key(model.key));
        let entry = |model: &catalogue::Model| {
            let rows = by_model.get(model.key).map(Vec::as_slice).unwrap_or_default();
            entry(shell, model.key, rows, listed(model.key), open)
        };
        Part { title: shell.t(title), entries: shown.map(entry).collect() }
    };
    let of_programs = models.iter().flatten().map(|model| model.key.as_str()).chain(by_model.keys().copied());
    let of_programs: BTreeSet<&str> = of_programs.filter(|key| catalogue::find(key).is_none()).collect();
    let of_program = |key: &str| {
        let model = listed(key);
        let rows = by_model.get(key).map(Vec::as_slice).unwrap_or_default();
        let entry = entry(shell, key, rows, model, open);
        let said = model.filter(|model| model.label != key).map(|model| model.label.clone()).unwrap_or_default();
        Entry { guards: said, ..entry }
    };
    let of_programs =
        Part { title: shell.t("role-program-models"), entries: of_programs.into_iter().map(of_program).collect() };
    let all = [part(Level::Bot, "role-bot-models"), part(Level::Organization, "role-organization-models"), of_programs];
    all.into_iter().filter(|part| !part.entries.is_empty()).collect()
}

fn entry(shell: &Shell, key: &str, rows: &[&RolePermissionView], model: Option<&ModelView>, open: &str) -> Entry {
    let t = shell.text;
    let mut rows = rows.to_vec();
    // As people say it, not by the alphabet.
    let order =
        |action: &str| catalogue::find(key).and_then(|model| model.actions.iter().position(|one| *one == action));
    rows.sort_by_key(|row| (order(&row.action), row.relation.clone()));
    let row = |row: &&RolePermissionView| Row {
        id: row.id,
        action: words::action(t, &row.action),
        relation: words::relation(t, &row.relation),
        removable: row.can.iter().any(|can| can == "delete"),
    };
    let choices = |keys: &[String], word: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        keys.iter().map(|key| (key.clone(), word(key))).collect()
    };
    Entry {
        name: words::model(t, key),
        guards: words::guards(t, key),
        rows: rows.iter().map(row).collect(),
        actions: model.map(|model| choices(&model.actions, &|key| words::action(t, key))).unwrap_or_default(),
        relations: model.map(|model| choices(&model.relations, &|key| words::relation(t, key))).unwrap_or_default(),
        open: key == open,
        key: key.to_owned(),
    }
}

async fn show_role(
    inside: Inside,
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    Query(open): Query<Open>,
) -> Page {
    page(&app, inside, &role, &open.model, None, Errors::default(), StatusCode::OK).await
}

async fn update_role(
    inside: Inside,
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &role)?;
    let body = Input::of(RoleChangeBody { name: Some(fields.text("name")), reach: fields.given("reach") });
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::role::update_role(&app, caller, id, fields.version(), body).await;
    if let Some(slot) = slot {
        let path = inside.shell.here(&format!("/roles/{role}"));
        return preview::show(inside.shell, &slot, result.err(), (path.clone(), path, &fields));
    }
    match result {
        Ok(_) => Ok(done(&inside.shell.here(&format!("/roles/{role}")), &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let now = service::role::find_role(&app, inside.caller, id).await?;
            let shell = inside.shell;
            let reach = |key: &str| shell.t(format!("role-reach-{key}"));
            let path = shell.here(&format!("/roles/{role}"));
            let differences = [
                Difference::of(shell.t("field-name"), &now.name, fields.text("name")),
                fields
                    .given("reach")
                    .and_then(|typed| Difference::of(shell.t("role-reach"), reach(&now.reach), reach(&typed))),
            ];
            let differences = differences.into_iter().flatten().collect();
            let late = Conflict { action: path.clone(), back: path, fields: &fields, differences };
            conflict::choose(shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, inside, &role, "", Some(&fields), errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// The dialog with this model open.
fn dialog(inside: &Inside, role: &str, model: &str) -> String {
    inside.shell.here(&format!("/roles/{role}?model={0}#model-{0}", crate::console::page::encode(model)))
}

async fn add_permission(
    inside: Inside,
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &role)?;
    let model = fields.text("model");
    let body =
        NewPermissionBody { model: model.clone(), action: fields.text("action"), relation: fields.given("relation") };
    let path = dialog(&inside, &role, &model);
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::role::add_permission(&app, caller, id, Input::of(body)).await;
    if let Some(slot) = slot {
        let action = inside.shell.here(&format!("/roles/{role}/permissions"));
        return preview::show(inside.shell, &slot, result.err(), (action, path, &fields));
    }
    acted(result, &path, &inside.shell.t("permission-added"), &path)
}

async fn remove_permission(
    inside: Inside,
    State(app): State<App>,
    Path((_, role, permission)): Path<(String, String, String)>,
    fields: Fields,
) -> Page {
    let (organization, id) = id(&inside, &role)?;
    let permission: Uuid = permission.parse().map_err(|_| Problem::not_found())?;
    let path = dialog(&inside, &role, &fields.text("model"));
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::role::remove_permission(&app, caller, (organization, id, permission)).await;
    if let Some(slot) = slot {
        let action = inside.shell.here(&format!("/roles/{role}/permissions/{}/remove", permission));
        return preview::show(inside.shell, &slot, result.err(), (action, path, &fields));
    }
    acted(result, &path, &inside.shell.t("permission-removed"), &path)
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, role)): Path<(String, String)>) -> Page {
    let id = id(&inside, &role)?;
    service::role::may_delete_role(&app, inside.caller.clone(), id).await?;
    let found = service::role::find_role(&app, inside.caller.clone(), id).await?;
    let permissions = service::role::list_permissions(&app, inside.caller.clone(), id).await?.items.len();
    let (holders, names) = service::role::role_holders(&app, inside.caller, id, 12).await?;
    let shell = inside.shell;
    let blocked =
        (holders > 0).then(|| shell.count("role-delete-blocked", usize::try_from(holders).unwrap_or_default()));
    let page = ConfirmPage {
        lines: vec![
            shell.with("role-delete-what", "name", &found.name),
            shell.count("role-delete-permissions", permissions),
        ],
        names: names.into_iter().map(|named| named.name).collect(),
        blocked,
        action: shell.here(&format!("/roles/{role}/delete")),
        button: shell.t("role-delete-button"),
        back: shell.here("/roles"),
        version: found.version,
        typed: None,
        shell: shell.titled("role-delete-title").within("roles", ""),
    };
    render(&page.shell, &page)
}

async fn delete_role(
    inside: Inside,
    State(app): State<App>,
    Path((_, role)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &role)?;
    let back = inside.shell.here(&format!("/roles/{role}/delete"));
    let result = service::role::delete_role(&app, inside.caller, id, fields.version()).await;
    acted(result, &inside.shell.here("/roles"), &inside.shell.t("role-deleted"), &back)
}
