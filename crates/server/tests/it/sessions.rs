//! Set-up, sign-in, sessions, recovery.

use rolecall_server::service::operator;
use serde_json::json;

use crate::world::{PASSWORD, World};

pub fn setup(token: &str) -> serde_json::Value {
    json!({
        "token": token,
        "organization": { "name": "Vega", "preset": "team" },
        "user": { "name": "Vera Vega", "email": "vera@example.com", "password": PASSWORD },
    })
}

pub async fn setup_token(world: &World) -> String {
    let link = operator::create_setup_link(&world.app).await.unwrap().unwrap();
    link.split_once("token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn an_empty_installation_is_set_up_once() {
    let world = World::empty().await;
    let nobody = world.anonymous();
    let token = setup_token(&world).await;
    assert_eq!(nobody.post("/api/v1/setup", setup("wrong")).await.status, 404);
    let weak = json!({ "token": token, "organization": { "name": "", "preset": "guild" },
        "user": { "name": "V", "email": "none", "password": "short" } });
    let refused = nobody.post("/api/v1/setup", weak).await;
    assert_eq!(refused.status, 422);
    let fields: Vec<&str> =
        refused.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["organization.name", "organization.preset", "user.email", "user.password"]);
    let page = nobody.page(&format!("/setup?token={token}")).await;
    assert!(page.text.contains("Set up Rolecall"), "{}", page.text);
    let done = nobody.post("/api/v1/setup", setup(&token)).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let me = world.with_cookie(&done).get("/api/v1/me").await;
    assert_eq!(me.body["organizations"][0]["roles"], json!(["Owner"]));
    assert_eq!(nobody.post("/api/v1/setup", setup(&token)).await.status, 404);
    assert!(operator::create_setup_link(&world.app).await.unwrap().is_none());
}

#[tokio::test]
async fn unknown_and_known_addresses_get_the_same_answer() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let known = nobody.post("/api/v1/session", json!({ "email": "ana@acme.example", "password": "wrong" })).await;
    let unknown = nobody.post("/api/v1/session", json!({ "email": "nobody@acme.example", "password": "wrong" })).await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (401, 401));
    assert_eq!(known.body["detail"], unknown.body["detail"]);
    assert!(!known.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn failures_are_limited_per_account_and_successes_are_not() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let attempt = |password: String| {
        let nobody = nobody.clone();
        async move { nobody.post("/api/v1/session", json!({ "email": "Ana@Acme.example", "password": password })).await }
    };
    for _ in 0..3 {
        world.sign_in("Ana").await;
    }
    for _ in 0..10 {
        assert_eq!(attempt("wrong".to_owned()).await.status, 401);
    }
    let limited = attempt(world.demo.password.clone()).await;
    assert_eq!((limited.status.as_u16(), limited.problem()), (429, "/problems/too-many-attempts"));
    assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() <= 900);
    // Others are not kept out, and it ends.
    world.sign_in("Omar").await;
    world.pass(901);
    assert_eq!(attempt(world.demo.password.clone()).await.status, 201);
}

#[tokio::test]
async fn requests_of_other_sites_are_refused() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let roles = world.path("workspace", "/roles");
    let body = json!({ "name": "Forged" });
    for client in [
        ana.header("origin", "https://evil.example"),
        ana.header("sec-fetch-site", "cross-site"),
        ana.header("sec-fetch-site", "same-site"),
        ana.header("origin", "-"),
        ana.header("origin", "null"),
    ] {
        let answer = client.post(&roles, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (403, "/problems/cross-site"), "{}", answer.text);
    }
    assert_eq!(ana.header("sec-fetch-site", "same-origin").post(&roles, body.clone()).await.status, 201);
    let sign_in = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let forged = world.anonymous().header("sec-fetch-site", "cross-site").post("/api/v1/session", sign_in).await;
    assert_eq!(forged.status, 403);
    // Reading is no harm.
    assert_eq!(ana.header("sec-fetch-site", "cross-site").get(&roles).await.status, 200);
}

#[tokio::test]
async fn a_session_ends_by_signing_out_by_time_and_by_idleness() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    assert_eq!(one.delete("/api/v1/session").await.status, 204);
    assert_eq!(one.get("/api/v1/me").await.status, 401);
    assert_eq!(other.get("/api/v1/me").await.status, 200);
    for _ in 0..20 {
        world.pass(20 * 3600);
        let answer = other.get("/api/v1/me").await;
        if answer.status == 401 {
            return idle(&world).await;
        }
    }
    panic!("the session never ended");
}

async fn idle(world: &World) {
    let ana = world.sign_in("Ana").await;
    world.pass(24 * 3600 + 1);
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn the_cookie_is_not_for_scripts_and_the_token_is_nowhere_else() {
    let world = World::new().await;
    let body = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let answer = world.anonymous().post("/api/v1/session", body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    assert!(token.len() >= 43 && !answer.text.contains(token));
    let bearer = world.sign_in("Ana").await.header("authorization", "Bearer rcp_nonsense");
    assert_eq!(bearer.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn confirming_needs_the_password() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    assert_eq!(ana.post("/api/v1/session/confirm", json!({ "password": "wrong" })).await.status, 401);
    let right = json!({ "password": world.demo.password });
    assert_eq!(ana.post("/api/v1/session/confirm", right).await.status, 204);
}

#[tokio::test]
async fn a_recovery_link_works_once_and_ends_every_session() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let link = operator::create_recovery_link(&world.app, "ana@acme.example").await.unwrap();
    let token = link.split_once("token=").unwrap().1;
    let nobody = world.anonymous();
    let body = json!({ "token": token, "password": PASSWORD });
    assert_eq!(nobody.post("/api/v1/recovery", json!({ "token": token, "password": "short" })).await.status, 422);
    assert_eq!(nobody.post("/api/v1/recovery", body.clone()).await.status, 204);
    assert_eq!(nobody.post("/api/v1/recovery", body).await.status, 404);
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    world.sign_in_as("ana@acme.example", PASSWORD).await;
    let late = operator::create_recovery_link(&world.app, "ana@acme.example").await.unwrap();
    world.pass(20 * 60 + 1);
    let late = json!({ "token": late.split_once("token=").unwrap().1, "password": PASSWORD });
    assert_eq!(nobody.post("/api/v1/recovery", late).await.status, 404);
}

#[tokio::test]
async fn pages_and_answers_carry_the_security_headers() {
    let world = World::new().await;
    for path in ["/sign-in", "/api/v1/me", "/nothing", "/healthz"] {
        let answer = world.anonymous().page(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.headers.contains_key("x-request-id"));
    }
}
