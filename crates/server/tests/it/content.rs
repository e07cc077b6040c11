//! What bots say: entries and responses, their versions, files in and out.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

const SCRIPT: &str = "<script>alert(1)</script>";

fn entry(title: &str, body: &str) -> Value {
    json!({ "kind": "entry", "title": title, "body": body })
}

async fn make(client: &Client, content: &str, body: Value) -> String {
    let made = client.post(content, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

/// A form with files, and fields before them, as browsers send it.
async fn send(client: &Client, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    client.send_raw(Method::POST, path, Some("multipart/form-data; boundary=edge"), body).await
}

fn titles(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn entries_and_responses_are_made_changed_found_and_deleted() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let made = ana
        .post(
            &content,
            json!({ "kind": "entry", "title": " Lost card ", "body": "# Block it\r\n\r\nCall **us**.",
        "tags": ["Cards", "cards", "Loss & theft"], "source": "https://example.org/cards", "status": "ready" }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.headers["etag"], "\"1\"");
    assert_eq!((&made.body["title"], &made.body["body"]), (&json!("Lost card"), &json!("# Block it\n\nCall **us**.")));
    assert_eq!((&made.body["language"], &made.body["tags"]), (&json!("en"), &json!(["Cards", "Loss & theft"])));
    assert_eq!(ana.get(made.location()).await.body["source"], "https://example.org/cards");
    let said = json!({ "kind": "response", "title": "Greeting", "variants": [{ "text": "Hello" }, { "text": "Hi" }] });
    let greeting = ana.post(&content, said.clone()).await;
    assert_eq!(greeting.body["variants"], json!([{ "text": "Hello" }, { "text": "Hi" }]), "{}", greeting.text);
    assert_eq!(greeting.body["status"], "draft");
    let german =
        json!({ "kind": "response", "title": "greeting", "language": "DE", "variants": [{ "text": "Hallo" }] });
    let german = make(&ana, &content, german).await;
    let both = ana.get(&format!("{content}/{}", greeting.id())).await;
    assert_eq!(both.body["translations"], json!([{ "id": german, "language": "de", "status": "draft" }]));
    // One title in one language and kind, whatever its case.
    let twice = ana.post(&content, said).await;
    assert_eq!((twice.status.as_u16(), twice.body["errors"][0]["field"].as_str()), (409, Some("title")));
    assert_eq!(make(&ana, &content, entry("Greeting", "Also an entry.")).await.len(), 36);
    // Its name is that of all its languages.
    let renamed = ana.patch(&format!("{content}/{german}"), json!({ "title": "Welcome" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(ana.get(&format!("{content}/{}", greeting.id())).await.body["title"], "Welcome");
    for (query, expected) in [
        ("", vec!["Greeting", "Lost card", "Welcome", "Welcome"]),
        ("?kind=entry", vec!["Greeting", "Lost card"]),
        ("?language=de", vec!["Welcome"]),
        ("?status=ready", vec!["Lost card"]),
        ("?tag=LOSS%20%26%20THEFT", vec!["Lost card"]),
        ("?tag=loss", vec![]),
        ("?q=hallo", vec!["Welcome"]),
        ("?q=text", vec![]),
        ("?q=example.org", vec!["Lost card"]),
        ("?sort=-title&kind=entry", vec!["Lost card", "Greeting"]),
    ] {
        assert_eq!(titles(&ana.get(&format!("{content}{query}")).await), expected, "{query}");
    }
    let listed = ana.get(&format!("{content}?q=block")).await;
    assert_eq!(listed.body["items"][0]["excerpt"], "Block it Call us.");
    for wrong in ["?kind=page", "?status=", "?sort=body", "?tags=x"] {
        assert_eq!(ana.get(&format!("{content}{wrong}")).await.status, 422, "{wrong}");
    }
    assert_eq!(ana.delete(made.location()).await.status, 204);
    assert_eq!(ana.get(made.location()).await.status, 404);
}

#[tokio::test]
async fn content_that_does_not_fit_is_told_so_by_field() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    let long = "x".repeat(50_001);
    for (body, field, code) in [
        (json!({ "kind": "entry", "title": "" }), "title", "empty"),
        (json!({ "kind": "page", "title": "x" }), "kind", "invalid"),
        (json!({ "title": "x" }), "kind", "missing"),
        (json!({ "kind": "entry", "title": "x", "body": long }), "body", "too_long"),
        (json!({ "kind": "entry", "title": "x", "status": "ready" }), "body", "empty"),
        (json!({ "kind": "entry", "title": "x", "variants": [{ "text": "a" }] }), "variants", "invalid"),
        (json!({ "kind": "response", "title": "x", "body": "a" }), "body", "invalid"),
        (json!({ "kind": "response", "title": "x" }), "variants", "missing"),
        (json!({ "kind": "response", "title": "x", "variants": [{ "text": " " }] }), "variants", "empty"),
        (json!({ "kind": "entry", "title": "x", "language": "english" }), "language", "invalid"),
        (json!({ "kind": "entry", "title": "x", "tags": ["a,b"] }), "tags", "invalid"),
        (json!({ "kind": "entry", "title": "x", "source": "a\nb" }), "source", "invalid"),
        (json!({ "kind": "entry", "title": "x", "owner": "me" }), "owner", "unknown"),
    ] {
        let answer = ana.post(&content, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        let error = &answer.body["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{body}");
    }
    assert_eq!(titles(&ana.get(&content).await), Vec::<&str>::new());
}

#[tokio::test]
async fn g_2_nobody_overwrites_a_text_unseen_and_each_version_is_kept() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let path =
        format!("{content}/{}", make(&ana, &content, entry("Hours", "We open at nine.\nWe close at five.")).await);
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({ "title": "x" })).await.status, 428);
    let first = mei.header("if-match", "\"1\"");
    let changed = first.patch(&path, json!({ "body": "We open at ten.\nWe close at five.", "status": "ready" })).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.headers["etag"]),
        (200, &"\"2\"".parse().unwrap()),
        "{}",
        changed.text
    );
    let late = ana.header("if-match", "\"1\"").patch(&path, json!({ "body": "We never open." })).await;
    assert_eq!((late.status.as_u16(), late.problem()), (412, "/problems/stale"));
    assert_eq!(late.body["current"]["body"], "We open at ten.\nWe close at five.");
    assert_eq!(ana.header("if-match", "\"1\"").delete(&path).await.status, 412);
    // The same again is no version.
    assert_eq!(mei.patch(&path, json!({ "status": "ready" })).await.body["version"], 2);
    let versions = ana.get(&format!("{path}/versions")).await;
    let told = |field: &str| {
        versions.body["items"].as_array().unwrap().iter().map(|item| item[field].clone()).collect::<Vec<_>>()
    };
    assert_eq!(told("number"), [2, 1]);
    assert_eq!(told("made_by_name"), ["Mei Tanaka", "Ana Marchetti"]);
    assert_eq!(told("changed"), [json!(["body", "status"]), json!([])]);
    let second = ana.get(&format!("{path}/versions/2")).await;
    let lines = json!([{ "fate": "removed", "text": "We open at nine." }, { "fate": "added", "text": "We open at ten." },
        { "fate": "kept", "text": "We close at five." }]);
    assert_eq!(second.body["diff"], lines);
    for none in ["0", "3", "-1", "x", "99999999999999999999"] {
        assert_eq!(ana.get(&format!("{path}/versions/{none}")).await.status, 404, "{none}");
    }
    // Restoring adds a version, and only to what one has seen.
    let seen = ana.header("if-match", "\"1\"").post(&format!("{path}/versions/1/restore"), json!({})).await;
    assert_eq!(seen.status, 412, "{}", seen.text);
    let restored = ana.post(&format!("{path}/versions/1/restore"), json!({})).await;
    assert_eq!(restored.status, 200, "{}", restored.text);
    assert_eq!((&restored.body["version"], &restored.body["status"]), (&json!(3), &json!("draft")));
    assert_eq!(ana.get(&path).await.body["body"], "We open at nine.\nWe close at five.");
    let log = ana.get(&world.path("workspace", "/audit-events?model=Content")).await;
    let actions: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["restore", "update", "create"]);
}

