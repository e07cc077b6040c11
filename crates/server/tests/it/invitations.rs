//! The life of invitations.

use serde_json::json;

use crate::world::{PASSWORD, World};

async fn invite(world: &World, email: &str) -> crate::world::Answer {
    let bea = world.sign_in("Bea").await;
    bea.post(&world.path("agency", "/invitations"), json!({ "email": email })).await
}

#[tokio::test]
async fn a_5_a_7_w_23_an_invitation_works_once_for_its_address() {
    let world = World::new().await;
    let invited = invite(&world, "guest@example.com").await;
    assert_eq!((invited.status.as_u16(), &invited.body["status"]), (201, &json!("pending")));
    assert_eq!(invited.body["roles"][0]["name"], "Client");
    let token = invited.token();
    let card = world.anonymous().get(&format!("/api/v1/invitations/{token}")).await;
    assert_eq!((&card.body["organization"], &card.body["has_account"]), (&json!("Brightside"), &json!(false)));
    assert_eq!(world.accept(&token, "Guest One").await.status, 201);
    assert_eq!(world.accept(&token, "Guest Two").await.status, 404);
    assert_eq!(world.anonymous().get(&format!("/api/v1/invitations/{token}")).await.status, 404);
    let bea = world.sign_in("Bea").await;
    let list = bea.get(&world.path("agency", "/invitations?status=accepted&q=guest")).await;
    assert_eq!(list.body["items"][0]["email"], "guest@example.com");
    assert!(!list.text.contains(&token) && list.body["items"][0]["link"].is_null());
}

#[tokio::test]
async fn t_19_invitations_end_and_are_revoked_and_sent_again() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let late = invite(&world, "late@example.com").await;
    let path = late.location().to_owned();
    world.pass(7 * 24 * 3600 + 1);
    assert_eq!(world.accept(&late.token(), "Late").await.status, 404);
    let bea = {
        drop(bea);
        world.sign_in("Bea").await
    };
    assert_eq!(bea.get(&path).await.body["status"], "expired");
    let again = bea.post(&format!("{path}/resend"), json!({})).await;
    assert_eq!((again.status.as_u16(), &again.body["status"]), (200, &json!("pending")), "{}", again.text);
    assert_eq!(bea.delete(&path).await.status, 204);
    assert_eq!(world.accept(&again.token(), "Late").await.status, 404);
    assert_eq!(bea.get(&path).await.body["status"], "revoked");
    // A second click does no harm.
    assert_eq!(bea.delete(&path).await.status, 204);
    assert_eq!(bea.post(&format!("{path}/resend"), json!({})).await.status, 409);
}

#[tokio::test]
async fn an_address_with_an_account_accepts_by_signing_in_as_it() {
    let world = World::new().await;
    let invited = invite(&world, "Finn@Cobalt.example").await;
    let token = invited.token();
    let taken = world.accept(&token, "Not Finn").await;
    assert_eq!(taken.status, 401, "{}", taken.text);
    let grace = world.sign_in("Grace").await;
    let accept = format!("/api/v1/invitations/{token}/accept");
    assert_eq!(grace.post(&accept, json!({})).await.status, 401);
    let finn = world.sign_in("Finn").await;
    let joined = finn.post(&accept, json!({})).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    assert_eq!(joined.body["organizations"].as_array().unwrap().len(), 2);
    // The password stays his.
    world.sign_in("Finn").await;
}

#[tokio::test]
async fn a_promise_that_the_inviter_could_no_longer_make_is_void() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let admin = world.role("agency", "Admin");
    let luca = world.sign_in("Luca").await;
    let body = json!({ "email": "friend@example.com", "role_ids": [admin] });
    let invited = luca.post(&world.path("agency", "/invitations"), body).await;
    assert_eq!(invited.status, 201, "{}", invited.text);
    let path = world.path("agency", &format!("/users/{}", world.person("Luca")));
    assert_eq!(bea.delete(&path).await.status, 204);
    let answer = world.accept(&invited.token(), "Friend").await;
    assert!([404, 409].contains(&answer.status.as_u16()), "{}", answer.text);
    let sign_in = json!({ "email": "friend@example.com", "password": PASSWORD });
    assert_eq!(world.anonymous().post("/api/v1/session", sign_in).await.status, 401);
}

#[tokio::test]
async fn weak_passwords_and_second_invitations_are_refused() {
    let world = World::new().await;
    let invited = invite(&world, "guest@example.com").await;
    let path = format!("/api/v1/invitations/{}/accept", invited.token());
    for password in ["short", "aaaaaaaaaaaaaaaaaa", "passwordpassword12", "guest@example.com1"] {
        let answer = world.anonymous().post(&path, json!({ "name": "Guest", "password": password })).await;
        assert_eq!(answer.status, 422, "{password}");
        assert_eq!(answer.body["errors"][0]["field"], "password");
    }
    assert_eq!(world.anonymous().post(&path, json!({ "password": PASSWORD })).await.status, 422);
    assert_eq!(invite(&world, "GUEST@example.com").await.status, 409);
    assert_eq!(invite(&world, "chloe@brightside.example").await.status, 409);
    for email in ["nonsense", "a@b@c", "x y@example.com", ""] {
        assert_eq!(invite(&world, email).await.status, 422, "{email}");
    }
}

#[tokio::test]
async fn guessing_tokens_is_limited() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let mut statuses = Vec::new();
    for number in 0..101 {
        statuses.push(nobody.get(&format!("/api/v1/invitations/guess{number}")).await.status.as_u16());
    }
    assert!(statuses[..100].iter().all(|status| *status == 404));
    assert_eq!(statuses[100], 429);
}

#[tokio::test]
async fn a_dead_mail_server_loses_nothing_and_blocks_nobody() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    // Nobody listens at this port any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (app, client) = world.with_mail(&format!("smtp://127.0.0.1:{free}"));
    let client = client.with(&bea);
    let made = client.post(&world.path("agency", "/invitations"), json!({ "email": "guest@example.com" })).await;
    assert_eq!(made.status, 201);
    assert!(made.body["link"].is_null(), "with a mail server, nobody but the recipient sees the link");
    let transport = rolecall_server::mail::transport(app.config.smtp_url.as_ref().unwrap()).unwrap();
    let waiting = async || app.store.list_mails(10).await.unwrap().remove(0);
    rolecall_server::mail::send_due(&app, &transport).await.unwrap();
    assert_eq!((waiting().await.attempts, waiting().await.sent_at), (1, None));
    // It waits a minute, then two, and is still there.
    rolecall_server::mail::send_due(&app, &transport).await.unwrap();
    assert_eq!(waiting().await.attempts, 1);
    world.pass(61);
    rolecall_server::mail::send_due(&app, &transport).await.unwrap();
    world.pass(61);
    rolecall_server::mail::send_due(&app, &transport).await.unwrap();
    assert_eq!(waiting().await.attempts, 2);
    assert!(waiting().await.text.contains("/invitations/"));
    // A revoked one is never sent.
    assert_eq!(bea.delete(made.location()).await.status, 204);
    world.pass(3600);
    assert!(app.store.due_mails(app.now(), 10).await.unwrap().is_empty());
}
