//! One person: roles, single permissions, bots, status.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::catalogue::Level;
use rolecall_access::{OrganizationId, UserId};
use rolecall_store::PreviewSlot;
use uuid::Uuid;

use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render_with};
use crate::console::shell::Shell;
use crate::console::switches::{self, Choices, Term};
use crate::console::users::{RoleChoice, role_names, role_terms, sent};
use crate::console::{preview, term};
use crate::input::Input;
use crate::mail;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::enable::{EnabledBody, EnabledView};
use crate::service::member::{RoleGrantBody, UserChangeBody, UserPermissionsBody, UserRolesBody, UserView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/users/{user}", get(show_user))
        .route("/{org}/users/{user}/roles", post(set_roles))
        .route("/{org}/users/{user}/permissions", post(set_permissions))
        .route("/{org}/users/{user}/bots", post(set_bots))
        .route("/{org}/users/{user}/status", post(set_status))
        .route("/{org}/users/{user}/resend", post(resend))
        .route("/{org}/users/{user}/recovery", post(start_recovery))
}

/// The ids of the path; a malformed one names nobody.
fn id(inside: &Inside, user: &str) -> Result<(OrganizationId, UserId), Problem> {
    let user: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    Ok((inside.id, UserId(user)))
}

/// A person with what the page may show of them.
#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    shell: Shell,
    user: UserView,
    own: bool,
    mails: bool,
    roles: Vec<RoleChoice>,
    permissions: Option<Choices>,
    terms: Vec<Term>,
    bots: Vec<EnabledView>,
    errors: Errors,
}

impl UserPage {
    fn can(&self, ability: &str) -> bool {
        self.user.can.iter().any(|can| can == ability)
    }

    fn enables(&self) -> bool {
        self.bots.iter().any(|bot| !bot.can.is_empty())
    }

    fn assigns(&self) -> bool {
        self.can("RoleAssignment:create") || self.can("RoleAssignment:delete")
    }
}

async fn page(app: &App, inside: Inside, user: &str, status: StatusCode, errors: Errors) -> Page {
    let id = id(&inside, user)?;
    let user = service::member::find_user(app, inside.caller.clone(), id).await?;
    // Whoever may not choose among roles sees those that are held.
    let choices = service::organization::role_choices(app, inside.caller.clone(), inside.id).await.unwrap_or_default();
    let roles = role_terms(&inside.shell, choices, &user.roles);
    let bots = service::enable::list_enabled(app, inside.caller.clone(), id).await.map(|list| list.items);
    let (permissions, terms) = match service::member::list_user_permissions(app, inside.caller, id).await {
        Ok(list) => {
            let on: Vec<String> = list.items.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
            let terms = switches::terms(&inside.shell, &list.items);
            (Some(switches::choices(&inside.shell, Level::Organization, &on, |_| true)), terms)
        }
        Err(_) => (None, Vec::new()),
    };
    let shell = inside.shell;
    let own = shell.me.as_ref().is_some_and(|me| me.id == user.id);
    let (users, back) = (shell.t("users-title"), shell.here("/users"));
    let mut shell = shell.named(user.name.clone()).within("users", "User RoleAssignment Role UserPermission");
    if shell.may("User", "read") {
        shell = shell.below(users, back);
    }
    let page = UserPage {
        shell,
        user,
        own,
        mails: mail::is_kept(app),
        roles,
        permissions,
        terms,
        bots: bots.unwrap_or_default(),
        errors,
    };
    render_with(status, &page.shell, &page)
}

async fn show_user(inside: Inside, State(app): State<App>, Path((_, user)): Path<(String, String)>) -> Page {
    page(&app, inside, &user, StatusCode::OK, Errors::default()).await
}

/// Whether a preview failed for another reason than what it would show.
fn is_other(problem: &Problem) -> bool {
    matches!(problem.kind, Kind::Stale | Kind::Invalid)
}

