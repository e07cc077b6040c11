//! Fresh sign-in, one's own password and sessions, and the operator's help.

use serde_json::json;

use crate::passwords::mails;
use crate::second_factor::{CONFIRM, Enrolled, FACTOR, enrol, first_step};
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn what_could_take_the_account_over_needs_a_fresh_sign_in() {
    let world = World::new().await;
    let Enrolled { client: ana, phone, .. } = enrol(&world, world.sign_in("Ana").await).await;
    world.pass(10 * 60);
    let stale = "/problems/fresh-sign-in";
    assert_eq!(ana.post(FACTOR, json!({})).await.problem(), stale);
    assert_eq!(ana.post(CONFIRM, json!({ "code": "123456" })).await.problem(), stale);
    assert_eq!(ana.delete(FACTOR).await.problem(), stale);
    assert_eq!(ana.post("/api/v1/me/backup-codes", json!({})).await.problem(), stale);
    assert_eq!(ana.delete(&world.path("workspace", "")).await.problem(), stale);
    assert_eq!(ana.get(FACTOR).await.body["on"], true);
    // In the browser it is asked for first.
    let led = ana.page("/profile/two-factor/off").await;
    assert_eq!((led.status.as_u16(), led.location()), (303, "/confirm?next=%2Fprofile%2Ftwo%2Dfactor%2Foff"));
    assert!(ana.page("/confirm").await.text.contains("Confirm that it is you"));
    // Wrong answers, then a code; the session's old token is void from then on.
    for wrong in [json!({}), json!({ "password": "x", "code": "1" })] {
        assert_eq!(ana.post("/api/v1/session/confirm", wrong).await.status, 422);
    }
    assert_eq!(ana.post("/api/v1/session/confirm", json!({ "password": "wrong" })).await.status, 401);
    let code = json!({ "code": phone.code(&world, 0) });
    let confirmed = ana.post("/api/v1/session/confirm", code.clone()).await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text);
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    let ana = ana.with(&world.with_cookie(&confirmed));
    assert_eq!(ana.post("/api/v1/session/confirm", code).await.status, 401);
    assert_eq!(ana.post("/api/v1/me/backup-codes", json!({})).await.status, 201);
    assert_eq!(ana.delete(FACTOR).await.status, 204);
}

