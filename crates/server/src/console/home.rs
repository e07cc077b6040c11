//! Where one begins, and short addresses that lead into the current organization.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::{get, post};

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, SignedIn, THEME, local, render};
use crate::console::shell::Shell;
use crate::problem::Problem;
use crate::state::App;

pub fn router() -> Router<App> {
    let mut router = Router::new()
        .route("/", get(home))
        .route("/theme", post(choose_theme))
        .route("/{org}", get(start))
        .route("/{org}/administration", get(show_administration));
    for short in ["/bots", "/users", "/invitations", "/roles", "/audit-log"] {
        router = router.route(short, get(move |signed_in: SignedIn| async move { to_current(signed_in, short) }));
    }
    router
}

#[derive(Template)]
#[template(path = "nowhere.html")]
struct NowherePage {
    shell: Shell,
}

/// To the first organization; without any, says what to do.
fn to_current(signed_in: SignedIn, rest: &str) -> Page {
    let first = signed_in.shell.me.as_ref().and_then(|me| me.organizations.first());
    if let Some(organization) = first {
        return Ok(Redirect::to(&format!("/{}{rest}", organization.slug)).into_response());
    }
    let page = NowherePage { shell: signed_in.shell.titled("nowhere-title").about("nowhere-purpose") };
    render(&page.shell, &page)
}

async fn home(signed_in: SignedIn) -> Page {
    to_current(signed_in, "/bots")
}

async fn start(inside: Inside, State(_): State<App>, Path(_): Path<String>) -> Page {
    Ok(Redirect::to(&inside.shell.here("/bots")).into_response())
}

#[derive(Template)]
#[template(path = "administration.html")]
struct AdministrationPage {
    shell: Shell,
}

/// Users and roles, for whoever may see one of them (G-7).
async fn show_administration(inside: Inside) -> Page {
    if !inside.shell.may("User", "read") && !inside.shell.may("Role", "read") {
        return Err(Problem::not_found());
    }
    let shell =
        inside.shell.titled("administration-title").about("administration-purpose").within("administration", "");
    let page = AdministrationPage { shell };
    render(&page.shell, &page)
}

async fn choose_theme(fields: Fields) -> Page {
    let theme = match fields.text("theme").as_str() {
        "light" => "light",
        "dark" => "dark",
        _ => "auto",
    };
    let cookie = format!("{THEME}={theme}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&fields.text("back")))).into_response())
}
