//! Guessing: how often, from where, and what it does to the person whose account it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::concurrency::at_once;
use crate::passwords::{LINKS, mails, token, with_mailbox};
use crate::second_factor::{Enrolled, STEP, at_second_step, enrol};
use crate::sessions::setup;
use crate::world::{Client, PASSWORD, World};

/// How many answers have which status.
async fn counted(requests: Vec<(Client, String, Value)>) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in at_once(requests).await {
        if [429, 503].contains(&answer.status.as_u16()) {
            assert!(answer.headers.contains_key("retry-after"), "{}", answer.text);
        }
        *counts.entry(answer.status.as_u16()).or_default() += 1;
    }
    counts
}

/// The same 200 times at the same moment, at two servers in turn.
async fn storm(clients: [&Client; 2], path: &str, body: impl Fn(usize) -> Value) -> BTreeMap<u16, usize> {
    counted((0..200).map(|number| (clients[number % 2].clone(), path.to_owned(), body(number))).collect()).await
}

fn told(counts: &BTreeMap<u16, usize>, status: u16) -> usize {
    let known = [status, 429, 503];
    assert!(counts.keys().all(|one| known.contains(one)), "{counts:?}");
    counts.get(&status).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_passwords_at_once_are_ten_guesses_and_one_mail() {
    let world = World::new().await;
    let (nobody, node) = (with_mailbox(&world), world.another_node().await);
    let mut answered = 0;
    // What was turned away because too many hashes waited is tried again: only what is told counts.
    for _ in 0..3 {
        let counts = storm(
            [&nobody, &nobody],
            "/api/v1/session",
            |_| json!({ "email": "ana@acme.example", "password": "wrong" }),
        );
        answered += told(&counts.await, 401);
    }
    assert_eq!(answered, 10);
    let right = json!({ "email": "ana@acme.example", "password": world.demo.password });
    for client in [&nobody, &node] {
        assert_eq!(client.post("/api/v1/session", right.clone()).await.status, 429);
    }
    let told = mails(&world, "ana@acme.example").await;
    assert_eq!(told.iter().filter(|mail| mail.contains("have to wait")).count(), 1, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_among_two_hundred_is_not_told_beyond_the_limit() {
    let world = World::new().await;
    let right = world.demo.password.clone();
    let nobody = world.with_config(|config| config.limits.failures_per_account = 3);
    for _ in 0..3 {
        let wrong = json!({ "email": "ana@acme.example", "password": "wrong" });
        assert_eq!(nobody.post("/api/v1/session", wrong).await.status, 401);
    }
    let counts = storm(
        [&nobody, &nobody],
        "/api/v1/session",
        |number| json!({ "email": "ana@acme.example", "password": if number == 77 { right.as_str() } else { "wrong" } }),
    );
    assert_eq!(told(&counts.await, 401), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_codes_at_once_are_ten_guesses_of_each_factor() {
    let world = World::new().await;
    let Enrolled { phone, codes, .. } = enrol(&world, world.sign_in("Ana").await).await;
    let node = world.another_node().await;
    let (one, other) =
        (at_second_step(&world, "ana@acme.example").await, at_second_step(&world, "ana@acme.example").await);
    let other = node.with(&other);
    let right = phone.code(&world, 0);
    let codes_of_app = storm([&one, &other], STEP, |number| {
        let guess = format!("{number:06}");
        json!({ "code": if guess == right { "999999".to_owned() } else { guess } })
    });
    assert_eq!(told(&codes_of_app.await, 401), 10);
    assert_eq!(other.post(STEP, json!({ "code": right })).await.status, 429);
    // Backup codes have a count of their own, and are as few.
    let mut answered = 0;
    for _ in 0..3 {
        let counts = storm([&one, &other], STEP, |number| json!({ "code": format!("AAAA-BBBB-CCCC-{number:04}") }));
        answered += told(&counts.await, 401);
    }
    assert_eq!(answered, 10);
    assert_eq!(one.post(STEP, json!({ "code": codes[0] })).await.status, 429);
    world.pass(901);
    let step = at_second_step(&world, "ana@acme.example").await;
    assert_eq!(step.post(STEP, json!({ "code": codes[0] })).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tokens_at_once_are_a_hundred_guesses_from_one_address() {
    let world = World::new().await;
    let (nobody, node) = (with_mailbox(&world), world.another_node().await);
    let clients = [&nobody, &node];
    let recovery =
        storm(clients, "/api/v1/recovery", |number| json!({ "token": format!("{number}"), "password": PASSWORD }));
    assert_eq!(told(&recovery.await, 404), 100);
    let set_up = storm(clients, "/api/v1/setup", |number| setup(&format!("{number}")));
    assert_eq!(told(&set_up.await, 404), 100);
    let guesses =
        (0..200).map(|number| (clients[number % 2].clone(), format!("/api/v1/invitations/{number}/accept"), json!({})));
    assert_eq!(told(&counted(guesses.collect()).await, 404), 100);
    // Asking for links: ten to an address, however many ask.
    let links = storm([&nobody, &nobody], LINKS, |_| json!({ "email": "ana@acme.example" }));
    assert_eq!(told(&links.await, 202), 10);
    assert_eq!(mails(&world, "ana@acme.example").await.len(), 10);
    // Each of these counts by itself: signing in goes on.
    world.sign_in("Ana").await;
}

#[tokio::test]
async fn an_address_of_version_six_is_its_whole_network() {
    let world = World::new().await;
    let client = world.with_config(|config| config.limits.failures_per_address = 5);
    let attempt = async |address: &str, number: usize| {
        let body = json!({ "email": format!("guess{number}@acme.example"), "password": "wrong" });
        client.from(address).post("/api/v1/session", body).await.status.as_u16()
    };
    for number in 0..5 {
        assert_eq!(attempt(&format!("2001:db8:1:2::{number}"), number).await, 401);
    }
    assert_eq!(attempt("2001:db8:1:2:abcd:ef01:2345:6789", 6).await, 429);
    assert_eq!(attempt("2001:db8:1:3::1", 7).await, 401);
    assert_eq!(attempt("203.0.113.7", 8).await, 401);
    // An address of version four in the clothes of version six is of version four.
    for number in 9..13 {
        assert_eq!(attempt("::ffff:203.0.113.7", number).await, 401);
    }
    assert_eq!(attempt("203.0.113.7", 14).await, 429);
    assert_eq!(attempt("::ffff:203.0.113.8", 15).await, 401);
}

#[tokio::test]
async fn nobody_is_locked_out_for_good() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    let right = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let begun = nobody.from("198.51.100.1").post("/api/v1/session", right.clone()).await;
    let cookies = begun.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap());
    let mark = cookies.into_iter().find(|one| one.starts_with("rolecall_device=")).unwrap().split(';').next().unwrap();
    let browser = nobody.from("198.51.100.1").holding(mark);
    // Somebody guesses without a pause, from elsewhere and from the person's own network, beyond every limit.
    let guess = async |address: &str, email: &str| {
        let wrong = json!({ "email": email, "password": "wrong" });
        nobody.from(address).post("/api/v1/session", wrong).await.status.as_u16()
    };
    for _ in 0..11 {
        guess("203.0.113.1", "ana@acme.example").await;
    }
    for number in 0..101 {
        guess("198.51.100.1", &format!("guess{number}@acme.example")).await;
    }
    assert_eq!(guess("198.51.100.1", "ana@acme.example").await, 429);
    // Her own browser lets her in, in that network too.
    let in_again = browser.post("/api/v1/session", right.clone()).await;
    assert_eq!(in_again.status, 201, "{}", in_again.text);
    // From a new one she gets a link by mail, though somebody has asked for as many as are sent.
    for _ in 0..11 {
        nobody.from("203.0.113.1").post(LINKS, json!({ "email": "ana@acme.example" })).await;
    }
    let new = nobody.from("192.0.2.1");
    assert_eq!(new.post("/api/v1/session", right.clone()).await.status, 429);
    let link = token(&mails(&world, "ana@acme.example").await.pop().unwrap());
    let reset = new.post("/api/v1/recovery", json!({ "token": link, "password": PASSWORD })).await;
    assert_eq!(reset.status, 204, "{}", reset.text);
    for _ in 0..11 {
        guess("203.0.113.1", "ana@acme.example").await;
    }
    let mark = reset.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let right = json!({ "email": "ana@acme.example", "password": PASSWORD });
    assert_eq!(new.holding(mark).post("/api/v1/session", right.clone()).await.status, 201);
    // And time alone opens it again.
    world.pass(901);
    assert_eq!(nobody.from("192.0.2.2").post("/api/v1/session", right).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn successes_are_never_counted() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let right = json!({ "email": "ana@acme.example", "password": world.demo.password });
    let all = (0..20).map(|_| (nobody.clone(), "/api/v1/session".to_owned(), right.clone())).collect();
    assert_eq!(counted(all).await, BTreeMap::from([(201, 20)]));
}
