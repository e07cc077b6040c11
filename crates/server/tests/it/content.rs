//! What bots say: entries and responses, and their versions.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

pub fn entry(title: &str, body: &str) -> Value {
    json!({ "kind": "entry", "title": title, "body": body })
}

pub async fn make(client: &Client, content: &str, body: Value) -> String {
    let made = client.post(content, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

/// A form with files, and fields before them, as browsers send it.
pub async fn send(client: &Client, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    client.send_raw(Method::POST, path, Some("multipart/form-data; boundary=edge"), body).await
}

pub fn titles(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn entries_and_responses_are_made_changed_found_and_deleted() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let made = ana
        .post(
            &content,
            json!({ "kind": "entry", "title": " Lost card ", "body": "# Block it\r\n\r\nCall **us**.",
        "tags": ["Cards", "cards", "Loss & theft"], "source": "https://example.org/cards", "status": "ready" }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers["etag"], "\"1\"");
    assert_eq!((&made.body["title"], &made.body["body"]), (&json!("Lost card"), &json!("# Block it\n\nCall **us**.")));
    assert_eq!((&made.body["language"], &made.body["tags"]), (&json!("en"), &json!(["Cards", "Loss & theft"])));
    assert_eq!(ana.get(made.location()).await.body["source"], "https://example.org/cards");
    let said = json!({ "kind": "response", "title": "Greeting", "variants": [{ "text": "Hello" }, { "text": "Hi" }] });
    let greeting = ana.post(&content, said.clone()).await;
    assert_eq!(greeting.body["variants"], json!([{ "text": "Hello" }, { "text": "Hi" }]), "{}", greeting.text);
    assert_eq!(greeting.body["status"], "draft");
    let german =
        json!({ "kind": "response", "title": "greeting", "language": "DE", "variants": [{ "text": "Hallo" }] });
    let german = make(&ana, &content, german).await;
    let both = ana.get(&format!("{content}/{}", greeting.id())).await;
    assert_eq!(both.body["translations"], json!([{ "id": german, "language": "de", "status": "draft" }]));
    // One title in one language and kind, whatever its case.
    let twice = ana.post(&content, said).await;
    assert_eq!((twice.status.as_u16(), twice.body["errors"][0]["field"].as_str()), (409, Some("title")));
    assert_eq!(make(&ana, &content, entry("Greeting", "Also an entry.")).await.len(), 36);
    // Its name is that of all its languages.
    let renamed = ana.patch(&format!("{content}/{german}"), json!({ "title": "Welcome" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(ana.get(&format!("{content}/{}", greeting.id())).await.body["title"], "Welcome");
    for (query, expected) in [
        ("", vec!["Greeting", "Lost card", "Welcome", "Welcome"]),
        ("?kind=entry", vec!["Greeting", "Lost card"]),
        ("?language=de", vec!["Welcome"]),
        ("?status=ready", vec!["Lost card"]),
        ("?tag=LOSS%20%26%20THEFT", vec!["Lost card"]),
        ("?tag=loss", vec![]),
        ("?q=hallo", vec!["Welcome"]),
        ("?q=text", vec![]),
        ("?q=example.org", vec!["Lost card"]),
        ("?sort=-title&kind=entry", vec!["Lost card", "Greeting"]),
    ] {
        assert_eq!(titles(&ana.get(&format!("{content}{query}")).await), expected, "{query}");
    }
    let listed = ana.get(&format!("{content}?q=block")).await;
    assert_eq!(listed.body["items"][0]["excerpt"], "Block it Call us.");
    for wrong in ["?kind=page", "?status=", "?sort=body", "?tags=x"] {
        assert_eq!(ana.get(&format!("{content}{wrong}")).await.status, 422, "{wrong}");
    }
    assert_eq!(ana.delete(made.location()).await.status, 204);
    assert_eq!(ana.get(made.location()).await.status, 404);
}

#[tokio::test]
async fn content_that_does_not_fit_is_told_so_by_field() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let long = "x".repeat(50_001);
    for (body, field, code) in [
        (json!({ "kind": "entry", "title": "" }), "title", "empty"),
        (json!({ "kind": "page", "title": "x" }), "kind", "invalid"),
        (json!({ "title": "x" }), "kind", "missing"),
        (json!({ "kind": "entry", "title": "x", "body": long }), "body", "too_long"),
        (json!({ "kind": "entry", "title": "x", "status": "ready" }), "body", "empty"),
        (json!({ "kind": "entry", "title": "x", "variants": [{ "text": "a" }] }), "variants", "invalid"),
        (json!({ "kind": "response", "title": "x", "body": "a" }), "body", "invalid"),
        (json!({ "kind": "response", "title": "x" }), "variants", "missing"),
        (json!({ "kind": "response", "title": "x", "variants": [{ "text": " " }] }), "variants", "empty"),
        (json!({ "kind": "entry", "title": "x", "language": "english" }), "language", "invalid"),
        (json!({ "kind": "entry", "title": "x", "tags": ["a,b"] }), "tags", "invalid"),
        (json!({ "kind": "entry", "title": "x", "source": "a\nb" }), "source", "invalid"),
        (json!({ "kind": "entry", "title": "x", "owner": "me" }), "owner", "unknown"),
    ] {
        let answer = ana.post(&content, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        let error = &answer.body["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{body}");
    }
    assert_eq!(titles(&ana.get(&content).await), Vec::<&str>::new());
}

#[tokio::test]
async fn g_2_nobody_overwrites_a_text_unseen_and_each_version_is_kept() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let path =
        format!("{content}/{}", make(&ana, &content, entry("Hours", "We open at nine.\nWe close at five.")).await);
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({ "title": "x" })).await.status, 428);
    let first = mei.header("if-match", "\"1\"");
    let changed = first.patch(&path, json!({ "body": "We open at ten.\nWe close at five.", "status": "ready" })).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.headers["etag"]),
        (200, &"\"2\"".parse().unwrap()),
        "{}",
        changed.text
    );
    let late = ana.header("if-match", "\"1\"").patch(&path, json!({ "body": "We never open." })).await;
    assert_eq!((late.status.as_u16(), late.problem()), (412, "/problems/stale"));
    assert_eq!(late.body["current"]["body"], "We open at ten.\nWe close at five.");
    assert_eq!(ana.header("if-match", "\"1\"").delete(&path).await.status, 412);
    // The same again is no version.
    assert_eq!(mei.patch(&path, json!({ "status": "ready" })).await.body["version"], 2);
    let versions = ana.get(&format!("{path}/versions")).await;
    let told = |field: &str| {
        versions.body["items"].as_array().unwrap().iter().map(|item| item[field].clone()).collect::<Vec<_>>()
    };
    assert_eq!(told("number"), [2, 1]);
    assert_eq!(told("made_by_name"), ["Mei Tanaka", "Ana Marchetti"]);
    assert_eq!(told("changed"), [json!(["body", "status"]), json!([])]);
    let second = ana.get(&format!("{path}/versions/2")).await;
    let lines = json!([{ "fate": "removed", "text": "We open at nine." }, { "fate": "added", "text": "We open at ten." },
        { "fate": "kept", "text": "We close at five." }]);
    assert_eq!(second.body["diff"], lines);
    for none in ["0", "3", "-1", "x", "99999999999999999999"] {
        assert_eq!(ana.get(&format!("{path}/versions/{none}")).await.status, 404, "{none}");
    }
    // Restoring adds a version, and only to what one has seen.
    let seen = ana.header("if-match", "\"1\"").post(&format!("{path}/versions/1/restore"), json!({})).await;
    assert_eq!(seen.status, 412, "{}", seen.text);
    let restored = ana.post(&format!("{path}/versions/1/restore"), json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text);
    assert_eq!((&restored.body["version"], &restored.body["status"]), (&json!(3), &json!("draft")));
    assert_eq!(ana.get(&path).await.body["body"], "We open at nine.\nWe close at five.");
    let log = ana.get(&world.path("workspace", "/audit-events?model=Content")).await;
    let actions: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["restore", "update", "create"]);
}

