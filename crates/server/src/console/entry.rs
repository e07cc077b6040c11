//! Getting in: set-up, sign-in, invitations, recovery.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use rolecall_access::Ownership;
use rolecall_access::preset::Preset;
use serde::Deserialize;

use crate::auth::asking::Asking;
use crate::auth::cookie::Cookie;
use crate::auth::device::Known;
use crate::auth::origin::SameSite;
use crate::auth::passkey;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, Visitor, done, encode, local, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::mail;
use crate::problem::Kind;
use crate::service::invitation::{AcceptanceBody, InvitationCardView};
use crate::service::organization::NewOrganizationBody;
use crate::service::recover::{LostBody, RecoveryBody};
use crate::service::setup::{FounderBody, SetupBody};
use crate::service::sign_in::{self, SignInBody};
use crate::service::{self, Written};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in", get(show_sign_in).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/setup", get(show_setup).post(set_up))
        .route("/invitations/{token}", get(show_invitation).post(accept_invitation))
        .route("/forgot", get(show_forgot).post(ask_recovery))
        .route("/recover", get(show_recovery).post(recover))
}

/// Goes there with the session just begun.
pub fn begun(app: &App, signed_in: &Written<sign_in::SignedIn>, path: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.set(&app.config, &signed_in.value.token));
    response.headers_mut().append(header::SET_COOKIE, Cookie::Device.set(&app.config, &signed_in.value.device));
    response
}

