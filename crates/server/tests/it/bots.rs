//! Bots, teams, publication.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn w_7_the_public_card_is_what_the_role_public_allows() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let nobody = world.anonymous();
    let (live, draft) =
        (format!("/chat/v1/{}", world.bot("workspace", 0)), format!("/chat/v1/{}", world.bot("workspace", 1)));
    let card = nobody.get(&live).await;
    assert_eq!((card.status.as_u16(), &card.body["name"]), (200, &json!("Help desk")));
    assert_eq!(nobody.get(&draft).await.status, 404);
    let roles = ana.get(&world.path("workspace", "/roles?q=public")).await;
    let public =
        world.path("workspace", &format!("/roles/{}/permissions", roles.body["items"][0]["id"].as_str().unwrap()));
    let rows = ana.get(&public).await;
    let read = rows.body["items"].as_array().unwrap().iter().find(|one| one["model"] == "Publication").unwrap().clone();
    assert_eq!(ana.delete(&format!("{public}/{}", read["id"].as_str().unwrap())).await.status, 204);
    assert_eq!(nobody.get(&live).await.status, 404);
    assert_eq!(ana.post(&public, json!({ "model": "Publication", "action": "read" })).await.status, 201);
    assert_eq!(nobody.get(&live).await.status, 200);
}

#[tokio::test]
async fn publication_counts_versions_up() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let path = format!("/api/v1/bots/{}/publication", world.bot("workspace", 1));
    assert_eq!(mei.get(&path).await.body["published"], false);
    assert_eq!(mei.put(&path, json!({})).await.body["version"], 1);
    assert_eq!(mei.put(&path, json!({})).await.body["version"], 2);
    assert_eq!(mei.delete(&path).await.body["published"], false);
    assert_eq!(mei.put(&path, json!({})).await.body["version"], 3);
}

#[tokio::test]
async fn a_6_a_client_sees_only_their_bots_everywhere() {
    let world = World::new().await;
    let chloe = world.sign_in("Chloe").await;
    assert_eq!(chloe.get(&world.path("agency", "/bots")).await.names(), ["Hotel concierge"]);
    assert_eq!(chloe.get(&world.path("agency", "/bots?q=recipe")).await.names(), Vec::<&str>::new());
    for rest in ["", "/team", "/publication"] {
        assert_eq!(chloe.get(&format!("/api/v1/bots/{}{rest}", world.bot("agency", 1))).await.status, 404, "{rest}");
    }
    let own = format!("/api/v1/bots/{}", world.bot("agency", 0));
    assert_eq!(chloe.patch(&own, json!({ "name": "Concierge" })).await.status, 200);
    assert_eq!(chloe.delete(&own).await.status, 403);
    assert_eq!(chloe.get(&format!("{own}/team")).await.status, 403);
    assert_eq!(chloe.put(&format!("{own}/publication"), json!({})).await.status, 403);
    for rest in ["/users", "/roles", "/invitations", "/audit-events", "/policies", "/models"] {
        assert_eq!(chloe.get(&world.path("agency", rest)).await.status, 403, "{rest}");
    }
}

#[tokio::test]
async fn a_3_nobody_of_an_agency_deletes_bots() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    assert_eq!(bea.delete(&format!("/api/v1/bots/{}", world.bot("agency", 0))).await.status, 403);
}

#[tokio::test]
async fn a_8_whoever_is_put_on_a_bot_gets_their_default_there() {
    let world = World::new().await;
    let (bea, chloe) = (world.sign_in("Bea").await, world.sign_in("Chloe").await);
    let team = format!("/api/v1/bots/{}/team", world.bot("agency", 1));
    let set = bea.put(&format!("{team}/{}", world.person("Chloe")), json!({})).await;
    assert_eq!((set.status.as_u16(), &set.body["roles"][0]["name"]), (200, &json!("Client")), "{}", set.text);
    assert_eq!(chloe.get(&world.path("agency", "/bots")).await.names(), ["Hotel concierge", "Recipe finder"]);
    let none = bea.put(&format!("{team}/{}", world.person("Chloe")), json!({ "role_ids": [] })).await;
    assert_eq!(none.body["roles"], json!([]));
    // Being on it still lets her see it, nothing more.
    let bot = format!("/api/v1/bots/{}", world.bot("agency", 1));
    assert_eq!(chloe.get(&bot).await.body["can"], json!(["read"]));
    assert_eq!(bea.delete(&format!("{team}/{}", world.person("Chloe"))).await.status, 204);
    assert_eq!(chloe.get(&bot).await.status, 404);
}

