//! Webhooks and calls: signed, sent again, paused, logged, and never to where they may not go (G-5, P-11).

mod calls;

use rolecall_server::integration::deliver;
use rolecall_server::state::App;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::world::{Client, World};

/// A server that may reach this machine, its administrator, somebody else there, a bot of theirs.
async fn within(world: &World) -> (App, Client, Client, String) {
    let (app, client) = world.configured(|config| config.private_networks = vec!["127.0.0.0/8".parse().unwrap()]);
    let ana = client.with(&world.sign_in("Ana").await);
    let bot = world.bot("workspace", 0);
    (app, ana, client, bot)
}

fn home(bot: &str) -> String {
    format!("/api/v1/bots/{bot}/integrations")
}

fn hook(url: &str, events: &[&str]) -> Value {
    json!({ "kind": "webhook", "name": "Desk", "url": url, "events": events })
}

/// Publishes the bot.
async fn publish(client: &Client, bot: &str) {
    let live = client.put(&format!("/api/v1/bots/{bot}/publication"), json!({ "confirm": true })).await;
    assert_eq!(live.status, 200, "{}", live.text);
}

/// Says something as a visitor who begins a conversation; what came back.
async fn say(client: &Client, bot: &str, text: &str) -> (Client, Value) {
    let said = client.post(&format!("/chat/v1/{bot}/messages"), json!({ "text": text })).await;
    assert_eq!(said.status, 201, "{}", said.text);
    let token = said.body["token"].as_str().unwrap().to_owned();
    (client.header("authorization", format!("Bearer {token}")), said.body)
}

#[tokio::test]
async fn g_5_a_webhook_is_told_what_happens_signed_and_once() {
    let world = World::new().await;
    let (app, ana, client, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    let events = [
        "conversation.started",
        "message.received",
        "message.sent",
        "handover.asked",
        "conversation.closed",
        "contact.left",
        "bot.published",
    ];
    let made = ana.post(&home(&bot), hook(&receiver.url, &events)).await;
    assert_eq!((made.status.as_u16(), made.body["host"].as_str()), (201, Some("127.0.0.1")), "{}", made.text);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    publish(&ana, &bot).await;
    let (visitor, begun) = say(&client, &bot, "xyzzy").await;
    let chat = format!("/chat/v1/{bot}");
    let contact = visitor.put(&format!("{chat}/contact"), json!({ "email": "vera@example.com" })).await;
    assert!(contact.status.is_success(), "{}", contact.text);
    assert!(visitor.post(&format!("{chat}/handover"), json!({})).await.status.is_success());
    let conversation = begun["conversation"].as_str().unwrap();
    let talk = format!("/api/v1/bots/{bot}/conversations/{conversation}");
    assert_eq!(ana.post(&format!("{talk}/reply"), json!({ "text": "Good day." })).await.status, 201);
    assert_eq!(ana.post(&format!("{talk}/close"), json!({})).await.status, 200);
    deliver::deliver_due(&app).await.unwrap();
    let mut kinds = receiver.kinds();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "bot.published",
            "contact.left",
            "conversation.closed",
            "conversation.started",
            "handover.asked",
            "message.received",
            "message.sent",
            "message.sent"
        ]
    );
    for came in receiver.came() {
        assert!(came.is_signed_with(&secret) && !came.is_signed_with("whsec_AAAA"), "{came:?}");
        assert_eq!(came.header("content-type"), "application/json");
        let (body, now) = (came.json(), app.now().0 / 1_000_000);
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z') && body["data"]["bot"] == bot.as_str(), "{body}");
        assert!((now - came.header("webhook-timestamp").parse::<i64>().unwrap()).abs() < 60);
        match body["type"].as_str().unwrap() {
            "message.received" => assert_eq!(body["data"]["message"]["text"], "xyzzy"),
            "contact.left" => assert_eq!(body["data"]["contact"]["email"], "vera@example.com"),
            _ => {}
        }
    }
    // Once delivered, never again.
    world.pass(3 * 24 * 3600);
    deliver::deliver_due(&app).await.unwrap();
    assert_eq!(receiver.came().len(), 8);
    // A conversation that is deleted takes along what was told of it.
    let ana = ana.with(&world.sign_in("Ana").await);
    assert_eq!(ana.delete(&talk).await.status, 204);
    let log = ana.get(&format!("{}/{}/deliveries", home(&bot), made.id())).await;
    assert_eq!(log.body["items"].as_array().unwrap().len(), 1, "{}", log.text);
}

