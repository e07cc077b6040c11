//! Pages of Facebook at bots: the webhook, connecting, pausing, removing, and who may.

use http::{Method, StatusCode};
use rolecall_access::BotId;
use rolecall_server::service::messenger::verify_token;
use rolecall_store::resource::{MessengerChannels, NewMessengerChannel};
use rolecall_store::{Caller, Create, In};
use serde_json::{Value, json};

use crate::messenger_peer::{Facebook, PAGE, SCOPES, WEBHOOK, call, hmac, says};
use crate::peer::connect;
use crate::world::{Client, World};

/// A page at the bot, made beside Facebook: its id.
pub async fn page(world: &World, bot: &str) -> String {
    let bot = BotId(bot.parse().unwrap());
    let mut change = world.app.store.change(Caller::operator(world.app.now())).await.unwrap();
    let within = change.require::<In<MessengerChannels>, Create>(bot).await.unwrap();
    let page = bot.0.simple().to_string();
    let (id, _) = change.place_for_page(&within, &page).await.unwrap();
    let token = b"none".to_vec();
    let new = NewMessengerChannel { id, page: &page, page_name: "A page", token, connection: None };
    change.connect_page(&within, new).await.unwrap();
    change.commit().await.unwrap();
    id.to_string()
}

pub fn channels(bot: &str) -> String {
    format!("/api/v1/bots/{bot}/channels")
}

