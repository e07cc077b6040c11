//! Administration > Single sign-on: the switch, and what it means.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, render};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::service;
use crate::service::single_sign_on::{SingleSignOnBody, SingleSignOnView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/single-sign-on", get(show).post(switch))
}

#[derive(Template)]
#[template(path = "single-sign-on.html")]
struct SingleSignOnPage {
    shell: Shell,
    single_sign_on: SingleSignOnView,
}

async fn show(inside: Inside, State(app): State<App>) -> Page {
    let single_sign_on = service::single_sign_on::find_single_sign_on(&app, inside.caller, inside.id).await?;
    let shell = inside.shell.titled("sso-title").about("sso-purpose").within("single-sign-on", "SingleSignOn");
    let page = SingleSignOnPage { shell, single_sign_on };
    render(&page.shell, &page)
}

async fn switch(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let on = fields.text("on") == "yes";
    let body = Input::of(SingleSignOnBody { on });
    let result = service::single_sign_on::set_single_sign_on(&app, inside.caller, inside.id, body).await;
    let path = inside.shell.here("/single-sign-on");
    acted(result, &path, &inside.shell.t(if on { "sso-switched-on" } else { "sso-switched-off" }), &path)
}
