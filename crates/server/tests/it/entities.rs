//! What a bot looks for in what people write.

use serde_json::{Value, json};

use crate::world::{Client, World};

fn town() -> Value {
    json!({ "name": "town", "kind": "list", "values": [
        { "value": "New  York", "synonyms": ["NYC", " ", "big apple"] }, { "value": "" }, { "value": "Berlin" }] })
}

fn order() -> Value {
    json!({ "name": "order", "kind": "pattern", "pattern": "order ([A-Z]{2}-[0-9]{4})" })
}

fn lesson() -> Value {
    json!({ "intents": [
        { "name": "delivery", "response": "Order {order} goes to {town}. {else} stays.",
          "examples": ["where is my parcel", "when does my order come", "where is my order", "track my parcel"] },
        { "name": "greeting", "response": "Hello!", "examples": ["hello", "hi", "good day", "hey there"] }],
        "entities": [town(), order()] })
}

async fn taught(world: &World, client: &Client) -> String {
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 1));
    let imported = client.post(&format!("{bot}/training/import"), lesson()).await;
    assert_eq!((imported.status.as_u16(), &imported.body["entities_created"]), (200, &json!(2)), "{}", imported.text);
    assert_eq!(client.post(&format!("{bot}/training/train"), json!({})).await.status, 200);
    bot
}

async fn replied(client: &Client, bot: &str, text: &str) -> Value {
    let reply = client.post(&format!("{bot}/playground/messages"), json!({ "text": text })).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body
}

#[tokio::test]
async fn g_2_entities_are_made_read_changed_and_not_overwritten_unseen() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let list = format!("/api/v1/bots/{}/entities", world.bot("workspace", 0));
    let made = ana.post(&list, town()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let values =
        json!([{ "value": "New York", "synonyms": ["NYC", "big apple"] }, { "value": "Berlin", "synonyms": [] }]);
    assert_eq!((&made.body["values"], &made.body["can"]), (&values, &json!(["read", "update", "delete"])));
    assert_eq!(ana.post(&list, json!({ "name": "TOWN", "kind": "email" })).await.status, 409);
    let path = format!("{list}/{}", made.id());
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({})).await.status, 428);
    let seen = ana.header("if-match", "\"1\"");
    let after = seen.patch(&path, json!({ "kind": "pattern", "pattern": "[a-z]+ville" })).await;
    assert_eq!(
        (after.status.as_u16(), &after.body["kind"], &after.body["values"]),
        (200, &json!("pattern"), &json!([]))
    );
    let late = seen.patch(&path, json!({ "name": "city" })).await;
    assert_eq!((late.status.as_u16(), late.body["current"]["name"].as_str()), (412, Some("town")));
    assert_eq!(ana.get(&format!("{list}?q=tow&sort=kind")).await.names(), ["town"]);
    assert_eq!(seen.delete(&path).await.status, 412);
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ana.get(&path).await.status, 404);
}

#[tokio::test]
async fn what_an_entity_cannot_look_for_is_refused_with_the_reason() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let list = format!("/api/v1/bots/{}/entities", world.bot("workspace", 0));
    for (body, field, code) in [
        (json!({ "name": "a{b", "kind": "email" }), "name", "invalid"),
        (json!({ "name": "", "kind": "email" }), "name", "empty"),
        (json!({ "name": "x", "kind": "list" }), "values", "empty"),
        (json!({ "name": "x", "kind": "list", "values": [{ "value": "a|b" }] }), "values.0", "invalid"),
        (json!({ "name": "x", "kind": "list", "values": [{ "value": "y".repeat(101) }] }), "values.0", "too_long"),
        (
            json!({ "name": "x", "kind": "list", "values": [{ "value": "A" }, { "value": "B", "synonyms": ["a"] }] }),
            "values.1",
            "duplicate",
        ),
        (json!({ "name": "x", "kind": "pattern" }), "pattern", "empty"),
        (json!({ "name": "x", "kind": "pattern", "pattern": "(" }), "pattern", "invalid"),
        (json!({ "name": "x", "kind": "pattern", "pattern": ".*" }), "pattern", "invalid"),
        (json!({ "name": "x", "kind": "pattern", "pattern": r"(\w{1,100}){100}" }), "pattern", "invalid"),
        (json!({ "name": "x", "kind": "pattern", "pattern": "a".repeat(501) }), "pattern", "too_long"),
    ] {
        let refused = ana.post(&list, body.clone()).await;
        assert_eq!(refused.status, 422, "{body}: {}", refused.text);
        let error = &refused.body["errors"][0];
        assert_eq!((error["field"].as_str(), error["code"].as_str()), (Some(field), Some(code)), "{}", refused.text);
    }
    let many: Vec<Value> = (0..2_001).map(|number| json!({ "value": format!("v{number}") })).collect();
    let refused = ana.post(&list, json!({ "name": "x", "kind": "list", "values": many })).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errors"][0]["code"]), (422, &json!("too_many")));
}

