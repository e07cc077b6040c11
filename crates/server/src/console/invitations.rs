//! Invitations: who is invited, inviting, sending again, revoking (A-5, A-7, T-19).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_store::resource::InvitationId;
use uuid::Uuid;

use crate::console::form::{Errors, Fields, is_mendable};
use crate::console::page::{Inside, Page, acted, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::{ListState, sent};
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service::invitation::{InvitationView, NewInvitationBody};
use crate::service::{self, ListView, Named};
use crate::state::App;

/// The most addresses of one form.
const MOST: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/invitations", get(list_invitations).post(create_invitation))
        .route("/{org}/invitations/new", get(new_invitation))
        .route("/{org}/invitations/{id}/resend", post(resend_invitation))
        .route("/{org}/invitations/{id}/revoke", post(revoke_invitation))
}

#[derive(Template)]
#[template(path = "invitations.html")]
struct InvitationsPage {
    shell: Shell,
    list: ListState,
    status: String,
    invitations: ListView<InvitationView>,
}

impl InvitationsPage {
    const STATES: [&'static str; 4] = ["pending", "accepted", "expired", "revoked"];

    fn states(&self) -> [&'static str; 4] {
        Self::STATES
    }
}

async fn list_invitations(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let status = list.filter("status");
    let found = service::invitation::list_invitations(&app, inside.caller, inside.id, list.list(), Ok(status.clone()));
    let invitations = found.await?;
    let shell =
        inside.shell.titled("invitations-title").about("invitations-purpose").within("invitations", "Invitation User");
    let page = InvitationsPage { shell, list, status: status.unwrap_or_default(), invitations };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "invitation-new.html")]
struct NewInvitationPage {
    shell: Shell,
    email: String,
    roles: Vec<(Named, bool)>,
    bots: Vec<(Named, bool)>,
    errors: Errors,
}

async fn new_page(app: &App, inside: Inside, fields: Option<&Fields>, errors: Errors, status: StatusCode) -> Page {
    let assigns = inside.shell.may("RoleAssignment", "create");
    let roles = service::organization::role_choices(app, inside.caller.clone(), inside.id).await?;
    let default = service::organization::find_default_role(app, inside.caller.clone(), inside.id).await?;
    let chosen = match fields {
        Some(fields) => fields.ids("role_ids"),
        None => default.into_iter().collect(),
    };
    let list = rolecall_store::resource::List { limit: 200, cursor: None, q: None, sort: None };
    let bots = service::bot::list_bots(app, inside.caller, inside.id, Ok(list)).await?;
    let chosen_bots = fields.map(|fields| fields.ids("bot_ids")).unwrap_or_default();
    let puts = |can: &[String]| can.iter().any(|can| can == "Team:create" || can == "Team:update");
    let bots = bots.items.into_iter().filter(|bot| puts(&bot.can));
    let shell = inside.shell;
    let (invitations, back) = (shell.t("invitations-title"), shell.here("/invitations"));
    let page = NewInvitationPage {
        email: fields.map(|fields| fields.text("email")).unwrap_or_default(),
        // Whoever may not assign roles promises the least one.
        roles: roles
            .into_iter()
            .filter(|role| assigns || Some(role.id) == default)
            .map(|role| (role.clone(), chosen.contains(&role.id)))
            .collect(),
        bots: bots.map(|bot| (Named { id: bot.id, name: bot.name }, chosen_bots.contains(&bot.id))).collect(),
        errors,
        shell: shell
            .titled("invitation-new-title")
            .about("invitation-new-purpose")
            .within("invitations", "")
            .below(invitations, back),
    };
    render_with(status, &page.shell, &page)
}

async fn new_invitation(inside: Inside, State(app): State<App>) -> Page {
    service::invitation::may_create_invitation(&app, inside.caller.clone(), inside.id).await?;
    new_page(&app, inside, None, Errors::default(), StatusCode::OK).await
}

/// What became of one address.
struct Sent {
    email: String,
    link: Option<String>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "invitations-sent.html")]
struct SentPage {
    shell: Shell,
    sent: Vec<Sent>,
}

/// Invites each address typed, one by one: an answer for each, and those that failed keep nobody else waiting.
async fn create_invitation(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let typed = fields.text("email");
    let separate = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';');
    let mut emails: Vec<&str> = typed.split(separate).filter(|email| !email.is_empty()).collect();
    emails.dedup();
    if emails.len() > MOST {
        let errors = Errors::of_problem(Problem::new(Kind::WrongState, inside.shell.t("invitation-too-many")))?;
        return new_page(&app, inside, Some(&fields), errors, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let body = |email: &str| NewInvitationBody {
        email: email.to_owned(),
        role_ids: fields.ids("role_ids"),
        bot_ids: fields.ids("bot_ids"),
    };
    let [_, _, ..] = emails.as_slice() else {
        let email = emails.first().copied().unwrap_or_default();
        let made =
            service::invitation::create_invitation(&app, inside.caller.clone(), inside.id, Input::of(body(email)));
        return match made.await {
            Ok(made) => sent(inside.shell, made.value.email, made.value.link, "/invitations"),
            Err(problem) => {
                let errors = Errors::of_problem(problem)?;
                new_page(&app, inside, Some(&fields), errors, StatusCode::UNPROCESSABLE_ENTITY).await
            }
        };
    };
    let mut answers = Vec::new();
    for email in emails {
        let made =
            service::invitation::create_invitation(&app, inside.caller.clone(), inside.id, Input::of(body(email)))
                .await;
        answers.push(match made {
            Ok(made) => Sent { email: made.value.email, link: made.value.link, problem: None },
            Err(problem) if is_mendable(problem.kind) => {
                Sent { email: email.to_owned(), link: None, problem: Some(problem.detail) }
            }
            Err(problem) => return Err(problem),
        });
    }
    let (invitations, back) = (inside.shell.t("invitations-title"), inside.shell.here("/invitations"));
    let shell = inside.shell.titled("invitations-sent-title").within("invitations", "").below(invitations, back);
    let page = SentPage { shell, sent: answers };
    render(&page.shell, &page)
}

fn invitation(text: &str) -> Result<InvitationId, Problem> {
    text.parse::<Uuid>().map(InvitationId).map_err(|_| Problem::not_found())
}

async fn resend_invitation(inside: Inside, State(app): State<App>, Path((_, id)): Path<(String, String)>) -> Page {
    let id = (inside.id, invitation(&id)?);
    match service::invitation::resend_invitation(&app, inside.caller.clone(), id).await {
        Ok(again) => sent(inside.shell, again.value.email, again.value.link, "/invitations"),
        Err(problem) => {
            let back = inside.shell.here("/invitations");
            acted(Err::<(), _>(problem), &back, "", &back)
        }
    }
}

async fn revoke_invitation(inside: Inside, State(app): State<App>, Path((_, id)): Path<(String, String)>) -> Page {
    let id = (inside.id, invitation(&id)?);
    let back = inside.shell.here("/invitations");
    let result = service::invitation::revoke_invitation(&app, inside.caller, id).await;
    acted(result, &back, &inside.shell.t("invitation-revoked"), &back)
}
