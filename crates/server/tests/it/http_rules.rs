//! What holds for every call of the API, as it is promised to programs; what has a file of its own is tried there.

use futures_util::FutureExt as _;
use http::Method;
use serde_json::{Value, json};

use crate::keys::{TOKENS, grants, here, program};
use crate::second_factor::{FACTOR, enrol, first_step};
use crate::world::{Client, PASSWORD, World};

/// All texts of a value under these names.
fn texts<'v>(value: &'v Value, names: &dyn Fn(&str) -> bool, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if names(name) => found.push(text),
                    _ => texts(field, names, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, names, found)),
        _ => {}
    }
}

#[tokio::test]
async fn ids_are_uuids_of_version_seven_and_times_have_microseconds() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    ana.post(&world.path("workspace", "/invitations"), json!({ "email": "guest@example.com" })).await;
    let (mut ids, mut times) = (0, 0);
    for rest in ["", "/users", "/roles", "/bots", "/invitations", "/audit-events", "/policies"] {
        let answer = ana.get(&world.path("workspace", rest)).await;
        let mut found = Vec::new();
        texts(&answer.body, &|name| name == "id", &mut found);
        for id in &found {
            let id: uuid::Uuid = id.parse().unwrap();
            assert_eq!(id.get_version_num(), 7, "{rest}: {id}");
            ids += 1;
        }
        let mut found = Vec::new();
        texts(&answer.body, &|name| name.ends_with("_at"), &mut found);
        for time in &found {
            let whole = time.len() == "2026-01-01T00:00:00.000000Z".len() && time.ends_with('Z');
            assert!(whole && time.as_bytes()[19] == b'.', "{rest}: {time}");
            times += 1;
        }
    }
    assert!(ids > 20 && times > 20, "{ids} {times}");
}

#[tokio::test]
async fn each_status_means_what_was_promised() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = |rest: &str| world.path("workspace", rest);
    let json = Some("application/json");
    let role = path(&format!("/roles/{}", world.role("workspace", "manager")));
    let admin = path(&format!("/roles/{}", world.role("workspace", "admin")));
    let roles = path("/roles");
    let raw = |kind: Option<&'static str>, body: &[u8]| ana.send_raw(Method::POST, &roles, kind, body.to_vec()).boxed();
    let big = vec![b' '; 2 << 20];
    for (answer, status, problem) in [
        (raw(json, b"{").await, 400, "malformed"),
        (world.anonymous().get(&path("/roles")).await, 401, "sign-in-needed"),
        (mei.patch(&path(""), json!({ "name": "Mine" })).await, 403, "forbidden"),
        (ana.header("origin", "https://evil.example").post(&path("/roles"), json!({})).await, 403, "cross-site"),
        (ana.get(&path("/roles/nonsense")).await, 404, "not-found"),
        (mei.get(&world.path("team", "")).await, 404, "not-found"),
        (mei.patch(&path(&format!("/users/{}", world.person("Ana"))), json!({})).await, 404, "not-found"),
        (ana.put(&path("/roles"), json!({})).await, 405, "method-not-allowed"),
        (ana.post(&path("/roles"), json!({ "name": "MANAGER" })).await, 409, "duplicate"),
        (ana.delete(&role).await, 409, "role-in-use"),
        (raw(json, &big).await, 413, "too-large"),
        (raw(Some("text/plain"), b"{}").await, 415, "unsupported-media-type"),
        (ana.delete(&path(&format!("/users/{}", world.person("Ana")))).await, 204, ""),
        (ana.header("if-match", "\"77\"").delete(&role).await, 404, "not-found"),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{problem}: {}", answer.text);
        if !problem.is_empty() {
            assert_eq!(answer.problem(), format!("/problems/{problem}"), "{}", answer.text);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.body["status"], status);
        }
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{problem}");
    }
    let omar = world.sign_in("Omar").await;
    for (client, status, problem) in [
        (omar.header("if-match", "\"77\""), 412, "stale"),
        (omar.header("if-match", "-"), 428, "if-match-missing"),
        (omar.header("if-match", "*"), 422, "invalid"),
    ] {
        let answer = client.patch(&admin, json!({ "name": "" })).await;
        let answer = if status == 422 { answer } else { client.patch(&admin, json!({ "name": "Chief" })).await };
        assert_eq!((answer.status.as_u16(), answer.problem()), (status, format!("/problems/{problem}").as_str()));
        assert_eq!(answer.body["current"].is_object(), status == 412, "{}", answer.text);
    }
}