#[tokio::test]
async fn t_7_g_3_g_5_content_is_for_whoever_holds_it() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let content = format!("/api/v1/bots/{}/content", world.bot("team", 0));
    let path = format!("{content}/{}", make(&owner, &content, entry("Hours", "Nine.")).await);
    // A Member reads, and writes nothing.
    assert_eq!(member.get(&content).await.body["items"][0]["can"], json!(["read"]));
    assert_eq!(member.get(&format!("{path}/versions/1")).await.status, 200);
    for (method, path, body) in [
        (Method::POST, content.clone(), entry("x", "y")),
        (Method::PATCH, path.clone(), json!({ "title": "x" })),
        (Method::DELETE, path.clone(), json!({})),
        (Method::POST, format!("{path}/versions/1/restore"), json!({})),
        (Method::POST, format!("{content}/import"), json!({})),
    ] {
        assert_eq!(member.send(method, &path, Some(body)).await.status, 403, "{path}");
    }
    // Another organization's content below one's own bot is not there.
    let ana = world.sign_in("Ana").await;
    let own = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let id = path.rsplit('/').next().unwrap();
    for rest in ["", "/versions", "/versions/1"] {
        assert_eq!(ana.get(&format!("{own}/{id}{rest}")).await.status, 404);
        assert_eq!(ana.get(&format!("{path}{rest}")).await.status, 404);
    }
    assert_eq!(ana.get(&format!("{content}/export")).await.status, 404);
}

