//! Teaching a bot, and what it understands.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Client, World};

fn banking() -> Value {
    json!({ "intents": [
        { "name": "lost card", "response": "I have blocked it.", "examples": [
            "my card is gone", "I lost my card", "somebody stole my card", "I cannot find my card any more",
            "my bank card went missing", "block my card, it is lost"] },
        { "name": "opening hours", "examples": [
            "when do you open", "what are your opening hours", "are you open on Sunday", "until when are you open today",
            "at what time do you close", "is the branch open now"] },
    ], "out_of_scope": ["sing me a song", "what is the capital of France"] })
}

async fn taught(world: &World, client: &Client) -> String {
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    let imported = client.post(&format!("{bot}/training/import"), banking()).await;
    assert_eq!(imported.status, 200, "{}", imported.text);
    assert_eq!(imported.body["created"], 2);
    assert_eq!(imported.body["examples_added"], 12);
    assert_eq!(imported.body["out_of_scope_added"], 2);
    bot
}

async fn understood(client: &Client, bot: &str, text: &str) -> Value {
    let answer = client.post(&format!("{bot}/playground/understand"), json!({ "texts": [text] })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["items"][0].clone()
}

#[tokio::test]
async fn a_bot_is_taught_learns_and_understands() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    let early = ana.post(&format!("{bot}/playground/understand"), json!({ "texts": ["my card"] })).await;
    assert_eq!((early.status.as_u16(), early.problem()), (409, "/problems/wrong-state"));
    let trained = ana.post(&format!("{bot}/training/train"), json!({})).await;
    assert_eq!(trained.status, 200, "{}", trained.text);
    assert_eq!((&trained.body["intents"], &trained.body["examples"]), (&json!(2), &json!(12)));
    let lost = understood(&ana, &bot, "help, I have lost my card!").await;
    assert_eq!(lost["intent"], "lost card");
    assert!((0.0..=1.0).contains(&lost["score"].as_f64().unwrap()));
    assert_eq!(understood(&ana, &bot, "are you open").await["intent"], "opening hours");
    assert_eq!(understood(&ana, &bot, "Sing me a song").await["intent"], Value::Null);
    // What is taught afterwards counts once it is trained.
    let stands = ana.get(&format!("{bot}/training/train")).await;
    assert_eq!(stands.body["up_to_date"], true);
    let more = json!({ "name": "transfer", "examples": ["send money to my brother", "transfer money abroad", "pay a bill by transfer"] });
    assert_eq!(ana.post(&format!("{bot}/training"), more).await.status, 201);
    assert_eq!(ana.get(&format!("{bot}/training/train")).await.body["up_to_date"], false);
    assert_ne!(understood(&ana, &bot, "send money to my brother").await["intent"], "transfer");
    assert_eq!(ana.post(&format!("{bot}/training/train"), json!({})).await.status, 200);
    assert_eq!(understood(&ana, &bot, "send money to my brother").await["intent"], "transfer");
}

#[tokio::test]
async fn an_import_adds_to_what_is_there_or_does_nothing_at_all() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    let again = ana.post(&format!("{bot}/training/import"), banking()).await;
    assert_eq!((&again.body["created"], &again.body["unchanged"]), (&json!(0), &json!(2)));
    let more = json!({ "intents": [{ "name": "LOST CARD", "examples": ["My card is gone", "card vanished"] }] });
    let added = ana.post(&format!("{bot}/training/import"), more).await;
    assert_eq!((&added.body["updated"], &added.body["examples_added"]), (&json!(1), &json!(1)), "{}", added.text);
    let before = ana.get(&format!("{bot}/training")).await.text;
    let bad =
        json!({ "intents": [{ "name": "good", "examples": ["fine"] }, { "name": "", "examples": ["x".repeat(501)] }] });
    let refused = ana.post(&format!("{bot}/training/import"), bad).await;
    assert_eq!(refused.status, 422);
    let fields: Vec<&str> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["intents.1.name", "intents.1.examples.0"]);
    assert_eq!(ana.get(&format!("{bot}/training")).await.text, before);
}

