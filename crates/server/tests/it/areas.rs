//! The areas of a bot, walked call by call by who has some of them and not others: an agency's Client, a team's Member, and a
//! key for chat alone. What each may do is written here from the presets' tables, not read from the presets' data.

use std::collections::BTreeMap;

use http::Method;
use rolecall_access::catalogue::{Level, MODELS};
use serde_json::{Value, json};

use crate::keys::program;
use crate::route_table::Needs::{Nothing, Permission};
use crate::routes::{Route, Targets, routes};
use crate::world::{Answer, Client, World};

/// What somebody may do on a bot: models, each with its actions by first letter.
type Table = &'static [(&'static str, &'static str)];

/// "Bot RU; Flow, TrainingData, Content all; Appearance RU; Playground C; Conversation RU".
const CLIENT: Table = &[
    ("Bot", "RU"),
    ("Flow", "CRUD"),
    ("TrainingData", "CRUD"),
    ("Content", "CRUD"),
    ("Appearance", "RU"),
    ("Playground", "C"),
    ("Conversation", "RU"),
];

/// "Bot R; BotSetting R; Flow, TrainingData, Content, Appearance, Publication R; Playground C; Analytics R; Conversation R".
const MEMBER: Table = &[
    ("Bot", "R"),
    ("BotSetting", "R"),
    ("Flow", "R"),
    ("TrainingData", "R"),
    ("Content", "R"),
    ("Appearance", "R"),
    ("Publication", "R"),
    ("Playground", "C"),
    ("Analytics", "R"),
    ("Conversation", "R"),
];

/// Whether the table gives it.
fn gives(table: Table, model: &str, action: &str) -> bool {
    let letter = action.chars().next().unwrap().to_ascii_uppercase();
    table.iter().any(|(given, actions)| *given == model && actions.contains(letter))
}

/// The calls on a bot, each with the permission it needs.
fn calls() -> Vec<(Route, &'static str, &'static str)> {
    let on_bots = routes().into_iter().filter(|route| route.path.starts_with("/api/v1/bots/{bot}"));
    let needing = on_bots.map(|route| match route.needs {
        Permission(model, action) => (route, model, action),
        _ => panic!("{} needs no permission", route.operation),
    });
    needing.collect()
}

