//! Who can, and the access map: they say what decisions say, to whoever may ask.

use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn who_can_and_the_map_say_what_each_persons_own_map_says() {
    let world = World::new().await;
    for preset in ["workspace", "agency", "team", "projects"] {
        let organization = world.organization(preset);
        let first = &organization.people[0];
        let admin = world.sign_in_as(&first.email, &world.demo.password).await;
        let bot = organization.bots[0].id;
        let map = admin.get(&world.path(preset, &format!("/access-map?bot={bot}"))).await;
        assert_eq!(map.status, 200, "{}", map.text);
        for person in &organization.people {
            let client = world.sign_in_as(&person.email, &world.demo.password).await;
            let own = client.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
            let id = person.user_id.to_string();
            let row = map.body["items"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str());
            let of_person = admin.get(&world.path(preset, &format!("/access-map?user={id}"))).await;
            let mirror = of_person.body["items"].as_array().unwrap().iter().find(|row| row["id"] == bot.to_string());
            for area in map.body["areas"].as_array().unwrap() {
                for action in area["actions"].as_array().unwrap() {
                    let (model, action) = (area["model"].as_str().unwrap(), action.as_str().unwrap());
                    let allowed = own.body["permissions"][model].as_array();
                    let allowed = allowed.is_some_and(|all| all.contains(&Value::from(action)));
                    let says = |row: Option<&Value>| row.is_some_and(|row| row["cells"][model][action].is_string());
                    assert_eq!(says(row), allowed, "{preset}: {} {model} {action}", person.name);
                    assert_eq!(says(mirror), allowed, "{preset}: {} {model} {action} by bot", person.name);
                    let who = format!("/who-can?bot={bot}&model={model}&action={action}");
                    if model == "Content" || model == "Team" {
                        let who = admin.get(&world.path(preset, &who)).await;
                        let named = who.body["items"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str());
                        assert_eq!(named.is_some(), allowed, "{preset}: {} {model} {action}", person.name);
                        assert!(named.is_none_or(|one| !one["because"].as_array().unwrap().is_empty()));
                    }
                }
            }
        }
        let csv = admin.get(&world.path(preset, &format!("/access-map?bot={bot}&format=csv"))).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(csv.text.lines().count(), 1 + map.body["items"].as_array().unwrap().len());
        let page = admin.page(&format!("/{}/access-map?bot={bot}", organization.slug)).await;
        assert!(page.status == 200 && page.text.contains("data-map"), "{}", page.text);
    }
}

#[tokio::test]
async fn only_those_who_may_ask_about_others_see_them() {
    let world = World::new().await;
    let (mei, emil, dora) = (world.sign_in("Mei").await, world.sign_in("Emil").await, world.sign_in("Dora").await);
    let bot = world.bot("workspace", 0);
    // A manager sees the team of a bot; nothing of the organization.
    assert_eq!(mei.get(&world.path("workspace", "/who-can?model=User&action=read")).await.status, 403);
    let team = mei.get(&world.path("workspace", &format!("/access-map?bot={bot}"))).await;
    let own = mei.get(&format!("/api/v1/bots/{bot}/team")).await;
    assert_eq!(
        team.body["items"].as_array().unwrap().len(),
        own.body["items"].as_array().unwrap().len(),
        "{}",
        team.text
    );
    // Emil sees the team and nobody else.
    let project = world.bot("projects", 0);
    let path = world.path("projects", &format!("/who-can?bot={project}&model=Content&action=read"));
    let seen = emil.get(&path).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert!(!seen.text.contains(&world.person("Ines")), "{}", seen.text);
    assert!(dora.get(&path).await.status == 200);
    // Another's bot, a bot of elsewhere, a wrong level.
    assert_eq!(emil.get(&world.path("projects", &format!("/access-map?bot={bot}"))).await.status, 404);
    assert_eq!(
        mei.get(&world.path("workspace", &format!("/access-map?user={}", world.person("Ana")))).await.status,
        404
    );
    let ana = world.sign_in("Ana").await;
    for wrong in [
        "/who-can?model=Content&action=read",
        "/who-can?model=Nope&action=read",
        "/access-map",
        &format!("/who-can?bot={bot}&model=User&action=read"),
    ] {
        assert_eq!(ana.get(&world.path("workspace", wrong)).await.status, 422, "{wrong}");
    }
    let who = ana.page(&format!("/acme/who-can?bot={bot}&permission=Content%3Aread")).await;
    assert!(who.status == 200 && who.text.contains("Has the role"), "{}", who.text);
}
