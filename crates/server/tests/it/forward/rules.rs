//! Who makes rules, whose hosts they are, what they may say, and what would become of an address.

use serde_json::json;

use super::{ASKED, nginx, proxy, rule, rules};
use crate::world::World;

#[tokio::test]
async fn g_2_rules_are_made_changed_and_deleted_with_their_version() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let home = world.path("workspace", "/forward-rules");
    let body = json!({ "host": "BOTS.example.:80", "path": "/%61dmin/", "methods": ["POST", "GET", "POST"],
        "model": "Flow", "action": "read", "bot_id": world.bot("workspace", 0) });
    let made = rule(&world, body).await;
    assert_eq!((made.body["host"].as_str(), made.body["path"].as_str()), (Some("bots.example"), Some("/admin")));
    assert_eq!(made.body["methods"], json!(["GET", "POST"]));
    let own = format!("{home}/{}", made.id());
    assert_eq!(ana.header("if-match", "-").patch(&own, json!({ "path": "/x" })).await.status, 428);
    assert_eq!(ana.header("if-match", "\"7\"").patch(&own, json!({ "path": "/x" })).await.status, 412);
    let changed = ana.patch(&own, json!({ "path": "/x", "model": "Policy", "action": "read", "bot_id": null })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!((changed.body["path"].as_str(), changed.body["version"].as_i64()), (Some("/x"), Some(2)));
    assert_eq!(ana.get(&home).await.body["items"][0]["id"], made.id());
    assert_eq!(ana.delete(&own).await.status, 204);
    assert_eq!(ana.get(&own).await.status, 404);
    let log = ana.get(&world.path("workspace", "/audit-events?model=Policy")).await;
    for action in ["create_forward_rule", "update_forward_rule", "delete_forward_rule"] {
        assert!(log.text.contains(action), "{action}: {}", log.text);
    }
}

#[tokio::test]
async fn a_host_belongs_to_one_organization_and_nobody_learns_whose() {
    let world = World::new().await;
    let other = world.sign_in("Carla").await;
    let theirs = json!({ "host": "bots.example", "model": "Policy", "action": "read" });
    let preset = world.demo.organizations.iter().find(|one| one.people.iter().any(|who| who.name.starts_with("Carla")));
    let home = format!("/api/v1/organizations/{}/forward-rules", preset.unwrap().id);
    let first = rule(&world, theirs.clone()).await;
    let taken = other.post(&home, theirs.clone()).await;
    let own = other.post(&home, json!({ "host": "localhost:9090", "model": "Policy", "action": "read" })).await;
    assert_eq!((taken.status.as_u16(), own.status.as_u16()), (422, 422), "{} {}", taken.text, own.text);
    assert_eq!(taken.body["errors"], own.body["errors"], "what is ours and what is another's look the same");
    // Rules of another organization are not there.
    let foreign = format!("{home}/{}", first.id());
    assert_eq!(other.get(&foreign).await.status, 404);
    let tried = other.post(&format!("{home}/try"), json!({ "url": "http://bots.example/" })).await;
    assert_eq!(tried.body["refused"], "no-rule", "{}", tried.text);
    // With its last rule the host is free again.
    let ana = world.sign_in("Ana").await;
    let gone = ana.delete(&format!("{}/{}", world.path("workspace", "/forward-rules"), first.id())).await;
    assert_eq!(gone.status, 204);
    assert_eq!(other.post(&home, theirs).await.status, 201);
}

#[tokio::test]
async fn what_a_rule_says_is_checked() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (home, bot) = (world.path("workspace", "/forward-rules"), world.bot("workspace", 0));
    let cases = [
        (json!({ "host": "", "model": "Policy", "action": "read" }), "host"),
        (json!({ "host": "a b", "model": "Policy", "action": "read" }), "host"),
        (json!({ "host": "*.example", "model": "Policy", "action": "read" }), "host"),
        (json!({ "host": "a.example", "path": "/a/../b", "model": "Policy", "action": "read" }), "path"),
        (json!({ "host": "a.example", "path": "/_rolecall/callback", "model": "Policy", "action": "read" }), "path"),
        (json!({ "host": "a.example", "methods": ["get"], "model": "Policy", "action": "read" }), "methods.0"),
        (json!({ "host": "a.example", "model": "Policy", "action": "delete" }), "action"),
        (json!({ "host": "a.example", "model": "Nothing", "action": "read" }), "action"),
        (json!({ "host": "a.example", "model": "Flow", "action": "read" }), "bot_id"),
        (json!({ "host": "a.example", "model": "Policy", "action": "read", "bot_id": bot }), "bot_id"),
        (json!({ "host": "a.example", "model": "Flow", "action": "read", "bot_id": world.bot("team", 0) }), "bot_id"),
    ];
    for (body, field) in cases {
        let answer = ana.post(&home, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.body["errors"][0]["field"].as_str()), (422, Some(field)), "{body}");
    }
    let one = |path: &str, methods: &[&str]| json!({ "host": "a.example", "path": path, "methods": methods, "model": "Policy", "action": "read" });
    for (body, status) in [
        (one("/admin", &["GET"]), 201),
        (one("/admin", &["POST", "GET"]), 409),
        (one("/admin", &["POST"]), 201),
        (one("/admin", &[]), 201),
        (one("/admin", &[]), 409),
        (one("/Admin", &["PUT"]), 422),
    ] {
        assert_eq!(ana.post(&home, body.clone()).await.status, status, "{body}");
    }
}

