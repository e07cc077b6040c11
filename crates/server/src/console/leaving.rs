//! Removing, suspending and leaving: what hangs on a person and who takes it over; what can be undone.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use rolecall_access::UserId;
use uuid::Uuid;

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, done, render};
use crate::console::preview;
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::leaving::{DepartureView, LeavingBody, LeavingView, SuccessorBody};
use crate::service::member::UserView;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/users/removed", get(show_removed))
        .route("/{org}/users/removed/{departure}/undo", post(undo))
        .route("/{org}/users/{user}/remove", get(confirm_removal).post(remove))
        .route("/{org}/users/{user}/suspend", get(confirm_suspension).post(suspend))
}

#[derive(Template)]
#[template(path = "leaving.html")]
struct LeavingPage {
    shell: Shell,
    user: UserView,
    what: String,
    button: String,
    action: String,
    removes: bool,
    takes_invitations: bool,
    own: bool,
    leaving: LeavingView,
}

async fn confirm(inside: Inside, app: &App, user: &str, removes: bool) -> Page {
    let id = (inside.id, UserId(user.parse().map_err(|_| Problem::not_found())?));
    let leaving = service::leaving::find_leaving(app, inside.caller.clone(), id).await?;
    let member = service::member::find_user(app, inside.caller, id).await?;
    let shell = inside.shell;
    let own = shell.me.as_ref().is_some_and(|me| me.id == member.id);
    let organization = shell.organization.as_ref().map(|organization| organization.name.clone()).unwrap_or_default();
    let [title, what, button] = match (removes, own) {
        (true, true) => ["user-leave-title", "user-leave-what", "user-leave-button"],
        (true, false) => ["user-remove-title", "user-remove-what", "user-remove-button"],
        (false, _) => ["user-suspend-title", "user-suspend-what", "user-suspend"],
    };
    let path = shell.here(&format!("/users/{}", member.id));
    let page = LeavingPage {
        what: shell.text.with_all(what, &[("name", &member.name), ("organization", &organization)]),
        button: shell.t(button),
        action: format!("{path}/{}", if removes { "remove" } else { "suspend" }),
        removes,
        takes_invitations: !own && shell.may("Invitation", "create"),
        own,
        shell: shell.titled(title).within("users", "").below(member.name.clone(), path),
        user: member,
        leaving,
    };
    render(&page.shell, &page)
}

async fn confirm_removal(inside: Inside, State(app): State<App>, Path((_, user)): Path<(String, String)>) -> Page {
    confirm(inside, &app, &user, true).await
}

async fn confirm_suspension(inside: Inside, State(app): State<App>, Path((_, user)): Path<(String, String)>) -> Page {
    confirm(inside, &app, &user, false).await
}

async fn act(inside: Inside, app: &App, user: &str, removes: bool, fields: &Fields) -> Page {
    let id = (inside.id, UserId(user.parse().map_err(|_| Problem::not_found())?));
    let successor = |bot_id: Uuid| {
        let user_id = fields.text(&format!("successor-{bot_id}")).parse().ok()?;
        Some(SuccessorBody { bot_id, user_id })
    };
    let action = if removes { "remove" } else { "suspend" };
    let body = LeavingBody {
        action: action.to_owned(),
        successors: fields.ids("bot_ids").into_iter().filter_map(successor).collect(),
        take_invitations: fields.given("take_invitations").is_some(),
        take_keys: fields.given("take_keys").is_some(),
    };
    let own = inside.shell.me.as_ref().is_some_and(|me| me.id == id.1.0);
    let (caller, slot) = preview::caller(&inside, fields);
    let result = service::leaving::leave(app, caller, id, fields.version(), Input::of(body)).await;
    let shell = inside.shell;
    let user = shell.here(&format!("/users/{user}"));
    let here = format!("{user}/{action}");
    if let Some(slot) = slot {
        return preview::show(shell, &slot, result.err(), (here.clone(), here, fields));
    }
    let (path, text) = match (removes, own) {
        (true, true) => ("/".to_owned(), "user-removed"),
        (true, false) => (shell.here("/users"), "user-removed"),
        (false, _) => (user, "saved"),
    };
    acted(result, &path, &shell.t(text), &here)
}

async fn remove(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    act(inside, &app, &user, true, &fields).await
}

async fn suspend(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    act(inside, &app, &user, false, &fields).await
}

#[derive(Template)]
#[template(path = "users-removed.html")]
struct RemovedPage {
    shell: Shell,
    departures: Vec<DepartureView>,
}

async fn show_removed(inside: Inside, State(app): State<App>) -> Page {
    let departures = service::leaving::list_departures(&app, inside.caller, inside.id).await?.items;
    let (users, back) = (inside.shell.t("users-title"), inside.shell.here("/users"));
    let shell =
        inside.shell.titled("removed-title").about("removed-purpose").within("users", "User").below(users, back);
    let page = RemovedPage { shell, departures };
    render(&page.shell, &page)
}

async fn undo(inside: Inside, State(app): State<App>, Path((_, departure)): Path<(String, String)>) -> Page {
    let id: Uuid = departure.parse().map_err(|_| Problem::not_found())?;
    let back = inside.shell.here("/users/removed");
    match service::leaving::undo_departure(&app, inside.caller, (inside.id, id)).await {
        Ok(restored) => {
            let restored = restored.value;
            let path = inside.shell.here(&format!("/users/{}", restored.user.id));
            let text = if restored.left_out.is_empty() {
                inside.shell.with("removed-undone", "name", restored.user.name)
            } else {
                inside.shell.with("removed-undone-partly", "what", restored.left_out.join(", "))
            };
            Ok(done(&path, &text))
        }
        Err(problem) => acted(Err::<(), _>(problem), &back, "", &back),
    }
}
