//! Figures of a bot's use: what is counted, on which day, who sees it, and what is taken out.

use rolecall_access::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::conversations::line;
use crate::world::{Answer, Client, World};

const ADDRESS: &str = "Do you deliver to bob@example.com?";

/// An instant of May 2026: its day, hour and minute (UTC).
const fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp((1_777_593_600 + (day - 1) * 86_400 + hour * 3_600 + minute * 60) * 1_000_000)
}

/// Two conversations of the preset's first bot: one by the web around midnight in Kolkata, one by a key the morning after.
async fn talked(world: &World, preset: &str) -> String {
    let id = world.bot(preset, 0);
    let bot: Uuid = id.parse().unwrap();
    let first =
        [line("visitor", "Where is my parcel?"), line("bot", "a1"), line("visitor", ADDRESS), line("bot", "a2")];
    world.scratch.hold_conversation(bot, Some(at(2, 18, 27)), &first).await.unwrap();
    let second = [
        line("visitor", "do you deliver to BOB@example.com?"),
        line("bot", "b1"),
        line("visitor", "A person!"),
        line("bot", "b2"),
        line("note", "Ana joined"),
        line("agent", "Hello"),
    ];
    world.scratch.hold_conversation(bot, Some(at(3, 5, 0)), &second).await.unwrap();
    for (text, outcome, took, intent) in [
        ("a1", "answered", 10_000, "=parcel"),
        ("a2", "fallback", 20_000, ""),
        ("b1", "fallback", 40_000, ""),
        ("b2", "handover", 1_000_000, ""),
    ] {
        let set = format!(
            "UPDATE message SET outcome = '{outcome}', took = {took}, intent = '{intent}' WHERE text = '{text}'"
        );
        assert_eq!(world.scratch.execute(&set).await.unwrap(), 1);
    }
    let other = "UPDATE conversation SET bot_version = 12, language = 'de', channel = 'api' WHERE number = 2";
    assert_eq!(world.scratch.execute(other).await.unwrap(), 1);
    format!("/api/v1/bots/{id}/analytics")
}

const DAYS: &str = "from=2026-05-02&until=2026-05-03";

