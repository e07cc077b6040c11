//! What a change would do is what it does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Client, World};

/// Everything that these people may do, in the organization and on its bots.
async fn everything(
    world: &World,
    people: &[(String, Client)],
    preset: &str,
) -> BTreeSet<(String, String, String, String)> {
    let organization = world.organization(preset);
    let mut scopes = vec![format!("organization={}", organization.id)];
    scopes.extend(organization.bots.iter().map(|bot| format!("bot={}", bot.id)));
    let mut all = BTreeSet::new();
    for (id, client) in people {
        for scope in &scopes {
            let map = client.get(&format!("/api/v1/me/permissions?{scope}")).await;
            let models = map.body["permissions"].as_object().cloned().unwrap_or_default();
            for (model, actions) in models {
                for action in actions.as_array().unwrap() {
                    let action = action.as_str().unwrap().to_owned();
                    all.insert((id.clone(), scope.clone(), model.clone(), action));
                }
            }
        }
    }
    all
}

fn listed(list: &Value) -> BTreeSet<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let scope = match one["scope"]["bot"].as_str() {
                Some(bot) => format!("bot={bot}"),
                None => format!("organization={}", one["scope"]["organization"].as_str().unwrap()),
            };
            (text(&one["user"]), scope, text(&one["model"]), text(&one["action"]))
        })
        .collect()
}

#[tokio::test]
async fn a_preview_shows_exactly_what_the_change_does_and_changes_nothing() {
    let world = World::new().await;
    for (preset, admin) in [("workspace", "Ana"), ("agency", "Bruno"), ("team", "Clara"), ("projects", "Helene")] {
        let organization = world.organization(preset);
        let (id, admin) = match organization.people.iter().find(|person| person.name.starts_with(admin)) {
            Some(person) => (person.user_id, world.sign_in(admin).await),
            None => {
                let first = &organization.people[0];
                (first.user_id, world.sign_in_as(&first.email, &world.demo.password).await)
            }
        };
        let mut people = Vec::new();
        for person in &organization.people {
            let client = world.sign_in_as(&person.email, &world.demo.password).await;
            people.push((person.user_id.to_string(), client));
        }
        let role = organization.roles.iter().find(|role| role.name != "public").map(|role| role.id);
        let bot = organization.bots[0].id;
        let mut changes = Vec::new();
        for person in organization.people.iter().filter(|person| person.user_id != id) {
            let user = person.user_id;
            let path = |rest: &str| format!("/organizations/{}/users/{user}{rest}", organization.id);
            changes.push(("PATCH", path(""), json!({ "status": "suspended" })));
            changes.push(("PATCH", path(""), json!({ "status": "active" })));
            let permissions = json!({ "permissions": [{ "model": "User", "action": "read" }] });
            changes.push(("PUT", path("/permissions"), permissions));
            let roles: Vec<Value> = role.iter().map(|role| json!({ "role_id": role })).collect();
            changes.push(("PUT", path("/roles"), json!({ "roles": roles })));
            let entry = json!({ "permissions": [{ "model": "Content", "action": "read" }] });
            changes.push(("PUT", format!("/bots/{bot}/team/{user}"), entry));
            changes.push(("PUT", path("/roles"), json!({ "roles": [] })));
        }
        if let Some(role) = role {
            let path = format!("/organizations/{}/roles/{role}/permissions", organization.id);
            changes.push(("POST", path, json!({ "model": "Analytics", "action": "read", "relation": "team" })));
        }
        changes.push(("PUT", format!("/bots/{bot}/team"), json!({ "user_ids": [id] })));
        changes.push(("DELETE", format!("/bots/{bot}"), Value::Null));
        let preview = world.path(preset, "/preview");
        let mut done = 0;
        for (method, path, body) in changes {
            let body = (!body.is_null()).then_some(body);
            let change = json!({ "change": { "method": method, "path": path, "body": body } });
            let before = everything(&world, &people, preset).await;
            let shown = admin.post(&preview, change).await;
            assert_eq!(
                everything(&world, &people, preset).await,
                before,
                "a preview of {method} {path} changed something"
            );
            let made = admin.send(method.parse().unwrap(), &format!("/api/v1{path}"), body).await;
            let after = everything(&world, &people, preset).await;
            if made.status.is_success() {
                done += 1;
                assert_eq!(shown.status, 200, "{method} {path}: {}", shown.text);
                assert_eq!(shown.body["blocked"], Value::Null, "{method} {path}: {}", shown.text);
                let gains: BTreeSet<_> = after.difference(&before).cloned().collect();
                let loses: BTreeSet<_> = before.difference(&after).cloned().collect();
                assert_eq!(listed(&shown.body["gains"]), gains, "{method} {path}");
                assert_eq!(listed(&shown.body["loses"]), loses, "{method} {path}");
            } else {
                let blocked = shown.status == 200 && shown.body["blocked"]["guard"].is_string();
                assert!(blocked || shown.status == made.status, "{method} {path}: {} but {}", shown.text, made.text);
            }
        }
        assert!(done > 3, "{preset}: only {done} changes were made");
    }
}