#[tokio::test]
async fn g_2_intents_and_sentences_that_mean_none_are_not_overwritten_unseen() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    let list = ana.get(&format!("{bot}/training?q=stole")).await;
    assert_eq!(list.names(), ["lost card"]);
    let id = list.body["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{bot}/training/{id}");
    let none = ana.header("if-match", "-");
    assert_eq!(none.patch(&path, json!({ "name": "x" })).await.status, 428);
    let first = ana.header("if-match", "\"1\"");
    let renamed = first.patch(&path, json!({ "name": "card lost" })).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(renamed.body["examples"].as_array().unwrap().len(), 6);
    let late = first.patch(&path, json!({ "name": "gone" })).await;
    assert_eq!((late.status.as_u16(), late.body["current"]["name"].as_str()), (412, Some("card lost")));
    let taken = ana.patch(&path, json!({ "name": "Opening Hours" })).await;
    assert_eq!((taken.status.as_u16(), taken.problem()), (409, "/problems/duplicate"));
    let nonsense = format!("{bot}/training/out-of-scope");
    let version = ana.get(&nonsense).await.headers["etag"].to_str().unwrap().to_owned();
    let seen = ana.header("if-match", version);
    assert_eq!(seen.put(&nonsense, json!({ "examples": ["tell a joke"] })).await.status, 200);
    assert_eq!(seen.put(&nonsense, json!({ "examples": [] })).await.status, 412);
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ana.get(&path).await.status, 404);
}

#[tokio::test]
async fn t_7_g_5_training_is_for_whoever_holds_it() {
    let world = World::new().await;
    let (owner, member) = (world.sign_in("Carla").await, world.sign_in("Finn").await);
    let bot = format!("/api/v1/bots/{}", world.bot("team", 0));
    let made = owner.post(&format!("{bot}/training"), json!({ "name": "hours", "examples": ["when"] })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // A Member reads and tries, and teaches nothing.
    let intent = format!("{bot}/training/{}", made.id());
    assert_eq!(member.get(&intent).await.status, 200);
    assert_eq!(member.get(&format!("{bot}/training")).await.body["items"][0]["can"], json!(["read"]));
    for (method, path, body) in [
        (Method::POST, format!("{bot}/training"), json!({ "name": "x", "examples": [] })),
        (Method::POST, format!("{bot}/training/import"), banking()),
        (Method::PATCH, intent.clone(), json!({ "name": "x" })),
        (Method::DELETE, intent.clone(), json!({})),
        (Method::PUT, format!("{bot}/training/out-of-scope"), json!({ "examples": [] })),
        (Method::POST, format!("{bot}/training/train"), json!({})),
    ] {
        assert_eq!(member.send(method, &path, Some(body)).await.status, 403, "{path}");
    }
    // Another organization's intent below one's own bot is not there.
    let ana = world.sign_in("Ana").await;
    let own = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    assert_eq!(ana.get(&format!("{own}/training/{}", made.id())).await.status, 404);
    assert_eq!(ana.get(&intent).await.status, 404);
    assert_eq!(ana.post(&format!("{bot}/playground/understand"), json!({ "texts": ["x"] })).await.status, 404);
}

#[tokio::test]
async fn the_training_pages_work_without_a_script() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = &world.organization("workspace").bots[0];
    let slug = ana.get(&format!("/api/v1/bots/{}", bot.id)).await.body["slug"].as_str().unwrap().to_owned();
    let path = format!("/{}/bots/{slug}/training", world.organization("workspace").slug);
    let empty = ana.page(&path).await;
    assert!(empty.text.contains("No intents yet"), "{}", empty.text);
    let rows = "sentence,intent\nmy card is gone,lost card\n\"lost it, help\",lost card\nwhen do you open,hours";
    let imported = ana.form(&format!("{path}/import"), &[("text", rows)]).await;
    assert_eq!((imported.status.as_u16(), imported.location()), (303, path.as_str()), "{}", imported.text);
    let wrong = ana.form(&format!("{path}/import"), &[("text", "only a sentence")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Row 1") && wrong.text.contains("only a sentence"));
    assert_eq!(ana.form(&format!("{path}/train"), &[]).await.status, 303);
    let tried = ana.form(&path, &[("sentence", "my card is gone")]).await;
    assert!(tried.text.contains("lost card"), "{}", tried.text);
    let script = "<script>alert(1)</script>";
    let made = ana.form(&format!("{path}/new"), &[("name", script), ("examples", script), ("response", script)]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    assert!(!ana.page(&path).await.text.contains(script));
    let id = ana.get(&format!("/api/v1/bots/{}/training?q=alert", bot.id)).await.body["items"][0]["id"].clone();
    let page = format!("{path}/{}", id.as_str().unwrap());
    assert!(!ana.page(&page).await.text.contains(script));
    let saved = ana.form(&page, &[("name", "fine"), ("examples", "a\r\nb"), ("response", ""), ("version", "1")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let late = ana.form(&page, &[("name", "late"), ("examples", "a"), ("response", ""), ("version", "1")]).await;
    assert_eq!(late.status, 412);
    assert!(late.text.contains("fine") && late.text.contains("late"));
    assert_eq!(ana.page(&format!("{page}/delete")).await.status, 200);
    assert_eq!(ana.form(&format!("{page}/delete"), &[("version", "2")]).await.status, 303);
}
