//! Facebook on this machine: its Graph API as far as Messenger needs it, and its calls to the webhook.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use rolecall_server::Config;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::peer::{Peer, connect};
use crate::world::{Answer, Client, World};
use rolecall_server::state::App;

/// Our app's secret there.
const SECRET: &str = "hush hush";
pub const WEBHOOK: &str = "/channels/messenger";
pub const SCOPES: [&str; 3] = ["pages_show_list", "pages_manage_metadata", "pages_messaging"];
pub const PAGE: &str = "104857600";

#[derive(Default)]
pub struct Kept {
    /// Who was told what, in order.
    pub sent: Vec<(String, Value)>,
    /// The pages of which we are told.
    pub subscribed: BTreeSet<String>,
    /// What the next attempts to send are answered with.
    pub refusals: VecDeque<(u16, Value)>,
    /// All calls.
    pub calls: Vec<String>,
}

#[derive(Clone)]
pub struct Facebook {
    kept: Arc<Mutex<Kept>>,
    pub accounts: Peer,
    url: String,
}

/// HMAC-SHA-256 as RFC 2104 spells it, for keys that fit a block.
pub fn hmac(key: &str, text: &[u8]) -> String {
    let mut block = key.as_bytes().to_vec();
    block.resize(64, 0);
    let inner: Vec<u8> = block.iter().map(|byte| byte ^ 0x36).chain(text.iter().copied()).collect();
    let inner = Sha256::digest(inner);
    let outer: Vec<u8> = block.iter().map(|byte| byte ^ 0x5c).chain(inner).collect();
    hex::encode(Sha256::digest(outer))
}

impl Facebook {
    pub async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/v23.0", listener.local_addr().unwrap().port());
        let facebook = Self { kept: Arc::default(), accounts: Peer::new("facebook").await, url };
        let router = Router::new().fallback(answer).with_state(facebook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        facebook
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    pub fn configure(&self) -> impl FnOnce(&mut Config) {
        let scopes = SCOPES.map(|name| format!("[[provider.scopes]]\nname = \"{name}\"\nwords = \"May {name}\"\n"));
        let (provider, graph) = (self.accounts.provider(&scopes.concat()), self.url.parse().unwrap());
        move |config| {
            config.providers.push(provider);
            config.messenger.graph = Some(graph);
        }
    }

    /// The installation as it is set up for Messenger, and its administrator with an account there.
    pub async fn set_up(&self, world: &World) -> (App, Client, String) {
        let (app, client) = world.configured(self.configure());
        let ana = client.with(&world.sign_in("Ana").await);
        let account = connect(&ana, &self.accounts, "ana", &SCOPES).await["id"].as_str().unwrap().to_owned();
        (app, ana, account)
    }

    /// The texts that somebody was told, in order.
    pub fn told(&self, person: &str) -> Vec<String> {
        let kept = self.kept();
        let texts = kept.sent.iter().filter(|(to, _)| to == person);
        texts.map(|(_, message)| message["text"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a person does at a page, as Facebook tells it.
pub fn event(person: &str, what: Value) -> Value {
    let mut one =
        json!({ "sender": { "id": person }, "recipient": { "id": PAGE }, "timestamp": 1_777_800_600_000_i64 });
    for (key, value) in what.as_object().unwrap() {
        one[key.as_str()] = value.clone();
    }
    json!({ "object": "page", "entry": [{ "id": PAGE, "time": 1, "messaging": [one] }] })
}

pub fn says(person: &str, mid: &str, text: &str) -> Value {
    event(person, json!({ "message": { "mid": mid, "text": text } }))
}

/// Facebook calls the webhook, and signs.
pub async fn call(client: &Client, body: &Value) -> Answer {
    let body = body.to_string();
    let signature = format!("sha256={}", hmac(SECRET, body.as_bytes()));
    let facebook = client.header("x-hub-signature-256", signature).header("origin", "-").holding("");
    facebook.send_raw(Method::POST, WEBHOOK, Some("application/json"), body.into_bytes()).await
}

fn refused(status: u16, code: i64, subcode: i64) -> (u16, Value) {
    (status, json!({ "error": { "message": "no", "code": code, "error_subcode": subcode } }))
}

pub fn revoked() -> (u16, Value) {
    refused(400, 190, 460)
}

pub fn too_late() -> (u16, Value) {
    refused(403, 10, 2_018_278)
}

pub fn too_much() -> (u16, Value) {
    refused(400, 613, 0)
}

pub fn down() -> (u16, Value) {
    refused(500, 2, 0)
}

async fn answer(State(facebook): State<Facebook>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap_or_default();
    let token = parts.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    let query = parts.uri.query().unwrap_or_default();
    assert!(query.contains(&format!("appsecret_proof={}", hmac(SECRET, token.as_bytes()))), "{query}");
    assert!(!query.contains("access_token="), "a token in an address: {query}");
    let path = parts.uri.path().strip_prefix("/v23.0/").unwrap().to_owned();
    let mut kept = facebook.kept();
    kept.calls.push(format!("{} {path}", parts.method));
    let of_page = |page: &str| assert_eq!(token, format!("page-secret-{page}"));
    match (parts.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", ["me", "accounts"]) => {
            assert!(token.starts_with("access-secret-"), "{token}");
            let page =
                |id: &str, name: &str| json!({ "id": id, "name": name, "access_token": format!("page-secret-{id}") });
            // Page by page.
            Json(if query.contains("after=second") {
                json!({ "data": [page("209715200", "Acme <b>Shop</b>")], "paging": { "cursors": { "after": "end" } } })
            } else {
                json!({ "data": [page(PAGE, "Acme Bank"), json!({ "id": "1", "name": "Not managed" })],
                    "paging": { "cursors": { "after": "second" }, "next": "https://graph.example/next" } })
            })
            .into_response()
        }
        ("POST", [page, "subscribed_apps"]) => {
            of_page(page);
            assert!(query.contains("subscribed_fields=messages%2Cmessaging_postbacks"), "{query}");
            kept.subscribed.insert((*page).to_owned());
            Json(json!({ "success": true })).into_response()
        }
        ("DELETE", [page, "subscribed_apps"]) => {
            of_page(page);
            kept.subscribed.remove(*page);
            Json(json!({ "success": true })).into_response()
        }
        ("POST", ["me", "messages"]) => {
            of_page(PAGE);
            if let Some((status, answer)) = kept.refusals.pop_front() {
                return (StatusCode::from_u16(status).unwrap(), Json(answer)).into_response();
            }
            assert_eq!(body["messaging_type"], "RESPONSE");
            let to = body["recipient"]["id"].as_str().unwrap().to_owned();
            kept.sent.push((to, body["message"].clone()));
            Json(json!({ "recipient_id": body["recipient"]["id"], "message_id": "m" })).into_response()
        }
        other => panic!("{other:?}"),
    }
}
