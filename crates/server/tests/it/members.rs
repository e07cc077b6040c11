//! Users, their roles and permissions, and the audit log.

use serde_json::json;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn w_23_p_4_a_created_user_is_inactive_until_they_confirm() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let users = world.path("workspace", "/users");
    let manager = world.role("workspace", "manager");
    let body = json!({ "name": "Nadia Petrova", "email": "Nadia@Example.com", "role_ids": [manager] });
    let made = ana.post(&users, body.clone()).await;
    assert_eq!((made.status.as_u16(), &made.body["status"]), (201, &json!("invited")), "{}", made.text);
    let sign_in = json!({ "email": "nadia@example.com", "password": PASSWORD });
    assert_eq!(world.anonymous().post("/api/v1/session", sign_in).await.status, 401);
    assert_eq!(ana.post(&users, body).await.status, 409);
    // The link is lost; sent again, the first no longer works.
    let again = ana.post(&format!("{users}/{}/resend", made.id()), json!({})).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(world.accept(&made.token(), "Nadia Petrova").await.status, 404);
    let accepted = world.accept(&again.token(), "Nadia Petrova").await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    assert_eq!(accepted.body["organizations"][0]["roles"], json!(["manager"]));
    let user = ana.get(&format!("{users}/{}", accepted.id())).await;
    assert_eq!(user.body["status"], "active");
    assert_eq!(ana.post(&format!("{users}/{}/resend", accepted.id()), json!({})).await.status, 409);
    let nobody = json!({ "name": "No Role", "email": "norole@example.com", "role_ids": [] });
    assert_eq!(ana.post(&users, nobody).await.status, 422);
}

#[tokio::test]
async fn w_22_users_are_listed_with_roles_status_and_seats() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let list = ana.get(&world.path("workspace", "/users")).await;
    assert_eq!(list.names(), ["Ana Marchetti", "Jonas Weber", "Mei Tanaka", "Omar Haddad"]);
    let mei = &list.body["items"][2];
    assert_eq!(mei["roles"][0]["name"], "manager");
    for field in ["id", "email", "status", "created_at", "updated_at"] {
        assert!(mei[field].is_string(), "{field}");
    }
    assert_eq!(ana.get(&world.path("workspace", "/users?q=TANAKA")).await.names(), ["Mei Tanaka"]);
    assert_eq!(ana.get(&world.path("workspace", "/users?q=jonas@")).await.names(), ["Jonas Weber"]);
}

#[tokio::test]
async fn t_20_suspending_and_removing_take_effect_at_once() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    let bots = world.path("workspace", "/bots");
    assert_eq!(mei.get(&bots).await.status, 200);
    assert_eq!(ana.patch(&path, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(mei.get(&bots).await.status, 404);
    assert_eq!(mei.get("/api/v1/me").await.body["organizations"], json!([]));
    assert_eq!(ana.patch(&path, json!({ "status": "active" })).await.status, 200);
    assert_eq!(mei.get(&bots).await.status, 200);
    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(mei.get(&bots).await.status, 404);
    assert_eq!(ana.get(&path).await.status, 404);
    assert_eq!(ana.patch(&path, json!({ "status": "crazy" })).await.status, 404);
}

#[tokio::test]
async fn activity_in_one_organization_is_not_told_to_another() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let invited = bea.post(&world.path("agency", "/invitations"), json!({ "email": "finn@cobalt.example" })).await;
    let finn = world.sign_in("Finn").await;
    let accept = format!("/api/v1/invitations/{}/accept", invited.token());
    let finn = world.with_cookie(&finn.post(&accept, json!({})).await);
    let active = async |who: &str, preset: &str| {
        let path = world.path(preset, &format!("/users/{}", world.person("Finn")));
        world.sign_in(who).await.get(&path).await.body["last_active_at"].clone()
    };
    assert_eq!(finn.get(&world.path("team", "/bots")).await.status, 200);
    world.app.store.write_seen().await.unwrap();
    assert!(active("Carla", "team").await.is_string());
    assert!(active("Bea", "agency").await.is_null());
}

#[tokio::test]
async fn roles_with_an_end_end_by_themselves() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = world.path("workspace", &format!("/users/{}/roles", world.person("Mei")));
    let end = "2026-05-04T00:00:00Z";
    let body = json!({ "roles": [{ "role_id": world.role("workspace", "manager"), "expires_at": end, "reason": "Holiday cover" }] });
    let set = ana.put(&path, body).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(set.body["roles"][0]["expires_at"], "2026-05-04T00:00:00.000000Z");
    assert_eq!(set.body["roles"][0]["reason"], "Holiday cover");
    let bot = format!("/api/v1/bots/{}", world.bot("workspace", 1));
    assert_eq!(mei.get(&bot).await.status, 200);
    world.pass(24 * 3600 - 60);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get(&bot).await.status, 404);
}

