//! Settings, playground, tests and versions of a bot.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Client, World};

fn lesson() -> Value {
    json!({ "intents": [
        { "name": "greeting", "response": "Good day!", "examples": ["hello", "hello there", "hello to you", "hi"] },
        { "name": "lost card", "response": "I have blocked it.", "examples": [
            "my card is gone", "I lost my card", "block my card", "my card was stolen"] }] })
}

async fn taught(world: &World) -> (Client, String) {
    let ana = world.sign_in("Ana").await;
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 1));
    assert_eq!(ana.post(&format!("{bot}/training/import"), lesson()).await.status, 200);
    (ana, bot)
}

#[tokio::test]
async fn g_2_settings_are_read_changed_and_not_overwritten_unseen() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let path = format!("{bot}/settings");
    let usual = ana.get(&path).await;
    assert_eq!((usual.status.as_u16(), usual.headers["etag"].to_str().unwrap()), (200, "\"0\""));
    assert_eq!((&usual.body["languages"], &usual.body["retention_days"]), (&json!(["en"]), &json!(365)));
    assert_eq!((&usual.body["intent_threshold"], &usual.body["language_model"]), (&Value::Null, &Value::Null));
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({})).await.status, 428);
    let seen = ana.header("if-match", "\"0\"");
    let change = json!({ "languages": ["de", "en"], "fallback": { "de": "Wie bitte?", "fr": "Pardon ?" },
        "knowledge_threshold": 0.5, "retention_days": null, "time_zone": "Europe/Vienna", "intent_threshold": 0.7 });
    let after = seen.patch(&path, change).await;
    assert_eq!((after.status.as_u16(), after.headers["etag"].to_str().unwrap()), (200, "\"1\""), "{}", after.text);
    assert_eq!(after.body["fallback"], json!({ "de": "Wie bitte?" }));
    assert_eq!((&after.body["intent_threshold"], &after.body["retention_days"]), (&json!(0.7), &Value::Null));
    let late = seen.patch(&path, json!({ "time_zone": "UTC" })).await;
    assert_eq!((late.status.as_u16(), late.body["current"]["time_zone"].as_str()), (412, Some("Europe/Vienna")));
    for (bad, field) in [
        (json!({ "languages": [] }), "languages"),
        (json!({ "languages": ["<b>"] }), "languages"),
        (json!({ "languages": ["en", "en"] }), "languages"),
        (json!({ "fallback": { "de": "x".repeat(1_001) } }), "fallback.de"),
        (json!({ "intent_threshold": 1.5 }), "intent_threshold"),
        (json!({ "knowledge_threshold": -0.1 }), "knowledge_threshold"),
        (json!({ "retention_days": 0 }), "retention_days"),
        (json!({ "time_zone": "Mars/Base" }), "time_zone"),
        (json!({ "other": 1 }), "other"),
    ] {
        let refused = ana.patch(&path, bad).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{}",
            refused.text
        );
    }
}

#[tokio::test]
async fn t_6_versions_are_numbered_told_apart_and_gone_back_to() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let publication = format!("{bot}/publication");
    let first = ana.put(&publication, json!({ "note": "First" })).await;
    assert_eq!((first.status.as_u16(), &first.body["version"]), (200, &json!(1)), "{}", first.text);
    let intents = ana.get(&format!("{bot}/training?q=greeting")).await;
    let intent = format!("{bot}/training/{}", intents.body["items"][0]["id"].as_str().unwrap());
    assert_eq!(ana.patch(&intent, json!({ "response": "Welcome!" })).await.status, 200);
    assert_eq!(ana.patch(&format!("{bot}/settings"), json!({ "time_zone": "Europe/Vienna" })).await.status, 200);
    let draft = ana.get(&format!("{publication}/changes")).await;
    let told: Vec<&str> =
        draft.body["changes"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(told, ["Intent “greeting” changed.", "Settings: time zone changed."]);
    assert_eq!(ana.send(Method::PUT, &publication, None).await.body["version"], 2);
    let list = ana.get(&format!("{bot}/versions")).await;
    let numbers: Vec<i64> =
        list.body["items"].as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
    assert_eq!(ana.get(&format!("{bot}/versions?limit=1")).await.body["items"].as_array().unwrap().len(), 1);
    let one = ana.get(&format!("{bot}/versions/1")).await;
    assert_eq!(
        (&one.body["note"], &one.body["live"], &one.body["can"]),
        (&json!("First"), &json!(false), &json!(["read", "publish"]))
    );
    assert_eq!(one.body["made_by"], "Ana Marchetti");
    let changes = ana.get(&format!("{bot}/versions/2/changes?since=1")).await;
    assert_eq!(
        (changes.status.as_u16(), changes.body["changes"].as_array().unwrap().len()),
        (200, 2),
        "{}",
        changes.text
    );
    assert_eq!(ana.get(&format!("{bot}/versions/1/changes")).await.body["changes"].as_array().unwrap().len(), 2);
    for path in ["versions/3", "versions/0", "versions/x", "versions/3/changes"] {
        assert_eq!(ana.get(&format!("{bot}/{path}")).await.status, 404, "{path}");
    }
    assert_eq!(ana.get(&format!("{bot}/versions/2/changes?since=9")).await.status, 422);
    let back = ana.put(&publication, json!({ "version": 1 })).await;
    assert_eq!(
        (&back.body["version"], ana.put(&publication, json!({})).await.body["version"].clone()),
        (&json!(1), json!(3))
    );
    let log = ana.get(&world.path("workspace", "/audit-events?model=Publication")).await;
    assert!(log.text.contains("roll_back"), "{}", log.text);
}

