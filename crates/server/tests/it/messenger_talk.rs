//! Conversations in Messenger: what people write is answered in order and once, by the bot and by people of the team.

use rolecall_server::service::messenger::work_due;
use serde_json::{Value, json};

use crate::chat::{publish, taught};
use crate::messenger::{add, channels, pages};
use crate::messenger_peer::{Facebook, call, down, event, revoked, says, too_late, too_much};
use crate::world::{Client, World};
use rolecall_server::state::App;

struct Talk {
    world: World,
    facebook: Facebook,
    app: App,
    ana: Client,
    bot: String,
}

/// A bot that was taught, at a page.
async fn talk() -> Talk {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (_, bot) = taught(&world).await;
    let (app, ana, account) = facebook.set_up(&world).await;
    add(&ana, &bot, &account).await;
    Talk { world, facebook, app, ana, bot }
}

impl Talk {
    /// Facebook tells this, and everything due is done.
    async fn comes(&self, body: &Value) {
        assert_eq!(call(&self.ana, body).await.status, 200);
        work_due(&self.app).await.unwrap();
    }

    async fn conversations(&self) -> Vec<Value> {
        let list =
            self.ana.get(&format!("/api/v1/bots/{}/conversations?channel=messenger&sort=number", self.bot)).await;
        list.body["items"].as_array().unwrap().clone()
    }

    /// The path of the only conversation.
    async fn path(&self) -> String {
        let all = self.conversations().await;
        assert_eq!(all.len(), 1, "{all:?}");
        format!("/api/v1/bots/{}/conversations/{}", self.bot, all[0]["id"].as_str().unwrap())
    }

    /// Sender, text and delivery of what was said in it.
    async fn said(&self) -> Vec<(String, String, String)> {
        let one = self.ana.get(&self.path().await).await;
        let text = |message: &Value, field: &str| message[field].as_str().unwrap().to_owned();
        let messages = one.body["messages"].as_array().unwrap().iter();
        messages.map(|one| (text(one, "sender"), text(one, "text"), text(one, "delivery"))).collect()
    }
}

fn plain(sender: &str, text: &str) -> (String, String, String) {
    (sender.to_owned(), text.to_owned(), String::new())
}

#[tokio::test]
async fn t_4_whoever_writes_to_the_page_is_answered_by_the_bot_in_order_and_once() {
    let talk = talk().await;
    // Twice at once, on two servers, in one call and again later.
    let node = talk.world.another_node_with(talk.facebook.configure()).await;
    let hello = says("5", "m1", "hello");
    let (one, other) = tokio::join!(call(&talk.ana, &hello), call(&node, &hello));
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (200, 200));
    let (one, other) = tokio::join!(work_due(&talk.app), work_due(&talk.app));
    assert!(one.is_ok() && other.is_ok());
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.said().await, [plain("visitor", "hello"), plain("bot", "Good day!")]);
    assert_eq!(talk.facebook.told("5"), ["Good day!"]);
    talk.comes(&hello).await;
    assert_eq!(talk.facebook.told("5").len(), 1);
    // Two messages wait: the one that was sent first is answered first. Another sender is another conversation.
    let mut late = says("5", "m3", "hello there");
    late["entry"][0]["messaging"][0]["timestamp"] = json!(1_777_800_700_000_i64);
    assert_eq!(call(&talk.ana, &late).await.status, 200);
    talk.comes(&says("5", "m2", "my card is gone")).await;
    assert_eq!(talk.facebook.told("5"), ["Good day!", "I have blocked it.", "Good day!"]);
    let said: Vec<String> = talk.said().await.into_iter().map(|(_, text, _)| text).collect();
    assert_eq!(said, ["hello", "Good day!", "my card is gone", "I have blocked it.", "hello there", "Good day!"]);
    talk.comes(&says("6", "m4", "hello")).await;
    let all = talk.conversations().await;
    assert_eq!((all.len(), &all[0]["channel"], &all[0]["status"]), (2, &json!("messenger"), &json!("bot")));
    assert_eq!(talk.facebook.told("6"), ["Good day!"]);
    // The names that were kept are forgotten, and with them nothing of what was said.
    let events = talk.world.scratch.texts("SELECT sender FROM messenger_event WHERE sender <> '' OR text <> ''").await;
    assert_eq!(events.unwrap(), Vec::<String>::new());
    talk.world.pass(8 * 24 * 3600);
    assert_eq!(rolecall_server::service::messenger::forget_old(&talk.app).await.unwrap(), 4);
}

