//! Asking for access where a page was refused, and answering those who ask.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use uuid::Uuid;

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, render};
use crate::console::shell::Shell;
use crate::console::{term, words};
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::request::{
    AccessRequestView, AccessRequestsView, AskAccessBody, DeclineAccessBody, GrantAccessBody,
};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/requests", get(show_requests).post(ask))
        .route("/{org}/requests/{request}/grant", post(grant))
        .route("/{org}/requests/{request}/decline", post(decline))
        .route("/{org}/requests/{request}/withdraw", post(withdraw))
}

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    shell: Shell,
    requests: AccessRequestsView,
}

impl RequestsPage {
    fn what(&self, request: &AccessRequestView) -> String {
        words::permission(self.shell.text, &request.model, &request.action)
    }
}

async fn show_requests(inside: Inside, State(app): State<App>) -> Page {
    let requests = service::request::list_requests(&app, inside.caller, inside.id).await?;
    let shell =
        inside.shell.titled("requests-title").about("requests-purpose").within("requests", "Team UserPermission");
    let page = RequestsPage { shell, requests };
    render(&page.shell, &page)
}

/// Asks; back to where the refusal was read is of no use, so to the requests.
async fn ask(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let body = AskAccessBody {
        model: fields.text("model"),
        action: fields.text("action"),
        bot_id: fields.text("bot").parse().ok(),
        reason: fields.text("reason"),
    };
    let asked = service::request::ask_access(&app, inside.caller, inside.id, Input::of(body)).await;
    let back = inside.shell.here("/requests");
    acted(asked, &back, &inside.shell.t("request-asked"), &back)
}

fn id(inside: &Inside, request: &str) -> Result<(rolecall_access::OrganizationId, Uuid), Problem> {
    Ok((inside.id, request.parse().map_err(|_| Problem::not_found())?))
}

async fn grant(
    inside: Inside,
    State(app): State<App>,
    Path((_, request)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &request)?;
    let back = inside.shell.here("/requests");
    let granted = match term::end(&inside.shell, &fields, "until", None) {
        Ok(expires_at) => {
            service::request::grant_access(&app, inside.caller, id, Input::of(GrantAccessBody { expires_at })).await
        }
        Err(problem) => Err(problem),
    };
    acted(granted, &back, &inside.shell.t("request-granted"), &back)
}

async fn decline(
    inside: Inside,
    State(app): State<App>,
    Path((_, request)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &request)?;
    let body = Input::of(DeclineAccessBody { reason: fields.text("answer") });
    let declined = service::request::decline_access(&app, inside.caller, id, body).await;
    let back = inside.shell.here("/requests");
    acted(declined, &back, &inside.shell.t("request-declined"), &back)
}

async fn withdraw(inside: Inside, State(app): State<App>, Path((_, request)): Path<(String, String)>) -> Page {
    let id = id(&inside, &request)?;
    let gone = service::request::withdraw_access(&app, inside.caller, id).await;
    let back = inside.shell.here("/requests");
    acted(gone, &back, &inside.shell.t("request-withdrawn"), &back)
}
