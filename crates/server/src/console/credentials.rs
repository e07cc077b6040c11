//! The profile's Authentication section (P-14): password, two-factor sign-in, backup codes, sessions.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};
use uuid::Uuid;

use crate::auth::asking::Asking;
use crate::auth::passkey;
use crate::console::account::{Section, sections};
use crate::console::audit_filter::action_words;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, SignedIn, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::step::{confirm_first, or_confirm, renewed};
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::activity::ActivityView;
use crate::service::passkey::{PasskeyNameBody, PasskeyView};
use crate::service::second_factor::{DraftView, SecondFactorView};
use crate::service::sessions::{PasswordBody, SessionView};
use crate::service::sign_in::CodeBody;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route(AUTHENTICATION, get(show))
        .route(PASSWORD, get(show_password).post(set_password))
        .route("/profile/two-factor/begin", post(begin))
        .route(TWO_FACTOR, get(show_draft).post(confirm_draft))
        .route(OFF, get(show_off).post(switch_off))
        .route("/profile/passkeys/{passkey}", post(rename_passkey))
        .route("/profile/passkeys/{passkey}/remove", get(show_removal).post(remove_passkey))
        .route(CODES, get(show_codes).post(make_codes))
        .route("/profile/sessions/others/end", post(end_others))
        .route("/profile/sessions/{session}/end", post(end_one))
}

/// The section itself.
pub const AUTHENTICATION: &str = "/profile/authentication";
const PASSWORD: &str = "/profile/password";
const TWO_FACTOR: &str = "/profile/two-factor";
const OFF: &str = "/profile/two-factor/off";
const CODES: &str = "/profile/backup-codes";

/// The frame of a page of the section.
fn framed(shell: Shell, title: &str) -> Shell {
    let (profile, section) = (shell.t("profile-title"), shell.t("profile-authentication"));
    shell.titled(title).below(profile, "/profile").below(section, AUTHENTICATION)
}

#[derive(Template)]
#[template(path = "authentication.html")]
struct AuthenticationPage {
    shell: Shell,
    sections: Vec<Section>,
    factor: SecondFactorView,
    passkeys: Vec<PasskeyView>,
    possible: bool,
    sessions: Vec<SessionView>,
    activity: Vec<ActivityView>,
}

impl AuthenticationPage {
    /// What happened, in words.
    fn happened(&self, event: &ActivityView) -> String {
        let t = self.shell.text;
        let failed = if event.outcome == "failed" { "failed-" } else { "" };
        t.find(&format!("activity-{failed}{}", event.action.replace('_', "-")))
            .unwrap_or_else(|| action_words(t, &event.action))
    }

    fn codes_left(&self) -> String {
        self.shell.count("codes-left", usize::try_from(self.factor.backup_codes.left).unwrap_or(usize::MAX))
    }
}

async fn show(signed_in: SignedIn, asking: Asking, State(app): State<App>) -> Page {
    let factor = service::second_factor::find_second_factor(&app, signed_in.caller.clone()).await?;
    let passkeys = service::passkey::list_passkeys(&app, signed_in.caller.clone()).await?.items;
    let sessions = service::sessions::list_sessions(&app, signed_in.caller.clone(), asking.session).await?.items;
    let activity = service::activity::list_activity(&app, signed_in.caller).await?.items;
    let shell = signed_in.shell.titled("profile-title");
    let (sections, possible) = (sections(&shell, AUTHENTICATION), passkey::are_possible(&app));
    let page = AuthenticationPage { sections, shell, factor, passkeys, possible, sessions, activity };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    shell: Shell,
    errors: Errors,
    beside: bool,
}

impl PasswordPage {
    fn help(&self) -> String {
        self.shell.t(if self.beside { "field-new-password-beside" } else { "field-new-password-help" })
    }
}

async fn password_page(app: &App, signed_in: SignedIn, status: StatusCode, errors: Errors) -> Page {
    let beside = service::second_factor::find_second_factor(app, signed_in.caller).await?.on;
    let shell = framed(signed_in.shell, "password-title").about("password-purpose");
    let page = PasswordPage { shell, errors, beside };
    render_with(status, &page.shell, &page)
}

async fn show_password(signed_in: SignedIn, State(app): State<App>) -> Page {
    password_page(&app, signed_in, StatusCode::OK, Errors::default()).await
}

