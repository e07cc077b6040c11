//! Decisions for other programs by the AuthZEN Authorization API 1.0, about our own people, bots and records.

use http::Method;
use serde_json::{Value, json};

use crate::keys::{TOKENS, grants, program};
use crate::world::{Answer, Client, World};

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const EVALUATIONS: &str = "/access/v1/evaluations";

/// A key that may ask about everybody of these organizations.
pub async fn asker(world: &World, person: &Client, organizations: &[&str], permissions: &[(&str, &str)]) -> Client {
    let scope: Value = organizations
        .iter()
        .map(|preset| json!({ "organization": world.organization(preset).id, "permissions": grants(permissions) }))
        .collect();
    program(world, &person.post(TOKENS, json!({ "name": "Asker", "scope": scope })).await)
}

pub fn ask(subject: &str, action: &str, model: &str, id: &str) -> Value {
    json!({ "subject": { "type": "user", "id": subject }, "action": { "name": action },
        "resource": { "type": model, "id": id } })
}

pub fn decision(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["decision"].as_bool().unwrap()
}

const ASKS: [(&str, &str); 2] = [("UserPermission", "read"), ("Role", "read")];

#[tokio::test]
async fn authzen_decides_as_explain_does_by_id_and_by_address() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let org = world.organization("workspace");
    let (org_id, bot) = (org.id.to_string(), world.bot("workspace", 0));
    let mut tried = 0;
    for person in &org.people {
        for (model, action, place) in [
            ("Publication", "create", &bot),
            ("Content", "update", &bot),
            ("Bot", "read", &bot),
            ("Bot", "create", &org_id),
            ("Role", "update", &org_id),
            ("AuditLog", "read", &org_id),
        ] {
            let on = if place == &bot { format!("&bot={bot}") } else { String::new() };
            let path = format!("/explain?user={}&model={model}&action={action}{on}", person.user_id);
            let explained = ana.get(&world.path("workspace", &path)).await;
            let asked = key.post(EVALUATION, ask(&person.user_id.to_string(), action, model, place)).await;
            assert_eq!(decision(&asked), explained.body["allowed"], "{} {model} {action}: {}", person.name, asked.text);
            assert_eq!(asked.body["context"]["revision"], explained.body["revision"]);
            assert_eq!(asked.headers["rolecall-revision"], explained.body["revision"].to_string().as_str());
            let by_address = key.post(EVALUATION, ask(&person.email.to_uppercase(), action, model, place)).await;
            assert_eq!(by_address.body, asked.body);
            match decision(&asked) {
                true => assert!(asked.body["context"]["reasons"][0]["fact"].is_string(), "{}", asked.text),
                false => assert_eq!(asked.body["context"]["missing"], json!({ "model": model, "action": action })),
            }
            tried += 1;
        }
    }
    assert!(tried >= 12);
}

