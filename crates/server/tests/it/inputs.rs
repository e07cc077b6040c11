//! Bad and awkward input: the right 4xx, or stored faithfully; never half a change.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

const FAITHFUL: [&str; 6] = ["Ünïcödé Rôle", "دعم العملاء", "🤖🚀 emoji", "a'b\"c<d>&e", "  trimmed  ", "İstanbul ẞ ﬁ"];

#[tokio::test]
async fn awkward_names_are_stored_as_they_are() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for list in ["/roles", "/bots"] {
        for name in FAITHFUL {
            let made = ana.post(&world.path("workspace", list), json!({ "name": name })).await;
            assert_eq!(made.status, 201, "{list} {name}: {}", made.text);
            assert_eq!(made.body["name"], name.trim());
            let read = ana.get(made.location()).await;
            assert_eq!(read.body["name"], name.trim());
            let found = ana.get(&format!("{}?q={}", world.path("workspace", list), encode(name.trim()))).await;
            assert_eq!(found.names(), [name.trim()], "{list}");
        }
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn names_that_are_none_are_refused() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let long = "x".repeat(10_000);
    for list in ["/roles", "/bots"] {
        for (name, code) in
            [("", "empty"), ("   ", "empty"), (long.as_str(), "too_long"), ("a\u{0}b", "invalid"), ("a\nb", "invalid")]
        {
            let answer = ana.post(&world.path("workspace", list), json!({ "name": name })).await;
            assert_eq!(answer.status, 422, "{}", answer.text);
            assert_eq!(answer.body["errors"][0]["field"], "name");
            assert_eq!(answer.body["errors"][0]["code"], code);
        }
    }
}

#[tokio::test]
async fn w_12_names_are_unique_ignoring_case() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for (name, again) in [("Straße", "STRASSE"), ("École", "école"), ("Manager 2", "manager 2")] {
        assert_eq!(ana.post(&world.path("workspace", "/roles"), json!({ "name": name })).await.status, 201);
        let twice = ana.post(&world.path("workspace", "/roles"), json!({ "name": again })).await;
        assert_eq!((twice.status.as_u16(), twice.problem()), (409, "/problems/duplicate"), "{}", twice.text);
        assert_eq!(twice.body["errors"][0]["field"], "name");
    }
    assert_eq!(ana.post(&world.path("workspace", "/bots"), json!({ "name": "HELP DESK" })).await.status, 409);
}

#[tokio::test]
async fn bodies_of_the_wrong_kind() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let roles = world.path("workspace", "/roles");
    let raw = |kind: Option<&'static str>, body: &[u8]| ana.send_raw(Method::POST, &roles, kind, body.to_vec()).boxed();
    let json = Some("application/json");
    assert_eq!(raw(json, b"{\"name\": ").await.status, 400);
    assert_eq!(raw(json, b"{} {}").await.status, 422);
    assert_eq!(raw(json, b"").await.status, 400);
    assert_eq!(raw(json, b"\xff\xfe").await.status, 400);
    assert_eq!(raw(None, b"{\"name\":\"x\"}").await.status, 415);
    assert_eq!(raw(Some("text/plain"), b"{\"name\":\"x\"}").await.status, 415);
    assert_eq!(raw(json, &vec![b' '; 10 << 20]).await.status, 413);
    assert_eq!(raw(Some("application/json; charset=utf-8"), b"{\"name\":\"Fine\"}").await.status, 201);
    for (body, field, code) in [
        (json!({ "name": 5 }), "name", "invalid"),
        (json!({ "name": "x", "everything": true }), "everything", "unknown"),
        (json!({ "name": "x", "public": true }), "public", "unknown"),
        (json!({}), "name", "missing"),
        (json!({ "name": "x", "reach": "galaxy" }), "reach", "invalid"),
        (json!([]), "name", "missing"),
    ] {
        let answer = ana.post(&roles, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        if body.is_object() {
            assert_eq!(
                (&answer.body["errors"][0]["field"], &answer.body["errors"][0]["code"]),
                (&json!(field), &json!(code))
            );
        }
    }
}

use futures_util::FutureExt as _;

