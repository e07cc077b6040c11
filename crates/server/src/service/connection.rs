//! Connected accounts of one's own (P-15): what is connected, connecting, checking, disconnecting; and usable tokens for
//! whatever works with them. No transaction is open while a provider is asked.

mod connect;
mod token;

use rolecall_store::Caller;
use rolecall_store::resource::{Connection, ConnectionId, SealedTokens, Told};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::oauth::{self, Tokens};
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::mail;
use crate::problem::{Kind, Problem};
use crate::service::{ListView, Result, Written};
use crate::state::App;
use crate::time::Time;

pub use connect::{
    ConnectionBody, ConnectionScopesBody, LedView, Return, begin_connection, change_connection, finish_connection,
};
pub use token::{UsableToken, usable_token};

/// A connected account of one's own. Its tokens are shown to nobody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Its id.
    pub id: Uuid,
    /// The provider's key.
    pub provider: String,
    /// What people call the provider.
    pub provider_name: String,
    /// One's name there.
    pub name: String,
    /// What was granted.
    pub scopes: Vec<GrantedView>,
    /// `working`, or `reconnect`: it expired or was taken back at the provider.
    pub state: &'static str,
    /// When it was first connected.
    pub created_at: Time,
    /// When one last gave the permission.
    pub renewed_at: Time,
    /// When the provider last took it.
    pub checked_at: Time,
    /// `update` (where the provider is still configured), `delete`.
    pub can: Vec<String>,
}

/// A permission that was granted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GrantedView {
    /// Its name at the provider.
    pub name: String,
    /// What it allows.
    pub words: String,
}

/// A provider at which accounts can be connected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderView {
    /// Its key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What can be asked for.
    pub scopes: Vec<OfferedView>,
}

/// A permission that can be asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfferedView {
    /// Its name at the provider.
    pub name: String,
    /// What it allows.
    pub words: String,
    /// Whether it is always asked for.
    pub needed: bool,
}

/// What became of a connection that was deleted.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisconnectedView {
    /// What people call the provider.
    pub provider_name: String,
    /// Whether the provider took the permission back. If not, it is to be removed there, too.
    pub revoked: bool,
    /// Where that is done, if it is known.
    pub remove_at: Option<String>,
}

fn provider_view(provider: &Provider) -> ProviderView {
    let offered = provider.scopes.iter().cloned();
    let scopes = offered.map(|one| OfferedView { name: one.name, words: one.words, needed: one.needed }).collect();
    ProviderView { key: provider.key.clone(), name: provider.name.clone(), scopes }
}

fn view(app: &App, connection: Connection) -> ConnectionView {
    let provider = app.config.provider(&connection.provider);
    let words = |scope: &str| provider.map_or(scope, |provider| provider.words(scope)).to_owned();
    let both = ["update", "delete"];
    ConnectionView {
        id: connection.id.0,
        provider_name: provider.map_or(&connection.provider, |provider| &provider.name).clone(),
        scopes: connection.scopes.iter().map(|name| GrantedView { words: words(name), name: name.clone() }).collect(),
        state: if is_over(app, &connection) { "reconnect" } else { "working" },
        created_at: connection.created_at.into(),
        renewed_at: connection.renewed_at.into(),
        checked_at: connection.checked_at.into(),
        can: both.iter().skip(usize::from(provider.is_none())).map(|one| (*one).to_owned()).collect(),
        provider: connection.provider,
        name: connection.name,
    }
}

/// Whether the person has to connect it again: the provider said so, or it has ended and nothing renews it.
fn is_over(app: &App, connection: &Connection) -> bool {
    let SealedTokens { refresh, expires_at, .. } = &connection.tokens;
    connection.over_at.is_some() || (refresh.is_none() && expires_at.is_some_and(|end| end <= app.now()))
}

/// What the audit log is told: the provider and the permissions in words.
fn told(app: &App, connection: &Connection) -> Value {
    let provider = app.config.provider(&connection.provider);
    fields(provider, &connection.provider, &connection.scopes)
}

fn fields(provider: Option<&Provider>, key: &str, scopes: &[String]) -> Value {
    let name = provider.map_or(key, |provider| provider.name.as_str());
    let words = |scope: &'_ String| provider.map_or(scope.as_str(), |provider| provider.words(scope)).to_owned();
    json!({ "provider": name, "permissions": scopes.iter().map(words).collect::<Vec<_>>() })
}