#[tokio::test]
async fn t_4_what_is_no_text_is_answered_in_a_sentence_and_receipts_not_at_all() {
    let talk = talk().await;
    for nothing in [
        json!({ "message": { "mid": "e", "text": "hello", "is_echo": true } }),
        json!({ "delivery": { "watermark": 1 } }),
        json!({ "read": { "watermark": 1 } }),
    ] {
        talk.comes(&event("5", nothing)).await;
    }
    assert_eq!(talk.conversations().await, Vec::<Value>::new());
    let picture =
        json!({ "message": { "mid": "a", "attachments": [{ "type": "image", "payload": { "url": "https://x" } }] } });
    talk.comes(&event("5", picture)).await;
    assert_eq!(talk.facebook.told("5"), ["I can read text only. Please write what you would like to know."]);
    // A choice comes back as what stands on it, whole; a button says its title.
    let choice =
        json!({ "message": { "mid": "q", "text": "my ca…", "quick_reply": { "payload": "my card is gone" } } });
    talk.comes(&event("5", choice)).await;
    assert_eq!(talk.facebook.told("5")[1], "I have blocked it.");
    talk.comes(&event("5", json!({ "postback": { "mid": "p", "title": "hello", "payload": "GO" } }))).await;
    assert_eq!(talk.facebook.told("5")[2], "Good day!");
    let script = "<script>alert(1)</script>\u{0}\u{202e}";
    talk.comes(&says("5", "s", script)).await;
    assert!(talk.said().await.iter().any(|(_, text, _)| text.starts_with("<script>alert(1)</script>")));
}

#[tokio::test]
async fn p_16_an_agent_takes_over_and_is_heard_in_messenger() {
    let talk = talk().await;
    talk.comes(&says("5", "m1", "hello")).await;
    let path = talk.path().await;
    assert_eq!(talk.ana.post(&format!("{path}/take-over"), json!({})).await.status, 200);
    let reply = talk.ana.post(&format!("{path}/reply"), json!({ "text": "Ana here. How can I help?" })).await;
    assert_eq!((reply.status.as_u16(), &reply.body["delivery"]), (201, &json!("waiting")), "{}", reply.text);
    work_due(&talk.app).await.unwrap();
    let told = talk.facebook.told("5");
    assert!(told.len() == 3 && told[1].ends_with("joined") && told[2] == "Ana here. How can I help?", "{told:?}");
    assert!(talk.said().await.iter().all(|(_, _, delivery)| delivery.is_empty()));
    // The bot is silent meanwhile; given back, it answers; closed, the next message begins anew.
    talk.comes(&says("5", "m2", "my card is gone")).await;
    assert_eq!(talk.facebook.told("5").len(), 3);
    assert_eq!(talk.ana.post(&format!("{path}/give-back"), json!({})).await.status, 200);
    talk.comes(&says("5", "m3", "my card is gone")).await;
    assert_eq!(talk.facebook.told("5")[3..], ["The bot answers again", "I have blocked it."]);
    assert_eq!(talk.ana.post(&format!("{path}/close"), json!({})).await.status, 200);
    talk.comes(&says("5", "m4", "hello")).await;
    assert_eq!(talk.facebook.told("5")[5..], ["The conversation was closed", "Good day!"]);
    let all = talk.conversations().await;
    assert_eq!((all.len(), &all[0]["status"], &all[1]["status"]), (2, &json!("closed"), &json!("bot")));
    // One person's data goes altogether.
    let gone = talk.ana.delete(&format!("{path}?person=true")).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(talk.conversations().await, Vec::<Value>::new());
}

#[tokio::test]
async fn g_5_what_does_not_arrive_is_tried_again_and_told() {
    let mut talk = talk().await;
    talk.facebook.kept().refusals.extend([down(), down()]);
    talk.comes(&says("5", "m1", "hello")).await;
    assert_eq!(talk.said().await[1].2, "waiting");
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.facebook.kept().refusals.len(), 1, "not at once");
    talk.world.pass(6);
    work_due(&talk.app).await.unwrap();
    talk.world.pass(6);
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.facebook.told("5"), Vec::<String>::new(), "later each time");
    talk.world.pass(6);
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.facebook.told("5"), ["Good day!"]);
    // Too much at once: the page rests, whoever is written to.
    talk.facebook.kept().refusals.push_back(too_much());
    talk.comes(&says("5", "m2", "hello")).await;
    talk.comes(&says("6", "m3", "hello")).await;
    assert_eq!(talk.facebook.told("5").len() + talk.facebook.told("6").len(), 1);
    talk.world.pass(61);
    work_due(&talk.app).await.unwrap();
    assert_eq!((talk.facebook.told("5").len(), talk.facebook.told("6").len()), (2, 1));
    // Too late: said so in the conversation, and what comes after goes on.
    talk.facebook.kept().refusals.push_back(too_late());
    talk.comes(&says("7", "m4", "hello")).await;
    let list = talk.conversations().await;
    let seventh = format!("/api/v1/bots/{}/conversations/{}", talk.bot, list[2]["id"].as_str().unwrap());
    let one = talk.ana.get(&seventh).await;
    assert_eq!(one.body["messages"][1]["delivery"], "window", "{}", one.text);
    let slug = talk.ana.get(&format!("/api/v1/bots/{}", talk.bot)).await.body["slug"].as_str().unwrap().to_owned();
    let page = talk.ana.page(&format!("/acme/bots/{slug}/conversations/{}", list[2]["id"].as_str().unwrap())).await;
    assert!(page.text.contains("within 24 hours"), "{}", page.text);
    talk.comes(&says("7", "m5", "my card is gone")).await;
    assert_eq!(talk.facebook.told("7"), ["I have blocked it."]);
    // For a day in vain: given up.
    talk.facebook.kept().refusals.extend([down(), down()]);
    talk.comes(&says("8", "m6", "hello")).await;
    talk.world.pass(25 * 3600);
    work_due(&talk.app).await.unwrap();
    talk.ana = talk.ana.with(&talk.world.sign_in("Ana").await);
    let list = talk.conversations().await;
    let eighth = format!("/api/v1/bots/{}/conversations/{}", talk.bot, list[3]["id"].as_str().unwrap());
    assert_eq!(talk.ana.get(&eighth).await.body["messages"][1]["delivery"], "failed");
}

