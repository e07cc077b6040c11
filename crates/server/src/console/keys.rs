//! A bot's keys, and one's personal tokens in an organization: made, shown once, rotated, revoked.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use rolecall_access::catalogue::Level;
use rolecall_access::{BotId, Permission};
use uuid::Uuid;

use crate::auth::fresh;
use crate::console::bot::{Tab, open};
use crate::console::entry::status_of;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, encode, render, render_with};
use crate::console::shell::Shell;
use crate::console::step::or_confirm;
use crate::console::switches::{self, Choices};
use crate::console::{term, words};
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::key::{KeyScopeView, KeyView, NewBotKeyBody, NewTokenBody, RotationBody};
use crate::state::App;
use crate::time::Time;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/tokens", get(show_tokens).post(create_token))
        .route("/{org}/tokens/{key}/rotate", post(rotate_token))
        .route("/{org}/tokens/{key}/revoke", post(revoke_token))
        .route("/{org}/bots/{bot}/api-keys", get(show_bot_keys).post(create_bot_key))
        .route("/{org}/bots/{bot}/api-keys/{key}/rotate", post(rotate_bot_key))
        .route("/{org}/bots/{bot}/api-keys/{key}/revoke", post(revoke_bot_key))
}

/// What is to be made, as it was typed.
struct Form {
    name: String,
    until: String,
    networks: String,
    switches: Vec<Choices>,
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    shell: Shell,
    tab: Option<Tab>,
    path: String,
    keys: Vec<KeyView>,
    form: Option<Form>,
    /// Where to confirm who one is before making one.
    confirm: Option<String>,
    errors: Errors,
}

impl KeysPage {
    /// What a key may do, in words.
    fn scope(&self, key: &KeyView) -> String {
        let all = key.scope.iter().flat_map(|one| &one.permissions);
        let word = |one: &service::PermissionView| words::permission(self.shell.text, &one.model, &one.action);
        all.map(word).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "secret.html")]
struct SecretPage {
    shell: Shell,
    name: String,
    secret: String,
    back: String,
}

/// The secret, shown this once.
fn shown(shell: Shell, key: KeyView, back: String) -> Page {
    show_secret(shell, key.name, key.secret.unwrap_or_default(), back)
}

/// A secret of something, shown this once.
pub fn show_secret(shell: Shell, name: String, secret: String, back: String) -> Page {
    let page = SecretPage { shell: shell.titled("secret-title"), name, secret, back };
    render(&page.shell, &page)
}

fn form(shell: &Shell, fields: &Fields, levels: &[Level], holds: impl Fn(&Permission) -> bool) -> Form {
    let on = switches::values(shell, fields);
    let offered = |permission: &Permission| permission.model.as_str() != "ApiKey" && holds(permission);
    Form {
        name: fields.text("name"),
        until: fields.text("until"),
        networks: fields.text("networks"),
        switches: levels.iter().map(|level| switches::choices(shell, *level, &on, offered)).collect(),
    }
}

fn networks(fields: &Fields) -> Vec<String> {
    fields.text("networks").split([' ', ',', '\n', '\r']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn ends(shell: &Shell, fields: &Fields) -> Result<Option<Time>, Problem> {
    term::end(shell, fields, "until", None)
}

async fn bot_keys(app: &App, inside: Inside, tab: Tab, fields: &Fields, errors: Errors) -> Page {
    let bot = BotId(tab.bot.id);
    let keys = service::key::list_bot_keys(app, inside.caller.clone(), bot).await?.items;
    let map = service::own::list_own_permissions(app, inside.caller.clone(), Ok((None, Some(bot)))).await?;
    let path = tab.path(&inside.shell, "/api-keys");
    let makes = tab.can("ApiKey:create");
    let is_fresh = fresh::is_fresh(&inside.caller);
    let holds = |one: &Permission| map.allows(one.model.as_str(), one.action.as_str());
    let page = KeysPage {
        form: (makes && is_fresh).then(|| form(&inside.shell, fields, &[Level::Bot], holds)),
        confirm: (makes && !is_fresh).then(|| format!("/confirm?next={}", encode(&path))),
        shell: inside.shell,
        tab: Some(tab),
        path,
        keys,
        errors,
    };
    render_with(status_of(&page.errors, &["name", "scope", "until", "networks"]), &page.shell, &page)
}

async fn show_bot_keys(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "api-keys").await?;
    bot_keys(&app, inside, tab, &Fields::default(), Errors::default()).await
}

async fn create_bot_key(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "api-keys").await?;
    let path = tab.path(&inside.shell, "/api-keys");
    let made = match ends(&inside.shell, &fields) {
        Ok(expires_at) => {
            let scope = switches::switched(&inside.shell, &fields);
            let body = NewBotKeyBody { name: fields.text("name"), scope, expires_at, networks: networks(&fields) };
            service::key::create_bot_key(&app, inside.caller.clone(), BotId(tab.bot.id), Input::of(body)).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => shown(inside.shell, made.value, path),
        Err(problem) => match Errors::of_problem(problem) {
            Ok(errors) => bot_keys(&app, inside, tab, &fields, errors).await,
            Err(problem) => or_confirm(problem, &path),
        },
    }
}

async fn rotate_bot_key(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, key)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "api-keys").await?;
    let path = tab.path(&inside.shell, "/api-keys");
    let of = (BotId(tab.bot.id), id(&key)?);
    match service::key::rotate_bot_key(&app, inside.caller, of, Input::of(RotationBody::default())).await {
        Ok(made) => shown(inside.shell, made.value, path),
        Err(problem) => or_confirm(problem, &path),
    }
}

