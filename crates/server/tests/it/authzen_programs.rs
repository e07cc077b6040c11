//! Models of other programs, and the public scenario for decision points run against a fixture that is made through the API
//! alone: its levels Basic, Batch and Search in their core form, and Discovery. Each check is counted.

use http::Method;
use serde_json::{Value, json};

use crate::authzen::{EVALUATION, EVALUATIONS, ask, decision};
use crate::keys::{TOKENS, grants, program};
use crate::world::{Answer, Client, URL, World};

const SUBJECTS: &str = "/access/v1/search/subject";
const RESOURCES: &str = "/access/v1/search/resource";
const ACTIONS: &str = "/access/v1/search/action";

/// What a program needs that brings its own models.
const OWN_MODELS: [(&str, &str); 5] = [
    ("Model", "create"),
    ("Model", "read"),
    ("Model", "delete"),
    ("UserPermission", "read"),
    ("UserPermission", "update"),
];

/// A program with its model `record`, two records, two users and what they may.
struct Program {
    key: Client,
    model: String,
    alice: String,
}

async fn registered(world: &World, admin: &Client, preset: &str) -> Program {
    let scope = json!([{ "organization": world.organization(preset).id, "permissions": grants(&OWN_MODELS) }]);
    let key = program(world, &admin.post(TOKENS, json!({ "name": "Records", "scope": scope })).await);
    let path = |rest: &str| world.path(preset, rest);
    let model = json!({ "name": "record", "actions": ["read", "write", "delete"] });
    let model = key.post(&path("/models"), model).await;
    assert_eq!(model.status, 201, "{}", model.text);
    let model = model.id();
    for (id, status) in [("record-1", "active"), ("record-2", "archived")] {
        let record = json!({ "foreign_id": id, "properties": { "status": status } });
        let made = key.post(&path(&format!("/models/{model}/resources")), record).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let user = |id: &str, properties: Value| json!({ "type": "user", "foreign_id": id, "properties": properties });
    let alice = key.post(&path("/subjects"), user("alice", json!({}))).await;
    assert_eq!(alice.status, 201, "{}", alice.text);
    let bob = key.post(&path("/subjects"), user("bob", json!({ "role": "admin" }))).await.id();
    let alice = alice.id();
    for grant in [
        json!({ "model_id": model, "actions": ["read"], "subject_id": alice }),
        json!({ "model_id": model, "actions": ["write"], "subject_id": alice, "resource": "record-1" }),
        json!({ "model_id": model, "actions": ["read"], "subject_id": bob, "resource": "record-1" }),
    ] {
        let given = key.post(&path("/grants"), grant).await;
        assert_eq!(given.status, 201, "{}", given.text);
    }
    Program { key, model, alice }
}

fn results(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.body["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone()
}

fn without(mut body: Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    body
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// Counts checks, each told by what it shows.
#[derive(Default)]
struct Checks(Vec<String>);

impl Checks {
    fn see(&mut self, what: impl Into<String>, holds: bool) {
        let what = what.into();
        assert!(holds, "{what}");
        self.0.push(what);
    }
}

#[tokio::test]
async fn authzen_the_public_scenario_passes_in_its_core_form() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let Program { key, .. } = registered(&world, &ana, "workspace").await;
    let mut checks = Checks::default();
    basic(&key, &mut checks).await;
    request_errors(&key, &mut checks).await;
    batch(&key, &mut checks).await;
    search(&key, &mut checks).await;
    search_errors(&key, &mut checks).await;
    discovery(&world, &mut checks).await;
    println!("{} checks", checks.0.len());
    assert_eq!(checks.0.len(), 87);
}

async fn basic(key: &Client, checks: &mut Checks) {
    let record = |who: &str, action: &str| ask(who, action, "record", "record-1");
    for (who, action, allowed) in
        [("alice", "read", true), ("alice", "write", true), ("bob", "read", true), ("bob", "write", false)]
    {
        let answer = key.post(EVALUATION, record(who, action)).await;
        checks.see(format!("{who} {action}"), decision(&answer) == allowed);
        checks.see(format!("{who} {action}: JSON"), answer.headers["content-type"] == "application/json");
        checks.see(format!("{who} {action}: context"), answer.body["context"].is_object());
    }
    let read = record("alice", "read");
    let context = json!({ "time": "2026-05-03T18:03-07:00", "ip": "192.0.2.1" });
    let told = key.post(EVALUATION, with(read.clone(), "context", context)).await;
    checks.see("a context changes nothing", decision(&told));
    let mut more = read.clone();
    more["subject"]["properties"] = json!({ "department": "Sales", "role": "manager" });
    more["action"]["properties"] = json!({ "method": "GET" });
    more["resource"]["properties"] = json!({ "status": "active", "owner": "bob" });
    checks.see("further properties", decision(&key.post(EVALUATION, more).await));
    let unknown = with(with(read.clone(), "foo", json!("bar")), "later", json!({ "nested": [true] }));
    checks.see("unknown fields", decision(&key.post(EVALUATION, unknown).await));
    let id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
    let echoed = key.header("x-request-id", id).post(EVALUATION, read.clone()).await;
    checks.see("the request's id comes back", echoed.headers["x-request-id"] == id);
    checks.see("without one it is answered", decision(&key.post(EVALUATION, read.clone()).await));
    let mut same = true;
    for _ in 0..5 {
        same &= decision(&key.post(EVALUATION, read.clone()).await);
    }
    checks.see("the same question, the same answer", same);
}

async fn request_errors(key: &Client, checks: &mut Checks) {
    let read = ask("alice", "read", "record", "record-1");
    for path in [
        "/subject",
        "/action",
        "/resource",
        "/subject/type",
        "/subject/id",
        "/action/name",
        "/resource/type",
        "/resource/id",
    ] {
        let answer = key.post(EVALUATION, without(read.clone(), path)).await;
        checks.see(format!("without {path}"), answer.status == 400);
        let answer = key.post(EVALUATIONS, without(read.clone(), path)).await;
        checks.see(format!("without {path}, by the other endpoint"), answer.status == 400);
    }
    for (name, value) in [("subject", json!("alice")), ("action", json!({ "name": 123 })), ("resource", json!([]))] {
        let answer = key.post(EVALUATION, with(read.clone(), name, value)).await;
        checks.see(format!("{name} of another type"), answer.status == 400);
    }
    for path in ["/subject/id", "/action/name", "/resource/type"] {
        let mut blank = read.clone();
        *blank.pointer_mut(path).unwrap() = json!("  ");
        checks.see(format!("{path} blank"), key.post(EVALUATION, blank).await.status == 400);
    }
    let text = read.to_string();
    for (what, kind, body) in [
        ("another content type", "text/plain", text.as_str()),
        ("no JSON", "application/json", "{\"subject\": "),
        ("nothing", "application/json", ""),
        ("one name twice", "application/json", &text.replacen("\"id\"", "\"id\":\"bob\",\"id\"", 1)),
    ] {
        let answer = key.send_raw(Method::POST, EVALUATION, Some(kind), body.as_bytes().to_vec()).await;
        checks.see(what, answer.status == 400);
    }
}

async fn batch(key: &Client, checks: &mut Checks) {
    let decisions = |answer: &Answer| -> Vec<bool> {
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
    };
    let of = |id: &str| json!({ "resource": { "type": "record", "id": id } });
    let read = without(ask("alice", "read", "record", "record-1"), "/resource");
    let two = with(read.clone(), "evaluations", json!([of("record-1"), of("record-2")]));
    checks.see("as many answers as questions", decisions(&key.post(EVALUATIONS, two.clone()).await).len() == 2);
    let actions = json!({ "subject": { "type": "user", "id": "bob" }, "resource": { "type": "record", "id": "record-1" },
        "evaluations": [{ "action": { "name": "read" } }, { "action": { "name": "write" } }] });
    checks.see("in their order", decisions(&key.post(EVALUATIONS, actions).await) == [true, false]);
    let whole = [ask("alice", "read", "record", "record-1"), ask("bob", "write", "record", "record-1")];
    let answer = key.post(EVALUATIONS, json!({ "evaluations": whole })).await;
    checks.see("without defaults", decisions(&answer) == [true, false]);
    checks.see("no decision over all", answer.body.get("decision").is_none());
    let mut contexts = with(two, "context", json!({ "time": "2026-05-03T18:03-07:00" }));
    contexts["evaluations"][1]["context"] = json!({ "time": "2026-05-03T19:00-07:00", "source": "batch-override" });
    checks.see("contexts are inherited", decisions(&key.post(EVALUATIONS, contexts).await).len() == 2);
    let faulty = key.post(EVALUATIONS, with(read, "evaluations", json!([of("record-1"), {}]))).await;
    checks.see("one that is none is denied", decisions(&faulty) == [true, false]);
    checks.see("and told why", faulty.body["evaluations"][1]["context"]["error"]["status"] == 400);
    let single = ask("alice", "read", "record", "record-1");
    checks.see("without questions it is one", decision(&key.post(EVALUATIONS, single.clone()).await));
    checks.see("with none, too", decision(&key.post(EVALUATIONS, with(single, "evaluations", json!([]))).await));
    let partly = json!({ "subject": { "type": "user", "id": "alice" }, "action": { "name": "read" },
        "resource": { "type": "record" }, "evaluations": [{ "resource": { "id": "record-1" } }] });
    checks.see(
        "what an entity cannot be without comes from the defaults",
        decisions(&key.post(EVALUATIONS, partly).await) == [true],
    );
}

async fn search(key: &Client, checks: &mut Checks) {
    let who = json!({ "subject": { "type": "user" }, "action": { "name": "read" },
        "resource": { "type": "record", "id": "record-1" } });
    let what = json!({ "subject": { "type": "user", "id": "alice" }, "action": { "name": "read" },
        "resource": { "type": "record" } });
    let how =
        json!({ "subject": { "type": "user", "id": "alice" }, "resource": { "type": "record", "id": "record-1" } });
    let found = results(&key.post(SUBJECTS, who.clone()).await);
    for id in ["alice", "bob"] {
        checks.see(format!("{id} is found"), found.contains(&json!({ "type": "user", "id": id })));
    }
    checks.see("of the type asked", found.iter().all(|one| one["type"] == "user" && one["id"].is_string()));
    let found = results(&key.post(RESOURCES, what.clone()).await);
    checks.see(
        "records are found",
        found == [json!({ "type": "record", "id": "record-1" }), json!({ "type": "record", "id": "record-2" })],
    );
    let found = results(&key.post(ACTIONS, how.clone()).await);
    checks.see("actions are found", found == [json!({ "name": "read" }), json!({ "name": "write" })]);
    for (path, body) in [(SUBJECTS, &who), (RESOURCES, &what), (ACTIONS, &how)] {
        let answer = key.post(path, with(body.clone(), "context", json!({ "time": "2026-05-03T18:03Z" }))).await;
        checks.see(format!("{path} with a context"), !results(&answer).is_empty());
        let one = key.post(path, with(body.clone(), "page", json!({ "limit": 1 }))).await;
        checks.see(format!("{path}, a page of one"), results(&one).len() == 1 && one.body["page"]["count"] == 1);
        let token = one.body["page"]["next_token"].as_str().unwrap();
        checks.see(format!("{path}, there is more"), !token.is_empty());
        let next = key.post(path, with(body.clone(), "page", json!({ "token": token }))).await;
        let goes_on = results(&next).len() == 1 && next.body["page"]["next_token"].is_string();
        checks.see(format!("{path}, the next page"), goes_on && next.body["results"] != one.body["results"]);
    }
}

async fn search_errors(key: &Client, checks: &mut Checks) {
    let nobody = json!({ "subject": { "type": "user", "id": "nonexistent" }, "resource": { "type": "record", "id": "record-1" } });
    checks.see("an unknown id", results(&key.post(ACTIONS, nobody).await).is_empty());
    let ship = json!({ "subject": { "type": "spaceship" }, "action": { "name": "read" },
        "resource": { "type": "record", "id": "record-1" } });
    checks.see("an unknown type", results(&key.post(SUBJECTS, ship.clone()).await).is_empty());
    for (path, body) in [
        (SUBJECTS, without(ship.clone(), "/action")),
        (RESOURCES, json!({ "action": { "name": "read" }, "resource": { "type": "record" } })),
        (ACTIONS, json!({ "subject": { "type": "user", "id": "alice" } })),
        (SUBJECTS, without(ship.clone(), "/resource/id")),
        (
            RESOURCES,
            json!({ "subject": { "type": "user" }, "action": { "name": "read" }, "resource": { "type": "record" } }),
        ),
    ] {
        checks.see(format!("{path}: {body}"), key.post(path, body).await.status == 400);
    }
}

async fn discovery(world: &World, checks: &mut Checks) {
    let client = world.with_config(|config| config.public_url = "https://decide.example/".parse().unwrap());
    let answer = client.get("/.well-known/authzen-configuration").await;
    checks.see("the metadata is there for anybody", answer.status == 200);
    checks.see("as JSON", answer.headers["content-type"] == "application/json");
    checks.see("of the public URL", answer.body["policy_decision_point"] == "https://decide.example");
    for (name, path) in [
        ("access_evaluation_endpoint", EVALUATION),
        ("access_evaluations_endpoint", EVALUATIONS),
        ("search_subject_endpoint", SUBJECTS),
        ("search_resource_endpoint", RESOURCES),
        ("search_action_endpoint", ACTIONS),
    ] {
        checks.see(name, answer.body[name] == format!("https://decide.example{path}"));
    }
    let here = world.anonymous().header("host", "evil.example").get("/.well-known/authzen-configuration").await;
    checks.see("whatever host is asked", here.body["policy_decision_point"] == URL);
}

#[tokio::test]
async fn authzen_what_is_taken_back_is_denied_at_once() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let Program { key, model, alice } = registered(&world, &ana, "workspace").await;
    let path = |rest: &str| world.path("workspace", rest);
    let listed = key.get(&path("/grants")).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 3, "{}", listed.text);
    let write = listed.body["items"].as_array().unwrap().iter().find(|one| one["action"] == "write").unwrap();
    assert_eq!(write["subject_id"], alice.as_str());
    let question = ask("alice", "write", "record", "record-1");
    assert!(decision(&key.post(EVALUATION, question.clone()).await));
    let taken = key.delete(&path(&format!("/grants/{}", write["id"].as_str().unwrap()))).await;
    assert_eq!(taken.status, 204, "{}", taken.text);
    let denied = key.post(EVALUATION, question).await;
    assert!(!decision(&denied));
    assert_eq!(denied.body["context"]["missing"], json!({ "model": "record", "action": "write" }));
    let revision: u64 = taken.headers["rolecall-revision"].to_str().unwrap().parse().unwrap();
    assert!(denied.body["context"]["revision"].as_u64().unwrap() >= revision);
    // A model registered anew without an action has it no more; without the model there is nothing.
    let read = ask("alice", "read", "record", "record-1");
    assert!(decision(&key.post(EVALUATION, read.clone()).await));
    let anew = json!({ "name": "record", "actions": ["write"] });
    assert_eq!(key.post(&path("/models"), anew).await.id(), model);
    assert!(!decision(&key.post(EVALUATION, read.clone()).await));
    assert_eq!(key.delete(&path(&format!("/models/{model}"))).await.status, 204);
    assert_eq!(key.get(&path("/grants")).await.body["items"], json!([]));
    assert_eq!(key.post(EVALUATION, read).await.body["context"]["obstacles"], json!(["unknown"]));
}

