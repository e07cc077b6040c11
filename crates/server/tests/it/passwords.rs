//! Lost passwords, changed addresses.

use rolecall_server::service::operator;
use serde_json::{Value, json};

use crate::world::{Client, PASSWORD, World};

pub const LINKS: &str = "/api/v1/recovery/links";

/// The installation with a mailbox to look into.
pub fn with_mailbox(world: &World) -> Client {
    world.with_config(|config| config.demo = true)
}

/// What was mailed to the address, oldest first.
pub async fn mails(world: &World, to: &str) -> Vec<String> {
    world.app.outbox.written().await;
    let mails = world.app.store.list_mails(100).await.unwrap();
    let mut texts: Vec<String> = mails.into_iter().filter(|mail| mail.recipient == to).map(|mail| mail.text).collect();
    texts.reverse();
    texts
}

pub fn token(text: &str) -> String {
    text.split_once("/recover?token=").unwrap().1.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_lost_password_is_replaced_by_mail_once_and_within_twenty_minutes() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let nobody = with_mailbox(&world);
    let asked = nobody.post(LINKS, json!({ "email": "ANA@acme.example" })).await;
    assert_eq!((asked.status.as_u16(), asked.text.as_str()), (202, ""));
    let mail = mails(&world, "ana@acme.example").await.pop().unwrap();
    let link = token(&mail);
    // Choosing badly uses nothing up; one's own name is known though nobody is signed in.
    for bad in ["short", "Ana Marchetti 2026", "aaaaaaaaaaaaaaaaaaaaaaaa"] {
        let refused = nobody.post("/api/v1/recovery", json!({ "token": link, "password": bad })).await;
        assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["field"]), (422, &json!("password")), "{bad}");
    }
    let page = nobody.page(&format!("/recover?token={link}")).await;
    assert!(page.text.contains("Choose a new password"), "{}", page.text);
    let body = json!({ "token": link, "password": PASSWORD });
    let set = nobody.post("/api/v1/recovery", body.clone()).await;
    assert_eq!(set.status, 204, "{}", set.text);
    // It signs nobody in, and everybody out; the person is told.
    let cookies: Vec<&str> = set.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(cookies.iter().all(|one| one.starts_with("rolecall_device=")), "{cookies:?}");
    assert_eq!(ana.get("/api/v1/me").await.status, 401);
    assert!(mails(&world, "ana@acme.example").await.pop().unwrap().contains("password was changed"));
    world.sign_in_as("ana@acme.example", PASSWORD).await;
    assert_eq!(nobody.post("/api/v1/recovery", body).await.status, 404);
    assert_eq!(nobody.page(&format!("/recover?token={link}")).await.status, 404);
    // Late is too late, before anything cleans up.
    nobody.post(LINKS, json!({ "email": "ana@acme.example" })).await;
    let late = token(&mails(&world, "ana@acme.example").await.pop().unwrap());
    world.pass(20 * 60);
    assert_eq!(nobody.post("/api/v1/recovery", json!({ "token": late, "password": PASSWORD })).await.status, 404);
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_whether_there_is_an_account() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let mut answers = Vec::new();
    for email in ["ana@acme.example", "nobody@acme.example"] {
        for _ in 0..11 {
            let answer = nobody.post(LINKS, json!({ "email": email })).await;
            answers.push((answer.status, answer.body["detail"].clone(), answer.text.len()));
        }
        let page = nobody.form("/forgot", &[("email", email)]).await;
        answers.push((page.status, Value::Null, page.text.replace(email, "").len()));
    }
    let (known, unknown) = answers.split_at(12);
    assert_eq!(known, unknown);
    assert_eq!((known[9].0.as_u16(), known[10].0.as_u16(), known[11].0.as_u16()), (202, 429, 422));
    assert_eq!(mails(&world, "ana@acme.example").await.len(), 10);
    assert!(mails(&world, "nobody@acme.example").await.is_empty());
}

