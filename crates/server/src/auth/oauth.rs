//! Speaking OAuth 2.0 with a provider (RFC 6749, 7009, 7636): asking, exchanging, refreshing, revoking, and who somebody is
//! there. Holds no transaction and writes nothing; what is answered is taken for what a stranger says.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method, Request, StatusCode, header};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicRequestTokenError, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope,
    TokenResponse as _, TokenUrl,
};
use rolecall_access::Timestamp;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::auth::provider::{ClientAuthentication, Provider, RevokeBy};
use crate::auth::secret::Secret;
use crate::outgoing::{Fault, Outgoing};
use crate::state::App;

/// Where people come back to, below the public URL.
pub const CALLBACK: &str = "/profile/accounts/callback";
/// The most seconds that a token is believed to live: ten years.
const LONGEST_LIFE: u64 = 10 * 365 * 24 * 3600;
/// The most characters of a person's id at a provider, and of their name there.
const SUBJECT_LENGTH: usize = 255;
const NAME_LENGTH: usize = 200;
/// The most characters of all scopes together.
const SCOPES_LENGTH: usize = 4_000;

/// What a provider gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For asking it something.
    pub access: Secret,
    /// For the next ones.
    pub refresh: Option<Secret>,
    /// When the first ends.
    pub expires_at: Option<Timestamp>,
    /// What may be done with them; none: what was asked for.
    pub scopes: Option<Vec<String>>,
}

/// Who somebody is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Their id there.
    pub subject: String,
    /// Their name there.
    pub name: String,
}

/// Why a provider did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// What we hold is not good (any more): used up, expired, taken back.
    Over,
    /// Anything else: it may work another time.
    Away,
}

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn client(app: &App, provider: &Provider) -> Option<Client> {
    let redirect = RedirectUrl::new(app.config.link(CALLBACK)).ok()?;
    let client = BasicClient::new(ClientId::new(provider.client_id.clone()))
        .set_client_secret(ClientSecret::new(provider.client_secret.reveal().to_owned()))
        .set_auth_type(match provider.client_authentication {
            ClientAuthentication::Basic => AuthType::BasicAuth,
            ClientAuthentication::Body => AuthType::RequestBody,
        })
        .set_auth_uri(AuthUrl::from_url(provider.authorize.clone()))
        .set_token_uri(TokenUrl::from_url(provider.token.clone()))
        .set_redirect_uri(redirect);
    Some(client)
}

/// Our client, as the crate wants it.
struct Http {
    outgoing: Outgoing,
    within: Duration,
}

impl Http {
    fn of(app: &App) -> Self {
        Self { outgoing: app.outgoing.clone(), within: within(app) }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.outgoing.send(request, self.within))
    }
}

fn within(app: &App) -> Duration {
    Duration::from_millis(app.config.limits.outgoing_milliseconds)
}

/// Where somebody is asked for these scopes; they come back with the state.
#[must_use]
pub fn authorize_url(app: &App, provider: &Provider, state: &str, verifier: &Secret, scopes: &[String]) -> Option<Url> {
    let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
    let client = client(app, provider)?;
    let state = CsrfToken::new(state.to_owned());
    let mut request = client
        .authorize_url(|| state)
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .add_scopes(scopes.iter().map(|scope| Scope::new(scope.clone())));
    for (name, value) in &provider.parameters {
        request = request.add_extra_param(name, value);
    }
    Some(request.url().0)
}

/// Tokens for a code.
///
/// # Errors
/// If the provider gives none.
pub async fn exchange(app: &App, provider: &Provider, code: &str, verifier: &Secret) -> Result<Tokens, Failed> {
    let client = client(app, provider).ok_or(Failed::Away)?;
    let http = Http::of(app);
    let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).set_pkce_verifier(verifier);
    let answered = request.request_async(&http).await;
    answered.map(|answer| tokens(app, &answer)).map_err(|error| failed(provider, "exchange", &error))
}

