//! Passwords, links, counters and keys that are somebody else's.

use serde_json::json;

use crate::keys::{TOKENS, grants, here, program};
use crate::passwords::{LINKS, link, mails, token, with_mailbox};
use crate::second_factor::{Enrolled, STEP, at_second_step, enrol, first_step};
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn a_reset_sets_the_password_of_whom_it_was_mailed_to_alone() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let ana = world.sign_in("Ana").await;
    nobody.post(LINKS, json!({ "email": "mei@acme.example" })).await;
    let of_mei = token(&mails(&world, "mei@acme.example").await.pop().unwrap());
    // In the body, in the address, in the browser of somebody else: the link says whose it is.
    for extra in [
        json!({ "email": "ana@acme.example" }),
        json!({ "user_id": world.person("Ana") }),
        json!({ "account_id": world.person("Ana") }),
        json!({ "id": world.person("Ana") }),
    ] {
        let mut body = json!({ "token": of_mei, "password": PASSWORD });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(nobody.post("/api/v1/recovery", body).await.status, 422);
    }
    let twice = format!("{{\"token\":\"{of_mei}\",\"token\":\"x\",\"password\":\"{PASSWORD}\"}}");
    let twice =
        nobody.send_raw(http::Method::POST, "/api/v1/recovery", Some("application/json"), twice.into_bytes()).await;
    assert_eq!(twice.status, 422, "{}", twice.text);
    let two = json!({ "email": "ana@acme.example,mei@acme.example" });
    assert_eq!(nobody.post(LINKS, two).await.status, 422);
    assert_eq!(nobody.post(LINKS, json!({ "email": ["ana@acme.example", "mei@acme.example"] })).await.status, 422);
    let path = format!("/api/v1/recovery?email=ana@acme.example&user={}", world.person("Ana"));
    let set = ana.post(&path, json!({ "token": of_mei, "password": PASSWORD })).await;
    assert_eq!(set.status, 204, "{}", set.text);
    assert_eq!(ana.get("/api/v1/me").await.body["email"], "ana@acme.example");
    world.sign_in("Ana").await;
    world.sign_in_as("mei@acme.example", PASSWORD).await;
    // A link of another kind is none for this.
    let omar = nobody.with(&world.sign_in("Omar").await);
    omar.put("/api/v1/me/email", json!({ "email": "omar@new.example" })).await;
    let of_omar = link(&mails(&world, "omar@new.example").await.pop().unwrap(), "/email/confirm");
    let crossed = nobody.post("/api/v1/recovery", json!({ "token": of_omar, "password": PASSWORD })).await;
    assert_eq!(crossed.status, 404, "{}", crossed.text);
}

#[tokio::test]
async fn no_link_is_built_from_what_the_request_says() {
    let world = World::new().await;
    let forge = |client: crate::world::Client| {
        client
            .header("host", "evil.example")
            .header("forwarded", "host=evil.example;proto=https")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-server", "evil.example")
            .header("x-host", "evil.example")
            .header("x-original-url", "https://evil.example/")
            .header("referer", "https://evil.example/")
    };
    let nobody = with_mailbox(&world);
    let ana = forge(nobody.with(&world.sign_in("Ana").await));
    let mailed = forge(nobody.clone());
    // Shown, mailed, redirected to, said in a header.
    let invited = ana.post(&world.path("workspace", "/invitations"), json!({ "email": "guest@example.com" })).await;
    assert_eq!(invited.status, 201, "{}", invited.text);
    assert!(
        invited.body["link"].as_str().unwrap().starts_with("http://localhost:8080/invitations/"),
        "{}",
        invited.text
    );
    mailed.post(LINKS, json!({ "email": "omar@acme.example" })).await;
    ana.put("/api/v1/me/email", json!({ "email": "ana@new.example" })).await;
    let user =
        json!({ "name": "New Person", "email": "new@example.com", "role_ids": [world.role("workspace", "manager")] });
    let created = ana.post(&world.path("workspace", "/users"), user).await;
    assert_eq!(created.status, 201, "{}", created.text);
    for address in ["guest@example.com", "omar@acme.example", "ana@new.example", "new@example.com"] {
        let mail = mails(&world, address).await.pop().unwrap();
        assert!(mail.contains("http://localhost:8080/") && !mail.contains("evil"), "{mail}");
    }
    for path in ["/sign-in", "/acme", "/forgot", "/nothing", "/api/openapi.json", "/api/v1/me"] {
        let answer = mailed.page(path).await;
        assert!(!answer.text.contains("evil.example"), "{path}: {}", answer.text);
        for value in answer.headers.values() {
            assert!(!value.to_str().unwrap().contains("evil.example"), "{path}: {:?}", answer.headers);
        }
    }
    // The cookie of the request's own host is no leave for another origin.
    let cross = world.sign_in("Ana").await.header("origin", "http://evil.example").header("host", "evil.example");
    assert_eq!(cross.post(&world.path("workspace", "/roles"), json!({ "name": "Forged" })).await.status, 403);
}