#[tokio::test]
async fn files_are_taken_in_with_what_came_of_each() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 1));
    make(&ana, &content, json!({ "kind": "entry", "title": "Hours", "body": "old", "tags": ["kept"] })).await;
    make(&ana, &content, entry("Same", "as it is")).await;
    let files: &[(&str, &[u8])] = &[
        ("hours.md", b"# Hours\n\nWe open at nine."),
        ("same.txt", b"as it is"),
        ("guide.md", b"---\ntags: [guide]\nstatus: ready\n---\n# Guide\n\n## Lost card\n\nBlock it.\n\n## Stolen card\n\nBlock it too.\n"),
        ("table.csv", b"title,body,status,language\nFees,None.,ready,\nHours,Geschlossen.,,de\nBad,x,maybe,\n,nothing,,\nFees,again,,\n"),
        ("latin.txt", b"caf\xe9"),
        ("empty.md", b"  "),
        ("picture.png", b"\x89PNG"),
    ];
    let done = send(&ana, &format!("{content}/import"), &[("split", "true"), ("language", "en")], files).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let counts = ["made", "renewed", "unchanged", "refused"].map(|name| done.body[name].as_u64().unwrap());
    assert_eq!(counts, [4, 1, 1, 6], "{}", done.text);
    let files = done.body["files"].as_array().unwrap();
    let outcomes: Vec<&str> = files.iter().map(|file| file["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["renewed", "unchanged", "made", "made", "refused", "refused", "refused"]);
    let reasons: Vec<&str> =
        files[3]["contents"].as_array().unwrap().iter().map(|piece| piece["reason"].as_str().unwrap()).collect();
    assert_eq!(&reasons[..2], ["", ""]);
    assert!(reasons[2].contains("maybe") && reasons[3].contains("name") && reasons[4].contains("twice"), "{reasons:?}");
    assert!(files[4]["reason"].as_str().unwrap().contains("UTF-8"));
    assert!(files[5]["reason"].as_str().unwrap().contains("empty"));
    assert!(files[6]["reason"].as_str().unwrap().contains("Markdown"));
    // What the file does not say is as it was; what it says of the status counts.
    let hours = ana.get(&format!("{content}?q=nine")).await;
    assert_eq!(
        (&hours.body["items"][0]["tags"], &hours.body["items"][0]["status"]),
        (&json!(["kept"]), &json!("draft"))
    );
    assert_eq!(titles(&ana.get(&format!("{content}?status=ready&tag=guide")).await), ["Lost card", "Stolen card"]);
    assert_eq!(titles(&ana.get(&format!("{content}?language=de")).await), ["Hours"]);
    let again = send(&ana, &format!("{content}/import"), &[], &[("hours.md", b"# Hours\n\nWe open at nine.")]).await;
    assert_eq!((&again.body["unchanged"], &again.body["made"]), (&json!(1), &json!(0)));
    let log = ana.get(&world.path("workspace", "/audit-events?model=Content&action=import")).await;
    assert_eq!(log.body["items"].as_array().unwrap().len(), 1, "what changed nothing is not told");
}

#[tokio::test]
async fn forms_that_do_not_fit_are_told_so() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let import = format!("/api/v1/bots/{}/content/import", world.bot("workspace", 1));
    let some: &[(&str, &[u8])] = &[("a.md", b"text")];
    for (fields, files, field) in [
        (vec![], &[][..], "files"),
        (vec![("status", "perhaps")], some, "status"),
        (vec![("language", "klingonese")], some, "language"),
        (vec![("color", "red")], some, "color"),
    ] {
        let answer = send(&ana, &import, &fields, files).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            answer.text
        );
    }
    let many: Vec<(String, Vec<u8>)> = (0..201).map(|number| (format!("{number}.md"), b"x".to_vec())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert_eq!(send(&ana, &import, &[], &many).await.status, 422);
    let large = vec![b'a'; (2 << 20) + 100];
    let refused = send(&ana, &import, &[], &[("large.txt", &large), ("a.md", b"fine")]).await;
    assert_eq!((&refused.body["made"], &refused.body["refused"]), (&json!(1), &json!(1)), "{}", refused.text);
    let huge = vec![b'a'; 21 << 20];
    assert_eq!(send(&ana, &import, &[], &[("huge.txt", &huge)]).await.status, 413);
    let json = ana.post(&import, json!({})).await;
    assert_eq!(json.status, 415);
    let torn =
        ana.send_raw(Method::POST, &import, Some("multipart/form-data; boundary=edge"), b"--edge\r\nConte".to_vec());
    assert_eq!(torn.await.status, 400);
}

