//! The profile's Accounts section (P-15): accounts at other services, connected, changed, checked, removed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use uuid::Uuid;

use crate::auth::asking::Asking;
use crate::auth::oauth::CALLBACK;
use crate::console::account::{Section, sections};
use crate::console::entry::status_of;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, SignedIn, Visitor, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::connection::{
    ConnectionBody, ConnectionScopesBody, ConnectionView, LedView, OfferedView, ProviderView, Return,
};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route(ACCOUNTS, get(show))
        .route(CALLBACK, get(come_back))
        .route("/profile/accounts/connect/{provider}", get(show_connect).post(connect))
        .route("/profile/accounts/{account}", get(show_change).post(change))
        .route("/profile/accounts/{account}/check", post(check))
        .route("/profile/accounts/{account}/remove", get(show_removal).post(remove))
}

/// The section itself.
pub const ACCOUNTS: &str = "/profile/accounts";

/// The frame of a page of the section.
fn framed(shell: Shell, title: &str, name: &str) -> Shell {
    let (profile, section, title) =
        (shell.t("profile-title"), shell.t("profile-accounts"), shell.with(title, "name", name));
    Shell { title, ..shell.below(profile, "/profile").below(section, ACCOUNTS) }
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    shell: Shell,
    sections: Vec<Section>,
    connections: Vec<ConnectionView>,
    providers: Vec<ProviderView>,
}

async fn show(signed_in: SignedIn, State(app): State<App>) -> Page {
    let connections = service::connection::list_connections(&app, signed_in.caller.clone()).await?.items;
    let providers = service::connection::list_account_providers(&app, signed_in.caller).await?.items;
    let shell = signed_in.shell.titled("accounts-title").about("accounts-purpose");
    let page = AccountsPage { sections: sections(&shell, ACCOUNTS), shell, connections, providers };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "account-scopes.html")]
struct ScopesPage {
    shell: Shell,
    name: String,
    action: String,
    scopes: Vec<(OfferedView, bool)>,
    errors: Errors,
}

fn scopes_page(shell: Shell, provider: ProviderView, action: String, chosen: &[String], errors: Errors) -> Page {
    let offered = provider.scopes.into_iter();
    let scopes = offered.map(|scope| (scope.needed || chosen.contains(&scope.name), scope));
    let scopes = scopes.map(|(on, scope)| (scope, on)).collect();
    let page = ScopesPage { shell, name: provider.name, action, scopes, errors };
    render_with(status_of(&page.errors, &[]), &page.shell, &page)
}

async fn provider(app: &App, signed_in: &SignedIn, key: &str) -> Result<ProviderView, Problem> {
    let all = service::connection::list_account_providers(app, signed_in.caller.clone()).await?.items;
    all.into_iter().find(|one| one.key == key).ok_or_else(Problem::not_found)
}

fn connect_page(shell: Shell, provider: ProviderView, chosen: &[String], errors: Errors) -> Page {
    let shell = framed(shell, "accounts-connect-title", &provider.name);
    let shell = Shell { purpose: Some(shell.with("accounts-connect-purpose", "name", &provider.name)), ..shell };
    let action = format!("{ACCOUNTS}/connect/{}", provider.key);
    scopes_page(shell, provider, action, chosen, errors)
}

async fn show_connect(signed_in: SignedIn, State(app): State<App>, Path(key): Path<String>) -> Page {
    let provider = provider(&app, &signed_in, &key).await?;
    connect_page(signed_in.shell, provider, &[], Errors::default())
}

#[derive(Template)]
#[template(path = "account-onward.html")]
struct OnwardPage {
    shell: Shell,
    name: String,
    url: String,
}

/// On to the provider. A form may not lead to another site (`form-action`), nor may what it leads to: so this page goes
/// there by itself, and has a link for whoever it does not take along.
fn onward(shell: Shell, name: String, led: LedView) -> Page {
    let shell = framed(shell, "accounts-onward-title", &name);
    let refresh = HeaderValue::from_str(&format!("0; url={}", led.authorization_url));
    let page = OnwardPage { shell, name, url: led.authorization_url };
    let mut response = render(&page.shell, &page)?;
    response.headers_mut().insert(header::REFRESH, refresh.map_err(|error| Problem::internal(&error))?);
    Ok(response)
}

