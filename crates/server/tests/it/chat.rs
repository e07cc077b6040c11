//! Visitors and a published bot: the chat API, exactly once, on the version they began with.

use std::collections::BTreeSet;

use http::Method;
use rolecall_server::chat::retention;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{Answer, Client, World};

/// An id that nobody else has.
fn fresh() -> Uuid {
    rolecall_store::ids::new_id(rolecall_access::Timestamp(1_777_800_600_000_000)).unwrap()
}

/// The published bot of Acme, taught and published again; its administrator.
pub async fn taught(world: &World) -> (Client, String) {
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    let lesson = json!({ "intents": [
        { "name": "greeting", "response": "Good day!", "examples": ["hello", "hello there", "hello to you", "hi"] },
        { "name": "lost card", "response": "I have blocked it.", "examples": [
            "my card is gone", "I lost my card", "block my card", "my card was stolen"] }] });
    assert_eq!(ana.post(&format!("/api/v1/bots/{bot}/training/import"), lesson).await.status, 200);
    publish(&ana, &bot).await;
    (ana, bot)
}

pub async fn publish(client: &Client, bot: &str) -> i64 {
    let live = client.put(&format!("/api/v1/bots/{bot}/publication"), json!({})).await;
    assert_eq!(live.status, 200, "{}", live.text);
    live.body["version"].as_i64().unwrap()
}

fn messages(bot: &str) -> String {
    format!("/chat/v1/{bot}/messages")
}

/// The same client with the token that the answer gave.
fn holding(client: &Client, answer: &Answer) -> Client {
    let token = answer.body["token"].as_str().unwrap_or_else(|| panic!("no token in {}", answer.text));
    client.header("authorization", format!("Bearer {token}"))
}

async fn begin(world: &World, bot: &str, text: &str) -> (Client, Answer) {
    let visitor = world.anonymous();
    let begun = visitor.post(&messages(bot), json!({ "text": text })).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    (holding(&visitor, &begun), begun)
}

/// A visitor who asks the bot for a person and waits: the id of the conversation.
pub async fn waiting_visitor(client: &Client, bot: &str) -> String {
    let visitor = client.holding("");
    let begun = visitor.post(&messages(bot), json!({ "text": "A person, please." })).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let asked = holding(&visitor, &begun).send(Method::POST, &format!("/chat/v1/{bot}/handover"), None).await;
    assert_eq!((asked.status.as_u16(), asked.body["status"].as_str()), (200, Some("waiting")), "{}", asked.text);
    begun.body["conversation"].as_str().unwrap().to_owned()
}

fn texts(answer: &Answer) -> Vec<&str> {
    answer.body["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn w_7_t_4_a_visitor_talks_to_a_published_bot() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let card = world.anonymous().get(&format!("/chat/v1/{bot}")).await;
    assert_eq!(
        (card.status.as_u16(), &card.body["languages"], &card.body["language"]),
        (200, &json!(["en"]), &json!("en"))
    );
    assert_eq!(card.body["opening"], json!({ "messages": [], "choices": [] }));
    let (visitor, begun) = begin(&world, &bot, "  hello ").await;
    assert!(!begun.headers.contains_key("set-cookie"));
    assert_eq!((begun.body["status"].as_str(), texts(&begun)), (Some("bot"), vec!["hello", "Good day!"]));
    assert_eq!(begun.body["messages"][1]["sender"], "bot");
    let on = visitor.post(&messages(&bot), json!({ "text": "my card is gone", "id": fresh() })).await;
    assert_eq!((on.status.as_u16(), texts(&on)), (201, vec!["my card is gone", "I have blocked it."]), "{}", on.text);
    assert_eq!((&on.body["messages"][0]["number"], &on.body["token"]), (&json!(3), &Value::Null));
    assert_eq!(on.body["conversation"], begun.body["conversation"]);
    let all = visitor.get(&format!("{}?after=1", messages(&bot))).await;
    assert_eq!(texts(&all), ["Good day!", "my card is gone", "I have blocked it."]);
    // The token is good for this conversation of this bot, and for nothing else.
    let other = world.bot("team", 0);
    for path in [messages(&other), format!("/chat/v1/{}/messages", fresh())] {
        assert_eq!(visitor.get(&path).await.status, 404, "{path}");
        assert_eq!(visitor.post(&path, json!({ "text": "hello" })).await.status, 404, "{path}");
    }
    assert_eq!(visitor.get("/api/v1/me").await.status, 401);
    let wrong = world.anonymous().header("authorization", "Bearer rcv_wrong");
    assert_eq!(wrong.get(&messages(&bot)).await.status, 404);
    assert_eq!(wrong.post(&messages(&bot), json!({ "text": "hello" })).await.status, 404);
    assert_eq!(world.anonymous().get(&messages(&bot)).await.status, 401);
    // Off the air, nothing is there, for those in the middle of it neither.
    assert_eq!(ana.delete(&format!("/api/v1/bots/{bot}/publication")).await.status, 200);
    assert_eq!(visitor.post(&messages(&bot), json!({ "text": "hello" })).await.status, 404);
    assert_eq!(visitor.get(&messages(&bot)).await.status, 404);
    assert_eq!(world.anonymous().get(&format!("/chat/v1/{bot}")).await.status, 404);
}

#[tokio::test]
async fn w_7_visitors_do_what_the_role_public_gives() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let (visitor, _) = begin(&world, &bot, "hello").await;
    let public = world.role("workspace", "public");
    let permissions = world.path("workspace", &format!("/roles/{public}/permissions"));
    let list = ana.get(&permissions).await;
    let all = list.body["items"].as_array().unwrap();
    let create = all.iter().find(|one| one["model"] == "Conversation" && one["action"] == "create").unwrap();
    let gone = ana.delete(&format!("{permissions}/{}", create["id"].as_str().unwrap())).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(visitor.post(&messages(&bot), json!({ "text": "hello" })).await.status, 404);
    assert_eq!(world.anonymous().post(&messages(&bot), json!({ "text": "hello" })).await.status, 404);
    assert_eq!(visitor.get(&messages(&bot)).await.status, 404);
    assert_eq!(world.anonymous().get(&format!("/chat/v1/{bot}")).await.status, 200);
}