#[tokio::test]
async fn what_is_taken_out_runs_in_no_spreadsheet_and_is_read_back_as_it_was() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bots = [0, 1].map(|number| format!("/api/v1/bots/{}/content", world.bot("workspace", number)));
    let texts = ["=1+1", "- one\n- two", "'=quoted", "say \"so\", or not", "@SUM(A1)", "'tis"];
    for (number, text) in texts.into_iter().enumerate() {
        let body = json!({ "kind": "entry", "title": format!("Entry {number}"), "body": text, "tags": ["a", "b"],
            "source": "+1", "status": "ready" });
        make(&ana, &bots[1], body).await;
    }
    let said =
        json!({ "kind": "response", "title": "=Greeting", "variants": [{ "text": "=Hello" }, { "text": "Hi,\nyou" }] });
    make(&ana, &bots[1], said).await;
    let out = ana.get(&format!("{}/export", bots[1])).await;
    assert_eq!(out.status, 200);
    assert!(out.headers["content-disposition"].to_str().unwrap().contains("content-order-tracking"));
    let mut reader = csv::ReaderBuilder::new().from_reader(out.bytes.as_slice());
    for row in reader.records() {
        let row = row.unwrap();
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    let read = send(&ana, &format!("{}/import", bots[0]), &[], &[("content.csv", &out.bytes)]).await;
    assert_eq!((&read.body["made"], &read.body["refused"]), (&json!(7), &json!(0)), "{}", read.text);
    let back = ana.get(&format!("{}/export", bots[0])).await;
    assert_eq!(back.text, out.text);
    let one = ana.get(&format!("{}/export?kind=response", bots[0])).await;
    assert_eq!(one.text.lines().count(), 2, "{}", one.text);
    let cross = ana.header("sec-fetch-site", "cross-site").get(&format!("{}/export", bots[0])).await;
    assert_eq!(cross.status, 403);
}

