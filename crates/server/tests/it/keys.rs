//! Personal tokens and keys of bots.

use rolecall_server::time::Time;
use serde_json::{Value, json};

use crate::second_factor::{Enrolled, enrol};
use crate::world::{Answer, Client, World};

pub const TOKENS: &str = "/api/v1/me/tokens";

/// A program with this secret.
pub fn program(world: &World, made: &Answer) -> Client {
    assert!(made.status.is_success(), "{}", made.text);
    world.anonymous().header("authorization", format!("Bearer {}", made.body["secret"].as_str().unwrap()))
}

pub fn here(world: &World) -> String {
    world.organization("workspace").id.to_string()
}

pub fn grants(all: &[(&str, &str)]) -> Value {
    all.iter().map(|(model, action)| json!({ "model": model, "action": action })).collect()
}

pub fn token(name: &str, scope: Value) -> Value {
    json!({ "name": name, "scope": scope })
}

#[tokio::test]
async fn a_personal_token_does_what_its_scope_and_its_person_may() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let reads = grants(&[("Role", "read"), ("Bot", "read"), ("Organization", "read")]);
    let made = ana.post(TOKENS, token("Report", json!([{ "organization": here(&world), "permissions": reads }]))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.body["secret"].as_str().unwrap();
    assert!(
        secret.starts_with("rcp_") && secret.len() == 47 && secret.starts_with(made.body["prefix"].as_str().unwrap())
    );
    let report = program(&world, &made);
    let (roles, bots, users) =
        (world.path("workspace", "/roles"), world.path("workspace", "/bots"), world.path("workspace", "/users"));
    assert_eq!(report.get(&roles).await.status, 200);
    assert_eq!(report.get(&bots).await.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(report.get(&format!("/api/v1/bots/{}", world.bot("workspace", 1))).await.status, 200);
    let own = report.get(&format!("/api/v1/me/permissions?organization={}", here(&world))).await;
    assert_eq!(
        own.body["permissions"],
        json!({ "Bot": ["read"], "Organization": ["read"], "Role": ["read"] }),
        "{}",
        own.text
    );
    // What is not in its scope, another organization, and what only a person does.
    for (path, status) in [(users.as_str(), 403), (&world.path("team", "/roles"), 404), ("/api/v1/me/sessions", 401)] {
        assert_eq!(report.get(path).await.status, status, "{path}");
    }
    assert_eq!(report.post(&roles, json!({ "name": "Made" })).await.status, 403);
    assert_eq!(
        report
            .post(TOKENS, token("More", json!([{ "organization": here(&world), "permissions": reads }])))
            .await
            .status,
        401
    );
    // A header that is no good counts for nobody, whatever cookie comes with it.
    for bad in ["Bearer", "Bearer rcp_none", "Basic cmNwOng=", &format!("Bearer {}x", secret)] {
        assert_eq!(ana.header("authorization", bad).get(&roles).await.status, 401, "{bad}");
    }
    let listed = ana.get(TOKENS).await;
    assert!(listed.body["items"][0]["secret"].is_null() && !listed.text.contains(secret), "{}", listed.text);
    assert!(!listed.body["items"][0]["last_used_at"].is_null());
    assert_eq!(world.sign_in("Omar").await.delete(&format!("{TOKENS}/{}", made.id())).await.status, 404);
    // It stands in the audit log under its own name, and ends with a word.
    let renamed = grants(&[("Role", "update"), ("Role", "read")]);
    let made =
        ana.post(TOKENS, token("Robot", json!([{ "organization": here(&world), "permissions": renamed }]))).await;
    let (robot, role) = (program(&world, &made), world.role("workspace", "manager"));
    assert_eq!(robot.patch(&format!("{roles}/{role}"), json!({ "name": "boss" })).await.status, 200);
    let events = ana.get(&world.path("workspace", "/audit-events")).await;
    assert!(events.text.contains("Robot (Ana Marchetti)"), "{}", events.text);
    assert_eq!(ana.delete(&format!("{TOKENS}/{}", made.id())).await.status, 204);
    assert_eq!(robot.get(&roles).await.status, 401);
}

#[tokio::test]
async fn a_token_is_refused_what_is_wrong_and_never_outlives_its_person() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let org = here(&world);
    let reads = grants(&[("Role", "read")]);
    let foreign = world.organization("team").id;
    let late = Time(world.app.now()).text();
    for (scope, extra, field) in [
        (json!([]), json!({}), "scope"),
        (json!([{ "permissions": reads }]), json!({}), "scope.0"),
        (
            json!([{ "organization": org, "bot": world.bot("workspace", 0), "permissions": reads }]),
            json!({}),
            "scope.0",
        ),
        (json!([{ "organization": foreign, "permissions": reads }]), json!({}), "scope.0"),
        (json!([{ "bot": world.bot("team", 0), "permissions": grants(&[("Bot", "read")]) }]), json!({}), "scope.0"),
        (json!([{ "bot": world.bot("workspace", 0), "permissions": reads }]), json!({}), "scope.0.permissions.0"),
        (
            json!([{ "organization": org, "permissions": grants(&[("ApiKey", "create")]) }]),
            json!({}),
            "scope.0.permissions.0",
        ),
        (
            json!([{ "organization": org, "permissions": grants(&[("Magic", "create")]) }]),
            json!({}),
            "scope.0.permissions.0",
        ),
        (json!([{ "organization": org, "permissions": reads }]), json!({ "expires_at": late }), "expires_at"),
        (json!([{ "organization": org, "permissions": reads }]), json!({ "networks": ["everywhere"] }), "networks.0"),
        (
            json!([{ "organization": org, "permissions": reads }]),
            json!({ "sponsor_id": world.person("Mei") }),
            "sponsor_id",
        ),
    ] {
        let mut body = token("Wrong", scope);
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let refused = ana.post(TOKENS, body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str().unwrap_or_default()),
            (422, field),
            "{body}: {}",
            refused.text
        );
    }
    // From its networks only, until its end only.
    let scope = json!([{ "organization": org, "permissions": reads }]);
    let (end, far) = (Time(world.app.now().plus_seconds(60)).text(), json!(["203.0.113.0/24"]));
    let roles = world.path("workspace", "/roles");
    let short = ana.post(TOKENS, json!({ "name": "Short", "scope": scope, "expires_at": end })).await;
    let away = ana.post(TOKENS, json!({ "name": "Away", "scope": scope, "networks": far })).await;
    assert_eq!(program(&world, &short).get(&roles).await.status, 200);
    assert_eq!(program(&world, &away).get(&roles).await.status, 401);
    world.pass(60);
    assert_eq!(program(&world, &short).get(&roles).await.status, 401);
    // What its person loses it loses, at once; who is brought back finds it dead.
    let admin = world.role("workspace", "manager");
    let tess = world.join(&ana, "workspace", "tess@example.com", &[admin], &[]).await;
    let held = tess.get(&format!("/api/v1/me/permissions?organization={org}")).await;
    assert!(held.body["permissions"]["Bot"].to_string().contains("read"), "{}", held.text);
    let bots = json!([{ "organization": org, "permissions": grants(&[("Bot", "read")]) }]);
    let made = tess.post(TOKENS, token("Bots", bots)).await;
    let robot = program(&world, &made);
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    assert_eq!(robot.get(&bot).await.status, 200);
    let user = tess.get("/api/v1/me").await.id();
    let path = world.path("workspace", &format!("/users/{user}"));
    assert_eq!(ana.patch(&path, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(robot.get(&bot).await.status, 404);
    assert_eq!(ana.patch(&path, json!({ "status": "active" })).await.status, 200);
    assert_eq!(robot.get(&bot).await.status, 200);
    assert_eq!(ana.delete(&path).await.status, 204);
    let gone =
        ana.get(&world.path("workspace", "/departures")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let undone = ana.post(&world.path("workspace", &format!("/departures/{gone}/undo")), json!({})).await;
    assert!(undone.status.is_success(), "{}", undone.text);
    assert_eq!(robot.get(&bot).await.status, 404);
}

#[tokio::test]
async fn a_2_keys_of_a_bot_are_made_rotated_taken_over_and_revoked() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    let (path, other) = (format!("/api/v1/bots/{bot}"), format!("/api/v1/bots/{}", world.bot("workspace", 1)));
    let keys = format!("{path}/api-keys");
    let body = json!({ "name": "Shop", "scope": grants(&[("Bot", "read"), ("Content", "read")]) });
    let made = ana.post(&keys, body.clone()).await;
    assert!(made.body["secret"].as_str().unwrap().starts_with("rck_"), "{}", made.text);
    let shop = program(&world, &made);
    assert_eq!((shop.get(&path).await.status.as_u16(), shop.get(&other).await.status.as_u16()), (200, 404));
    assert_eq!(shop.get(&world.path("workspace", "/roles")).await.status, 403);
    assert_eq!(shop.get(&keys).await.status, 403);
    // A new secret beside the old one for a while, then alone.
    let rotated = ana.post(&format!("{keys}/{}/rotate", made.id()), json!({ "overlap_seconds": 60 })).await;
    let renewed = program(&world, &rotated);
    assert_eq!((shop.get(&path).await.status.as_u16(), renewed.get(&path).await.status.as_u16()), (200, 200));
    world.pass(60);
    assert_eq!((shop.get(&path).await.status.as_u16(), renewed.get(&path).await.status.as_u16()), (401, 200));
    for (wrong, status) in [(json!({ "overlap_seconds": -1 }), 422), (json!({ "overlap_seconds": 604_801 }), 422)] {
        assert_eq!(ana.post(&format!("{keys}/{}/rotate", made.id()), wrong).await.status, status);
    }
    // Making and rotating need a fresh sign-in; revoking does not wait for one.
    world.pass(600);
    assert_eq!(ana.post(&keys, body).await.problem(), "/problems/fresh-sign-in");
    assert_eq!(ana.post(&format!("{keys}/{}/rotate", made.id()), json!({})).await.problem(), "/problems/fresh-sign-in");
    // The key of one bot is none of another's.
    assert_eq!(ana.delete(&format!("{other}/api-keys/{}", made.id())).await.status, 404);
    assert_eq!(ana.delete(&format!("{keys}/{}", made.id())).await.status, 204);
    assert_eq!(renewed.get(&path).await.status, 401);
    assert_eq!(ana.get(&keys).await.body["items"], json!([]));
    assert!(ana.get(&world.path("workspace", "/audit-events?q=Shop")).await.text.contains("ApiKey"));
}

#[tokio::test]
async fn a_key_gives_nobody_more_than_its_scope_and_is_no_way_around_a_second_factor() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let org = here(&world);
    let assigns = grants(&[("RoleAssignment", "create"), ("User", "read"), ("Role", "read")]);
    let made = ana.post(TOKENS, token("Assigner", json!([{ "organization": org, "permissions": assigns }]))).await;
    let robot = program(&world, &made);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Payer" })).await.id();
    let grant = json!({ "model": "Billing", "action": "read" });
    assert_eq!(ana.post(&world.path("workspace", &format!("/roles/{role}/permissions")), grant).await.status, 201);
    let mei = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    let roles: Vec<Value> = ana.get(&mei).await.body["roles"].as_array().unwrap().clone();
    let mut wanted: Vec<Value> = roles.iter().map(|role| json!({ "role_id": role["id"] })).collect();
    wanted.push(json!({ "role_id": role }));
    let given = robot.put(&format!("{mei}/roles"), json!({ "roles": wanted })).await;
    assert_eq!((given.status.as_u16(), given.problem()), (403, "/problems/guard"), "{}", given.text);
    // Where a second factor is required, its person's token works once they have one.
    let Enrolled { client: ana, .. } = enrol(&world, ana).await;
    let omar = world.join(&ana, "workspace", "omar2@example.com", &[world.role("workspace", "manager")], &[]).await;
    let bots = json!([{ "organization": org, "permissions": grants(&[("Bot", "read")]) }]);
    let made = omar.post(TOKENS, token("Bots", bots)).await;
    let program_of_omar = program(&world, &made);
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    assert_eq!(program_of_omar.get(&bot).await.status, 200);
    let policies = world.path("workspace", "/policies");
    assert_eq!(ana.patch(&policies, json!({ "require_second_factor": true })).await.status, 200);
    assert_eq!(program_of_omar.get(&bot).await.problem(), "/problems/second-factor-needed");
    assert_eq!(robot.get(&world.path("workspace", "/roles")).await.status, 200);
    enrol(&world, omar).await;
    assert_eq!(program_of_omar.get(&bot).await.status, 200);
}