#[tokio::test]
async fn what_is_found_is_told_kept_and_said() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    let asked = json!({ "texts": ["where is my order AB-1234 to nyc", "hello"] });
    let understood = ana.post(&format!("{bot}/playground/understand"), asked).await;
    let found = json!([
        { "entity": "order", "value": "AB-1234", "text": "order AB-1234" },
        { "entity": "town", "value": "New York", "text": "nyc" }]);
    assert_eq!(understood.body["items"][0]["entities"], found, "{}", understood.text);
    assert_eq!(understood.body["items"][1]["entities"], json!([]));
    let said = replied(&ana, &bot, "where is my order AB-1234 to nyc").await;
    assert_eq!(said["reply"], "Order AB-1234 goes to New York. {else} stays.");
    let reasons = said["because"].as_array().unwrap().iter().filter(|one| one["kind"] == "entity");
    let names: Vec<&str> = reasons.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["order: AB-1234", "town: New York"]);
    // A flow's condition asks what was found, and the check knows the variable.
    let flow = json!({ "name": "By town", "begins": "intent", "intent": "delivery", "flow": { "start": "where", "steps": {
        "where": { "kind": "decision", "cases": [
            { "condition": { "variable": "town", "test": { "is": "berlin" } }, "next": "near" }], "otherwise": "far" },
        "near": { "kind": "message", "text": "{town} is near." }, "far": { "kind": "message", "text": "Far." } } } });
    let drawn = ana.post(&format!("{bot}/flows"), flow).await;
    assert_eq!((drawn.status.as_u16(), &drawn.body["faults"]), (201, &json!([])), "{}", drawn.text);
    assert_eq!(replied(&ana, &bot, "where is my parcel to BERLIN").await["reply"], "Berlin is near.");
    assert_eq!(replied(&ana, &bot, "where is my parcel").await["reply"], "Far.");
    // Without the entity the flow speaks of nothing.
    let town = ana.get(&format!("{bot}/entities?q=town")).await.body["items"][0]["id"].clone();
    assert_eq!(ana.delete(&format!("{bot}/entities/{}", town.as_str().unwrap())).await.status, 204);
    let faults = ana.get(&format!("{bot}/flows/{}", drawn.id())).await.body["faults"].clone();
    assert_eq!(faults[0]["kind"], "no_such_variable", "{faults}");
}

#[tokio::test]
async fn a_version_keeps_its_entities_and_tells_what_differs() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    assert_eq!(ana.put(&format!("{bot}/publication"), json!({})).await.status, 200);
    let order = ana.get(&format!("{bot}/entities?q=order")).await.body["items"][0]["id"].clone();
    let path = format!("{bot}/entities/{}", order.as_str().unwrap());
    assert_eq!(ana.patch(&path, json!({ "pattern": "[0-9]{9}" })).await.status, 200);
    // What is live goes on as it was.
    let say = format!("/chat/v1/{}/messages", world.bot("workspace", 1));
    let live = world.anonymous().post(&say, json!({ "text": "where is my order AB-1234" })).await;
    assert!(live.text.contains("Order AB-1234 goes to ."), "{}", live.text);
    assert_eq!(ana.put(&format!("{bot}/publication"), json!({})).await.status, 200);
    let versions = ana.get(&format!("{bot}/versions/2/changes?since=1")).await;
    assert!(versions.text.contains("Entity “order” changed."), "{}", versions.text);
}

