//! Calls that flows make, what is wrong with an integration, and its pages.

use serde_json::{Value, json};

use super::{home, hook, publish, say, within};
use crate::receiver::Receiver;
use crate::world::{Client, World};

/// A flow that asks for a number, calls, and says what came of it.
async fn calling(ana: &Client, bot: &str, url: &str, more: Value) -> String {
    let mut call = json!({ "kind": "call", "name": "Orders", "url": url });
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = ana.post(&home(bot), call).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let steps = json!({ "start": "ask", "steps": {
        "ask": { "kind": "collect", "text": "Which order?", "variable": "order", "next": "call" },
        "call": { "kind": "call", "integration": made.id(), "keeps": ["state", "days"], "next": "good", "failed": "bad" },
        "good": { "kind": "message", "text": "It is {state}: {days} days." },
        "bad": { "kind": "message", "text": "I cannot see it just now." } } });
    for flow in ana.get(&format!("/api/v1/bots/{bot}/flows")).await.body["items"].as_array().unwrap() {
        let path = format!("/api/v1/bots/{bot}/flows/{}", flow["id"].as_str().unwrap());
        assert_eq!(ana.delete(&path).await.status, 204);
    }
    let flow = json!({ "name": "Orders", "begins": "conversation", "flow": steps });
    let flow = ana.post(&format!("/api/v1/bots/{bot}/flows"), flow).await;
    assert_eq!((flow.status.as_u16(), &flow.body["faults"]), (201, &json!([])), "{}", flow.text);
    publish(ana, bot).await;
    made.id()
}

fn last(said: &Value) -> &str {
    said["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap()
}

#[tokio::test]
async fn g_5_a_flow_calls_and_keeps_what_is_answered_or_goes_the_failing_way() {
    let world = World::new().await;
    let (_, ana, client, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    let id = calling(&ana, &bot, &receiver.url, json!({ "time_limit": 1 })).await;
    let long = format!("{{\"state\": \"{}\"}}", "x".repeat(70_000));
    let good = r#"{"state": "on its way", "days": 2, "list": [1], "none": null}"#;
    receiver.answers(&[(200, good), (500, good), (200, "[]"), (200, "oops"), (200, &long), (302, good)]);
    let bad = "I cannot see it just now.";
    for expected in ["It is on its way: 2 days.", bad, bad, bad, bad, bad] {
        let (_, said) = say(&client, &bot, "A 17").await;
        assert_eq!(last(&said), expected);
    }
    let came = receiver.came();
    let told = came[0].json();
    assert_eq!(
        (&told["type"], &told["data"]["message"], &told["data"]["variables"]),
        (&json!("flow.call"), &json!("A 17"), &json!({ "order": "A 17" }))
    );
    assert_eq!(came.len(), 6);
    // Too slow; and nobody else waits meanwhile.
    receiver.close();
    let slow = tokio::spawn({
        let (client, bot) = (client.clone(), bot.clone());
        async move { say(&client, &bot, "A 18").await.1 }
    });
    while receiver.came().len() < 7 {
        tokio::task::yield_now().await;
    }
    let opening = client.get(&format!("/chat/v1/{bot}")).await;
    assert_eq!(opening.status, 200);
    assert!(!slow.is_finished());
    assert_eq!(last(&slow.await.unwrap()), bad);
    receiver.open();
    // In the playground the call is made, and told of.
    receiver.answers(&[(200, good)]);
    let tried = ana.post(&format!("/api/v1/bots/{bot}/playground/messages"), json!({ "text": "A 19" })).await;
    let because = tried.body["because"].as_array().unwrap();
    let called = because.iter().find(|one| one["kind"] == "call").unwrap();
    assert!(called["name"].as_str().unwrap().starts_with("Orders · 200 in "), "{called}");
    // What is gone or paused fails, and the check of the flow says what is gone.
    assert_eq!(ana.delete(&format!("{}/{id}", home(&bot))).await.status, 204);
    assert_eq!(last(&say(&client, &bot, "A 20").await.1), bad);
    let flows = ana.get(&format!("/api/v1/bots/{bot}/flows")).await;
    let flow = ana.get(&format!("/api/v1/bots/{bot}/flows/{}", flows.body["items"][0]["id"].as_str().unwrap())).await;
    assert_eq!(flow.body["faults"][0]["kind"], "no_such_integration", "{}", flow.text);
    // A bot that would call what is gone is not published again.
    let refused = ana.put(&format!("/api/v1/bots/{bot}/publication"), json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("calls an integration that is not there"), "{}", refused.text);
}

#[tokio::test]
async fn g_5_what_is_wrong_with_an_integration_is_told() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    let url = "https://example.com/";
    for (body, field) in [
        (json!({ "kind": "webhook", "name": "", "url": url, "events": ["bot.published"] }), "name"),
        (json!({ "kind": "webhook", "name": "A", "url": url, "events": [] }), "events"),
        (json!({ "kind": "webhook", "name": "A", "url": url, "events": ["sun.risen"] }), "events"),
        (
            json!({ "kind": "webhook", "name": "A", "url": url, "events": ["bot.published"], "headers": { "X": "1" } }),
            "headers",
        ),
        (json!({ "kind": "call", "name": "A", "url": url, "events": ["bot.published"] }), "events"),
        (json!({ "kind": "call", "name": "A", "url": url, "time_limit": 11 }), "time_limit"),
        (json!({ "kind": "call", "name": "A", "url": url, "headers": { "Host": "x" } }), "headers.Host"),
        (json!({ "kind": "call", "name": "A", "url": url, "headers": { "webhook-id": "x" } }), "headers.webhook-id"),
        (json!({ "kind": "call", "name": "A", "url": url, "headers": { "X": "a\r\nHost: b" } }), "headers.X"),
        (json!({ "kind": "call", "name": "A", "url": url, "headers": { "X Y": "a" } }), "headers.X Y"),
    ] {
        let refused = ana.post(&home(&bot), body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["field"].as_str()),
            (422, Some(field)),
            "{body}: {}",
            refused.text
        );
    }
    assert_eq!(ana.post(&home(&bot), hook(url, &["bot.published"])).await.status, 201);
    assert_eq!(ana.post(&home(&bot), hook(url, &["bot.published"])).await.status, 409);
}