#[tokio::test]
async fn a_message_sent_fifty_times_at_once_is_there_once() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let path = messages(&bot);
    let body = json!({ "text": "hello", "id": fresh() });
    let visitor = world.anonymous();
    let same = (0..50).map(|_| visitor.post(&path, body.clone()));
    let begun = futures_util::future::join_all(same).await;
    let first = &begun[0];
    assert_eq!(first.status, 201, "{}", first.text);
    assert!(begun.iter().all(|answer| answer.body == first.body), "the same beginning, the same answer");
    let visitor = holding(&visitor, first);
    let body = json!({ "text": "my card is gone", "id": fresh() });
    let same = (0..50).map(|_| visitor.post(&path, body.clone()));
    let on = futures_util::future::join_all(same).await;
    assert!(on.iter().all(|answer| answer.status == 201 && answer.body == on[0].body), "{}", on[0].text);
    // Different ones come one after another, without gaps.
    let more = (0..20).map(|number| visitor.post(&path, json!({ "text": format!("hello {number}"), "id": fresh() })));
    assert!(futures_util::future::join_all(more).await.iter().all(|answer| answer.status == 201));
    let all = visitor.get(&path).await;
    let numbers: Vec<i64> =
        all.body["messages"].as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=44).collect::<Vec<_>>());
    // Another text under the id of a beginning is no beginning, and later nobody gets the token by it.
    let another = json!({ "text": "other", "id": first.body["messages"][0]["id"] });
    assert_eq!(world.anonymous().post(&path, another).await.status, 201);
}

#[tokio::test]
async fn a_beginning_is_found_again_on_another_server_and_for_a_while() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let id = fresh();
    let body = json!({ "text": "hello", "id": id });
    let begun = world.anonymous().post(&messages(&bot), body.clone()).await;
    // As after a crash: nothing is in memory there.
    let node = world.another_node().await;
    let again = node.post(&messages(&bot), body.clone()).await;
    assert_eq!((again.status.as_u16(), &again.body), (201, &begun.body), "{}", again.text);
    let other = json!({ "text": "something else", "id": id });
    assert_eq!(node.post(&messages(&bot), other).await.problem(), "/problems/duplicate");
    // Both servers go on with it, each seeing what the other wrote.
    let (here, there) = (holding(&world.anonymous(), &begun), holding(&node, &begun));
    for client in [&here, &there, &here, &there] {
        let on = client.post(&messages(&bot), json!({ "text": "hello" })).await;
        assert_eq!((on.status.as_u16(), texts(&on)), (201, vec!["hello", "Good day!"]), "{}", on.text);
    }
    assert_eq!(texts(&there.get(&messages(&bot)).await).len(), 10);
    world.pass(3_600);
    assert_eq!(node.post(&messages(&bot), body).await.problem(), "/problems/duplicate");
}