#[tokio::test]
async fn previews_ask_for_the_right_to_make_the_change_and_show_what_one_may_know() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = world.path("workspace", "/preview");
    let of =
        |method: &str, path: String, body: Value| json!({ "change": { "method": method, "path": path, "body": body } });
    let own = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    let roles =
        of("PUT", format!("{own}/roles"), json!({ "roles": [{ "role_id": world.role("workspace", "admin") }] }));
    assert_eq!(mei.post(&path, roles.clone()).await.status, 403, "Mei may not change users");
    let shown = ana.post(&path, roles).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.body["totals"]["gains"].as_u64().unwrap() > 10);
    // What would lock everybody out is shown as blocked, by name of the guard.
    let suspend = of(
        "PATCH",
        world.path("workspace", &format!("/users/{}", world.person("Ana"))),
        json!({ "status": "suspended" }),
    );
    let blocked = ana.post(&path, suspend).await;
    assert_eq!(blocked.body["blocked"]["guard"], "oneself", "{}", blocked.text);
    // Neither calls of elsewhere nor ones that change no access.
    for (method, inner) in [
        ("POST", "/session".to_owned()),
        ("POST", path.clone()),
        ("DELETE", format!("/bots/{}", world.bot("team", 0))),
        ("DELETE", world.path("team", "")),
        ("GET", own.clone()),
        ("POST", "not a path".to_owned()),
    ] {
        let answer = ana.post(&path, of(method, inner.clone(), Value::Null)).await;
        assert_eq!(answer.status, 422, "{method} {inner}: {}", answer.text);
    }
    // Mails of a preview are never sent, and its user is never made.
    let make =
        json!({ "name": "Ghost", "email": "ghost@example.com", "role_ids": [world.role("workspace", "manager")] });
    let made = ana.post(&path, of("POST", world.path("workspace", "/users"), make)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(!ana.get(&world.path("workspace", "/users?q=ghost")).await.text.contains("ghost@"));
}

#[tokio::test]
async fn the_console_shows_a_change_before_it_is_saved() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.person("Mei");
    let page = ana.page(&format!("/acme/users/{mei}")).await;
    assert!(page.text.contains("data-preview-panel"));
    let (admin, manager) = (world.role("workspace", "admin"), world.role("workspace", "manager"));
    let until = format!("until-{admin}");
    let fields = [
        ("version", "1"),
        ("role_ids", admin.as_str()),
        ("role_ids", manager.as_str()),
        (until.as_str(), "2026-06-01T10:00"),
    ];
    let with: Vec<_> = fields.into_iter().chain([("preview", "1")]).collect();
    let shown = ana.form(&format!("/acme/users/{mei}/roles"), &with).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.text.contains("Gains") && shown.text.contains("Mei"), "{}", shown.text);
    assert_eq!(
        ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.body["roles"].as_array().unwrap().len(),
        1
    );
    // Saved, with its end: to the second, and then gone.
    let version = ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.body["version"].to_string();
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| (name, if name == "version" { version.as_str() } else { value }))
        .collect();
    let saved = ana.form(&format!("/acme/users/{mei}/roles"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get(&world.path("workspace", "/users")).await.status, 200);
    world.pass(60 * 60 * 24 * 40);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get(&world.path("workspace", "/users")).await.status, 403);
}