#[tokio::test]
async fn a_2_keys_and_tokens_are_made_in_the_console_without_scripts() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for (path, reached) in [
        ("/acme/tokens".to_owned(), world.path("workspace", "/roles")),
        ("/acme/bots/help-desk/api-keys".to_owned(), format!("/api/v1/bots/{}", world.bot("workspace", 0))),
    ] {
        let page = ana.page(&path).await;
        assert!(page.status == 200 && !page.text.contains("ApiKey:create"), "{}", page.text);
        let wrong = ana.form(&path, &[("name", ""), ("permissions", "Bot:read"), ("networks", "home")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("value=\"home\""), "{}", wrong.text);
        let fields = [("name", "Script"), ("permissions", "Bot:read"), ("permissions", "Role:read")];
        let fields = if path.contains("bots") { &fields[..2] } else { &fields[..] };
        let made = ana.form(&path, fields).await;
        let secret = made.text.split_once("id=\"secret\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        let program = world.anonymous().header("authorization", format!("Bearer {secret}"));
        assert_eq!(program.get(&reached).await.status, 200, "{path}");
        let page = ana.page(&path).await;
        assert!(page.text.contains("Script") && !page.text.contains(&secret), "{}", page.text);
        let revoke = page.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
        let revoked = ana.form(revoke.split_once('"').unwrap().0, &[]).await;
        assert_eq!(revoked.location(), path);
        assert_eq!(program.get(&reached).await.status, 401, "{path}");
    }
    world.pass(600);
    assert!(ana.page("/acme/tokens").await.text.contains("/confirm?next=%2Facme%2Ftokens"));
}

#[tokio::test]
async fn what_goes_takes_its_keys_along() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = ana.post(&world.path("workspace", "/bots"), json!({ "name": "Passing" })).await.id();
    let reads = grants(&[("Bot", "read")]);
    let key = ana.post(&format!("/api/v1/bots/{bot}/api-keys"), json!({ "name": "Key", "scope": reads })).await;
    let made = ana.post(TOKENS, token("Both", json!([{ "bot": bot, "permissions": reads }]))).await;
    let (key, token) = (program(&world, &key), program(&world, &made));
    assert_eq!(token.get(&format!("/api/v1/bots/{bot}")).await.status, 200);
    assert_eq!(ana.delete(&format!("/api/v1/bots/{bot}")).await.status, 204);
    assert_eq!(key.get(&format!("/api/v1/bots/{bot}")).await.status, 401);
    assert_eq!(token.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
    let (findings, _) = rolecall_server::service::operator::examine(&world.app, false).await.unwrap();
    assert!(findings.is_empty(), "{:?}", findings.iter().map(|one| &one.what).collect::<Vec<_>>());
}

#[tokio::test]
async fn keys_of_whoever_leaves_are_shown_and_taken_over_or_die() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, here) = (world.bot("workspace", 0), world.path("workspace", "/roles"));
    let role = ana.post(&here, json!({ "name": "Keeper" })).await.id();
    let held = grants(&[("ApiKey", "create"), ("ApiKey", "read"), ("Bot", "read"), ("Content", "read")]);
    let set = ana.put(&format!("{here}/{role}/permissions"), json!({ "permissions": held })).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let keys = format!("/api/v1/bots/{bot}/api-keys");
    for (email, takes) in [("one@example.com", true), ("two@example.com", false)] {
        let keeper = world.join(&ana, "workspace", email, std::slice::from_ref(&role), &[]).await;
        let id = keeper.get("/api/v1/me").await.id();
        let scope = grants(&[("Bot", "read"), ("Content", "read")]);
        let made = keeper.post(&keys, json!({ "name": "Feed", "scope": scope })).await;
        let feed = program(&world, &made);
        assert_eq!(feed.get(&format!("/api/v1/bots/{bot}")).await.status, 200);
        let path = world.path("workspace", &format!("/users/{id}/leaving"));
        let shown = ana.get(&path).await;
        assert_eq!(shown.body["keys"][0]["name"], "Feed", "{}", shown.text);
        assert!(ana.page(&format!("/acme/users/{id}/remove")).await.text.contains("I take them over"));
        let gone = ana.post(&path, json!({ "action": "remove", "take_keys": takes })).await;
        assert!(gone.status.is_success(), "{}", gone.text);
        let status = feed.get(&format!("/api/v1/bots/{bot}")).await.status.as_u16();
        assert_eq!(status, if takes { 200 } else { 401 });
    }
    let listed = ana.get(&keys).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1, "{}", listed.text);
    assert_eq!(listed.body["items"][0]["sponsor"]["name"], "Ana Marchetti");
}