#[tokio::test]
async fn conversations_finish_on_the_version_they_began_with() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let (old, _) = begin(&world, &bot, "hello").await;
    let first = ana.get(&format!("/api/v1/bots/{bot}/publication")).await.body["version"].as_i64().unwrap();
    let intents = ana.get(&format!("/api/v1/bots/{bot}/training?q=greeting")).await;
    let intent = format!("/api/v1/bots/{bot}/training/{}", intents.body["items"][0]["id"].as_str().unwrap());
    assert_eq!(ana.patch(&intent, json!({ "response": "Welcome!" })).await.status, 200);
    // What is only edited is not said.
    assert_eq!(texts(&begin(&world, &bot, "hello").await.1)[1], "Good day!");
    publish(&ana, &bot).await;
    assert_eq!(texts(&begin(&world, &bot, "hello").await.1)[1], "Welcome!");
    assert_eq!(texts(&old.post(&messages(&bot), json!({ "text": "hello" })).await)[1], "Good day!");
    let back = ana.put(&format!("/api/v1/bots/{bot}/publication"), json!({ "version": first })).await;
    assert_eq!((back.status.as_u16(), back.body["version"].as_i64()), (200, Some(first)), "{}", back.text);
    assert_eq!(texts(&begin(&world, &bot, "hello").await.1)[1], "Good day!");
    let unknown = ana.put(&format!("/api/v1/bots/{bot}/publication"), json!({ "version": 99 })).await;
    assert_eq!((unknown.status.as_u16(), unknown.body["errors"][0]["field"].as_str()), (422, Some("version")));
}

#[tokio::test]
async fn a_2_a_key_for_chat_chats_and_can_do_nothing_else() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let made = async |model: &str, action: &str| {
        let scope = json!({ "name": model, "scope": [{ "model": model, "action": action }] });
        let made = ana.post(&format!("/api/v1/bots/{bot}/api-keys"), scope).await;
        assert_eq!(made.status, 201, "{}", made.text);
        world.anonymous().header("authorization", format!("Bearer {}", made.body["secret"].as_str().unwrap()))
    };
    let key = made("Conversation", "create").await;
    let path = messages(&bot);
    let body = json!({ "text": "hello", "id": fresh() });
    let begun = key.post(&path, body.clone()).await;
    assert_eq!(
        (begun.status.as_u16(), texts(&begun), &begun.body["token"]),
        (201, vec!["hello", "Good day!"], &Value::Null)
    );
    assert_eq!(key.post(&path, body).await.body, begun.body);
    let id = begun.body["conversation"].as_str().unwrap();
    let on = key.post(&path, json!({ "text": "my card is gone", "conversation": id })).await;
    assert_eq!((on.status.as_u16(), texts(&on)[1]), (201, "I have blocked it."), "{}", on.text);
    assert_eq!(texts(&key.get(&format!("{path}?conversation={id}&after=2")).await).len(), 2);
    assert_eq!(key.get(&path).await.body["errors"][0]["field"], "conversation");
    // A visitor's conversation is not a key's, and the other way round.
    let (visitor, web) = begin(&world, &bot, "hello").await;
    let theirs = web.body["conversation"].as_str().unwrap();
    assert_eq!(key.get(&format!("{path}?conversation={theirs}")).await.status, 404);
    assert_eq!(world.anonymous().post(&path, json!({ "text": "x", "conversation": id })).await.status, 422);
    assert!(!visitor.get(&format!("{path}?conversation={id}")).await.text.contains("blocked"));
    for (method, path) in [
        (Method::GET, format!("/api/v1/bots/{bot}")),
        (Method::GET, format!("/api/v1/bots/{bot}/training")),
        (Method::GET, format!("/api/v1/bots/{bot}/settings")),
        (Method::PUT, format!("/api/v1/bots/{bot}/publication")),
        (Method::POST, format!("/api/v1/bots/{bot}/playground/messages")),
        (Method::GET, world.path("workspace", "/users")),
        (Method::POST, messages(&world.bot("workspace", 1))),
    ] {
        let answer = key.send(method, &path, Some(json!({ "text": "hello" }))).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.text);
    }
    let other = made("TrainingData", "read").await;
    let refused = other.post(&path, json!({ "text": "hello" })).await;
    assert!([403, 404].contains(&refused.status.as_u16()), "{}", refused.text);
}