async fn set_password(signed_in: SignedIn, asking: Asking, State(app): State<App>, fields: Fields) -> Page {
    let body = PasswordBody { current: fields.raw("current"), password: fields.raw("password") };
    match service::sessions::set_password(&app, asking.caller, asking.session, Input::of(body)).await {
        Ok(set) => Ok(renewed(&app, done(AUTHENTICATION, &signed_in.shell.t("password-set")), &set.value)),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            password_page(&app, signed_in, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}

async fn begin(signed_in: SignedIn, State(app): State<App>) -> Page {
    match service::second_factor::begin_authenticator(&app, signed_in.caller).await {
        Ok(_) => Ok(Redirect::to(TWO_FACTOR).into_response()),
        Err(problem) => or_confirm(problem, AUTHENTICATION),
    }
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct DraftPage {
    shell: Shell,
    draft: DraftView,
    errors: Errors,
}

impl DraftPage {
    /// The secret in groups, for typing.
    fn groups(&self) -> String {
        let letters: Vec<char> = self.draft.secret.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

fn draft_page(shell: Shell, draft: DraftView, errors: Errors) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = DraftPage { shell: framed(shell, "authenticator-title"), draft, errors };
    render_with(status, &page.shell, &page)
}

async fn show_draft(signed_in: SignedIn, State(app): State<App>) -> Page {
    match service::second_factor::find_authenticator_draft(&app, signed_in.caller).await {
        Ok(draft) => draft_page(signed_in.shell, draft, Errors::default()),
        Err(problem) if problem.kind == Kind::WrongState => Ok(Redirect::to(AUTHENTICATION).into_response()),
        Err(problem) => or_confirm(problem, TWO_FACTOR),
    }
}

async fn confirm_draft(signed_in: SignedIn, asking: Asking, State(app): State<App>, fields: Fields) -> Page {
    let body = CodeBody { code: fields.text("code") };
    let caller = signed_in.caller.clone();
    match service::second_factor::confirm_authenticator(&app, asking.caller, asking.session, Input::of(body)).await {
        Ok(changed) if changed.value.codes.codes.is_empty() => {
            let response = done(AUTHENTICATION, &signed_in.shell.t("authenticator-on"));
            Ok(renewed(&app, response, &changed.value.token))
        }
        Ok(changed) => {
            let page = codes_page(signed_in.shell, changed.value.codes.codes)?;
            Ok(renewed(&app, page, &changed.value.token))
        }
        Err(problem) if problem.kind == Kind::FreshSignIn => or_confirm(problem, TWO_FACTOR),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let draft = service::second_factor::find_authenticator_draft(&app, caller).await?;
            draft_page(signed_in.shell, draft, errors)
        }
    }
}

#[derive(Template)]
#[template(path = "backup-codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
    me: String,
}

fn codes_page(shell: Shell, codes: Vec<String>) -> Page {
    let me = shell.me.as_ref().map(|me| me.email.clone()).unwrap_or_default();
    let page = CodesPage { shell: framed(shell, "codes-title").about("codes-purpose"), codes, me };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "factor-change.html")]
struct ChangePage {
    shell: Shell,
    what: String,
    button: String,
    action: String,
    danger: bool,
}

fn change_page(shell: Shell, [title, what, button]: [&str; 3], action: impl Into<String>, danger: bool) -> Page {
    let (what, button) = (shell.t(what), shell.t(button));
    let page = ChangePage { shell: framed(shell, title), what, button, action: action.into(), danger };
    render(&page.shell, &page)
}

async fn show_off(signed_in: SignedIn) -> Page {
    match confirm_first(&signed_in.caller, OFF) {
        Some(first) => Ok(first),
        None => change_page(signed_in.shell, ["factor-off-title", "factor-off-what", "factor-off-button"], OFF, true),
    }
}

async fn switch_off(signed_in: SignedIn, State(app): State<App>) -> Page {
    let gone = service::second_factor::remove_authenticator(&app, signed_in.caller).await;
    after(&signed_in.shell, gone, "factor-off-done", OFF)
}

fn after<T>(shell: &Shell, result: Result<T, Problem>, text: &str, next: &str) -> Page {
    acted(result, AUTHENTICATION, &shell.t(text), AUTHENTICATION).or_else(|problem| or_confirm(problem, next))
}

async fn show_codes(signed_in: SignedIn) -> Page {
    match confirm_first(&signed_in.caller, CODES) {
        Some(first) => Ok(first),
        None => change_page(signed_in.shell, ["codes-new-title", "codes-new-what", "codes-new-button"], CODES, false),
    }
}

async fn make_codes(signed_in: SignedIn, State(app): State<App>) -> Page {
    match service::second_factor::make_backup_codes(&app, signed_in.caller).await {
        Ok(made) => codes_page(signed_in.shell, made.value.codes),
        problem => after(&signed_in.shell, problem, "saved", CODES),
    }
}

async fn end_others(signed_in: SignedIn, asking: Asking, State(app): State<App>) -> Page {
    let ended = service::sessions::end_other_sessions(&app, signed_in.caller, asking.session).await;
    after(&signed_in.shell, ended, "sessions-others-ended", AUTHENTICATION)
}

async fn end_one(signed_in: SignedIn, State(app): State<App>, Path(session): Path<String>) -> Page {
    let id: Uuid = session.parse().map_err(|_| Problem::not_found())?;
    let ended = service::sessions::end_session(&app, signed_in.caller, id).await;
    after(&signed_in.shell, ended, "session-ended", AUTHENTICATION)
}

fn passkey_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn rename_passkey(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>, fields: Fields) -> Page {
    let body = PasskeyNameBody { name: fields.text("name") };
    let renamed = service::passkey::rename_passkey(&app, signed_in.caller, passkey_id(&id)?, Input::of(body)).await;
    after(&signed_in.shell, renamed, "saved", AUTHENTICATION)
}

async fn show_removal(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let (id, action) = (passkey_id(&id)?, format!("/profile/passkeys/{id}/remove"));
    let list = service::passkey::list_passkeys(&app, signed_in.caller.clone()).await?;
    if !list.items.iter().any(|one| one.id == id) {
        return Err(Problem::not_found());
    }
    match confirm_first(&signed_in.caller, &action) {
        Some(first) => Ok(first),
        None => {
            let texts = ["passkey-remove-title", "passkey-remove-what", "passkey-remove-button"];
            change_page(signed_in.shell, texts, action, true)
        }
    }
}

async fn remove_passkey(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let next = format!("/profile/passkeys/{id}/remove");
    let gone = service::passkey::remove_passkey(&app, signed_in.caller, passkey_id(&id)?).await;
    after(&signed_in.shell, gone, "passkey-removed", &next)
}
