//! Quick search (Ctrl-K): pages, bots, people and roles by name, each as far as the person may see them.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use rolecall_store::resource::List;
use serde::Deserialize;

use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::service;
use crate::state::App;

/// How many of each kind are shown.
const EACH: u32 = 6;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/search", get(search))
}

/// Something found.
struct Found {
    icon: &'static str,
    name: String,
    kind: String,
    href: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

async fn search(inside: Inside, State(app): State<App>, Query(wanted): Query<Wanted>) -> Page {
    let q: String = wanted.q.trim().chars().take(200).collect();
    let shell = inside.shell;
    let folded = q.to_lowercase();
    let pages = shell.groups.iter().flat_map(|group| &group.entries);
    let pages = pages.filter(|entry| entry.label.to_lowercase().contains(&folded));
    let mut found: Vec<Found> = pages
        .map(|entry| Found {
            icon: entry.icon,
            name: entry.label.clone(),
            kind: shell.t("search-page"),
            href: entry.href.clone(),
        })
        .collect();
    if !q.is_empty() {
        let list = || Ok(List { limit: EACH, cursor: None, q: Some(q.clone()), sort: None });
        // Whoever may not see a list finds nothing of it.
        let bots = service::bot::list_bots(&app, inside.caller.clone(), inside.id, list()).await;
        found.extend(bots.into_iter().flat_map(|list| list.items).map(|bot| Found {
            icon: "robot",
            kind: shell.t("search-bot"),
            href: shell.here(&format!("/bots/{}", bot.slug)),
            name: bot.name,
        }));
        let users = service::member::list_users(&app, inside.caller.clone(), inside.id, list(), Ok(None)).await;
        found.extend(users.into_iter().flat_map(|list| list.items).map(|user| Found {
            icon: "user",
            kind: user.email,
            href: shell.here(&format!("/users/{}", user.id)),
            name: user.name,
        }));
        let roles = service::role::list_roles(&app, inside.caller, inside.id, list()).await;
        found.extend(roles.into_iter().flat_map(|list| list.items).map(|role| Found {
            icon: "shield-lock",
            kind: shell.t("search-role"),
            href: shell.here(&format!("/roles/{}", role.id)),
            name: role.name,
        }));
    }
    let page = SearchPage { shell: shell.titled("search-title"), q, found };
    render(&page.shell, &page)
}
