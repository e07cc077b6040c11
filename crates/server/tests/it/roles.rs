//! Roles and their permissions.

use serde_json::{Value, json};

use crate::world::{Client, World};

#[tokio::test]
async fn w_1_w_8_w_12_a_role_is_renamed_and_keeps_what_it_has() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let manager = world.path("workspace", &format!("/roles/{}", world.role("workspace", "manager")));
    let before = ana.get(&format!("{manager}/permissions")).await.text;
    let renamed = ana.patch(&manager, json!({ "name": "Bot lead" })).await;
    assert_eq!((renamed.status.as_u16(), &renamed.body["name"]), (200, &json!("Bot lead")));
    assert_eq!(ana.get(&format!("{manager}/permissions")).await.text, before);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get("/api/v1/me").await.body["organizations"][0]["roles"], json!(["Bot lead"]));
}

#[tokio::test]
async fn g_6_a_role_begins_with_a_template() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let made =
        ana.post(&world.path("workspace", "/roles"), json!({ "name": "Writers", "template": "Content creator" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let permissions = ana.get(&format!("{}/permissions", made.location())).await;
    let has: Vec<String> = permissions.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["model"].as_str().unwrap(), one["action"].as_str().unwrap()))
        .collect();
    assert_eq!(
        has,
        ["Bot read", "Content create", "Content delete", "Content read", "Content update", "Playground create"]
    );
    let unknown = ana.post(&world.path("workspace", "/roles"), json!({ "name": "X", "template": "Wizard" })).await;
    assert_eq!(unknown.status, 422);
    assert!(!ana.get(&world.path("workspace", "/roles")).await.names().contains(&"X"), "half a change");
}

#[tokio::test]
async fn w_17_w_18_w_20_a_permission_is_added_once_and_removed() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    let path = format!("{}/permissions", role.location());
    let body = json!({ "model": "Content", "action": "update" });
    let added = ana.post(&path, body.clone()).await;
    assert_eq!((added.status.as_u16(), &added.body["relation"]), (201, &json!("role")));
    let twice = ana.post(&path, body).await;
    assert_eq!((twice.status.as_u16(), twice.problem()), (409, "/problems/duplicate"), "{}", twice.text);
    // Another relation is another permission.
    let own = ana.post(&path, json!({ "model": "Content", "action": "update", "relation": "owner" })).await;
    assert_eq!(own.status, 201);
    assert_eq!(ana.delete(&format!("{path}/{}", added.id())).await.status, 204);
    assert_eq!(ana.delete(&format!("{path}/{}", added.id())).await.status, 404);
    let left = ana.get(&path).await;
    assert_eq!(left.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn w_3_permissions_that_mean_nothing_are_refused() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    let path = format!("{}/permissions", role.location());
    for body in [
        json!({ "model": "Nonsense", "action": "read" }),
        json!({ "model": "Playground", "action": "delete" }),
        json!({ "model": "Content", "action": "read", "relation": "friend" }),
        json!({ "model": "User", "action": "read", "relation": "team" }),
        json!({ "model": "", "action": "" }),
        json!({ "model": "Rôle", "action": "read" }),
    ] {
        let answer = ana.post(&path, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn w_14_w_15_w_16_a_role_is_deleted_only_when_nobody_has_it() {
    let world = World::new().await;
    let (ana, omar) = (world.sign_in("Ana").await, world.sign_in("Omar").await);
    let admin = world.path("workspace", &format!("/roles/{}", world.role("workspace", "admin")));
    let manager = world.path("workspace", &format!("/roles/{}", world.role("workspace", "manager")));
    let own = omar.delete(&admin).await;
    assert_eq!((own.status.as_u16(), own.problem()), (409, "/problems/role-in-use"), "{}", own.text);
    let others = ana.delete(&manager).await;
    assert_eq!(others.status, 409);
    assert!(others.body["detail"].as_str().unwrap().contains("Mei Tanaka"), "{}", others.text);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Short-lived" })).await;
    let permissions = format!("{}/permissions", role.location());
    ana.post(&permissions, json!({ "model": "Content", "action": "read" })).await;
    assert_eq!(ana.delete(role.location()).await.status, 204);
    assert_eq!(ana.get(&permissions).await.status, 404);
    // Whoever may not see users is told how many, not who.
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Janitor" })).await;
    for (model, action) in [("Role", "read"), ("Role", "delete")] {
        ana.post(&format!("{}/permissions", role.location()), json!({ "model": model, "action": action })).await;
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role.id()], &[]).await;
    let blind = tess.delete(&manager).await;
    assert_eq!(blind.status, 409);
    assert!(!blind.text.contains("Mei") && blind.text.contains("2 people"), "{}", blind.text);
}

#[tokio::test]
async fn w_19_the_list_of_models_needs_its_own_permission() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let models = ana.get(&world.path("workspace", "/models")).await;
    assert_eq!(models.body["items"].as_array().unwrap().len(), 28);
    assert_eq!(mei.get(&world.path("workspace", "/models")).await.status, 200);
    let finn = world.sign_in("Finn").await;
    assert_eq!(finn.get(&world.path("team", "/models")).await.status, 403);
}

#[tokio::test]
async fn w_11_roles_are_searched_by_name() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    assert_eq!(ana.get(&world.path("workspace", "/roles?q=MAN")).await.names(), ["manager"]);
    assert_eq!(ana.get(&world.path("workspace", "/roles?q=100%25")).await.names(), Vec::<&str>::new());
    assert_eq!(ana.get(&world.path("workspace", "/roles?sort=-name")).await.names(), ["public", "manager", "admin"]);
}

