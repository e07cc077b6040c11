//! Models of other programs: what they register, who holds facts on it, and who gives them.

use serde_json::{Value, json};

use crate::authzen::{EVALUATION, ask, decision};
use crate::authzen_scenario::with;
use crate::keys::{TOKENS, grants, program};
use crate::world::{Answer, Client, World};

pub const SUBJECTS: &str = "/access/v1/search/subject";

/// What a program needs that brings its own models.
const OWN_MODELS: [(&str, &str); 5] = [
    ("Model", "create"),
    ("Model", "read"),
    ("Model", "delete"),
    ("UserPermission", "read"),
    ("UserPermission", "update"),
];

/// A program with its model `record`, two records, two users and what they may.
pub struct Program {
    pub key: Client,
    model: String,
    alice: String,
}

pub async fn registered(world: &World, admin: &Client, preset: &str) -> Program {
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

pub fn results(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.body["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone()
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
    let tess = world.join(&ana, "workspace", "tess@example.com", std::slice::from_ref(&role), &[]).await;
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
