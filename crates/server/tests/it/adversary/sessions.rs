//! Sessions that are somebody else's, over, or not yet whole.

use futures_util::StreamExt as _;
use serde_json::json;

use crate::keys::{TOKENS, grants, here, program, token};
use crate::passwords::{LINKS, mails, token as link_token, with_mailbox};
use crate::second_factor::{CONFIRM, Enrolled, FACTOR, STEP, at_second_step, enrol, first_step};
use crate::world::{Client, PASSWORD, World};

fn named(cookie: &str, name: &str) -> String {
    format!("{name}={}", cookie.split_once('=').unwrap().1)
}

#[tokio::test]
async fn a_planted_session_is_never_taken_over() {
    let world = World::new().await;
    let body = json!({ "email": "ana@acme.example", "password": world.demo.password });
    // Made up, of another signed-in person, of one's own that ends: none goes on under its old name.
    let (mei, own) = (world.sign_in("Mei").await, world.sign_in("Ana").await);
    for planted in ["rolecall_session=planted", mei.cookie.as_ref().unwrap(), own.cookie.as_ref().unwrap()] {
        let victim = world.anonymous().holding(planted);
        let begun = victim.post("/api/v1/session", body.clone()).await;
        assert_eq!(begun.status, 201, "{}", begun.text);
        assert_ne!(world.with_cookie(&begun).cookie.as_deref(), Some(planted));
        let after = victim.get("/api/v1/me").await;
        assert!(after.status == 401 || after.body["email"] != "ana@acme.example", "{planted}: {}", after.text);
        let form = [("email", "ana@acme.example"), ("password", world.demo.password.as_str()), ("next", "")];
        let begun = victim.form("/sign-in", &form).await;
        assert_eq!(begun.status, 303, "{}", begun.text);
        let after = victim.get("/api/v1/me").await;
        assert!(after.status == 401 || after.body["email"] != "ana@acme.example", "{planted}: {}", after.text);
    }
    // Each rise gives a new name, and the old one is void: the second factor set up, the confirmation, the password.
    let ana = world.sign_in("Ana").await;
    let enrolled = enrol(&world, ana.clone()).await;
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    let confirm = json!({ "password": world.demo.password });
    let confirmed = enrolled.client.post("/api/v1/session/confirm", confirm).await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text);
    assert_eq!(enrolled.client.get("/api/v1/me").await.status, 401);
    // So does the second step: its cookie is no session's, before and after.
    let step = at_second_step(&world, "ana@acme.example").await;
    let token = step.cookie.clone().unwrap();
    let signed_in = step.post(STEP, json!({ "code": enrolled.phone.code(&world, 0) })).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.text);
    let begun = world.with_cookie(&signed_in);
    assert_ne!(named(&token, "x"), named(begun.cookie.as_ref().unwrap(), "x"));
    for name in ["rolecall_session", "__Host-rolecall_session"] {
        assert_eq!(world.anonymous().holding(named(&token, name)).get("/api/v1/me").await.status, 401);
    }
}