#[tokio::test]
async fn w_21_a_change_holds_with_the_next_request() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let bots = world.path("workspace", "/bots");
    assert_eq!(mei.post(&bots, json!({ "name": "One" })).await.status, 201);
    let manager = world.path("workspace", &format!("/roles/{}/permissions", world.role("workspace", "manager")));
    let all = ana.get(&manager).await;
    let create = all.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["model"] == "Bot" && one["action"] == "create")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ana.delete(&format!("{manager}/{create}")).await.status, 204);
    assert_eq!(mei.post(&bots, json!({ "name": "Two" })).await.status, 403);
    let map = mei.get(&format!("/api/v1/me/permissions?organization={}", world.organization("workspace").id)).await;
    assert_eq!(map.body["permissions"]["Bot"], json!(["delete", "read", "update"]));
}

#[tokio::test]
async fn a_role_that_is_promised_or_public_stays() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let public = world.path("workspace", &format!("/roles/{}", world.role("workspace", "public")));
    let kept = ana.delete(&public).await;
    assert_eq!((kept.status.as_u16(), kept.problem()), (409, "/problems/wrong-state"), "{}", kept.text);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Promised" })).await;
    let body = json!({ "email": "guest@example.com", "role_ids": [role.id()] });
    let invited = ana.post(&world.path("workspace", "/invitations"), body).await;
    assert_eq!(ana.delete(role.location()).await.status, 409);
    assert_eq!(ana.delete(invited.location()).await.status, 204);
    assert_eq!(ana.delete(role.location()).await.status, 204);
}