#[tokio::test]
async fn training_is_taken_out_and_in_again_whole() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = taught(&world, &ana).await;
    let all = ana.get(&format!("{bot}/training/export")).await;
    assert_eq!(all.status, 200, "{}", all.text);
    assert_eq!((&all.body["entities"][0]["name"], &all.body["entities"][1]["name"]), (&json!("order"), &json!("town")));
    let other = format!("/api/v1/bots/{}", world.bot("workspace", 0));
    assert_eq!(ana.post(&format!("{other}/training/import"), all.body.clone()).await.status, 200);
    assert_eq!(ana.get(&format!("{other}/training/export")).await.body, all.body);
    // Again it changes nothing; more values are added.
    let again = ana.post(&format!("{other}/training/import"), all.body.clone()).await;
    assert_eq!((&again.body["entities_created"], &again.body["entities_updated"]), (&json!(0), &json!(0)));
    let more = json!({ "intents": [], "entities": [{ "name": "Town", "kind": "list", "values": [
        { "value": "berlin", "synonyms": ["BLN"] }, { "value": "Rome" }] }] });
    let more = ana.post(&format!("{other}/training/import"), more).await;
    assert_eq!(more.body["entities_updated"], 1, "{}", more.text);
    let town = ana.get(&format!("{other}/entities?q=town")).await.body["items"][0]["values"].clone();
    let values: Vec<&str> = town.as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!((values, &town[1]["synonyms"]), (vec!["New York", "Berlin", "Rome"], &json!(["BLN"])));
}

#[tokio::test]
async fn the_pages_of_entities_work_without_a_script_and_run_none() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = &world.organization("workspace").bots[0];
    let slug = ana.get(&format!("/api/v1/bots/{}", bot.id)).await.body["slug"].as_str().unwrap().to_owned();
    let path = format!("/{}/bots/{slug}/training/entities", world.organization("workspace").slug);
    assert!(ana.page(&path).await.text.contains("No entities yet"));
    let script = "<script>alert(1)</script>";
    let tried =
        [("name", ""), ("kind", "list"), ("values", "New York | NYC\r\nRome"), ("sentence", "to nyc"), ("try", "true")];
    let tried = ana.form(&format!("{path}/new"), &tried).await;
    assert!(tried.status == 200 && tried.text.contains("<strong>New York</strong>"), "{}", tried.text);
    let wrong = ana.form(&format!("{path}/new"), &[("name", "x"), ("kind", "pattern"), ("pattern", "(")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("cannot be used"), "{}", wrong.text);
    let values = format!("{script} | NYC\nRome");
    let fields = [("name", "town"), ("kind", "list"), ("values", values.as_str())];
    assert_eq!(ana.form(&format!("{path}/new"), &fields).await.status, 303);
    assert!(!ana.page(&path).await.text.contains(script));
    let id = ana.get(&format!("/api/v1/bots/{}/entities", bot.id)).await.body["items"][0]["id"].clone();
    let page = format!("{path}/{}", id.as_str().unwrap());
    let shown = ana.page(&page).await;
    assert!(!shown.text.contains(script) && shown.text.contains("| NYC"), "{}", shown.text);
    let fields = [("name", "town"), ("kind", "email"), ("values", ""), ("version", "1")];
    assert_eq!(ana.form(&page, &fields).await.status, 303);
    let late = ana.form(&page, &[("name", "late"), ("kind", "list"), ("values", "Oslo"), ("version", "1")]).await;
    assert!(late.status == 412 && late.text.contains("Oslo"), "{}", late.text);
    assert_eq!(ana.page(&format!("{page}/delete")).await.status, 200);
    assert_eq!(ana.form(&format!("{page}/delete"), &[("version", "2")]).await.status, 303);
}