#[tokio::test]
async fn the_fresh_sign_in_and_the_second_step_are_as_promised() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    world.pass(600);
    let own = json!([{ "organization": here(&world), "permissions": grants(&[("Role", "read")]) }]);
    // E-mail, factors, backup codes, keys, ownership, the organization: asked again, one and all, and nothing done.
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    for (method, path, body) in [
        (Method::PUT, "/api/v1/me/email", json!({ "email": "ana@new.example" })),
        (Method::POST, FACTOR, json!({})),
        (Method::DELETE, FACTOR, json!({})),
        (Method::POST, "/api/v1/me/backup-codes", json!({})),
        (Method::POST, "/api/v1/me/passkeys/ceremony", json!({})),
        (Method::POST, TOKENS, json!({ "name": "Robot", "scope": own })),
        (Method::POST, &format!("{bot}/api-keys"), json!({ "name": "Key", "scope": grants(&[("Bot", "read")]) })),
        (Method::DELETE, &world.path("workspace", ""), json!({})),
    ] {
        let answer = ana.send(method, path, Some(body)).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (403, "/problems/fresh-sign-in"), "{path}");
    }
    let confirmed = ana.post("/api/v1/session/confirm", json!({ "password": world.demo.password })).await;
    assert_eq!((confirmed.status.as_u16(), confirmed.text.as_str()), (204, ""));
    let ana = ana.with(&world.with_cookie(&confirmed));
    assert_eq!(ana.post(TOKENS, json!({ "name": "Robot", "scope": own })).await.status, 201);
    // 201 with the person and a cookie; with a second factor 202 with what can be given, and a cookie for that alone.
    let signed_in = first_step(&world, "mei@acme.example", &world.demo.password).await;
    assert_eq!((signed_in.status.as_u16(), &signed_in.body["user"]["email"]), (201, &json!("mei@acme.example")));
    enrol(&world, ana).await;
    let asked = first_step(&world, "ana@acme.example", &world.demo.password).await;
    assert_eq!((asked.status.as_u16(), asked.body), (202, json!({ "second_factor": ["totp", "backup_code"] })));
    let wrong = first_step(&world, "ana@acme.example", PASSWORD).await;
    assert_eq!((wrong.status.as_u16(), wrong.problem()), (401, "/problems/wrong-credentials"));
}

#[tokio::test]
async fn a_token_wins_over_a_cookie_and_needs_no_origin() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let scope = grants(&[("Role", "read"), ("Role", "create")]);
    let own = json!([{ "organization": here(&world), "permissions": scope }]);
    let robot = program(&world, &ana.post(TOKENS, json!({ "name": "Robot", "scope": own })).await);
    let both = robot.with(&mei);
    assert_eq!(both.get("/api/v1/me").await.body["email"], "ana@acme.example");
    let made = both.header("origin", "-").post(&world.path("workspace", "/roles"), json!({ "name": "Made" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.headers.contains_key("rolecall-revision"));
}

#[tokio::test]
async fn lists_give_fifty_at_a_time_and_two_hundred_at_most() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let roles = world.path("workspace", "/roles");
    for number in 0..60 {
        assert_eq!(ana.post(&roles, json!({ "name": format!("Role {number:02}") })).await.status, 201);
    }
    for (query, count) in [("", 50), ("?limit=7", 7), ("?limit=200", 63), ("?q=role%200&sort=-name", 10)] {
        let page = ana.get(&format!("{roles}{query}")).await;
        let items = page.body["items"].as_array().unwrap();
        assert_eq!(items.len(), count, "{query}");
        assert_eq!(page.body["next_cursor"].is_string(), count < 10 || count == 50, "{query}");
        for item in items {
            let record = ana.get(&format!("{roles}/{}", item["id"].as_str().unwrap())).await;
            assert!(record.body["can"] == item["can"] && item["can"].is_array(), "{}", record.text);
            if count == 50 {
                break;
            }
        }
    }
    assert_eq!(ana.get(&format!("{roles}?limit=201")).await.status, 422);
}