#[tokio::test]
async fn p_5_single_permissions_are_seen_and_set_each_by_their_right() {
    let world = World::new().await;
    let (dora, ines) = (world.sign_in("Dora").await, world.sign_in("Ines").await);
    let path = world.path("projects", &format!("/users/{}/permissions", world.person("Emil")));
    let body = json!({ "permissions": [{ "model": "AuditLog", "action": "read" }] });
    assert_eq!(ines.get(&path).await.status, 200);
    assert_eq!(ines.put(&path, body.clone()).await.status, 403);
    // In the list: an information icon for whoever may look, a pencil in its place for whoever may change.
    let (looks, changes) = (ines.page("/delta/users").await, dora.page("/delta/users").await);
    let (see, change) = ("See the permissions of Emil Fischer", "Change the permissions of Emil Fischer");
    assert!(looks.text.contains(see) && !looks.text.contains(change), "{}", looks.text);
    assert!(changes.text.contains(change) && !changes.text.contains(see), "{}", changes.text);
    assert_eq!(dora.put(&path, body).await.status, 200);
    let emil = world.sign_in("Emil").await;
    assert_eq!(emil.get(&world.path("projects", "/audit-events")).await.status, 200);
    assert_eq!(emil.get(&path).await.status, 403);
    for wrong in [json!({ "model": "Content", "action": "read" }), json!({ "model": "X", "action": "read" })] {
        assert_eq!(dora.put(&path, json!({ "permissions": [wrong] })).await.status, 422);
    }
}

#[tokio::test]
async fn w_25_the_audit_log_has_changes_denials_and_failed_sign_ins() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let made = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Editor" })).await;
    ana.patch(made.location(), json!({ "name": "Writer" })).await;
    for _ in 0..3 {
        assert_eq!(mei.get(&world.path("workspace", "/users")).await.status, 403);
    }
    world.anonymous().post("/api/v1/session", json!({ "email": "mei@acme.example", "password": "not hers" })).await;
    let events = ana.get(&world.path("workspace", "/audit-events")).await;
    let find = |action: &str, model: &str, outcome: &str| {
        events.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["action"] == action && one["model"] == model && one["outcome"] == outcome)
            .unwrap_or_else(|| panic!("no {action} {model} {outcome}"))
            .clone()
    };
    let update = find("update", "Role", "done");
    assert_eq!((&update["before"]["name"], &update["after"]["name"]), (&json!("Editor"), &json!("Writer")));
    assert_eq!(update["actor_name"], "Ana Marchetti");
    assert!(!update["request_id"].as_str().unwrap().is_empty());
    let denied = find("read", "User", "denied");
    assert_eq!((&denied["actor_name"], &denied["repeats"]), (&json!("Mei Tanaka"), &json!(2)));
    find("sign_in", "Account", "failed");
    assert!(!events.text.contains("not hers") && !events.text.contains(&world.demo.password));
    // Another organization's events are its own.
    let carla = world.sign_in("Carla").await;
    assert!(!carla.get(&world.path("team", "/audit-events")).await.text.contains("Editor"));
    assert_eq!(world.app.store.verify_audit_chain().await.unwrap(), None);
}

#[tokio::test]
async fn whoever_makes_an_organization_runs_it_alone() {
    let world = World::new().await;
    let (finn, carla) = (world.sign_in("Finn").await, world.sign_in("Carla").await);
    let made = finn.post("/api/v1/organizations", json!({ "name": "Side project", "preset": "team" })).await;
    assert_eq!((made.status.as_u16(), &made.body["slug"]), (201, &json!("side-project")), "{}", made.text);
    assert_eq!(made.body["can"], json!(["read", "update", "delete"]));
    assert_eq!(carla.get(made.location()).await.status, 404);
    assert_eq!(finn.get("/api/v1/me").await.body["organizations"].as_array().unwrap().len(), 2);
    for (body, field) in
        [(json!({ "name": "X", "preset": "guild" }), "preset"), (json!({ "name": "", "preset": "team" }), "name")]
    {
        let refused = finn.post("/api/v1/organizations", body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (422, &json!(field)),
            "{}",
            refused.text
        );
    }
    let page = finn.form("/organizations/new", &[("name", "Side project"), ("preset", "workspace")]).await;
    assert_eq!(page.status, 303, "{}", page.text);
    assert!(page.location().starts_with("/side-project-"), "{}", page.location());
    let closed = world.with_config(|config| config.people_make_organizations = false).with(&finn);
    assert_eq!(closed.post("/api/v1/organizations", json!({ "name": "Y", "preset": "team" })).await.status, 403);
    assert!(!closed.page("/cobalt/bots").await.text.contains("New organization"));
}

#[tokio::test]
async fn one_sees_and_leaves_without_any_permission() {
    let world = World::new().await;
    let (finn, carla) = (world.sign_in("Finn").await, world.sign_in("Carla").await);
    let own = world.path("team", &format!("/users/{}", world.person("Finn")));
    assert_eq!(finn.get(&own).await.status, 200);
    assert_eq!(finn.get(&world.path("team", &format!("/users/{}", world.person("Grace")))).await.status, 404);
    assert_eq!(finn.delete(&own).await.status, 204);
    assert_eq!(finn.get(&world.path("team", "")).await.status, 404);
    assert_eq!(carla.get(&own).await.status, 404);
}

#[tokio::test]
async fn g_4_ones_own_account_is_ones_own() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let after = mei.patch("/api/v1/me", json!({ "name": "Mei-Lin Tanaka", "time_zone": "Asia/Tokyo" })).await;
    assert_eq!((after.status.as_u16(), &after.body["name"]), (200, &json!("Mei-Lin Tanaka")));
    for wrong in [
        json!({ "time_zone": "Mars/Olympus" }),
        json!({ "name": "" }),
        json!({ "email": "x@example.com" }),
        json!({ "language": "xx" }),
        json!([null, null, null]),
    ] {
        assert_eq!(mei.patch("/api/v1/me", wrong).await.status, 422);
    }
}
