//! The pages of the content: they work without scripts, and nothing of the content runs on them.

use serde_json::json;

use crate::content::{make, send};
use crate::world::{Client, World};

const SCRIPT: &str = "<script>alert(1)</script>";

async fn pages(world: &World, client: &Client) -> String {
    let bot = world.bot("workspace", 1);
    let slug = client.get(&format!("/api/v1/bots/{bot}")).await.body["slug"].as_str().unwrap().to_owned();
    format!("/{}/bots/{slug}/content", world.organization("workspace").slug)
}

#[tokio::test]
async fn the_content_pages_work_without_a_script() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = pages(&world, &ana).await;
    assert!(ana.page(&path).await.text.contains("No content yet"));
    // Looked at before it is saved.
    let typed = [
        ("kind", "entry"),
        ("title", "Hours"),
        ("body", "We open at **nine**."),
        ("language", "en"),
        ("tags", "times, opening"),
        ("source", ""),
        ("status", "ready"),
    ];
    let preview = ana.form(&format!("{path}/new"), &[&typed[..], &[("act", "preview")]].concat()).await;
    assert!(
        preview.text.contains("<strong>nine</strong>") && preview.text.contains("We open at **nine**."),
        "{}",
        preview.text
    );
    assert!(ana.page(&path).await.text.contains("No content yet"));
    let made = ana.form(&format!("{path}/new"), &typed).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, path.as_str()), "{}", made.text);
    let wrong = ana.form(&format!("{path}/new"), &typed).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let id = ana.get(&content).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let page = format!("{path}/{id}");
    let saved = ana
        .form(
            &page,
            &[
                ("title", "Hours"),
                ("body", "We open at ten."),
                ("language", "en"),
                ("tags", ""),
                ("source", ""),
                ("status", "ready"),
                ("version", "1"),
            ],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    // Somebody else was faster: both are shown, nothing is lost, and one's own can be saved then.
    let late = [
        ("title", "Hours"),
        ("body", "We open\r\nat noon."),
        ("language", "en"),
        ("tags", "x"),
        ("source", ""),
        ("status", "draft"),
    ];
    let conflict = ana.form(&page, &[&late[..], &[("version", "1")]].concat()).await;
    assert_eq!(conflict.status, 412);
    for shown in ["We open at ten.", "at noon.", "Draft", "Ready"] {
        assert!(conflict.text.contains(shown), "{shown}: {}", conflict.text);
    }
    assert_eq!(ana.form(&page, &[&late[..], &[("version", "2")]].concat()).await.status, 303);
    let version = ana.page(&format!("{page}/versions/2")).await;
    assert!(
        version.text.contains("<del>We open at **nine**.</del>") && version.text.contains("<ins>We open at ten.</ins>"),
        "{}",
        version.text
    );
    let restored = ana.form(&format!("{page}/versions/1/restore"), &[("version", "3")]).await;
    assert_eq!((restored.status.as_u16(), restored.location()), (303, page.as_str()));
    assert!(ana.page(&format!("{page}/versions")).await.text.contains("Version 4"));
    assert_eq!(ana.page(&format!("{page}/delete")).await.status, 200);
    assert_eq!(ana.form(&format!("{page}/delete"), &[("version", "4")]).await.status, 303);
}

