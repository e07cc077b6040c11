//! The guards as people meet them.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn w_9_w_23_the_last_administrator_stays() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let user = |first: &str| world.path("workspace", &format!("/users/{}", world.person(first)));
    let manager = json!({ "roles": [{ "role_id": world.role("workspace", "manager") }] });
    let own = ana.patch(&user("Ana"), json!({ "status": "suspended" })).await;
    assert_eq!((own.status.as_u16(), own.problem()), (409, "/problems/lock-out"), "{}", own.text);
    assert_eq!(ana.put(&format!("{}/roles", user("Ana")), manager.clone()).await.status, 409);
    // Of two administrators one may take the other's role, but nobody the last one's.
    assert_eq!(ana.put(&format!("{}/roles", user("Omar")), manager).await.status, 200);
    assert_eq!(ana.delete(&user("Ana")).await.status, 409);
    // A role with an end does not count.
    let admin = world.role("workspace", "admin");
    let for_a_while = json!({ "roles": [{ "role_id": admin, "expires_at": "2030-01-01T00:00:00Z" }] });
    assert_eq!(ana.put(&format!("{}/roles", user("Omar")), for_a_while).await.status, 200);
    assert_eq!(ana.delete(&user("Ana")).await.status, 409);
    let for_good = json!({ "roles": [{ "role_id": admin }] });
    assert_eq!(ana.put(&format!("{}/roles", user("Omar")), for_good).await.status, 200);
    assert_eq!(ana.delete(&user("Ana")).await.status, 204);
}

#[tokio::test]
async fn t_10_t_11_team_admins_manage_members_but_not_peers_or_the_owner() {
    let world = World::new().await;
    let (carla, david) = (world.sign_in("Carla").await, world.sign_in("David").await);
    let user = |first: &str| world.path("team", &format!("/users/{}", world.person(first)));
    let peer = david.delete(&user("Elif")).await;
    assert_eq!((peer.status.as_u16(), peer.problem()), (403, "/problems/guard"), "{}", peer.text);
    assert_eq!(david.delete(&user("Carla")).await.status, 403);
    assert_eq!(david.delete(&user("Grace")).await.status, 204);
    let roles = json!({ "roles": [{ "role_id": world.role("team", "Admin") }] });
    assert_eq!(david.put(&format!("{}/roles", user("Finn")), roles.clone()).await.status, 403);
    assert_eq!(carla.put(&format!("{}/roles", user("Finn")), roles).await.status, 200);
    assert_eq!(carla.delete(&user("Elif")).await.status, 204);
    assert_eq!(carla.delete(&user("Carla")).await.status, 409);
}

