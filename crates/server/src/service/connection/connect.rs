//! Leading somebody to a provider, and what they bring back. The way back is good once, for ten minutes, and in the session
//! that began it alone: a link made by somebody else connects nothing. A session that is confirmed meanwhile stays the same
//! session under a new token, so its way back stays good; one that ends takes it along.

use rolecall_store::resource::{ConnectionAttempt, ConnectionId, NewAttempt, NewConnection, Session, Told};
use rolecall_store::{Caller, Change};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ConnectionView, configured, fields, seal, told, view};
use crate::auth::oauth::{self, Failed, Identity, Tokens, shortened};
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::auth::token;
use crate::input::{Check, Input};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;
use crate::time::Time;

/// Seconds in which somebody comes back.
const SECONDS: i64 = 10 * 60;
/// The most connections of a person.
const MOST: usize = 50;
/// The most characters of what a provider writes that are shown.
const TOLD: usize = 200;

/// An account to be connected.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionBody {
    /// The provider's key.
    pub provider: String,
    /// The names of the permissions to ask for; those that are always asked for come along.
    pub scopes: Vec<String>,
}

/// The permissions that a connection is to have.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionScopesBody {
    /// Their names; those that are always asked for come along.
    pub scopes: Vec<String>,
}

/// Where to go on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LedView {
    /// The provider's page, to be opened by the person in the browser of this session.
    pub authorization_url: String,
    /// Until when they can come back.
    pub expires_at: Time,
}

impl Check for ConnectionBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for ConnectionScopesBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// What came back from a provider. Each at most once (RFC 6749, section 3.1).
#[derive(Clone, Debug, Default)]
pub struct Return {
    /// What we sent along.
    pub state: Option<String>,
    /// What tokens are had for.
    pub code: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same for people.
    pub error_description: Option<String>,
}

impl Return {
    /// Of these fields; none: one is there twice.
    pub fn of(pairs: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let mut made = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "state" => &mut made.state,
                "code" => &mut made.code,
                "iss" => &mut made.iss,
                "error" => &mut made.error,
                "error_description" => &mut made.error_description,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(made)
    }
}

/// Leads somebody to a provider, to connect an account of theirs.
pub async fn begin_connection(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<ConnectionBody>,
) -> Result<Written<LedView>> {
    let mut access = app.store.access(caller.clone()).await?;
    access.own_account().await?;
    let ConnectionBody { provider, scopes } = input.get()?;
    let provider = app.config.provider(&provider).ok_or_else(|| {
        Problem::invalid(vec![FieldError::new("provider", "not_found", "There is no such provider here.")])
    })?;
    if access.list_own_connections().await?.len() >= MOST {
        return Err(Problem::new(Kind::WrongState, format!("You have {MOST} connected accounts; delete one first.")));
    }
    drop(access);
    lead(app, caller, session, (provider, None), &scopes).await
}

/// Leads somebody to the provider, to give a connection other permissions, or the same once more.
pub async fn change_connection(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    id: Uuid,
    input: Input<ConnectionScopesBody>,
) -> Result<Written<LedView>> {
    let found = app.store.access(caller.clone()).await?.find_own_connection(ConnectionId(id)).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let ConnectionScopesBody { scopes } = input.get()?;
    let provider = configured(app, &found.provider)?;
    lead(app, caller, session, (provider, Some(found.id)), &scopes).await
}

async fn lead(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    (provider, connection): (&Provider, Option<ConnectionId>),
    scopes: &[String],
) -> Result<Written<LedView>> {
    let session = session.ok_or_else(Problem::sign_in_needed)?.id;
    let scopes = chosen(provider, scopes)?;
    let (state, verifier) = (token::new()?, Secret::new(token::new()?));
    let state_hash = token::hash(&state);
    let sealed = app.vault.seal(&purpose(&state_hash), verifier.reveal().as_bytes())?;
    let url = oauth::authorize_url(app, provider, &state, &verifier, &scopes);
    let url = url.ok_or_else(|| Problem::internal(&"the public URL is no redirect URI"))?;
    let expires_at = caller.now.plus_seconds(SECONDS);
    let mut change = app.store.change(caller).await?;
    let (provider, verifier) = (provider.key.as_str(), sealed.as_slice());
    let attempt = NewAttempt { state_hash, session, provider, connection, scopes: &scopes, verifier, expires_at };
    change.begin_connection(attempt).await?;
    let revision = change.commit().await?;
    Ok(Written { value: LedView { authorization_url: url.into(), expires_at: expires_at.into() }, revision })
}