#[tokio::test]
async fn t_6_g_5_each_area_is_for_whoever_holds_it() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let bot = format!("/api/v1/bots/{}", world.bot("team", 0));
    assert_eq!(owner.put(&format!("{bot}/publication"), json!({})).await.status, 200);
    assert_eq!(member.put(&format!("{bot}/publication"), json!({})).await.status, 403);
    assert_eq!(member.put(&format!("{bot}/publication"), json!({ "version": 1 })).await.status, 403);
    assert_eq!(member.patch(&format!("{bot}/settings"), json!({})).await.status, 403);
    let ana = world.sign_in("Ana").await;
    for path in ["settings", "versions", "versions/1", "versions/1/changes", "publication/changes", "playground/tests"]
    {
        assert_eq!(ana.get(&format!("{bot}/{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_playground_talks_to_the_draft_and_says_why() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let path = format!("{bot}/playground/messages");
    let untrained = ana.post(&path, json!({ "text": "hello" })).await;
    assert_eq!(
        (untrained.status.as_u16(), &untrained.body["outcome"], &untrained.body["up_to_date"]),
        (200, &json!("fallback"), &json!(false))
    );
    assert_eq!(ana.post(&format!("{bot}/training/train"), json!({})).await.status, 200);
    let said = ana.post(&path, json!({ "text": "my card is gone" })).await;
    assert_eq!((said.status.as_u16(), &said.body["reply"]), (200, &json!("I have blocked it.")), "{}", said.text);
    assert_eq!((&said.body["intent"]["name"], &said.body["up_to_date"]), (&json!("lost card"), &json!(true)));
    let why = &said.body["because"][0];
    assert_eq!((&why["kind"], &why["name"], &why["taken"]), (&json!("intent"), &json!("lost card"), &json!(true)));
    let state = said.body["state"].as_str().unwrap();
    let mut replies = Vec::new();
    let mut state = state.to_owned();
    for text in ["xyzzy", "plugh", "Talk to a person"] {
        let said = ana.post(&path, json!({ "text": text, "state": state })).await;
        state = said.body["state"].as_str().unwrap().to_owned();
        replies
            .push((said.body["outcome"].as_str().unwrap().to_owned(), said.body["choices"].as_array().unwrap().len()));
    }
    assert_eq!(replies, [("fallback".to_owned(), 0), ("fallback".to_owned(), 1), ("handover".to_owned(), 0)]);
    let bent = format!("A{}", &state[1..]);
    let other = format!("/api/v1/bots/{}/playground/messages", world.bot("workspace", 0));
    for (path, state) in [(&path, bent.as_str()), (&path, "x"), (&path, ""), (&other, state.as_str())] {
        let refused = ana.post(path, json!({ "text": "hello", "state": state })).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()),
            (422, Some("state")),
            "{}",
            refused.text
        );
    }
    // What is tried is no conversation, and visitors hear nothing of the draft.
    assert_eq!(
        world
            .anonymous()
            .post(&format!("/chat/v1/{}/messages", world.bot("workspace", 1)), json!({ "text": "hello" }))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn tests_run_before_publishing_and_what_fails_is_confirmed() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let tests = format!("{bot}/playground/tests");
    for (sentence, expects, expected) in
        [("my card is gone", "intent", "Lost Card"), ("hello", "text", "good DAY"), ("xyzzy", "fallback", "")]
    {
        let made = ana.post(&tests, json!({ "sentence": sentence, "expects": expects, "expected": expected })).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let publication = format!("{bot}/publication");
    // What is published has learned what it is taught, whether or not somebody trained it.
    assert_eq!(ana.put(&publication, json!({})).await.status, 200);
    let wrong = ana.post(&tests, json!({ "sentence": "hello", "expects": "entry", "expected": "Refunds" })).await;
    let refused = ana.put(&publication, json!({})).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (409, "/problems/wrong-state"), "{}", refused.text);
    assert!(refused.body["detail"].as_str().unwrap().starts_with("1 of 4 tests fail"), "{}", refused.text);
    assert_eq!(refused.body["errors"][0]["field"], format!("tests.{}", wrong.id()));
    assert_eq!(ana.put(&publication, json!({ "confirm": true })).await.body["version"], 2);
    assert_eq!(ana.post(&format!("{bot}/training/train"), json!({})).await.status, 200);
    let run = ana.post(&format!("{tests}/run"), json!({})).await;
    assert_eq!((run.status.as_u16(), &run.body["passed"]), (200, &json!(3)), "{}", run.text);
    assert!(run.body["items"][3]["got"].as_str().unwrap().contains("greeting"));
    assert_eq!(ana.delete(&format!("{tests}/{}", wrong.id())).await.status, 204);
    assert_eq!(ana.delete(&format!("{tests}/{}", wrong.id())).await.status, 404);
    assert_eq!(ana.put(&publication, json!({})).await.status, 200);
    for (bad, field) in [
        (json!({ "sentence": "", "expects": "fallback" }), "sentence"),
        (json!({ "sentence": "x", "expects": "intent" }), "expected"),
        (json!({ "sentence": "x", "expects": "luck", "expected": "x" }), "expects"),
        (json!({ "sentence": "x".repeat(501), "expects": "fallback" }), "sentence"),
    ] {
        assert_eq!(ana.post(&tests, bad).await.body["errors"][0]["field"], field);
    }
}
