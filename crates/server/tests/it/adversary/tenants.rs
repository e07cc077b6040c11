//! Across the walls between organizations, and past membership.

use http::Method;
use serde_json::{Value, json};

use crate::keys::{TOKENS, grants, here, program, token};
use crate::world::{Client, World};

/// What the owner of Cobalt does there, and what comes of it.
async fn acts(client: &Client, world: &World) -> Vec<u16> {
    let path = |rest: &str| world.path("team", rest);
    let mut statuses = Vec::new();
    for rest in ["", "/users", "/roles", "/billing", "/policies", "/audit-events", "/bots"] {
        statuses.push(client.get(&path(rest)).await.status.as_u16());
    }
    let bot = format!("/api/v1/bots/{}", world.bot("team", 0));
    statuses.push(client.get(&bot).await.status.as_u16());
    statuses.push(client.patch(&bot, json!({ "name": "Mine" })).await.status.as_u16());
    statuses.push(client.patch(&path(""), json!({ "name": "Mine" })).await.status.as_u16());
    let invitation = json!({ "email": format!("guest{}@example.com", statuses.len()) });
    statuses.push(client.post(&path("/invitations"), invitation).await.status.as_u16());
    statuses.push(client.page("/cobalt/users").await.status.as_u16());
    statuses
}

#[tokio::test]
async fn an_invited_or_suspended_owner_cannot_act() {
    for status in ["invited", "suspended"] {
        let world = World::new().await;
        let carla = world.sign_in("Carla").await;
        let organization = world.organization("team").id.to_string();
        let reads = json!([{ "organization": organization, "permissions": grants(&[("Role", "read")]) }]);
        let robot = program(&world, &carla.post(TOKENS, token("Robot", reads)).await);
        let before = acts(&carla, &world).await;
        assert!(before.iter().all(|status| (200..300).contains(status)), "{before:?}");
        // No guard lets it come to this; so it is written where only a broken rule could have written it.
        let plain = world.person("Carla").replace('-', "");
        let id =
            if std::env::var("ROLECALL_TEST_POSTGRES").is_ok() { format!("'{plain}'") } else { format!("X'{plain}'") };
        let set = format!("UPDATE membership SET status = '{status}' WHERE account_id = {id}");
        world.scratch.execute(&set).await.unwrap();
        let node = world.another_node().await;
        let after = acts(&node.with(&carla), &world).await;
        assert!(after.iter().all(|status| *status == 404), "{status}: {after:?}");
        let robot = node.header("authorization", robot.own("authorization"));
        assert_eq!(robot.get(&world.path("team", "/roles")).await.status, 404, "{status}");
        assert_eq!(node.with(&carla).get("/api/v1/me").await.body["organizations"], json!([]), "{status}");
    }
}

#[tokio::test]
async fn rights_in_one_organization_are_none_in_another() {
    let world = World::new().await;
    // Ana runs Acme and is a plain member of Cobalt; what she may do in the one she tries in the other.
    let (ana, carla) = (world.sign_in("Ana").await, world.sign_in("Carla").await);
    let invited = carla.post(&world.path("team", "/invitations"), json!({ "email": "ana@acme.example" })).await;
    let accept = format!("/api/v1/invitations/{}/accept", invited.token());
    let joined = ana.post(&accept, json!({})).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let ana = world.with_cookie(&joined);
    let (team, bot) = (|rest: &str| world.path("team", rest), world.bot("team", 0));
    let finn = world.person("Finn");
    let admin = world.role("team", "Admin");
    for (method, path, body) in [
        (Method::GET, team("/audit-events"), None),
        (Method::GET, team("/billing"), None),
        (Method::PATCH, team(""), Some(json!({ "name": "Taken" }))),
        (Method::POST, team("/roles"), Some(json!({ "name": "Mine" }))),
        (Method::POST, team("/invitations"), Some(json!({ "email": "x@example.com", "role_ids": [admin] }))),
        (Method::PUT, team(&format!("/users/{finn}/roles")), Some(json!({ "roles": [{ "role_id": admin }] }))),
        (Method::DELETE, team(&format!("/users/{finn}")), None),
        (Method::DELETE, format!("/api/v1/bots/{bot}"), None),
        (Method::PUT, format!("/api/v1/bots/{bot}/team"), Some(json!({ "user_ids": [] }))),
        (Method::PUT, format!("/api/v1/bots/{bot}/owner"), Some(json!({ "user_id": world.person("Ana") }))),
        // Through the organization where she may, and a record of the one where she may not.
        (Method::DELETE, world.path("workspace", &format!("/users/{finn}")), None),
        (Method::PATCH, world.path("workspace", &format!("/roles/{admin}")), Some(json!({ "name": "Mine" }))),
    ] {
        let answer = ana.send(method.clone(), &path, body).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.text);
    }
    // A token for the one neither reads nor sees the other, whose member its person is too.
    let reads =
        json!([{ "organization": here(&world), "permissions": grants(&[("Role", "read"), ("Organization", "read")]) }]);
    let robot = program(&world, &ana.post(TOKENS, token("Robot", reads)).await);
    assert_eq!(robot.get(&world.path("workspace", "/roles")).await.status, 200);
    for rest in ["", "/roles", "/users", "/bots", "/explain?model=Bot&action=read"] {
        assert_eq!(robot.get(&team(rest)).await.status, 404, "{rest}");
    }
    let own = robot.get(&format!("/api/v1/me/permissions?organization={}", world.organization("team").id)).await;
    assert_eq!(own.status, 404, "{}", own.text);
    let me = robot.get("/api/v1/me").await;
    assert_eq!(me.body["organizations"].as_array().unwrap().len(), 1, "{}", me.text);
}

