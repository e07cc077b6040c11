//! What visitors said that a bot had no answer to, labelled by who teaches it.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Client, World};

const SAID: [&str; 4] = ["Do you sell umbrellas?", "do you sell UMBRELLAS?", "Write to bob@example.com", "tell a joke"];

/// The preset's published bot, taught, and what visitors said to it.
async fn talked(world: &World, client: &Client, preset: &str) -> String {
    let id = world.bot(preset, 0);
    let bot = format!("/api/v1/bots/{id}");
    let lesson =
        json!({ "intents": [{ "name": "greeting", "response": "Hi!", "examples": ["hello", "hi", "good day"] }] });
    assert_eq!(client.post(&format!("{bot}/training/import"), lesson).await.status, 200);
    let live = client.put(&format!("{bot}/publication"), json!({})).await;
    assert_eq!(live.status, 200, "{}", live.text);
    for text in SAID {
        world.pass(1);
        say(world, &id, text).await;
    }
    format!("{bot}/unmatched")
}

async fn say(world: &World, bot: &str, text: &str) {
    let said = world.anonymous().post(&format!("/chat/v1/{bot}/messages"), json!({ "text": text })).await;
    assert_eq!(said.status, 201, "{}", said.text);
}

async fn listed(client: &Client, path: &str) -> Vec<(String, String, i64)> {
    let list = client.get(path).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let one = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (text("id"), text("text"), one["count"].as_i64().unwrap())
    };
    list.body["items"].as_array().unwrap().iter().map(one).collect()
}

fn words(listed: &[(String, String, i64)]) -> Vec<(&str, i64)> {
    listed.iter().map(|(_, text, count)| (text.as_str(), *count)).collect()
}

#[tokio::test]
async fn what_was_labelled_or_ignored_does_not_come_back() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, &ana, "workspace").await;
    let all = listed(&ana, &path).await;
    assert_eq!((all.len(), all[0].2), (3, 2), "{all:?}");
    assert_eq!(all[0].1.to_lowercase(), "do you sell umbrellas?");
    let latest = listed(&ana, &format!("{path}?sort=-last_at&limit=1")).await;
    assert_eq!(words(&latest), [("tell a joke", 1)]);
    assert_eq!(words(&listed(&ana, &format!("{path}?q=BOB@")).await), [("Write to bob@example.com", 1)]);
    let id = |text: &str| all.iter().find(|one| one.1.eq_ignore_ascii_case(text)).unwrap().0.clone();
    // A new intent, with other words than were said.
    let body =
        json!({ "sentences": [{ "id": id(SAID[0]), "text": "do you have  umbrellas" }], "new_intent": "umbrellas" });
    let made = ana.post(&format!("{path}/label"), body).await;
    assert_eq!((made.status.as_u16(), &made.body["settled"]), (200, &json!(1)), "{}", made.text);
    let intent =
        format!("{}/training/{}", path.trim_end_matches("/unmatched"), made.body["intent_id"].as_str().unwrap());
    assert_eq!(ana.get(&intent).await.body["examples"], json!(["do you have umbrellas"]));
    // One that is there; the visitor's own words.
    let body = json!({ "sentences": [{ "id": id("tell a joke") }], "intent_id": made.body["intent_id"] });
    assert_eq!(ana.post(&format!("{path}/label"), body.clone()).await.status, 200);
    assert_eq!(ana.get(&intent).await.body["examples"], json!(["do you have umbrellas", "tell a joke"]));
    let gone = ana.post(&format!("{path}/label"), body).await;
    assert_eq!((gone.status.as_u16(), &gone.body["errors"][0]["field"]), (422, &json!("sentences.0.id")));
    let ignored = ana.post(&format!("{path}/ignore"), json!({ "ids": [id("Write to bob@example.com")] })).await;
    assert_eq!(ignored.status, 200, "{}", ignored.text);
    let audit = ana.get(&world.path("workspace", "/audit-events?q=ignore")).await;
    assert!(!audit.text.contains("bob@"), "{}", audit.text);
    say(&world, &world.bot("workspace", 0), "TELL a joke").await;
    assert_eq!(words(&listed(&ana, &path).await), []);
    say(&world, &world.bot("workspace", 0), "sing a song").await;
    let left = listed(&ana, &path).await;
    let none = json!({ "sentences": [{ "id": left[0].0 }], "out_of_scope": true });
    assert_eq!(ana.post(&format!("{path}/label"), none).await.status, 200);
    let none = ana.get(&format!("{}/training/out-of-scope", path.trim_end_matches("/unmatched"))).await;
    assert_eq!(none.body["examples"], json!(["sing a song"]));
}