/// What a token is sealed for: this connection, and which of the two.
fn purpose(id: ConnectionId, which: &str) -> String {
    format!("connection {} {which}", id.0)
}

fn seal(app: &App, id: ConnectionId, tokens: &Tokens) -> Result<SealedTokens> {
    let sealed = |which, token: &Secret| app.vault.seal(&purpose(id, which), token.reveal().as_bytes());
    Ok(SealedTokens {
        access: sealed("access", &tokens.access)?,
        refresh: tokens.refresh.as_ref().map(|token| sealed("refresh", token)).transpose()?,
        expires_at: tokens.expires_at,
    })
}

fn unseal(app: &App, of: &Connection) -> Result<Tokens> {
    let opened = |which, sealed: &[u8]| {
        let plain = app.vault.open(&purpose(of.id, which), sealed)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| Problem::internal(&"a sealed token is no text"))
    };
    Ok(Tokens {
        access: opened("access", &of.tokens.access)?,
        refresh: of.tokens.refresh.as_ref().map(|sealed| opened("refresh", sealed)).transpose()?,
        expires_at: of.tokens.expires_at,
        scopes: Some(of.scopes.clone()),
    })
}

/// The provider of this key.
fn configured<'a>(app: &'a App, key: &str) -> Result<&'a Provider> {
    app.config.provider(key).ok_or_else(|| {
        let detail = "This installation knows that provider no more. You can delete the connection.";
        Problem::new(Kind::WrongState, detail)
    })
}

/// Where accounts can be connected.
pub async fn list_account_providers(app: &App, caller: Caller) -> Result<ListView<ProviderView>> {
    app.store.access(caller).await?.own_account().await?;
    Ok(ListView { items: app.config.providers.iter().map(provider_view).collect(), next_cursor: None })
}

/// One's connected accounts.
pub async fn list_connections(app: &App, caller: Caller) -> Result<ListView<ConnectionView>> {
    let connections = app.store.access(caller).await?.list_own_connections().await?;
    Ok(ListView { items: connections.into_iter().map(|one| view(app, one)).collect(), next_cursor: None })
}

/// One of them.
pub async fn find_connection(app: &App, caller: Caller, id: Uuid) -> Result<ConnectionView> {
    let found = app.store.access(caller).await?.find_own_connection(ConnectionId(id)).await?;
    found.map(|found| view(app, found)).ok_or_else(Problem::not_found)
}

/// Asks the provider whether the connection works, refreshing it where that is needed.
pub async fn check_connection(app: &App, caller: Caller, id: Uuid) -> Result<Written<ConnectionView>> {
    let id = ConnectionId(id);
    let found = app.store.access(caller.clone()).await?.find_own_connection(id).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let provider = configured(app, &found.provider)?;
    token::examine(app, provider, id).await?;
    let mut access = app.store.access(caller).await?;
    let checked = access.find_own_connection(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Written { value: view(app, checked), revision: access.directory().revision() })
}

/// Deletes a connection here, then takes it back at the provider, where that can be done.
pub async fn delete_connection(app: &App, caller: Caller, id: Uuid) -> Result<Written<DisconnectedView>> {
    let id = ConnectionId(id);
    let mut change = app.store.change(caller).await?;
    let account = change.own_account().await?;
    let found = change.find_own_connection(id).await?.ok_or_else(Problem::not_found)?;
    let gone = change.delete_own_connection(id, Told { before: told(app, &found), after: Value::Null }).await?;
    if !gone {
        return Err(Problem::not_found());
    }
    mail::send_account_notice(app, &mut change, &account, "account-disconnected", &name_of(app, &found)).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    let provider = app.config.provider(&found.provider);
    let revoked = match (provider, unseal(app, &found)) {
        (Some(provider), Ok(tokens)) => oauth::revoke(app, provider, &tokens).await,
        _ => false,
    };
    let remove_at = provider.and_then(|provider| provider.remove_at.as_ref()).map(ToString::to_string);
    Ok(Written { value: DisconnectedView { provider_name: name_of(app, &found), revoked, remove_at }, revision })
}

fn name_of(app: &App, connection: &Connection) -> String {
    app.config.provider(&connection.provider).map_or(&connection.provider, |provider| &provider.name).clone()
}
