//! A provider of accounts on this machine: does what OAuth asks of it, or whatever fault a test sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{RawForm, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use rolecall_server::Config;
use rolecall_server::auth::provider::{Provider, ProviderSettings, providers};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::world::{Answer, Client};

pub const ACCOUNTS: &str = "/api/v1/me/accounts";
pub const CALLBACK: &str = "/profile/accounts/callback";

/// What it does when it is asked for tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Good,
    InvalidGrant,
    Fault,
    Garbage,
    TooMuch,
    Redirect,
    Never,
}

struct Asked {
    subject: String,
    scopes: String,
    challenge: String,
    redirect: String,
}

#[derive(Default)]
pub struct Kept {
    pub mood: Mood,
    /// What the identity address answers with, in place of who it is.
    pub identity: Option<StatusCode>,
    /// How long its tokens live.
    pub life: u64,
    pub exchanges: u32,
    pub refreshes: u32,
    pub revoked: Vec<String>,
    /// What people decline without its tokens saying so.
    pub declined: Option<&'static str>,
    asked: BTreeMap<String, Asked>,
    access: BTreeMap<String, String>,
    refresh: BTreeMap<String, (String, String)>,
    dead: BTreeSet<String>,
    number: u32,
}

#[derive(Clone)]
pub struct Peer {
    kept: Arc<Mutex<Kept>>,
    pub url: String,
    pub name: &'static str,
}