/// Records of a bot for one call, made by who may make them.
async fn records(world: &World, admin: &Client, (bot, member): (&str, &str), number: usize) -> Targets {
    let made = async |rest: &str, body: Value| {
        let made = admin.post(&format!("/api/v1/bots/{bot}{rest}"), body).await;
        assert_eq!(made.status, 201, "{rest}: {}", made.text);
        made.id()
    };
    let scope = json!([{ "model": "Content", "action": "read" }]);
    let hook = json!({ "kind": "webhook", "name": format!("Hook {number}"), "url": "https://localhost:1/",
        "events": ["bot.published"] });
    let integration = made("/integrations", hook).await;
    let tried = admin.post(&format!("/api/v1/bots/{bot}/integrations/{integration}/test"), json!({})).await;
    let values = BTreeMap::from([
        ("bot", bot.to_owned()),
        ("delivery", tried.id()),
        ("integration", integration),
        ("account", "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()),
        ("channel", crate::messenger::page(world, bot).await),
        ("entity", made("/entities", json!({ "name": format!("Looked for {number}"), "kind": "email" })).await),
        ("user", member.to_owned()),
        ("key", made("/api-keys", json!({ "name": format!("Key {number}"), "scope": scope })).await),
        (
            "intent",
            made("/training", json!({ "name": format!("Taught {number}"), "examples": ["where is my card"] })).await,
        ),
        ("flow", made("/flows", json!({ "name": format!("Flow {number}") })).await),
        ("content", made("/content", json!({ "kind": "entry", "title": format!("Entry {number}") })).await),
        (
            "test",
            made("/playground/tests", json!({ "sentence": format!("xyzzy {number}"), "expects": "fallback" })).await,
        ),
        ("conversation", crate::chat::waiting_visitor(admin, bot).await),
        ("number", "1".to_owned()),
    ]);
    Targets::of(values)
}

/// Lets visitors find the bot.
async fn publish(admin: &Client, bot: &str) {
    let live = admin.put(&format!("/api/v1/bots/{bot}/publication"), json!({})).await;
    assert_eq!(live.status, 200, "{}", live.text);
}

async fn send(client: &Client, route: &Route, path: &str, body: Option<Value>) -> Answer {
    match route.operation.as_str() {
        "set_bot_picture" => {
            client.send_raw(route.method.clone(), path, Some("image/png"), crate::pictures::png()).await
        }
        _ => client.send(route.method.clone(), path, body).await,
    }
}

const REFUSED: [u16; 2] = [403, 404];

/// Calls that a person may make and that are told no here for another reason: nobody else answers, nothing is trained, a
/// file comes in a form, nobody said such a sentence.
const TOLD: [&str; 5] = ["assign_conversation", "understand", "import_contents", "label_unmatched", "ignore_unmatched"];

/// Walks every call on a bot as somebody whom the table is about; calls about a person are about the other.
async fn walk(preset: &str, admin: &str, (person, other): (&str, &str), table: Table) {
    let world = World::new().await;
    let (admin, client) = (world.sign_in(admin).await, world.sign_in(person).await);
    let (bot, member) = (world.bot(preset, 0), world.person(other));
    publish(&admin, &bot).await;
    let map = client.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    let words = [('C', "create"), ('D', "delete"), ('R', "read"), ('U', "update")];
    for model in MODELS.iter().filter(|model| model.level == Level::Bot) {
        let given = words.iter().filter(|(_, word)| gives(table, model.key, word)).map(|(_, word)| *word);
        let held = map.body["permissions"].get(model.key).cloned().unwrap_or_else(|| json!([]));
        assert_eq!(held, json!(given.collect::<Vec<_>>()), "{person}: {}", model.key);
    }
    let (mut allowed, mut refused) = (0, 0);
    for (number, (route, model, action)) in calls().into_iter().enumerate() {
        let targets = records(&world, &admin, (&bot, &member), number + 1).await;
        let (path, body) = (targets.path(&route), targets.body(&route, &world, number + 1));
        let answer = send(&client, &route, &path, body.clone()).await;
        let which = format!("{person}: {} ({model}: {action}): {}: {}", route.operation, answer.status, answer.text);
        // A bot has so many integrations and no more.
        admin.delete(&format!("/api/v1/bots/{bot}/integrations/{}", targets.value("integration"))).await;
        if gives(table, model, action) {
            let told = TOLD.contains(&route.operation.as_str()) && !REFUSED.contains(&answer.status.as_u16());
            assert!(answer.status.is_success() || told, "{which}");
            allowed += 1;
        } else {
            assert!(REFUSED.contains(&answer.status.as_u16()), "{which}");
            refused += 1;
        }
    }
    assert!(allowed >= 15 && refused >= 15, "{allowed} allowed, {refused} refused");
}

#[tokio::test]
async fn a_6_an_agencys_client_does_on_the_bot_what_the_table_says_and_nothing_else() {
    walk("agency", "Bea", ("Chloe", "Luca"), CLIENT).await;
}

#[tokio::test]
async fn t_1_to_t_8_a_teams_member_does_on_a_bot_what_the_table_says_and_nothing_else() {
    walk("team", "Carla", ("Finn", "Grace"), MEMBER).await;
}

#[tokio::test]
async fn a_6_on_a_bot_that_a_client_is_not_put_on_every_call_finds_nothing() {
    let world = World::new().await;
    let (bea, chloe) = (world.sign_in("Bea").await, world.sign_in("Chloe").await);
    let bot = world.bot("agency", 1);
    publish(&bea, &bot).await;
    let targets = records(&world, &bea, (&bot, &world.person("Femi")), 0).await;
    for (route, ..) in calls() {
        let answer = send(&chloe, &route, &targets.path(&route), targets.body(&route, &world, 0)).await;
        assert_eq!(answer.status, 404, "{}: {}", route.operation, answer.text);
    }
}

#[tokio::test]
async fn a_2_a_key_for_chat_is_refused_every_other_call_of_the_api() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let targets = Targets::new(&world, &ana, 0).await;
    let live = targets.value("bot").to_owned();
    let scope = json!([{ "model": "Conversation", "action": "create" }]);
    let made = ana.post(&format!("/api/v1/bots/{live}/api-keys"), json!({ "name": "Chat", "scope": scope })).await;
    let key = program(&world, &made);
    let messages = format!("/chat/v1/{live}/messages");
    assert_eq!(key.post(&messages, json!({ "text": "Hello" })).await.status, 201);
    let mut open = Vec::new();
    for route in routes() {
        if route.needs == Nothing {
            continue;
        }
        let (path, body) = (targets.path(&route), targets.body(&route, &world, 0));
        let answer = send(&key, &route, &path, body).await;
        if ![401, 403, 404].contains(&answer.status.as_u16()) {
            open.push(format!("{}: {}: {}", route.operation, answer.status, answer.text));
        }
    }
    assert!(open.is_empty(), "{open:#?}");
    // Another bot's visitors are not its business, whoever else may talk to them.
    for (preset, number) in [("workspace", 0), ("workspace", 1), ("team", 0)] {
        let other = format!("/chat/v1/{}/messages", world.bot(preset, number));
        let answer = key.send(Method::POST, &other, Some(json!({ "text": "Hello" }))).await;
        assert_eq!(answer.status, 404, "{preset} {number}: {}", answer.text);
    }
    assert_eq!(key.post(&messages, json!({ "text": "Hello" })).await.status, 201, "it still chats");
}