#[tokio::test]
async fn authzen_roles_and_members_hold_facts_on_programs_models() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let Program { key, model, .. } = registered(&world, &ana, "workspace").await;
    let path = |rest: &str| world.path("workspace", rest);
    let bot = world.bot("workspace", 0);
    let on_bot = json!({ "foreign_id": "of the bot", "bot": bot });
    assert_eq!(key.post(&path(&format!("/models/{model}/resources")), on_bot).await.status, 201);
    let role = ana.post(&path("/roles"), json!({ "name": "Readers" })).await.id();
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role.clone()], &[]).await;
    let id = tess.get("/api/v1/me").await.id();
    let reads = async |record: &str| decision(&key.post(EVALUATION, ask(&id, "read", "record", record)).await);
    assert!(!reads("record-1").await);
    // By her role, as with any other model; explained in the same way.
    let permission = json!({ "model": "record", "action": "read" });
    let added = ana.post(&path(&format!("/roles/{role}/permissions")), permission).await;
    assert_eq!(added.status, 201, "{}", added.text);
    assert!(reads("record-1").await && reads("of the bot").await);
    let explained = ana.get(&path(&format!("/explain?user={id}&model=record&action=read"))).await;
    assert_eq!(explained.body["allowed"], true, "{}", explained.text);
    assert!(ana.get(&path("/models")).await.text.contains("\"record\""));
    let dialog = ana.page(&format!("/acme/roles/{role}")).await;
    assert!(dialog.text.contains("Of other programs") && dialog.text.contains("model-record"), "{}", dialog.text);
    assert_eq!(ana.delete(&path(&format!("/roles/{role}/permissions/{}", added.id()))).await.status, 204);
    assert!(!reads("record-1").await);
    // By a fact of her own, or of her role, on one record alone.
    for holder in [json!({ "user_id": id }), json!({ "role_id": role })] {
        let mut grant = json!({ "model_id": model, "actions": ["read"], "resource": "record-2" });
        grant.as_object_mut().unwrap().extend(holder.as_object().unwrap().clone());
        let given = ana.post(&path("/grants"), grant).await;
        assert_eq!(given.status, 201, "{}", given.text);
        assert!(reads("record-2").await && !reads("record-1").await);
        let found = json!({ "subject": { "type": "user" }, "action": { "name": "read" },
            "resource": { "type": "record", "id": "record-2" } });
        assert!(results(&key.post(SUBJECTS, found).await).contains(&json!({ "type": "user", "id": id })));
        let gone = given.body["items"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(ana.delete(&path(&format!("/grants/{gone}"))).await.status, 204);
        assert!(!reads("record-2").await);
    }
    // It ends when it says, and with the membership.
    let end = rolecall_server::time::Time(world.app.now().plus_seconds(60)).text();
    let grant = json!({ "model_id": model, "actions": ["read"], "user_id": id, "expires_at": end });
    assert_eq!(ana.post(&path("/grants"), grant).await.status, 201);
    assert!(reads("record-1").await);
    world.pass(61);
    assert!(!reads("record-1").await);
    let grant = json!({ "model_id": model, "actions": ["read"], "user_id": id });
    assert_eq!(ana.post(&path("/grants"), grant).await.status, 201);
    assert!(reads("record-1").await);
    let suspended = ana.patch(&path(&format!("/users/{id}")), json!({ "status": "suspended" })).await;
    assert_eq!(suspended.status, 200);
    assert!(!reads("record-1").await);
}

