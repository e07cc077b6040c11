//! The harness: a demo's organizations in a folder of their own, a clock that tests turn, people as clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rolecall_access::Timestamp;
use rolecall_server::auth::password::Hasher;
use rolecall_server::auth::vault::Vault;
use rolecall_server::chat::Chat;
use rolecall_server::clock::Clock;
use rolecall_server::demo::{Demo, DemoOrganization, seed};
use rolecall_server::mail::Outbox;
use rolecall_server::observe::Metrics;
use rolecall_server::outgoing::Outgoing;
use rolecall_server::router::revision::Waiting;
use rolecall_server::router::router;
use rolecall_server::state::{App, Parts};
use rolecall_server::talks::Talks;
use rolecall_server::understanding::Models;
use rolecall_server::workshop::Workshops;
use rolecall_server::{Config, config::Limits};
use rolecall_store::scratch::Scratch;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

use crate::{documented, promised};

pub const URL: &str = "http://localhost:8080";
/// When each test begins.
const BEGIN: i64 = 1_777_800_600_000_000;
pub const PASSWORD: &str = "marble otter violin forty";

pub struct World {
    pub app: App,
    pub demo: Demo,
    router: Router,
    now: Arc<AtomicI64>,
    pub scratch: Scratch,
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    router: Router,
    peer: Option<SocketAddr>,
    pub cookie: Option<String>,
    headers: Vec<(&'static str, String)>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
    pub bytes: Vec<u8>,
}

async fn open(scratch: &Scratch, now: &Arc<AtomicI64>) -> App {
    let store = scratch.open().await.unwrap();
    let clock = Arc::clone(now);
    let limits = Limits { requests_per_second: 0, chat_per_address: 0, chat_per_conversation: 0, ..Limits::default() };
    App::new(Parts {
        store,
        config: Config { limits, ..Config::at(URL.parse().unwrap()) },
        clock: Clock::from_fn(move || Timestamp(clock.fetch_add(1, Ordering::SeqCst))),
        hasher: Hasher::new().unwrap(),
        vault: Vault::of([7; 32]),
        workshops: Workshops::default(),
        outbox: Outbox::default(),
        outgoing: Outgoing::public().unwrap(),
        models: Models::default(),
        talks: Talks::default(),
        waiting: Waiting::default(),
        chat: Chat::default(),
        metrics: Metrics::default(),
        stopping: tokio_util::sync::CancellationToken::new(),
    })
}

/// The demo as it was made once, of which each test gets a copy.
struct Template {
    scratch: Scratch,
    demo: Demo,
    now: i64,
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

async fn template() -> Template {
    let scratch = Scratch::new().await.unwrap();
    let now = Arc::new(AtomicI64::new(BEGIN));
    let app = open(&scratch, &now).await;
    let demo = seed(&app, URL.to_owned()).await.unwrap();
    app.store.close().await;
    Template { scratch, demo, now: now.load(Ordering::SeqCst) }
}

impl World {
    /// The demo's four organizations; no mail server, so that links are shown.
    pub async fn new() -> Self {
        let template = TEMPLATE.get_or_init(template).await;
        let scratch = template.scratch.copy().await.unwrap();
        let now = Arc::new(AtomicI64::new(template.now));
        let app = open(&scratch, &now).await;
        Self { router: router(app.clone()), app, demo: template.demo.clone(), now, scratch }
    }

    /// An installation that nobody has set up.
    pub async fn empty() -> Self {
        let scratch = Scratch::new().await.unwrap();
        let now = Arc::new(AtomicI64::new(BEGIN));
        let app = open(&scratch, &now).await;
        let demo = Demo { url: URL.to_owned(), password: String::new(), organizations: Vec::new() };
        Self { router: router(app.clone()), app, demo, now, scratch }
    }

    /// Another server on the same database, as it is when two share a PostgreSQL.
    pub async fn another_node(&self) -> Client {
        self.another_node_with(|_| {}).await
    }

    /// Another server on the same database, otherwise configured.
    pub async fn another_node_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        self.another_app(change).await.1
    }

    /// The application of another server on the same database, and a client of it.
    pub async fn another_app(&self, change: impl FnOnce(&mut Config)) -> (App, Client) {
        let app = open(&self.scratch, &self.now).await;
        let mut config = app.config.clone();
        change(&mut config);
        let app = App::new(app.parts_with(config));
        let client = Client { router: router(app.clone()), ..self.anonymous() };
        (app, client)
    }

    /// The facts as a server that starts now reads them.
    pub async fn facts_anew(&self) -> rolecall_access::Directory {
        let app = open(&self.scratch, &self.now).await;
        rolecall_access::Directory::clone(&app.store.directory())
    }

    /// The same installation, otherwise configured.
    pub fn with_config(&self, change: impl FnOnce(&mut Config)) -> Client {
        self.configured(change).1
    }

    /// The same, with its application.
    pub fn configured(&self, change: impl FnOnce(&mut Config)) -> (App, Client) {
        let mut config = self.app.config.clone();
        change(&mut config);
        let app = App::new(self.app.parts_with(config));
        let client = Client { router: router(app.clone()), ..self.anonymous() };
        (app, client)
    }

    /// The same installation with this mail server.
    pub fn with_mail(&self, url: &str) -> (App, Client) {
        let config = Config { smtp_url: Some(url.parse().unwrap()), ..self.app.config.clone() };
        let app = App::new(self.app.parts_with(config));
        let client = Client { router: router(app.clone()), ..self.anonymous() };
        (app, client)
    }

    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub fn organization(&self, preset: &str) -> &DemoOrganization {
        self.demo.organizations.iter().find(|organization| organization.preset == preset).unwrap()
    }