#[tokio::test]
async fn t_7_g_3_g_5_content_is_for_whoever_holds_it() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let content = format!("/api/v1/bots/{}/content", world.bot("team", 0));
    let path = format!("{content}/{}", make(&owner, &content, entry("Hours", "Nine.")).await);
    // A Member reads, and writes nothing.
    assert_eq!(member.get(&content).await.body["items"][0]["can"], json!(["read"]));
    assert_eq!(member.get(&format!("{path}/versions/1")).await.status, 200);
    for (method, path, body) in [
        (Method::POST, content.clone(), entry("x", "y")),
        (Method::PATCH, path.clone(), json!({ "title": "x" })),
        (Method::DELETE, path.clone(), json!({})),
        (Method::POST, format!("{path}/versions/1/restore"), json!({})),
        (Method::POST, format!("{content}/import"), json!({})),
    ] {
        assert_eq!(member.send(method, &path, Some(body)).await.status, 403, "{path}");
    }
    // Another organization's content below one's own bot is not there.
    let ana = world.sign_in("Ana").await;
    let own = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let id = path.rsplit('/').next().unwrap();
    for rest in ["", "/versions", "/versions/1"] {
        assert_eq!(ana.get(&format!("{own}/{id}{rest}")).await.status, 404);
        assert_eq!(ana.get(&format!("{path}{rest}")).await.status, 404);
    }
    assert_eq!(ana.get(&format!("{content}/export")).await.status, 404);
}

#[tokio::test]
async fn w_3_whoever_holds_their_own_content_alone_sees_and_takes_out_no_other() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let content = format!("/api/v1/bots/{}/content", world.bot("workspace", 0));
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Author", "reach": "bots" })).await.id();
    let permissions = world.path("workspace", &format!("/roles/{role}/permissions"));
    for (model, action, relation) in [
        ("Content", "create", "team"),
        ("Content", "read", "owner"),
        ("Content", "update", "owner"),
        ("Content", "delete", "owner"),
    ] {
        let body = json!({ "model": model, "action": action, "relation": relation });
        assert_eq!(ana.post(&permissions, body).await.status, 201);
    }
    let tess = world
        .join(&ana, "workspace", "tess@example.com", std::slice::from_ref(&role), &[world.bot("workspace", 0)])
        .await;
    let person = tess.get("/api/v1/me").await.id();
    let team = format!("/api/v1/bots/{}/team/{person}", world.bot("workspace", 0));
    assert_eq!(ana.put(&team, json!({ "role_ids": [role] })).await.status, 200);
    let theirs =
        make(&ana, &content, json!({ "kind": "entry", "title": "Theirs", "body": "secret", "tags": ["hidden"] })).await;
    let own = make(&tess, &content, entry("Own", "mine")).await;
    let list = tess.get(&content).await;
    assert_eq!(titles(&list), ["Own"]);
    assert_eq!(list.body["items"][0]["can"], json!(["read", "update", "delete"]));
    assert_eq!(titles(&tess.get(&format!("{content}?q=secret")).await), Vec::<&str>::new());
    assert!(!tess.get(&format!("{content}/export")).await.text.contains("secret"));
    for rest in ["", "/versions", "/versions/1"] {
        assert_eq!(tess.get(&format!("{content}/{theirs}{rest}")).await.status, 404);
    }
    assert_eq!(tess.patch(&format!("{content}/{own}"), json!({ "body": "better" })).await.status, 200);
    let taken =
        send(&tess, &format!("{content}/import"), &[], &[("theirs.md", b"mine now"), ("own.md", b"best")]).await;
    assert_eq!((&taken.body["renewed"], &taken.body["refused"]), (&json!(1), &json!(1)), "{}", taken.text);
    assert!(taken.body["files"][0]["contents"][0]["reason"].as_str().unwrap().contains("not yours"));
    assert_eq!(ana.get(&format!("{content}/{theirs}")).await.body["body"], "secret");
}

