//! Handing conversations over to people (P-16): who is told, and which hours have nobody.

use futures_util::StreamExt as _;
use rolecall_access::{BotId, Timestamp};
use rolecall_server::service::handover::{Outlook, outlook, tell_due};
use serde_json::{Value, json};

use crate::conversations::{NOW, waiting};
use crate::world::{Client, World};

/// Sets when they can be reached: on Sundays between these hours.
async fn reachable(client: &Client, bot: &str, from: &str, until: &str) {
    let week = json!([{ "day": "sunday", "from": from, "until": until }]);
    let body = json!({ "bots": [{ "bot_id": bot, "time_zone": "UTC", "week": week }] });
    assert_eq!(client.put("/api/v1/me/availability", body).await.status, 200);
}

#[tokio::test]
async fn p_16_who_can_be_reached_is_told_by_mail_after_a_minute_once_on_all_servers() {
    let world = World::new().await;
    let (app, _) = world.configured(|config| config.demo = true);
    let ana = world.sign_in("Ana").await;
    let (mei, jonas) = (world.sign_in("Mei").await, world.sign_in("Jonas").await);
    let bot = world.bot("workspace", 0);
    let id = BotId(bot.parse().unwrap());
    assert_eq!(outlook(&app, id).await.unwrap(), Outlook { now: false, next: None });
    reachable(&mei, &bot, "09:00", "10:00").await;
    reachable(&jonas, &bot, "10:00", "11:00").await;
    let handovers = async || {
        let mails = world.app.store.list_mails(50).await.unwrap();
        let mails = mails.into_iter().filter(|mail| mail.subject.contains("waits for a person"));
        mails.map(|mail| (mail.recipient, mail.text)).collect::<Vec<_>>()
    };
    assert!(outlook(&app, id).await.unwrap().now);
    let (list, conversation) = waiting(&world, "workspace", 0).await;
    tell_due(&app).await.unwrap();
    assert_eq!(handovers().await, [], "not before a minute has passed");
    world.pass(61);
    // Two servers at once.
    let (one, other) = tokio::join!(tell_due(&app), tell_due(&app));
    assert_eq!((one.unwrap() + other.unwrap(), handovers().await.len()), (1, 1));
    let (to, text) = handovers().await.remove(0);
    assert!(to.starts_with("mei") && text.contains(&format!("/conversations/{conversation}")), "{to}: {text}");
    assert!(!text.contains("parcel") && !text.contains("bob"), "{text}");
    // Taken over, it waits no more; asked for again, it is told again.
    assert_eq!(ana.post(&format!("{list}/{conversation}/give-back"), json!({})).await.status, 200);
    tell_due(&app).await.unwrap();
    assert_eq!(handovers().await.len(), 1);
    // Outside of everybody's times nobody is told, until somebody can be reached.
    world.pass(3 * 3600);
    let next = outlook(&app, id).await.unwrap();
    assert_eq!(next, Outlook { now: false, next: Some(Timestamp(NOW + (7 * 24 * 3600 - 1800) * 1_000_000)) });
    waiting(&world, "workspace", 0).await;
    tell_due(&app).await.unwrap();
    assert_eq!(handovers().await.len(), 1);
    world.pass(7 * 24 * 3600 - 2 * 3600);
    tell_due(&app).await.unwrap();
    let told = handovers().await;
    assert_eq!(told.len(), 2);
    assert!(told.iter().any(|(to, _)| to.starts_with("jonas")), "{told:?}");
    // Who may not answer any more is not told.
    let suspended = world.path("workspace", &format!("/users/{}", world.person("Jonas")));
    let ana = world.sign_in("Ana").await;
    assert_eq!(ana.patch(&suspended, json!({ "status": "suspended" })).await.status, 200);
    assert!(!outlook(&app, id).await.unwrap().now);
}

#[tokio::test]
async fn p_16_open_pages_of_whoever_can_be_reached_are_told_at_once() {
    let world = World::new().await;
    let (mei, jonas) = (world.sign_in("Mei").await, world.sign_in("Jonas").await);
    let bot = world.bot("workspace", 0);
    reachable(&mei, &bot, "09:00", "23:00").await;
    let events = format!("/events?organization={}", world.organization("workspace").id);
    let (_, mut told) = mei.follow(&events).await;
    let (_, mut silent) = jonas.follow(&format!("{events}&bot={bot}")).await;
    let (_, conversation) = waiting(&world, "workspace", 0).await;
    world.app.talks.tell(BotId(bot.parse().unwrap()), conversation.parse().unwrap());
    let text = String::from_utf8(told.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains("event: handover") && text.contains(&format!("/conversations/{conversation}")), "{text}");
    // Who is not within their times hears only that the list they look at has changed.
    let text = String::from_utf8(silent.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains("event: list") && text.contains("Conversation"), "{text}");
    let page = mei.page("/acme/bots").await;
    assert!(page.text.contains("Waiting (1)"), "{}", page.text);
    assert!(mei.page("/waiting").await.text.contains(&conversation));
    assert!(!jonas.page("/acme/bots").await.text.contains("Waiting ("));
}

#[tokio::test]
async fn p_16_hours_with_nobody_are_shown_and_the_last_one_reachable_leaving_warns() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let bot = world.bot("workspace", 0);
    let path = format!("/api/v1/bots/{bot}/conversations/hours");
    let nobody = ana.get(&path).await;
    assert_eq!((&nobody.body["uncovered"], &nobody.body["anybody"]), (&json!(168), &json!(false)), "{}", nobody.text);
    reachable(&mei, &bot, "09:30", "11:00").await;
    let hours = ana.get(&path).await;
    let today = &hours.body["days"][0];
    assert_eq!((&today["date"], &today["day"]), (&json!("2026-05-03"), &json!("sunday")));
    assert_eq!(today["hours"][9], json!({ "least": 0, "most": 1 }));
    assert_eq!(today["hours"][10], json!({ "least": 1, "most": 1 }));
    assert_eq!(hours.body["uncovered"], 167);
    assert_eq!(hours.body["agents"][0]["name"], "Mei Tanaka");
    let preview = async |path: String, method: &str, body: Value| {
        let change = json!({ "change": { "method": method, "path": path, "body": body } });
        ana.post(&world.path("workspace", "/preview"), change).await
    };
    let user = format!("/organizations/{}/users/{}", world.organization("workspace").id, world.person("Mei"));
    let warned = preview(user.clone(), "DELETE", json!(null)).await;
    assert_eq!(warned.body["warnings"][0]["bot"]["name"], "Help desk", "{}", warned.text);
    assert!(warned.body["blocked"].is_null(), "a warning, no refusal");
    reachable(&ana, &bot, "12:00", "13:00").await;
    let fine = preview(user, "DELETE", json!(null)).await;
    assert_eq!(fine.body["warnings"], json!([]), "{}", fine.text);
}
