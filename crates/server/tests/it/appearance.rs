//! How a bot looks, its picture, its channels, and what visitors load.

use http::Method;
use image::ImageFormat;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::pictures::png;
use crate::world::{Answer, Client, World};

async fn put_picture(client: &Client, bot: &str) -> Answer {
    client.send_raw(Method::PUT, &format!("{bot}/picture"), Some("image/png"), png()).await
}

/// The first bot of the workspace organization, as the API and as visitors name it.
fn bot(world: &World) -> (String, String) {
    let id = world.bot("workspace", 0);
    (format!("/api/v1/bots/{id}"), format!("/chat/{id}"))
}

async fn slug(client: &Client, bot: &str) -> String {
    client.get(bot).await.body["slug"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn g_5_a_bot_has_a_look_without_any_and_every_part_of_it_can_be_set() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = format!("{}/appearance", bot(&world).0);
    let plain = ana.get(&path).await;
    assert_eq!(
        (plain.status.as_u16(), &plain.body["version"], &plain.headers["etag"]),
        (200, &json!(1), &"\"1\"".parse().unwrap())
    );
    assert_eq!(
        (&plain.body["title"], &plain.body["accent"], &plain.body["updated_at"]),
        (&json!(""), &json!("#0a5299"), &Value::Null)
    );
    assert_eq!(plain.body["can"], json!(["read", "update"]));
    let whole = json!({ "title": "Ask Mia", "subtitle": "Usually at once", "greeting": "Hi!\nAsk me.", "accent": "#0A6",
        "accent_text": "#000000", "ground": "#fffdf5", "text": "#222222", "scheme": "light", "position": "left",
        "launcher": "Questions?", "texts": { "placeholder": "Your question", "send": "Ask", "person": "Call somebody",
        "offline": "Nobody here" } });
    let set = ana.patch(&path, whole.clone()).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let read = ana.get(&path).await.body;
    assert_eq!(read["accent"], "#00aa66");
    for (field, value) in whole.as_object().unwrap().iter().filter(|(field, _)| *field != "accent") {
        assert_eq!(&read[field], value, "{field}");
    }
    assert_eq!(read["version"], 2);
    assert!(read["contrast"]["accent"].as_f64().unwrap() > 4.5);
    // What is left out stays.
    assert_eq!(ana.patch(&path, json!({ "subtitle": "" })).await.body["title"], "Ask Mia");
    let log = ana.page("/acme/audit-log").await.text;
    assert!(log.contains("changed how"), "{log}");
}

#[tokio::test]
async fn g_5_words_that_cannot_be_read_are_refused_with_colours_that_can() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = format!("{}/appearance", bot(&world).0);
    let refused = ana.patch(&path, json!({ "accent": "#ff8800" })).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (422, "/problems/invalid"), "{}", refused.text);
    let error = &refused.body["errors"][0];
    assert_eq!((&error["field"], &error["code"]), (&json!("accent"), &json!("contrast")));
    assert!(error["message"].as_str().unwrap().contains("#b35f00 behind them would pass"), "{error}");
    assert_eq!(ana.get(&path).await.body["version"], 1);
    // What was told passes.
    assert_eq!(ana.patch(&path, json!({ "accent": "#b35f00" })).await.status, 200);
    assert_eq!(ana.patch(&path, json!({ "accent": "#ff8800", "accent_text": "#000000" })).await.status, 200);
    let both = ana.patch(&path, json!({ "text": "#cccccc", "accent_text": "#ffffff" })).await;
    let fields: Vec<&str> =
        both.body["errors"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["accent", "text"]);
    let long = "x".repeat(5_000);
    for (body, field, code) in [
        (json!({ "accent": "red" }), "accent", "invalid"),
        (json!({ "accent": "url(javascript:alert(1))" }), "accent", "invalid"),
        (json!({ "text": "#ffffff;}*{display:none" }), "text", "invalid"),
        (json!({ "title": long }), "title", "too_long"),
        (json!({ "title": "a\nb" }), "title", "invalid"),
        (json!({ "texts": { "send": "a\tb" } }), "texts.send", "invalid"),
        (json!({ "texts": { "other": "x" } }), "other", "unknown"),
        (json!({ "scheme": "blue" }), "scheme", "invalid"),
        (json!({ "picture": "019ded2c-59c0-7079-ab84-79c643b52cae" }), "picture", "unknown"),
    ] {
        let answer = ana.patch(&path, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        let error = &answer.body["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{body}");
    }
}