async fn revoke_bot_key(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, key)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "api-keys").await?;
    let path = tab.path(&inside.shell, "/api-keys");
    let gone = service::key::revoke_bot_key(&app, inside.caller, (BotId(tab.bot.id), id(&key)?)).await;
    acted(gone, &path, &inside.shell.t("key-revoked"), &path)
}

async fn tokens(app: &App, inside: Inside, fields: &Fields, errors: Errors) -> Page {
    let keys = service::key::list_tokens(app, inside.caller.clone()).await?.items;
    let path = inside.shell.here("/tokens");
    let is_fresh = fresh::is_fresh(&inside.caller);
    let map = inside.shell.map.clone();
    let holds = |one: &Permission| map.as_ref().is_some_and(|map| map.allows(one.model.as_str(), one.action.as_str()));
    let status = status_of(&errors, &["name", "scope", "until", "networks"]);
    let page = KeysPage {
        form: is_fresh.then(|| form(&inside.shell, fields, &[Level::Organization, Level::Bot], holds)),
        confirm: (!is_fresh).then(|| format!("/confirm?next={}", encode(&path))),
        shell: inside.shell.titled("tokens-title").about("tokens-purpose"),
        tab: None,
        path,
        keys,
        errors,
    };
    render_with(status, &page.shell, &page)
}

async fn show_tokens(inside: Inside, State(app): State<App>) -> Page {
    tokens(&app, inside, &Fields::default(), Errors::default()).await
}

async fn create_token(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let path = inside.shell.here("/tokens");
    let made = match ends(&inside.shell, &fields) {
        Ok(expires_at) => {
            let permissions = switches::switched(&inside.shell, &fields);
            let scope = vec![KeyScopeView { organization: Some(inside.id.0), bot: None, permissions }];
            let body = NewTokenBody { name: fields.text("name"), scope, expires_at, networks: networks(&fields) };
            service::key::create_token(&app, inside.caller.clone(), Input::of(body)).await
        }
        Err(problem) => Err(problem),
    };
    match made {
        Ok(made) => shown(inside.shell, made.value, path),
        Err(problem) => match Errors::of_problem(problem) {
            Ok(errors) => tokens(&app, inside, &fields, errors).await,
            Err(problem) => or_confirm(problem, &path),
        },
    }
}

async fn rotate_token(inside: Inside, State(app): State<App>, Path((_, key)): Path<(String, String)>) -> Page {
    let path = inside.shell.here("/tokens");
    let body = Input::of(RotationBody::default());
    match service::key::rotate_token(&app, inside.caller, id(&key)?, body).await {
        Ok(made) => shown(inside.shell, made.value, path),
        Err(problem) => or_confirm(problem, &path),
    }
}

async fn revoke_token(inside: Inside, State(app): State<App>, Path((_, key)): Path<(String, String)>) -> Page {
    let path = inside.shell.here("/tokens");
    let gone = service::key::revoke_token(&app, inside.caller, id(&key)?).await;
    acted(gone, &path, &inside.shell.t("key-revoked"), &path)
}