async fn read(client: &Client, path: &str, query: &str) -> Answer {
    let answer = client.get(&format!("{path}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer
}

/// A row: its key, conversations, messages, the three outcomes, the time of half of the replies.
fn rows(answer: &Answer) -> Value {
    let row = |row: &Value| {
        let of = |name: &str| row["figures"][name].clone();
        let fields = ["conversations", "messages", "answered", "fallback", "handover", "median_ms"];
        let mut all = vec![row["key"].clone()];
        all.extend(fields.map(of));
        Value::from(all)
    };
    answer.body["rows"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn t_2_figures_are_those_of_what_was_said() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, "workspace").await;
    let all = read(&ana, &path, DAYS).await;
    let totals = json!({
        "conversations": 2, "messages": 9, "replies": 4, "answered": 1, "fallback": 2, "handover": 1,
        "answered_rate": 0.25, "fallback_rate": 0.5, "handover_rate": 0.25, "median_ms": 20.0, "p95_ms": 1000.0,
    });
    assert_eq!(all.body["totals"], totals);
    assert_eq!(all.body["intents"], json!([{ "intent": "=parcel", "count": 1 }]));
    let unanswered = all.body["unanswered"].as_array().unwrap();
    assert_eq!((unanswered.len(), &unanswered[0]["count"]), (1, &json!(2)), "{}", all.text);
    assert_eq!(unanswered[0]["text"].as_str().unwrap().to_lowercase(), ADDRESS.to_lowercase());
    let days = json!([["2026-05-02", 1, 4, 1, 1, 0, 10.0], ["2026-05-03", 1, 5, 0, 1, 1, 40.0]]);
    assert_eq!(rows(&all), days);
    let versions = json!([["12", 1, 5, 0, 1, 1, 40.0], ["1", 1, 4, 1, 1, 0, 10.0]]);
    assert_eq!(rows(&read(&ana, &path, &format!("{DAYS}&by=version")).await), versions);
    let languages = json!([["de", 1, 5, 0, 1, 1, 40.0], ["en", 1, 4, 1, 1, 0, 10.0]]);
    assert_eq!(rows(&read(&ana, &path, &format!("{DAYS}&by=language")).await), languages);
    let web = read(&ana, &path, &format!("{DAYS}&channel=web")).await;
    assert_eq!((&web.body["totals"]["messages"], &web.body["totals"]["handover"]), (&json!(4), &json!(0)));
    // The last 30 days are shown if none are named, each of them; elsewhere nothing was said.
    let usual = read(&ana, &path, "").await;
    assert_eq!((usual.body["rows"].as_array().unwrap().len(), &usual.body["until"]), (30, &json!("2026-05-03")));
    assert_eq!(usual.body["totals"], totals);
    let before = read(&ana, &path, "from=2026-04-01&until=2026-05-01").await;
    assert_eq!(
        (&before.body["totals"]["messages"], &before.body["totals"]["answered_rate"]),
        (&json!(0), &Value::Null)
    );
    let other = format!("/api/v1/bots/{}/analytics", world.bot("workspace", 1));
    assert_eq!(read(&ana, &other, DAYS).await.body["totals"]["messages"], 0);
    for query in [
        "from=x",
        "until=2026-13-01",
        "from=2026-05-04&until=2026-05-03",
        "from=2025-03-29&until=2026-05-03",
        "by=x",
        "from=1999-12-31",
        "until=9999-12-31",
        "other=x",
        "from=2026-05-02T00:00:00Z",
    ] {
        assert_eq!(ana.get(&format!("{path}?{query}")).await.status, 422, "{query}");
    }
    let long = format!("{path}?channel={}", "x".repeat(201));
    assert_eq!(ana.get(&long).await.status, 422);
}

#[tokio::test]
async fn days_begin_at_midnight_in_the_bots_time_zone() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, "workspace").await;
    let settings = format!("/api/v1/bots/{}/settings", world.bot("workspace", 0));
    assert_eq!(ana.patch(&settings, json!({ "time_zone": "Asia/Kolkata" })).await.status, 200);
    let all = read(&ana, &path, DAYS).await;
    assert_eq!(all.body["time_zone"], "Asia/Kolkata");
    // What was said from 18:30 UTC on is of the next day there, though its conversation began before.
    assert_eq!(rows(&all), json!([["2026-05-02", 1, 2, 1, 0, 0, 10.0], ["2026-05-03", 1, 7, 0, 2, 1, 40.0]]));
    let second = read(&ana, &path, "from=2026-05-03&until=2026-05-03").await;
    assert_eq!((&second.body["totals"]["conversations"], &second.body["totals"]["messages"]), (&json!(1), &json!(7)));
    let first = read(&ana, &path, "from=2026-05-02&until=2026-05-02").await;
    assert_eq!((&first.body["totals"]["messages"], &first.body["unanswered"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn g_5_t_2_figures_need_their_permission_and_sentences_that_of_conversations() {
    let world = World::new().await;
    let path = talked(&world, "team").await;
    let (carla, finn) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    // Who reads conversations without answering them sees no address, here neither.
    assert!(read(&carla, &path, DAYS).await.text.to_lowercase().contains("bob@example.com"));
    let masked = read(&finn, &path, DAYS).await;
    assert!(!masked.text.contains("example.com") && masked.text.contains("•••@•••"), "{}", masked.text);
    let taken = read(&finn, &format!("{path}/export"), &format!("{DAYS}&table=unanswered")).await;
    assert!(!taken.text.contains("example.com") && taken.text.contains("•••@•••"), "{}", taken.text);
    // Another organization's is not there.
    let ana = world.sign_in("Ana").await;
    for rest in ["", "/export"] {
        assert_eq!(ana.get(&format!("{path}{rest}")).await.status, 404);
    }
    // Who has the figures alone is told no sentence; who has neither, nothing.
    let world = World::new().await;
    let (dora, ines) = (world.sign_in("Dora").await, world.sign_in("Ines").await);
    let path = talked(&world, "projects").await;
    let team = format!("/api/v1/bots/{}/team", world.bot("projects", 0));
    let people = json!({ "user_ids": [world.person("Dora"), world.person("Emil"), world.person("Ines")] });
    assert_eq!(dora.put(&team, people).await.status, 200);
    assert_eq!(ines.get(&path).await.status, 403);
    assert_eq!(ines.get(&format!("{path}/export?from=x")).await.status, 403);
    let grant = json!({ "permissions": [{ "model": "Analytics", "action": "read" }] });
    assert_eq!(dora.put(&format!("{team}/{}", world.person("Ines")), grant).await.status, 200);
    let figures = read(&ines, &path, DAYS).await;
    assert_eq!((&figures.body["unanswered"], &figures.body["totals"]["fallback"]), (&Value::Null, &json!(2)));
    assert!(!figures.text.contains("deliver"), "{}", figures.text);
    assert_eq!(ines.get(&format!("{path}/export?{DAYS}&table=unanswered")).await.status, 403);
    assert!(!read(&ines, &format!("{path}/export"), DAYS).await.text.contains("deliver"));
    let slug = ines.get(&path.replace("/analytics", "")).await.body["slug"].as_str().unwrap().to_owned();
    let page = ines.page(&format!("/{}/bots/{slug}/analytics?{DAYS}", world.organization("projects").slug)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<svg") && !page.text.contains("deliver"), "{}", page.text);
}

#[tokio::test]
async fn tables_of_figures_are_taken_out_and_run_nothing() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, "workspace").await;
    let export = format!("{path}/export");
    let table = read(&ana, &export, DAYS).await;
    assert!(table.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(table.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let lines: Vec<&str> = table.text.lines().collect();
    let head = "day,conversations,messages,replies,answered,fallback,handover,answered_rate,fallback_rate,handover_rate,\
                median_ms,p95_ms";
    assert_eq!(lines, [head, "2026-05-02,1,4,2,1,1,0,0.5,0.5,0,10,20", "2026-05-03,1,5,2,0,1,1,0,0.5,0.5,40,1000"]);
    let intents = read(&ana, &export, &format!("{DAYS}&table=intents")).await;
    assert_eq!(intents.text, "intent,count\r\n'=parcel,1\r\n");
    let unanswered = read(&ana, &export, &format!("{DAYS}&table=unanswered")).await;
    assert!(
        unanswered.text.lines().nth(1).unwrap().ends_with("?,2,2026-05-03T05:01:00.000000Z"),
        "{}",
        unanswered.text
    );
    let wrong = ana.get(&format!("{export}?table=x")).await;
    assert_eq!((wrong.status.as_u16(), wrong.body["errors"][0]["field"].as_str()), (422, Some("table")));
    let foreign = ana.header("sec-fetch-site", "cross-site").get(&export).await;
    assert_eq!(foreign.status, 403, "another site takes nothing out");
    let log = ana.get(&world.path("workspace", "/audit-events?model=Analytics&action=export")).await;
    assert_eq!(log.body["items"].as_array().unwrap().len(), 3, "{}", log.text);
}

#[tokio::test]
async fn the_page_of_figures_works_without_a_script() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, "workspace").await;
    let script = "<script>alert(1)</script>";
    let set = format!("UPDATE message SET text = '{script}', text_folded = 'x', intent = '{script}' WHERE number = 3");
    world.scratch.execute(&set).await.unwrap();
    let slug = ana.get(&path.replace("/analytics", "")).await.body["slug"].as_str().unwrap().to_owned();
    let page = format!("/{}/bots/{slug}/analytics", world.organization("workspace").slug);
    for query in ["", "days=7", "days=90&by=version", "by=language&channel=web", DAYS, "days=x&by=x"] {
        let shown = ana.page(&format!("{page}?{query}")).await;
        assert_eq!(shown.status, 200, "{query}: {}", shown.text);
        assert!(shown.text.contains("role=\"img\"") && shown.text.contains("class=\"chart"), "{query}");
        assert!(!shown.text.contains(script) && !shown.text.contains(" style="), "{query}");
    }
    let empty = ana.page(&format!("{page}?from=2026-04-01&until=2026-04-02")).await;
    assert!(
        empty.text.contains("Nothing was said on these days") && !empty.text.contains("class=\"chart"),
        "{}",
        empty.text
    );
    for query in ["from=yesterday", "from=2026-05-04&until=2026-05-03", "from=2020-01-01"] {
        let wrong = ana.page(&format!("{page}?{query}")).await;
        assert_eq!(wrong.status, 422, "{query}");
        assert!(wrong.text.contains("aria-invalid"), "{query}: {}", wrong.text);
    }
}