/// What a verifier is sealed for: its attempt alone.
fn purpose(state_hash: &[u8; 32]) -> String {
    format!("connection attempt {}", hex::encode(state_hash))
}

/// The scopes to ask for, in the provider's order.
fn chosen(provider: &Provider, wanted: &[String]) -> Result<Vec<String>> {
    let unknown = |(index, name): (usize, &String)| {
        let known = provider.scopes.iter().any(|scope| scope.name == *name);
        let message = format!("{} is not asked for this here.", provider.name);
        (!known).then(|| FieldError::new(format!("scopes.{index}"), "not_found", message))
    };
    let errors: Vec<FieldError> = wanted.iter().enumerate().filter_map(unknown).collect();
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let asked = provider.scopes.iter().filter(|scope| scope.needed || wanted.contains(&scope.name));
    Ok(asked.map(|scope| scope.name.clone()).collect())
}

/// Somebody comes back from a provider.
///
/// # Errors
/// 409 with words for everything that connects nothing, nobody included; 503 if the provider cannot be asked.
pub async fn finish_connection(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    back: Option<Return>,
) -> Result<Written<ConnectionView>> {
    let session = session.ok_or_else(nobody)?;
    let back = back.ok_or_else(stale)?;
    let state_hash = token::hash(back.state.as_deref().ok_or_else(stale)?);
    let mut change = app.store.change(caller.clone()).await?;
    // INVARIANT: used up before anything is asked of the provider: however often this comes, it is done once.
    let attempt = change.take_connection_attempt(&state_hash, session.id).await?;
    change.commit().await?;
    let attempt = attempt.ok_or_else(stale)?;
    let provider = configured(app, &attempt.provider)?;
    check_issuer(app, provider, back.iss.as_deref())?;
    let code = code(provider, &back)?;
    let verifier = app.vault.open(&purpose(&state_hash), &attempt.verifier)?;
    let verifier = String::from_utf8(verifier).map_err(|_| Problem::internal(&"a sealed verifier is no text"))?;
    let refused = |failed| unfinished(provider, failed);
    let tokens = oauth::exchange(app, provider, code, &Secret::new(verifier)).await.map_err(refused)?;
    let mut tokens = oauth::prolong(app, provider, tokens).await;
    let identity = match introduce(app, provider, &mut tokens).await {
        Ok(identity) => identity,
        Err(failed) => {
            // What we do not keep is not left behind.
            oauth::revoke(app, provider, &tokens).await;
            return Err(unfinished(provider, failed));
        }
    };
    let change = app.store.change(caller).await?;
    keep(app, change, (provider, &attempt), tokens, &identity).await
}

/// Who it is, and what was granted.
async fn introduce(app: &App, provider: &Provider, tokens: &mut Tokens) -> std::result::Result<Identity, Failed> {
    tokens.scopes = oauth::granted(app, provider, tokens).await?;
    oauth::identify(app, provider, &tokens.access).await
}

fn nobody() -> Problem {
    let detail = "Nobody is signed in here, so nothing was connected. Sign in and connect the account again.";
    Problem::new(Kind::WrongState, detail)
}

fn stale() -> Problem {
    let detail = "This way back is good once, for ten minutes, and only where you began. Nothing was connected; if you \
        want to connect an account, begin again here.";
    Problem::new(Kind::WrongState, detail)
}