/// New tokens for a refresh token.
///
/// # Errors
/// If the provider gives none.
pub async fn refresh(app: &App, provider: &Provider, token: &Secret) -> Result<Tokens, Failed> {
    let client = client(app, provider).ok_or(Failed::Away)?;
    let http = Http::of(app);
    let token = RefreshToken::new(token.reveal().to_owned());
    let answered = client.exchange_refresh_token(&token).request_async(&http).await;
    answered.map(|answer| tokens(app, &answer)).map_err(|error| failed(provider, "refresh", &error))
}

/// A token that lives longer for one that does not, at providers that have such; else those there are.
pub async fn prolong(app: &App, provider: &Provider, tokens: Tokens) -> Tokens {
    let Some(grant) = &provider.prolong else { return tokens };
    let form = [("grant_type", grant.as_str()), (grant.as_str(), tokens.access.reveal())];
    let Some(request) = posting(provider, &provider.token, &form) else { return tokens };
    let answered = app.outgoing.send(request, within(app)).await;
    let longer = answered.ok().filter(|response| response.status() == StatusCode::OK);
    match longer.and_then(|response| serde_json::from_slice(response.body()).ok()) {
        Some(longer) => Tokens { scopes: tokens.scopes, ..self::tokens(app, &longer) },
        None => {
            tracing::warn!(provider = provider.key, "a provider gave no token that lives longer");
            tokens
        }
    }
}

/// What was granted, at providers whose tokens do not say it.
///
/// # Errors
/// If such a provider does not say.
pub async fn granted(app: &App, provider: &Provider, tokens: &Tokens) -> Result<Option<Vec<String>>, Failed> {
    let Some(place) = &provider.granted else { return Ok(tokens.scopes.clone()) };
    let request = bearing(Method::GET, &place.url, &tokens.access).ok_or(Failed::Away)?;
    let response = app.outgoing.send(request, within(app)).await.map_err(|_| Failed::Away)?;
    let body: Value = serde_json::from_slice(response.body()).map_err(|_| Failed::Away)?;
    let list = body.get(&place.list).and_then(Value::as_array).ok_or(Failed::Away)?;
    let given = list.iter().filter(|one| one.get(&place.field).and_then(Value::as_str) == Some(&place.value));
    Ok(Some(tidy(given.filter_map(|one| one.get(&place.name).and_then(Value::as_str)))))
}

fn tokens(app: &App, answer: &BasicTokenResponse) -> Tokens {
    let seconds = answer.expires_in().map(|life| life.as_secs().min(LONGEST_LIFE));
    let scopes = answer.scopes().map(|scopes| tidy(scopes.iter().map(|scope| scope.as_str())));
    Tokens {
        access: Secret::new(answer.access_token().secret()),
        refresh: answer.refresh_token().map(|token| Secret::new(token.secret())),
        expires_at: seconds.map(|seconds| app.now().plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))),
        scopes,
    }
}

/// Each once, as they come; not more than fits. Facebook and others separate them by commas.
fn tidy<'s>(scopes: impl Iterator<Item = &'s str>) -> Vec<String> {
    let mut tidied: Vec<String> = Vec::new();
    let mut length = 0;
    for scope in scopes.flat_map(|scope| scope.split([',', ' '])).filter(|scope| !scope.is_empty()) {
        length += scope.chars().count() + 1;
        if length > SCOPES_LENGTH {
            break;
        }
        if !tidied.iter().any(|one| one == scope) {
            tidied.push(scope.to_owned());
        }
    }
    tidied
}

/// What an answer means; it is logged by what kind it is, never by what it holds.
fn failed(provider: &Provider, what: &str, error: &BasicRequestTokenError<Fault>) -> Failed {
    let (failed, why) = match error {
        BasicRequestTokenError::ServerResponse(response) => match response.error() {
            BasicErrorResponseType::InvalidGrant => (Failed::Over, "invalid_grant".to_owned()),
            other => (Failed::Away, shortened(other.as_ref(), 60)),
        },
        BasicRequestTokenError::Request(fault) => (Failed::Away, fault.to_string()),
        BasicRequestTokenError::Parse(..) | BasicRequestTokenError::Other(_) => {
            (Failed::Away, "the answer is none of OAuth".to_owned())
        }
    };
    tracing::warn!(provider = provider.key, what, why, "a provider of connected accounts refused");
    failed
}

