//! One's own profile (P-12): its sections, and Details.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_store::resource::EmailLink;
use serde::Deserialize;

use crate::auth::origin::SameSite;
use crate::console::connections::ACCOUNTS;
use crate::console::credentials::AUTHENTICATION;
use crate::console::entry::status_of;
use crate::console::form::{Errors, Fields};
use crate::console::handover::HANDOVER;
use crate::console::page::{Page, SignedIn, Visitor, done, render_with};
use crate::console::shell::Shell;
use crate::console::step::{confirm_first, or_confirm};
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::email::{EmailBody, EmailTokenBody};
use crate::service::own::OwnAccountBody;
use crate::state::App;
use crate::text::{LANGUAGES, Language, Text};

pub fn router() -> Router<App> {
    Router::new()
        .route("/profile", get(show_profile).post(update_profile))
        .route(EMAIL, get(show_email).post(ask_email))
        .route("/email/confirm", get(show_confirmation).post(confirm_email))
        .route("/email/undo", get(show_undo).post(undo_email))
}

const EMAIL: &str = "/profile/email";

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
    let all = [
        ("profile-details", "/profile"),
        ("profile-authentication", AUTHENTICATION),
        ("profile-accounts", ACCOUNTS),
        ("profile-handover", HANDOVER),
    ];
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
    language: String,
    languages: &'static [Language],
    time_zone: String,
    zones: Vec<String>,
    picture: Option<String>,
    errors: Errors,
}

/// The time zones there are.
pub fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|zone| zone.to_string()).collect()
}

/// The page of Details, with what was typed where it could not be saved.
pub fn details(status: StatusCode, shell: Shell, errors: Errors, typed: OwnAccountBody) -> Page {
    let me = shell.me.clone().ok_or_else(Problem::sign_in_needed)?;
    let shell = shell.titled("profile-title").about("profile-purpose");
    let page = ProfilePage {
        sections: sections(&shell, "/profile"),
        name: typed.name.unwrap_or(me.name),
        email: me.email,
        language: typed.language.unwrap_or(me.language),
        languages: &LANGUAGES,
        time_zone: typed.time_zone.unwrap_or(me.time_zone),
        zones: zones(),
        picture: me.picture,
        errors,
        shell,
    };
    render_with(status, &page.shell, &page)
}

async fn show_profile(signed_in: SignedIn) -> Page {
    details(StatusCode::OK, signed_in.shell, Errors::default(), OwnAccountBody::default())
}

async fn update_profile(signed_in: SignedIn, State(app): State<App>, fields: Fields) -> Page {
    let typed = OwnAccountBody {
        name: Some(fields.text("name")),
        language: fields.given("language"),
        time_zone: Some(fields.text("time_zone")),
    };
    match service::own::update_own_account(&app, signed_in.caller, Input::of(typed.clone())).await {
        Ok(saved) => Ok(done("/profile", &Text::plain().in_language(&saved.value.language).of("profile-saved"))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            details(StatusCode::UNPROCESSABLE_ENTITY, signed_in.shell, errors, typed)
        }
    }
}

#[derive(Template)]
#[template(path = "email.html")]
struct EmailPage {
    shell: Shell,
    email: String,
    errors: Errors,
}

fn email_page(shell: Shell, email: String, errors: Errors) -> Page {
    let status = status_of(&errors, &["email"]);
    let profile = shell.t("profile-title");
    let shell = shell.titled("email-title").about("email-purpose").below(profile, "/profile");
    let page = EmailPage { shell, email, errors };
    render_with(status, &page.shell, &page)
}

async fn show_email(signed_in: SignedIn) -> Page {
    match confirm_first(&signed_in.caller, EMAIL) {
        Some(first) => Ok(first),
        None => email_page(signed_in.shell, String::new(), Errors::default()),
    }
}

async fn ask_email(signed_in: SignedIn, State(app): State<App>, fields: Fields) -> Page {
    let email = fields.text("email");
    match service::email::ask_email(&app, signed_in.caller, Input::of(EmailBody { email: email.clone() })).await {
        Ok(()) => Ok(done("/profile", &signed_in.shell.with("email-asked", "email", &email))),
        Err(problem) if problem.kind == Kind::FreshSignIn => or_confirm(problem, EMAIL),
        Err(problem) => email_page(signed_in.shell, email, Errors::of_problem(problem)?),
    }
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "email-link.html")]
struct LinkPage {
    shell: Shell,
    token: String,
    action: &'static str,
    what: Option<String>,
    button: String,
}

async fn link_page(app: &App, visitor: Visitor, purpose: EmailLink, token: String) -> Page {
    let shell = visitor.shell;
    let (action, title, what, button) = match purpose {
        EmailLink::Confirm => ("/email/confirm", "email-confirm-title", "email-confirm-what", "email-confirm-button"),
        EmailLink::Undo => ("/email/undo", "email-undo-title", "email-undo-what", "email-undo-button"),
    };
    let (status, what, title) =
        match service::email::find_email_link(app, &visitor.asking.caller, purpose, &token).await {
            Ok(email) => (StatusCode::OK, Some(shell.with(what, "email", &email)), title),
            Err(problem) if problem.kind == Kind::NotFound => (StatusCode::NOT_FOUND, None, "forgot-over-title"),
            Err(problem) => return Err(problem),
        };
    let page = LinkPage { button: shell.t(button), shell: shell.titled(title), token, action, what };
    render_with(status, &page.shell, &page)
}

async fn show_confirmation(visitor: Visitor, State(app): State<App>, Query(Token { token }): Query<Token>) -> Page {
    link_page(&app, visitor, EmailLink::Confirm, token).await
}

async fn show_undo(visitor: Visitor, State(app): State<App>, Query(Token { token }): Query<Token>) -> Page {
    link_page(&app, visitor, EmailLink::Undo, token).await
}

async fn confirm_email(_: SameSite, visitor: Visitor, State(app): State<App>, fields: Fields) -> Page {
    let body = EmailTokenBody { token: fields.text("token") };
    match service::email::confirm_email(&app, visitor.asking.caller.clone(), Input::of(body)).await {
        Ok(_) => Ok(done("/profile", &visitor.shell.t("email-confirmed"))),
        Err(problem) if problem.kind == Kind::NotFound => {
            link_page(&app, visitor, EmailLink::Confirm, String::new()).await
        }
        Err(problem) => Err(problem),
    }
}

async fn undo_email(_: SameSite, visitor: Visitor, State(app): State<App>, fields: Fields) -> Page {
    let body = EmailTokenBody { token: fields.text("token") };
    match service::email::undo_email(&app, visitor.asking.caller.clone(), Input::of(body)).await {
        Ok(_) => Ok(done("/forgot", &visitor.shell.t("email-undone"))),
        Err(problem) if problem.kind == Kind::NotFound => {
            link_page(&app, visitor, EmailLink::Undo, String::new()).await
        }
        Err(problem) => Err(problem),
    }
}