#[tokio::test]
async fn a_password_changes_with_the_present_one_and_signs_others_out() {
    let world = World::new().await;
    let (ana, other) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    let path = "/api/v1/me/password";
    let body = |current: &str, password: &str| json!({ "current": current, "password": password });
    let old = world.demo.password.clone();
    assert_eq!(ana.put(path, body("wrong", PASSWORD)).await.status, 401);
    for (bad, code) in [("short", "too_short"), ("Rolecall Ana Marchetti", "too_common"), (old.as_str(), "same")] {
        let refused = ana.put(path, body(&old, bad)).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["code"]), (422, &json!(code)), "{bad}");
    }
    let set = ana.put(path, body(&old, PASSWORD)).await;
    assert_eq!(set.status, 204, "{}", set.text);
    assert_eq!((ana.get("/api/v1/me").await.status, other.get("/api/v1/me").await.status).0, 401);
    assert_eq!(other.get("/api/v1/me").await.status, 401);
    let ana = world.with_cookie(&set);
    assert_eq!(ana.get("/api/v1/me").await.status, 200);
    assert_eq!(first_step(&world, "ana@acme.example", &old).await.status, 401);
    // Eight characters do beside a second factor, which then stays.
    let Enrolled { client: ana, .. } = enrol(&world, ana).await;
    let short = ana.put(path, body(PASSWORD, "vQ7#kLm2")).await;
    assert_eq!(short.status, 204, "{}", short.text);
    let ana = world.with_cookie(&short);
    let kept = ana.delete(FACTOR).await;
    assert_eq!((kept.status.as_u16(), kept.problem()), (409, "/problems/wrong-state"));
    assert_eq!(ana.get(FACTOR).await.body["on"], true);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let world = World::new().await;
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let sign_in = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let begun = world.anonymous().header("user-agent", agent).post("/api/v1/session", sign_in.clone()).await;
    let (phone, desk, third) = (world.with_cookie(&begun), world.sign_in("Ana").await, world.sign_in("Ana").await);
    let listed = desk.get("/api/v1/me/sessions").await;
    let items = listed.body["items"].as_array().unwrap();
    assert_eq!(items.iter().filter(|one| one["current"] == true).count(), 1);
    let firefox = items.iter().find(|one| one["device"] == "Firefox · Linux").unwrap();
    let path = format!("/api/v1/me/sessions/{}", firefox["id"].as_str().unwrap());
    // Somebody else's session is none of one's own.
    assert_eq!(world.sign_in("Omar").await.delete(&path).await.status, 404);
    assert_eq!(desk.delete(&path).await.status, 204);
    assert_eq!(
        (phone.get("/api/v1/me").await.status, desk.delete(&path).await.status),
        (401.try_into().unwrap(), 404.try_into().unwrap())
    );
    assert!(desk.page("/profile/authentication").await.text.contains("This one"));
    assert_eq!(desk.delete("/api/v1/me/sessions").await.status, 204);
    assert_eq!(third.get("/api/v1/me").await.status, 401);
    assert_eq!(desk.get("/api/v1/me/sessions").await.body["items"].as_array().unwrap().len(), 1);
    // Signing in again in the same browser takes the place of the session before; a planted token is never taken over.
    let again = desk.post("/api/v1/session", sign_in.clone()).await;
    assert_ne!(again.headers["set-cookie"].to_str().unwrap().split(';').next(), desk.cookie.as_deref());
    assert_eq!(desk.get("/api/v1/me").await.status, 401);
    let planted = world.anonymous().holding("rolecall_session=planted");
    let begun = planted.post("/api/v1/session", sign_in).await;
    assert_eq!(begun.status, 201);
    assert_eq!(planted.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn the_operator_helps_whoever_has_lost_every_factor() {
    let world = World::new().await;
    let Enrolled { client: ana, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let reset = rolecall_server::service::operator::reset_second_factor(&world.app, "ana@acme.example").await;
    assert!(reset.unwrap().is_none());
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    let ana = world.sign_in("Ana").await;
    // A short password goes with the factor that it needed.
    let Enrolled { client: ana, .. } = enrol(&world, ana).await;
    let short = json!({ "current": world.demo.password, "password": "vQ7#kLm2" });
    assert_eq!(ana.put("/api/v1/me/password", short).await.status, 204);
    let reset = rolecall_server::service::operator::reset_second_factor(&world.app, "ana@acme.example").await;
    let link = reset.unwrap().unwrap();
    assert_eq!(first_step(&world, "ana@acme.example", "vQ7#kLm2").await.status, 401);
    let body = json!({ "token": link.split_once("token=").unwrap().1, "password": PASSWORD });
    assert_eq!(world.anonymous().post("/api/v1/recovery", body).await.status, 204);
    world.sign_in_as("ana@acme.example", PASSWORD).await;
}

/// The browser's mark that an answer sets.
fn mark(answer: &crate::world::Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap());
    let mark = cookies.into_iter().find(|one| one.starts_with("rolecall_device=")).unwrap();
    mark.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_guesses_from_elsewhere_locks_nobody_out_of_browsers_they_know() {
    let world = World::new().await;
    let attacker = world.with_config(|config| config.demo = true);
    let right = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let known = mark(&attacker.post("/api/v1/session", right.clone()).await);
    let foreign = mark(&first_step(&world, "omar@acme.example", &world.demo.password).await);
    for _ in 0..10 {
        let wrong = json!({ "email": "ana@acme.example", "password": "wrong" });
        assert_eq!(attacker.post("/api/v1/session", wrong).await.status, 401);
    }
    // From then on new browsers wait, the one that is known does not; somebody else's mark, or a made-up one, is none.
    assert_eq!(attacker.post("/api/v1/session", right.clone()).await.status, 429);
    assert_eq!(attacker.holding(foreign).post("/api/v1/session", right.clone()).await.status, 429);
    assert_eq!(attacker.holding("rolecall_device=made-up").post("/api/v1/session", right.clone()).await.status, 429);
    let browser = attacker.holding(known);
    assert_eq!(browser.post("/api/v1/session", right.clone()).await.status, 201);
    // The mark signs nobody in, and has a limit of its own.
    assert_eq!(browser.get("/api/v1/me").await.status, 401);
    let wrong = json!({ "email": "ana@acme.example", "password": "wrong" });
    for _ in 0..10 {
        assert_eq!(browser.post("/api/v1/session", wrong.clone()).await.status, 401);
    }
    assert_eq!(browser.post("/api/v1/session", right.clone()).await.status, 429);
    // The person is told once each time, and has a way out: a password chosen by mail.
    let told = mails(&world, "ana@acme.example").await;
    assert_eq!(told.iter().filter(|mail| mail.contains("have to wait")).count(), 2, "{told:?}");
    attacker.post("/api/v1/recovery/links", json!({ "email": "ana@acme.example" })).await;
    let mail = mails(&world, "ana@acme.example").await.pop().unwrap();
    let token = mail.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let reset = attacker.post("/api/v1/recovery", json!({ "token": token, "password": PASSWORD })).await;
    assert_eq!(reset.status, 204, "{}", reset.text);
    for _ in 0..10 {
        attacker.post("/api/v1/session", wrong.clone()).await;
    }
    let new = json!({ "email": "ana@acme.example", "password": PASSWORD });
    assert_eq!(attacker.post("/api/v1/session", new.clone()).await.status, 429);
    assert_eq!(attacker.holding(mark(&reset)).post("/api/v1/session", new).await.status, 201);
    // An address without an account is treated the same, and nobody is told.
    for _ in 0..10 {
        let nobody = json!({ "email": "nobody@acme.example", "password": "wrong" });
        assert_eq!(attacker.post("/api/v1/session", nobody).await.status, 401);
    }
    assert!(mails(&world, "nobody@acme.example").await.is_empty());
}