#[tokio::test]
async fn what_is_to_be_taught_must_mean_one_thing() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, &ana, "workspace").await;
    let id = listed(&ana, &path).await[0].0.clone();
    let sentences = json!([{ "id": id }]);
    for body in [
        json!({ "sentences": sentences }),
        json!({ "sentences": sentences, "out_of_scope": true, "new_intent": "x" }),
        json!({ "sentences": [], "out_of_scope": true }),
        json!({ "sentences": sentences, "new_intent": " " }),
        json!({ "sentences": sentences, "intent_id": id }),
        json!({ "sentences": [{ "id": id, "text": " " }], "out_of_scope": true }),
        json!({ "sentences": [{ "id": id, "text": "x".repeat(501) }], "out_of_scope": true }),
    ] {
        let refused = ana.post(&format!("{path}/label"), body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
    }
    let taken = ana.post(&format!("{path}/label"), json!({ "sentences": sentences, "new_intent": "Greeting" })).await;
    assert_eq!((taken.status.as_u16(), taken.problem()), (409, "/problems/duplicate"));
    assert_eq!(listed(&ana, &path).await.len(), 3, "nothing was settled");
}

#[tokio::test]
async fn g_1_g_5_sentences_are_for_who_teaches_and_reads_conversations_and_masked_for_who_may_not_answer() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, &ana, "workspace").await;
    let id = listed(&ana, &path).await[0].0.clone();
    let role = async |name: &str, permissions: &[(&str, &str)]| {
        let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": name })).await.id();
        for (model, action) in permissions {
            let body = json!({ "model": model, "action": action });
            let path = world.path("workspace", &format!("/roles/{role}/permissions"));
            assert_eq!(ana.post(&path, body).await.status, 201);
        }
        role
    };
    let (bot, teach) = (("Bot", "read"), ("TrainingData", "update"));
    let read = ("TrainingData", "read");
    let roles = [
        role("Teacher", &[bot, read, teach]).await,
        role("Reader", &[bot, read, ("Conversation", "read")]).await,
        role("Both", &[bot, read, teach, ("Conversation", "read")]).await,
    ];
    for (name, role) in ["teacher", "reader"].iter().zip(&roles) {
        let one = world.join(&ana, "workspace", &format!("{name}@example.com"), std::slice::from_ref(role), &[]).await;
        for (method, rest, body) in [
            (Method::GET, "", None),
            (Method::POST, "/ignore", Some(json!({ "ids": [id] }))),
            (Method::POST, "/label", Some(json!({ "sentences": [{ "id": id }], "out_of_scope": true }))),
        ] {
            let answer = one.send(method, &format!("{path}{rest}"), body).await;
            assert_eq!(answer.status, 403, "{name} {rest}: {}", answer.text);
            assert!(!answer.text.contains("umbrella"));
        }
    }
    let both = world.join(&ana, "workspace", "both@example.com", &[roles[2].clone()], &[]).await;
    let seen = listed(&both, &path).await;
    let masked = seen.iter().find(|one| one.1.starts_with("Write to")).unwrap();
    assert_eq!(masked.1, "Write to •••@•••");
    assert_eq!(words(&listed(&both, &format!("{path}?q=bob")).await), [], "nothing is found by what is masked");
    let body = json!({ "sentences": [{ "id": masked.0 }], "out_of_scope": true });
    assert_eq!(both.post(&format!("{path}/label"), body).await.status, 200);
    let none = ana.get(&format!("{}/training/out-of-scope", path.trim_end_matches("/unmatched"))).await;
    assert_eq!(none.body["examples"], json!(["Write to •••@•••"]));
    // Another organization's sentences below one's own bot are not there.
    let carla = world.sign_in("Carla").await;
    assert_eq!(carla.get(&path).await.status, 404);
    let own = format!("/api/v1/bots/{}/unmatched/ignore", world.bot("team", 0));
    assert_eq!(carla.post(&own, json!({ "ids": [id] })).await.status, 422);
}

#[tokio::test]
async fn the_page_of_unmatched_sentences_works_without_a_script_and_runs_none() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = talked(&world, &ana, "workspace").await;
    let script = "<script>alert(1)</script>";
    say(&world, &world.bot("workspace", 0), script).await;
    let bot = &world.organization("workspace").bots[0];
    let slug = ana.get(&format!("/api/v1/bots/{}", bot.id)).await.body["slug"].as_str().unwrap().to_owned();
    let page = format!("/{}/bots/{slug}/training/unmatched", world.organization("workspace").slug);
    let shown = ana.page(&page).await;
    assert!(shown.text.contains("tell a joke") && !shown.text.contains(script), "{}", shown.text);
    let all = listed(&ana, &path).await;
    let nothing = ana.form(&page, &[("do", "ignore")]).await;
    assert!(nothing.status == 422 && nothing.text.contains("at least one"), "{}", nothing.text);
    let two: Vec<(&str, &str)> = all[..2].iter().map(|one| ("ids", one.0.as_str())).collect();
    let unsaid = ana.form(&page, &[two.clone(), vec![("do", "add"), ("intent_id", "")]].concat()).await;
    assert_eq!(unsaid.status, 422);
    let named = format!("text-{}", all[0].0);
    let fields = [two, vec![(named.as_str(), "umbrellas please"), ("do", "new"), ("new_intent", "shop")]].concat();
    let made = ana.form(&page, &fields).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, page.as_str()), "{}", made.text);
    let intent = ana.get(&format!("/api/v1/bots/{}/training?q=shop", bot.id)).await;
    assert_eq!(intent.body["items"][0]["examples"].as_array().unwrap().len(), 2, "{}", intent.text);
    assert!(intent.text.contains("umbrellas please"));
    assert_eq!(listed(&ana, &path).await.len(), 2);
}