#[tokio::test]
async fn responses_are_written_in_variants_and_languages_and_chosen_for_an_intent() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = pages(&world, &ana).await;
    let said = |language: &'static str, variant: &'static str| {
        [
            ("kind", "response"),
            ("title", "Greeting"),
            ("language", language),
            ("variant", variant),
            ("variant", ""),
            ("variant", "Hi"),
            ("tags", ""),
            ("source", ""),
            ("status", "ready"),
        ]
    };
    let more = ana.form(&format!("{path}/new"), &[&said("en", "Hello")[..], &[("act", "more")]].concat()).await;
    assert_eq!(more.text.matches("name=\"variant\"").count(), 6, "{}", more.text);
    assert_eq!(ana.form(&format!("{path}/new"), &said("en", "Hello")).await.status, 303);
    assert_eq!(ana.form(&format!("{path}/new"), &said("de", "Hallo")).await.status, 303);
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let english = ana.get(&format!("{content}?language=en")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(ana.page(&format!("{path}/{english}")).await.text.contains("In other languages"));
    let training = path.replace("/content", "/training");
    let new = ana.page(&format!("{training}/new")).await;
    assert_eq!(new.text.matches(">Greeting</option>").count(), 1, "{}", new.text);
    let fields = [("name", "hello"), ("examples", "hi"), ("response", ""), ("response_id", english.as_str())];
    assert_eq!(ana.form(&format!("{training}/new"), &fields).await.status, 303);
    let intents = ana.get(&format!("/api/v1/bots/{}/training", world.bot("workspace", 1))).await;
    assert_eq!(intents.body["items"][0]["response_id"], json!(english));
    let intent = format!("{training}/{}", intents.body["items"][0]["id"].as_str().unwrap());
    assert!(ana.page(&intent).await.text.contains("selected>Greeting</option>"));
    let none = [("name", "hello"), ("examples", "hi"), ("response", ""), ("response_id", ""), ("version", "1")];
    assert_eq!(ana.form(&intent, &none).await.status, 303);
    // Somebody chose otherwise meanwhile: that is a difference, too.
    let late =
        [("name", "hello"), ("examples", "hi"), ("response", ""), ("response_id", english.as_str()), ("version", "1")];
    let conflict = ana.form(&intent, &late).await;
    assert_eq!(conflict.status, 412, "{}", conflict.text);
    assert!(conflict.text.contains("Greeting"));
}

#[tokio::test]
async fn files_are_imported_on_a_page_that_says_what_came_of_each() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = format!("{}/import", pages(&world, &ana).await);
    assert_eq!(ana.page(&path).await.status, 200);
    let browser = ana.header("accept", "text/html");
    let files: &[(&str, &[u8])] =
        &[("a.md", b"# Cards\n\nText"), ("<script>alert(1)</script>.md", b"\xff"), ("b.csv", b"no,columns\n")];
    let done = send(&browser, &path, &[("status", "ready"), ("language", "")], files).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(
        done.text.contains("1 made, 0 renewed, 0 unchanged, 2 refused") && done.text.contains(">Cards</a>"),
        "{}",
        done.text
    );
    assert!(!done.text.contains(SCRIPT));
    let none = send(&browser, &path, &[], &[("", b"")]).await;
    assert_eq!(none.status, 422);
    assert!(none.text.contains("Choose at least one file."), "{}", none.text);
    let huge = vec![b'a'; 21 << 20];
    assert_eq!(send(&browser, &path, &[], &[("huge.txt", &huge)]).await.status, 422);
}

#[tokio::test]
async fn nothing_of_the_content_runs_on_its_pages() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = pages(&world, &ana).await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let payloads = [
        SCRIPT,
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "\" onmouseover=\"alert(1)",
        "</textarea><svg onload=alert(1)>",
    ];
    for payload in payloads {
        let written =
            json!({ "kind": "entry", "title": payload, "body": payload, "tags": [payload], "source": payload });
        let entry = make(&ana, &content, written).await;
        let said =
            json!({ "kind": "response", "title": payload, "variants": [{ "text": payload }], "tags": [payload] });
        let response = make(&ana, &content, said).await;
        assert_eq!(
            ana.patch(&format!("{content}/{entry}"), json!({ "body": format!("{payload}\n{payload}") })).await.status,
            200
        );
        for rest in [
            String::new(),
            format!("?tag={}", url::form_urlencoded::byte_serialize(payload.as_bytes()).collect::<String>()),
            format!("/{entry}"),
            format!("/{response}"),
            format!("/{entry}/versions"),
            format!("/{entry}/versions/2"),
            format!("/{entry}/delete"),
            "/new?kind=response&title=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        ] {
            let page = ana.page(&format!("{path}{rest}")).await;
            assert_eq!(page.status, 200, "{rest}: {}", page.text);
            let document = scraper::Html::parse_document(&page.text);
            for element in document.root_element().descendants().filter_map(scraper::ElementRef::wrap) {
                let value = element.value();
                assert!(
                    value
                        .attrs()
                        .all(|(name, value)| !name.starts_with("on") && !value.trim_start().starts_with("javascript:")),
                    "{rest}: {value:?}"
                );
                let own = value.name() == "script" && value.attr("src").is_none();
                assert!(!own && value.attr("src") != Some("x"), "{rest}: {value:?}");
            }
        }
    }
}
