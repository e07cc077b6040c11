//! The audit log from outside: what is in it, who takes it out, how long it is kept.

use http_body_util::BodyExt as _;
use rolecall_server::service::operator::prune_due;
use rolecall_store::{AuditEntry, Caller};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::second_factor::enrol;
use crate::world::{Answer, Client, PASSWORD, World};

const ACTIVITY: &str = "/api/v1/me/activity";

/// The lines of an export, as JSON.
fn lines(export: &Answer) -> Vec<Value> {
    assert_eq!(export.status, 200, "{}", export.text);
    export.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn items(list: &Answer) -> Vec<Value> {
    assert_eq!(list.status, 200, "{}", list.text);
    list.body["items"].as_array().unwrap().clone()
}

/// So many rows at once.
async fn fill(world: &World, preset: &str, number: usize) {
    let organization = world.organization(preset).id.to_string().parse::<Uuid>().unwrap().into();
    let mut change = world.app.store.change(Caller::operator(world.app.now())).await.unwrap();
    for one in 0..number {
        change.audit(AuditEntry::done(organization, "update", "Role", Uuid::nil(), format!("Row {one}")));
    }
    change.commit().await.unwrap();
}

#[tokio::test]
async fn w_25_an_export_is_what_the_list_shows() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    fill(&world, "workspace", 620).await;
    ana.post(&world.path("workspace", "/roles"), json!({ "name": "=HYPERLINK(\"x\")" })).await;
    let mut listed = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ana.get(&world.path("workspace", &format!("/audit-events?limit=200{cursor}"))).await;
        listed.extend(items(&page));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let export = ana.get(&world.path("workspace", "/audit-events/export")).await;
    assert_eq!(export.headers["content-type"], "application/x-ndjson");
    let disposition = export.headers["content-disposition"].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"audit-log-acme-2026-05-03.jsonl\"");
    assert_eq!(lines(&export), listed);
    // That it was taken out, and which of it, is written.
    let narrowed = ana.get(&world.path("workspace", "/audit-events/export?model=Role&action=create&q=hyper")).await;
    assert_eq!(lines(&narrowed).len(), 1);
    let told = ana.get(&world.path("workspace", "/audit-events?action=export")).await;
    let after: Vec<Value> = items(&told).iter().map(|item| item["after"].clone()).collect();
    let expected = json!({ "format": "jsonl", "model": "Role", "action": "create", "search": "hyper" });
    assert_eq!(after, [expected, json!({ "format": "jsonl" })]);
    // A spreadsheet runs nothing.
    let csv = ana.get(&world.path("workspace", "/audit-events/export?format=csv&model=Role&action=create")).await;
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let mut rows = csv.text.split("\r\n");
    assert!(rows.next().unwrap().starts_with("created_at,outcome,actor_kind,actor_id,actor_name,action,model,"));
    assert!(rows.next().unwrap().contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{}", csv.text);
}

#[tokio::test]
async fn w_25_an_export_is_asked_for_well_and_from_here() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = world.path("workspace", "/audit-events/export");
    for bad in
        ["format=xlsx", "outcome=maybe", "from=yesterday", "actor=ana", "limit=5", &format!("q={}", "x".repeat(201))]
    {
        assert_eq!(ana.get(&format!("{path}?{bad}")).await.status, 422, "{bad}");
    }
    assert_eq!(mei.get(&path).await.status, 403);
    assert_eq!(world.anonymous().get(&path).await.status, 401);
    assert_eq!(world.sign_in("Carla").await.get(&path).await.status, 404);
    let foreign = ana.header("sec-fetch-site", "cross-site").get(&path).await;
    assert_eq!((foreign.status.as_u16(), foreign.problem()), (403, "/problems/cross-site"));
    assert_eq!(items(&ana.get(&world.path("workspace", "/audit-events?action=export")).await).len(), 0);
}

/// Reads the first part of an export; then something happens; whether the rest comes.
async fn rest_comes(reader: &Client, path: &str, happens: impl Future<Output = ()>) -> bool {
    let mut body = reader.open(path).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.iter().filter(|byte| **byte == b'\n').count() >= 500);
    happens.await;
    let mut whole = true;
    while let Some(frame) = body.frame().await {
        whole = whole && frame.is_ok();
        if frame.is_err() {
            break;
        }
    }
    whole
}