async fn connect(
    signed_in: SignedIn,
    asking: Asking,
    State(app): State<App>,
    Path(key): Path<String>,
    fields: Fields,
) -> Page {
    let provider = provider(&app, &signed_in, &key).await?;
    let scopes = fields.all("scopes");
    let body = Input::of(ConnectionBody { provider: key, scopes: scopes.clone() });
    match service::connection::begin_connection(&app, asking.caller, asking.session, body).await {
        Ok(led) => onward(signed_in.shell, provider.name, led.value),
        Err(problem) => connect_page(signed_in.shell, provider, &scopes, Errors::of_problem(problem)?),
    }
}

fn account_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// One's connection of this id.
async fn connection(app: &App, signed_in: &SignedIn, id: &str) -> Result<ConnectionView, Problem> {
    service::connection::find_connection(app, signed_in.caller.clone(), account_id(id)?).await
}

fn change_page(shell: Shell, provider: ProviderView, id: Uuid, chosen: &[String], errors: Errors) -> Page {
    let shell = framed(shell, "accounts-change-title", &provider.name);
    let shell = Shell { purpose: Some(shell.with("accounts-change-purpose", "name", &provider.name)), ..shell };
    scopes_page(shell, provider, format!("{ACCOUNTS}/{id}"), chosen, errors)
}

async fn show_change(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let connection = connection(&app, &signed_in, &id).await?;
    let provider = provider(&app, &signed_in, &connection.provider).await?;
    let chosen: Vec<String> = connection.scopes.into_iter().map(|scope| scope.name).collect();
    change_page(signed_in.shell, provider, connection.id, &chosen, Errors::default())
}

async fn change(
    signed_in: SignedIn,
    asking: Asking,
    State(app): State<App>,
    Path(id): Path<String>,
    fields: Fields,
) -> Page {
    let connection = connection(&app, &signed_in, &id).await?;
    let provider = provider(&app, &signed_in, &connection.provider).await?;
    let scopes = fields.all("scopes");
    let body = Input::of(ConnectionScopesBody { scopes: scopes.clone() });
    let begun = service::connection::change_connection(&app, asking.caller, asking.session, connection.id, body).await;
    match begun {
        Ok(led) => onward(signed_in.shell, provider.name, led.value),
        Err(problem) => change_page(signed_in.shell, provider, connection.id, &scopes, Errors::of_problem(problem)?),
    }
}

/// From the provider: not by one of our forms, but in the session that began it.
async fn come_back(visitor: Visitor, State(app): State<App>, RawQuery(query): RawQuery) -> Page {
    let query = query.unwrap_or_default();
    let back = Return::of(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    let asking = visitor.asking;
    let place = if asking.session.is_some() { ACCOUNTS } else { "/sign-in?next=%2Fprofile%2Faccounts" };
    let connected = service::connection::finish_connection(&app, asking.caller, asking.session, back).await;
    let name = connected.as_ref().map(|one| one.value.provider_name.clone()).unwrap_or_default();
    acted(connected, ACCOUNTS, &visitor.shell.with("accounts-connected", "name", &name), place)
}

async fn check(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let id = account_id(&id)?;
    let checked = service::connection::check_connection(&app, signed_in.caller, id).await;
    let name = checked.as_ref().map(|one| one.value.provider_name.clone()).unwrap_or_default();
    let told = |key| signed_in.shell.with(key, "name", &name);
    let checked = match checked {
        Ok(one) if one.value.state != "working" => Err(Problem::new(Kind::WrongState, told("accounts-checked-over"))),
        other => other,
    };
    acted(checked, ACCOUNTS, &told("accounts-checked-good"), ACCOUNTS)
}

#[derive(Template)]
#[template(path = "account-remove.html")]
struct RemovalPage {
    shell: Shell,
    account: ConnectionView,
}

async fn show_removal(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let account = connection(&app, &signed_in, &id).await?;
    let page = RemovalPage { shell: framed(signed_in.shell, "accounts-remove-title", &account.provider_name), account };
    render_with(StatusCode::OK, &page.shell, &page)
}

async fn remove(signed_in: SignedIn, State(app): State<App>, Path(id): Path<String>) -> Page {
    let gone = service::connection::delete_connection(&app, signed_in.caller, account_id(&id)?).await?.value;
    let name = gone.provider_name.as_str();
    let text = match (gone.revoked, &gone.remove_at) {
        (true, _) => signed_in.shell.with("accounts-removed", "name", name),
        (false, None) => signed_in.shell.with("accounts-removed-here", "name", name),
        (false, Some(place)) => {
            signed_in.shell.text.with_all("accounts-removed-where", &[("name", name), ("where", place)])
        }
    };
    Ok(done(ACCOUNTS, &text))
}