#[tokio::test]
async fn g_2_two_who_change_the_look_do_not_overwrite_each_other() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, _) = bot(&world);
    let path = format!("{bot}/appearance");
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({ "title": "x" })).await.status, 428);
    let first = ana.header("if-match", "\"1\"");
    assert_eq!(first.patch(&path, json!({ "title": "Mia" })).await.status, 200);
    let late = first.patch(&path, json!({ "title": "Max" })).await;
    assert_eq!((late.status.as_u16(), late.problem()), (412, "/problems/stale"));
    assert_eq!(late.body["current"]["title"], "Mia");
    // On the page both are shown, and nothing that was typed is lost.
    let page = format!("/acme/bots/{}/appearance", slug(&ana, &bot).await);
    let fields = [
        ("version", "1"),
        ("title", "Max"),
        ("accent", "#0a5299"),
        ("accent_text", "#ffffff"),
        ("ground", "#ffffff"),
        ("text", "#1b2430"),
    ];
    let choice = ana.form(&page, &fields).await;
    assert_eq!(choice.status, 412, "{}", choice.text);
    assert!(choice.text.contains("Mia") && choice.text.contains("Max"), "{}", choice.text);
}

#[tokio::test]
async fn g_5_a_6_the_look_is_for_whoever_holds_it() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let path = format!("/api/v1/bots/{}", world.bot("team", 0));
    let read = member.get(&format!("{path}/appearance")).await;
    assert_eq!((read.status.as_u16(), &read.body["can"]), (200, &json!(["read"])));
    assert_eq!(member.patch(&format!("{path}/appearance"), json!({ "title": "x" })).await.status, 403);
    assert_eq!(put_picture(&member, &path).await.status, 403);
    assert_eq!(member.delete(&format!("{path}/picture")).await.status, 403);
    assert_eq!(owner.patch(&format!("{path}/appearance"), json!({ "title": "x" })).await.status, 200);
    let slug = slug(&member, &path).await;
    let base = format!("/{}/bots/{slug}", world.organization("team").slug);
    let page = member.page(&format!("{base}/appearance")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("Upload picture") && page.text.contains("<fieldset disabled>"), "{}", page.text);
    assert_eq!(member.form(&format!("{base}/appearance"), &[("version", "2")]).await.status, 403);
    // Another organization's is not there, in any way.
    let stranger = world.sign_in("Ana").await;
    for rest in ["appearance", "channels"] {
        assert_eq!(stranger.get(&format!("{path}/{rest}")).await.status, 404, "{rest}");
        assert_eq!(stranger.page(&format!("{base}/{rest}")).await.status, 404, "{rest}");
    }
    assert_eq!(put_picture(&stranger, &path).await.status, 404);
    // A Client of an agency makes the look of the bots they were given, and of no other.
    let chloe = world.sign_in("Chloe").await;
    let given = |number| format!("/api/v1/bots/{}/appearance", world.bot("agency", number));
    assert_eq!(chloe.patch(&given(0), json!({ "title": "Concierge" })).await.status, 200);
    assert_eq!(chloe.patch(&given(1), json!({ "title": "x" })).await.status, 404);
    assert_eq!(stranger.page(&format!("{base}/appearance/preview")).await.status, 404);
}