#[tokio::test]
async fn malformed_ids_and_queries() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for path in [
        "/api/v1/bots/nonsense",
        "/api/v1/organizations/%00/users",
        "/api/v1/organizations/x/roles/y",
        "/api/v1/nothing",
    ] {
        assert_eq!(ana.get(path).await.status, 404, "{path}");
    }
    let body = json!({ "email": "x@example.com", "role_ids": ["nonsense"] });
    let answer = ana.post(&world.path("workspace", "/invitations"), body).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for query in [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=ten",
        "cursor=garbage",
        "sort=password",
        "color=red",
        "limit=1&limit=2",
    ] {
        let answer = ana.get(&world.path("workspace", &format!("/users?{query}"))).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        assert!(answer.body["errors"][0]["field"].is_string(), "{query}");
    }
    for query in ["organization=nonsense", "", "bot=%00"] {
        assert_eq!(ana.get(&format!("/api/v1/me/permissions?{query}")).await.status, 422, "{query}");
    }
    let outcome = ana.get(&world.path("workspace", "/audit-events?outcome=maybe")).await;
    assert_eq!(outcome.status, 422);
    assert_eq!(ana.send(Method::PUT, "/api/v1/me", Some(json!({}))).await.status, 405);
}

#[tokio::test]
async fn writes_of_versioned_records_name_the_version() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let made = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    let (path, tag) = (made.location().to_owned(), made.headers["etag"].to_str().unwrap().to_owned());
    let rename = |name: &str| json!({ "name": name });
    assert_eq!(ana.header("if-match", "-").patch(&path, rename("A")).await.status, 428);
    assert_eq!(ana.header("if-match", tag.clone()).patch(&path, rename("B")).await.status, 200);
    let stale = ana.header("if-match", tag).patch(&path, rename("C")).await;
    assert_eq!((stale.status.as_u16(), stale.problem()), (412, "/problems/stale"));
    assert_eq!(stale.body["current"]["name"], "B");
    assert_eq!(ana.header("if-match", "nonsense").delete(&path).await.status, 412);
    assert_eq!(ana.get(&path).await.body["name"], "B");
    // Who may not is told so before anything about versions.
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.header("if-match", "-").delete(&path).await.status, 404);
}

#[tokio::test]
async fn every_write_says_its_revision_and_questions_wait_for_it() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let made = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    let revision: u64 = made.headers["rolecall-revision"].to_str().unwrap().parse().unwrap();
    let me = format!("/api/v1/me/permissions?organization={}", world.organization("workspace").id);
    let fresh = ana.header("rolecall-min-revision", revision.to_string()).get(&me).await;
    assert_eq!(fresh.status, 200);
    assert!(fresh.body["revision"].as_u64().unwrap() >= revision);
    let future = ana.header("rolecall-min-revision", (revision + 1000).to_string()).get(&me).await;
    assert_eq!(future.status, 503);
    assert!(future.headers.contains_key("retry-after"));
    assert_eq!(ana.header("rolecall-min-revision", "soon").get(&me).await.status, 422);
}

#[tokio::test]
async fn lists_are_paged_without_loss_or_repetition() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for number in 0..7 {
        ana.post(&world.path("workspace", "/roles"), json!({ "name": format!("Role {number}") })).await;
    }
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ana.get(&world.path("workspace", &format!("/roles?limit=3&sort=-name{cursor}"))).await;
        assert_eq!(page.status, 200, "{}", page.text);
        seen.extend(page.names().into_iter().map(ToOwned::to_owned));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_by_key(|name| std::cmp::Reverse(name.to_lowercase()));
    sorted.dedup();
    assert_eq!(seen, sorted);
    assert_eq!(seen.len(), 10);
}

#[tokio::test]
async fn every_item_says_what_may_be_done_with_it() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    for list in ["/users", "/roles", "/bots"] {
        let items = ana.get(&world.path("workspace", list)).await.body["items"].clone();
        assert!(items.as_array().unwrap().iter().all(|item| item["can"].is_array()), "{list}");
    }
    let bots = mei.get(&world.path("workspace", "/bots")).await;
    let can: Vec<&Value> = bots.body["items"][0]["can"].as_array().unwrap().iter().collect();
    assert!(can.contains(&&json!("Publication:create")) && can.contains(&&json!("update")));
    let problem = mei.get(&world.path("workspace", "/users")).await;
    for field in ["type", "title", "status", "detail", "request_id"] {
        assert!(!problem.body[field].is_null(), "{field} in {}", problem.text);
    }
    assert_eq!(problem.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait() {
    let world = World::new().await;
    let client = world.with_config(|config| config.limits.requests_per_second = 3);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(client.get("/healthz").await);
    }
    assert_eq!(statuses[2].status, 200);
    assert_eq!(statuses[4].status, 429);
    assert!(statuses[4].headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let hasty = world.with_config(|config| config.limits.request_seconds = 0).with(&ana);
    let answer = hasty.trickle(&world.path("workspace", "/roles")).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (503, "/problems/unavailable"));
    assert!(answer.headers.contains_key("retry-after"));
}