#[tokio::test]
async fn signing_in_anew_forgives_no_failures_of_another_factor() {
    let world = World::new().await;
    let Enrolled { client: ana, phone, codes } = enrol(&world, world.sign_in("Ana").await).await;
    // Between the guesses: the password again, a session of somebody else, a confirmation, the other factor.
    for number in 0..10 {
        let step = at_second_step(&world, "ana@acme.example").await;
        assert_eq!(step.post(STEP, json!({ "code": format!("{number:06}") })).await.status, 401);
        if number == 5 {
            assert_eq!(step.post(STEP, json!({ "code": codes[0] })).await.status, 201);
            let body = json!({ "password": world.demo.password });
            assert_eq!(ana.post("/api/v1/session/confirm", body).await.status, 204);
            world.sign_in("Omar").await;
        }
    }
    let step = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(step.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 429);
    // On another server, and after a restart: the count is in the database.
    let node = world.another_node().await;
    assert_eq!(node.with(&step).post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 429);
    // Whoever signs in to an account of their own does not make room for guesses at another's.
    for _ in 0..10 {
        assert_eq!(first_step(&world, "omar@acme.example", "wrong").await.status, 401);
        world.sign_in("Mei").await;
    }
    assert_eq!(first_step(&world, "omar@acme.example", &world.demo.password).await.status, 429);
}