#[tokio::test]
async fn p_6_p_8_a_project_team_is_set_at_once_and_detailed_after() {
    let world = World::new().await;
    let (dora, ines) = (world.sign_in("Dora").await, world.sign_in("Ines").await);
    let bot = world.bot("projects", 0);
    let team = format!("/api/v1/bots/{bot}/team");
    assert_eq!(ines.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
    let everybody = json!({ "user_ids": [world.person("Dora"), world.person("Emil"), world.person("Ines")] });
    assert_eq!(dora.put(&team, everybody).await.status, 200);
    assert_eq!(ines.get(&format!("/api/v1/bots/{bot}")).await.body["can"], json!(["read"]));
    let grant = json!({ "permissions": [{ "model": "Analytics", "action": "read" }] });
    assert_eq!(dora.put(&format!("{team}/{}", world.person("Ines")), grant).await.status, 200);
    let can = ines.get(&format!("/api/v1/bots/{bot}")).await.body["can"].clone();
    assert_eq!(can, json!(["read", "Analytics:read"]));
    // Only what the owner alone may is never granted, and the owner stays.
    let reserved = json!({ "permissions": [{ "model": "Bot", "action": "delete" }] });
    assert_eq!(dora.put(&format!("{team}/{}", world.person("Ines")), reserved).await.status, 403);
    let without = dora.put(&team, json!({ "user_ids": [world.person("Emil")] })).await;
    assert_eq!(without.status, 409, "{}", without.text);
}

#[tokio::test]
async fn whoever_makes_a_bot_is_on_its_team() {
    let world = World::new().await;
    let ines = world.sign_in("Ines").await;
    let made = ines.post(&world.path("projects", "/bots"), json!({ "name": "Allotments" })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["owner"]["name"], "Ines Costa");
    let can = made.body["can"].as_array().unwrap();
    assert!(can.contains(&json!("delete")) && can.contains(&json!("Team:update")));
}

#[tokio::test]
async fn one_leaves_a_team_without_any_permission() {
    let world = World::new().await;
    let chloe = world.sign_in("Chloe").await;
    let team = format!("/api/v1/bots/{}/team", world.bot("agency", 0));
    assert_eq!(chloe.delete(&format!("{team}/{}", world.person("Bea"))).await.status, 403);
    assert_eq!(chloe.delete(&format!("{team}/{}", world.person("Chloe"))).await.status, 204);
    assert_eq!(chloe.get(&world.path("agency", "/bots")).await.names(), Vec::<&str>::new());
}

#[tokio::test]
async fn p_2_the_owner_of_a_project_names_another() {
    let world = World::new().await;
    let (ines, emil) = (world.sign_in("Ines").await, world.sign_in("Emil").await);
    let made = ines.post(&world.path("projects", "/bots"), json!({ "name": "Tram lines" })).await;
    let path = format!("/api/v1/bots/{}/owner", made.id());
    let to = |first: &str| json!({ "user_id": world.person(first) });
    // Only its owner does, and only a member of the organization becomes one.
    assert_eq!(emil.put(&path, to("Emil")).await.status, 404);
    assert_eq!(ines.put(&path, to("Ana")).await.status, 422);
    assert_eq!(ines.put(&path, to("Ines")).await.status, 409);
    assert_eq!(ines.put(&path, to("Emil")).await.status, 204);
    let after = emil.get(&format!("/api/v1/bots/{}", made.id())).await;
    assert_eq!(after.body["owner"]["name"], "Emil Fischer", "{}", after.text);
    assert!(after.body["can"].as_array().unwrap().contains(&json!("BotOwner:update")));
    // Who owned it stays on the team, and no more.
    let former = ines.get(&format!("/api/v1/bots/{}", made.id())).await;
    assert_eq!((former.status.as_u16(), &former.body["can"]), (200, &json!(["read"])), "{}", former.text);
    assert_eq!(ines.put(&path, to("Ines")).await.status, 403);
    // An owner is changed by nobody else, not even by who owns the organization.
    assert_eq!(world.sign_in("Dora").await.put(&path, to("Hana")).await.status, 403);
    assert_eq!(emil.put(&path, to("Hana")).await.status, 204);
    // In the console, too.
    let entry = format!("/delta/bots/tram-lines/access/{}", world.person("Emil"));
    let hana = world.sign_in("Hana").await;
    assert!(hana.page(&entry).await.text.contains(&format!("{entry}/owner")));
    assert!(hana.page(&format!("{entry}/owner")).await.text.contains("Make owner"), "it asks first");
    assert_eq!(hana.form(&format!("{entry}/owner"), &[]).await.status, 303);
    assert_eq!(hana.put(&path, to("Hana")).await.status, 403);
    // Elsewhere bots have no owners.
    let other = format!("/api/v1/bots/{}/owner", world.bot("workspace", 0));
    assert_eq!(world.sign_in("Ana").await.put(&other, to("Mei")).await.status, 409);
}
