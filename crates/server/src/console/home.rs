//! Where one begins, and short addresses that lead into the current organization.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};

use crate::console::entry::{PresetChoice, preset_choices};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, SignedIn, THEME, local, render, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::organization::NewOrganizationBody;
use crate::state::App;

pub fn router() -> Router<App> {
    let mut router = Router::new()
        .route("/", get(home))
        .route("/theme", post(choose_theme))
        .route("/organizations/new", get(new_organization).post(create_organization))
        .route("/{org}", get(start))
        .route("/{org}/administration", get(show_administration));
    for short in ["/bots", "/users", "/invitations", "/roles", "/audit-log"] {
        router = router.route(short, get(move |signed_in: SignedIn| async move { to_current(signed_in, short) }));
    }
    router
}

#[derive(Template)]
#[template(path = "nowhere.html")]
struct NowherePage {
    shell: Shell,
}

/// To the first organization; without any, says what to do.
fn to_current(signed_in: SignedIn, rest: &str) -> Page {
    let first = signed_in.shell.me.as_ref().and_then(|me| me.organizations.first());
    if let Some(organization) = first {
        return Ok(Redirect::to(&format!("/{}{rest}", organization.slug)).into_response());
    }
    let page = NowherePage { shell: signed_in.shell.titled("nowhere-title").about("nowhere-purpose") };
    render(&page.shell, &page)
}

async fn home(signed_in: SignedIn) -> Page {
    to_current(signed_in, "/bots")
}

async fn start(inside: Inside, State(_): State<App>, Path(_): Path<String>) -> Page {
    Ok(Redirect::to(&inside.shell.here("/bots")).into_response())
}

#[derive(Template)]
#[template(path = "administration.html")]
struct AdministrationPage {
    shell: Shell,
}

/// Users and roles, for whoever may see one of them (G-7).
async fn show_administration(inside: Inside) -> Page {
    if !inside.shell.may("User", "read") && !inside.shell.may("Role", "read") {
        return Err(Problem::not_found());
    }
    let shell =
        inside.shell.titled("administration-title").about("administration-purpose").within("administration", "");
    let page = AdministrationPage { shell };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "organization-new.html")]
struct NewOrganizationPage {
    shell: Shell,
    name: String,
    preset: String,
    presets: Vec<PresetChoice>,
    errors: Errors,
}

fn new_page(status: StatusCode, shell: Shell, fields: &Fields, errors: Errors) -> Page {
    let page = NewOrganizationPage {
        name: fields.text("name"),
        preset: fields.given("preset").unwrap_or_else(|| "workspace".to_owned()),
        presets: preset_choices(&shell),
        errors,
        shell: shell.titled("organization-new-title").about("organization-new-purpose"),
    };
    render_with(status, &page.shell, &page)
}

async fn new_organization(signed_in: SignedIn) -> Page {
    new_page(StatusCode::OK, signed_in.shell, &Fields::default(), Errors::default())
}

async fn create_organization(signed_in: SignedIn, State(app): State<App>, fields: Fields) -> Page {
    let body = Input::of(NewOrganizationBody { name: fields.text("name"), preset: fields.text("preset") });
    match service::organization::create_organization(&app, signed_in.caller, body).await {
        Ok(made) => Ok(Redirect::to(&format!("/{}/bots", made.value.slug)).into_response()),
        Err(problem) => {
            new_page(StatusCode::UNPROCESSABLE_ENTITY, signed_in.shell, &fields, Errors::of_problem(problem)?)
        }
    }
}

async fn choose_theme(fields: Fields) -> Page {
    let theme = match fields.text("theme").as_str() {
        "light" => "light",
        "dark" => "dark",
        _ => "auto",
    };
    let cookie = format!("{THEME}={theme}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&fields.text("back")))).into_response())
}
