//! Connected accounts (P-15): connecting, and everything that connects nothing.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::passwords::mails;
use crate::peer::{ACCOUNTS, CALLBACK, Mood, Peer, connect};
use crate::world::{Answer, Client, World};

async fn begin(client: &Client, provider: &str) -> Answer {
    client.post(ACCOUNTS, json!({ "provider": provider, "scopes": ["read"] })).await
}

/// What the page that somebody is led to says.
async fn told(client: &Client, back: &Answer) -> String {
    assert_eq!((back.status.as_u16(), back.location()), (303, "/profile/accounts"), "{}", back.text);
    let flash = back.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let cookie = format!("{}; {flash}", client.cookie.clone().unwrap());
    client.holding(cookie).page("/profile/accounts").await.text
}

async fn count(client: &Client) -> usize {
    client.get(ACCOUNTS).await.body["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn p_15_an_account_is_connected_by_consent_and_its_tokens_are_shown_to_nobody() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(|config| {
        forge.configure()(config);
        config.demo = true;
    });
    let ana = client.with(&world.sign_in("Ana").await);
    let offered = ana.get("/api/v1/me/account-providers").await;
    assert_eq!(offered.body["items"][0]["scopes"][0]["words"], "Know who you are", "{}", offered.text);
    assert!(!offered.text.contains("hush"));
    let page = ana.page("/profile/accounts/connect/forge").await.text;
    assert!(page.contains("Write in your name") && !page.contains("hush"), "{page}");
    // The provider grants less than was asked for: that is what stands here.
    let led = ana.post(ACCOUNTS, json!({ "provider": "forge", "scopes": ["read", "write"] })).await;
    assert!(led.body["authorization_url"].as_str().unwrap().contains("scope=who+read+write"), "{}", led.text);
    let back = ana.page(&forge.agree(&led, "ana", "who read")).await;
    assert!(told(&ana, &back).await.contains("The forge is connected."));
    let listed = ana.get(ACCOUNTS).await;
    let one = &listed.body["items"][0];
    assert_eq!(
        (&one["state"], &one["name"], &one["provider_name"]),
        (&json!("working"), &json!("<b>ana</b>"), &json!("The forge"))
    );
    assert_eq!(
        one["scopes"],
        json!([{ "name": "who", "words": "Know who you are" }, { "name": "read", "words": "Read your posts" }])
    );
    // Without a word about scopes it is what was asked for.
    let led = ana.post(ACCOUNTS, json!({ "provider": "forge", "scopes": ["write"] })).await;
    ana.page(&forge.agree(&led, "ana", "-")).await;
    let renewed = ana.get(ACCOUNTS).await;
    assert_eq!(renewed.body["items"].as_array().unwrap().len(), 1, "{}", renewed.text);
    assert_eq!(
        (&renewed.body["items"][0]["id"], &renewed.body["items"][0]["scopes"][1]["name"]),
        (&one["id"], &json!("write"))
    );
    let page = ana.page("/profile/accounts").await.text;
    assert!(
        page.contains("&#60;b&#62;ana") && page.contains("Write in your name") && !page.contains("<b>ana"),
        "{page}"
    );
    let audit = ana.get(&world.path("workspace", "/audit-events")).await.text;
    assert!(audit.contains("connect_account") && audit.contains("change_connected_account"), "{audit}");
    assert!(audit.contains("Read your posts") && audit.contains("The forge"), "{audit}");
    let mails = mails(&world, "ana@acme.example").await.join("\n");
    assert!(mails.contains("An account at The forge was connected"), "{mails}");
    for text in [&listed.text, &renewed.text, &page, &audit, &mails] {
        assert!(!text.contains("-secret-") && !text.contains("hush"), "{text}");
    }
    // Nobody else's.
    let id = one["id"].as_str().unwrap();
    let omar = client.with(&world.sign_in("Omar").await);
    assert_eq!(count(&omar).await, 0);
    for rest in ["", "/check"] {
        let path = format!("{ACCOUNTS}/{id}{rest}");
        let answer = if rest.is_empty() { omar.get(&path).await } else { omar.post(&path, json!({})).await };
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(omar.patch(&format!("{ACCOUNTS}/{id}"), json!({ "scopes": [] })).await.status, 404);
    assert_eq!(omar.delete(&format!("{ACCOUNTS}/{id}")).await.status, 404);
    assert_eq!(omar.page(&format!("/profile/accounts/{id}/remove")).await.status, 404);
    assert_eq!(omar.form(&format!("/profile/accounts/{id}/remove"), &[]).await.status, 404);
}

