//! Leaving: what hangs on a person, handing it over in one step, undoing a removal.

use serde_json::{Value, json};

use crate::world::World;

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().or(one.as_str()).unwrap()).collect()
}

/// The owner of Delta makes Emil the owner of a project; the owner leaves nothing behind of hers.
async fn emil_owns(world: &World) -> String {
    let dora = world.sign_in("Dora").await;
    let bot = world.bot("projects", 0);
    let named = dora.put(&format!("/api/v1/bots/{bot}/owner"), json!({ "user_id": world.person("Emil") })).await;
    assert_eq!(named.status, 204, "{}", named.text);
    bot
}

#[tokio::test]
async fn p_2_a_bot_goes_to_a_successor_in_the_same_step() {
    let world = World::new().await;
    let (dora, emil) = (world.sign_in("Dora").await, world.person("Emil"));
    let bot = emil_owns(&world).await;
    let path = world.path("projects", &format!("/users/{emil}/leaving"));
    let plan = dora.get(&path).await;
    assert_eq!(plan.body["bots"][0]["bot"]["name"], "Citizen services", "{}", plan.text);
    assert!(names(&plan.body["bots"][0]["successors"]).contains(&"Ines Costa"), "{}", plan.text);
    // Without a successor: refused, and nothing happened.
    let refused = dora.post(&path, json!({ "action": "remove" })).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let plain = dora.delete(&world.path("projects", &format!("/users/{emil}"))).await;
    assert_eq!(plain.status, 403, "{}", plain.text);
    assert_eq!(world.sign_in("Emil").await.get(&format!("/api/v1/bots/{bot}")).await.status, 200);
    // A bot of somebody else, or a stranger as successor: nothing either.
    let ines = world.person("Ines");
    let other = json!([{ "bot_id": world.bot("projects", 1), "user_id": ines }]);
    for successors in [other, json!([{ "bot_id": bot, "user_id": world.person("Ana") }])] {
        let refused = dora.post(&path, json!({ "action": "remove", "successors": successors })).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
    }
    let successors = json!([{ "bot_id": bot, "user_id": ines }]);
    // Somebody else who removes people cannot give projects away.
    let hana = world.person("Hana");
    let may =
        json!({ "permissions": [{ "model": "User", "action": "delete" }, { "model": "User", "action": "read" }] });
    assert_eq!(dora.put(&world.path("projects", &format!("/users/{hana}/permissions")), may).await.status, 200);
    let denied = world.sign_in("Hana").await.post(&path, json!({ "action": "remove", "successors": successors })).await;
    assert!([403, 404].contains(&denied.status.as_u16()), "{}", denied.text);
    let done = dora.post(&path, json!({ "action": "remove", "successors": successors })).await;
    assert_eq!(done.status, 204, "{}", done.text);
    let found = dora.get(&format!("/api/v1/bots/{bot}")).await;
    assert_eq!(found.body["owner"]["name"], "Ines Costa", "{}", found.text);
    // Undone: a member again with what was theirs, the project stays with its new owner.
    let departures = dora.get(&world.path("projects", "/departures")).await;
    assert_eq!(departures.body["items"][0]["user"]["name"], "Emil Fischer", "{}", departures.text);
    let id = departures.body["items"][0]["id"].as_str().unwrap();
    let undone = dora.post(&world.path("projects", &format!("/departures/{id}/undo")), json!({})).await;
    assert_eq!((undone.status.as_u16(), &undone.body["left_out"]), (200, &json!([])), "{}", undone.text);
    let found = dora.get(&format!("/api/v1/bots/{bot}")).await;
    assert_eq!(found.body["owner"]["name"], "Ines Costa", "{}", found.text);
    let map = world.sign_in("Emil").await.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(map.body["permissions"]["Content"].as_array().unwrap().len(), 4, "{}", map.text);
}

#[tokio::test]
async fn p_2_an_owner_who_leaves_names_a_successor() {
    let world = World::new().await;
    let bot = emil_owns(&world).await;
    let (emil, id) = (world.sign_in("Emil").await, world.person("Emil"));
    let page = emil.page(&format!("/delta/users/{id}/remove")).await;
    assert!(page.status == 200 && page.text.contains("Citizen services"), "{}", page.text);
    let plain = emil.delete(&world.path("projects", &format!("/users/{id}"))).await;
    assert_eq!(plain.status, 409, "{}", plain.text);
    let version = emil.get(&world.path("projects", &format!("/users/{id}"))).await.body["version"].to_string();
    let successor = format!("successor-{bot}");
    let fields = [("version", version.as_str()), ("bot_ids", &bot), (&successor, &world.person("Ines"))];
    let left = emil.form(&format!("/delta/users/{id}/remove"), &fields).await;
    assert_eq!((left.status.as_u16(), left.headers["location"].to_str().unwrap()), (303, "/"), "{}", left.text);
    assert_eq!(emil.get(&world.path("projects", "/bots")).await.status, 404);
    let ines = world.sign_in("Ines").await;
    assert_eq!(ines.get(&format!("/api/v1/bots/{bot}")).await.body["owner"]["name"], "Ines Costa");
    // Leaving by oneself is one's own word: nobody undoes it.
    let dora = world.sign_in("Dora").await;
    assert_eq!(dora.get(&world.path("projects", "/departures")).await.body["items"], json!([]));
}