#[tokio::test]
async fn authzen_of_what_the_asker_may_not_know_nothing_differs_from_what_is_not_there() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let (bot, strange_bot) = (world.bot("workspace", 0), world.bot("team", 0));
    let nobody = "019ded2c-59c0-7079-ab84-79c643b52cae";
    let (ana_id, finn) = (world.person("Ana"), world.person("Finn"));
    let finn_mail = &world.organization("team").people.iter().find(|one| one.name.starts_with("Finn")).unwrap().email;
    let mut answers = Vec::new();
    for (subject, action, model, id) in [
        (nobody, "read", "Bot", bot.as_str()),
        (&finn, "read", "Bot", &bot),
        (finn_mail, "read", "Bot", &bot),
        ("nobody@example.com", "read", "Bot", &bot),
        ("alice", "read", "Bot", &bot),
        (&ana_id, "read", "Bot", &strange_bot),
        (&finn, "read", "Bot", &strange_bot),
        (&ana_id, "read", "Bot", nobody),
        (&ana_id, "read", "Organization", &world.organization("team").id.to_string()),
        (&ana_id, "fly", "Bot", &bot),
        (&ana_id, "read", "Spaceship", &bot),
        (&ana_id, "read", "not a name", "x"),
    ] {
        let asked = key.post(EVALUATION, ask(subject, action, model, id)).await;
        assert!(!decision(&asked), "{subject} {model} {id}: {}", asked.text);
        answers.push(asked.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // A key without leave to ask about anybody is told so; nobody, and a bad token, are nobody.
    let blind = asker(&world, &ana, &["workspace"], &[("Bot", "read")]).await;
    assert_eq!(blind.post(EVALUATION, ask(&ana_id, "read", "Bot", &bot)).await.status, 403);
    let anonymous = world.anonymous();
    for path in [EVALUATION, EVALUATIONS, "/access/v1/search/subject", "/access/v1/search/action"] {
        let answer = anonymous.post(path, json!({})).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(answer.headers.contains_key("www-authenticate"));
        assert_eq!(anonymous.header("authorization", "Bearer rcp_no").post(path, json!({})).await.status, 401);
    }
}

#[tokio::test]
async fn authzen_a_key_of_a_bot_asks_about_its_team_alone() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (bot, other) = (world.bot("workspace", 0), world.bot("workspace", 1));
    let made = json!({ "name": "Gate", "scope": grants(&[("Team", "read")]) });
    let key = program(&world, &ana.post(&format!("/api/v1/bots/{bot}/api-keys"), made).await);
    let role = [world.role("workspace", "manager")];
    let tess = world.join(&ana, "workspace", "tess@example.com", &role, std::slice::from_ref(&bot)).await;
    let tess = tess.get("/api/v1/me").await.id();
    let lone = world.join(&ana, "workspace", "lone@example.com", &[world.role("workspace", "admin")], &[]).await;
    let lone = lone.get("/api/v1/me").await.id();
    assert!(decision(&key.post(EVALUATION, ask(&tess, "read", "Bot", &bot)).await));
    let unknown = key.post(EVALUATION, ask(&lone, "read", "Bot", &bot)).await;
    assert!(!decision(&unknown));
    assert_eq!(unknown.body["context"]["obstacles"], json!(["unknown"]));
    assert!(!decision(&key.post(EVALUATION, ask(&tess, "read", "Bot", &other)).await));
    // Taken off the team, it is over with the answer to that.
    assert!(ana.delete(&format!("/api/v1/bots/{bot}/team/{tess}")).await.status.is_success());
    let gone = key.post(EVALUATION, ask(&tess, "read", "Bot", &bot)).await;
    assert_eq!(gone.body["context"]["obstacles"], json!(["unknown"]));
}

#[tokio::test]
async fn authzen_people_ask_about_themselves_freely_and_about_others_as_they_may() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let bot = world.bot("workspace", 0);
    let own = mei.get(&format!("/api/v1/me/permissions?organization={}", world.organization("workspace").id)).await;
    assert_eq!(own.status, 200);
    let me = world.person("Mei");
    let on = mei.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    for (model, action) in [("Content", "update"), ("Content", "read"), ("Publication", "create"), ("Bot", "read")] {
        let asked = mei.post(EVALUATION, ask(&me, action, model, &bot)).await;
        let listed = on.body["permissions"][model].as_array().is_some_and(|all| all.contains(&json!(action)));
        assert_eq!(decision(&asked), listed, "{model} {action}: {} {}", on.text, asked.text);
    }
    let strange = mei.post(EVALUATION, ask(&me, "read", "Bot", &world.bot("team", 0))).await;
    let nowhere = mei.post(EVALUATION, ask(&me, "read", "Bot", "019ded2c-59c0-7079-ab84-79c643b52cae")).await;
    assert_eq!(strange.text, nowhere.text);
    // From another site, a cookie asks nothing.
    let other = mei.header("origin", "https://evil.example").post(EVALUATION, ask(&me, "read", "Bot", &bot)).await;
    assert_eq!(other.status, 403);
}

#[tokio::test]
async fn authzen_records_are_where_they_live_and_whose_they_are() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let bot = world.bot("workspace", 0);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Own texts" })).await.id();
    let own = json!({ "model": "Content", "action": "update", "relation": "owner" });
    assert_eq!(ana.post(&world.path("workspace", &format!("/roles/{role}/permissions")), own).await.status, 201);
    for action in ["create", "read"] {
        let more = json!({ "model": "Content", "action": action, "relation": "team" });
        assert_eq!(ana.post(&world.path("workspace", &format!("/roles/{role}/permissions")), more).await.status, 201);
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role], std::slice::from_ref(&bot)).await;
    let id = tess.get("/api/v1/me").await.id();
    let entry = |title: &str| json!({ "kind": "entry", "title": title, "body": "In the drawer." });
    let hers = tess.post(&format!("/api/v1/bots/{bot}/content"), entry("Hers")).await.id();
    let anas = ana.post(&format!("/api/v1/bots/{bot}/content"), entry("Ana's")).await.id();
    assert!(decision(&key.post(EVALUATION, ask(&id, "update", "Content", &hers)).await));
    assert!(!decision(&key.post(EVALUATION, ask(&id, "update", "Content", &anas)).await));
    let mut said = ask(&id, "update", "Content", &bot);
    assert!(!decision(&key.post(EVALUATION, said.clone()).await));
    said["resource"]["properties"] = json!({ "owner": id });
    assert!(decision(&key.post(EVALUATION, said.clone()).await));
    // Of a record that is there, nobody says whose it is but the record.
    said["resource"]["id"] = json!(anas);
    assert!(!decision(&key.post(EVALUATION, said.clone()).await));
    said["resource"]["properties"] = json!({ "organization": world.organization("team").id });
    said["resource"]["id"] = json!(hers);
    assert!(!decision(&key.post(EVALUATION, said).await));
}