/// Policies alone open no way that one cannot go oneself: neither by a new rule, nor by one that takes another's place.
#[tokio::test]
async fn nobody_opens_a_way_that_they_cannot_go() {
    let world = World::new().await;
    rules(&world).await;
    let ana = world.sign_in("Ana").await;
    let (home, bot) = (world.path("workspace", "/forward-rules"), world.bot("workspace", 0));
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Rules" })).await.id();
    let permissions = world.path("workspace", &format!("/roles/{role}/permissions"));
    for (model, action) in [("Policy", "read"), ("Policy", "update"), ("Bot", "read"), ("Flow", "read")] {
        assert_eq!(ana.post(&permissions, json!({ "model": model, "action": action })).await.status, 201);
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role], &[]).await;
    let rule = |path: &str, model: &str, action: &str| json!({ "host": "bots.example", "path": path, "model": model, "action": action, "bot_id": bot });
    // What she cannot do; and a weaker rule below one by which she does not pass.
    for body in [rule("/x", "BotSetting", "update"), rule("/admin/users", "Bot", "read")] {
        let refused = tess.post(&home, body).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (403, "/problems/guard"), "{}", refused.text);
    }
    assert_eq!(tess.post(&home, rule("/docs", "Bot", "read")).await.status, 201);
    let all = tess.get(&home).await;
    let strict = all.body["items"].as_array().unwrap().iter().find(|one| one["path"] == "/admin").unwrap();
    let strict = format!("{home}/{}", strict["id"].as_str().unwrap());
    for answer in [
        tess.patch(&strict, json!({ "model": "Bot", "action": "read", "bot_id": bot })).await,
        tess.patch(&strict, json!({ "path": "/elsewhere" })).await,
        tess.delete(&strict).await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.problem()), (403, "/problems/guard"), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_address_is_tried_before_anybody_asks_it() {
    let world = World::new().await;
    rules(&world).await;
    let ana = world.sign_in("Ana").await;
    let path = world.path("workspace", "/forward-rules/try");
    let tried = ana.post(&path, json!({ "url": "https://Bots.Example/%61dmin?x=1", "method": "POST" })).await;
    assert_eq!(tried.body["rule"]["path"], "/admin", "{}", tried.text);
    let names: Vec<&str> =
        tried.body["people"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("Ana")), "{names:?}");
    for (url, why) in [
        ("https://bots.example/a/../b", "segments"),
        ("https://bots.example/Admin", "case"),
        ("https://other.example/", "no-rule"),
        ("nothing", "address"),
    ] {
        let tried = ana.post(&path, json!({ "url": url })).await;
        assert_eq!((tried.status.as_u16(), tried.body["refused"].as_str()), (200, Some(why)), "{}", tried.text);
    }
}

/// A bot's end leaves its rule, which lets nobody pass, instead of a wider one that would.
#[tokio::test]
async fn a_rule_of_a_bot_that_is_gone_lets_nobody_pass() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = ana.post(&world.path("workspace", "/bots"), json!({ "name": "Short-lived" })).await.id();
    rule(&world, json!({ "host": "bots.example", "model": "Policy", "action": "read" })).await;
    let narrow = json!({ "host": "bots.example", "path": "/admin", "model": "Flow", "action": "read", "bot_id": bot });
    rule(&world, narrow).await;
    let asks = |url: &str| nginx(&proxy(&world).with(&ana), "GET", url);
    assert_eq!(asks("http://bots.example/admin").get(ASKED).await.status, 200);
    assert_eq!(ana.delete(&format!("/api/v1/bots/{bot}")).await.status, 204);
    assert_eq!(asks("http://bots.example/admin").get(ASKED).await.status, 403);
    assert_eq!(asks("http://bots.example/").get(ASKED).await.status, 200);
}