#[tokio::test]
async fn authzen_nobody_gives_on_a_programs_model_what_they_cannot_do_there() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let Program { model, alice, .. } = registered(&world, &ana, "workspace").await;
    let path = |rest: &str| world.path("workspace", rest);
    let role = ana.post(&path("/roles"), json!({ "name": "Giver" })).await.id();
    for permission in [
        json!({ "model": "UserPermission", "action": "update" }),
        json!({ "model": "UserPermission", "action": "read" }),
        json!({ "model": "Model", "action": "read" }),
        json!({ "model": "record", "action": "read" }),
    ] {
        assert_eq!(ana.post(&path(&format!("/roles/{role}/permissions")), permission).await.status, 201);
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role], &[]).await;
    let give = async |action: &str| {
        let grant = json!({ "model_id": model, "actions": [action], "subject_id": alice });
        tess.post(&path("/grants"), grant).await
    };
    assert_eq!(give("read").await.status, 201);
    let refused = give("delete").await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (403, "/problems/guard"), "{}", refused.text);
    let register = json!({ "name": "other", "actions": ["read"] });
    assert_eq!(tess.post(&path("/models"), register).await.status, 403);
}

#[tokio::test]
async fn authzen_programs_of_several_organizations_do_not_meet() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let carla = world.sign_in("Carla").await;
    registered(&world, &ana, "workspace").await;
    // Somebody of another organization, with the same names there: nothing of this one is theirs.
    let made = carla.post("/api/v1/organizations", json!({ "name": "Vega", "preset": "team" })).await;
    let vega = made.id();
    let mut scopes = Vec::new();
    for organization in [&vega, &world.organization("team").id.to_string()] {
        scopes.push(json!({ "organization": organization, "permissions": grants(&OWN_MODELS) }));
    }
    let one = program(&world, &carla.post(TOKENS, json!({ "name": "One", "scope": [scopes[0]] })).await);
    let question = ask("alice", "read", "record", "record-1");
    let none = one.post(EVALUATION, question.clone()).await;
    assert_eq!(none.body["context"]["obstacles"], json!(["unknown"]));
    let named = with(question.clone(), "context", json!({ "organization": world.organization("workspace").id }));
    assert_eq!(one.post(EVALUATION, named).await.text, none.text);
    for path in ["/models", "/subjects", "/grants"] {
        assert_eq!(one.get(&world.path("workspace", path)).await.status, 404, "{path}");
    }
    let both = program(&world, &carla.post(TOKENS, json!({ "name": "Both", "scope": scopes })).await);
    let body = json!({ "name": "record", "actions": ["read"] });
    let model = both.post(&format!("/api/v1/organizations/{vega}/models"), body).await.id();
    let of_model = format!("/api/v1/organizations/{vega}/models/{model}/resources");
    assert_eq!(both.post(&of_model, json!({ "foreign_id": "record-1" })).await.status, 201);
    let stray = json!({ "foreign_id": "x", "bot": world.bot("workspace", 0) });
    assert_eq!(both.post(&of_model, stray).await.status, 422);
    let subject = json!({ "type": "user", "foreign_id": "alice" });
    let alice = both.post(&format!("/api/v1/organizations/{vega}/subjects"), subject).await.id();
    let grant = json!({ "model_id": model, "actions": ["read"], "subject_id": alice });
    let grant = both.post(&format!("/api/v1/organizations/{vega}/grants"), grant).await;
    assert_eq!(grant.status, 201, "{}", grant.text);
    // Where several could be meant, the question names one.
    assert_eq!(both.post(EVALUATION, question.clone()).await.status, 400);
    for (organization, allowed) in [(vega.clone(), true), (world.organization("team").id.to_string(), false)] {
        let named = with(question.clone(), "context", json!({ "organization": organization }));
        assert_eq!(decision(&both.post(EVALUATION, named).await), allowed);
    }
}