#[tokio::test]
async fn p_15_a_way_back_is_good_once_for_ten_minutes_and_in_its_session_alone() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(forge.configure());
    let (ana, same) = (client.with(&world.sign_in("Ana").await), client.with(&world.sign_in("Ana").await));
    let omar = client.with(&world.sign_in("Omar").await);
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who read");
    // Another session of hers, somebody else, nobody.
    for stranger in [&same, &omar] {
        assert!(told(stranger, &stranger.page(&back).await).await.contains("good once, for ten minutes"));
    }
    let nobody = client.page(&back).await;
    assert_eq!((nobody.status.as_u16(), nobody.location()), (303, "/sign-in?next=%2Fprofile%2Faccounts"));
    let flash = nobody.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(client.holding(flash).page("/sign-in").await.text.contains("Nobody is signed in here"));
    // Bent, without, empty, twice.
    let (code, state) = back.split_once("&state=").unwrap();
    for bent in [
        format!("{code}&state={}x", state),
        code.to_owned(),
        format!("{code}&state="),
        format!("{back}&state={state}"),
        format!("{back}&code=other"),
        CALLBACK.to_owned(),
        format!("{CALLBACK}?%ff=%ff&state=%00"),
    ] {
        assert!(told(&ana, &ana.page(&bent).await).await.contains("Nothing was connected"), "{bent}");
    }
    assert_eq!(forge.kept().exchanges, 0);
    assert_eq!(count(&ana).await + count(&omar).await, 0);
    // Where it began, it is good; and then no more.
    assert!(told(&ana, &ana.page(&back).await).await.contains("is connected"));
    let later = forge.agree_at(
        &format!(
            "{}/authorize?response_type=code&code_challenge_method=S256&code_challenge=x&redirect_uri=x&state={state}",
            forge.url
        ),
        "ana",
        "who",
    );
    for again in [&back, &later] {
        assert!(told(&ana, &ana.page(again).await).await.contains("good once"));
    }
    assert_eq!(forge.kept().exchanges, 1);
    // Too late.
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who write");
    world.pass(10 * 60);
    assert!(told(&ana, &ana.page(&back).await).await.contains("good once"));
    assert_eq!(forge.kept().exchanges, 1);
    // A session that is confirmed meanwhile is the same; one that ended takes its way back along.
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who write");
    let confirmed = ana.post("/api/v1/session/confirm", json!({ "password": world.demo.password })).await;
    let ana = client.with(&world.with_cookie(&confirmed));
    assert!(told(&ana, &ana.page(&back).await).await.contains("is connected"));
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who write");
    assert_eq!(ana.delete("/api/v1/session").await.status, 204);
    let again = client.with(&world.sign_in("Ana").await);
    assert!(told(&again, &again.page(&back).await).await.contains("good once"));
    assert_eq!(forge.kept().exchanges, 2);
    // What is begun must come from our own pages.
    let elsewhere = again.header("sec-fetch-site", "cross-site");
    assert_eq!(elsewhere.form("/profile/accounts/connect/forge", &[("scopes", "read")]).await.status, 403);
    assert_eq!(begin(&elsewhere, "forge").await.status, 403);
}

#[tokio::test]
async fn p_15_only_the_provider_that_was_asked_may_answer() {
    let (world, forge, mill) = (World::new().await, Peer::new("forge").await, Peer::new("mill").await);
    let (own, other) = (forge.provider("issuer = \"https://forge.example\""), mill.provider(""));
    let (_, client) = world.configured(|config| config.providers = vec![own, other]);
    let ana = client.with(&world.sign_in("Ana").await);
    for iss in ["", "&iss=https%3A%2F%2Fmill.example", "&iss=https%3A%2F%2Fforge.example%2F"] {
        let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
        let text = told(&ana, &ana.page(&format!("{back}{iss}")).await).await;
        assert!(text.contains("The answer did not come from The forge"), "{iss}: {text}");
    }
    // Begun at one, with the code of the other: the other never sees it, and the one does not know it.
    let state = forge.agree(&begin(&ana, "forge").await, "ana", "who").split_once("&state=").unwrap().1.to_owned();
    let code = mill.agree(&begin(&ana, "mill").await, "ana", "who").split_once("&state=").unwrap().0.to_owned();
    let crossed = format!("{code}&state={state}&iss=https%3A%2F%2Fforge.example");
    assert!(told(&ana, &ana.page(&crossed).await).await.contains("The forge did not accept"));
    // One that names no issuer is not answered for by one that has this name.
    let back = mill.agree(&begin(&ana, "mill").await, "ana", "who");
    let text = told(&ana, &ana.page(&format!("{back}&iss=https%3A%2F%2Fforge.example")).await).await;
    assert!(text.contains("did not come from The mill"), "{text}");
    assert_eq!(count(&ana).await, 0);
    assert_eq!((forge.kept().exchanges, mill.kept().exchanges), (1, 0));
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
    assert!(
        told(&ana, &ana.page(&format!("{back}&iss=https%3A%2F%2Fforge.example")).await).await.contains("is connected")
    );
}

