//! Conversations: who reads what of them, who answers, what is taken out and deleted.

use http::{Method, StatusCode};
use rolecall_access::Timestamp;
use rolecall_store::resource::Contact;
use rolecall_store::scratch::Line;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// When the clock of the tests stands: Sunday, 3 May 2026, 09:30 UTC.
pub const NOW: i64 = 1_777_800_600_000_000;

pub const fn line<'a>(sender: &'a str, text: &'a str) -> Line<'a> {
    Line { sender, text }
}

/// A conversation that waits for a person, whose visitor has left an address and written another.
pub async fn waiting(world: &World, preset: &str, bot: usize) -> (String, String) {
    let said = [
        line("visitor", "Where is my parcel?"),
        line("bot", "I do not know."),
        line("visitor", "Write to bob@example.com or call +49 30 901820, please"),
    ];
    let id = world.bot(preset, bot);
    let held = world.scratch.hold_conversation(id.parse().unwrap(), Some(Timestamp(NOW)), &said).await.unwrap();
    let contact = Contact {
        name: "Bob Visitor".to_owned(),
        email: "bob@home.example".to_owned(),
        phone: "030 555 0199".to_owned(),
    };
    assert!(world.app.store.set_contact(held, &contact, world.app.now()).await.unwrap());
    (format!("/api/v1/bots/{id}/conversations"), held.to_string())
}