/// Whether the provider that we asked is the one that answers (RFC 9207).
fn check_issuer(app: &App, provider: &Provider, iss: Option<&str>) -> Result<()> {
    let others = || app.config.providers.iter().filter(|other| other.key != provider.key);
    let right = match (&provider.issuer, iss) {
        (Some(own), Some(iss)) => own == iss,
        (Some(_), None) => false,
        (None, Some(iss)) => !others().any(|other| other.issuer.as_deref() == Some(iss)),
        (None, None) => true,
    };
    if right {
        return Ok(());
    }
    let name = &provider.name;
    Err(Problem::new(Kind::WrongState, format!("The answer did not come from {name}. Nothing was connected.")))
}

fn code<'r>(provider: &Provider, back: &'r Return) -> Result<&'r str> {
    let name = &provider.name;
    let told = |text: &Option<String>| shortened(text.as_deref().unwrap_or_default(), TOLD);
    let detail = match (&back.error, back.code.as_deref()) {
        (None, Some(code)) if !code.is_empty() => return Ok(code),
        (None, _) => format!("{name} answered without a code. Nothing was connected; try again."),
        (Some(error), _) if error == "access_denied" => {
            format!("You did not give the permission at {name}. Nothing was connected.")
        }
        (Some(error), _) if error == "temporarily_unavailable" || error == "server_error" => {
            format!("{name} has a fault just now. Nothing was connected; try again later.")
        }
        (Some(_), _) => {
            let words = [told(&back.error), told(&back.error_description)].join(" ");
            format!("Nothing was connected. {name} says: “{}”", words.trim())
        }
    };
    Err(Problem::new(Kind::WrongState, detail))
}

fn unfinished(provider: &Provider, failed: Failed) -> Problem {
    let name = &provider.name;
    match failed {
        Failed::Over => {
            let detail = format!("{name} did not accept what you brought back. Nothing was connected; begin again.");
            Problem::new(Kind::WrongState, detail)
        }
        Failed::Away => {
            let detail = format!("{name} could not be asked just now. Nothing was connected; begin again in a moment.");
            Problem::new(Kind::Unavailable, detail)
        }
    }
}

/// Keeps what was given, for whom it was given.
async fn keep(
    app: &App,
    mut change: Change,
    (provider, attempt): (&Provider, &ConnectionAttempt),
    tokens: Tokens,
    identity: &Identity,
) -> Result<Written<ConnectionView>> {
    let account = change.own_account().await?;
    let (id, had) = change.place_for_connection(&provider.key, &identity.subject).await?;
    if let Some(wanted) = attempt.connection
        && (wanted != id || had.is_none())
    {
        let used = change.is_connected(&provider.key, &identity.subject).await?;
        drop(change);
        // At most providers this ends all that this person gave us, so not if somebody here relies on it.
        if !used {
            oauth::revoke(app, provider, &tokens).await;
        }
        return Err(somebody_else(provider, &identity.name));
    }
    let scopes = tokens.scopes.as_ref().unwrap_or(&attempt.scopes);
    let sealed = seal(app, id, &tokens)?;
    let new = NewConnection {
        id,
        provider: &provider.key,
        subject: &identity.subject,
        name: &identity.name,
        scopes,
        tokens: sealed,
    };
    let before = had.as_ref().map_or(Value::Null, |had| told(app, had));
    let what = if had.is_none() { "account-connected" } else { "account-changed" };
    change.keep_connection(new, Told { before, after: fields(Some(provider), &provider.key, scopes) }).await?;
    mail::send_account_notice(app, &mut change, &account, what, &provider.name).await?;
    let kept = change.find_own_connection(id).await?.ok_or_else(Problem::not_found)?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: view(app, kept), revision })
}

fn somebody_else(provider: &Provider, name: &str) -> Problem {
    let (at, name) = (&provider.name, shortened(name, TOLD));
    let detail = format!(
        "At {at} you are signed in as “{name}”, which is not the account of this connection. It stays as it was. Sign in \
         there as the other one, or connect “{name}” as an account of its own."
    );
    Problem::new(Kind::WrongState, detail)
}
