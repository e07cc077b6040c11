//! Two-factor sign-in, fresh sign-in, one's own sessions and password.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use totp_rs::Builder;

use crate::passwords::mails;
use crate::world::{Answer, Client, PASSWORD, World};

const FACTOR: &str = "/api/v1/me/two-factor";
const CONFIRM: &str = "/api/v1/me/two-factor/confirm";
const STEP: &str = "/api/v1/session/second-factor";

/// An authenticator app.
struct Phone(totp_rs::Totp);

impl Phone {
    fn of(draft: &Answer) -> Self {
        let secret = BASE32_NOPAD.decode(draft.body["secret"].as_str().unwrap().as_bytes()).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code it shows now, or so many steps from now.
    fn code(&self, world: &World, steps: i64) -> String {
        let seconds = world.app.now().0 / 1_000_000 + steps * 30;
        self.0.generate(u64::try_from(seconds).unwrap()).to_string()
    }
}

struct Enrolled {
    client: Client,
    phone: Phone,
    codes: Vec<String>,
}

async fn enrol(world: &World, client: Client) -> Enrolled {
    let draft = client.post(FACTOR, json!({})).await;
    assert_eq!(draft.status, 201, "{}", draft.text);
    let phone = Phone::of(&draft);
    let done = client.post(CONFIRM, json!({ "code": phone.code(world, 0) })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let codes = done.body["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    world.pass(60);
    Enrolled { client: client.with(&world.with_cookie(&done)), phone, codes }
}

/// The password given; the answer of the first step.
async fn first_step(world: &World, email: &str, password: &str) -> Answer {
    world.anonymous().post("/api/v1/session", json!({ "email": email, "password": password })).await
}

async fn at_second_step(world: &World, email: &str) -> Client {
    let asked = first_step(world, email, &world.demo.password).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    world.with_cookie(&asked)
}

#[tokio::test]
async fn p_13_an_authenticator_app_is_set_up_asked_for_and_switched_off() {
    let world = World::new().await;
    let (ana, elsewhere) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    assert_eq!(ana.get(FACTOR).await.body["on"], false);
    assert_eq!(ana.post(CONFIRM, json!({ "code": "123456" })).await.problem(), "/problems/wrong-state");
    let draft = ana.post(FACTOR, json!({})).await;
    assert!(draft.body["uri"].as_str().unwrap().starts_with("otpauth://totp/Rolecall:ana"), "{}", draft.text);
    assert!(draft.body["qr"].as_str().unwrap().contains("<svg"));
    // Nothing counts before a code from it.
    world.sign_in("Ana").await;
    assert_eq!(ana.post(CONFIRM, json!({ "code": "000000" })).await.status, 401);
    let Enrolled { client: ana, phone, codes } = enrol(&world, ana).await;
    assert_eq!(codes.len(), 10);
    // The session goes on under a new token, all others are out.
    assert_eq!(ana.get(FACTOR).await.body["on"], true);
    assert_eq!(elsewhere.get("/api/v1/me").await.status, 401);
    let asked = first_step(&world, "ana@acme.example", &world.demo.password).await;
    assert_eq!((asked.status.as_u16(), &asked.body["second_factor"]), (202, &json!(["totp", "backup_code"])));
    let cookie = asked.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("rolecall_sign_in=") && cookie.contains("Max-Age=300") && cookie.contains("HttpOnly"));
    // The step's cookie opens nothing else, nor does its token as a session.
    let step = world.with_cookie(&asked);
    assert_eq!(step.get("/api/v1/me").await.status, 401);
    let token = step.cookie.clone().unwrap().replace("rolecall_sign_in", "rolecall_session");
    assert_eq!(world.anonymous().holding(token).get("/api/v1/me").await.status, 401);
    for skipped in [json!({}), json!({ "code": "" }), json!({ "code": null }), json!({ "code": " " })] {
        assert_eq!(step.post(STEP, skipped.clone()).await.status, 422, "{skipped}");
    }
    let signed_in = step.post(STEP, json!({ "code": phone.code(&world, 0) })).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.text);
    let cookies: Vec<&str> = signed_in.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("rolecall_session=") && cookies[1].starts_with("rolecall_sign_in=;"), "{cookies:?}");
    assert_eq!(world.with_cookie(&signed_in).get("/api/v1/me").await.status, 200);
    // The step is over with it.
    assert_eq!(step.post(STEP, json!({ "code": phone.code(&world, 1) })).await.status, 401);
    assert_eq!(ana.delete(FACTOR).await.status, 204);
    assert_eq!(ana.get(FACTOR).await.body["backup_codes"]["left"], 0);
    world.sign_in("Ana").await;
}