#[tokio::test]
async fn w_25_an_export_ends_with_the_access() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    fill(&world, "workspace", 1200).await;
    let permissions = world.path("workspace", &format!("/users/{}/permissions", world.person("Mei")));
    let held = |on: bool| {
        let permission = json!({ "model": "AuditLog", "action": "read" });
        json!({ "permissions": if on { vec![permission] } else { Vec::new() } })
    };
    assert_eq!(ana.put(&permissions, held(true)).await.status, 200);
    let mei = world.sign_in("Mei").await;
    let path = world.path("workspace", "/audit-events/export");
    assert!(rest_comes(&mei, &path, async {}).await);
    let revoked = async { assert_eq!(ana.put(&permissions, held(false)).await.status, 200) };
    assert!(!rest_comes(&mei, &path, revoked).await, "the permission was taken away");
    assert_eq!(ana.put(&permissions, held(true)).await.status, 200);
    let signed_out = async { assert_eq!(mei.delete("/api/v1/session").await.status, 204) };
    assert!(!rest_comes(&mei, &path, signed_out).await, "the session ended");
}

#[tokio::test]
async fn w_25_secrets_are_never_written_and_what_concerns_accounts_is() {
    let world = World::new().await;
    let mut secrets = vec![world.demo.password.clone(), PASSWORD.to_owned(), "a wrong password".to_owned()];
    let mei = world.sign_in("Mei").await;
    let wrong = json!({ "email": "mei@acme.example", "password": "a wrong password" });
    world.anonymous().post("/api/v1/session", wrong).await;
    let enrolled = enrol(&world, mei).await;
    let mei = &enrolled.client;
    secrets.extend(enrolled.codes.clone());
    let step = crate::second_factor::first_step(&world, "mei@acme.example", &world.demo.password).await;
    let step = world.with_cookie(&step);
    for code in ["918273", "AAAA-BBBB-CCCC-DDDD"] {
        secrets.push(code.to_owned());
        assert_eq!(step.post("/api/v1/session/second-factor", json!({ "code": code })).await.status, 401);
    }
    let code = enrolled.codes[0].clone();
    let signed_in = step.post("/api/v1/session/second-factor", json!({ "code": code })).await;
    assert_eq!(signed_in.status, 201, "{}", signed_in.text);
    assert_eq!(mei.post("/api/v1/session/confirm", json!({ "password": "a wrong password" })).await.status, 401);
    let organization = world.organization("workspace").id;
    let scope = json!([{ "organization": organization, "permissions": [{ "model": "Bot", "action": "read" }] }]);
    let body = json!({ "name": "Script", "scope": scope });
    let token = mei.post("/api/v1/me/tokens", body).await;
    assert_eq!(token.status, 201, "{}", token.text);
    secrets.push(token.body["secret"].as_str().unwrap().to_owned());
    let others = mei.delete("/api/v1/me/sessions").await;
    assert_eq!(others.status, 204, "{}", others.text);
    let password = json!({ "current": world.demo.password, "password": PASSWORD });
    let changed = mei.put("/api/v1/me/password", password).await;
    assert!(changed.status.is_success(), "{}", changed.text);
    let mei = mei.with(&world.with_cookie(&changed));
    let codes = mei.post("/api/v1/me/backup-codes", json!({})).await;
    secrets.extend(codes.body["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()));
    secrets.push(mei.cookie.clone().unwrap().split('=').next_back().unwrap().to_owned());
    let actions: Vec<String> = items(&mei.get(ACTIVITY).await)
        .iter()
        .map(|item| {
            format!("{} {} {}", item["action"].as_str().unwrap(), item["outcome"].as_str().unwrap(), item["repeats"])
        })
        .collect();
    assert_eq!(
        actions[..12],
        [
            "make_backup_codes done 0",
            "change_password done 0",
            "sign_out_everywhere done 0",
            "create_token done 0",
            "confirm failed 0",
            "sign_in done 0",
            "use_backup_code done 0",
            "second_factor failed 1",
            "make_backup_codes done 0",
            "add_authenticator done 0",
            "sign_in failed 0",
            "sign_in done 0",
        ]
    );
    let written = world.scratch.texts(
        "SELECT actor_name || ' ' || record_name || ' ' || detail || ' ' || searched || ' ' || COALESCE(before, '') || ' ' \
         || COALESCE(after, '') || ' ' || agent || ' ' || request_id FROM audit_event",
    );
    let written = written.await.unwrap().join("\n").to_lowercase();
    for secret in secrets {
        assert!(!written.contains(&secret.to_lowercase()), "{secret} is written");
        assert!(!written.contains(&secret.replace('-', "").to_lowercase()), "{secret} is written");
    }
}

#[tokio::test]
async fn p_14_one_sees_what_happened_to_ones_own_account_and_to_no_other() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    for _ in 0..3 {
        let wrong = json!({ "email": "mei@acme.example", "password": "a wrong password" });
        world.anonymous().header("user-agent", "Elsewhere").post("/api/v1/session", wrong).await;
    }
    let seen = items(&mei.get(ACTIVITY).await);
    let told =
        |item: &Value| (item["action"].clone(), item["outcome"].clone(), item["by"].clone(), item["repeats"].clone());
    assert_eq!(told(&seen[0]), (json!("sign_in"), json!("failed"), json!("anybody"), json!(2)));
    assert_eq!(told(&seen[1]), (json!("sign_in"), json!("done"), json!("oneself"), json!(0)));
    assert!(items(&ana.get(ACTIVITY).await).iter().all(|item| item["outcome"] == "done"), "hers alone");
    assert_eq!(world.anonymous().get(ACTIVITY).await.status, 401);
    let page = mei.page("/profile/authentication").await;
    assert!(page.text.contains("Recent activity") && page.text.contains("A sign-in failed"), "{}", page.text);
    // What the operator does is told, without from where.
    let reset = rolecall_server::service::operator::create_recovery_link(&world.app, "mei@acme.example").await;
    assert!(reset.is_ok());
    let last = &items(&mei.get(ACTIVITY).await)[0];
    assert_eq!(
        (&last["action"], &last["by"], &last["address"]),
        (&json!("recovery_link"), &json!("operator"), &json!(""))
    );
}

#[tokio::test]
async fn w_25_an_organization_says_how_long_its_log_is_kept() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let policies = world.path("workspace", "/policies");
    for bad in [json!(29), json!(3651), json!(0), json!(-1), json!("30"), json!(30.5)] {
        assert_eq!(ana.patch(&policies, json!({ "audit_retention_days": bad })).await.status, 422, "{bad}");
    }
    assert_eq!(mei.patch(&policies, json!({ "audit_retention_days": 30 })).await.status, 403);
    assert_eq!(ana.get(&policies).await.body["audit_retention_days"], Value::Null);
    let set = ana.patch(&policies, json!({ "audit_retention_days": 30 })).await;
    assert_eq!((set.status.as_u16(), &set.body["audit_retention_days"]), (200, &json!(30)));
    let kept = ana.patch(&policies, json!({ "manage_peers": true })).await;
    assert_eq!(kept.body["audit_retention_days"], json!(30), "what is left out stays");
    let told = items(&ana.get(&world.path("workspace", "/audit-events?model=Policy")).await);
    assert_eq!(told[1]["after"]["audit_retention_days"], json!(30));
    // In time what it says goes, and only there.
    world.pass(31 * 86_400);
    let (ana, carla) = (world.sign_in("Ana").await, world.sign_in("Carla").await);
    let theirs = items(&carla.get(&world.path("team", "/audit-events")).await).len();
    assert_eq!(prune_due(&world.app).await.unwrap(), 1);
    assert_eq!(prune_due(&world.app).await.unwrap(), 0);
    let left = items(&ana.get(&world.path("workspace", "/audit-events")).await);
    let actions: Vec<&str> = left.iter().map(|item| item["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["prune", "sign_in"]);
    assert_eq!(items(&carla.get(&world.path("team", "/audit-events")).await).len(), theirs);
    assert_eq!(world.app.store.verify_audit_chain().await.unwrap(), None);
    let page = ana.page("/acme/audit-log").await;
    assert!(page.text.contains("kept no longer"), "{}", page.text);
}

#[tokio::test]
async fn w_25_the_settings_page_sets_how_long_the_log_is_kept() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let policies = world.path("workspace", "/policies");
    let page = ana.page("/acme/settings").await;
    let version = page.text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let set = ana.form("/acme/settings/policies", &[("version", &version), ("audit_retention_days", "90")]).await;
    assert_eq!(set.status, 303, "{}", set.text);
    assert_eq!(ana.get(&policies).await.body["audit_retention_days"], json!(90));
    let page = ana.page("/acme/settings").await;
    assert!(page.text.contains("for 90 days"), "{}", page.text);
    let version = page.text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for bad in ["5", "x", "99999999999"] {
        let refused =
            ana.form("/acme/settings/policies", &[("version", &version), ("audit_retention_days", bad)]).await;
        assert_eq!(refused.status, 303, "{}", refused.text);
        assert_eq!(ana.get(&policies).await.body["audit_retention_days"], json!(90), "{bad}");
    }
    ana.form("/acme/settings/policies", &[("version", &version), ("audit_retention_days", "")]).await;
    assert_eq!(ana.get(&policies).await.body["audit_retention_days"], Value::Null);
}

#[tokio::test]
async fn w_25_the_page_filters_by_person_record_action_outcome_and_time() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let made = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    ana.patch(made.location(), json!({ "name": "Writer" })).await;
    mei.get(&world.path("workspace", "/users")).await;
    let all = ana.page("/acme/audit-log").await.text;
    let rows = |text: &str| text.matches("<li class=\"event\">").count();
    assert!(
        all.contains("Only this person") && all.contains(&format!("record={}", made.id().replace('-', "%2D"))),
        "{all}"
    );
    let shown = |query: String| {
        let ana = ana.clone();
        async move { ana.page(&format!("/acme/audit-log?{query}")).await }
    };
    let mine = shown(format!("actor={}", world.person("Mei"))).await.text;
    assert!(mine.contains("Who: Mei Tanaka") && !mine.contains("Writer"), "{mine}");
    let role = shown(format!("record={}&model=Role", made.id())).await.text;
    assert_eq!(rows(&role), 2, "{role}");
    assert!(role.contains(&format!("href=\"/acme/audit-log?record={}\"", made.id().replace('-', "%2D"))), "{role}");
    assert_eq!(rows(&shown(format!("record={}&action=update", made.id())).await.text), 1);
    let denied = shown("outcome=denied".to_owned()).await.text;
    assert_eq!(rows(&denied), 1);
    assert!(
        denied.contains("/audit-events/export?format=csv&amp;outcome=denied")
            || denied.contains("format=csv&#38;outcome=denied"),
        "{denied}"
    );
    assert_eq!(rows(&shown("until=2026-05-02".to_owned()).await.text), 0);
    assert_eq!(rows(&shown("from=2026-05-03&until=2026-05-03".to_owned()).await.text), rows(&all));
    for bad in ["from=soon", "until=2026-02-30", "actor=mei", "record=x", "outcome=maybe"] {
        let refused = shown(bad.to_owned()).await;
        assert_eq!((refused.status.as_u16(), rows(&refused.text)), (422, 0), "{bad}");
    }
}

#[tokio::test]
async fn w_25_the_page_says_whether_the_chain_is_verified() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    assert!(ana.page("/acme/audit-log").await.text.contains("Being verified"));
    let state = world.app.store.watch_audit_chain(world.app.now()).await.unwrap();
    assert!(state.broken.is_none() && state.position > 0);
    let page = ana.page("/acme/audit-log").await.text;
    assert!(page.contains("Verified") && page.contains("up to the row of") && !page.contains("not as it was written"));
    world.scratch.execute("UPDATE audit_event SET record_name = 'x' WHERE position = 2").await.unwrap();
    world.pass(86_400);
    let state = world.app.store.watch_audit_chain(world.app.now()).await.unwrap();
    assert_eq!(state.broken.map(|broken| broken.position), Some(2));
    let ana = world.sign_in("Ana").await;
    let page = ana.page("/acme/audit-log").await.text;
    assert!(page.contains("not as it was written") && page.contains("rolecall doctor --audit"), "{page}");
}
