//! Proving who one is: the second step of signing in, and the fresh sign-in before what could take an account over.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use rolecall_store::Caller;
use serde::Deserialize;

use crate::auth::asking::{Asking, StepToken};
use crate::auth::cookie::Cookie;
use crate::auth::fresh;
use crate::auth::origin::SameSite;
use crate::console::entry::{begun, status_of};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, SignedIn, Visitor, encode, local, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::sign_in::{CodeBody, ConfirmationBody};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in/second-factor", get(show_step).post(second_factor))
        .route("/confirm", get(show_confirmation).post(confirm))
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "second-factor.html")]
struct StepPage {
    shell: Shell,
    next: String,
    errors: Errors,
    backup_codes: bool,
    passkeys: bool,
}

fn step_page(shell: Shell, next: String, methods: &[&str], errors: Errors) -> Page {
    let status = status_of(&errors, &["code"]);
    let backup_codes = methods.contains(&"backup_code");
    let next = local(&next).to_owned();
    let passkeys = methods.contains(&"passkey");
    let page = StepPage { shell: shell.titled("step-title"), next, errors, backup_codes, passkeys };
    render_with(status, &page.shell, &page)
}

/// Back to the first step.
fn first_step(next: &str) -> Response {
    Redirect::to(&format!("/sign-in?next={}", encode(next))).into_response()
}

async fn show_step(
    visitor: Visitor,
    State(app): State<App>,
    StepToken(token): StepToken,
    Query(Next { next }): Query<Next>,
) -> Page {
    match service::sign_in::find_step(&app, &visitor.asking.caller, &token).await {
        Ok(methods) => step_page(visitor.shell, next, &methods, Errors::default()),
        Err(problem) if problem.kind == Kind::SignInNeeded => Ok(first_step(&next)),
        Err(problem) => Err(problem),
    }
}

async fn second_factor(
    _: SameSite,
    visitor: Visitor,
    State(app): State<App>,
    StepToken(token): StepToken,
    fields: Fields,
) -> Page {
    let next = fields.text("next");
    let Asking { caller, session } = visitor.asking;
    let body = CodeBody { code: fields.text("code") };
    match service::sign_in::second_factor(&app, caller.clone(), (session, &token), Input::of(body)).await {
        Ok(written) => {
            let mut response = begun(&app, &written, local(&next));
            response.headers_mut().append(header::SET_COOKIE, Cookie::Step.clear(&app.config));
            Ok(response)
        }
        Err(problem) if problem.kind == Kind::SignInNeeded => Ok(first_step(&next)),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let methods = service::sign_in::find_step(&app, &caller, &token).await?;
            step_page(visitor.shell, next, &methods, errors)
        }
    }
}

#[derive(Template)]
#[template(path = "confirm-sign-in.html")]
struct ConfirmationPage {
    shell: Shell,
    next: String,
    codes: bool,
    passkeys: bool,
    errors: Errors,
}

async fn confirmation_page(app: &App, signed_in: SignedIn, next: String, errors: Errors) -> Page {
    let factor = service::second_factor::find_second_factor(app, signed_in.caller).await?;
    let (codes, passkeys) = (factor.authenticator_since.is_some(), factor.passkeys > 0);
    let status = status_of(&errors, &["password", "code"]);
    let next = local(&next).to_owned();
    let shell = signed_in.shell.titled("confirm-title").about("confirm-purpose");
    let page = ConfirmationPage { shell, next, codes, passkeys, errors };
    render_with(status, &page.shell, &page)
}

async fn show_confirmation(signed_in: SignedIn, State(app): State<App>, Query(Next { next }): Query<Next>) -> Page {
    confirmation_page(&app, signed_in, next, Errors::default()).await
}

async fn confirm(signed_in: SignedIn, asking: Asking, State(app): State<App>, fields: Fields) -> Page {
    let next = fields.text("next");
    let code = fields.given("code");
    let password = code.is_none().then(|| fields.raw("password"));
    let body = ConfirmationBody { password, code, passkey: None };
    match service::sign_in::confirm_session(&app, asking.caller, asking.session, Input::of(body)).await {
        Ok(token) => Ok(renewed(&app, Redirect::to(local(&next)).into_response(), &token)),
        Err(problem) => confirmation_page(&app, signed_in, next, Errors::of_problem(problem)?).await,
    }
}

/// The response with the session's new token.
pub fn renewed(app: &App, mut response: Response, token: &str) -> Response {
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.set(&app.config, token));
    response
}

/// Where somebody who has to confirm first is led, and then to `next`; none: they have just done so.
pub fn confirm_first(caller: &Caller, next: &str) -> Option<Response> {
    (!fresh::is_fresh(caller)).then(|| to_confirmation(next))
}

/// After an act: if it needs a fresh sign-in, there first and then to `next`.
pub fn or_confirm(problem: Problem, next: &str) -> Page {
    if problem.kind == Kind::FreshSignIn { Ok(to_confirmation(next)) } else { Err(problem) }
}

fn to_confirmation(next: &str) -> Response {
    Redirect::to(&format!("/confirm?next={}", encode(next))).into_response()
}
