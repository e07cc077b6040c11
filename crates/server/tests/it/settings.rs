//! Settings: policies, team, billing, the end of an organization; roles as matrices.

use rolecall_server::service::operator;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn policies_are_changed_previewed_and_guarded() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = world.path("workspace", "/policies");
    let before = ana.get(&path).await;
    let manager = world.role("workspace", "manager");
    let set = ana.patch(&path, json!({ "default_invitation_role_id": manager })).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(set.body["default_invitation_role"]["name"], "manager");
    assert_eq!(set.body["manage_peers"], before.body["manage_peers"], "what is left out stays");
    assert!(set.headers.contains_key("rolecall-revision"));
    let none = ana.patch(&path, json!({ "default_invitation_role_id": null })).await;
    assert_eq!(none.body["default_invitation_role"], Value::Null);
    // Roles of elsewhere, permissions that are none, fields that are none.
    for (body, code) in [
        (json!({ "team_default_role_id": world.role("team", "Member") }), "not_found"),
        (json!({ "team_default_role_id": world.role("workspace", "public") }), "not_found"),
        (json!({ "reserved": [{ "model": "Content", "action": "fly" }] }), "not_found"),
        (json!({ "owner": "one" }), "unknown"),
        (json!({ "seats": 1 }), "unknown"),
    ] {
        let refused = ana.patch(&path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.body["errors"][0]["code"].as_str()),
            (422, Some(code)),
            "{}",
            refused.text
        );
    }
    // What administering needs cannot be reserved: nobody would be left.
    let all = json!({ "reserved": [{ "model": "Role", "action": "update" }] });
    let locked = ana.patch(&path, all).await;
    assert!([403, 409].contains(&locked.status.as_u16()), "{}", locked.text);
    let analytics = json!({ "reserved": [{ "model": "Analytics", "action": "read" }] });
    let change = json!({ "change": { "method": "PATCH", "path": path, "body": analytics } });
    let shown = ana.post(&world.path("workspace", "/preview"), change).await;
    assert!(shown.body["loses"].as_array().unwrap().iter().any(|one| one["model"] == "Analytics"), "{}", shown.text);
    assert_eq!(ana.get(&path).await.body["reserved"], before.body["reserved"]);
    // In the team preset the owner alone; the page has the form for who may.
    let clara = world.sign_in("David").await;
    assert_eq!(clara.patch(&world.path("team", "/policies"), json!({ "manage_peers": true })).await.status, 403);
    assert!(ana.page("/acme/settings").await.text.contains("Change policies"));
    let fields = [("version", "*"), ("manage_peers", "1"), ("default_invitation_role", manager.as_str())];
    let version = ana.get(&world.path("workspace", "")).await.body["version"].to_string();
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| (name, if name == "version" { version.as_str() } else { value }))
        .collect();
    assert_eq!(ana.form("/acme/settings/policies", &fields).await.status, 303);
    assert_eq!(ana.get(&path).await.body["default_invitation_role"]["name"], "manager");
}

#[tokio::test]
async fn t_12_t_14_t_19_the_plan_is_the_operators_and_its_seats_are_kept() {
    let world = World::new().await;
    let organization = world.organization("team");
    let owner = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
    let david = world.sign_in("David").await;
    let path = world.path("team", "/billing");
    assert_eq!(david.get(&path).await.status, 403, "billing is the owner's");
    let used = owner.get(&path).await.body["seats_used"].as_u64().unwrap();
    let plan = operator::set_plan(
        &world.app,
        &organization.slug,
        "Starter".to_owned(),
        Some(u32::try_from(used).unwrap() + 1),
        None,
    );
    plan.await.unwrap();
    let billing = owner.get(&path).await;
    assert_eq!((billing.body["plan"].as_str(), billing.body["seats"].as_u64()), (Some("Starter"), Some(used + 1)));
    let page = owner.page("/cobalt/settings/billing").await;
    assert!(page.text.contains("Starter"), "{}", page.text);
    let invite = |email: &str| json!({ "email": email });
    assert_eq!(david.post(&world.path("team", "/invitations"), invite("one@example.com")).await.status, 201);
    let full = david.post(&world.path("team", "/invitations"), invite("two@example.com")).await;
    assert_eq!((full.status.as_u16(), full.problem()), (409, "/problems/seats-taken"));
    assert!(operator::set_plan(&world.app, "nowhere", "X".to_owned(), None, None).await.is_err());
    assert!(operator::parse_time("tomorrow").is_err() && operator::parse_time("2027-01-01T00:00:00Z").is_ok());
}