#[tokio::test]
async fn authzen_asks_for_no_older_truth_and_is_answered_by_revision() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let made = ana.post(&world.path("workspace", "/roles"), json!({ "name": "New" })).await;
    let revision: u64 = made.headers["rolecall-revision"].to_str().unwrap().parse().unwrap();
    let mut question = ask(&world.person("Ana"), "read", "Bot", &world.bot("workspace", 0));
    question["context"] = json!({ "min_revision": revision });
    let answer = key.post(EVALUATION, question.clone()).await;
    assert!(decision(&answer) && answer.body["context"]["revision"].as_u64().unwrap() >= revision);
    question["context"] = json!({ "min_revision": revision + 1_000_000 });
    let late = key.post(EVALUATION, question.clone()).await;
    assert_eq!(late.status, 503);
    assert!(late.headers.contains_key("retry-after"));
    for wrong in [json!("1"), json!(-1), json!(1.5)] {
        question["context"] = json!({ "min_revision": wrong });
        assert_eq!(key.post(EVALUATION, question.clone()).await.status, 400);
    }
}

#[tokio::test]
async fn authzen_batches_end_where_their_semantic_says() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let bot = world.bot("workspace", 0);
    let batch = |semantic: Option<&str>, models: &[&str]| {
        let each: Vec<Value> = models.iter().map(|model| json!({ "resource": { "type": model } })).collect();
        let mut body = json!({ "subject": { "type": "user", "id": world.person("Ana") }, "action": { "name": "read" },
            "resource": { "type": "Bot", "id": bot }, "evaluations": each });
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        body
    };
    let of = |answer: Answer| -> Vec<bool> {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.body.get("decision").is_none());
        answer.body["evaluations"].as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
    };
    let mixed = ["Content", "Spaceship", "Flow"];
    let denied = ["Spaceship", "Nothing", "Content", "Flow"];
    for (semantic, models, expected) in [
        (None, &mixed[..], vec![true, false, true]),
        (Some("execute_all"), &mixed, vec![true, false, true]),
        (Some("deny_on_first_deny"), &mixed, vec![true, false]),
        (Some("permit_on_first_permit"), &mixed, vec![true]),
        (Some("permit_on_first_permit"), &denied, vec![false, false, true]),
        (Some("deny_on_first_deny"), &denied, vec![false]),
    ] {
        assert_eq!(of(key.post(EVALUATIONS, batch(semantic, models)).await), expected, "{semantic:?} {models:?}");
    }
    for wrong in [json!("sometimes"), json!(1), json!(null)] {
        let mut body = batch(None, &mixed);
        body["options"] = json!({ "evaluations_semantic": wrong });
        assert_eq!(key.post(EVALUATIONS, body).await.status, 400);
    }
    let many: Vec<&str> = std::iter::repeat_n("Content", 1_001).collect();
    assert_eq!(key.post(EVALUATIONS, batch(None, &many)).await.status, 400);
    assert_eq!(of(key.post(EVALUATIONS, batch(None, &many[..100])).await).len(), 100);
    for wrong in [json!({}), json!([1]), json!("x")] {
        let mut body = batch(None, &mixed);
        body["evaluations"] = wrong;
        assert_eq!(key.post(EVALUATIONS, body).await.status, 400);
    }
}