#[tokio::test]
async fn a_partial_update_neither_shows_nor_changes_what_is_others() {
    let world = World::new().await;
    let (mei, carla) = (world.sign_in("Mei").await, world.sign_in("Carla").await);
    let ana = world.sign_in("Ana").await;
    let all = async || {
        let mut all = Vec::new();
        for rest in ["", "/users", "/roles", "/bots", "/policies", "/invitations"] {
            all.push(ana.get(&world.path("workspace", rest)).await.text);
        }
        all
    };
    let before = all().await;
    let (user, role, bot) = (world.person("Ana"), world.role("workspace", "admin"), world.bot("workspace", 0));
    for client in [&mei, &carla] {
        for (method, path, body) in [
            (Method::PATCH, world.path("workspace", ""), json!({})),
            (Method::PATCH, world.path("workspace", &format!("/users/{user}")), json!({ "status": "active" })),
            (Method::PATCH, world.path("workspace", &format!("/users/{user}")), json!({})),
            (Method::PATCH, world.path("workspace", &format!("/roles/{role}")), json!({})),
            (Method::PATCH, world.path("workspace", "/policies"), json!({})),
            (Method::PATCH, world.path("workspace", &format!("/partners/{user}")), json!({})),
        ] {
            let answer = client.send(method, &path, Some(body)).await;
            assert!([403, 404].contains(&answer.status.as_u16()), "{path}: {}", answer.text);
            for secret in ["ana@acme", "Ana Marchetti", "manage_peers", "\"current\""] {
                assert!(!answer.text.contains(secret), "{path}: {}", answer.text);
            }
        }
        // Whoever may not does not learn the present state by a stale version either.
        let stale = client.header("if-match", "\"0\"");
        let path = world.path("workspace", &format!("/roles/{role}"));
        assert!([403, 404].contains(&stale.patch(&path, json!({ "name": "x" })).await.status.as_u16()));
    }
    let foreign = carla.patch(&format!("/api/v1/bots/{bot}"), json!({})).await;
    assert_eq!((foreign.status.as_u16(), foreign.text.contains("Help desk")), (404, false));
    // One's own account is the only one there is to change at `/me`.
    let own = mei.patch("/api/v1/me", json!({ "id": user, "name": "Ana Two" })).await;
    assert_eq!(own.status, 422, "{}", own.text);
    assert_eq!(all().await, before);
}