#[tokio::test]
async fn authzen_what_programs_register_is_looked_at() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let Program { model, .. } = registered(&world, &ana, "workspace").await;
    let path = |rest: &str| world.path("workspace", rest);
    let nobody = "019ded2c-59c0-7079-ab84-79c643b52cae";
    let resources = format!("/models/{model}/resources");
    for (rest, body, field) in [
        ("/models", json!({ "name": "bot", "actions": ["read"] }), "name"),
        ("/models", json!({ "name": "no name", "actions": ["read"] }), "name"),
        ("/models", json!({ "name": "crm:Ticket", "actions": [] }), "actions"),
        ("/models", json!({ "name": "crm:Ticket", "actions": ["read", "read"] }), "actions.1"),
        ("/models", json!({ "name": "crm:Ticket", "actions": ["a b"] }), "actions.0"),
        (&resources, json!({ "foreign_id": " " }), "foreign_id"),
        (&resources, json!({ "foreign_id": "a\u{0}b" }), "foreign_id"),
        (&resources, json!({ "foreign_id": "x".repeat(257) }), "foreign_id"),
        (&resources, json!({ "foreign_id": "x", "owner": nobody }), "owner"),
        (&resources, json!({ "foreign_id": "x", "properties": { "long": "x".repeat(9000) } }), "properties"),
        ("/subjects", json!({ "type": "user", "foreign_id": "ana@acme.example" }), "foreign_id"),
        ("/subjects", json!({ "type": "user", "foreign_id": nobody }), "foreign_id"),
        ("/grants", json!({ "model_id": nobody, "actions": ["read"], "role_id": nobody }), "model_id"),
        ("/grants", json!({ "model_id": model, "actions": ["read"], "role_id": nobody }), "role_id"),
        ("/grants", json!({ "model_id": model, "actions": ["fly"], "user_id": world.person("Ana") }), "actions.0"),
        ("/grants", json!({ "model_id": model, "actions": ["read"], "user_id": world.person("Finn") }), "user_id"),
        ("/grants", json!({ "model_id": model, "actions": ["read"], "subject_id": nobody }), "subject_id"),
        ("/grants", json!({ "model_id": model, "actions": ["read"] }), "subject_id"),
        (
            "/grants",
            json!({ "model_id": model, "actions": ["read"], "role_id": nobody, "user_id": nobody }),
            "subject_id",
        ),
    ] {
        let answer = ana.post(&path(rest), body.clone()).await;
        assert_eq!(answer.status, 422, "{rest} {body}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field, "{rest} {body}: {}", answer.text);
    }
    for free in ["a/b?c#d", "<script>alert(1)</script>", "Ünïcödé 🤖", "'; DROP TABLE account; --"] {
        let made = ana.post(&path(&resources), json!({ "foreign_id": free })).await;
        assert_eq!((made.status.as_u16(), &made.body["foreign_id"]), (201, &json!(free)), "{}", made.text);
    }
}