#[tokio::test]
async fn no_empty_answer_skips_the_second_step() {
    let world = World::new().await;
    let Enrolled { phone, codes, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let step = at_second_step(&world, "ana@acme.example").await;
    for skipped in [
        json!({}),
        json!({ "code": "" }),
        json!({ "code": null }),
        json!({ "code": " - " }),
        json!({ "code": [] }),
        json!({ "code": {} }),
        json!({ "code": 0 }),
        json!({ "code": false }),
        json!({ "code": "", "skip": true }),
        json!({ "second_factor": [] }),
    ] {
        let answer = step.post(STEP, skipped.clone()).await;
        assert_eq!(answer.status, 422, "{skipped}: {}", answer.text);
        assert!(!answer.headers.contains_key("set-cookie"), "{skipped}");
    }
    let bare = step.send(http::Method::POST, STEP, None).await;
    assert!([400, 415].contains(&bare.status.as_u16()), "{}", bare.text);
    for fields in [&[][..], &[("code", "")][..], &[("next", "/acme")][..]] {
        assert_eq!(step.form("/sign-in/second-factor", fields).await.status, 422);
    }
    // The pages and calls behind it are closed to whoever stands there, and to whoever stands nowhere.
    for path in ["/api/v1/me", &world.path("workspace", "/users"), "/api/v1/me/sessions", "/api/v1/me/backup-codes"] {
        assert_eq!(step.get(path).await.status, 401, "{path}");
    }
    assert_eq!(step.page("/acme").await.location(), "/sign-in?next=%2Facme");
    assert_eq!(step.post("/api/v1/session/confirm", json!({ "password": world.demo.password })).await.status, 401);
    for client in [world.anonymous(), world.anonymous().holding("rolecall_sign_in="), world.sign_in("Mei").await] {
        assert_eq!(client.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 401);
        assert_eq!(client.post(STEP, json!({ "code": codes[0] })).await.status, 401);
    }
    // It was a good code all the time.
    assert_eq!(step.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 201);
}

#[tokio::test]
async fn the_password_alone_takes_no_factor_away() {
    let world = World::new().await;
    let (bare, ana) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    let Enrolled { client: ana, .. } = enrol(&world, ana).await;
    let step = at_second_step(&world, "ana@acme.example").await;
    let passkey = "/api/v1/me/passkeys/019ded2c-59c0-7079-ab84-79c643b52cae";
    // A session from before the factor, the cookie of the first step, and its token as a session's.
    let as_session = world.anonymous().holding(named(step.cookie.as_ref().unwrap(), "rolecall_session"));
    for client in [&bare, &step, &as_session] {
        assert_eq!(client.delete(FACTOR).await.status, 401);
        assert_eq!(client.delete(passkey).await.status, 401);
        assert_eq!(client.post(FACTOR, json!({})).await.status, 401);
        assert_eq!(client.post(CONFIRM, json!({ "code": "000000" })).await.status, 401);
        assert_eq!(client.post("/api/v1/me/backup-codes", json!({})).await.status, 401);
        assert_eq!(client.form("/profile/two-factor/off", &[]).await.status, 401);
    }
    // Nor a token of the person's, nor a whole session that is not fresh, nor a new password by mail.
    let reads = json!([{ "organization": here(&world), "permissions": grants(&[("Role", "read")]) }]);
    let robot = program(&world, &ana.post(TOKENS, token("Robot", reads)).await);
    assert_eq!(robot.delete(FACTOR).await.status, 401);
    world.pass(600);
    assert_eq!(ana.delete(FACTOR).await.problem(), "/problems/fresh-sign-in");
    let nobody = with_mailbox(&world);
    nobody.post(LINKS, json!({ "email": "ana@acme.example" })).await;
    let link = link_token(&mails(&world, "ana@acme.example").await.pop().unwrap());
    assert_eq!(nobody.post("/api/v1/recovery", json!({ "token": link, "password": PASSWORD })).await.status, 204);
    assert_eq!(first_step(&world, "ana@acme.example", PASSWORD).await.status, 202);
}

/// The next event of the stream, or none where it has ended; it never waits long, for the event is there already.
async fn next_event(stream: &mut axum::body::BodyDataStream) -> Option<String> {
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), stream.next()).await;
    next.unwrap().map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_ends_with_its_session() {
    let world = World::new().await;
    let organization = world.organization("workspace").id;
    let events = format!("/events?organization={organization}");
    let ana = world.sign_in("Ana").await;
    // Revoked one by one, all others at once, signed out, by a new password.
    for (number, way) in ["one", "others", "out", "password"].into_iter().enumerate() {
        let password = if number < 4 { world.demo.password.clone() } else { PASSWORD.to_owned() };
        let (mei, other) = (
            world.sign_in_as("mei@acme.example", &password).await,
            world.sign_in_as("mei@acme.example", &password).await,
        );
        let (status, mut stream) = mei.follow(&events).await;
        assert_eq!(status, 200);
        match way {
            "one" => {
                let listed = other.get("/api/v1/me/sessions").await;
                let items = listed.body["items"].as_array().unwrap();
                for one in items.iter().filter(|one| one["current"] == false) {
                    let path = format!("/api/v1/me/sessions/{}", one["id"].as_str().unwrap());
                    assert_eq!(other.delete(&path).await.status, 204);
                }
            }
            "others" => assert_eq!(other.delete("/api/v1/me/sessions").await.status, 204),
            "out" => assert_eq!(mei.delete("/api/v1/session").await.status, 204),
            _ => {
                let body = json!({ "current": password, "password": PASSWORD });
                assert_eq!(other.put("/api/v1/me/password", body).await.status, 204);
            }
        }
        // Something that she would have heard of while she was in.
        let made = ana.post(&world.path("workspace", "/bots"), json!({ "name": format!("After {way}") })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let mut heard = Vec::new();
        loop {
            let event = next_event(&mut stream).await.unwrap_or_default();
            heard.push(event.clone());
            if event.is_empty() || event.contains("session") {
                break;
            }
        }
        let text = heard.concat();
        assert!(text.contains("event: session") && !text.contains("event: list"), "{way}: {text}");
        let (status, _) = mei.follow(&events).await;
        assert_eq!(status, 401, "{way}");
    }
}

async fn is_out(clients: &[&Client]) {
    for client in clients {
        assert_eq!(client.get("/api/v1/me").await.status, 401);
        assert_eq!(client.page("/acme").await.status, 303);
    }
}

#[tokio::test]
async fn no_session_survives_a_new_password() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let (one, other) = (world.sign_in("Mei").await, world.sign_in("Mei").await);
    let body = json!({ "current": world.demo.password, "password": PASSWORD });
    let changed = one.put("/api/v1/me/password", body).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    is_out(&[&one, &other]).await;
    let own = world.with_cookie(&changed);
    assert_eq!(own.get("/api/v1/me").await.status, 200);
    // By a mailed link: every one, that of the browser where it was followed too, and whoever stands between two steps.
    let Enrolled { client: own, phone, .. } = enrol(&world, own).await;
    let asked = first_step(&world, "mei@acme.example", PASSWORD).await;
    let between = world.with_cookie(&asked);
    nobody.post(LINKS, json!({ "email": "mei@acme.example" })).await;
    let link = link_token(&mails(&world, "mei@acme.example").await.pop().unwrap());
    let body = json!({ "token": link, "password": "another four words entirely" });
    assert_eq!(own.post("/api/v1/recovery", body).await.status, 204);
    is_out(&[&own]).await;
    assert_eq!(between.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 401);
    assert_eq!(first_step(&world, "mei@acme.example", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn a_suspended_person_comes_in_by_no_token() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.sign_in("Mei").await;
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    let reads = json!([{ "organization": here(&world), "permissions": grants(&[("Bot", "read")]) }]);
    let robot = program(&world, &mei.post(TOKENS, token("Robot", reads)).await);
    let key = json!({ "name": "Key", "scope": grants(&[("Bot", "read")]) });
    let key = program(&world, &mei.post(&format!("{bot}/api-keys"), key).await);
    let paths = [bot.clone(), world.path("workspace", ""), world.path("workspace", "/bots")];
    for client in [&robot, &key] {
        assert_eq!(client.get(&bot).await.status, 200);
    }
    let user = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    assert_eq!(ana.patch(&user, json!({ "status": "suspended" })).await.status, 200);
    // Her session, her token, a bot's key that acts for her, a new sign-in, an invitation to where she is suspended.
    let again = world.sign_in("Mei").await;
    for client in [&mei, &again, &robot, &key] {
        for path in &paths {
            assert_eq!(client.get(path).await.status, 404, "{path}");
        }
    }
    assert_eq!(robot.get("/api/v1/me").await.body["organizations"], json!([]));
    for page in ["/acme", "/acme/bots/help-desk"] {
        assert_eq!(again.page(page).await.status, 404, "{page}");
    }
    let invited = ana.post(&world.path("workspace", "/invitations"), json!({ "email": "mei@acme.example" })).await;
    assert_eq!(invited.status, 409, "{}", invited.text);
}