#[tokio::test]
async fn w_3_whoever_holds_their_own_content_alone_sees_and_takes_out_no_other() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Author", "reach": "bots" })).await.id();
    let permissions = world.path("workspace", &format!("/roles/{role}/permissions"));
    for (model, action, relation) in [
        ("Content", "create", "team"),
        ("Content", "read", "owner"),
        ("Content", "update", "owner"),
        ("Content", "delete", "owner"),
    ] {
        let body = json!({ "model": model, "action": action, "relation": relation });
        assert_eq!(ana.post(&permissions, body).await.status, 201);
    }
    let tess = world
        .join(&ana, "workspace", "tess@example.com", std::slice::from_ref(&role), &[world.bot("workspace", 0)])
        .await;
    let person = tess.get("/api/v1/me").await.id();
    let team = format!("/api/v1/bots/{}/team/{person}", world.bot("workspace", 0));
    assert_eq!(ana.put(&team, json!({ "role_ids": [role] })).await.status, 200);
    let theirs =
        make(&ana, &content, json!({ "kind": "entry", "title": "Theirs", "body": "secret", "tags": ["hidden"] })).await;
    let own = make(&tess, &content, entry("Own", "mine")).await;
    let list = tess.get(&content).await;
    assert_eq!(titles(&list), ["Own"]);
    assert_eq!(list.body["items"][0]["can"], json!(["read", "update", "delete"]));
    assert_eq!(titles(&tess.get(&format!("{content}?q=secret")).await), Vec::<&str>::new());
    assert!(!tess.get(&format!("{content}/export")).await.text.contains("secret"));
    for rest in ["", "/versions", "/versions/1"] {
        assert_eq!(tess.get(&format!("{content}/{theirs}{rest}")).await.status, 404);
    }
    assert_eq!(tess.patch(&format!("{content}/{own}"), json!({ "body": "better" })).await.status, 200);
    let taken =
        send(&tess, &format!("{content}/import"), &[], &[("theirs.md", b"mine now"), ("own.md", b"best")]).await;
    assert_eq!((&taken.body["renewed"], &taken.body["refused"]), (&json!(1), &json!(1)), "{}", taken.text);
    assert!(taken.body["files"][0]["contents"][0]["reason"].as_str().unwrap().contains("not yours"));
    assert_eq!(ana.get(&format!("{content}/{theirs}")).await.body["body"], "secret");
}

#[tokio::test]
async fn an_intent_answers_with_a_response_of_the_content() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 1));
    let content = format!("{bot}/content");
    let said = |language: &str| json!({ "kind": "response", "title": "Blocked", "language": language, "variants": [{ "text": "x" }] });
    let english = make(&ana, &content, said("en")).await;
    let german = make(&ana, &content, said("de")).await;
    let entry = make(&ana, &content, entry("Not a response", "x")).await;
    let made = ana
        .post(&format!("{bot}/training"), json!({ "name": "lost card", "examples": ["gone"], "response_id": english }))
        .await;
    assert_eq!((made.status.as_u16(), &made.body["response_id"]), (201, &json!(english)), "{}", made.text);
    let other = make(&ana, &format!("/api/v1/bots/{}/content", world.bot("workspace", 0)), said("en")).await;
    let intent = format!("{bot}/training/{}", made.id());
    for wrong in [entry.as_str(), other.as_str(), made.id().as_str()] {
        let refused = ana.patch(&intent, json!({ "response_id": wrong })).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (422, &json!("response_id")),
            "{}",
            refused.text
        );
    }
    assert_eq!(ana.patch(&intent, json!({ "name": "card lost" })).await.body["response_id"], json!(english));
    // One language of it gone, another stands for it; with the last one the intent has its own text again.
    assert_eq!(ana.delete(&format!("{content}/{english}")).await.status, 204);
    assert_eq!(ana.get(&intent).await.body["response_id"], json!(german));
    assert_eq!(ana.delete(&format!("{content}/{german}")).await.status, 204);
    assert_eq!(ana.get(&intent).await.body["response_id"], Value::Null);
    let again = make(&ana, &content, said("en")).await;
    assert_eq!(ana.patch(&intent, json!({ "response_id": again })).await.body["response_id"], json!(again));
    assert_eq!(ana.patch(&intent, json!({ "response_id": null })).await.body["response_id"], Value::Null);
}