#[tokio::test]
async fn undoing_gives_back_what_whoever_undoes_it_may_give_with_its_own_end() {
    let world = World::new().await;
    let (ana, omar) = (world.sign_in("Ana").await, world.sign_in("Omar").await);
    let mei = world.person("Mei");
    let (manager, admin) = (world.role("workspace", "manager"), world.role("workspace", "admin"));
    let user = world.path("workspace", &format!("/users/{mei}"));
    let roles = json!({ "roles": [{ "role_id": manager, "expires_at": "2031-01-01T00:00:00Z", "reason": "Cover" },
        { "role_id": admin, "expires_at": "2026-05-03T12:00:00Z" }] });
    assert_eq!(ana.put(&format!("{user}/roles"), roles).await.status, 200);
    let single = json!({ "permissions": [{ "model": "AuditLog", "action": "read" }] });
    assert_eq!(ana.put(&format!("{user}/permissions"), single).await.status, 200);
    assert_eq!(ana.post(&format!("{user}/leaving"), json!({ "action": "remove" })).await.status, 204);
    world.pass(26 * 86_400);
    // Somebody who creates users, holds most of it and not all.
    let (ana, omar_id) = (world.sign_in("Ana").await, world.person("Omar"));
    drop(omar);
    let helper = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Helper" })).await.id();
    let of_helper = world.path("workspace", &format!("/roles/{helper}/permissions"));
    for (model, action) in
        [("User", "create"), ("User", "read"), ("RoleAssignment", "create"), ("UserPermission", "update")]
    {
        assert_eq!(ana.post(&of_helper, json!({ "model": model, "action": action })).await.status, 201);
    }
    let set = json!({ "roles": [{ "role_id": helper }, { "role_id": manager }] });
    assert_eq!(ana.put(&world.path("workspace", &format!("/users/{omar_id}/roles")), set).await.status, 200);
    let omar = world.sign_in("Omar").await;
    let id =
        omar.get(&world.path("workspace", "/departures")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let path = world.path("workspace", &format!("/departures/{id}/undo"));
    let undone = omar.post(&path, json!({})).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(names(&undone.body["left_out"]), ["AuditLog: read"], "{}", undone.text);
    let back = ana.get(&user).await;
    assert_eq!(names(&back.body["roles"]), ["manager"], "what ran out meanwhile stays away: {}", back.text);
    assert_eq!(back.body["roles"][0]["expires_at"], "2031-01-01T00:00:00.000000Z", "{}", back.text);
    assert_eq!(back.body["roles"][0]["reason"], "Cover", "{}", back.text);
    assert_eq!(omar.post(&path, json!({})).await.status, 404, "once");
    // After thirty days it is over.
    assert_eq!(ana.delete(&user).await.status, 204);
    world.pass(30 * 86_400 + 1);
    let ana = world.sign_in("Ana").await;
    assert_eq!(ana.get(&world.path("workspace", "/departures")).await.body["items"], json!([]));
}

#[tokio::test]
async fn invitations_of_somebody_who_goes_end_or_are_taken_over() {
    let world = World::new().await;
    let (bea, luca) = (world.sign_in("Bea").await, world.sign_in("Luca").await);
    let client = world.role("agency", "Client");
    let invite = async |email: &str| {
        let body = json!({ "email": email, "role_ids": [client] });
        luca.post(&world.path("agency", "/invitations"), body).await.token()
    };
    let user = world.path("agency", &format!("/users/{}", world.person("Luca")));
    let taken = invite("taken@example.com").await;
    let plan = bea.get(&format!("{user}/leaving")).await;
    assert_eq!(names(&plan.body["invitations"]), ["taken@example.com"], "{}", plan.text);
    let done = bea.post(&format!("{user}/leaving"), json!({ "action": "suspend", "take_invitations": true })).await;
    assert_eq!(done.status, 204, "{}", done.text);
    assert_eq!(world.accept(&taken, "Tess Taken").await.status, 201);
    assert_eq!(bea.patch(&user, json!({ "status": "active" })).await.status, 200);
    let luca_again = world.sign_in("Luca").await;
    let body = json!({ "email": "ended@example.com", "role_ids": [client] });
    let ended = luca_again.post(&world.path("agency", "/invitations"), body).await.token();
    assert_eq!(bea.post(&format!("{user}/leaving"), json!({ "action": "remove" })).await.status, 204);
    assert!(world.accept(&ended, "Tess Ended").await.status.is_client_error());
    // In the console: what hangs on Chloe, her removal, and back.
    let chloe = world.person("Chloe");
    let page = bea.page(&format!("/brightside/users/{chloe}/remove")).await;
    assert!(page.text.contains("Hotel concierge"), "{}", page.text);
    let version = bea.get(&world.path("agency", &format!("/users/{chloe}"))).await.body["version"].to_string();
    let removed = bea.form(&format!("/brightside/users/{chloe}/remove"), &[("version", &version)]).await;
    assert_eq!(removed.status, 303, "{}", removed.text);
    let list = bea.page("/brightside/users/removed").await;
    assert!(list.text.contains("Chloe Dubois") && list.text.contains("Bea Lindqvist"), "{}", list.text);
    let departures = bea.get(&world.path("agency", "/departures")).await;
    let items = departures.body["items"].as_array().unwrap();
    let id = items.iter().find(|one| one["user"]["name"] == "Chloe Dubois").unwrap()["id"].as_str().unwrap();
    assert_eq!(bea.form(&format!("/brightside/users/removed/{id}/undo"), &[]).await.status, 303);
    assert_eq!(world.sign_in("Chloe").await.get(&world.path("agency", "/bots")).await.names(), ["Hotel concierge"]);
}
