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
    // The page, its preview and saving without a script.
    let page = ana.page(&format!("/acme/roles/{made}/matrix")).await;
    assert!(page.text.contains("name=\"Content:read\""), "{}", page.text);
    let version = ana.get(&format!("{roles}/{made}")).await.body["version"].to_string();
    let fields = [("version", version.as_str()), ("Content:read", "role"), ("Content:update", "owner")];
    let saved = ana.form(&format!("/acme/roles/{made}/matrix"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(ana.get(&permissions).await.body["items"].as_array().unwrap().len(), 2);
    let late = ana.form(&format!("/acme/roles/{made}/matrix"), &fields[..2]).await;
    assert_eq!(late.status, 412, "{}", late.text);
    let compared = ana.page(&format!("/acme/roles/compare?a={made}&b={copy}")).await;
    assert!(compared.text.contains("differs"), "{}", compared.text);
    assert_eq!(world.sign_in("Mei").await.page("/acme/roles/compare").await.status, 403);
}