#[tokio::test]
async fn t_9_an_invitation_promises_the_least_role_unless_one_may_assign() {
    let world = World::new().await;
    let (carla, david) = (world.sign_in("Carla").await, world.sign_in("David").await);
    let path = world.path("team", "/invitations");
    let least = david.post(&path, json!({ "email": "a@example.com" })).await;
    assert_eq!((least.status.as_u16(), &least.body["roles"][0]["name"]), (201, &json!("Member")), "{}", least.text);
    let admin = world.role("team", "Admin");
    assert_eq!(david.post(&path, json!({ "email": "b@example.com", "role_ids": [admin] })).await.status, 403);
    assert_eq!(carla.post(&path, json!({ "email": "b@example.com", "role_ids": [admin] })).await.status, 201);
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    // Somebody who manages roles and users, but not billing or bots.
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "People manager" })).await;
    let permissions = format!("{}/permissions", role.location());
    for (model, action) in [
        ("Role", "read"),
        ("Role", "create"),
        ("Role", "update"),
        ("Permission", "create"),
        ("Permission", "delete"),
        ("User", "read"),
        ("User", "create"),
        ("User", "update"),
        ("User", "delete"),
        ("RoleAssignment", "create"),
        ("RoleAssignment", "delete"),
        ("UserPermission", "read"),
        ("UserPermission", "update"),
        ("Invitation", "create"),
        ("Invitation", "read"),
    ] {
        assert_eq!(ana.post(&permissions, json!({ "model": model, "action": action })).await.status, 201);
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role.id()], &[]).await;
    let tess_id = tess.get("/api/v1/me").await.id();
    let admin = world.role("workspace", "admin");
    let attempts = [
        tess.post(&permissions, json!({ "model": "Billing", "action": "update" })).await,
        tess.put(
            &world.path("workspace", &format!("/users/{tess_id}/roles")),
            json!({ "roles": [{ "role_id": admin }] }),
        )
        .await,
        tess.put(
            &world.path("workspace", &format!("/users/{tess_id}/permissions")),
            json!({ "permissions": [{ "model": "Billing", "action": "read" }] }),
        )
        .await,
        tess.post(&world.path("workspace", "/invitations"), json!({ "email": "me@example.com", "role_ids": [admin] }))
            .await,
        tess.post(
            &world.path("workspace", "/users"),
            json!({ "name": "My Self", "email": "me@example.com", "role_ids": [admin] }),
        )
        .await,
        tess.patch(
            &world.path("workspace", &format!("/users/{}", world.person("Ana"))),
            json!({ "status": "suspended" }),
        )
        .await,
        tess.delete(&world.path("workspace", &format!("/users/{}", world.person("Omar")))).await,
        tess.post(&world.path("workspace", "/roles"), json!({ "name": "Trojan", "template": "Developer" })).await,
    ];
    for (number, answer) in attempts.iter().enumerate() {
        // A role that nobody holds gives nobody anything yet; assigning it is where it ends.
        if number == 7 {
            assert!([201, 403].contains(&answer.status.as_u16()), "{}", answer.text);
            continue;
        }
        assert_eq!(answer.status, 403, "attempt {number}: {}", answer.text);
        assert_eq!(answer.problem(), "/problems/guard", "attempt {number}: {}", answer.text);
    }
    let own = tess.get(&format!("/api/v1/me/permissions?organization={}", world.organization("workspace").id)).await;
    assert!(own.body["permissions"]["Billing"].is_null());
}

#[tokio::test]
async fn w_25_what_a_guard_refused_is_told() {
    let world = World::new().await;
    let (carla, david) = (world.sign_in("Carla").await, world.sign_in("David").await);
    for _ in 0..2 {
        assert_eq!(david.delete(&world.path("team", &format!("/users/{}", world.person("Elif")))).await.status, 403);
    }
    let events = carla.get(&world.path("team", "/audit-events?outcome=denied")).await;
    let first = &events.body["items"][0];
    assert_eq!((&first["actor_name"], &first["repeats"]), (&json!("David Okafor"), &json!(1)), "{}", events.text);
    assert!(first["detail"].as_str().unwrap().contains("peers do not manage each other"), "{}", events.text);
    let page = carla.page("/cobalt/audit-log").await;
    assert!(page.text.contains("David Okafor was refused: somebody this changes"), "{}", page.text);
}

#[tokio::test]
async fn reserved_permissions_stay_with_the_owner() {
    let world = World::new().await;
    let carla = world.sign_in("Carla").await;
    let admin = world.path("team", &format!("/roles/{}/permissions", world.role("team", "Admin")));
    let answer = carla.post(&admin, json!({ "model": "Billing", "action": "read" })).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (403, "/problems/guard"), "{}", answer.text);
}

#[tokio::test]
async fn t_13_only_the_owner_deletes_the_organization() {
    let world = World::new().await;
    let (carla, david) = (world.sign_in("Carla").await, world.sign_in("David").await);
    assert_eq!(david.delete(&world.path("team", "")).await.status, 403);
    let gone = carla.delete(&world.path("team", "")).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    for client in [carla, david] {
        assert_eq!(client.get(&world.path("team", "")).await.status, 404);
        assert_eq!(client.get(&format!("/api/v1/bots/{}", world.bot("team", 0))).await.status, 404);
    }
    assert_eq!(world.anonymous().get(&format!("/chat/v1/{}", world.bot("team", 0))).await.status, 404);
}