#[tokio::test]
async fn w_10_w_24_with_single_sign_on_roles_and_status_come_from_elsewhere() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.person("Mei");
    let (manager, user) = (world.role("workspace", "manager"), world.path("workspace", &format!("/users/{mei}")));
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Before" })).await.id();
    let switch = world.path("workspace", "/single-sign-on");
    assert_eq!(ana.put(&switch, json!({ "on": true })).await.body["on"], json!(true));
    // The lists stay; nothing in them is offered to be changed.
    let users = ana.get(&world.path("workspace", "/users")).await;
    assert_eq!(users.names().len(), 4);
    let shown = users.body["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(mei)).unwrap();
    assert_eq!(shown["can"], json!(["read", "delete", "UserPermission:read", "UserPermission:update"]));
    let roles = ana.get(&world.path("workspace", "/roles")).await;
    assert!(
        roles.body["items"].as_array().unwrap().iter().all(|role| role["can"] == json!(["read"])),
        "{}",
        roles.text
    );
    // And the server refuses each of them.
    let of_role = world.path("workspace", &format!("/roles/{role}"));
    let permission = json!({ "model": "Bot", "action": "read" });
    let refused = [
        ana.patch(&user, json!({ "status": "suspended" })).await,
        ana.put(&format!("{user}/roles"), json!({ "roles": [] })).await,
        ana.post(&world.path("workspace", "/roles"), json!({ "name": "After" })).await,
        ana.patch(&of_role, json!({ "name": "After" })).await,
        ana.delete(&of_role).await,
        ana.post(&format!("{of_role}/permissions"), permission).await,
        ana.post(
            &world.path("workspace", "/invitations"),
            json!({ "email": "new@example.com", "role_ids": [manager] }),
        )
        .await,
    ];
    for answer in refused {
        assert_eq!((answer.status.as_u16(), answer.problem()), (409, "/problems/wrong-state"), "{}", answer.text);
    }
    let page = ana.page("/acme/roles").await;
    assert!(page.text.contains("Roles come from your identity provider") && !page.text.contains("/acme/roles/new"));
    assert!(!page.text.contains("side-link\" href=\"/acme/roles\""), "the menu has no roles");
    let page = ana.page(&format!("/acme/users/{mei}")).await;
    assert!(page.text.contains("disabled title=") && !page.text.contains("/roles\""), "{}", page.text);
    // Teams of bots are still made here; and it can be switched off again.
    assert_eq!(ana.put(&format!("/api/v1/bots/{}/team/{mei}", world.bot("workspace", 1)), json!({})).await.status, 200);
    assert_eq!(ana.form("/acme/single-sign-on", &[("on", "no")]).await.status, 303);
    assert_eq!(ana.patch(&user, json!({ "status": "suspended" })).await.status, 200);
}

/// Somebody new with a role made from this template, and what their map says on the first bot.
async fn hired(world: &World, template: &str) -> (Client, Value) {
    let ana = world.sign_in("Ana").await;
    let role = ana
        .post(&world.path("workspace", "/roles"), json!({ "name": format!("Our {template}"), "template": template }))
        .await
        .id();
    let email = format!("{}@example.com", template.to_lowercase().replace(' ', "-"));
    let person = world.join(&ana, "workspace", &email, &[role], &[]).await;
    let organization = world.organization("workspace").id;
    let path = format!("/api/v1/me/permissions?organization={organization}&bot={}", world.bot("workspace", 0));
    let map = person.get(&path).await.body["permissions"].clone();
    (person, map)
}

#[tokio::test]
async fn g_3_each_sees_what_concerns_their_work_and_nothing_else() {
    let world = World::new().await;
    let (all, read) = (json!(["create", "delete", "read", "update"]), json!(["read"]));
    // Who answers people reads and answers conversations, and looks up what the bot knows.
    let (agent, map) = hired(&world, "Service agent").await;
    assert_eq!(map, json!({ "Bot": read, "Content": read, "Conversation": ["read", "update"] }));
    // Who writes has the content and tries it; no flow, no training, no integrations, nobody's conversations.
    let (writer, map) = hired(&world, "Content creator").await;
    assert_eq!(map, json!({ "Bot": read, "Content": all, "Playground": ["create"] }));
    // Who markets has looks and figures besides.
    let (_, map) = hired(&world, "Marketer").await;
    let marketer = json!({ "Bot": read, "Content": all, "Appearance": ["read", "update"], "Analytics": read, "Playground": ["create"] });
    assert_eq!(map, marketer);
    // Who develops has every area of the bot.
    let (developer, map) = hired(&world, "Developer").await;
    for area in
        ["Flow", "TrainingData", "Content", "Integration", "BotSetting", "Publication", "ApiKey", "Channel", "Team"]
    {
        assert!(map[area].is_array(), "{area}: {map}");
    }
    // None of them administers people, and only the developer publishes.
    for (person, publishes) in [(&agent, false), (&writer, false), (&developer, true)] {
        for list in ["/users", "/roles", "/invitations", "/audit-events"] {
            assert_eq!(person.get(&world.path("workspace", list)).await.status, 403, "{list}");
        }
        let publication = format!("/api/v1/bots/{}/publication", world.bot("workspace", 0));
        assert_eq!(person.put(&publication, json!({})).await.status == 200, publishes);
    }
}