/// The status of a form shown again.
pub fn status_of(errors: &Errors, shown: &[&str]) -> StatusCode {
    let clean = errors.head(shown).is_none() && shown.iter().all(|field| errors.of(field).is_none());
    if clean { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
    /// Whether somebody signed in wants to sign in as somebody else.
    #[serde(default)]
    switch: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    shell: Shell,
    email: String,
    next: String,
    errors: Errors,
    demo: bool,
    passkeys: bool,
}

fn sign_in_page(app: &App, shell: Shell, email: String, next: String, errors: Errors) -> Page {
    let status = status_of(&errors, &["email", "password"]);
    let next = local(&next).to_owned();
    let (demo, passkeys) = (app.config.demo, passkey::are_possible(app));
    let page = SignInPage { shell: shell.titled("sign-in-title"), email, next, errors, demo, passkeys };
    render_with(status, &page.shell, &page)
}

async fn show_sign_in(visitor: Visitor, State(app): State<App>, Query(query): Query<Next>) -> Page {
    let Next { next, switch } = query;
    if visitor.asking.session.is_some() && switch.is_none() {
        return Ok(Redirect::to(local(&next)).into_response());
    }
    sign_in_page(&app, visitor.shell, String::new(), next, Errors::default())
}

async fn sign_in(_: SameSite, visitor: Visitor, State(app): State<App>, Known(device): Known, fields: Fields) -> Page {
    let (email, next) = (fields.text("email"), fields.text("next"));
    let body = SignInBody { email: email.clone(), password: fields.raw("password") };
    let Asking { caller, session } = visitor.asking;
    match service::sign_in::sign_in(&app, caller, (session, device), Input::of(body)).await {
        Ok(sign_in::Begun::Session(written)) => Ok(begun(&app, &written, local(&next))),
        Ok(sign_in::Begun::Step { token, .. }) => {
            let mut response = Redirect::to(&format!("/sign-in/second-factor?next={}", encode(&next))).into_response();
            response.headers_mut().append(header::SET_COOKIE, Cookie::Step.set(&app.config, &token));
            Ok(response)
        }
        Err(problem) => sign_in_page(&app, visitor.shell, email, next, Errors::of_problem(problem)?),
    }
}

async fn sign_out(asking: Asking, State(app): State<App>) -> Page {
    if asking.session.is_some() {
        service::sign_in::sign_out(&app, asking.caller, asking.session).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    response.headers_mut().insert(header::SET_COOKIE, Cookie::Session.clear(&app.config));
    Ok(response)
}

/// A preset to choose: key, name, what it is.
pub struct PresetChoice {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// What it brings: label and value.
    pub facts: Vec<(String, String)>,
}

/// The presets to choose among.
pub fn preset_choices(shell: &Shell) -> Vec<PresetChoice> {
    let describe = |preset: &Preset| {
        let key = preset.key.clone();
        let roles: Vec<&str> = preset.roles.iter().map(|role| role.name.as_str()).collect();
        let yes = |yes| shell.t(if yes { "yes" } else { "no" });
        let facts = vec![
            (shell.t("preset-fact-roles"), roles.join(", ")),
            (shell.t("preset-fact-owner"), yes(preset.owner == Ownership::One)),
            (shell.t("preset-fact-bot-owner"), yes(preset.bot_owner == Ownership::One)),
            (shell.t("preset-fact-peers"), yes(preset.manage_peers)),
            (shell.t("preset-fact-default"), preset.default_invitation_role.clone().unwrap_or_else(|| "–".to_owned())),
        ];
        let (name, about) = (shell.t(format!("preset-{key}")), shell.t(format!("preset-{key}-about")));
        PresetChoice { key, name, about, facts }
    };
    Preset::all().iter().map(describe).collect()
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    token: String,
    organization: String,
    preset: String,
    presets: Vec<PresetChoice>,
    name: String,
    email: String,
    errors: Errors,
}

fn setup_page(shell: Shell, token: String, fields: &Fields, errors: Errors) -> Page {
    let status = status_of(&errors, &["organization.name", "organization.preset", "user.name", "email", "password"]);
    let page = SetupPage {
        token,
        organization: fields.text("organization"),
        preset: fields.given("preset").unwrap_or_else(|| "workspace".to_owned()),
        presets: preset_choices(&shell),
        name: fields.text("name"),
        email: fields.text("email"),
        errors,
        shell: shell.titled("setup-title").about("setup-purpose"),
    };
    render_with(status, &page.shell, &page)
}

async fn show_setup(visitor: Visitor, State(app): State<App>, Query(Token { token }): Query<Token>) -> Page {
    if !service::setup::is_setup_token(&app, &visitor.asking.caller, &token).await? {
        return Err(service::setup::over());
    }
    setup_page(visitor.shell, token, &Fields::default(), Errors::default())
}

async fn set_up(_: SameSite, visitor: Visitor, State(app): State<App>, fields: Fields) -> Page {
    let body = SetupBody {
        token: fields.text("token"),
        organization: NewOrganizationBody { name: fields.text("organization"), preset: fields.text("preset") },
        user: FounderBody { name: fields.text("name"), email: fields.text("email"), password: fields.raw("password") },
    };
    match service::setup::set_up(&app, visitor.asking.caller, Input::of(body)).await {
        Ok(written) => Ok(begun(&app, &written, "/")),
        Err(problem) => setup_page(visitor.shell, fields.text("token"), &fields, Errors::of_problem(problem)?),
    }
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    shell: Shell,
    token: String,
    card: InvitationCardView,
    name: String,
    errors: Errors,
    sign_in: String,
}

fn invitation_page(shell: Shell, token: String, card: InvitationCardView, name: String, errors: Errors) -> Page {
    let status = status_of(&errors, &["name", "password"]);
    let title = shell.with("invitation-title", "organization", &card.organization);
    let sign_in = format!("/sign-in?switch=1&next={}", encode(&format!("/invitations/{token}")));
    let page = InvitationPage { shell: shell.named(title), token, card, name, errors, sign_in };
    render_with(status, &page.shell, &page)
}

async fn show_invitation(visitor: Visitor, State(app): State<App>, Path(token): Path<String>) -> Page {
    let card = service::invitation::find_invitation_card(&app, visitor.asking.caller, &token).await?;
    let name = card.name.clone().unwrap_or_default();
    invitation_page(visitor.shell, token, card, name, Errors::default())
}

async fn accept_invitation(
    _: SameSite,
    visitor: Visitor,
    State(app): State<App>,
    Path(token): Path<String>,
    fields: Fields,
) -> Page {
    let caller = visitor.asking.caller;
    let name = fields.text("name");
    let body = AcceptanceBody { name: fields.given("name"), password: Some(fields.raw("password")) };
    let accepted = service::invitation::accept_invitation(&app, caller.clone(), &token, Input::of(body)).await;
    match accepted {
        Ok(written) => Ok(begun(&app, &written, "/")),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let card = service::invitation::find_invitation_card(&app, caller, &token).await?;
            invitation_page(visitor.shell, token, card, name, errors)
        }
    }
}

#[derive(Template)]
#[template(path = "recover.html")]
struct RecoverPage {
    shell: Shell,
    token: String,
    errors: Errors,
}

fn recover_page(shell: Shell, token: String, errors: Errors) -> Page {
    let status = status_of(&errors, &["password"]);
    let page = RecoverPage { shell: shell.titled("recover-title").about("recover-purpose"), token, errors };
    render_with(status, &page.shell, &page)
}

async fn show_recovery(visitor: Visitor, State(app): State<App>, Query(Token { token }): Query<Token>) -> Page {
    match service::recover::find_recovery(&app, &visitor.asking.caller, &token).await {
        Ok(_) => recover_page(visitor.shell, token, Errors::default()),
        Err(problem) if problem.kind == Kind::NotFound => lost_page(&app, visitor.shell, Lost::LinkOver),
        Err(problem) => Err(problem),
    }
}

async fn recover(_: SameSite, visitor: Visitor, State(app): State<App>, fields: Fields) -> Page {
    let token = fields.text("token");
    let body = RecoveryBody { token: token.clone(), password: fields.raw("password") };
    match service::recover::recover(&app, visitor.asking.caller, Input::of(body)).await {
        Ok(redeemed) => {
            let mut response = done("/sign-in", &visitor.shell.t("recover-done"));
            response.headers_mut().append(header::SET_COOKIE, Cookie::Device.set(&app.config, &redeemed.value));
            Ok(response)
        }
        Err(problem) if problem.kind == Kind::NotFound => lost_page(&app, visitor.shell, Lost::LinkOver),
        Err(problem) => recover_page(visitor.shell, token, Errors::of_problem(problem)?),
    }
}

/// Where somebody stands who has lost their password.
enum Lost {
    /// They are to say their address.
    Asks(String, Errors),
    /// They came by a link that is not good any more.
    LinkOver,
    /// A mail is on its way, if there is an account.
    Mailed(String),
}

#[derive(Template)]
#[template(path = "forgot.html")]
struct ForgotPage {
    shell: Shell,
    lost: Lost,
    mails: bool,
}

fn lost_page(app: &App, shell: Shell, lost: Lost) -> Page {
    let (title, status) = match &lost {
        Lost::Asks(_, errors) => ("forgot-title", status_of(errors, &["email"])),
        Lost::LinkOver => ("forgot-over-title", StatusCode::NOT_FOUND),
        Lost::Mailed(_) => ("forgot-mailed-title", StatusCode::OK),
    };
    let page = ForgotPage { shell: shell.titled(title), lost, mails: mail::is_kept(app) };
    render_with(status, &page.shell, &page)
}

async fn show_forgot(visitor: Visitor, State(app): State<App>) -> Page {
    lost_page(&app, visitor.shell, Lost::Asks(String::new(), Errors::default()))
}

async fn ask_recovery(_: SameSite, visitor: Visitor, State(app): State<App>, fields: Fields) -> Page {
    let email = fields.text("email");
    let body = LostBody { email: email.clone() };
    let lost = match service::recover::ask_recovery(&app, visitor.asking.caller, Input::of(body)).await {
        Ok(()) => Lost::Mailed(email),
        Err(problem) => Lost::Asks(email, Errors::of_problem(problem)?),
    };
    lost_page(&app, visitor.shell, lost)
}
