//! Two-factor sign-in.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use totp_rs::Builder;

use crate::passwords::mails;
use crate::world::{Answer, Client, PASSWORD, World};

pub const FACTOR: &str = "/api/v1/me/two-factor";
pub const CONFIRM: &str = "/api/v1/me/two-factor/confirm";
pub const STEP: &str = "/api/v1/session/second-factor";

/// An authenticator app.
pub struct Phone(totp_rs::Totp);

impl Phone {
    pub fn of(draft: &Answer) -> Self {
        let secret = BASE32_NOPAD.decode(draft.body["secret"].as_str().unwrap().as_bytes()).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// The code it shows now, or so many steps from now.
    pub fn code(&self, world: &World, steps: i64) -> String {
        let seconds = world.app.now().0 / 1_000_000 + steps * 30;
        self.0.generate(u64::try_from(seconds).unwrap()).to_string()
    }
}

pub struct Enrolled {
    pub client: Client,
    pub phone: Phone,
    pub codes: Vec<String>,
}

pub async fn enrol(world: &World, client: Client) -> Enrolled {
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
pub async fn first_step(world: &World, email: &str, password: &str) -> Answer {
    world.anonymous().post("/api/v1/session", json!({ "email": email, "password": password })).await
}

pub async fn at_second_step(world: &World, email: &str) -> Client {
    let asked = first_step(world, email, &world.demo.password).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    world.with_cookie(&asked)
}

#[tokio::test]
async fn p_14_an_authenticator_app_is_set_up_asked_for_and_switched_off() {
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
    assert!(
        cookies[0].starts_with("rolecall_session=") && cookies.iter().any(|one| one.starts_with("rolecall_sign_in=;")),
        "{cookies:?}"
    );
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
async fn p_14_the_profile_leads_through_it_without_scripts() {
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

#[tokio::test]
async fn an_organization_requires_two_factor_sign_in_from_a_day_on() {
    let world = World::new().await;
    let Enrolled { client: ana, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let mei = world.sign_in("Mei").await;
    let (policies, users) = (world.path("workspace", "/policies"), world.path("workspace", "/users"));
    let from = rolecall_server::time::Time(world.app.now().plus_seconds(3600)).text();
    let set = ana.patch(&policies, json!({ "require_second_factor": true, "second_factor_from": from })).await;
    assert_eq!((set.status.as_u16(), &set.body["require_second_factor"]), (200, &json!(true)), "{}", set.text);
    let (home, bot) = (world.path("workspace", ""), format!("/api/v1/bots/{}", world.bot("workspace", 0)));
    let own = format!("/api/v1/me/permissions?organization={}", world.organization("workspace").id);
    // Time to set it up.
    for path in [&home, &bot, &own] {
        assert_eq!(mei.get(path).await.status, 200, "{path}");
    }
    world.pass(3600);
    let bots = world.path("workspace", "/bots");
    let user = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    let requests = world.path("workspace", "/access-requests");
    for path in [&home, &bot, &own, &bots, &user, &requests] {
        let barred = mei.get(path).await;
        assert_eq!((barred.status.as_u16(), barred.problem()), (403, "/problems/second-factor-needed"), "{path}");
    }
    let rename = mei.patch(&bot, json!({ "name": "Renamed" })).await;
    assert_eq!(rename.problem(), "/problems/second-factor-needed");
    // What one may not even know of stays unknown, and one's own account stays one's own.
    assert_eq!(mei.get(&world.path("team", "")).await.status, 404);
    assert_eq!(mei.get("/api/v1/me").await.status, 200);
    let page = mei.page("/acme/bots").await;
    assert!(
        page.status == 403 && page.text.contains("Acme requires two-factor") && page.text.contains("/profile/auth"),
        "{}",
        page.text
    );
    // Who has none is seen and found; nobody else's list tells.
    let names = |answer: &Answer| answer.names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(&ana.get(&format!("{users}?second_factor=on")).await), ["Ana Marchetti"]);
    assert!(names(&ana.get(&format!("{users}?second_factor=off")).await).iter().any(|name| name.starts_with("Mei")));
    assert_eq!(ana.get(&format!("{users}?second_factor=perhaps")).await.status, 422);
    assert!(ana.page("/acme/users?second_factor=off").await.text.contains("With two-factor sign-in"));
    // Set up, and in.
    let Enrolled { client: mei, .. } = enrol(&world, world.sign_in("Mei").await).await;
    for path in [&home, &bot, &own] {
        assert_eq!(mei.get(path).await.status, 200, "{path}");
    }
    assert_eq!(mei.delete(FACTOR).await.status, 204);
    assert_eq!(mei.get(&home).await.problem(), "/problems/second-factor-needed");
    // Whoever requires it without having it is told so, and led like everybody.
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let policies = world.path("workspace", "/policies");
    assert_eq!(ana.patch(&policies, json!({ "require_second_factor": true })).await.status, 200);
    assert_eq!(ana.get(&policies).await.problem(), "/problems/second-factor-needed");
}

#[tokio::test]
async fn what_one_proved_counts_for_no_account_one_accepts_an_invitation_for() {
    let world = World::new().await;
    let Enrolled { client: ana, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let roles = [world.role("workspace", "manager")];
    let body = json!({ "email": "new@example.com", "role_ids": roles });
    let token = ana.post(&world.path("workspace", "/invitations"), body).await.token();
    let policies = world.path("workspace", "/policies");
    assert_eq!(ana.patch(&policies, json!({ "require_second_factor": true })).await.status, 200);
    // In a browser where somebody with a second factor is signed in.
    let body = json!({ "name": "New Person", "password": PASSWORD });
    let accepted = ana.post(&format!("/api/v1/invitations/{token}/accept"), body).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    let new = world.with_cookie(&accepted);
    assert_eq!(new.get(&world.path("workspace", "")).await.problem(), "/problems/second-factor-needed");
    assert_eq!(new.get("/api/v1/me/sessions").await.body["items"][0]["second_factor"], false);
}
