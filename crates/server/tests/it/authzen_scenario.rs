//! The public scenario for decision points, run against a fixture that is made through the API alone: its levels Basic, Batch
//! and Search in their core form, and Discovery. Each check is counted.

use http::Method;
use serde_json::{Value, json};

use crate::authzen::{EVALUATION, EVALUATIONS, ask, decision};
use crate::authzen_programs::{Program, SUBJECTS, registered, results};
use crate::world::{Answer, Client, URL, World};

const RESOURCES: &str = "/access/v1/search/resource";
const ACTIONS: &str = "/access/v1/search/action";

fn without(mut body: Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
    body
}

pub fn with(mut body: Value, name: &str, value: Value) -> Value {
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
