//! Content in files: taken in with what came of each, taken out, and what the demo's bots are given.

use http::Method;
use serde_json::json;

use crate::content::{entry, make, send, titles};
use crate::world::World;

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