#[tokio::test]
async fn g_5_what_does_not_arrive_is_sent_again_and_given_up_in_the_end() {
    let world = World::new().await;
    let (app, ana, _, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    let made = ana.post(&home(&bot), hook(&receiver.url, &["bot.published"])).await.id();
    let log = format!("{}/{made}/deliveries", home(&bot));
    receiver.answers(&[(500, "no <b>\u{0}luck</b>"), (302, ""), (200, "thanks")]);
    publish(&ana, &bot).await;
    deliver::deliver_due(&app).await.unwrap();
    let first = ana.get(&log).await.body["items"][0].clone();
    assert_eq!(
        (&first["status"], &first["attempts"], &first["http_status"]),
        (&json!("waiting"), &json!(1), &json!(500))
    );
    assert_eq!(first["answer"], "no <b>luck</b>");
    // Not before its time; redirects are not followed.
    deliver::deliver_due(&app).await.unwrap();
    assert_eq!(receiver.came().len(), 1);
    for (wait, status) in [(6, json!("waiting")), (31, json!("delivered"))] {
        world.pass(wait);
        deliver::deliver_due(&app).await.unwrap();
        assert_eq!(ana.get(&log).await.body["items"][0]["status"], status);
    }
    let came = receiver.came();
    assert!(came.len() == 3 && came.iter().all(|one| one.header("webhook-id") == first["id"].as_str().unwrap()));
    // Sent once more by hand, under the same id.
    let resend = format!("{log}/{}/resend", first["id"].as_str().unwrap());
    assert_eq!(ana.post(&resend, json!({})).await.body["status"], "waiting");
    deliver::deliver_due(&app).await.unwrap();
    assert_eq!(receiver.came().len(), 4);
    // Given up after the last wait; gone, where the other side says so.
    receiver.answers(&[(500, ""); 7]);
    publish(&ana, &bot).await;
    for wait in [0, 6, 31, 121, 601, 3_601, 21_601] {
        world.pass(wait);
        deliver::deliver_due(&app).await.unwrap();
    }
    let failed = ana.get(&format!("{log}?status=failed")).await;
    assert_eq!(failed.body["items"][0]["attempts"], 7, "{}", failed.text);
    receiver.answers(&[(410, "")]);
    publish(&ana, &bot).await;
    deliver::deliver_due(&app).await.unwrap();
    let paused = ana.get(&format!("{}/{made}", home(&bot))).await;
    assert_eq!((&paused.body["status"], &paused.body["paused_because"]), (&json!("paused"), &json!("gone")));
    let told = ana.get(&world.path("workspace", "/audit-events?model=Integration&action=pause")).await;
    assert_eq!(told.body["items"].as_array().unwrap().len(), 1, "{}", told.text);
    // Paused, it is told nothing; active, it begins anew.
    publish(&ana, &bot).await;
    deliver::deliver_due(&app).await.unwrap();
    let so_far = receiver.came().len();
    let active = ana.patch(&format!("{}/{made}", home(&bot)), json!({ "status": "active" })).await;
    assert_eq!(
        (&active.body["failures"], &active.body["paused_because"]),
        (&json!(0), &Value::Null),
        "{}",
        active.text
    );
    deliver::deliver_due(&app).await.unwrap();
    assert_eq!(receiver.came().len(), so_far);
    // The log goes back 30 days.
    world.pass(31 * 24 * 3600);
    deliver::delete_old(&app).await.unwrap();
    let ana = ana.with(&world.sign_in("Ana").await);
    assert_eq!(ana.get(&log).await.body["items"], json!([]));
}

#[tokio::test]
async fn g_5_a_webhook_that_fails_for_days_is_paused() {
    let world = World::new().await;
    let (app, ana, _, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    receiver.answers(&[(500, ""); 200]);
    let made = ana.post(&home(&bot), hook(&receiver.url, &["bot.published"])).await.id();
    for _ in 0..13 {
        publish(&ana, &bot).await;
        deliver::deliver_due(&app).await.unwrap();
        world.pass(6 * 3600);
    }
    deliver::deliver_due(&app).await.unwrap();
    let ana = ana.with(&world.sign_in("Ana").await);
    let paused = ana.get(&format!("{}/{made}", home(&bot))).await;
    assert_eq!((&paused.body["status"], &paused.body["paused_because"]), (&json!("paused"), &json!("failing")));
}

#[tokio::test]
async fn g_5_secrets_are_shown_once_and_stand_nowhere() {
    let world = World::new().await;
    let (app, ana, _, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    let call = json!({ "kind": "call", "name": "Orders", "url": receiver.url, "headers": { "X-Key": "sesame" } });
    let made = ana.post(&home(&bot), call).await;
    let (id, secret) = (made.id(), made.body["secret"].as_str().unwrap().to_owned());
    let one = format!("{}/{id}", home(&bot));
    let rotated = ana.post(&format!("{one}/rotate-secret"), json!({})).await;
    let new = rotated.body["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, secret);
    let tried = ana.post(&format!("{one}/test"), json!({})).await;
    assert_eq!((&tried.body["status"], &tried.body["event"]), (&json!("delivered"), &json!("integration.test")));
    let came = receiver.came().remove(0);
    assert!(came.is_signed_with(&secret) && came.is_signed_with(&new));
    assert_eq!(came.header("x-key"), "sesame");
    world.pass(25 * 3600);
    let ana = ana.with(&world.sign_in("Ana").await);
    ana.post(&format!("{one}/test"), json!({})).await;
    let came = receiver.came().remove(1);
    assert!(!came.is_signed_with(&secret) && came.is_signed_with(&new));
    // A header that is given as null keeps what it says, one left out is gone.
    let kept = ana.patch(&one, json!({ "headers": { "X-Key": null, "X-More": "more" } })).await;
    assert_eq!(kept.body["headers"], json!(["X-Key", "X-More"]), "{}", kept.text);
    ana.post(&format!("{one}/test"), json!({})).await;
    assert_eq!(receiver.came().remove(2).header("x-key"), "sesame");
    let unknown = ana.patch(&one, json!({ "headers": { "X-Other": null } })).await;
    assert_eq!(unknown.body["errors"][0]["field"], "headers.X-Other", "{}", unknown.text);
    let log = ana.get(&world.path("workspace", "/audit-events?model=Integration")).await;
    for page in [ana.get(&one).await, ana.get(&home(&bot)).await, kept, log] {
        for hidden in [secret.as_str(), new.as_str(), "sesame"] {
            assert!(page.status == 200 && !page.text.contains(hidden), "{hidden} in {}", page.text);
        }
    }
    let log = ana.get(&world.path("workspace", "/audit-events?model=Integration")).await;
    assert!(!log.text.contains("key=hush") && log.text.contains("rotate") && log.text.contains("127.0.0.1"));
    drop(app);
}

#[tokio::test]
async fn g_5_nothing_within_is_asked_unless_the_operator_allows_it() {
    let world = World::new().await;
    let receiver = Receiver::new().await;
    let port = receiver.url.split(['/', ':']).nth(4).unwrap().to_owned();
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    for inside in [
        receiver.url.clone(),
        "https://127.0.0.1/".to_owned(),
        "https://[::1]/".to_owned(),
        "https://2130706433/".to_owned(),
        "https://169.254.169.254/latest".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://[::ffff:10.0.0.1]/".to_owned(),
        "https://100.64.0.1/".to_owned(),
        "http://example.com/".to_owned(),
        "https://ana:pass@example.com/".to_owned(),
        "ftp://example.com/".to_owned(),
        "nonsense".to_owned(),
    ] {
        let refused = ana.post(&home(&bot), hook(&inside, &["bot.published"])).await;
        assert_eq!(refused.status, 422, "{inside}: {}", refused.text);
        assert_eq!(refused.body["errors"][0]["field"], "url", "{inside}");
    }
    // A name that leads inside is found out when it is used.
    let made = ana.post(&home(&bot), hook(&format!("https://localhost:{port}/"), &["bot.published"])).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let tried = ana.post(&format!("{}/{}/test", home(&bot), made.id()), json!({})).await;
    assert_eq!(tried.body["fault"], "its address is not allowed on this server", "{}", tried.text);
    assert_eq!((&tried.body["status"], receiver.came().len()), (&json!("failed"), 0));
    // What one server allowed is refused by the next that does not.
    let (_, within, _, _) = within(&world).await;
    let made = within
        .post(
            &home(&bot),
            json!({ "kind": "webhook", "name": "Inside", "url": receiver.url, "events": ["bot.published"] }),
        )
        .await;
    let tried = ana.post(&format!("{}/{}/test", home(&bot), made.id()), json!({})).await;
    assert_eq!(tried.body["fault"], "its address is not allowed on this server", "{}", tried.text);
    assert_eq!(receiver.came().len(), 0);
}

#[tokio::test]
async fn g_5_p_11_each_permission_opens_its_own_part_and_no_more() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Reader" })).await.id();
    let permissions = world.path("workspace", &format!("/roles/{role}/permissions"));
    let give = async |model: &str, action: &str| {
        let given = ana.post(&permissions, json!({ "model": model, "action": action })).await;
        assert_eq!(given.status, 201, "{}", given.text);
    };
    give("Bot", "read").await;
    give("Integration", "read").await;
    let tess = world.join(&ana, "workspace", "tess@example.com", std::slice::from_ref(&role), &[]).await;
    let made = ana.post(&home(&bot), hook("https://hooks.example.com/secret-path", &["bot.published"])).await.id();
    let one = format!("{}/{made}", home(&bot));
    let seen = tess.get(&one).await;
    assert_eq!(
        (seen.status.as_u16(), &seen.body["host"], &seen.body["can"]),
        (200, &json!("hooks.example.com"), &json!(["read"]))
    );
    assert!(!seen.text.contains("secret-path") && !tess.get(&home(&bot)).await.text.contains("secret-path"));
    assert_eq!(tess.post(&home(&bot), hook("https://example.com/", &["bot.published"])).await.status, 403);
    assert_eq!(tess.patch(&one, json!({ "name": "Mine" })).await.status, 403);
    assert_eq!(tess.delete(&one).await.status, 403);
    for act in ["rotate-secret", "test"] {
        assert_eq!(tess.post(&format!("{one}/{act}"), json!({})).await.status, 403, "{act}");
    }
    // With leave to make and change them, still not to send visitors' words where they may not be seen.
    for action in ["create", "update"] {
        give("Integration", action).await;
    }
    let quiet =
        json!({ "kind": "webhook", "name": "Quiet", "url": "https://example.com/", "events": ["bot.published"] });
    let quiet = tess.post(&home(&bot), quiet).await;
    assert_eq!(quiet.status, 201, "{}", quiet.text);
    let loud = tess
        .post(
            &home(&bot),
            json!({ "kind": "webhook", "name": "Loud", "url": "https://example.com/", "events": ["message.received"] }),
        )
        .await;
    assert_eq!(loud.status, 403, "{}", loud.text);
    let call = tess.post(&home(&bot), json!({ "kind": "call", "name": "Call", "url": "https://example.com/" })).await;
    assert_eq!(call.status, 403, "{}", call.text);
    let louder = tess.patch(&format!("{}/{}", home(&bot), quiet.id()), json!({ "events": ["contact.left"] })).await;
    assert_eq!(louder.status, 403, "{}", louder.text);
    give("Conversation", "update").await;
    let louder = tess.patch(&format!("{}/{}", home(&bot), quiet.id()), json!({ "events": ["contact.left"] })).await;
    assert_eq!(louder.status, 200, "{}", louder.text);
    // Ids of another bot, and of another organization.
    let elsewhere = world.bot("workspace", 1);
    for path in [format!("{}/{made}", home(&elsewhere)), format!("{}/{made}/deliveries", home(&elsewhere))] {
        assert_eq!(ana.get(&path).await.status, 404, "{path}");
    }
    let carla = world.sign_in("Carla").await;
    assert_eq!((carla.get(&one).await.status.as_u16(), carla.get(&home(&bot)).await.status.as_u16()), (404, 404));
}