#[tokio::test]
async fn a_6_t_3_conversations_are_listed_and_read_with_filters() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (list, id) = waiting(&world, "workspace", 0).await;
    let bot: Uuid = world.bot("workspace", 0).parse().unwrap();
    let quiet = world.scratch.hold_conversation(bot, None, &[line("visitor", "Hello 100%")]).await.unwrap();
    let ids = |answer: &crate::world::Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let items = answer.body["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&ana.get(&list).await), [id.clone(), quiet.to_string()], "the last first");
    for (query, found) in [
        ("status=waiting", vec![id.clone()]),
        ("status=bot", vec![quiet.to_string()]),
        ("assigned=me", vec![]),
        ("assigned=nobody&channel=web&sort=number", vec![id.clone(), quiet.to_string()]),
        ("channel=api", vec![]),
        ("q=PARCEL", vec![id.clone()]),
        ("q=100%25", vec![quiet.to_string()]),
        ("q=10_%25", vec![]),
        ("q=bob@home", vec![id.clone()]),
        ("q=%232", vec![quiet.to_string()]),
        ("from=2026-05-03T09:31:00Z", vec![id.clone()]),
        ("until=2026-05-03T09:31:00Z", vec![quiet.to_string()]),
    ] {
        assert_eq!(ids(&ana.get(&format!("{list}?{query}")).await), found, "{query}");
    }
    for query in ["status=x", "assigned=x", "sort=x", "from=x", "limit=0", "cursor=x", "other=x"] {
        assert_eq!(ana.get(&format!("{list}?{query}")).await.status, 422, "{query}");
    }
    let first = ana.get(&format!("{list}?limit=1")).await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    assert_eq!(ids(&ana.get(&format!("{list}?limit=1&cursor={cursor}")).await), [quiet.to_string()]);
    let one = ana.get(&format!("{list}/{id}")).await;
    assert_eq!(one.status, 200, "{}", one.text);
    assert_eq!(one.body["messages"].as_array().unwrap().len(), 3);
    assert_eq!((&one.body["status"], &one.body["masked"]), (&json!("waiting"), &json!(false)));
    assert_eq!(one.body["contact"]["email"], "bob@home.example");
    let earlier = ana.get(&format!("{list}/{id}?before=2")).await;
    assert_eq!(earlier.body["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn g_5_whoever_may_not_answer_sees_no_contact_anywhere() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let (list, id) = waiting(&world, "team", 0).await;
    let one = format!("{list}/{id}");
    let slug = owner.get(&format!("/api/v1/bots/{}", world.bot("team", 0))).await.body["slug"].clone();
    let page = format!("/{}/bots/{}/conversations", world.organization("team").slug, slug.as_str().unwrap());
    let secrets = ["bob@example.com", "example.com", "901820", "home.example", "555 0199"];
    for path in [
        list.clone(),
        one.clone(),
        format!("{one}/export"),
        format!("{one}/export?format=text&person=true"),
        page.clone(),
        format!("{page}/{id}"),
        format!("{page}?q=parcel"),
    ] {
        let (open, masked) = (owner.page(&path).await, member.page(&path).await);
        assert_eq!((open.status, masked.status), (StatusCode::OK, StatusCode::OK), "{path}: {}", masked.text);
        assert!(secrets.iter().any(|secret| open.text.contains(secret)), "{path}: {}", open.text);
        for secret in secrets {
            assert!(!masked.text.contains(secret), "{path} shows {secret}: {}", masked.text);
        }
        assert!(masked.text.contains("•••@•••"), "{path}: {}", masked.text);
        assert!(masked.text.contains("Bob Visitor"), "{path}");
    }
    // What is masked is found by nobody who may not see it, piece by piece neither.
    for q in ["bob@example", "@example.com", "example", "901820", "home", "555", "bob@home.example"] {
        let found = |answer: &crate::world::Answer| answer.body["items"].as_array().unwrap().len();
        assert_eq!(found(&owner.get(&format!("{list}?q={q}")).await), 1, "{q}");
        let masked = member.get(&format!("{list}?q={q}")).await;
        assert_eq!((found(&masked), &masked.body["next_cursor"]), (0, &Value::Null), "{q}");
    }
    for q in ["parcel", "Bob%20Visitor", "call", "please", "%231"] {
        assert_eq!(member.get(&format!("{list}?q={q}")).await.body["items"].as_array().unwrap().len(), 1, "{q}");
    }
    for (method, rest, body) in [
        (Method::POST, "/take-over", json!({})),
        (Method::POST, "/reply", json!({ "text": "x" })),
        (Method::POST, "/give-back", json!({})),
        (Method::POST, "/assign", json!({ "user_id": world.person("Finn") })),
        (Method::POST, "/close", json!({})),
        (Method::DELETE, "", json!({})),
    ] {
        assert_eq!(member.send(method, &format!("{one}{rest}"), Some(body)).await.status, 403, "{rest}");
    }
    assert_eq!(member.get(&format!("{list}/agents")).await.status, 403);
    // Another organization's is not there, by whichever bot it is asked for.
    let ana = world.sign_in("Ana").await;
    let own = format!("/api/v1/bots/{}/conversations/{id}", world.bot("workspace", 0));
    for path in [one.clone(), own, list.clone()] {
        assert_eq!(ana.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(ana.post(&format!("{one}/reveal"), json!({ "reason": "x" })).await.status, 404);
}

#[tokio::test]
async fn g_5_a_contact_is_revealed_for_a_reason_that_the_audit_log_keeps() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let (list, id) = waiting(&world, "team", 0).await;
    let reveal = format!("{list}/{id}/reveal");
    for reason in ["", "   ", "\n\t"] {
        assert_eq!(member.post(&reveal, json!({ "reason": reason })).await.status, 422);
    }
    assert_eq!(member.post(&reveal, json!({ "reason": "x".repeat(501) })).await.status, 422);
    let shown = member.post(&reveal, json!({ "reason": "He asked to be called back." })).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.body["contact"]["phone"], "030 555 0199");
    assert_eq!(shown.body["mentioned"], json!(["+49 30 901820", "bob@example.com"]));
    assert_eq!(member.get(&format!("{list}/{id}")).await.body["contact"]["email"], "•••@•••");
    let log = owner.get(&world.path("team", "/audit-events?action=reveal")).await;
    let rows = log.body["items"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{}", log.text);
    assert_eq!(rows[0]["after"]["reason"], "He asked to be called back.");
    assert!(rows[0]["actor_name"].as_str().unwrap().starts_with("Finn"));
    // Nothing of the contact stands in the log.
    assert!(!owner.get(&world.path("team", "/audit-events")).await.text.contains("home.example"));
}

#[tokio::test]
async fn p_16_of_two_who_take_over_one_does_and_the_other_is_told_who() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let (list, id) = waiting(&world, "workspace", 0).await;
    let one = format!("{list}/{id}");
    let take = format!("{one}/take-over");
    let (first, second) = tokio::join!(ana.post(&take, json!({})), mei.post(&take, json!({})));
    let (winner, loser, told) = if first.status == 200 { (&ana, &mei, second) } else { (&mei, &ana, first) };
    assert_eq!((told.status.as_u16(), told.problem()), (409, "/problems/wrong-state"), "{}", told.text);
    let holder = winner.get("/api/v1/me").await.body["name"].as_str().unwrap().to_owned();
    assert!(told.body["detail"].as_str().unwrap().starts_with(&holder), "{}", told.text);
    let refused = loser.post(&format!("{one}/reply"), json!({ "text": "Me too!" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.body["detail"].as_str().unwrap().contains(&holder));
    assert_eq!(winner.post(&take, json!({})).await.status, 200, "again is the same");
    let own = json!({ "text": "Hello, I am here.", "id": "019ded2c-59c0-7079-ab84-79c643b52cae" });
    let said = winner.post(&format!("{one}/reply"), own.clone()).await;
    assert_eq!(said.status, 201, "{}", said.text);
    let again = winner.post(&format!("{one}/reply"), own).await;
    assert_eq!(again.body["number"], said.body["number"], "sent again, it is said once");
    let read = winner.get(&one).await;
    let said: Vec<&str> =
        read.body["messages"].as_array().unwrap().iter().skip(3).map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(said, [format!("{holder} joined").as_str(), "Hello, I am here."]);
    assert_eq!((&read.body["status"], &read.body["waiting_since"]), (&json!("agent"), &Value::Null));
}

#[tokio::test]
async fn p_16_conversations_are_given_on_given_back_and_closed() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let (list, id) = waiting(&world, "workspace", 0).await;
    let one = format!("{list}/{id}");
    let say = json!({ "text": "<b>Hi</b>\u{7}\r\nthere" });
    // A reply takes it over where nobody has.
    let said = ana.post(&format!("{one}/reply"), say).await;
    assert_eq!((said.status.as_u16(), &said.body["text"]), (201, &json!("<b>Hi</b>\nthere")), "{}", said.text);
    assert_eq!(ana.get(&format!("{list}?assigned=me")).await.body["items"][0]["status"], "agent");
    for (user, status) in [(world.person("Mei"), 200), (world.person("Finn"), 422), (Uuid::nil().to_string(), 422)] {
        let given = ana.post(&format!("{one}/assign"), json!({ "user_id": user })).await;
        assert_eq!(given.status, status, "{}", given.text);
    }
    assert_eq!(ana.post(&format!("{one}/reply"), json!({ "text": "still me" })).await.status, 409);
    assert_eq!(mei.post(&format!("{one}/reply"), json!({ "text": "Mine now" })).await.status, 201);
    // Who may answer no more holds nobody up.
    let suspended = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    assert_eq!(ana.patch(&suspended, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(ana.post(&format!("{one}/take-over"), json!({})).await.status, 200);
    let back = ana.post(&format!("{one}/give-back"), json!({})).await;
    assert_eq!((&back.body["status"], &back.body["assigned_to"]), (&json!("bot"), &Value::Null), "{}", back.text);
    assert_eq!(ana.post(&format!("{one}/give-back"), json!({})).await.status, 409);
    let closed = ana.post(&format!("{one}/close"), json!({})).await;
    assert_eq!(closed.body["status"], "closed", "{}", closed.text);
    for rest in ["take-over", "give-back", "close"] {
        assert_eq!(ana.post(&format!("{one}/{rest}"), json!({})).await.status, 409, "{rest}");
    }
    for text in ["", " \n ", &"x".repeat(4_001)] {
        assert_eq!(ana.post(&format!("{one}/reply"), json!({ "text": text })).await.status, 422);
    }
    let agents = ana.get(&format!("{list}/agents")).await;
    assert_eq!(agents.names(), ["Ana Marchetti", "Jonas Weber", "Omar Haddad"]);
    let log = ana.get(&world.path("workspace", "/audit-events?model=Conversation&limit=200")).await;
    let actions: Vec<&str> =
        log.body["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    for action in ["take_over", "reply", "assign", "give_back", "close"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
}

#[tokio::test]
async fn a_6_one_persons_data_is_taken_out_and_deleted_for_good() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (list, id) = waiting(&world, "workspace", 0).await;
    let (_, other) = waiting(&world, "workspace", 0).await;
    let bot: Uuid = world.bot("workspace", 0).parse().unwrap();
    let stranger = world.scratch.hold_conversation(bot, None, &[line("visitor", "Somebody else")]).await.unwrap();
    let (_, elsewhere) = waiting(&world, "workspace", 1).await;
    let taken = ana.get(&format!("{list}/{id}/export?person=true")).await;
    assert_eq!(taken.body["conversations"].as_array().unwrap().len(), 2, "{}", taken.text);
    assert!(taken.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let text = ana.get(&format!("{list}/{id}/export?format=text")).await.text;
    assert!(text.contains("E-mail: bob@home.example") && text.contains("Where is my parcel?"), "{text}");
    assert_eq!(ana.get(&format!("{list}/{id}/export?format=pdf")).await.status, 422);
    let foreign = ana.header("sec-fetch-site", "cross-site").get(&format!("{list}/{id}/export")).await;
    assert_eq!(foreign.status, 403, "another site takes nothing out");
    assert_eq!(ana.delete(&format!("{list}/{id}?person=true")).await.status, 204);
    for (gone, status) in [(id.clone(), 404), (other, 404), (stranger.to_string(), 200)] {
        assert_eq!(ana.get(&format!("{list}/{gone}")).await.status, status);
    }
    let second = format!("/api/v1/bots/{}/conversations/{elsewhere}", world.bot("workspace", 1));
    assert_eq!(ana.get(&second).await.status, 200, "another bot's stays");
    let left = world.scratch.texts("SELECT text FROM message").await.unwrap();
    assert_eq!(left.iter().filter(|text| text.contains("parcel")).count(), 1, "{left:?}");
    assert_eq!(ana.delete(&format!("{list}/{id}")).await.status, 404);
}

#[tokio::test]
async fn the_conversation_pages_work_without_a_script() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let (_, id) = waiting(&world, "workspace", 0).await;
    let bot: Uuid = world.bot("workspace", 0).parse().unwrap();
    let script = "<script>alert(1)</script>";
    let held = world.scratch.hold_conversation(bot, None, &[line("visitor", script)]).await.unwrap();
    let contact = Contact { name: script.to_owned(), ..Contact::default() };
    assert!(world.app.store.set_contact(held, &contact, world.app.now()).await.unwrap());
    let slug = ana.get(&format!("/api/v1/bots/{bot}")).await.body["slug"].as_str().unwrap().to_owned();
    let list = format!("/{}/bots/{slug}/conversations", world.organization("workspace").slug);
    for path in [list.clone(), format!("{list}/{held}"), format!("{list}/{held}/delete"), format!("{list}/hours")] {
        let page = ana.page(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(!page.text.contains(script), "{path}");
    }
    let (one, person) = (format!("{list}/{id}"), world.person("Mei"));
    for (rest, fields, to) in [
        ("/take-over", vec![], one.clone()),
        (
            "/reply",
            vec![("text", "Hello there"), ("id", "019ded2c-59c0-7079-ab84-79c643b52cae")],
            format!("{one}#reply"),
        ),
        ("/assign", vec![("user_id", person.as_str())], one.clone()),
    ] {
        let answer = ana.form(&format!("{one}{rest}"), &fields).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, to.as_str()), "{rest}: {}", answer.text);
    }
    let late = ana.form(&format!("{one}/reply"), &[("text", "typed in vain")]).await;
    assert_eq!(late.status, 422, "{}", late.text);
    assert!(late.text.contains("Mei Tanaka answers this conversation already") && late.text.contains("typed in vain"));
    assert!(ana.page(&one).await.text.contains("Hello there"));
    let revealed = ana.form(&format!("{one}/reveal"), &[("reason", "")]).await;
    assert_eq!(revealed.status, 422);
    let empty = mei.form(&format!("{one}/reply"), &[("text", "  ")]).await;
    assert_eq!(empty.status, 422);
    for rest in ["/give-back", "/close", "/delete"] {
        assert_eq!(ana.form(&format!("{one}{rest}"), &[]).await.status, 303, "{rest}");
    }
    assert_eq!(ana.page(&one).await.status, 404);
    let wrong = ana.page(&format!("{list}?from=yesterday")).await;
    assert_eq!(wrong.status, 422);
}