#[tokio::test]
async fn a_write_that_is_half_foreign_changes_nothing() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (mei, finn) = (world.person("Mei"), world.person("Finn"));
    let (own, foreign) = (world.bot("workspace", 1), world.bot("team", 0));
    let (manager, member) = (world.role("workspace", "manager"), world.role("team", "Member"));
    let team = format!("/api/v1/bots/{own}/team");
    let before = (ana.get(&team).await.text, ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.text);
    for (path, body) in [
        (team.clone(), json!({ "user_ids": [mei, finn] })),
        (world.path("workspace", &format!("/users/{mei}/bots")), json!({ "bot_ids": [own, foreign] })),
        (
            world.path("workspace", &format!("/users/{mei}/roles")),
            json!({ "roles": [{ "role_id": manager }, { "role_id": member }] }),
        ),
    ] {
        let answer = ana.put(&path, body).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text);
    }
    let after = (ana.get(&team).await.text, ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.text);
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_is_closed_by_name_is_closed_by_id_and_the_other_way_round() {
    let world = World::new().await;
    // Chloe is on the first bot of Brightside alone; Carla is of another organization.
    let (chloe, carla) = (world.sign_in("Chloe").await, world.sign_in("Carla").await);
    let bea = world.sign_in("Bea").await;
    let closed = world.bot("agency", 1);
    let role = world.role("agency", "Admin");
    let femi = world.person("Femi");
    assert_eq!(bea.page("/brightside/bots/recipe-finder").await.status, 200);
    for client in [&chloe, &carla] {
        for path in [
            "/brightside/bots/recipe-finder".to_owned(),
            "/brightside/bots/recipe-finder/settings".to_owned(),
            format!("/brightside/users/{femi}"),
            format!("/brightside/roles/{role}"),
        ] {
            assert_eq!(client.page(&path).await.status, 404, "{path}");
        }
        for path in [
            format!("/api/v1/bots/{closed}"),
            format!("/api/v1/bots/{closed}/team"),
            format!("/api/v1/bots/{closed}/team/{femi}"),
            format!("/api/v1/bots/{closed}/publication"),
            format!("/api/v1/bots/{closed}/api-keys"),
            format!("/api/v1/me/permissions?bot={closed}"),
            world.path("agency", &format!("/users/{femi}")),
            world.path("agency", &format!("/users/{femi}/bots")),
            world.path("agency", &format!("/roles/{role}")),
            world.path("agency", &format!("/roles/{role}/permissions")),
        ] {
            let answer = client.get(&path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        }
    }
    let listed = chloe.get(&world.path("agency", "/bots?q=recipe")).await;
    assert_eq!(listed.body["items"], json!([]), "{}", listed.text);
}

#[tokio::test]
async fn nobody_owns_what_has_no_owner() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = |rest: &str| world.path("workspace", rest);
    // Everything, but on one's own records only; the seeded roles and the bots of this preset have no owner.
    let role = ana.post(&path("/roles"), json!({ "name": "Own things" })).await.id();
    for (model, action) in [
        ("Role", "read"),
        ("Role", "update"),
        ("Role", "delete"),
        ("Bot", "read"),
        ("Bot", "update"),
        ("Bot", "delete"),
    ] {
        let body = json!({ "model": model, "action": action, "relation": "owner" });
        let added = ana.post(&path(&format!("/roles/{role}/permissions")), body).await;
        assert_eq!(added.status, 201, "{}", added.text);
    }
    let tess = world.join(&ana, "workspace", "tess@example.com", &[role], &[]).await;
    let scope = grants(&[("Role", "read"), ("Role", "update"), ("Role", "delete"), ("Bot", "read"), ("Bot", "update")]);
    let made = tess.post(TOKENS, token("Robot", json!([{ "organization": here(&world), "permissions": scope }]))).await;
    let robot = if made.status == 201 { program(&world, &made) } else { tess.clone() };
    let (seeded, bot) = (world.role("workspace", "manager"), world.bot("workspace", 0));
    for client in [&tess, &robot] {
        let listed = client.get(&path("/roles")).await;
        assert!(listed.status != 200 || listed.body["items"] == json!([]), "{}", listed.text);
        for (method, path, body) in [
            (Method::GET, path(&format!("/roles/{seeded}")), None),
            (Method::PATCH, path(&format!("/roles/{seeded}")), Some(json!({ "name": "Mine" }))),
            (Method::DELETE, path(&format!("/roles/{seeded}")), None),
            (Method::GET, format!("/api/v1/bots/{bot}"), None),
            (Method::PATCH, format!("/api/v1/bots/{bot}"), Some(json!({ "name": "Mine" }))),
            (Method::DELETE, format!("/api/v1/bots/{bot}"), None),
        ] {
            let answer = client.send(method.clone(), &path, body).await;
            assert!([403, 404].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.text);
        }
    }
    // A secret that is none matches no key, whatever column is empty.
    for bad in ["Bearer rcp_", "Bearer rck_", "Bearer rcp_null", "Bearer rck_%00", "Bearer rcp_' OR '1'='1"] {
        assert_eq!(world.anonymous().header("authorization", bad).get("/api/v1/me").await.status, 401, "{bad}");
    }
}