impl Peer {
    pub async fn new(name: &'static str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let peer = Self { kept: Arc::new(Mutex::new(Kept { life: 3600, ..Kept::default() })), url, name };
        let router = Router::new()
            .route("/token", post(token))
            .route("/identity", get(identity))
            .route("/revoke", post(revoke))
            .route("/permissions", get(permissions))
            .with_state(peer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        peer
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// As the configuration names it.
    pub fn provider(&self, more: &str) -> Provider {
        #[derive(Deserialize)]
        struct File {
            provider: Vec<ProviderSettings>,
        }
        let (name, url) = (self.name, &self.url);
        let text = format!(
            "[[provider]]\nkey = \"{name}\"\nname = \"The {name}\"\nclient-id = \"us\"\nclient-secret = \"hush hush\"\n\
             authorize = \"{url}/authorize\"\ntoken = \"{url}/token\"\nrevoke = \"{url}/revoke\"\n\
             identity = \"{url}/identity\"\nremove-at = \"{url}/apps\"\n{more}\n\
             [[provider.scopes]]\nname = \"who\"\nwords = \"Know who you are\"\nneeded = true\n\
             [[provider.scopes]]\nname = \"read\"\nwords = \"Read your posts\"\n\
             [[provider.scopes]]\nname = \"write\"\nwords = \"Write in your name\"\n"
        );
        let file: File = toml::from_str(&text).unwrap();
        providers(file.provider, |_| None).unwrap().remove(0)
    }

    pub fn configure(&self) -> impl FnOnce(&mut Config) {
        let provider = self.provider("");
        move |config| config.providers.push(provider)
    }

    /// Somebody agrees there, to these scopes: where the browser goes then.
    pub fn agree(&self, led: &Answer, subject: &str, scopes: &str) -> String {
        assert!(led.status.is_success(), "{}", led.text);
        self.agree_at(led.body["authorization_url"].as_str().unwrap(), subject, scopes)
    }

    pub fn agree_at(&self, url: &str, subject: &str, scopes: &str) -> String {
        let url: Url = url.parse().unwrap();
        assert!(url.as_str().starts_with(&self.url), "{url}");
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
        let mut kept = self.kept();
        kept.number += 1;
        let code = format!("code-{}-of-{}", kept.number, self.name);
        let entry = Asked {
            subject: subject.to_owned(),
            scopes: scopes.to_owned(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        kept.asked.insert(code.clone(), entry);
        format!("{CALLBACK}?code={code}&state={}", asked["state"])
    }

    /// Takes all tokens of everybody back, as people do on its own pages.
    pub fn revoke_all(&self) {
        let mut kept = self.kept();
        kept.access.clear();
        kept.refresh.clear();
    }
}

fn give(kept: &mut Kept, subject: &str, scopes: &str) -> Value {
    kept.number += 1;
    let (access, refresh) = (format!("access-secret-{}", kept.number), format!("refresh-secret-{}", kept.number));
    kept.access.insert(access.clone(), subject.to_owned());
    kept.refresh.insert(refresh.clone(), (subject.to_owned(), scopes.to_owned()));
    let mut given = json!({ "access_token": access, "refresh_token": refresh, "token_type": "Bearer" });
    if kept.life > 0 {
        given["expires_in"] = json!(kept.life);
    }
    // Without a word it is what was asked for.
    if scopes != "-" {
        given["scope"] = json!(scopes);
    }
    given
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

async fn token(State(peer): State<Peer>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&form).into_owned().collect();
    let client = format!("Basic {}", STANDARD.encode("us:hush+hush"));
    assert_eq!(headers["authorization"].to_str().unwrap(), client);
    let refreshing = form["grant_type"] == "refresh_token";
    let mood = {
        let mut kept = peer.kept();
        let count = if refreshing { &mut kept.refreshes } else { &mut kept.exchanges };
        *count += 1;
        kept.mood
    };
    match mood {
        Mood::Good if refreshing => refresh(&mut peer.kept(), &form["refresh_token"]),
        Mood::Good if form["grant_type"] == "longer" => prolong(&mut peer.kept(), &form["longer"]),
        Mood::Good => exchange(&mut peer.kept(), &form),
        Mood::InvalidGrant => refused("invalid_grant"),
        Mood::Fault => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Garbage => "<html>access_token".into_response(),
        Mood::TooMuch => Json(json!({ "access_token": "x".repeat(70_000), "token_type": "bearer" })).into_response(),
        Mood::Redirect => (StatusCode::FOUND, [("location", format!("{}/identity", peer.url))]).into_response(),
        Mood::Never => std::future::pending().await,
    }
}

fn exchange(kept: &mut Kept, form: &BTreeMap<String, String>) -> Response {
    let Some(asked) = kept.asked.remove(&form["code"]) else { return refused("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    if (challenge, &form["redirect_uri"]) != (asked.challenge, &asked.redirect) {
        return refused("invalid_grant");
    }
    Json(give(kept, &asked.subject, &asked.scopes)).into_response()
}

/// A token of a long life for one of a short.
fn prolong(kept: &mut Kept, token: &str) -> Response {
    let subject = kept.access.remove(token).unwrap();
    kept.access.insert("long-secret-1".to_owned(), subject);
    Json(json!({ "access_token": "long-secret-1", "token_type": "bearer", "expires_in": 5_184_000 })).into_response()
}

async fn permissions(State(peer): State<Peer>, headers: HeaderMap) -> Response {
    let kept = peer.kept();
    let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ");
    assert!(kept.access.contains_key(token));
    let status = |name: &str| if kept.declined == Some(name) { "declined" } else { "granted" };
    let all = ["who", "read", "write"].map(|name| json!({ "permission": name, "status": status(name) }));
    Json(json!({ "data": all })).into_response()
}

/// Each refresh token once; one that comes again ends everything, as RFC 9700 has it.
fn refresh(kept: &mut Kept, token: &str) -> Response {
    if kept.dead.contains(token) {
        kept.access.clear();
        kept.refresh.clear();
    }
    let Some((subject, scopes)) = kept.refresh.remove(token) else { return refused("invalid_grant") };
    kept.dead.insert(token.to_owned());
    Json(give(kept, &subject, &scopes)).into_response()
}

async fn identity(State(peer): State<Peer>, headers: HeaderMap) -> Response {
    let kept = peer.kept();
    if let Some(status) = kept.identity {
        return status.into_response();
    }
    let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ");
    match kept.access.get(token) {
        Some(subject) => Json(json!({ "sub": subject, "name": format!("<b>{subject}</b>") })).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn revoke(State(peer): State<Peer>, RawForm(form): RawForm) -> Response {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&form).into_owned().collect();
    let mut kept = peer.kept();
    if kept.mood == Mood::Fault {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    kept.revoked.push(form["token"].clone());
    kept.refresh.remove(&form["token"]);
    StatusCode::OK.into_response()
}

/// Connects an account of this person there, with these scopes.
pub async fn connect(client: &Client, peer: &Peer, subject: &str, scopes: &[&str]) -> Value {
    let led = client.post(ACCOUNTS, json!({ "provider": peer.name, "scopes": scopes })).await;
    let granted = [&["who"], scopes].concat().join(" ");
    let back = client.page(&peer.agree(&led, subject, &granted)).await;
    assert_eq!((back.status.as_u16(), back.location()), (303, "/profile/accounts"), "{}", back.text);
    let listed = client.get(ACCOUNTS).await;
    let items = listed.body["items"].as_array().unwrap().clone();
    let named = |one: &&Value| one["name"] == format!("<b>{subject}</b>") && one["provider"] == peer.name;
    items.iter().find(named).unwrap_or_else(|| panic!("{} {:?}", listed.text, back.headers)).clone()
}