#[tokio::test]
async fn an_empty_or_null_or_foreign_token_sets_nothing() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    for body in [
        json!({ "token": "", "password": PASSWORD }),
        json!({ "token": null, "password": PASSWORD }),
        json!({ "token": [], "password": PASSWORD }),
        json!({ "password": PASSWORD }),
        json!({ "token": "", "password": PASSWORD, "email": "ana@acme.example" }),
    ] {
        let answer = nobody.post("/api/v1/recovery", body.clone()).await;
        assert!([404, 422].contains(&answer.status.as_u16()), "{body}: {}", answer.text);
    }
    // Somebody's own link changes nobody else's password, whatever else the body says.
    nobody.post(LINKS, json!({ "email": "mei@acme.example" })).await;
    let link = token(&mails(&world, "mei@acme.example").await.pop().unwrap());
    let body =
        json!({ "token": link, "password": PASSWORD, "user_id": world.person("Ana"), "email": "ana@acme.example" });
    assert_eq!(nobody.post("/api/v1/recovery", body).await.status, 422);
    assert_eq!(nobody.post("/api/v1/recovery", json!({ "token": link, "password": PASSWORD })).await.status, 204);
    world.sign_in("Ana").await;
    world.sign_in_as("mei@acme.example", PASSWORD).await;
}

#[tokio::test]
async fn links_come_from_the_public_address_alone() {
    let world = World::new().await;
    let forged = with_mailbox(&world)
        .header("host", "evil.example")
        .header("forwarded", "host=evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https");
    forged.post(LINKS, json!({ "email": "ana@acme.example" })).await;
    let mail = mails(&world, "ana@acme.example").await.pop().unwrap();
    assert!(mail.contains("http://localhost:8080/recover?token=") && !mail.contains("evil"), "{mail}");
}

#[tokio::test]
async fn whoever_manages_users_starts_a_recovery_and_sees_nothing_of_it() {
    let world = World::new().await;
    let ana = with_mailbox(&world).with(&world.sign_in("Ana").await);
    let (mei, carla) = (world.person("Mei"), world.person("Carla"));
    let path = |user: &str| world.path("workspace", &format!("/users/{user}/recovery"));
    let started = ana.post(&path(&mei), json!({})).await;
    assert_eq!((started.status.as_u16(), started.text.as_str()), (204, ""));
    assert_eq!(mails(&world, "mei@acme.example").await.len(), 1);
    assert_eq!(ana.post(&path(&carla), json!({})).await.status, 404);
    let as_mei = ana.with(&world.sign_in("Mei").await);
    assert!([403, 404].contains(&as_mei.post(&path(&world.person("Ana")), json!({})).await.status.as_u16()));
    let page = ana.page(&format!("/acme/users/{mei}")).await;
    assert!(page.text.contains("Send a password link"), "{}", page.text);
    let sent = ana.form(&format!("/acme/users/{mei}/recovery"), &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    // A person who has not confirmed has no password to lose.
    let body =
        json!({ "name": "New Person", "email": "new@example.com", "role_ids": [world.role("workspace", "manager")] });
    let created = ana.post(&world.path("workspace", "/users"), body).await.id();
    assert_eq!(ana.post(&path(&created), json!({})).await.problem(), "/problems/wrong-state");
    // Nothing of it where no mail is sent; only the operator hands out links there.
    let without = world.sign_in("Ana").await;
    assert_eq!(without.post(&path(&mei), json!({})).await.problem(), "/problems/wrong-state");
    assert_eq!(
        world.anonymous().post(LINKS, json!({ "email": "a@example.com" })).await.problem(),
        "/problems/wrong-state"
    );
    assert!(world.anonymous().page("/forgot").await.text.contains("operator"));
}

#[tokio::test]
async fn concurrent_recoveries_by_one_link_set_one_password() {
    let world = World::new().await;
    let link = operator::create_recovery_link(&world.app, "ana@acme.example").await.unwrap();
    let link = link.split_once("token=").unwrap().1.to_owned();
    let tries = (0..50).map(|number| {
        let (nobody, link) = (world.anonymous(), link.clone());
        tokio::spawn(async move {
            let body = json!({ "token": link, "password": format!("{PASSWORD} {number}") });
            nobody.post("/api/v1/recovery", body).await.status.as_u16()
        })
    });
    let mut statuses = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        statuses.push(one.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [204, 404, 503].contains(status)), "{statuses:?}");
}