#[tokio::test]
async fn p_15_fifty_at_once_with_one_way_back_exchange_once() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(forge.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let back = forge.agree(&begin(&ana, "forge").await, "ana", "who read");
    let all = join_all((0..50).map(|_| ana.page(&back))).await;
    let connected = all.iter().filter(|one| one.headers["set-cookie"].to_str().unwrap().contains("is%20connected"));
    assert_eq!(count(&ana).await, 1);
    assert_eq!((connected.count(), forge.kept().exchanges), (1, 1));
}

#[tokio::test]
async fn p_15_what_a_provider_refuses_is_told_in_words_and_connects_nothing() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(|config| {
        forge.configure()(config);
        config.limits.outgoing_milliseconds = 300;
    });
    let ana = client.with(&world.sign_in("Ana").await);
    let long = "x".repeat(5_000);
    for (error, says) in [
        ("error=access_denied&error_description=no", "You did not give the permission at The forge"),
        ("error=server_error", "The forge has a fault just now"),
        ("error=%3Cscript%3E&error_description=a%0Ab", "&#60;script&#62; a b"),
        (&format!("error=other&error_description={long}"), "xxx”"),
        ("", "answered without a code"),
        ("code=", "answered without a code"),
        ("code=never-given", "did not accept what you brought back"),
    ] {
        let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
        let state = back.split_once("&state=").unwrap().1;
        let text = told(&ana, &ana.page(&format!("{CALLBACK}?state={state}&{error}")).await).await;
        assert!(text.contains(says) && !text.contains("<script>") && !text.contains(&long[..300]), "{error}: {text}");
    }
    for mood in [Mood::Fault, Mood::Garbage, Mood::TooMuch, Mood::Redirect, Mood::Never] {
        let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
        forge.kept().mood = mood;
        assert!(told(&ana, &ana.page(&back).await).await.contains("could not be asked just now"), "{mood:?}");
        forge.kept().mood = Mood::Good;
    }
    // It gives tokens and does not say for whom: they are taken back at once.
    for status in [403, 500] {
        let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
        forge.kept().identity = Some(http::StatusCode::from_u16(status).unwrap());
        assert!(told(&ana, &ana.page(&back).await).await.contains("Nothing was connected"), "{status}");
        forge.kept().identity = None;
        assert_eq!(forge.kept().revoked.len(), if status == 403 { 1 } else { 2 });
    }
    assert_eq!(count(&ana).await, 0);
    // What is asked for must be on offer.
    for (body, field) in [
        (json!({ "provider": "none", "scopes": [] }), "provider"),
        (json!({ "provider": "forge", "scopes": ["read", "all"] }), "scopes.1"),
        (json!({ "provider": "forge", "scopes": [], "session": "x" }), "session"),
        (json!({ "provider": "forge" }), "scopes"),
    ] {
        let refused = ana.post(ACCOUNTS, body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            refused.text
        );
    }
    let page = ana.form("/profile/accounts/connect/forge", &[("scopes", "all")]).await;
    assert!(page.status == 422 && page.text.contains("is not asked for this here"), "{}", page.text);
    assert_eq!(ana.page("/profile/accounts/connect/none").await.status, 404);
}