#[tokio::test]
async fn whoever_may_read_is_told_why_not_and_whoever_would_lock_out_is_stopped() {
    let world = World::new().await;
    let (ana, omar) = (world.sign_in("Ana").await, world.sign_in("Omar").await);
    let person = |first: &str| world.path("workspace", &format!("/users/{}", world.person(first)));
    let admin = json!({ "roles": [{ "role_id": world.role("workspace", "admin") }] });
    // Escalation: somebody who assigns roles gives none that can do more than they.
    let scope = [("User", "read"), ("RoleAssignment", "create"), ("RoleAssignment", "delete"), ("Role", "read")];
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Registrar" })).await.id();
    for (model, action) in scope {
        let body = json!({ "model": model, "action": action });
        let path = world.path("workspace", &format!("/roles/{role}/permissions"));
        assert_eq!(ana.post(&path, body).await.status, 201);
    }
    let registrar = world.join(&ana, "workspace", "registrar@example.com", &[role], &[]).await;
    let raised = registrar.put(&format!("{}/roles", person("Jonas")), admin.clone()).await;
    assert_eq!((raised.status.as_u16(), raised.problem()), (403, "/problems/guard"), "{}", raised.text);
    // Peers: of two who may do the same, none takes the other out where the policy says so.
    let peers = json!({ "manage_peers": false });
    assert_eq!(ana.patch(&world.path("workspace", "/policies"), peers).await.status, 200);
    let out = ana.patch(&person("Omar"), json!({ "status": "suspended" })).await;
    assert_eq!((out.status.as_u16(), out.problem()), (403, "/problems/guard"), "{}", out.text);
    assert_eq!(ana.patch(&world.path("workspace", "/policies"), json!({ "manage_peers": true })).await.status, 200);
    assert_eq!(ana.patch(&person("Omar"), json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(omar.get("/api/v1/me").await.status, 200);
    // Lock-out: the last who could let somebody back in stays.
    let last = ana.put(&format!("{}/roles", person("Ana")), json!({ "roles": [] })).await;
    assert_eq!((last.status.as_u16(), last.problem()), (409, "/problems/lock-out"), "{}", last.text);
}

#[tokio::test]
async fn what_is_unknown_or_malformed_is_told_where_it_stands() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (roles, bots) = (world.path("workspace", "/roles"), world.path("workspace", "/bots"));
    let permissions = format!("{roles}/{}/permissions", world.role("workspace", "manager"));
    for (path, body, field) in [
        (&roles, json!({ "name": "Made", "colour": "red" }), "colour"),
        (&roles, json!({}), "name"),
        (&roles, json!({ "name": 7 }), "name"),
        (&bots, json!({ "name": "" }), "name"),
        (&permissions, json!({ "model": "9lives", "action": "read" }), "model"),
        (&permissions, json!({ "model": "Bot", "action": "a b" }), "action"),
        (&permissions, json!({ "model": "Bot", "action": "x".repeat(65) }), "action"),
        (&permissions, json!({ "model": "Bot", "action": "read", "relation": "friend" }), "relation"),
        (&world.path("workspace", "/invitations"), json!({ "email": "x@example.com", "role_ids": ["x"] }), "role_ids"),
    ] {
        let answer = ana.post(path, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        let named = answer.body["errors"][0]["field"].as_str().unwrap();
        assert!(named.starts_with(field), "{body}: {}", answer.text);
    }
    for query in ["user=x&model=Bot&action=read", "model=Bot&action=read&bot=x"] {
        let answer = ana.get(&world.path("workspace", &format!("/explain?{query}"))).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
}

#[tokio::test]
async fn records_with_a_version_are_written_by_whoever_names_it() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    let jonas = world.path("workspace", &format!("/users/{}", world.person("Jonas")));
    for (read, write, body) in [
        (
            world.path("workspace", &format!("/roles/{}", world.role("workspace", "manager"))),
            "",
            json!({ "name": "M" }),
        ),
        (bot.clone(), "", json!({ "name": "Help" })),
        (jonas.clone(), "", json!({ "status": "suspended" })),
        (jonas, "/roles", json!({ "roles": [] })),
        (format!("{bot}/team"), "", json!({ "user_ids": [] })),
    ] {
        let path = format!("{read}{write}");
        let found = ana.get(&read).await;
        assert!(found.headers.contains_key("etag"), "{read}: {}", found.text);
        let tag = found.headers["etag"].to_str().unwrap().to_owned();
        let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap();
        assert!(version.parse::<i64>().is_ok(), "{path}: {tag}");
        let method = if read.ends_with("/team") || !write.is_empty() { Method::PUT } else { Method::PATCH };
        let send = |client: Client| {
            let (method, path, body) = (method.clone(), path.clone(), body.clone());
            async move { client.send(method, &path, Some(body)).await }
        };
        let missing = send(ana.header("if-match", "-")).await;
        assert_eq!((missing.status.as_u16(), missing.problem()), (428, "/problems/if-match-missing"), "{path}");
        let stale = send(ana.header("if-match", "\"4711\"")).await;
        assert_eq!((stale.status.as_u16(), stale.problem()), (412, "/problems/stale"), "{path}");
        let done = send(ana.header("if-match", tag)).await;
        assert!(done.status.is_success(), "{path}: {}", done.text);
        let any = send(ana.header("if-match", "*")).await;
        assert!(any.status.is_success(), "{path}: {}", any.text);
    }
}