/// Who the access token's person is.
///
/// # Errors
/// [`Failed::Over`] if the token is not good (any more).
pub async fn identify(app: &App, provider: &Provider, access: &Secret) -> Result<Identity, Failed> {
    let request = bearing(Method::GET, &provider.identity, access).ok_or(Failed::Away)?;
    let told = |why: &str| tracing::warn!(provider = provider.key, what = "identity", why, "a provider refused");
    let response = app.outgoing.send(request, within(app)).await.map_err(|fault| {
        told(&fault.to_string());
        Failed::Away
    })?;
    match response.status() {
        StatusCode::OK => {}
        // Facebook says so with 400.
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Failed::Over),
        other => {
            told(other.as_str());
            return Err(Failed::Away);
        }
    }
    let found = serde_json::from_slice(response.body()).ok().and_then(|body| identity(provider, &body));
    found.ok_or_else(|| {
        told("the answer does not say who it is");
        Failed::Away
    })
}

fn identity(provider: &Provider, body: &Value) -> Option<Identity> {
    let field = |path: &str| match body.pointer(&format!("/{}", path.replace('.', "/")))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let subject = field(&provider.identity_id)?;
    let fits = !subject.is_empty() && subject.chars().count() <= SUBJECT_LENGTH && !subject.contains(char::is_control);
    let name = field(&provider.identity_name).map(|name| shortened(&name, NAME_LENGTH));
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| subject.clone());
    fits.then_some(Identity { subject, name })
}

/// Takes back what the provider gave, where it can be taken back. Whether it was.
pub async fn revoke(app: &App, provider: &Provider, tokens: &Tokens) -> bool {
    match &provider.revocation {
        None => false,
        Some((url, RevokeBy::Post)) => post_revocation(app, provider, url, tokens).await,
        Some((url, RevokeBy::Delete)) => {
            let Some(request) = bearing(Method::DELETE, url, &tokens.access) else { return false };
            let answered = app.outgoing.send(request, within(app)).await;
            answered.is_ok_and(|response| response.status().is_success())
        }
    }
}

/// RFC 7009: the refresh token, with which the grant ends, else the access token.
async fn post_revocation(app: &App, provider: &Provider, url: &Url, tokens: &Tokens) -> bool {
    let (hint, token) = match &tokens.refresh {
        Some(token) => ("refresh_token", token),
        None => ("access_token", &tokens.access),
    };
    let form = [("token", token.reveal()), ("token_type_hint", hint)];
    let Some(request) = posting(provider, url, &form) else { return false };
    app.outgoing.send(request, within(app)).await.is_ok_and(|response| response.status().is_success())
}

/// The form posted, and who we are (RFC 6749, section 2.3.1).
fn posting(provider: &Provider, url: &Url, pairs: &[(&str, &str)]) -> Option<Request<Vec<u8>>> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (id, secret) = (provider.client_id.as_str(), provider.client_secret.reveal());
    let mut request = Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match provider.client_authentication {
        ClientAuthentication::Basic => {
            let both = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
            request = request.header(header::AUTHORIZATION, format!("Basic {both}"));
        }
        ClientAuthentication::Body => {
            form.append_pair("client_id", id).append_pair("client_secret", secret);
        }
    }
    request.header(header::ACCEPT, "application/json").body(form.finish().into_bytes()).ok()
}

fn bearing(method: Method, url: &Url, access: &Secret) -> Option<Request<Vec<u8>>> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", access.reveal())).ok()?;
    bearer.set_sensitive(true);
    let request = Request::builder().method(method).uri(url.as_str()).header(header::AUTHORIZATION, bearer);
    request.header(header::ACCEPT, "application/json").body(Vec::new()).ok()
}

/// What a stranger wrote, on one line and not too long.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(most).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_come_each_once_and_not_without_end() {
        assert_eq!(tidy(["a", "b,c", "a", ""].into_iter()), ["a", "b", "c"]);
        let many: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
        assert!(tidy(many.iter().map(String::as_str)).join(" ").len() <= SCOPES_LENGTH);
    }

    #[test]
    fn what_strangers_write_stays_on_a_line() {
        assert_eq!(shortened(" a\nb\u{7}c ", 4), "a b");
    }
}
