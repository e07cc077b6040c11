//! Lost passwords.

use rolecall_server::service::operator;
use serde_json::{Value, json};

use crate::world::{Client, PASSWORD, World};

const LINKS: &str = "/api/v1/recovery/links";

/// The installation with a mailbox to look into.
fn with_mailbox(world: &World) -> Client {
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

fn token(text: &str) -> String {
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
    assert!(!set.headers.contains_key("set-cookie"));
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
