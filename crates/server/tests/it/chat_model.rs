//! The language model that words what was found, spoken with as its protocol says.

use std::sync::{Arc, Mutex};

use rolecall_access::BotId;
use rolecall_bots::reply::{Bot, Event, State};
use rolecall_bots::snapshot::{LanguageModel, SnapshotEntry};
use rolecall_bots::{Settings, Snapshot};
use rolecall_server::chat::turn;
use serde_json::{Value, json};

use crate::world::World;

/// Questions with the key that came with each.
type Questions = Vec<(String, Value)>;

/// A language model on this machine: what it was asked, and what it answers.
#[derive(Clone, Default)]
struct Peer(Arc<Mutex<(Questions, Option<Value>)>>);

impl Peer {
    async fn listen(&self) -> String {
        let router = axum::Router::new()
            .route("/v1/chat/completions", axum::routing::post(Self::answer))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/v1")
    }

    async fn answer(
        axum::extract::State(peer): axum::extract::State<Self>,
        headers: http::HeaderMap,
        axum::Json(body): axum::Json<Value>,
    ) -> (http::StatusCode, axum::Json<Value>) {
        let mut kept = peer.0.lock().unwrap();
        let key = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        kept.0.push((key, body));
        match kept.1.clone() {
            Some(answer) => (http::StatusCode::OK, axum::Json(answer)),
            None => (http::StatusCode::INTERNAL_SERVER_ERROR, axum::Json(json!({}))),
        }
    }
}

#[tokio::test]
async fn a_language_model_words_what_was_found_and_nothing_fails_without_it() {
    let world = World::new().await;
    let peer = Peer::default();
    let endpoint = peer.listen().await;
    let (app, client) = world.configured(|config| config.language_models = vec![endpoint.parse().unwrap()]);
    let ana = client.with(&world.sign_in("Ana").await);
    let bot = world.bot("workspace", 0);
    let settings = format!("/api/v1/bots/{bot}/settings");
    let model = |endpoint: &str, key: Value| json!({ "language_model": { "endpoint": endpoint, "model": "small", "key": key } });
    let kept = ana.patch(&settings, model(&endpoint, json!("sk-secret"))).await;
    assert_eq!((kept.status.as_u16(), &kept.body["language_model"]["has_key"]), (200, &json!(true)), "{}", kept.text);
    assert!(!kept.text.contains("sk-secret") && !ana.get(&settings).await.text.contains("sk-secret"));
    let log = ana.get(&world.path("workspace", "/audit-events?model=BotSetting")).await;
    assert!(log.text.contains("model_key") && !log.text.contains("sk-secret"), "{}", log.text);
    let id = BotId(bot.parse().unwrap());
    let snapshot = Snapshot {
        settings: Settings {
            language_model: Some(LanguageModel { endpoint: endpoint.clone(), model: "small".to_owned() }),
            ..Settings::default()
        },
        entries: vec![SnapshotEntry {
            id: "1".to_owned(),
            title: "Opening hours".to_owned(),
            body: "We are open from nine to five.".to_owned(),
            language: "en".to_owned(),
            ..SnapshotEntry::default()
        }],
        ..Snapshot::default()
    };
    let running = Bot::of(snapshot, None).unwrap();
    let ask = async |text: &str| {
        let (_, reply) = turn::react(&app, id, &running, State::default(), Event::Text(text.to_owned()))
            .await
            .map_err(|problem| problem.detail)
            .unwrap();
        (reply.messages[0].clone(), reply.why.model)
    };
    let plain = "We are open from nine to five.\n\nSource: Opening hours";
    // It is away: the plain answer.
    let (said, why) = ask("what are your opening hours?").await;
    assert_eq!((said.as_str(), why.unwrap().starts_with("failed")), (plain, true));
    peer.0.lock().unwrap().1 =
        Some(json!({ "choices": [{ "message": { "content": "Nine to five, <b>every day</b>." } }] }));
    let (said, why) = ask("what are your opening hours?").await;
    assert_eq!(said, "Nine to five, <b>every day</b>.\n\nSource: Opening hours");
    assert_eq!(why.as_deref(), Some("worded by small"));
    let (key, body) = peer.0.lock().unwrap().0.last().cloned().unwrap();
    assert_eq!((key.as_str(), body["model"].as_str()), ("Bearer sk-secret", Some("small")));
    assert!(body["messages"][1]["content"].as_str().unwrap().contains("nine to five"));
    for odd in [json!({ "choices": [{ "message": { "content": "NO ANSWER" } }] }), json!({ "choices": [] })] {
        peer.0.lock().unwrap().1 = Some(odd);
        assert_eq!(ask("what are your opening hours?").await.0, plain);
    }
    // What is not found is not asked.
    let before = peer.0.lock().unwrap().0.len();
    ask("xyzzy").await;
    assert_eq!(peer.0.lock().unwrap().0.len(), before);
    // A key does not travel to another endpoint, and bots use no address within the network unless the operator says so.
    let elsewhere = ana.patch(&settings, model("https://models.example.com/v1", Value::Null)).await;
    assert_eq!((elsewhere.status.as_u16(), &elsewhere.body["language_model"]["has_key"]), (200, &json!(false)));
    for inside in [
        "http://127.0.0.1:1/v1",
        "http://localhost/v1",
        "https://10.0.0.1/v1",
        "https://printer/v1",
        "http://example.com/v1",
        "https://user:pass@example.com/v1",
        "file:///etc/passwd",
        "https://metadata.internal/v1",
    ] {
        let refused = ana.patch(&settings, model(inside, Value::Null)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()),
            (422, Some("language_model.endpoint")),
            "{inside}"
        );
    }
}