#[tokio::test]
async fn any_site_may_ask_and_no_cookie_counts() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let foreign = world.anonymous().header("origin", "https://shop.example").header("sec-fetch-site", "cross-site");
    let ahead =
        foreign.header("access-control-request-method", "POST").send(Method::OPTIONS, &messages(&bot), None).await;
    assert_eq!((ahead.status.as_u16(), ahead.headers["access-control-allow-origin"].to_str().unwrap()), (204, "*"));
    assert!(!ahead.headers.contains_key("access-control-allow-credentials"));
    let begun = foreign.post(&messages(&bot), json!({ "text": "hello" })).await;
    assert_eq!((begun.status.as_u16(), begun.headers["access-control-allow-origin"].to_str().unwrap()), (201, "*"));
    let missing = foreign.get(&format!("/chat/v1/{}", fresh())).await;
    assert_eq!((missing.status.as_u16(), missing.headers["access-control-allow-origin"].to_str().unwrap()), (404, "*"));
    // Whoever is signed in here is a visitor there like any other, and the API of the workspace is shared with no site.
    let signed_in = ana.header("origin", "https://shop.example").header("sec-fetch-site", "cross-site");
    assert_eq!(signed_in.post(&messages(&bot), json!({ "text": "hello" })).await.status, 201);
    assert!(!signed_in.get("/api/v1/me").await.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn visitors_who_say_much_are_slowed_down() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let limited = world.with_config(|config| {
        (config.limits.chat_per_address, config.limits.chat_per_conversation) = (5, 3);
    });
    let near = limited.from("192.0.2.1");
    let begun = near.post(&messages(&bot), json!({ "text": "hello" })).await;
    let visitor = holding(&near, &begun);
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(visitor.post(&messages(&bot), json!({ "text": "hello" })).await.status.as_u16());
    }
    assert_eq!(statuses, [201, 201]);
    let fourth = visitor.post(&messages(&bot), json!({ "text": "hello" })).await;
    assert_eq!((fourth.status.as_u16(), fourth.problem()), (429, "/problems/too-many-attempts"));
    assert!(fourth.headers.contains_key("retry-after"));
    // Another conversation from there, until the address has had enough; from elsewhere it is open.
    assert_eq!(near.post(&messages(&bot), json!({ "text": "hello" })).await.status, 201);
    assert_eq!(near.post(&messages(&bot), json!({ "text": "hello" })).await.status, 429);
    assert_eq!(limited.from("192.0.2.200").post(&messages(&bot), json!({ "text": "hello" })).await.status, 201);
}

#[tokio::test]
async fn p_16_a_visitor_asks_for_a_person_leaves_a_contact_and_closes() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let (visitor, _) = begin(&world, &bot, "hello").await;
    let path = |rest: &str| format!("/chat/v1/{bot}/{rest}");
    let asked = visitor.send(Method::POST, &path("handover"), None).await;
    assert_eq!((asked.status.as_u16(), asked.body["status"].as_str()), (200, Some("waiting")), "{}", asked.text);
    assert_eq!(visitor.send(Method::POST, &path("handover"), None).await.body["status"], "waiting");
    // The bot is silent now; what is said is kept.
    let said = visitor.post(&messages(&bot), json!({ "text": "hello" })).await;
    assert_eq!((texts(&said), said.body["status"].as_str()), (vec!["hello"], Some("waiting")));
    let contact = json!({ "name": "Zoë", "email": "zoe@example.com" });
    assert_eq!(visitor.put(&path("contact"), contact).await.status, 204);
    assert_eq!(visitor.put(&path("contact"), json!({ "email": "nobody" })).await.body["errors"][0]["field"], "email");
    assert_eq!(visitor.put(&path("contact"), json!({ "phone": "1\n2" })).await.status, 422);
    assert_eq!(visitor.send(Method::POST, &path("close"), None).await.status, 204);
    assert_eq!(visitor.send(Method::POST, &path("close"), None).await.status, 204);
    let late = visitor.post(&messages(&bot), json!({ "text": "hello" })).await;
    assert_eq!((late.status.as_u16(), late.problem()), (409, "/problems/wrong-state"));
    let all = visitor.get(&messages(&bot)).await;
    let notes = all.body["messages"].as_array().unwrap().iter().filter(|one| one["sender"] == "note").count();
    assert_eq!((notes, all.body["status"].as_str()), (2, Some("closed")));
    // Nobody without the token does any of it.
    for rest in ["handover", "close"] {
        assert_eq!(world.anonymous().send(Method::POST, &path(rest), None).await.status, 401);
    }
}

