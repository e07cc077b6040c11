//! The extractor that says who asks.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use ipnet::IpNet;
use rolecall_access::Actor;
use rolecall_store::Caller;
use rolecall_store::resource::Session;

use crate::auth::cookie::Cookie;
use crate::auth::{address, origin, token};
use crate::observe::RequestId;
use crate::problem::Problem;
use crate::state::App;

/// The longest user agent that is kept.
const AGENT_LENGTH: usize = 200;

/// Who asks, when and from where: from `Authorization: Bearer`, else the session cookie, else nobody.
/// Refuses an unsafe request that comes by cookie from another site.
#[derive(Clone, Debug)]
pub struct Asking {
    /// For the services.
    pub caller: Caller,
    /// The session, where one was used.
    pub session: Option<Session>,
}

impl Asking {
    /// Who asks now, for what goes on after the request began.
    ///
    /// # Errors
    /// As when a request begins.
    pub async fn anew(parts: &Parts, app: &App) -> Result<Self, Problem> {
        find(parts, app).await
    }
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(asking) = parts.extensions.get::<Self>() {
            return Ok(asking.clone());
        }
        let asking = find(parts, app).await?;
        parts.extensions.insert(asking.clone());
        Ok(asking)
    }
}

async fn find(parts: &Parts, app: &App) -> Result<Asking, Problem> {
    let mut caller = anybody(parts, app);
    if let Some(given) = parts.headers.get(header::AUTHORIZATION) {
        // Keys and personal tokens win over a cookie; one that is not good is nobody's.
        let secret = given.to_str().ok().and_then(bearer).ok_or_else(Problem::sign_in_needed)?;
        let found = app.store.find_key(&token::hash(secret), caller.now).await?;
        let (key, factors) = found.ok_or_else(Problem::sign_in_needed)?;
        if !is_within(&caller.address, &key.networks) {
            return Err(Problem::sign_in_needed());
        }
        caller.actor = Actor::Key(key.id);
        caller.name = format!("{} ({})", key.name, key.sponsor_name);
        // A personal token is no way around a second factor that an organization requires of its person.
        caller.second_factor = factors || key.bot.is_some();
        return Ok(Asking { caller, session: None });
    }
    let Some(token) = Cookie::Session.of(&parts.headers, &app.config) else {
        return Ok(Asking { caller, session: None });
    };
    if !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        origin::check(&parts.headers, &app.config)?;
    }
    let idle = app.config.limits.session_idle_seconds;
    let session = app.store.find_session(&token::hash(token), caller.now, idle).await?;
    if let Some(session) = &session {
        caller = in_session(caller, session);
    }
    Ok(Asking { caller, session })
}

/// The caller as the session's person.
pub(crate) fn in_session(caller: Caller, session: &Session) -> Caller {
    Caller {
        actor: Actor::User(session.user),
        name: session.name.clone(),
        confirmed_at: Some(session.confirmed_at),
        second_factor: session.second_factor,
        ..caller
    }
}

/// Whether a key or personal token of ours is shown, good or not.
pub(crate) fn shows_key(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).and_then(|given| given.to_str().ok()).and_then(bearer).is_some()
}

/// The secret of `Bearer …`, if it is a token or key of ours.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    let secret = secret.trim();
    let ours = secret.starts_with("rcp_") || secret.starts_with("rck_");
    (scheme.eq_ignore_ascii_case("bearer") && ours).then_some(secret)
}

/// Whether the address is in one of the networks; without any, every address is.
fn is_within(address: &str, networks: &[String]) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return networks.is_empty() };
    networks.is_empty()
        || networks.iter().any(|one| one.parse::<IpNet>().is_ok_and(|network| network.contains(&address)))
}

/// Nobody whom we know, from where they ask.
pub(crate) fn anybody(parts: &Parts, app: &App) -> Caller {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Caller {
        actor: Actor::Anybody,
        name: String::new(),
        address: address::of(&parts.headers, &parts.extensions, &app.config),
        agent: agent.chars().take(AGENT_LENGTH).collect(),
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        now: app.now(),
        confirmed_at: None,
        second_factor: false,
        preview: None,
    }
}

/// The token of whoever stands between password and second factor; empty: nobody does.
#[derive(Clone, Debug)]
pub struct StepToken(pub String);

impl FromRequestParts<App> for StepToken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(Cookie::Step.of(&parts.headers, &app.config).unwrap_or_default().to_owned()))
    }
}
