//! A bot's flows: kept, checked, taken out and in, and for whom.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Client, World};

/// Asks what somebody wants, takes their address, hands over.
fn welcome() -> Value {
    json!({
        "start": "hello",
        "steps": {
            "hello": { "kind": "message", "text": "Hello!", "next": "what" },
            "what": { "kind": "question", "text": "What is it about?", "otherwise": null, "choices": [
                { "label": "An order", "next": "mail" }, { "label": "Something else", "next": "agent" }] },
            "mail": { "kind": "collect", "text": "Your e-mail?", "variable": "mail", "takes": "email",
                "next": "known", "otherwise": null },
            "known": { "kind": "decision", "otherwise": "agent", "cases": [
                { "condition": { "variable": "mail", "test": { "contains": "example" } }, "next": "thanks" }] },
            "thanks": { "kind": "message", "text": "Thank you, {mail}.", "next": null },
            "agent": { "kind": "hand_over", "text": "One moment." },
        }
    })
}

async fn made(client: &Client, bot: &str, name: &str, begins: &str) -> String {
    let body = json!({ "name": name, "begins": begins, "flow": welcome(), "places": { "hello": { "x": 8, "y": 16 } } });
    let made = client.post(&format!("{bot}/flows"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.location().to_owned()
}

fn bot_of(world: &World, preset: &str) -> String {
    format!("/api/v1/bots/{}", world.bot(preset, 0))
}

#[tokio::test]
async fn g_5_a_flow_is_made_changed_and_deleted() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = bot_of(&world, "workspace");
    let path = made(&ana, &bot, "Welcome", "conversation").await;
    let read = ana.get(&path).await;
    assert_eq!((&read.body["flow"], &read.body["faults"]), (&welcome(), &json!([])), "{}", read.text);
    assert_eq!(read.body["places"], json!({ "hello": { "x": 8, "y": 16 } }));
    assert_eq!(read.body["can"], json!(["read", "update", "delete"]));
    // A step goes; so does its place, and what led there is a fault that keeps nobody from saving.
    let mut fewer = welcome();
    fewer["steps"].as_object_mut().unwrap().remove("hello");
    let saved = ana.patch(&path, json!({ "flow": fewer })).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    assert_eq!((&saved.body["places"], &saved.body["name"]), (&json!({}), &json!("Welcome")));
    assert_eq!(saved.body["faults"][0]["kind"], "no_start");
    let list = ana.get(&format!("{bot}/flows?q=welc")).await;
    assert_eq!((list.names(), &list.body["items"][0]["steps"]), (vec!["Welcome"], &json!(5)));
    assert!(list.body["items"][0]["faults"].as_i64().unwrap() > 0);
    let log = ana.get(&world.path("workspace", "/audit-events?model=Flow")).await;
    assert_eq!(log.body["items"][0]["after"]["changed_steps"], json!(["hello"]), "{}", log.text);
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ana.get(&path).await.status, 404);
}

#[tokio::test]
async fn g_2_a_flow_is_not_overwritten_unseen() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = made(&ana, &bot_of(&world, "workspace"), "Welcome", "never").await;
    assert_eq!(ana.header("if-match", "-").patch(&path, json!({ "name": "x" })).await.status, 428);
    let first = ana.header("if-match", "\"1\"");
    assert_eq!(first.patch(&path, json!({ "name": "Hello" })).await.status, 200);
    let late = first.patch(&path, json!({ "flow": { "start": "", "steps": {} } })).await;
    assert_eq!((late.status.as_u16(), &late.body["current"]["name"]), (412, &json!("Hello")));
    assert_eq!(late.body["current"]["flow"], welcome());
    assert_eq!(first.delete(&path).await.status, 412);
    assert_eq!(ana.get(&path).await.body["flow"], welcome());
}