#[tokio::test]
async fn a_closed_account_is_closed_on_every_path() {
    let world = World::new().await;
    let (ana, stranger) = (world.sign_in("Ana").await, world.anonymous());
    let right = world.demo.password.clone();
    let guesses: [&str; 10] = ["wrong"; 10];
    for (number, wrong) in guesses.into_iter().enumerate() {
        // Spelled differently it is the same account; guessed on different paths it is the same count.
        let email = ["ana@acme.example", "ANA@ACME.example", " ana@acme.example"][number % 2];
        let status = match number % 3 {
            0 => stranger.post("/api/v1/session", json!({ "email": email, "password": wrong })).await.status,
            1 => ana.post("/api/v1/session/confirm", json!({ "password": wrong })).await.status,
            _ => ana.put("/api/v1/me/password", json!({ "current": wrong, "password": PASSWORD })).await.status,
        };
        assert_eq!(status, 401, "{number}");
    }
    let page = stranger.form("/sign-in", &[("email", "ana@acme.example"), ("password", &right), ("next", "")]).await;
    assert!(page.status == 422 || page.status == 429, "{}", page.status);
    assert!(!page.headers.contains_key("set-cookie"));
    let body = json!({ "email": "Ana@Acme.Example", "password": right });
    let node = world.another_node().await;
    for client in [&stranger, &node, &stranger.header("x-forwarded-for", "198.51.100.7"), &stranger.from("2001:db8::1")]
    {
        let answer = client.post("/api/v1/session", body.clone()).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(ana.post("/api/v1/session/confirm", json!({ "password": right })).await.status, 429);
    let change = json!({ "current": right, "password": PASSWORD });
    assert_eq!(ana.put("/api/v1/me/password", change).await.status, 429);
    let form = [("current", right.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    ana.form("/profile/password", &form).await;
    assert_eq!(
        ana.form("/confirm", &[("password", right.as_str()), ("next", "")]).await.headers.get("set-cookie"),
        None
    );
    // Nothing of it went through.
    world.pass(901);
    assert_eq!(first_step(&world, "ana@acme.example", PASSWORD).await.status, 401);
    assert_eq!(first_step(&world, "ana@acme.example", &right).await.status, 201);
}

#[tokio::test]
async fn nobody_makes_a_key_in_somebody_elses_name() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let keys = format!("/api/v1/bots/{}/api-keys", world.bot("workspace", 0));
    let user = world.person("Ana");
    let scope = grants(&[("Bot", "read")]);
    let own = json!([{ "organization": here(&world), "permissions": scope }]);
    for field in ["sponsor", "sponsor_id", "owner", "owner_id", "user", "user_id", "account_id", "created_by", "secret"]
    {
        for value in [json!(user), json!({ "id": user }), json!(null)] {
            let token = json!({ "name": "Key", "scope": own, field: value });
            assert_eq!(mei.post(TOKENS, token).await.status, 422, "{field}");
            let key = json!({ "name": "Key", "scope": scope, field: value });
            assert_eq!(mei.post(&keys, key).await.status, 422, "{field}");
        }
    }
    let query = format!("{keys}?sponsor_id={user}");
    let made = mei.post(&query, json!({ "name": "Key", "scope": scope })).await;
    assert_eq!(made.body["sponsor"]["id"], world.person("Mei"), "{}", made.text);
    // Nor one that does more than its maker, which would be to act in the name of whoever may.
    for (model, action) in [("AuditLog", "read"), ("Role", "update"), ("User", "read")] {
        let scope = json!([{ "organization": here(&world), "permissions": grants(&[(model, action)]) }]);
        let refused = mei.post(TOKENS, json!({ "name": "More", "scope": scope })).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (403, "/problems/guard"), "{}", refused.text);
    }
    // Keys make no keys, and change nothing of the account.
    let robot = program(&world, &ana.post(TOKENS, json!({ "name": "Robot", "scope": own })).await);
    let key = program(&world, &made);
    for program in [&robot, &key] {
        for (method, path, body) in [
            (http::Method::POST, TOKENS, json!({ "name": "Child", "scope": own })),
            (http::Method::PATCH, "/api/v1/me", json!({ "name": "Renamed" })),
            (http::Method::PUT, "/api/v1/me/email", json!({ "email": "e@example.com" })),
            (http::Method::PUT, "/api/v1/me/password", json!({ "current": world.demo.password, "password": PASSWORD })),
            (http::Method::POST, "/api/v1/session/confirm", json!({ "password": world.demo.password })),
            (http::Method::DELETE, "/api/v1/me/sessions", json!({})),
            (http::Method::POST, "/api/v1/organizations", json!({ "name": "Mine", "preset": "team" })),
        ] {
            let answer = program.send(method, path, Some(body)).await;
            assert!([401, 403].contains(&answer.status.as_u16()), "{path}: {}", answer.text);
        }
        let made = program.post(&keys, json!({ "name": "Child", "scope": scope })).await;
        assert!([401, 403].contains(&made.status.as_u16()), "{}", made.text);
    }
    // A token reads whom it speaks for; a bot's key has nobody to read.
    let me = robot.get("/api/v1/me").await;
    assert_eq!((me.status.as_u16(), &me.body["email"]), (200, &json!("ana@acme.example")), "{}", me.text);
    assert_eq!(me.body["organizations"][0]["name"], "Acme");
    let none = key.get("/api/v1/me").await;
    assert_eq!((none.status.as_u16(), none.problem()), (403, "/problems/forbidden"), "{}", none.text);
    assert!(!none.text.contains("mei@"), "{}", none.text);
}
