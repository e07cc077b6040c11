//! A receiver of webhooks and calls on this machine: what came, and what it answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

/// Something that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Came {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    /// Whether one of its signatures is made with the secret: after the specification, by code of its own.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut content = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        content.extend(&self.body);
        let wanted = format!("v1,{}", STANDARD.encode(hmac(&key, &content)));
        self.header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

fn hmac(key: &[u8], content: &[u8]) -> Vec<u8> {
    let pad = |with: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), content].concat());
    Sha256::digest([pad(0x5c).as_slice(), &inner].concat()).to_vec()
}

#[derive(Default)]
struct Kept {
    came: Vec<Came>,
    answers: VecDeque<(u16, String)>,
}

#[derive(Clone)]
pub struct Receiver {
    kept: Arc<Mutex<Kept>>,
    /// Each answer takes one of them.
    gate: Arc<Semaphore>,
    pub url: String,
}

impl Receiver {
    pub async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=hush", listener.local_addr().unwrap());
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let receiver = Self { kept: Arc::default(), gate, url };
        let router = axum::Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// Answers with these, one after the other, then with 200.
    pub fn answers(&self, answers: &[(u16, &str)]) {
        let answers = answers.iter().map(|(status, text)| (*status, (*text).to_owned()));
        self.kept.lock().unwrap().answers.extend(answers);
    }

    /// Answers nothing any more until it is opened.
    pub fn close(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn open(&self) {
        self.gate.add_permits(100);
    }

    pub fn came(&self) -> Vec<Came> {
        self.kept.lock().unwrap().came.clone()
    }

    /// The kinds of all that came.
    pub fn kinds(&self) -> Vec<String> {
        self.came().iter().map(|came| came.json()["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut kept = receiver.kept.lock().unwrap();
        kept.came.push(Came { headers, body: body.to_vec() });
        kept.answers.pop_front()
    };
    receiver.gate.acquire().await.unwrap().forget();
    let (status, text) = answer.unwrap_or((200, "{}".to_owned()));
    let status = StatusCode::from_u16(status).unwrap();
    let mut response = (status, text).into_response();
    if status.is_redirection() {
        response.headers_mut().insert("location", "/elsewhere".parse().unwrap());
    }
    response
}