#[tokio::test]
async fn one_flow_begins_a_conversation_and_one_an_intent() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = bot_of(&world, "workspace");
    let first = made(&ana, &bot, "First", "conversation").await;
    let flows = format!("{bot}/flows");
    let second = ana.post(&flows, json!({ "name": "Second", "begins": "conversation" })).await;
    assert_eq!((second.status.as_u16(), second.problem()), (409, "/problems/duplicate"));
    assert_eq!(second.body["errors"][0]["field"], "begins");
    let named = ana.post(&flows, json!({ "name": "FIRST" })).await;
    assert_eq!((named.status.as_u16(), &named.body["errors"][0]["field"]), (409, &json!("name")));
    let other = made(&ana, &bot, "Second", "never").await;
    assert_eq!(ana.patch(&other, json!({ "begins": "conversation" })).await.status, 409);
    assert_eq!(ana.patch(&other, json!({ "begins": "intent" })).await.status, 422);
    let begins = json!({ "begins": "intent", "intent": "hours" });
    let unknown = ana.patch(&other, begins.clone()).await;
    assert_eq!((unknown.status.as_u16(), &unknown.body["faults"][0]["kind"]), (200, &json!("no_such_intent")));
    assert_eq!(ana.patch(&first, begins).await.status, 409);
    ana.post(&format!("{bot}/training"), json!({ "name": "hours", "examples": [] })).await;
    assert_eq!(ana.get(&other).await.body["faults"], json!([]));
    // It keeps what it begins with, and may be saved again.
    assert_eq!(ana.patch(&other, json!({ "name": "Hours" })).await.body["intent"], "hours");
    assert_eq!(ana.patch(&other, json!({ "begins": "never" })).await.body["intent"], "");
    // Another bot has its own.
    let elsewhere = format!("/api/v1/bots/{}/flows", world.bot("workspace", 1));
    assert_eq!(ana.post(&elsewhere, json!({ "name": "First", "begins": "conversation" })).await.status, 201);
}

#[tokio::test]
async fn a_check_names_the_step_and_keeps_nothing() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = bot_of(&world, "workspace");
    let mut flow = welcome();
    flow["steps"]["island"] = json!({ "kind": "message", "text": "{nam}", "next": "island" });
    flow["steps"]["what"]["choices"] = json!([]);
    let checked = ana.post(&format!("{bot}/flows/check"), json!({ "flow": flow })).await;
    let faults: Vec<(&str, &str)> = checked.body["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["step"].as_str().unwrap(), fault["kind"].as_str().unwrap()))
        .collect();
    let island = ["unreachable", "no_such_variable", "endless_loop"].map(|kind| ("island", kind));
    assert!(island.iter().all(|fault| faults.contains(fault)), "{}", checked.text);
    assert!(faults.contains(&("what", "no_answer")) && faults.contains(&("mail", "unreachable")));
    assert!(checked.text.contains("Nothing leads to `island`."));
    assert_eq!(ana.get(&format!("{bot}/flows")).await.names(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_flow_goes_out_as_a_file_and_comes_in_again() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = bot_of(&world, "workspace");
    let path = made(&ana, &bot, "Welcome \"all\"", "conversation").await;
    let file = ana.get(&format!("{path}/export")).await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"welcome-all.toml\"");
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("application/toml"));
    let import = format!("{bot}/flows/import");
    let twice = ana.post(&import, json!({ "text": file.text })).await;
    assert_eq!(twice.status, 409, "{}", twice.text);
    let before = ana.get(&path).await.body;
    assert_eq!(ana.delete(&path).await.status, 204);
    let back = ana.post(&import, json!({ "text": file.text })).await;
    assert_eq!(back.status, 201, "{}", back.text);
    for part in ["name", "begins", "flow", "places"] {
        assert_eq!(back.body[part], before[part], "{part}");
    }
    assert_eq!(ana.get(&format!("{}/export", back.location())).await.text, file.text);
    let wrong = ana.post(&import, json!({ "text": file.text.replace("hand_over", "hand_under") })).await;
    assert_eq!((wrong.status.as_u16(), &wrong.body["errors"][0]["field"]), (422, &json!("text")));
    let line = file.text.lines().position(|line| line.contains("hand_over")).unwrap() + 1;
    assert!(wrong.text.contains(&format!("Line {line}: ")), "{}", wrong.text);
}