#[tokio::test]
async fn who_waits_is_told_when_something_is_said() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let (visitor, _) = begin(&world, &bot, "hello").await;
    let waits = {
        let (visitor, path) = (visitor.clone(), format!("{}?after=2&wait=20", messages(&bot)));
        tokio::spawn(async move { visitor.get(&path).await })
    };
    let said = visitor.post(&messages(&bot), json!({ "text": "my card is gone" })).await;
    assert_eq!(said.status, 201);
    let told = tokio::time::timeout(std::time::Duration::from_secs(15), waits).await.unwrap().unwrap();
    assert_eq!(texts(&told), ["my card is gone", "I have blocked it."]);
    let none = visitor.get(&format!("{}?after=4", messages(&bot))).await;
    assert_eq!((none.status.as_u16(), texts(&none).len()), (200, 0));
    for query in ["wait=26", "after=-1", "after=x", "other=1"] {
        assert_eq!(visitor.get(&format!("{}?{query}", messages(&bot))).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn what_visitors_send_is_text_or_refused() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "a'); DROP TABLE message; --",
        "{name}",
        "💥\u{202e}x",
    ] {
        let (visitor, begun) = begin(&world, &bot, text).await;
        assert_eq!(texts(&begun)[0], text);
        assert!(begun.headers["content-type"].to_str().unwrap().starts_with("application/json"));
        assert_eq!(begun.headers["x-content-type-options"], "nosniff");
        assert_eq!(texts(&visitor.get(&messages(&bot)).await)[0], text);
    }
    let (visitor, begun) = begin(&world, &bot, "a\u{0}b").await;
    assert_eq!(texts(&begun)[0], "ab");
    let path = messages(&bot);
    for (body, field) in [
        (json!({ "text": " " }), "text"),
        (json!({ "text": "x".repeat(4_001) }), "text"),
        (json!({ "text": "x", "id": "1" }), "id"),
        (json!({ "text": "x", "page": "x".repeat(2_001) }), "page"),
        (json!({ "text": "x", "language": "x".repeat(36) }), "language"),
        (json!({ "text": "x", "more": 1 }), "more"),
        (json!({}), "text"),
    ] {
        let refused = visitor.post(&path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{}",
            refused.text
        );
    }
    let large = json!({ "text": "x".repeat(70_000) });
    assert_eq!(visitor.post(&path, large).await.status, 413);
    let odd = visitor.post(&path, json!({ "text": "x", "page": "javascript:alert(1)", "language": "xx" })).await;
    assert_eq!(odd.status, 201);
}

#[tokio::test]
async fn conversations_are_kept_as_long_as_the_settings_say() {
    let world = World::new().await;
    let (ana, bot) = taught(&world).await;
    let settings = format!("/api/v1/bots/{bot}/settings");
    assert_eq!(ana.patch(&settings, json!({ "retention_days": 30 })).await.status, 200);
    let (old, _) = begin(&world, &bot, "hello").await;
    world.pass(31 * 24 * 3_600);
    let (young, _) = begin(&world, &bot, "hello").await;
    assert_eq!(retention::delete_due(&world.app).await.map_err(|problem| problem.detail), Ok(1));
    assert_eq!(old.get(&messages(&bot)).await.status, 404);
    assert_eq!(old.post(&messages(&bot), json!({ "text": "hello" })).await.status, 404);
    assert_eq!(young.get(&messages(&bot)).await.status, 200);
    assert_eq!(retention::delete_due(&world.app).await.map_err(|problem| problem.detail), Ok(0));
}

#[tokio::test]
async fn many_visitors_at_once_are_each_answered_once() {
    let world = World::new().await;
    let (_, bot) = taught(&world).await;
    let path = messages(&bot);
    let visitors = (0..60).map(|number| {
        let (visitor, path) = (world.anonymous(), path.clone());
        async move {
            let begun = visitor.post(&path, json!({ "text": format!("hello {number}"), "id": fresh() })).await;
            let visitor = holding(&visitor, &begun);
            for _ in 0..3 {
                let on = visitor.post(&path, json!({ "text": "my card is gone", "id": fresh() })).await;
                assert_eq!(on.status, 201, "{}", on.text);
            }
            let all = visitor.get(&path).await;
            (begun.body["conversation"].as_str().unwrap().to_owned(), texts(&all).len())
        }
    });
    let all = futures_util::future::join_all(visitors).await;
    let different: BTreeSet<&String> = all.iter().map(|(id, _)| id).collect();
    assert_eq!(different.len(), 60);
    assert!(all.iter().all(|(_, count)| *count == 8), "{all:?}");
}