#[tokio::test]
async fn authzen_searches_hold_what_single_questions_allow() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let org = world.organization("workspace");
    let (org_id, bot) = (org.id.to_string(), world.bot("workspace", 0));
    let ids = |answer: &Answer, field: &str| -> Vec<String> {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let results = answer.body["results"].as_array().unwrap();
        results.iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    for (model, action, place) in
        [("Content", "update", &bot), ("Bot", "read", &bot), ("Role", "create", &org_id), ("Bot", "create", &org_id)]
    {
        let body = json!({ "subject": { "type": "user" }, "action": { "name": action },
            "resource": { "type": model, "id": place } });
        let found = ids(&key.post("/access/v1/search/subject", body).await, "id");
        assert!(found.contains(&world.person("Ana")), "{model} {action}");
        for person in &org.people {
            let id = person.user_id.to_string();
            let single = decision(&key.post(EVALUATION, ask(&id, action, model, place)).await);
            assert_eq!(found.contains(&id), single, "{} {model} {action}", person.name);
            let body = json!({ "subject": { "type": "user", "id": id }, "action": { "name": action },
                "resource": { "type": model } });
            let with = ids(&key.post("/access/v1/search/resource", body).await, "id");
            assert_eq!(with.contains(place), single, "{} {model} {action}: {with:?}", person.name);
            assert!(with.iter().all(|id| *id == org_id || org.bots.iter().any(|bot| bot.id.to_string() == *id)));
            let body = json!({ "subject": { "type": "user", "id": id }, "resource": { "type": model, "id": place } });
            let what = ids(&key.post("/access/v1/search/action", body).await, "name");
            assert_eq!(what.contains(&action.to_owned()), single, "{} {model} {action}: {what:?}", person.name);
        }
    }
    // Of others' people, bots and organizations there is nothing.
    let strange = world.bot("team", 0);
    for (path, body) in [
        (
            "/access/v1/search/subject",
            json!({ "subject": { "type": "user" }, "action": { "name": "read" }, "resource": { "type": "Bot", "id": strange } }),
        ),
        (
            "/access/v1/search/resource",
            json!({ "subject": { "type": "user", "id": world.person("Finn") }, "action": { "name": "read" }, "resource": { "type": "Bot" } }),
        ),
        (
            "/access/v1/search/action",
            json!({ "subject": { "type": "user", "id": world.person("Finn") }, "resource": { "type": "Bot", "id": strange } }),
        ),
    ] {
        assert_eq!(key.post(path, body).await.body["results"], json!([]), "{path}");
    }
}

#[tokio::test]
async fn authzen_pages_belong_to_their_question() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let mut body = json!({ "subject": { "type": "user" }, "action": { "name": "read" },
        "resource": { "type": "Bot", "id": world.bot("workspace", 0) } });
    let path = "/access/v1/search/subject";
    let all = key.post(path, body.clone()).await;
    assert_eq!(all.body["page"]["next_token"], "");
    let mut found = Vec::new();
    body["page"] = json!({ "limit": 1 });
    let first = key.post(path, body.clone()).await;
    let mut page = first.body.clone();
    loop {
        assert!(page["results"].as_array().unwrap().len() <= 1);
        found.extend(page["results"].as_array().unwrap().clone());
        let token = page["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        body["page"] = json!({ "token": token });
        page = key.post(path, body.clone()).await.body;
    }
    assert_eq!(json!(found), all.body["results"]);
    assert!(found.len() > 1);
    let token = first.body["page"]["next_token"].clone();
    let mut other = body.clone();
    other["action"]["name"] = json!("update");
    other["page"] = json!({ "token": token });
    body["page"] = json!({ "token": token, "limit": 2 });
    for wrong in [other, body.clone()] {
        assert_eq!(key.post(path, wrong).await.status, 400);
    }
    for wrong in
        [json!("x"), json!({ "token": "x" }), json!({ "token": 1 }), json!({ "limit": 0 }), json!({ "limit": "1" })]
    {
        body["page"] = wrong.clone();
        assert_eq!(key.post(path, body.clone()).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn authzen_questions_are_read_strictly() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let raw = async |kind: Option<&str>, body: &str| {
        key.send_raw(Method::POST, EVALUATION, kind, body.as_bytes().to_vec()).await.status.as_u16()
    };
    let json = Some("application/json");
    let good = ask(&world.person("Ana"), "read", "Bot", &world.bot("workspace", 0)).to_string();
    assert_eq!(raw(json, &good).await, 200);
    assert_eq!(raw(Some("application/json; charset=utf-8"), &good).await, 200);
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        assert_eq!(raw(kind, &good).await, 400);
    }
    let twice = good.replacen("\"action\"", "\"action\":{\"name\":\"update\"},\"action\"", 1);
    let inner = good.replacen("\"name\"", "\"name\":\"update\",\"name\"", 1);
    for body in ["", "{", "[]", "null", "{} {}", &twice, &inner, "\u{feff}{}"] {
        assert_eq!(raw(json, body).await, 400, "{body}");
    }
    assert_eq!(raw(json, &" ".repeat(2 << 20)).await, 413);
    assert_eq!(key.get(EVALUATION).await.status, 405);
}
