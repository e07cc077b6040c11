//! The way from a guarded host to the sign-in page and back to it.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use serde::Deserialize;

use crate::console::page::{Page, Visitor, encode, render};
use crate::console::shell::Shell;
use crate::problem::Problem;
use crate::service;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/sign-in/forward", get(lead_on))
}

#[derive(Deserialize)]
struct Way {
    to: String,
    challenge: String,
}

#[derive(Template)]
#[template(path = "forward-onward.html")]
struct OnwardPage {
    shell: Shell,
    url: String,
}

/// Whoever is signed in is led back with a code; whoever is not signs in first. It is a page and no redirect, for the form
/// to sign in with may lead to no other site.
async fn lead_on(visitor: Visitor, State(app): State<App>, Query(way): Query<Way>) -> Page {
    let Some(session) = visitor.asking.session else {
        return Ok(Redirect::to(&format!("/sign-in?next={}", encode(&visitor.shell.path))).into_response());
    };
    let to = (way.to.as_str(), way.challenge.as_str());
    let (host, url) = service::forward::begin(&app, visitor.asking.caller, &session, to).await?;
    let refresh = HeaderValue::from_str(&format!("0; url={url}")).map_err(|error| Problem::internal(&error))?;
    let shell = visitor.shell;
    let title = shell.with("forward-onward-title", "host", &host);
    let page = OnwardPage { shell: shell.named(title), url };
    let mut response = render(&page.shell, &page)?;
    response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
    Ok(response)
}
