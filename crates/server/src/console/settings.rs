//! The organization's settings: its name, and the policies that hold in it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::shell::Shell;
use crate::console::words;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::service;
use crate::service::organization::{OrganizationChangeBody, PoliciesView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/settings", get(show_settings).post(rename))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    name: String,
    preset: String,
    policies: Option<PoliciesView>,
    errors: Errors,
}

impl SettingsPage {
    fn can_rename(&self) -> bool {
        self.shell.organization.as_ref().is_some_and(|organization| organization.can.iter().any(|can| can == "update"))
    }

    fn reserved(&self, policies: &PoliciesView) -> String {
        let word = |one: &service::PermissionView| words::permission(self.shell.text, &one.model, &one.action);
        policies.reserved.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

async fn page(app: &App, inside: Inside, typed: Option<String>, errors: Errors, status: StatusCode) -> Page {
    let organization = inside.shell.organization.clone().ok_or_else(Problem::not_found)?;
    if !organization.can.iter().any(|can| can == "read") {
        service::organization::may_read_organization(app, inside.caller, inside.id).await?;
        return Err(Problem::not_found());
    }
    let policies = service::organization::find_policies(app, inside.caller, inside.id).await.ok();
    let page = SettingsPage {
        preset: inside.shell.t(format!("preset-{}", organization.preset)),
        name: typed.unwrap_or(organization.name),
        policies,
        errors,
        shell: inside
            .shell
            .titled("settings-title")
            .about("settings-purpose")
            .within("settings", "Organization Policy"),
    };
    render_with(status, &page.shell, &page)
}

async fn show_settings(inside: Inside, State(app): State<App>) -> Page {
    page(&app, inside, None, Errors::default(), StatusCode::OK).await
}

async fn rename(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let name = fields.text("name");
    let body = Input::of(OrganizationChangeBody { name: name.clone() });
    let caller = inside.caller.clone();
    match service::organization::update_organization(&app, caller, inside.id, Precondition::Any, body).await {
        Ok(_) => Ok(done(&inside.shell.here("/settings"), &inside.shell.t("saved"))),
        Err(problem) => {
            page(&app, inside, Some(name), Errors::of_problem(problem)?, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