#[tokio::test]
async fn w_7_a_picture_is_made_anew_and_seen_where_its_bot_is() {
    let world = World::new().await;
    let (ana, nobody, stranger) = (world.sign_in("Ana").await, world.anonymous(), world.sign_in("Carla").await);
    let (bot, chat) = bot(&world);
    assert_eq!(ana.put(&format!("{bot}/publication"), json!({})).await.status, 200);
    let first = put_picture(&ana, &bot).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let first = first.body["picture"].as_str().unwrap().to_owned();
    assert!(first.starts_with(&format!("{chat}/picture/")), "{first}");
    assert_eq!(ana.get(&format!("{bot}/appearance")).await.body["picture"], json!(first));
    let seen = nobody.get(&first).await;
    assert_eq!((seen.status.as_u16(), &seen.headers["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(seen.headers["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(seen.headers["access-control-allow-origin"], "*");
    assert_eq!(image::load_from_memory_with_format(&seen.bytes, ImageFormat::Jpeg).unwrap().width(), 256);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let path = format!("{bot}/picture");
    assert_eq!(ana.send_raw(Method::PUT, &path, Some("image/svg+xml"), svg.clone()).await.status, 415);
    assert_eq!(ana.send_raw(Method::PUT, &path, Some("image/png"), svg).await.status, 422);
    assert_eq!(ana.send_raw(Method::PUT, &path, Some("image/png"), vec![0; (5 << 20) + 1]).await.status, 413);
    // Another bot's path does not give it away; without publication it is the team's alone.
    let other = first.replace(&world.bot("workspace", 0), &world.bot("workspace", 1));
    assert_eq!(ana.get(&other).await.status, 404);
    assert_eq!(ana.delete(&format!("{bot}/publication")).await.status, 200);
    for (who, status) in [(&nobody, 404), (&stranger, 404), (&ana, 200)] {
        assert_eq!(who.get(&first).await.status, status);
    }
    // Another picture has another address; what nothing names is gone.
    let second = put_picture(&ana, &bot).await.body["picture"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!((ana.get(&first).await.status.as_u16(), ana.get(&second).await.status.as_u16()), (404, 200));
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ana.get(&second).await.status, 404);
    assert_eq!(ana.get(&format!("{bot}/appearance")).await.body["picture"], Value::Null);
    let log = ana.page("/acme/audit-log").await.text;
    assert!(log.contains("changed the picture of") && log.contains("removed the picture of"), "{log}");
}

#[tokio::test]
async fn w_7_page_and_widget_are_there_for_published_bots_alone() {
    let world = World::new().await;
    let (ana, nobody) = (world.sign_in("Ana").await, world.anonymous());
    let (bot, chat) = bot(&world);
    assert_eq!(ana.put(&format!("{bot}/publication"), json!({})).await.status, 200);
    let page = nobody.page(&chat).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.headers.contains_key("set-cookie"));
    let widget = nobody.get(&format!("{chat}/widget.js")).await;
    assert_eq!(widget.headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(widget.headers["cross-origin-resource-policy"], "cross-origin");
    assert!(!widget.headers.contains_key("set-cookie"));
    assert_eq!(ana.delete(&format!("{bot}/publication")).await.status, 200);
    let unknown = "/chat/019ded2c-59c0-7079-ab84-79c643b52cae";
    for rest in ["", "/widget.js"] {
        let (hidden, never) =
            (nobody.page(&format!("{chat}{rest}")).await, nobody.page(&format!("{unknown}{rest}")).await);
        assert_eq!((hidden.status.as_u16(), never.status.as_u16()), (404, 404), "{rest}");
        let plain = |answer: &Answer, id: &str| {
            let text = answer.text.replace(id, "ID");
            let request = answer.headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("none");
            text.replace(request, "REQUEST")
        };
        let (hidden, never) =
            (plain(&hidden, chat.rsplit('/').next().unwrap()), plain(&never, unknown.rsplit('/').next().unwrap()));
        assert_eq!(hidden, never, "{rest}");
    }
    for path in ["/chat/nonsense", "/chat/nonsense/widget.js", "/chat/%00", "/chat/nonsense/picture/x"] {
        assert_eq!(nobody.page(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_widget_is_small() {
    let world = World::new().await;
    let small = world.anonymous().header("accept-encoding", "gzip").get("/chat/widget.js").await;
    assert_eq!(small.headers["content-encoding"], "gzip");
    assert!(small.bytes.len() < 30_000, "{} bytes", small.bytes.len());
    let whole = world.anonymous().get("/chat/widget.js").await;
    for sink in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "document.cookie"]
    {
        assert!(!whole.text.contains(sink), "{sink}");
    }
}

/// What attackers put wherever words go.
const PAYLOADS: [&str; 4] = [
    "<script>parent.ran=1</script>",
    "\"><img src=x onerror=ran=1>",
    "</script><svg onload=ran=1>",
    "{{7*7}}'\"--><b>x",
];

#[tokio::test]
async fn g_5_no_markup_of_an_appearance_is_markup_in_its_page_or_preview() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, chat) = bot(&world);
    let slug = slug(&ana, &bot).await;
    for payload in PAYLOADS {
        let texts = json!({ "placeholder": payload, "send": payload, "person": payload, "offline": payload });
        let body =
            json!({ "title": payload, "subtitle": payload, "greeting": payload, "launcher": payload, "texts": texts });
        let set = ana.patch(&format!("{bot}/appearance"), body).await;
        assert_eq!(set.status, 200, "{}", set.text);
        assert_eq!(ana.patch(&bot, json!({ "name": payload })).await.status, 200);
        assert_eq!(ana.put(&format!("{bot}/publication"), json!({})).await.status, 200);
        let base = format!("/acme/bots/{slug}");
        let tried = format!("{base}/appearance/preview?title={}&accent=%22onload%3D", encode(payload));
        for path in [
            format!("{base}/appearance"),
            format!("{base}/appearance/preview"),
            tried,
            format!("{base}/channels"),
            chat.clone(),
        ] {
            let page = ana.page(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            let html = Html::parse_document(&page.text);
            let count = |what: &str| html.select(&Selector::parse(what).unwrap()).count();
            assert_eq!(count("[onerror], [onload], img[src=x], b, script:not([src])"), 0, "{path}: {payload}");
        }
    }
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn the_appearance_page_works_without_a_script() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, _) = bot(&world);
    let page = format!("/acme/bots/{}/appearance", slug(&ana, &bot).await);
    let shown = ana.page(&page).await;
    assert!(shown.text.contains("Contrast 7.") && shown.text.contains("well readable"), "{}", shown.text);
    assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("frame-src 'self'"));
    let fields = |accent| {
        [
            ("version", "1"),
            ("title", "Mia"),
            ("accent", accent),
            ("accent_text", "#ffffff"),
            ("ground", "#ffffff"),
            ("text", "#1b2430"),
            ("position", "left"),
            ("scheme", "dark"),
            ("placeholder", "Ask"),
        ]
    };
    let refused = ana.form(&page, &fields("#ff8800")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("hard to read") && refused.text.contains("#b35f00"), "{}", refused.text);
    assert!(refused.text.contains("value=\"Mia\"") && refused.text.contains("preview?"), "what was typed stays");
    let saved = ana.form(&page, &fields("#006644")).await;
    assert_eq!((saved.status.as_u16(), saved.location()), (303, page.as_str()), "{}", saved.text);
    let kept = ana.get(&format!("{bot}/appearance")).await.body;
    assert_eq!(
        (&kept["accent"], &kept["position"], &kept["scheme"]),
        (&json!("#006644"), &json!("left"), &json!("dark"))
    );
    assert_eq!(kept["texts"]["placeholder"], "Ask");
    // The preview shows what stands in the form, saved or not, to our own pages alone.
    let preview = ana.page(&format!("{page}/preview?title=Other&accent=%23ff8800")).await;
    assert!(preview.text.contains("Other") && preview.text.contains("fill=\"#ff8800\""), "{}", preview.text);
    let policy = preview.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("frame-ancestors 'self'") && preview.headers["x-frame-options"] == "SAMEORIGIN",
        "{policy}"
    );
    assert_eq!(ana.get(&format!("{bot}/appearance")).await.body["title"], "Mia");
}

#[tokio::test]
async fn g_5_channels_say_where_a_bot_can_be_talked_to() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, chat) = bot(&world);
    let _ = ana.delete(&format!("{bot}/publication")).await;
    let list = ana.get(&format!("{bot}/channels")).await;
    assert_eq!((list.status.as_u16(), &list.body["published"]), (200, &json!(false)), "{}", list.text);
    let snippet = list.body["items"][1]["snippet"].as_str().unwrap().to_owned();
    assert!(
        snippet.starts_with("<script src=\"http") && snippet.contains(&format!("{chat}/widget.js\" async></script>")),
        "{snippet}"
    );
    let page = format!("/acme/bots/{}/channels", slug(&ana, &bot).await);
    let shown = ana.page(&page).await;
    assert!(shown.text.contains("not published yet"), "{}", shown.text);
    let html = Html::parse_document(&shown.text);
    let field = html.select(&Selector::parse("#snippet").unwrap()).next().unwrap();
    assert_eq!(field.text().collect::<String>(), snippet);
}