#[tokio::test]
async fn g_5_the_pages_show_the_secret_once_and_run_nothing_of_an_answer() {
    let world = World::new().await;
    let (app, ana, _, bot) = within(&world).await;
    let receiver = Receiver::new().await;
    let slug = ana.get(&format!("/api/v1/bots/{bot}")).await.body["slug"].as_str().unwrap().to_owned();
    let path = format!("/{}/bots/{slug}/integrations", world.organization("workspace").slug);
    assert!(ana.page(&path).await.text.contains("No integrations yet"));
    for kind in ["webhook", "call"] {
        assert!(ana.page(&format!("{path}/new?kind={kind}")).await.text.contains("Make the integration"));
    }
    let typed =
        [("kind", "webhook"), ("name", "<b>Desk</b>"), ("url", receiver.url.as_str()), ("event", "bot.published")];
    let made = ana.form(&path, &typed).await;
    assert!(made.status == 200 && made.text.contains("whsec_"), "{}", made.text);
    let wrong = ana.form(&path, &[("kind", "webhook"), ("name", "Other"), ("url", "https://10.0.0.1/")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("Choose at least one event."), "{}", wrong.text);
    let id = ana.get(&home(&bot)).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let page = format!("{path}/{id}");
    receiver.answers(&[(200, "<script>alert(1)</script>")]);
    assert_eq!(ana.form(&format!("{page}/test"), &[]).await.status, 303);
    let shown = ana.page(&page).await.text;
    assert!(shown.contains("&#60;script&#62;") || shown.contains("&lt;script&gt;"), "{shown}");
    assert!(!shown.contains("<script>alert") && !shown.contains("<b>Desk") && !shown.contains("whsec_"));
    let saved = [("name", "Desk"), ("url", receiver.url.as_str()), ("event", "bot.published"), ("status", "paused")];
    let saved = ana.form(&page, &[&saved[..], &[("version", "1")]].concat()).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let late = ana
        .form(&page, &[("name", "Late"), ("url", "https://example.com/"), ("event", "bot.published"), ("version", "1")])
        .await;
    assert_eq!(late.status, 412, "{}", late.text);
    assert!(ana.page(&path).await.text.contains("Paused"));
    let rotated = ana.form(&format!("{page}/rotate"), &[]).await;
    assert!(rotated.text.contains("whsec_"), "{}", rotated.text);
    assert!(ana.page(&format!("{page}/delete")).await.text.contains("for good"));
    assert_eq!(ana.form(&format!("{page}/delete"), &[("version", "3")]).await.status, 303);
    assert!(ana.page(&path).await.text.contains("No integrations yet"));
    drop(app);
}
