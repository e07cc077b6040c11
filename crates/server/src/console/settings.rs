//! The organization's settings: its name, and the policies that hold in it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::catalogue::Level;
use uuid::Uuid;

use crate::console::bot::ConfirmPage;
use crate::console::conflict;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::preview;
use crate::console::shell::Shell;
use crate::console::step::confirm_first;
use crate::console::switches::{self, Choices};
use crate::console::{term, words};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::organization::{OrganizationChangeBody, PoliciesView};
use crate::service::policy::{BillingView, PoliciesBody};
use crate::service::{self, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/settings", get(show_settings).post(rename))
        .route("/{org}/settings/policies", post(set_policies))
        .route("/{org}/settings/billing", get(show_billing))
        .route("/{org}/settings/delete", get(confirm_deletion).post(delete))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    shell: Shell,
    name: String,
    preset: String,
    policies: Option<PoliciesView>,
    roles: Vec<Named>,
    reserved: Option<Choices>,
    reserved_bots: Option<Choices>,
    errors: Errors,
}

impl SettingsPage {
    fn can_rename(&self) -> bool {
        self.shell.organization.as_ref().is_some_and(|organization| organization.can.iter().any(|can| can == "update"))
    }

    fn can_delete(&self) -> bool {
        self.shell.organization.as_ref().is_some_and(|organization| organization.can.iter().any(|can| can == "delete"))
    }

    fn is_role(&self, held: &Option<Named>, role: &Named) -> bool {
        held.as_ref().is_some_and(|held| held.id == role.id)
    }

    fn second_factor_from(&self, policies: &PoliciesView) -> String {
        term::field(&self.shell, policies.second_factor_from)
    }

    fn reserved_in_words(&self, policies: &PoliciesView) -> String {
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
    let policies = service::organization::find_policies(app, inside.caller.clone(), inside.id).await.ok();
    let edits = policies.as_ref().filter(|policies| policies.can.iter().any(|can| can == "update"));
    let on: Vec<String> = edits
        .iter()
        .flat_map(|policies| &policies.reserved)
        .map(|one| format!("{}:{}", one.model, one.action))
        .collect();
    let (reserved, reserved_bots) = match edits {
        Some(_) => (
            Some(switches::all(&inside.shell, Level::Organization, &on)),
            Some(switches::all(&inside.shell, Level::Bot, &on)),
        ),
        None => (None, None),
    };
    let roles = service::organization::role_choices(app, inside.caller, inside.id).await.unwrap_or_default();
    let page = SettingsPage {
        preset: inside.shell.t(format!("preset-{}", organization.preset)),
        name: typed.unwrap_or(organization.name),
        policies,
        roles,
        reserved,
        reserved_bots,
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

async fn set_policies(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let role = |name: &str| Some(fields.text(name).parse::<Uuid>().ok());
    let back = inside.shell.here("/settings");
    let held = service::organization::find_policies(&app, inside.caller.clone(), inside.id).await?.second_factor_from;
    let from = match term::end(&inside.shell, &fields, "second_factor_from", held) {
        Ok(from) => from,
        Err(problem) => return acted(Err::<(), _>(problem), &back, "", &back),
    };
    let retention = match retention(&inside.shell, &fields) {
        Ok(retention) => retention,
        Err(problem) => return acted(Err::<(), _>(problem), &back, "", &back),
    };
    let body = PoliciesBody {
        manage_peers: Some(fields.given("manage_peers").is_some()),
        require_second_factor: Some(fields.given("require_second_factor").is_some()),
        second_factor_from: Some(from),
        audit_retention_days: retention,
        reserved: Some(switches::switched(&inside.shell, &fields)),
        default_invitation_role_id: role("default_invitation_role"),
        team_default_role_id: role("team_default_role"),
        former_owner_role_id: role("former_owner_role"),
    };
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::policy::update_policies(&app, caller, inside.id, fields.version(), Input::of(body)).await;
    match (slot, result) {
        (Some(slot), result) => {
            let action = inside.shell.here("/settings/policies");
            preview::show(inside.shell, &slot, result.err(), (action, back, &fields))
        }
        (None, Err(problem)) if conflict::current(&problem).is_some() => acted(Err::<(), _>(problem), &back, "", &back),
        (None, result) => acted(result, &back, &inside.shell.t("saved"), &back),
    }
}

/// For how many days the audit log is kept; an empty field: for ever; none: as it is.
fn retention(shell: &Shell, fields: &Fields) -> Result<Option<Option<u32>>, Problem> {
    const NAME: &str = "audit_retention_days";
    let Some(typed) = fields.all(NAME).first().map(|text| text.trim().to_owned()) else { return Ok(None) };
    if typed.is_empty() {
        return Ok(Some(None));
    }
    let wrong = || Problem::invalid(vec![FieldError::new(NAME, "invalid", shell.t("policy-retention-wrong"))]);
    typed.parse().map(|days| Some(Some(days))).map_err(|_| wrong())
}

#[derive(Template)]
#[template(path = "settings-billing.html")]
struct BillingPage {
    shell: Shell,
    billing: BillingView,
}

async fn show_billing(inside: Inside, State(app): State<App>) -> Page {
    let billing = service::policy::find_billing(&app, inside.caller, inside.id).await?;
    let shell =
        inside.shell.titled("billing-title").about("billing-purpose").within("billing", "Billing User Invitation");
    let page = BillingPage { shell, billing };
    render(&page.shell, &page)
}

/// What will be gone, and the name to type.
async fn confirm_deletion(inside: Inside, State(app): State<App>) -> Page {
    service::organization::may_delete_organization(&app, inside.caller.clone(), inside.id).await?;
    match confirm_first(&inside.caller, &inside.shell.here("/settings/delete")) {
        Some(first) => Ok(first),
        None => deletion(inside.shell, None),
    }
}

fn deletion(shell: Shell, wrong: Option<String>) -> Page {
    let organization = shell.organization.clone().ok_or_else(Problem::not_found)?;
    let page = ConfirmPage {
        lines: vec![shell.with("organization-delete-what", "name", &organization.name)],
        names: Vec::new(),
        blocked: None,
        action: shell.here("/settings/delete"),
        button: shell.t("organization-delete-button"),
        back: shell.here("/settings"),
        version: organization.version,
        typed: Some((shell.with("organization-delete-type", "name", &organization.name), wrong)),
        shell: shell.titled("organization-delete-title").within("settings", ""),
    };
    let status =
        if matches!(page.typed, Some((_, Some(_)))) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    render_with(status, &page.shell, &page)
}

async fn delete(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let name = inside.shell.organization.as_ref().map(|organization| organization.name.clone()).unwrap_or_default();
    if fields.text("typed") != name {
        service::organization::may_delete_organization(&app, inside.caller, inside.id).await?;
        let wrong = inside.shell.t("organization-delete-wrong");
        return deletion(inside.shell, Some(wrong));
    }
    let back = inside.shell.here("/settings/delete");
    let gone = service::organization::delete_organization(&app, inside.caller, inside.id).await;
    acted(gone, "/", &inside.shell.t("organization-deleted"), &back)
}
