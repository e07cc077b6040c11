//! What works once works once, when fifty try it at the same moment on two servers.

use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::concurrency::{at_once, successes};
use crate::keys::{TOKENS, grants, here};
use crate::passwords::{LINKS, link, mails, token, with_mailbox};
use crate::second_factor::{CONFIRM, Enrolled, FACTOR, STEP, at_second_step, enrol};
use crate::sessions::{setup, setup_token};
use crate::world::{Answer, Client, PASSWORD, World};

/// Fifty at once, alternately at the two; everybody else is told one of these.
async fn one_of_fifty(clients: [&Client; 2], path: &str, body: impl Fn(usize) -> Value, others: &[u16]) -> Answer {
    let requests = (0..50).map(|number| (clients[number % 2].clone(), path.to_owned(), body(number))).collect();
    let mut answers = at_once(requests).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(successes(&answers), 1, "{path}: {statuses:?}");
    let refused = answers.iter().filter(|answer| !answer.status.is_success());
    for answer in refused {
        assert!(others.contains(&answer.status.as_u16()), "{path}: {statuses:?}: {}", answer.text);
    }
    let at = answers.iter().position(|answer| answer.status.is_success()).unwrap();
    answers.swap_remove(at)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_set_up_one_becomes_the_owner() {
    let world = World::empty().await;
    let token = setup_token(&world).await;
    let (one, other) = (world.anonymous(), world.another_node().await);
    let body = |number: usize| {
        let mut body = setup(&token);
        body["user"]["email"] = json!(format!("vera{number}@example.com"));
        body
    };
    let done = one_of_fifty([&one, &other], "/api/v1/setup", body, &[404, 503]).await;
    assert_eq!(done.body["organizations"][0]["roles"], json!(["Owner"]));
    let count =
        async |table: &str| world.scratch.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await.unwrap();
    assert_eq!((count("organization").await, count("account").await), (vec!["1".to_owned()], vec!["1".to_owned()]));
    assert_eq!(one.post("/api/v1/setup", body(50)).await.status, 404);
    assert_eq!(one.page(&format!("/setup?token={token}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_acceptances_one_joins() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let (one, other) = (world.anonymous(), world.another_node().await);
    // A new account, and one that is there.
    let invited = bea.post(&world.path("agency", "/invitations"), json!({ "email": "guest@example.com" })).await;
    let accept = format!("/api/v1/invitations/{}/accept", invited.token());
    let body = |number: usize| json!({ "name": format!("Guest {number}"), "password": format!("{PASSWORD} {number}") });
    one_of_fifty([&one, &other], &accept, body, &[401, 404, 503]).await;
    let invited = bea.post(&world.path("agency", "/invitations"), json!({ "email": "finn@cobalt.example" })).await;
    let accept = format!("/api/v1/invitations/{}/accept", invited.token());
    let finn = world.sign_in("Finn").await;
    one_of_fifty([&finn, &other.with(&finn)], &accept, |_| json!({}), &[401, 404]).await;
    let users = bea.get(&world.path("agency", "/users")).await;
    assert_eq!(users.names().iter().filter(|name| name.starts_with("Guest") || name.starts_with("Finn")).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_links_of_an_address_one_counts() {
    let world = World::new().await;
    // Both servers send mail: whichever is first does.
    let (nobody, node) = (with_mailbox(&world), world.another_node_with(|config| config.demo = true).await);
    let ana = nobody.with(&world.sign_in("Ana").await);
    assert_eq!(ana.put("/api/v1/me/email", json!({ "email": "ana@new.example" })).await.status, 202);
    let confirm = link(&mails(&world, "ana@new.example").await.pop().unwrap(), "/email/confirm");
    let body = |_| json!({ "token": confirm });
    one_of_fifty([&nobody, &node], "/api/v1/email/confirm", body, &[404]).await;
    assert_eq!(mails(&world, "ana@acme.example").await.len(), 1);
    let undo = link(&mails(&world, "ana@acme.example").await.pop().unwrap(), "/email/undo");
    let body = |_| json!({ "token": undo });
    one_of_fifty([&nobody, &node], "/api/v1/email/undo", body, &[404]).await;
    world.sign_in("Ana").await;
    // The link of a lost password, at two servers.
    nobody.post(LINKS, json!({ "email": "ana@acme.example" })).await;
    let lost = token(&mails(&world, "ana@acme.example").await.pop().unwrap());
    let body = |number: usize| json!({ "token": lost, "password": format!("{PASSWORD} {number}") });
    one_of_fifty([&nobody, &node], "/api/v1/recovery", body, &[404, 503]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_codes_at_one_step_one_signs_in() {
    let world = World::new().await;
    let wide = world.with_config(|config| config.limits.failures_per_account = 1000);
    let Enrolled { client, phone, codes } = enrol(&world, world.sign_in("Ana").await).await;
    let step = at_second_step(&world, "ana@acme.example").await;
    let step = wide.with(&step);
    // One step, and codes each of which would do: the step is used up by the first.
    let backup = |number: usize| json!({ "code": codes[number % 10] });
    one_of_fifty([&step, &step], STEP, backup, &[401, 503]).await;
    // The fresh sign-in by a code.
    let code = phone.code(&world, 0);
    let ana = wide.with(&client);
    let confirmed = one_of_fifty([&ana, &ana], "/api/v1/session/confirm", |_| json!({ "code": code }), &[401]).await;
    let ana = ana.with(&world.with_cookie(&confirmed));
    assert_eq!(ana.get("/api/v1/me").await.status, 200);
    // A new authenticator's first code.
    world.pass(60);
    let draft = ana.post(FACTOR, json!({})).await;
    let new = crate::second_factor::Phone::of(&draft);
    let code = new.code(&world, 0);
    one_of_fifty([&ana, &ana], CONFIRM, |_| json!({ "code": code }), &[401, 409]).await;
}

const PASSKEYS: &str = "/api/v1/me/passkeys";
const BY_PASSKEY: &str = "/api/v1/session/passkey";

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_answers_of_a_passkey_one_counts() {
    let world = World::new().await;
    let many = |config: &mut rolecall_server::Config| {
        config.limits.failures_per_account = 1000;
        config.limits.failures_per_address = 1000;
    };
    let (one, other) = (world.with_config(many), world.another_node_with(many).await);
    let ceremony =
        |client: Client, path: &'static str| async move { client.post(&format!("{path}/ceremony"), json!({})).await };
    // It is added once.
    let ana = one.with(&world.sign_in("Ana").await);
    let mut phone = Authenticator::new();
    let mut new = phone.create(&ceremony(ana.clone(), PASSKEYS).await);
    new["name"] = json!("Phone");
    let added = one_of_fifty([&ana, &other.with(&ana)], PASSKEYS, |_| new.clone(), &[401, 409, 422]).await;
    let ana = ana.with(&world.with_cookie(&added));
    assert_eq!(ana.get(PASSKEYS).await.body["items"].as_array().unwrap().len(), 1);
    // It signs in once, without a password.
    let answer = phone.get(&ceremony(one.clone(), BY_PASSKEY).await);
    let signed_in = one_of_fifty([&one, &other], BY_PASSKEY, |_| answer.clone(), &[401]).await;
    assert_eq!(signed_in.body["user"]["email"], "ana@acme.example");
    // It says once who one is, and gives the second factor once.
    let answer = phone.get(&ceremony(ana.clone(), BY_PASSKEY).await);
    let confirm = "/api/v1/session/confirm";
    let body = |_| json!({ "passkey": answer });
    one_of_fifty([&ana, &other.with(&ana)], confirm, body, &[401]).await;
    // Bent, or of another ceremony, or another's: nobody comes in.
    let asked = ceremony(one.clone(), BY_PASSKEY).await;
    let mut bent = phone.get(&asked);
    bent["credential"]["response"]["signature"] = bent["credential"]["response"]["authenticatorData"].clone();
    let mut elsewhere = phone.get(&asked);
    elsewhere["ceremony"] = ceremony(one.clone(), BY_PASSKEY).await.body["ceremony"].clone();
    for answer in [bent, elsewhere, Authenticator::new().get(&asked)] {
        let refused = one.post(BY_PASSKEY, answer).await;
        assert_eq!(refused.status, 401, "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rotations_one_gives_the_new_secret() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let other = world.another_node().await.with(&ana);
    let scope = grants(&[("Bot", "read")]);
    let own = json!([{ "organization": here(&world), "permissions": scope }]);
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    for (list, scope) in [(TOKENS.to_owned(), own), (format!("{bot}/api-keys"), scope)] {
        let made = ana.post(&list, json!({ "name": "Robot", "scope": scope })).await;
        let rotate = format!("{list}/{}/rotate", made.id());
        let rotated = one_of_fifty([&ana, &other], &rotate, |_| json!({ "overlap_seconds": 60 }), &[409]).await;
        // The old one is good for as long as was said, beside the new one.
        for secret in [&made, &rotated] {
            let robot = crate::keys::program(&world, secret);
            assert_eq!(robot.get(&bot).await.status, 200);
        }
        // All earlier ones end at once where that is asked for.
        let last = ana.post(&rotate, json!({ "overlap_seconds": 0 })).await;
        assert_eq!(last.status, 200, "{}", last.text);
        for (secret, status) in [(&made, 401), (&rotated, 401), (&last, 200)] {
            assert_eq!(crate::keys::program(&world, secret).get(&bot).await.status, status);
        }
    }
}