    /// The path of an organization in the API.
    pub fn path(&self, preset: &str, rest: &str) -> String {
        format!("/api/v1/organizations/{}{rest}", self.organization(preset).id)
    }

    pub fn role(&self, preset: &str, name: &str) -> String {
        self.organization(preset).roles.iter().find(|role| role.name == name).unwrap().id.to_string()
    }

    pub fn bot(&self, preset: &str, number: usize) -> String {
        self.organization(preset).bots[number].id.to_string()
    }

    /// The id of somebody, by first name.
    pub fn person(&self, first: &str) -> String {
        let people = self.demo.organizations.iter().flat_map(|organization| &organization.people);
        people.into_iter().find(|person| person.name.starts_with(first)).unwrap().user_id.to_string()
    }

    fn email(&self, first: &str) -> String {
        let people = self.demo.organizations.iter().flat_map(|organization| &organization.people);
        people.into_iter().find(|person| person.name.starts_with(first)).unwrap().email.clone()
    }

    pub fn anonymous(&self) -> Client {
        Client { router: self.router.clone(), peer: None, cookie: None, headers: Vec::new() }
    }

    /// Somebody of the demo, signed in.
    pub async fn sign_in(&self, first: &str) -> Client {
        self.sign_in_as(&self.email(first), &self.demo.password).await
    }

    pub async fn sign_in_as(&self, email: &str, password: &str) -> Client {
        let answer = self.anonymous().post("/api/v1/session", json!({ "email": email, "password": password })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        self.with_cookie(&answer)
    }

    pub fn with_cookie(&self, answer: &Answer) -> Client {
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Client { cookie: Some(cookie), ..self.anonymous() }
    }

    /// Invites an address with these roles and bots, and accepts as its person.
    pub async fn join(&self, inviter: &Client, preset: &str, email: &str, roles: &[String], bots: &[String]) -> Client {
        let body = json!({ "email": email, "role_ids": roles, "bot_ids": bots });
        let invited = inviter.post(&self.path(preset, "/invitations"), body).await;
        assert_eq!(invited.status, 201, "{}", invited.text);
        let answer = self.accept(&invited.token(), "Tess Tester").await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        self.with_cookie(&answer)
    }

    pub async fn accept(&self, token: &str, name: &str) -> Answer {
        let body = json!({ "name": name, "password": PASSWORD });
        self.anonymous().post(&format!("/api/v1/invitations/{token}/accept"), body).await
    }
}

impl Client {
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        let kind = body.as_ref().map(|_| "application/json");
        self.send_raw(method, path, kind, body.unwrap_or_default().into_bytes()).await
    }

    pub async fn send_raw(&self, method: Method, path: &str, kind: Option<&str>, body: Vec<u8>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let own = |name: &str| self.headers.iter().any(|(header, _)| *header == name);
        if !own("origin") && !own("sec-fetch-site") {
            request = request.header("origin", URL);
        }
        if !own("if-match") {
            request = request.header("if-match", "*");
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| value != "-") {
            request = request.header(*name, value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        self.ask(request.body(Body::from(body)).unwrap(), path).await
    }

    /// An event stream: what it sends, as it comes.
    pub async fn follow(&self, path: &str) -> (StatusCode, BodyDataStream) {
        let request = Request::get(path).header("cookie", self.cookie.clone().unwrap_or_default());
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        (response.status(), response.into_body().into_data_stream())
    }

    /// The header of this name that it sends with each request.
    pub fn own(&self, name: &str) -> String {
        self.headers.iter().find(|(header, _)| *header == name).unwrap().1.clone()
    }

    /// The same, from this network address.
    pub fn from(&self, address: &str) -> Self {
        Self { peer: Some(SocketAddr::new(address.parse().unwrap(), 4711)), ..self.clone() }
    }

    /// A body that begins and never ends.
    pub async fn trickle(&self, path: &str) -> Answer {
        let body = Body::from_stream(futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>());
        let request = Request::post(path).header("origin", URL).header("content-type", "application/json");
        let request = request.header("cookie", self.cookie.clone().unwrap_or_default());
        self.ask(request.body(body).unwrap(), path).await
    }

    async fn ask(&self, request: Request<Body>, path: &str) -> Answer {
        let method = request.method().clone();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(parts.status.as_u16() < 500 || parts.status == 503, "{path} answered {}: {text}", parts.status);
        documented::check(&method, path, parts.status);
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            bytes: bytes.into(),
        };
        promised::check(&method, path, &answer);
        answer
    }

    /// The answer, its body still to be read.
    pub async fn open(&self, path: &str) -> axum::response::Response {
        let request = Request::get(path).header("cookie", self.cookie.clone().unwrap_or_default());
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// The same, holding this cookie.
    pub fn holding(&self, cookie: impl Into<String>) -> Self {
        Self { cookie: Some(cookie.into()), ..self.clone() }
    }

    /// The same, as this person.
    pub fn with(&self, person: &Self) -> Self {
        Self { cookie: person.cookie.clone(), ..self.clone() }
    }

    /// The same with another header; `-` leaves one out.
    pub fn header(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// A page of the console.
    pub async fn page(&self, path: &str) -> Answer {
        self.header("accept", "text/html").get(path).await
    }

    /// A form of the console.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let client = self.header("accept", "text/html");
        client.send_raw(Method::POST, path, Some("application/x-www-form-urlencoded"), body.into_bytes()).await
    }
}

impl Answer {
    /// The `id` of the record.
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.text)).to_owned()
    }

    /// The token of the link that was shown.
    pub fn token(&self) -> String {
        let link = self.body["link"].as_str().unwrap_or_else(|| panic!("no link in {}", self.text));
        link.rsplit('/').next().unwrap().to_owned()
    }

    /// The names of the items of a list.
    pub fn names(&self) -> Vec<&str> {
        self.body["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
    }

    pub fn problem(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}