#[tokio::test]
async fn an_intent_answers_with_a_response_of_the_content() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 1));
    let content = format!("{bot}/content");
    let said = |language: &str| json!({ "kind": "response", "title": "Blocked", "language": language, "variants": [{ "text": "x" }] });
    let english = make(&ana, &content, said("en")).await;
    let german = make(&ana, &content, said("de")).await;
    let entry = make(&ana, &content, entry("Not a response", "x")).await;
    let made = ana
        .post(&format!("{bot}/training"), json!({ "name": "lost card", "examples": ["gone"], "response_id": english }))
        .await;
    assert_eq!((made.status.as_u16(), &made.body["response_id"]), (201, &json!(english)), "{}", made.text);
    let other = make(&ana, &format!("/api/v1/bots/{}/content", world.bot("workspace", 0)), said("en")).await;
    let intent = format!("{bot}/training/{}", made.id());
    for wrong in [entry.as_str(), other.as_str(), made.id().as_str()] {
        let refused = ana.patch(&intent, json!({ "response_id": wrong })).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (422, &json!("response_id")),
            "{}",
            refused.text
        );
    }
    assert_eq!(ana.patch(&intent, json!({ "name": "card lost" })).await.body["response_id"], json!(english));
    // One language of it gone, another stands for it; with the last one the intent has its own text again.
    assert_eq!(ana.delete(&format!("{content}/{english}")).await.status, 204);
    assert_eq!(ana.get(&intent).await.body["response_id"], json!(german));
    assert_eq!(ana.delete(&format!("{content}/{german}")).await.status, 204);
    assert_eq!(ana.get(&intent).await.body["response_id"], Value::Null);
    let again = make(&ana, &content, said("en")).await;
    assert_eq!(ana.patch(&intent, json!({ "response_id": again })).await.body["response_id"], json!(again));
    assert_eq!(ana.patch(&intent, json!({ "response_id": null })).await.body["response_id"], Value::Null);
}

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

#[tokio::test]
async fn the_bots_of_the_demo_know_what_they_are_asked() {
    let world = World::new().await;
    rolecall_server::demo::furnish(&world.app, &world.demo).await.unwrap();
    for (preset, founder, question, intent) in [
        ("workspace", "Ana", "where is the parcel I ordered", "track order"),
        ("agency", "Bea", "which password does the wifi have", "wifi"),
        ("team", "Carla", "how many days of vacation do I get", "holidays"),
        ("projects", "Dora", "my identity card has run out", "identity card"),
    ] {
        let client = world.sign_in(founder).await;
        let bot = format!("/api/v1/bots/{}", world.bot(preset, 0));
        let ready = client.get(&format!("{bot}/content?kind=entry&status=ready&limit=200")).await;
        assert!(ready.body["items"].as_array().unwrap().len() >= 40, "{preset}");
        let training = client.get(&format!("{bot}/training/train")).await;
        assert_eq!(training.body["up_to_date"], true);
        assert_eq!(training.body["report"]["contradictions"], json!([]), "{preset}");
        let asked = client.post(&format!("{bot}/playground/understand"), json!({ "texts": [question] })).await;
        assert_eq!(asked.body["items"][0]["intent"], intent, "{}", asked.text);
        let drafts = client.get(&format!("/api/v1/bots/{}/content?status=draft", world.bot(preset, 1))).await;
        assert_eq!(drafts.body["items"].as_array().unwrap().len(), 5, "{preset}");
    }
}