pub fn link(mail: &str, path: &str) -> String {
    mail.split_once(&format!("{path}?token=")).unwrap().1.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_changes_from_the_new_one_and_goes_back_from_the_old_one() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let (ana, other) = (nobody.with(&world.sign_in("Ana").await), world.sign_in("Ana").await);
    let email = "/api/v1/me/email";
    for (wrong, code) in [("none", "invalid"), ("ANA@acme.example", "same")] {
        let refused = ana.put(email, json!({ "email": wrong })).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["code"]),
            (422, &json!(code)),
            "{}",
            refused.text
        );
    }
    let asked = ana.put(email, json!({ "email": "ana@new.example" })).await;
    assert_eq!((asked.status.as_u16(), asked.text.as_str()), (202, ""), "{}", asked.text);
    assert_eq!(ana.get("/api/v1/me").await.body["email"], "ana@acme.example");
    let token = link(&mails(&world, "ana@new.example").await.pop().unwrap(), "/email/confirm");
    // The link's page asks first: whatever fetches links changes nothing. Of the other kind it is none.
    assert!(nobody.page(&format!("/email/confirm?token={token}")).await.text.contains("Use this address"));
    assert_eq!(nobody.page(&format!("/email/undo?token={token}")).await.status, 404);
    for wrong in [json!({ "token": "" }), json!({ "token": null }), json!({ "token": "x", "email": "e@example.com" })] {
        assert!([404, 422].contains(&nobody.post("/api/v1/email/confirm", wrong).await.status.as_u16()));
    }
    assert_eq!(nobody.post("/api/v1/email/undo", json!({ "token": token })).await.status, 404);
    nobody.post(LINKS, json!({ "email": "ana@acme.example" })).await;
    let lost = link(&mails(&world, "ana@acme.example").await.pop().unwrap(), "/recover");
    let confirmed = nobody.post("/api/v1/email/confirm", json!({ "token": token })).await;
    assert_eq!(confirmed.status, 204, "{}", confirmed.text);
    // A link to a new password that went to the old address is void with it.
    assert_eq!(nobody.post("/api/v1/recovery", json!({ "token": lost, "password": PASSWORD })).await.status, 404);
    assert!(!confirmed.headers.contains_key("set-cookie"));
    assert_eq!(nobody.post("/api/v1/email/confirm", json!({ "token": token })).await.status, 404);
    world.sign_in_as("ana@new.example", &world.demo.password).await;
    let listed = ana.get(&world.path("workspace", "/users?q=ana@new.example")).await;
    assert_eq!(listed.names(), ["Ana Marchetti"]);
    // The old address is told, and takes it back within a week.
    let told = mails(&world, "ana@acme.example").await.pop().unwrap();
    assert!(told.contains("ana@new.example"), "{told}");
    world.pass(6 * 24 * 3600);
    let back = link(&told, "/email/undo");
    assert!(nobody.page(&format!("/email/undo?token={back}")).await.text.contains("Take it back"));
    let undone = nobody.form("/email/undo", &[("token", &back)]).await;
    assert_eq!((undone.status.as_u16(), undone.location()), (303, "/forgot"));
    assert_eq!(
        (ana.get("/api/v1/me").await.status.as_u16(), other.get("/api/v1/me").await.status.as_u16()),
        (401, 401)
    );
    world.sign_in("Ana").await;
}

#[tokio::test]
async fn a_new_address_needs_a_fresh_sign_in_and_tells_nobody_who_has_it() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let ana = nobody.with(&world.sign_in("Ana").await);
    let email = "/api/v1/me/email";
    let taken = ana.put(email, json!({ "email": "mei@acme.example" })).await;
    assert_eq!((taken.status.as_u16(), taken.text.as_str()), (202, ""));
    let told = mails(&world, "mei@acme.example").await.pop().unwrap();
    assert!(told.contains("has an account already") && !told.contains("token"), "{told}");
    // Two want the same one: the first to confirm has it.
    let omar = nobody.with(&world.sign_in("Omar").await);
    for client in [&ana, &omar] {
        assert_eq!(client.put(email, json!({ "email": "both@example.com" })).await.status, 202);
    }
    let both = mails(&world, "both@example.com").await;
    let [first, second] = [&both[0], &both[1]].map(|mail| link(mail, "/email/confirm"));
    assert_eq!(nobody.post("/api/v1/email/confirm", json!({ "token": first })).await.status, 204);
    let late = nobody.post("/api/v1/email/confirm", json!({ "token": second })).await;
    assert_eq!((late.status.as_u16(), late.problem()), (409, "/problems/duplicate"), "{}", late.text);
    assert_eq!(omar.get("/api/v1/me").await.body["email"], "omar@acme.example");
    world.pass(600);
    assert_eq!(omar.put(email, json!({ "email": "o@example.com" })).await.problem(), "/problems/fresh-sign-in");
    let led = omar.page("/profile/email").await;
    assert_eq!(led.location(), "/confirm?next=%2Fprofile%2Femail");
}