/// Connects the page with the bot: its id.
pub async fn add(client: &Client, bot: &str, account: &str) -> String {
    let body = json!({ "account_id": account, "page_id": PAGE });
    let made = client.post(&format!("{}/messenger", channels(bot)), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

/// The pages at the bot.
pub async fn pages(client: &Client, bot: &str) -> Vec<Value> {
    let listed = client.get(&channels(bot)).await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let items = listed.body["items"].as_array().unwrap().clone();
    items.into_iter().filter(|one| one["kind"] == "messenger").map(|one| one["page"].clone()).collect()
}

#[tokio::test]
async fn g_5_the_webhook_is_verified_by_its_token_alone() {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (app, client) = world.configured(facebook.configure());
    let token = verify_token(&app).reveal().to_owned();
    let ask = async |client: &Client, query: &str| client.get(&format!("{WEBHOOK}?{query}")).await;
    let good = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=%3Cb%3E1158201444");
    let verified = ask(&client, &good).await;
    assert_eq!((verified.status.as_u16(), verified.text.as_str()), (200, "<b>1158201444"));
    assert_eq!(verified.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(verified.headers["x-content-type-options"], "nosniff");
    for bad in [
        String::new(),
        good.replace(&token, "wrong"),
        good.replace(&token, ""),
        good.replace("subscribe", "unsubscribe"),
        "hub.mode=subscribe&hub.challenge=1".to_owned(),
        format!("hub.mode=subscribe&hub.verify_token={token}"),
        format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge={}", "1".repeat(501)),
    ] {
        let refused = ask(&client, &bad).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (403, ""), "{bad}");
    }
    // Not set up: nobody is answered. One of the operator's own is taken in place of ours.
    assert_eq!(ask(&world.anonymous(), &good).await.status, 403);
    let (_, own) = world.configured(|config| {
        facebook.configure()(config);
        config.messenger.verify_token = Some(rolecall_server::auth::secret::Secret::new("own"));
    });
    assert_eq!(ask(&own, &good).await.status, 403);
    assert_eq!(ask(&own, &good.replace(&token, "own")).await.status, 200);
}

#[tokio::test]
async fn g_5_what_facebook_has_not_signed_is_not_looked_at() {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (_, ana, account) = facebook.set_up(&world).await;
    add(&ana, &world.bot("workspace", 0), &account).await;
    let body = says("5", "m1", "hello").to_string();
    let right = format!("sha256={}", hmac("hush hush", body.as_bytes()));
    let count = async || world.scratch.texts("SELECT name FROM messenger_event").await.unwrap().len();
    for signature in [
        "-".to_owned(),
        String::new(),
        "sha256=".to_owned(),
        right.replace("sha256=", "sha1="),
        right.replace("sha256=", ""),
        format!("sha256={}", hmac("hush", body.as_bytes())),
        format!("sha256={}", hmac("hush hush", b"{}")),
        right.get(..right.len() - 2).unwrap().to_owned(),
        format!("{right}00"),
        "sha256=zz".to_owned(),
    ] {
        let client = world.with_config(facebook.configure()).header("x-hub-signature-256", signature.clone());
        let refused = client.send_raw(Method::POST, WEBHOOK, Some("application/json"), body.clone().into()).await;
        assert_eq!((refused.status.as_u16(), refused.text.as_str()), (403, ""), "{signature}");
    }
    let signed = ana.header("x-hub-signature-256", right);
    let long = signed.send_raw(Method::POST, WEBHOOK, None, vec![b' '; (1 << 20) + 1]).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(count().await, 0);
    // Signed, from any site and without a cookie: kept once, however often it comes. What is for no page of ours, or is
    // nothing that somebody wrote, is passed over.
    for _ in 0..3 {
        assert_eq!(call(&ana, &says("5", "m1", "hello")).await.status, 200);
    }
    assert_eq!(count().await, 1);
    let other = says("5", "m2", "hello").to_string().replace(PAGE, "42").parse::<Value>().unwrap();
    for nothing in [other, json!({}), json!([1]), json!("x"), json!({ "object": "page", "entry": 1 })] {
        assert_eq!(call(&ana, &nothing).await.status, 200, "{nothing}");
    }
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn p_15_a_page_is_connected_by_an_account_of_ones_own_and_is_at_one_bot() {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (_, ana, account) = facebook.set_up(&world).await;
    let (bot, path) = (world.bot("workspace", 0), format!("{}/messenger", channels(&world.bot("workspace", 0))));
    let offered = ana.get(&format!("{path}/accounts/{account}/pages")).await;
    assert_eq!(offered.names(), ["Acme Bank", "Acme <b>Shop</b>"], "{}", offered.text);
    let id = add(&ana, &bot, &account).await;
    assert!(facebook.kept().subscribed.contains(PAGE));
    let listed = ana.get(&channels(&bot)).await;
    assert_eq!(listed.body["messenger"], true);
    let page = pages(&ana, &bot).await.remove(0);
    assert_eq!((&page["state"], &page["page_name"]), (&json!("working"), &json!("Acme Bank")));
    assert_eq!(page["can"], json!(["update", "delete"]));
    assert!(page["connected_by"]["name"].as_str().unwrap().starts_with("Ana"));
    // The same again is the same page; at another bot it is refused, whoever's that is, in the same words.
    assert_eq!(add(&ana, &bot, &account).await, id);
    let body = json!({ "account_id": account, "page_id": PAGE });
    let second = ana.post(&format!("{}/messenger", channels(&world.bot("workspace", 1))), body).await;
    assert_eq!((second.status.as_u16(), second.problem()), (409, "/problems/duplicate"), "{}", second.text);
    let carla = ana.with(&world.sign_in("Carla").await);
    let hers = connect(&carla, &facebook.accounts, "carla", &SCOPES).await["id"].as_str().unwrap().to_owned();
    let foreign = format!("{}/messenger", channels(&world.bot("team", 0)));
    let third = carla.post(&foreign, json!({ "account_id": hers, "page_id": PAGE })).await;
    assert_eq!((third.status, &third.body["detail"]), (second.status, &second.body["detail"]), "{}", third.text);
    // One that she does not manage is unknown, whether it is at a bot or not; so is somebody else's account.
    for (body, field) in [
        (json!({ "account_id": hers, "page_id": "1" }), "page_id"),
        (json!({ "account_id": hers, "page_id": "7/8" }), "page_id"),
        (json!({ "account_id": account, "page_id": PAGE }), "account_id"),
    ] {
        let unknown = carla.post(&foreign, body).await;
        assert_eq!(
            (unknown.status.as_u16(), &unknown.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            unknown.text
        );
    }
    assert_eq!(carla.get(&format!("{path}/accounts/{hers}/pages")).await.status, 404);
    assert_eq!(carla.get(&format!("{foreign}/accounts/{account}/pages")).await.status, 404);
    assert_eq!(carla.patch(&format!("{path}/{id}"), json!({ "paused": true })).await.status, 404);
    assert_eq!(carla.delete(&format!("{foreign}/{id}")).await.status, 404);
    // Paused, and on.
    for (paused, state) in [(true, "paused"), (false, "working")] {
        let after = ana.patch(&format!("{path}/{id}"), json!({ "paused": paused })).await;
        assert_eq!((after.status.as_u16(), &after.body["state"]), (200, &json!(state)), "{}", after.text);
    }
    let audit = ana.get(&world.path("workspace", "/audit-events?limit=200")).await.text;
    for action in ["connect_page", "reconnect_page", "pause_page", "resume_page"] {
        assert!(audit.contains(action), "{action}");
    }
    for text in [&listed.text, &audit, &offered.text] {
        assert!(!text.contains("page-secret") && !text.contains("hush"), "{text}");
    }
    let kept = world.scratch.texts("SELECT page_name FROM messenger_channel").await.unwrap();
    assert_eq!(kept, ["Acme Bank"]);
    // Removed, Facebook tells no more, and it is free.
    assert_eq!(ana.delete(&format!("{path}/{id}")).await.status, 204);
    assert!(facebook.kept().subscribed.is_empty() && pages(&ana, &bot).await.is_empty());
    assert_eq!(carla.post(&foreign, json!({ "account_id": hers, "page_id": PAGE })).await.status, 201);
    // The account is disconnected: its pages wait for another.
    assert_eq!(carla.delete(&format!("/api/v1/me/accounts/{hers}")).await.status, 200);
    let over = pages(&carla, &world.bot("team", 0)).await.remove(0);
    assert_eq!((&over["state"], &over["because"]), (&json!("reconnect"), &json!("disconnected")));
    let tokens = world.scratch.texts("SELECT page FROM messenger_channel WHERE page_token IS NOT NULL").await.unwrap();
    assert_eq!(tokens, Vec::<String>::new());
}

#[tokio::test]
async fn p_15_what_an_account_has_not_given_is_said_in_words() {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (_, client) = world.configured(facebook.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let bot = world.bot("workspace", 0);
    let slug = ana.get(&format!("/api/v1/bots/{bot}")).await.body["slug"].as_str().unwrap().to_owned();
    let place = format!("/acme/bots/{slug}/channels");
    assert!(ana.page(&format!("{place}/messenger")).await.text.contains("You have connected no account at Facebook"));
    let account = connect(&ana, &facebook.accounts, "ana", &SCOPES[..2]).await["id"].as_str().unwrap().to_owned();
    let refused = ana.get(&format!("{}/messenger/accounts/{account}/pages", channels(&bot))).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (409, "/problems/wrong-state"));
    assert!(refused.body["detail"].as_str().unwrap().contains("May pages_messaging"), "{}", refused.text);
    let page = ana.page(&format!("{place}/messenger")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("May pages_messaging") && !page.text.contains("May pages_show_list"), "{}", page.text);
    assert!(page.text.contains(&format!("/profile/accounts/{account}")), "{}", page.text);
    assert_eq!(facebook.kept().calls.len(), 0, "nothing is asked in vain");
    // With all of it the pages can be chosen from, and one is added by the form.
    let account = connect(&ana, &facebook.accounts, "ana", &SCOPES).await["id"].as_str().unwrap().to_owned();
    let page = ana.page(&format!("{place}/messenger")).await.text;
    assert!(page.contains("Acme &#60;b&#62;Shop") && !page.contains("<b>Shop"), "{page}");
    let none = ana.form(&format!("{place}/messenger"), &[("account", &account)]).await;
    assert_eq!(none.status, 422);
    let added = ana.form(&format!("{place}/messenger"), &[("account", &account), ("page", PAGE)]).await;
    assert_eq!((added.status.as_u16(), added.location()), (303, place.as_str()), "{}", added.text);
    let shown = ana.page(&place).await.text;
    assert!(
        shown.contains("Acme Bank") && shown.contains("Working") && shown.contains("https://m.me/104857600"),
        "{shown}"
    );
    let id = pages(&ana, &bot).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ana.form(&format!("{place}/messenger/{id}/pause"), &[]).await.status, 303);
    assert!(ana.page(&place).await.text.contains("Paused"));
    assert_eq!(ana.form(&format!("{place}/messenger/{id}/resume"), &[]).await.status, 303);
    assert!(ana.page(&format!("{place}/messenger/{id}/remove")).await.text.contains("Acme Bank"));
    assert_eq!(ana.form(&format!("{place}/messenger/{id}/remove"), &[]).await.status, 303);
    assert!(!ana.page(&place).await.text.contains("Acme Bank"));
    // Where it is not set up, that is said, and nothing is offered.
    let plain = world.sign_in("Ana").await;
    let off = plain.page(&place).await.text;
    assert!(off.contains("not set up for Messenger") && !off.contains("Add a page"), "{off}");
    assert_eq!(plain.page(&format!("{place}/messenger")).await.status, 409);
}

#[tokio::test]
async fn t_7_pages_are_for_those_who_may_see_channels() {
    let (world, facebook) = (World::new().await, Facebook::new().await);
    let (_, ana, account) = facebook.set_up(&world).await;
    let bot = world.bot("workspace", 0);
    let id = add(&ana, &bot, &account).await;
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Looks at channels" })).await.id();
    let permissions = world.path("workspace", &format!("/roles/{role}/permissions"));
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role], &[]).await;
    let tess = ana.with(&tess);
    assert_eq!(tess.get(&channels(&bot)).await.status, 404);
    for model in ["Bot", "Channel"] {
        let body = json!({ "model": model, "action": "read" });
        assert_eq!(ana.post(&permissions, body).await.status, 201);
    }
    let seen = pages(&tess, &bot).await.remove(0);
    assert_eq!(seen["can"], json!([]));
    let one = format!("{}/messenger/{id}", channels(&bot));
    assert_eq!(tess.patch(&one, json!({ "paused": true })).await.status, 403);
    assert_eq!(tess.delete(&one).await.status, 403);
    let body = json!({ "account_id": account, "page_id": PAGE });
    assert_eq!(tess.post(&format!("{}/messenger", channels(&bot)), body).await.status, 403);
    assert_eq!(tess.get(&format!("{}/messenger/accounts/{account}/pages", channels(&bot))).await.status, 403);
}
