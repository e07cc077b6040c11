//! Forward authentication: a proxy in front of another program asks, of each request, whether it may pass
//! (nginx `auth_request`, Traefik `ForwardAuth`, Caddy `forward_auth`).
//!
//! Only a trusted proxy is believed, and of what it says only what it has said itself: headers in which a client could
//! have had a say are refused. A person comes from the sign-in page with a code that is good once, in the browser that
//! began, at the host that it is for, and holds a ticket from then on that is good at that host alone.

pub mod address;
mod headers;
mod original;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::{Router, routing::any};
use rolecall_access::OrganizationId;
use rolecall_store::Caller;
use rolecall_store::resource::Redeemed;
use serde::Deserialize;
use uuid::Uuid;

use self::original::{Original, Proxy};
use crate::auth::asking::{self, Asking};
use crate::auth::cookie::{self, Cookie};
use crate::auth::{address as network, token};
use crate::config::Config;
use crate::console::encode;
use crate::problem::{Kind, Problem};
use crate::service::forward::{self as service, Verdict};
use crate::state::App;

/// Below a guarded host: where somebody comes back to with a code. No rule is ever asked about it.
pub const CALLBACK: &str = "/_rolecall/callback";
/// Seconds that the way to the sign-in page and back may take.
const PENDING_SECONDS: i64 = 600;
/// Where the proxy leads a browser to, where it cannot take a redirect from us (nginx).
const ONWARD: HeaderName = HeaderName::from_static("x-rolecall-redirect");

/// The route that proxies ask.
pub fn router() -> Router<App> {
    Router::new().route("/access/v1/forward-auth", any(forward_auth))
}

/// Whose rules the proxy means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    organization: Option<Uuid>,
}

/// Answers 200 with whom it is, 401 with the way to sign in, 403; nothing else, for proxies take anything else for a fault.
async fn forward_auth(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let original = match original(&app, &parts) {
        Ok(original) => original,
        Err(problem) => return problem.into_response(),
    };
    match answer(&app, &parts, &original).await {
        Ok(response) => response,
        Err(problem) => refused(&original, problem),
    }
}

fn refusal(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Forbidden, detail)
}

/// What was asked of the proxy, if it is one that we believe.
fn original(app: &App, parts: &Parts) -> Result<Original, Problem> {
    if !network::is_trusted_peer(&parts.extensions, &app.config) {
        return Err(refusal("Only a trusted proxy may ask this: name its network with `--trusted-proxy`."));
    }
    let original = Original::of(&parts.headers).map_err(refusal)?;
    if original.address.secure == is_secure(&app.config) || original.address.secure {
        return Ok(original);
    }
    Err(refusal("Rolecall is reached by https, so what it guards must be, too."))
}

fn is_secure(config: &Config) -> bool {
    config.public_url.scheme() == "https"
}

async fn answer(app: &App, parts: &Parts, original: &Original) -> Result<Response, Problem> {
    let whose = axum::extract::Query::<Whose>::try_from_uri(&parts.uri);
    let whose = whose.map_err(|_| refusal("`organization` is the id of an organization; nothing else is asked."))?;
    if original.address.path == CALLBACK {
        return come_back(app, &parts.headers, original).await;
    }
    let Some(caller) = who(app, parts, original).await? else { return Err(Problem::sign_in_needed()) };
    let asked = (original.address.clone(), original.method.clone());
    match service::pass(app, caller, whose.0.organization.map(OrganizationId), &asked).await? {
        Verdict::Pass(passenger) => Ok((StatusCode::OK, headers::of(passenger.as_ref())).into_response()),
        Verdict::SignIn if original.browses => to_sign_in(app, &parts.headers, original),
        Verdict::SignIn => Err(Problem::sign_in_needed()),
    }
}

/// Who asks: by a key or personal token of ours, a ticket for the host, or the session itself. `Authorization` may as well
/// be for the program behind the proxy, and is left to it then. None: a key that is not good.
async fn who(app: &App, parts: &Parts, original: &Original) -> Result<Option<Caller>, Problem> {
    if asking::shows_key(&parts.headers) {
        return match Asking::anew(parts, app).await {
            Ok(asking) => Ok(Some(asking.caller)),
            Err(problem) if problem.kind == Kind::SignInNeeded => Ok(None),
            Err(problem) => Err(problem),
        };
    }
    let caller = asking::anybody(parts, app);
    let (now, idle) = (caller.now, app.config.limits.session_idle_seconds);
    let mut session = None;
    if let Some(ticket) = shown(&parts.headers, original.address.secure, 't') {
        let at = (&token::hash(ticket), original.address.host.as_str());
        session = app.store.find_forward_session(at, now, idle).await?;
    }
    if session.is_none()
        && let Some(secret) = Cookie::Session.of(&parts.headers, &app.config)
    {
        session = app.store.find_session(&token::hash(secret), now, idle).await?;
    }
    Ok(Some(match &session {
        Some(session) => asking::in_session(caller, session),
        None => caller,
    }))
}