/// After a form of the page: back to it, the choice if it came too late, or the page again with what was wrong.
async fn after<T>(
    app: &App,
    inside: Inside,
    (user, form): (&str, &str),
    fields: &Fields,
    result: Result<T, Problem>,
    slot: Option<PreviewSlot>,
) -> Page {
    match result {
        result
            if let Some(slot) = &slot
                && !result.as_ref().is_err_and(is_other) =>
        {
            let back = inside.shell.here(&format!("/users/{user}"));
            let sent = (format!("{back}/{form}"), back, fields);
            preview::show(inside.shell, slot, result.err(), sent)
        }
        Ok(_) => Ok(done(&inside.shell.here(&format!("/users/{user}")), &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let differences = differences(app, &inside, user, form, fields).await?;
            let back = inside.shell.here(&format!("/users/{user}"));
            let late = Conflict { action: format!("{back}/{form}"), back, fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(app, inside, user, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}

/// What the form wanted and what is saved.
async fn differences(
    app: &App,
    inside: &Inside,
    user: &str,
    form: &str,
    fields: &Fields,
) -> Result<Vec<Difference>, Problem> {
    let id = id(inside, user)?;
    let now = service::member::find_user(app, inside.caller.clone(), id).await?;
    let shell = &inside.shell;
    let difference = match form {
        "roles" => {
            let choices = service::organization::role_choices(app, inside.caller.clone(), inside.id).await?;
            let typed = fields.ids("role_ids");
            let saved = role_names(&choices, |id| now.roles.iter().any(|role| role.id == id));
            Difference::of(shell.t("user-roles"), saved, role_names(&choices, |id| typed.contains(&id)))
        }
        "permissions" => {
            let held = service::member::list_user_permissions(app, inside.caller.clone(), id).await?;
            let on: Vec<String> = held.items.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
            let words = |on: &[String]| switches::in_words(shell, Level::Organization, on);
            Difference::of(shell.t("user-single"), words(&on), words(&switches::values(shell, fields)))
        }
        _ => {
            let word = |status: &str| shell.t(format!("status-{status}"));
            Difference::of(shell.t("column-status"), word(&now.status), word(&fields.text("status")))
        }
    };
    Ok(difference.into_iter().collect())
}

async fn set_roles(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &user)?;
    let before = service::member::find_user(&app, inside.caller.clone(), id).await?;
    let grant = |role: Uuid| {
        let held = before.roles.iter().find(|held| held.id == role).and_then(|held| held.expires_at);
        let expires_at = term::end(&inside.shell, &fields, &format!("until-{role}"), held)?;
        Ok(RoleGrantBody { role_id: role, expires_at, reason: fields.given(&format!("reason-{role}")) })
    };
    let roles: Result<Vec<RoleGrantBody>, Problem> = fields.ids("role_ids").into_iter().map(grant).collect();
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = match roles {
        Ok(roles) => {
            let body = Input::of(UserRolesBody { roles });
            service::member::set_user_roles(&app, caller, id, fields.version(), body).await.map(|_| ())
        }
        Err(problem) => Err(problem),
    };
    after(&app, inside, (&user, "roles"), &fields, result, slot).await
}

async fn set_permissions(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &user)?;
    let held = service::member::list_user_permissions(&app, inside.caller.clone(), id).await;
    let held = held.map(|list| list.items).unwrap_or_default();
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = match switches::kept(&inside.shell, &fields, &held) {
        Ok(permissions) => {
            let body = Input::of(UserPermissionsBody { permissions });
            service::member::set_user_permissions(&app, caller, id, fields.version(), body).await.map(|_| ())
        }
        Err(problem) => Err(problem),
    };
    after(&app, inside, (&user, "permissions"), &fields, result, slot).await
}

/// The bots the person is marked for; those that the page could not change stay as they are.
async fn set_bots(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &user)?;
    let now = service::enable::list_enabled(&app, inside.caller.clone(), id).await?.items;
    let mut bot_ids = fields.ids("bot_ids");
    bot_ids.extend(now.iter().filter(|bot| bot.enabled && (bot.can.is_empty() || bot.owner)).map(|bot| bot.id));
    bot_ids.dedup();
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::enable::set_enabled(&app, caller, id, Input::of(EnabledBody { bot_ids })).await;
    after(&app, inside, (&user, "bots"), &fields, result, slot).await
}

async fn set_status(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = id(&inside, &user)?;
    let body = Input::of(UserChangeBody { status: fields.text("status") });
    let (caller, slot) = preview::caller(&inside, &fields);
    let result = service::member::update_user(&app, caller, id, fields.version(), body).await;
    after(&app, inside, (&user, "status"), &fields, result, slot).await
}

async fn resend(inside: Inside, State(app): State<App>, Path((_, user)): Path<(String, String)>) -> Page {
    let id = id(&inside, &user)?;
    match service::member::resend_user_invitation(&app, inside.caller.clone(), id).await {
        Ok(again) => sent(inside.shell, again.value.email, again.value.link, &format!("/users/{user}")),
        Err(problem) => {
            let back = inside.shell.here(&format!("/users/{user}"));
            acted(Err::<(), _>(problem), &back, "", &back)
        }
    }
}

async fn start_recovery(inside: Inside, State(app): State<App>, Path((_, user)): Path<(String, String)>) -> Page {
    let id = id(&inside, &user)?;
    let back = inside.shell.here(&format!("/users/{user}"));
    let started = service::recover::start_recovery(&app, inside.caller, id).await;
    acted(started, &back, &inside.shell.t("user-recovery-sent"), &back)
}
