//! The list of roles (W-10, W-11) and adding one (W-12, G-6).

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::preset::Preset;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::service::role::{NewRoleBody, RoleView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/roles", get(list_roles).post(create_role)).route("/{org}/roles/new", get(new_role))
}

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    shell: Shell,
    list: ListState,
    roles: ListView<RoleView>,
}

async fn list_roles(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let roles = service::role::list_roles(&app, inside.caller, inside.id, list.list()).await?;
    let shell = inside.shell.titled("roles-title").about("roles-purpose").within("roles", "Role Permission");
    let page = RolesPage { shell, list, roles };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "role-new.html")]
struct NewRolePage {
    shell: Shell,
    name: String,
    reach: String,
    template: String,
    copy_of: String,
    templates: Vec<(String, String)>,
    errors: Errors,
}

fn new_page(status: StatusCode, shell: Shell, fields: &Fields, errors: Errors) -> Page {
    let preset = shell.organization.as_ref().and_then(|organization| Preset::find(&organization.preset));
    let describe = |name: &str| {
        let key = name.to_lowercase().replace(' ', "-");
        shell.text.find(&format!("template-{key}")).unwrap_or_default()
    };
    let templates = preset.iter().flat_map(|preset| &preset.templates);
    let templates = templates.map(|template| (template.name.clone(), describe(&template.name))).collect();
    let (roles, back) = (shell.t("roles-title"), shell.here("/roles"));
    let page = NewRolePage {
        name: fields.text("name"),
        reach: fields.given("reach").unwrap_or_else(|| "organization".to_owned()),
        template: fields.text("template"),
        copy_of: fields.text("copy_of"),
        templates,
        errors,
        shell: shell.titled("role-new-title").about("role-new-purpose").within("roles", "").below(roles, back),
    };
    render_with(status, &page.shell, &page)
}

/// Which role the new one begins as.
#[derive(Default, Deserialize)]
struct Copy {
    #[serde(default)]
    copy: Option<Uuid>,
}

async fn new_role(inside: Inside, State(app): State<App>, Query(Copy { copy }): Query<Copy>) -> Page {
    service::role::may_create_role(&app, inside.caller.clone(), inside.id).await?;
    let mut fields = Fields::default();
    if let Some(copy) = copy {
        let original = service::role::find_role(&app, inside.caller, (inside.id, copy.into())).await?;
        fields.set("name", inside.shell.with("role-copy-name", "name", &original.name));
        fields.set("reach", original.reach);
        fields.set("copy_of", copy.to_string());
    }
    new_page(StatusCode::OK, inside.shell, &fields, Errors::default())
}

async fn create_role(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let body = NewRoleBody {
        name: fields.text("name"),
        reach: fields.given("reach"),
        template: fields.given("template"),
        copy_of: fields.text("copy_of").parse().ok(),
    };
    match service::role::create_role(&app, inside.caller, inside.id, Input::of(body)).await {
        Ok(made) => {
            let path = inside.shell.here(&format!("/roles/{}", made.value.id));
            Ok(done(&path, &inside.shell.with("role-created", "name", &made.value.name)))
        }
        Err(problem) => new_page(StatusCode::UNPROCESSABLE_ENTITY, inside.shell, &fields, Errors::of_problem(problem)?),
    }
}