#[tokio::test]
async fn p_15_permissions_change_for_the_same_person_only_and_fewer_are_fewer() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(forge.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let one = connect(&ana, &forge, "ana", &["read", "write"]).await;
    let path = format!("{ACCOUNTS}/{}", one["id"].as_str().unwrap());
    let more = ana.patch(&path, json!({ "scopes": ["read"], "owner": "otto" })).await;
    assert_eq!((more.status.as_u16(), more.body["errors"][0]["code"].as_str()), (422, Some("unknown")));
    // Somebody else there: refused, and what they gave is taken back, as nobody here relies on it.
    let led = ana.patch(&path, json!({ "scopes": ["read"] })).await;
    assert_eq!(led.status, 200, "{}", led.text);
    let text = told(&ana, &ana.page(&forge.agree(&led, "otto", "who read")).await).await;
    assert!(text.contains("which is not the account of this connection") && text.contains("&#60;b&#62;otto"), "{text}");
    assert_eq!(ana.get(&path).await.body["scopes"], one["scopes"]);
    assert_eq!((count(&ana).await, forge.kept().revoked.len()), (1, 1));
    // Unless somebody does.
    connect(&ana, &forge, "otto", &[]).await;
    let led = ana.patch(&path, json!({ "scopes": ["read"] })).await;
    told(&ana, &ana.page(&forge.agree(&led, "otto", "who read")).await).await;
    assert_eq!(forge.kept().revoked.len(), 1);
    let led = ana.patch(&path, json!({ "scopes": ["read"] })).await;
    ana.page(&forge.agree(&led, "ana", "who read")).await;
    let fewer = ana.get(&path).await;
    assert_eq!(fewer.body["scopes"].as_array().unwrap().len(), 2, "{}", fewer.text);
    // In the console the present ones are ticked.
    let page = ana.page(&format!("/profile/accounts/{}", one["id"].as_str().unwrap())).await.text;
    let page = scraper::Html::parse_document(&page);
    let ticked = scraper::Selector::parse("input[name=scopes][checked]").unwrap();
    let ticked: Vec<_> = page.select(&ticked).map(|input| input.attr("value").unwrap()).collect();
    assert_eq!(ticked, ["who", "read"]);
    // Deleted while somebody is there: the way back goes with it.
    let led = ana.patch(&path, json!({ "scopes": ["write"] })).await;
    let back = forge.agree(&led, "ana", "who write");
    assert_eq!(ana.delete(&path).await.status, 200);
    let exchanges = forge.kept().exchanges;
    assert!(told(&ana, &ana.page(&back).await).await.contains("good once"));
    assert_eq!(forge.kept().exchanges, exchanges);
    // It works without scripts: a page of ours leads on, as a form may not.
    let onward = ana.form("/profile/accounts/connect/forge", &[("scopes", "write")]).await;
    let refresh = onward.headers["refresh"].to_str().unwrap().strip_prefix("0; url=").unwrap().to_owned();
    assert!(onward.status == 200 && onward.text.contains("Continue to The forge"), "{}", onward.text);
    assert!(told(&ana, &ana.page(&forge.agree_at(&refresh, "ana", "who write")).await).await.contains("is connected"));
}

#[tokio::test]
async fn p_15_programs_reach_none_of_it() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(forge.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let one = connect(&ana, &forge, "ana", &[]).await;
    let path = format!("{ACCOUNTS}/{}", one["id"].as_str().unwrap());
    let grant = json!([{ "model": "Role", "action": "read" }]);
    let here = world.organization("workspace").id;
    let body = json!({ "name": "Robot", "scope": [{ "organization": here, "permissions": grant }] });
    let token = ana.post("/api/v1/me/tokens", body).await.body["secret"].clone();
    let keys = format!("/api/v1/bots/{}/api-keys", world.bot("workspace", 0));
    let key = json!({ "name": "Robot", "scope": [{ "model": "Content", "action": "read" }] });
    let key = ana.post(&keys, key).await.body["secret"].clone();
    for secret in [token, key].iter().map(|secret: &Value| secret.as_str().unwrap()) {
        let robot = client.header("authorization", format!("Bearer {secret}"));
        for answer in [
            robot.get(ACCOUNTS).await,
            robot.get("/api/v1/me/account-providers").await,
            robot.get(&path).await,
            begin(&robot, "forge").await,
            robot.patch(&path, json!({ "scopes": [] })).await,
            robot.post(&format!("{path}/check"), json!({})).await,
            robot.delete(&path).await,
        ] {
            assert_eq!(answer.status, 401, "{}", answer.text);
        }
        let back = forge.agree(&begin(&ana, "forge").await, "ana", "who");
        assert!(robot.page(&back).await.location().starts_with("/sign-in"));
        assert_eq!(forge.kept().exchanges, 1);
    }
    assert_eq!(count(&ana).await, 1);
    // Without a provider the page says so.
    let bare = world.anonymous().with(&ana);
    let page = bare.page("/profile/accounts").await.text;
    assert!(page.contains("knows that service no more") && !page.contains("Check now"), "{page}");
    assert_eq!(bare.post(&format!("{path}/check"), json!({})).await.status, 409);
    let gone = bare.delete(&path).await;
    assert_eq!((gone.status.as_u16(), &gone.body["revoked"]), (200, &json!(false)), "{}", gone.text);
    assert!(bare.page("/profile/accounts").await.text.contains("Nothing to connect here yet"));
}
