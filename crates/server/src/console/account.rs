//! One's own profile (P-12): its sections, and Details.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::console::credentials::AUTHENTICATION;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, SignedIn, done, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::own::OwnAccountBody;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/profile", get(show_profile).post(update_profile))
}

/// A section of the profile.
pub struct Section {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: &'static str,
    /// Whether it is shown.
    pub here: bool,
}

/// The sections, with the one at this address open.
pub fn sections(shell: &Shell, here: &str) -> Vec<Section> {
    let all = [("profile-details", "/profile"), ("profile-authentication", AUTHENTICATION)];
    let section = |(label, href): (&str, &'static str)| Section { label: shell.t(label), href, here: href == here };
    all.into_iter().map(section).collect()
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    shell: Shell,
    sections: Vec<Section>,
    name: String,
    email: String,
    time_zone: String,
    zones: Vec<String>,
    errors: Errors,
}

fn page(status: StatusCode, shell: Shell, errors: Errors, typed: Option<(String, String)>) -> Page {
    let me = shell.me.clone().ok_or_else(Problem::sign_in_needed)?;
    let (name, time_zone) = typed.unwrap_or((me.name, me.time_zone));
    let zones = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let shell = shell.titled("profile-title").about("profile-purpose");
    let page =
        ProfilePage { sections: sections(&shell, "/profile"), shell, name, email: me.email, time_zone, zones, errors };
    render_with(status, &page.shell, &page)
}

async fn show_profile(signed_in: SignedIn) -> Page {
    page(StatusCode::OK, signed_in.shell, Errors::default(), None)
}

async fn update_profile(signed_in: SignedIn, State(app): State<App>, fields: Fields) -> Page {
    let (name, zone) = (fields.text("name"), fields.text("time_zone"));
    let body = OwnAccountBody { name: Some(name.clone()), time_zone: Some(zone.clone()), language: None };
    match service::own::update_own_account(&app, signed_in.caller, Input::of(body)).await {
        Ok(_) => Ok(done("/profile", &signed_in.shell.t("profile-saved"))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(StatusCode::UNPROCESSABLE_ENTITY, signed_in.shell, errors, Some((name, zone)))
        }
    }
}