#[tokio::test]
async fn t_13_an_organization_is_deleted_restored_and_erased() {
    let world = World::new().await;
    let organization = world.organization("team");
    let owner = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
    let david = world.sign_in("David").await;
    assert_eq!(david.page("/cobalt/settings/delete").await.status, 403);
    let page = owner.page("/cobalt/settings/delete").await;
    assert!(page.status == 200 && page.text.contains(&organization.name), "{}", page.text);
    let wrong = owner.form("/cobalt/settings/delete", &[("typed", "cobalt?")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert_eq!(owner.page("/cobalt/bots").await.status, 200);
    let gone = owner.form("/cobalt/settings/delete", &[("typed", &organization.name)]).await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(david.page("/cobalt/bots").await.status, 404);
    assert_eq!(david.get(&world.path("team", "/bots")).await.status, 404);
    // Within the two weeks nothing is erased, and the operator brings it back whole.
    world.pass(60 * 60 * 24 * 13);
    assert_eq!(operator::erase_due(&world.app).await.unwrap(), 0);
    operator::restore_organization(&world.app, &organization.slug).await.unwrap();
    let david = world.sign_in("David").await;
    assert_eq!(david.get(&world.path("team", "/bots")).await.names().len(), 2);
    let owner = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
    assert_eq!(owner.delete(&world.path("team", "")).await.status, 204);
    world.pass(60 * 60 * 24 * 15);
    assert_eq!(operator::erase_due(&world.app).await.unwrap(), 1);
    assert!(operator::restore_organization(&world.app, &organization.slug).await.is_err());
    // The others are untouched, and so are the people's accounts; what is stored is sound.
    let david = world.sign_in("David").await;
    assert_eq!(david.get("/api/v1/me").await.body["organizations"], json!([]));
    let ana = world.sign_in("Ana").await;
    assert_eq!(ana.get(&world.path("workspace", "/bots")).await.names().len(), 2);
    let (findings, _) = operator::examine(&world.app, false).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn t_16_t_17_t_18_the_team_page_changes_roles_and_tells_when_to_pick_which() {
    let world = World::new().await;
    let organization = world.organization("team");
    let owner = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
    let (david, finn) = (world.sign_in("David").await, world.person("Finn"));
    let page = owner.page("/cobalt/settings/team").await;
    assert!(page.text.contains("Pick Member for people who change Playground and only see"), "{}", page.text);
    assert!(page.text.contains("role-pick"), "the owner changes roles in place");
    let seen = david.page("/cobalt/settings/team").await;
    assert!(seen.status == 200 && !seen.text.contains("role-pick"), "an Admin sees roles and changes none");
    assert_eq!(world.sign_in("Finn").await.page("/cobalt/settings/team").await.status, 403);
    let user = world.path("team", &format!("/users/{finn}"));
    let version = owner.get(&user).await.body["version"].to_string();
    let admin = world.role("team", "Admin");
    let fields = [("version", version.as_str()), ("role_id", admin.as_str())];
    let form = format!("/cobalt/settings/team/{finn}/role");
    assert_eq!(david.form(&form, &fields).await.status, 403);
    assert_eq!(owner.form(&form, &fields).await.status, 303);
    assert_eq!(owner.get(&user).await.body["roles"][0]["name"], "Admin");
    // The table follows the roles: what Member gets is in the advice.
    let member = world.role("workspace", "manager");
    let ana = world.sign_in("Ana").await;
    let advice = |text: &str| text.contains("Pick manager for people who change") && text.contains("Audit log");
    let line = |text: String| text.lines().find(|line| line.contains("Pick manager")).unwrap_or_default().to_owned();
    assert!(!advice(&line(ana.page("/acme/settings/team").await.text)));
    let permissions = world.path("workspace", &format!("/roles/{member}/permissions"));
    assert_eq!(ana.post(&permissions, json!({ "model": "AuditLog", "action": "read" })).await.status, 201);
    assert!(advice(&line(ana.page("/acme/settings/team").await.text)));
    // Several addresses at once: an answer for each.
    let typed =
        [("email", "a@example.com, b@example.com\nnot-an-address;a@example.com"), ("role_ids", member.as_str())];
    let sent = ana.form("/acme/invitations", &typed).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!(sent.text.matches("Hand over this link").count(), 2, "{}", sent.text);
    assert_eq!(sent.text.matches("Not invited").count(), 2, "{}", sent.text);
}

#[tokio::test]
async fn a_role_is_written_as_a_matrix_duplicated_and_compared() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let roles = world.path("workspace", "/roles");
    let made = ana.post(&roles, json!({ "name": "Editor", "template": "Content creator" })).await.id();
    let permissions = format!("{roles}/{made}/permissions");
    let body = json!({ "permissions": [{ "model": "Content", "action": "read", "relation": "team" }, { "model": "Flow", "action": "update", "relation": "owner" }] });
    let set = ana.put(&permissions, body.clone()).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(ana.get(&permissions).await.body["items"].as_array().unwrap().len(), 2);
    // The version counts: what somebody added meanwhile is not swept away.
    let version = ana.get(&format!("{roles}/{made}")).await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(ana.post(&permissions, json!({ "model": "Analytics", "action": "read" })).await.status, 201);
    let late = ana.header("if-match", version).put(&permissions, body).await;
    assert_eq!(late.status, 412, "{}", late.text);
    let wrong = json!({ "permissions": [{ "model": "User", "action": "read", "relation": "team" }] });
    let refused = ana.put(&permissions, wrong).await;
    assert_eq!(refused.body["errors"][0]["field"], "permissions.0.relation", "{}", refused.text);
    let copy = ana.post(&roles, json!({ "name": "Editor too", "copy_of": made })).await.id();
    let same = |text: &Value| {
        text["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{}{}{}", one["model"], one["action"], one["relation"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        same(&ana.get(&format!("{roles}/{copy}/permissions")).await.body),
        same(&ana.get(&permissions).await.body)
    );
    assert_eq!(
        ana.post(&roles, json!({ "name": "Foreign", "copy_of": world.role("team", "Admin") })).await.status,
        422
    );
    let compared = ana.page(&format!("/acme/roles/compare?a={made}&b={copy}")).await;
    assert!(compared.text.contains("differs"), "{}", compared.text);
    assert_eq!(world.sign_in("Mei").await.page("/acme/roles/compare").await.status, 403);
}

#[tokio::test]
async fn several_roles_are_edited_as_one_matrix_or_not_at_all() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (roles, path) = (world.path("workspace", "/roles"), world.path("workspace", "/matrix"));
    let made = async |name: &str| ana.post(&roles, json!({ "name": name })).await.id();
    let (one, other) = (made("One").await, made("Other").await);
    let version = async |id: &str| ana.get(&format!("{roles}/{id}")).await.body["version"].as_i64().unwrap();
    let held = async |id: &str| {
        let listed = ana.get(&format!("{roles}/{id}/permissions")).await.body;
        let word = |one: &Value| format!("{}:{}:{}", one["model"], one["action"], one["relation"]).replace('"', "");
        let mut all: Vec<String> = listed["items"].as_array().unwrap().iter().map(word).collect();
        all.sort();
        all.join(" ")
    };
    let role = |id: &str, version: i64, permissions: Value| json!({ "role_id": id, "version": version, "permissions": permissions });
    let reads = json!([{ "model": "Content", "action": "read", "relation": "team" }]);
    let (first, second) = (version(&one).await, version(&other).await);
    // One of the two is out of date, unknown, somebody else's, there twice, or asks for nonsense: nothing happens.
    let nonsense = json!([{ "model": "User", "action": "read", "relation": "team" }]);
    let foreign = world.role("team", "Admin");
    let refused = [
        (role(&other, second + 1, reads.clone()), 412, ""),
        (role(&foreign, 1, reads.clone()), 422, "roles.1.role_id"),
        (role(&one, first, reads.clone()), 422, "roles.1.role_id"),
        (role(&other, second, nonsense), 422, "roles.1.permissions.0.relation"),
    ];
    for (wrong, status, field) in refused {
        let answer = ana.put(&path, json!({ "roles": [role(&one, first, reads.clone()), wrong] })).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"].as_str().unwrap_or_default(), field, "{}", answer.text);
        assert_eq!(held(&one).await, "");
    }
    let both = json!({ "roles": [role(&one, first, reads.clone()), role(&other, second, reads)] });
    let set = ana.put(&path, both.clone()).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!((held(&one).await, held(&other).await), ("Content:read:team".into(), "Content:read:team".into()));
    assert!(set.body["items"][1]["version"].as_i64().unwrap() > second);
    assert_eq!(ana.put(&path, both).await.status, 412);
    // The page, without a script: both in one step; what stays as it is needs no version.
    let page = ana.page(&format!("/acme/roles/matrix?role={one}&role={other}")).await;
    assert_eq!(page.text.matches("<th scope=\"col\" dir=\"auto\">").count(), 2, "{}", page.text);
    assert!(page.text.contains(&format!("name=\"{one}:Flow:update\"")), "{}", page.text);
    let (first, second) = (version(&one).await.to_string(), version(&other).await.to_string());
    let (of_first, of_second) = (format!("version:{one}"), format!("version:{other}"));
    let cell = |id: &str, what: &str| format!("{id}:{what}");
    let cells = [cell(&one, "Content:read"), cell(&one, "Flow:update"), cell(&other, "Content:read")];
    let fields = [
        ("role", one.as_str()),
        ("role", other.as_str()),
        (of_first.as_str(), first.as_str()),
        (of_second.as_str(), "1"),
        (cells[0].as_str(), "role"),
        (cells[1].as_str(), "owner"),
        (cells[2].as_str(), "team"),
    ];
    let saved = ana.form("/acme/roles/matrix", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(held(&one).await, "Content:read:role Flow:update:owner");
    assert_eq!(version(&other).await.to_string(), second);
    // Somebody was faster: both are shown, and taking one's own needs only the button.
    let late = ana.form("/acme/roles/matrix", &fields[..5]).await;
    assert_eq!(late.status, 412, "{}", late.text);
    assert!(
        late.text.contains("One · Flow editor: update") && late.text.contains("Other · Content: read"),
        "{}",
        late.text
    );
    assert!(late.text.contains(&format!("name=\"{of_second}\" value=\"{second}\"")), "{}", late.text);
    // Who sees roles and changes none sees the page, and no button.
    let viewer = made("Viewer").await;
    for model in ["Role", "Model"] {
        let given = json!({ "model": model, "action": "read" });
        assert_eq!(ana.post(&format!("{roles}/{viewer}/permissions"), given).await.status, 201);
    }
    let vera = world.join(&ana, "workspace", "vera@example.com", &[viewer], &[]).await;
    let page = vera.page("/acme/roles/matrix").await;
    assert!(page.text.contains("disabled") && !page.text.contains("Preview"), "{}", page.text);
    let refused = vera.form("/acme/roles/matrix", &fields[..5]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(world.sign_in("Mei").await.page("/acme/roles/matrix").await.status, 403);
}
