//! The demo's mailbox: every mail that would have been sent.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse as _};
use axum::routing::get;
use axum::{Json, Router};
use uuid::Uuid;

use crate::console::page::{Page, Visitor, render};
use crate::console::shell::Shell;
use crate::problem::Problem;
use crate::service;
use crate::service::mailbox::MailView;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/demo/mail", get(list_mails)).route("/demo/mail/{id}", get(show_mail))
}

#[derive(Template)]
#[template(path = "demo-mail.html")]
struct MailPage {
    shell: Shell,
    mails: Vec<MailView>,
}

async fn list_mails(visitor: Visitor, State(app): State<App>, headers: HeaderMap) -> Page {
    let mails = service::mailbox::list_mails(&app).await?;
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !wants.contains("text/html") {
        return Ok(Json(service::ListView { items: mails, next_cursor: None }).into_response());
    }
    let shell = visitor.shell.titled("mailbox-title").about("mailbox-purpose");
    let page = MailPage { shell, mails };
    render(&page.shell, &page)
}

/// The HTML part as the mail program would show it.
async fn show_mail(State(app): State<App>, Path(id): Path<Uuid>) -> Page {
    let mails = service::mailbox::list_mails(&app).await?;
    let mail = mails.into_iter().find(|mail| mail.id == id).ok_or_else(Problem::not_found)?;
    Ok(Html(mail.html).into_response())
}