#[tokio::test]
async fn p_15_a_token_that_was_revoked_stops_the_page_until_it_is_connected_again() {
    let talk = talk().await;
    talk.facebook.kept().refusals.push_back(revoked());
    talk.comes(&says("5", "m1", "hello")).await;
    let page = pages(&talk.ana, &talk.bot).await.remove(0);
    assert_eq!((&page["state"], &page["because"]), (&json!("reconnect"), &json!("token")));
    assert!(page["since"].is_string());
    let calls = talk.facebook.kept().calls.len();
    talk.comes(&says("5", "m2", "my card is gone")).await;
    assert_eq!(talk.facebook.kept().calls.len(), calls, "nothing is sent with it any more");
    let audit = talk.ana.get(&talk.world.path("workspace", "/audit-events?action=lose_page")).await;
    assert_eq!(audit.body["items"].as_array().unwrap().len(), 1, "{}", audit.text);
    let slug = talk.ana.get(&format!("/api/v1/bots/{}", talk.bot)).await.body["slug"].as_str().unwrap().to_owned();
    let shown = talk.ana.page(&format!("/acme/bots/{slug}/channels")).await.text;
    assert!(shown.contains("Not working") && shown.contains("Connect again"), "{shown}");
    let accounts = talk.ana.get("/api/v1/me/accounts").await;
    let account = accounts.body["items"][0]["id"].as_str().unwrap().to_owned();
    add(&talk.ana, &talk.bot, &account).await;
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.facebook.told("5"), ["Good day!", "I have blocked it."]);
}

#[tokio::test]
async fn w_7_a_bot_that_visitors_may_not_talk_to_is_silent_in_messenger() {
    let talk = talk().await;
    let page = pages(&talk.ana, &talk.bot).await.remove(0);
    let one = format!("{}/messenger/{}", channels(&talk.bot), page["id"].as_str().unwrap());
    // Paused: what is written meanwhile is not answered later.
    assert_eq!(talk.ana.patch(&one, json!({ "paused": true })).await.status, 200);
    talk.comes(&says("5", "m1", "hello")).await;
    assert_eq!(talk.ana.patch(&one, json!({ "paused": false })).await.status, 200);
    work_due(&talk.app).await.unwrap();
    assert_eq!(talk.conversations().await, Vec::<Value>::new());
    // Off the air.
    let publication = format!("/api/v1/bots/{}/publication", talk.bot);
    assert_eq!(talk.ana.delete(&publication).await.status, 200);
    talk.comes(&says("5", "m2", "hello")).await;
    assert_eq!(talk.conversations().await, Vec::<Value>::new());
    publish(&talk.ana, &talk.bot).await;
    // Without the role's permission.
    let public = talk.world.role("workspace", "public");
    let permissions = talk.world.path("workspace", &format!("/roles/{public}/permissions"));
    let all = talk.ana.get(&permissions).await;
    let all = all.body["items"].as_array().unwrap();
    let create = all.iter().find(|one| one["model"] == "Conversation" && one["action"] == "create").unwrap();
    talk.ana.delete(&format!("{permissions}/{}", create["id"].as_str().unwrap())).await;
    talk.comes(&says("5", "m3", "hello")).await;
    assert_eq!(talk.conversations().await, Vec::<Value>::new());
    let body = json!({ "model": "Conversation", "action": "create" });
    assert_eq!(talk.ana.post(&permissions, body).await.status, 201);
    talk.comes(&says("5", "m4", "hello")).await;
    assert_eq!(talk.facebook.told("5"), ["Good day!"]);
    // Deleted, with all of it.
    let gone = talk.ana.delete(&format!("/api/v1/bots/{}", talk.bot)).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    talk.comes(&says("5", "m5", "hello")).await;
    assert_eq!(talk.facebook.told("5").len(), 1);
    let left = talk.world.scratch.texts("SELECT page FROM messenger_channel").await.unwrap();
    assert_eq!(left, Vec::<String>::new());
}