#[tokio::test]
async fn a_code_works_once_within_one_step_of_drift_and_by_fifty_at_once() {
    let world = World::new().await;
    let Enrolled { phone, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let code = phone.code(&world, 0);
    let first = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(first.post(STEP, json!({ "code": code })).await.status, 201);
    let again = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(again.post(STEP, json!({ "code": code })).await.status, 401);
    // Nor an older one; a code of the step before or after is in time, further off is not.
    assert_eq!(again.post(STEP, json!({ "code": phone.code(&world, -1) })).await.status, 401);
    world.pass(120);
    let drifted = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(drifted.post(STEP, json!({ "code": phone.code(&world, -2) })).await.status, 401);
    assert_eq!(drifted.post(STEP, json!({ "code": phone.code(&world, 2) })).await.status, 401);
    assert_eq!(drifted.post(STEP, json!({ "code": phone.code(&world, -1) })).await.status, 201);
    world.pass(1000);
    let code = phone.code(&world, 0);
    let mut steps = Vec::new();
    for _ in 0..8 {
        steps.push(at_second_step(&world, "ana@acme.example").await);
    }
    let world = std::sync::Arc::new(world);
    let wide = world.with_config(|config| config.limits.failures_per_account = 1000);
    let tries: Vec<_> = (0..50)
        .map(|number| {
            let (client, code) = (wide.with(&steps[number % 8]), code.clone());
            tokio::spawn(async move { client.post(STEP, json!({ "code": code })).await.status.as_u16() })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in tries {
        statuses.push(one.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 401].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn backup_codes_work_once_and_new_ones_void_the_old() {
    let world = World::new().await;
    let with_mail = world.with_config(|config| config.demo = true);
    let ana = with_mail.with(&world.sign_in("Ana").await);
    assert_eq!(ana.post("/api/v1/me/backup-codes", json!({})).await.problem(), "/problems/wrong-state");
    let Enrolled { client: ana, codes, .. } = enrol(&world, ana).await;
    let typed = codes[0].to_lowercase().replace('-', " ");
    let step = with_mail.with(&at_second_step(&world, "ana@acme.example").await);
    assert_eq!(step.post(STEP, json!({ "code": typed })).await.status, 201);
    assert!(mails(&world, "ana@acme.example").await.pop().unwrap().contains("backup code was used"));
    let step = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(step.post(STEP, json!({ "code": codes[0] })).await.status, 401);
    assert_eq!(ana.get("/api/v1/me/backup-codes").await.body["left"], 9);
    // Fifty at once use one up once.
    let wide = world.with_config(|config| config.limits.failures_per_account = 1000);
    let mut steps = Vec::new();
    for _ in 0..5 {
        steps.push(at_second_step(&world, "ana@acme.example").await);
    }
    let tries: Vec<_> = (0..50)
        .map(|number| {
            let (client, code) = (wide.with(&steps[number % 5]), codes[1].clone());
            tokio::spawn(async move { client.post(STEP, json!({ "code": code })).await.status.as_u16() })
        })
        .collect();
    let mut right = 0;
    for one in tries {
        let status = one.await.unwrap();
        assert!([201, 401, 503].contains(&status), "{status}");
        right += usize::from(status == 201);
    }
    assert_eq!(right, 1);
    let made = ana.post("/api/v1/me/backup-codes", json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(mails(&world, "ana@acme.example").await.pop().unwrap().contains("ones before are void"));
    let step = at_second_step(&world, "ana@acme.example").await;
    let wide = wide.with(&step);
    assert_eq!(wide.post(STEP, json!({ "code": codes[2] })).await.status, 401);
    assert_eq!(wide.post(STEP, json!({ "code": made.body["codes"][9] })).await.status, 201);
}

#[tokio::test]
async fn guessing_is_limited_per_factor_and_signing_in_anew_forgives_nothing() {
    let world = World::new().await;
    let Enrolled { phone, codes, .. } = enrol(&world, world.sign_in("Ana").await).await;
    for number in 0..10 {
        let step = at_second_step(&world, "ana@acme.example").await;
        assert_eq!(step.post(STEP, json!({ "code": format!("{number:06}") })).await.status, 401);
    }
    let step = at_second_step(&world, "ana@acme.example").await;
    let limited = step.post(STEP, json!({ "code": phone.code(&world, 0) })).await;
    assert_eq!(limited.status, 429, "{}", limited.text);
    assert!(limited.headers.contains_key("retry-after"));
    // The fresh sign-in counts with it; the other factor and other people have counts of their own.
    assert_eq!(step.post(STEP, json!({ "code": codes[0] })).await.status, 201);
    world.sign_in("Omar").await;
    world.pass(901);
    let step = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(step.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 201);
}

#[tokio::test]
async fn no_path_signs_in_around_the_second_factor() {
    let world = World::new().await;
    let with_mail = world.with_config(|config| config.demo = true);
    let Enrolled { client: ana, phone, .. } = enrol(&world, world.sign_in("Ana").await).await;
    // A new password by mail asks for it all the same, and ends what stands between the steps.
    let between = at_second_step(&world, "ana@acme.example").await;
    with_mail.post("/api/v1/recovery/links", json!({ "email": "ana@acme.example" })).await;
    let mail = mails(&world, "ana@acme.example").await.pop().unwrap();
    let token = mail.split_once("token=").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let reset = with_mail.post("/api/v1/recovery", json!({ "token": token, "password": PASSWORD })).await;
    assert_eq!(reset.status, 204, "{}", reset.text);
    assert_eq!(between.post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 401);
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    assert_eq!(first_step(&world, "ana@acme.example", PASSWORD).await.status, 202);
    // An invitation to somebody who has an account asks them to sign in.
    let carla = world.sign_in("Carla").await;
    let roles = [world.role("team", "Member")];
    let invited = carla
        .post(&world.path("team", "/invitations"), json!({ "email": "ana@acme.example", "role_ids": roles }))
        .await;
    assert_eq!(world.accept(&invited.token(), "Ana").await.status, 401);
    // The five minutes are kept.
    let late = first_step(&world, "ana@acme.example", PASSWORD).await;
    world.pass(5 * 60);
    assert_eq!(world.with_cookie(&late).post(STEP, json!({ "code": phone.code(&world, 0) })).await.status, 401);
}

#[tokio::test]
async fn a_session_without_the_second_factor_ends_when_there_is_one() {
    let world = World::new().await;
    let (one, other) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    enrol(&world, one).await;
    for path in ["/api/v1/me", "/api/v1/me/two-factor"] {
        assert_eq!(other.get(path).await.status, 401);
    }
    assert_eq!(other.delete(FACTOR).await.status, 401);
}

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
async fn p_13_the_profile_leads_through_it_without_scripts() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    assert!(ana.page("/profile/authentication").await.text.contains("Set up"));
    let begun = ana.form("/profile/two-factor/begin", &[]).await;
    assert_eq!(begun.location(), "/profile/two-factor");
    let page = ana.page("/profile/two-factor").await;
    assert!(page.text.contains("<svg") && !page.text.contains("<?xml"), "{}", page.text);
    let secret = page.text.split_once("class=\"secret\">").unwrap().1.split_once('<').unwrap().0.replace(' ', "");
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let phone = Phone(Builder::new().with_secret(secret).build().unwrap());
    let wrong = ana.form("/profile/two-factor", &[("code", "000000")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("does not match"), "{}", wrong.text);
    let on = ana.form("/profile/two-factor", &[("code", &phone.code(&world, 0))]).await;
    assert!(on.status == 200 && on.text.contains("shown this once"), "{}", on.text);
    world.pass(60);
    let nobody = world.anonymous();
    let fields = [("email", "ana@acme.example"), ("password", world.demo.password.as_str()), ("next", "/profile")];
    let step = nobody.form("/sign-in", &fields).await;
    assert_eq!(step.location(), "/sign-in/second-factor?next=%2Fprofile");
    let between = world.with_cookie(&step);
    assert!(between.page("/sign-in/second-factor").await.text.contains("authenticator app shows"));
    let wrong = between.form("/sign-in/second-factor", &[("code", "000000"), ("next", "/profile")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("value=\"/profile\""), "{}", wrong.text);
    let code = phone.code(&world, 0);
    let begun = between.form("/sign-in/second-factor", &[("code", &code), ("next", "/profile")]).await;
    assert_eq!(begun.location(), "/profile");
    assert_eq!(nobody.page("/sign-in/second-factor").await.location(), "/sign-in?next=");
    let _: Value = world.with_cookie(&begun).get("/api/v1/me").await.body;
}