#[tokio::test]
async fn a_flow_that_is_no_flow_is_refused() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let flows = format!("{}/flows", bot_of(&world, "workspace"));
    let steps = |steps: Value| json!({ "name": "x", "flow": { "start": "a", "steps": steps } });
    let message = |text: &str| json!({ "kind": "message", "text": text });
    let many: serde_json::Map<String, Value> = (0..301).map(|number| (number.to_string(), message("x"))).collect();
    let choices: Vec<Value> = (0..21).map(|number| json!({ "label": number.to_string() })).collect();
    for (body, field) in [
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x", "begins": "sometimes" }), "begins"),
        (json!({ "name": "x", "flow": [] }), "flow"),
        (steps(json!({ "a": { "kind": "dance" } })), "flow.steps.a.kind"),
        (steps(json!({ "a": { "kind": "message", "text": "x", "script": "x" } })), "script"),
        (steps(json!({ "a": message(&"x".repeat(4_001)) })), "flow.steps.a.text"),
        (steps(json!({ "a": message("a\u{0}b") })), "flow.steps.a.text"),
        (steps(json!({ " a": message("x") })), "flow.steps. a"),
        (steps(json!({ "x".repeat(61): message("x") })), &format!("flow.steps.{}", "x".repeat(61))),
        (steps(json!({ "a": { "kind": "collect", "text": "x", "variable": "a{b" } })), "flow.steps.a.variable"),
        (steps(json!({ "a": { "kind": "question", "text": "x", "choices": choices } })), "flow.steps.a.choices"),
        (steps(Value::Object(many)), "flow.steps"),
        (json!({ "name": "x", "places": { "a": { "x": 100_001, "y": 0 } } }), "places"),
    ] {
        let answer = ana.post(&flows, body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            answer.text
        );
    }
    assert_eq!(ana.get(&flows).await.names(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_6_g_5_flows_are_for_whoever_holds_them() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = bot_of(&world, "workspace");
    let path = made(&ana, &bot, "Welcome", "conversation").await;
    let role = async |name: &str, permissions: &[(&str, &str)]| {
        let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": name })).await.id();
        for (action, relation) in permissions {
            let body = json!({ "model": "Flow", "action": action, "relation": relation });
            let added = ana.post(&world.path("workspace", &format!("/roles/{role}/permissions")), body).await;
            assert_eq!(added.status, 201, "{}", added.text);
        }
        world.join(&ana, "workspace", &format!("{name}@example.com"), &[role], &[world.bot("workspace", 0)]).await
    };
    let reader = role("reader", &[("read", "role")]).await;
    let own = [("create", "role"), ("read", "owner"), ("update", "owner"), ("delete", "owner")];
    let drawer = role("drawer", &own).await;
    let nobody = role("nobody", &[]).await;
    let stranger = world.sign_in("Carla").await;
    let new = json!({ "name": "New" });
    let writes = |path: &str| {
        [
            (Method::POST, format!("{bot}/flows"), new.clone()),
            (Method::POST, format!("{bot}/flows/import"), json!({ "text": "name = \"x\"\nstart = \"\"" })),
            (Method::PATCH, path.to_owned(), new.clone()),
            (Method::DELETE, path.to_owned(), json!({})),
        ]
    };
    assert_eq!(reader.get(&path).await.body["can"], json!(["read"]));
    assert_eq!(reader.get(&format!("{path}/export")).await.status, 200);
    for (method, path, body) in writes(&path) {
        assert_eq!(reader.send(method, &path, Some(body)).await.status, 403, "{path}");
    }
    // Whoever is on the team knows of the bot, a stranger of nothing.
    for (client, below) in [(&nobody, 403), (&stranger, 404)] {
        assert_eq!(client.get(&format!("{bot}/flows")).await.status, below);
        for path in [path.clone(), format!("{path}/export")] {
            assert_eq!(client.get(&path).await.status, 404, "{path}");
        }
        for (method, path, body) in writes(&path) {
            let expected = if method == Method::POST { below } else { 404 };
            assert_eq!(client.send(method, &path, Some(body)).await.status, expected, "{path}");
        }
    }
    // One's own, and nothing of another's: not in the list, not by its name, not by what it begins with.
    let begins = json!({ "name": "Mine", "begins": "intent", "intent": "no such" });
    let mine = drawer.post(&format!("{bot}/flows"), begins).await;
    assert_eq!((mine.status.as_u16(), &mine.body["faults"][0]["kind"]), (201, &json!("no_start")), "{}", mine.text);
    assert_eq!(drawer.get(&format!("{bot}/flows")).await.names(), ["Mine"]);
    assert_eq!(drawer.get(&path).await.status, 404);
    assert_eq!(drawer.patch(&path, new).await.status, 404);
    let taken = drawer.patch(mine.location(), json!({ "begins": "conversation" })).await;
    assert!(taken.status == 409 && !taken.text.contains("Welcome"), "{}", taken.text);
    assert_eq!(drawer.delete(mine.location()).await.status, 204);
}

#[tokio::test]
async fn g_2_the_flow_pages_work_without_a_script() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = &world.organization("workspace").bots[0];
    let slug = ana.get(&format!("/api/v1/bots/{}", bot.id)).await.body["slug"].as_str().unwrap().to_owned();
    let flows = format!("/{}/bots/{slug}/flows", world.organization("workspace").slug);
    assert!(ana.page(&flows).await.text.contains("No flows yet"));
    let script = "</template><script>alert(1)</script>";
    let made = ana.form(&format!("{flows}/new"), &[("name", script), ("begins", "conversation")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let page = made.location().to_owned();
    let message = |name: &'static str, next: &'static str, version: &'static str| {
        [("step", name), ("text", script), ("next", next), ("x", "8"), ("y", "9"), ("version", version)]
    };
    let added = ana.form(&format!("{page}/step?kind=message"), &message("Second", "", "1")).await;
    assert_eq!((added.status.as_u16(), added.location()), (303, page.as_str()), "{}", added.text);
    let renamed = ana.form(&format!("{page}/step?name=Welcome"), &message("First", "Second", "2")).await;
    assert_eq!(renamed.status, 303, "{}", renamed.text);
    let shown = ana.page(&page).await.text;
    assert!(shown.contains("No faults") && shown.contains("Second") && !shown.contains(script));
    // Names are taken once; a step that is not there is not found; who comes too late chooses.
    let taken = ana.form(&format!("{page}/step?name=First"), &message("Second", "", "3")).await;
    assert!(taken.status == 422 && taken.text.contains("There is a step of this name already."));
    assert_eq!(ana.page(&format!("{page}/step?name=Third")).await.status, 404);
    assert_eq!(ana.page(&format!("{page}/step?kind=dance")).await.status, 404);
    let late = ana.form(&format!("{page}/step?name=First"), &message("Late", "", "2")).await;
    assert!(late.status == 412 && late.text.contains("Late") && !late.text.contains(script), "{}", late.text);
    let cases = [("case_variable", "age"), ("case_test", "above"), ("case_value", "old"), ("case_next", "")];
    let odd = [&[("step", "Old"), ("version", "3")], &cases[..]].concat();
    let odd = ana.form(&format!("{page}/step?kind=decision"), &odd).await;
    assert!(odd.status == 422 && odd.text.contains("whole number"), "{}", odd.text);
    let gone = ana.form(&format!("{page}/step/delete?name=Second"), &[("version", "3")]).await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    let id = page.rsplit('/').next().unwrap();
    let flow = ana.get(&format!("/api/v1/bots/{}/flows/{id}", bot.id)).await.body["flow"].clone();
    assert_eq!(flow["steps"]["First"], json!({ "kind": "message", "text": script, "next": null }), "{flow}");
    // What the script asks for, and what it cannot be made to do.
    let drawn = flow.to_string();
    let checked = ana.form(&format!("{flows}/check"), &[("flow", &drawn)]).await;
    assert!(checked.status == 200 && checked.text.contains("No faults"), "{}", checked.text);
    assert_eq!(ana.form(&format!("{flows}/check"), &[("flow", "[1]")]).await.status, 422);
    let file = ana.form(&format!("{flows}/file"), &[("name", "x"), ("flow", &drawn), ("places", "{}")]).await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let details = [("name", "Hello"), ("begins", "intent"), ("intent", ""), ("start", "First"), ("version", "4")];
    let named = ana.form(&page, &details).await;
    assert!(named.status == 422 && named.text.contains("Name the intent"), "{}", named.text);
    let reader = world.sign_in("Carla").await;
    assert_eq!(reader.page(&page).await.status, 404);
    assert_eq!(ana.form(&format!("{page}/delete"), &[("version", "4")]).await.location(), flows);
}