/// The cookie at guarded hosts: what the browser holds while its person signs in (`p.…`), then its ticket (`t.…`).
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-rolecall_guard" } else { "rolecall_guard" }
}

/// The secret of this kind in the cookie.
fn shown(headers: &HeaderMap, secure: bool, kind: char) -> Option<&str> {
    let value = cookie::read(headers, cookie_name(secure))?;
    let secret = value.strip_prefix(kind)?.strip_prefix('.')?;
    let plain = secret.len() == 43 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    plain.then_some(secret)
}

fn set_cookie(secure: bool, kind: char, secret: &str, seconds: i64) -> Result<HeaderValue, Problem> {
    let (name, flag) = (cookie_name(secure), if secure { "; Secure" } else { "" });
    let text = format!("{name}={kind}.{secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{flag}");
    HeaderValue::from_str(&text).map_err(|error| Problem::internal(&error))
}

/// To our sign-in page, whence a code leads back here. The address names what the browser holds by its hash alone.
fn to_sign_in(app: &App, headers: &HeaderMap, original: &Original) -> Result<Response, Problem> {
    let Original { address, .. } = original;
    // Other tabs of the browser may be on their way already, with what it holds.
    let held = match shown(headers, address.secure, 'p') {
        Some(held) => held.to_owned(),
        None => token::new()?,
    };
    let challenge = service::challenge_text(&token::hash(&held));
    let to = format!("{}{}", address.origin(), address.target);
    let path = format!("/sign-in/forward?to={}&challenge={challenge}", encode(&to));
    let cookie = set_cookie(address.secure, 'p', &held, PENDING_SECONDS)?;
    onward(original, &app.config.link(&path), Some(cookie))
}

/// Somebody comes back from the sign-in page: their code becomes a ticket.
async fn come_back(app: &App, headers: &HeaderMap, original: &Original) -> Result<Response, Problem> {
    let Original { address, .. } = original;
    let over =
        || refusal("This way in is used up, or was begun in another browser. Open the page that you want again.");
    let code = address.target.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix("?code=")).ok_or_else(over)?;
    let held = shown(headers, address.secure, 'p');
    // A browser that keeps no cookies would be led round and round.
    if held.is_none() && shown(headers, address.secure, 't').is_none() {
        return Err(over());
    }
    let ticket = token::new()?;
    let (target, cookie) = match service::redeem(app, (code, held, &ticket), &address.host).await?.ok_or_else(over)? {
        Redeemed::Ticket(target) => {
            let seconds = app.config.limits.session_absolute_seconds;
            (target, Some(set_cookie(address.secure, 't', &ticket, seconds)?))
        }
        // Where another tab has the ticket by now, it is good there; else the way begins again.
        Redeemed::Bare(target) => (target, None),
    };
    onward(original, &format!("{}{target}", address.origin()), cookie)
}

/// Leads a browser on: nginx takes no redirect from us, and makes one of a 401 with a header.
fn onward(original: &Original, to: &str, cookie: Option<HeaderValue>) -> Result<Response, Problem> {
    let to = HeaderValue::from_str(to).map_err(|error| Problem::internal(&error))?;
    let (status, name) = match original.proxy {
        Proxy::Nginx => (StatusCode::UNAUTHORIZED, ONWARD),
        Proxy::Forwarding => (StatusCode::FOUND, header::LOCATION),
    };
    let mut response = status.into_response();
    response.headers_mut().insert(name, to);
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// A browser that is not let pass reads a small page; a program reads the problem.
fn refused(original: &Original, problem: Problem) -> Response {
    if !original.browses || !matches!(problem.status(), StatusCode::FORBIDDEN) {
        return problem.into_response();
    }
    let page = headers::refused_page(&problem.detail);
    (problem.status(), Html(page)).into_response()
}