#[tokio::test]
async fn whatever_is_made_anew_begins_without_old_rights() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let path = |rest: &str| world.path("workspace", rest);
    let grant = json!({ "model": "Billing", "action": "read" });
    // A role of the same name.
    let old = ana.post(&path("/roles"), json!({ "name": "Payer" })).await.id();
    assert_eq!(ana.post(&path(&format!("/roles/{old}/permissions")), grant.clone()).await.status, 201);
    assert_eq!(ana.delete(&path(&format!("/roles/{old}"))).await.status, 204);
    let new = ana.post(&path("/roles"), json!({ "name": "Payer" })).await.id();
    assert_ne!(new, old);
    let permissions = ana.get(&path(&format!("/roles/{new}/permissions"))).await;
    assert!(!permissions.text.contains("Billing"), "{}", permissions.text);
    // Nobody chooses an id.
    assert_eq!(ana.post(&path("/roles"), json!({ "name": "Chosen", "id": old })).await.status, 422);
    // Somebody who left and is invited again: single permissions, places on teams and tokens of before are gone.
    let manager = world.role("workspace", "manager");
    let bot = ana.post(&path("/bots"), json!({ "name": "Passing" })).await.id();
    let tess = world.join(&ana, "workspace", "tess@example.com", std::slice::from_ref(&manager), &[]).await;
    let id = tess.get("/api/v1/me").await.id();
    let single = json!({ "permissions": [grant] });
    assert_eq!(ana.put(&path(&format!("/users/{id}/permissions")), single).await.status, 200);
    assert_eq!(ana.put(&format!("/api/v1/bots/{bot}/team"), json!({ "user_ids": [id] })).await.status, 200);
    let scope = json!([{ "organization": here(&world), "permissions": grants(&[("Billing", "read")]) }]);
    let robot = program(&world, &tess.post(TOKENS, token("Robot", scope)).await);
    assert_eq!(robot.get(&path("/billing")).await.status, 200);
    assert_eq!(ana.delete(&path(&format!("/users/{id}"))).await.status, 204);
    let body = json!({ "email": "tess@example.com", "role_ids": [manager] });
    let invited = ana.post(&path("/invitations"), body).await;
    let joined = tess.post(&format!("/api/v1/invitations/{}/accept", invited.token()), json!({})).await;
    assert_eq!(joined.status, 201, "{}", joined.text);
    let tess = world.with_cookie(&joined);
    assert_eq!(tess.get(&path("/billing")).await.status, 403);
    assert!([401, 403, 404].contains(&robot.get(&path("/billing")).await.status.as_u16()));
    let team = ana.get(&format!("/api/v1/bots/{bot}/team")).await;
    assert!(!team.text.contains(&id), "{}", team.text);
    // A bot of the same name: another id, and nothing of the old one's team or keys.
    let key = json!({ "name": "Key", "scope": grants(&[("Bot", "read")]) });
    let key = program(&world, &ana.post(&format!("/api/v1/bots/{bot}/api-keys"), key).await);
    assert_eq!(
        ana.put(&format!("/api/v1/bots/{bot}/team"), json!({ "user_ids": [world.person("Mei")] })).await.status,
        200
    );
    assert_eq!(ana.delete(&format!("/api/v1/bots/{bot}")).await.status, 204);
    let again = ana.post(&path("/bots"), json!({ "name": "Passing" })).await.id();
    assert_ne!(again, bot);
    let team = ana.get(&format!("/api/v1/bots/{again}/team")).await;
    assert!(!team.text.contains(&world.person("Mei")), "{}", team.text);
    assert_eq!(key.get(&format!("/api/v1/bots/{again}")).await.status, 401);
    let keys: Value = ana.get(&format!("/api/v1/bots/{again}/api-keys")).await.body["items"].clone();
    assert_eq!(keys, json!([]));
}
