//! The preset *projects*: enabling people, editing a team at once, copying.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn p_10_a_copy_shows_what_it_would_set_and_leaves_out_what_cannot_be_given() {
    let world = World::new().await;
    let dora = world.sign_in("Dora").await;
    let (bot, emil, ines) = (world.bot("projects", 0), world.person("Emil"), world.person("Ines"));
    let ines_path = format!("/api/v1/bots/{bot}/team/{ines}");
    let held = json!({ "permissions": [{ "model": "Team", "action": "update" }, { "model": "Team", "action": "read" },
        { "model": "Content", "action": "read" }] });
    assert_eq!(dora.put(&ines_path, held).await.status, 200);
    // Ines may grant, as far as she may herself: of Emil's content she holds reading.
    let ines = world.sign_in("Ines").await;
    let gus = format!("/api/v1/bots/{bot}/team/{}", world.person("Dora"));
    let before = dora.get(&format!("/api/v1/bots/{bot}/team")).await.text;
    let copy = ines.post(&format!("{ines_path}/copy"), json!({ "from_user_id": emil })).await;
    assert_eq!(copy.status, 200, "{}", copy.text);
    let permissions = copy.body["permissions"].as_array().unwrap();
    assert!(permissions.contains(&json!({ "model": "Content", "action": "read" })), "{}", copy.text);
    let skipped = copy.body["skipped"].as_array().unwrap();
    assert!(skipped.iter().any(|one| one["permission"]["action"] == "delete" && one["reason"] == "escalation"));
    assert!(!permissions.iter().any(|one| one["action"] == "delete"), "{}", copy.text);
    assert_eq!(dora.get(&format!("/api/v1/bots/{bot}/team")).await.text, before, "a copy sets nothing by itself");
    // Ownership is not copied, and it is said.
    let copy = dora.post(&format!("{ines_path}/copy"), json!({ "from_user_id": world.person("Dora") })).await;
    assert!(copy.text.contains("ownership"), "{}", copy.text);
    // Applied with PUT, it is what was shown; somebody who may not grant may not ask.
    let copy = dora.post(&format!("{ines_path}/copy"), json!({ "from_user_id": emil })).await;
    let body = json!({ "role_ids": copy.body["role_ids"], "permissions": copy.body["permissions"] });
    assert_eq!(dora.put(&ines_path, body).await.status, 200);
    let same = |answer: &crate::world::Answer| -> Vec<String> {
        let all = answer.body["permissions"].as_array().unwrap();
        all.iter().map(|one| format!("{}:{}", one["model"], one["action"])).collect()
    };
    let emil_path = format!("/api/v1/bots/{bot}/team/{emil}");
    assert_eq!(same(&dora.get(&ines_path).await), same(&dora.get(&emil_path).await));
    let emil = world.sign_in("Emil").await;
    assert_eq!(emil.post(&format!("{gus}/copy"), json!({ "from_user_id": world.person("Dora") })).await.status, 403);
    let unknown = dora.post(&format!("{emil_path}/copy"), json!({ "from_user_id": world.person("Ana") })).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text);
    let page = dora
        .page(&format!("/delta/bots/citizen-services/access/{}?from={}", world.person("Ines"), world.person("Dora")))
        .await;
    assert!(page.text.contains("Ownership is not copied."), "{}", page.text);
}

#[tokio::test]
async fn p_7_a_person_is_enabled_on_several_projects_at_once_or_on_none() {
    let world = World::new().await;
    let dora = world.sign_in("Dora").await;
    let ines = world.person("Ines");
    let path = world.path("projects", &format!("/users/{ines}/bots"));
    let listed = dora.get(&path).await;
    // Dora sees the teams of the projects that are hers.
    assert!(listed.status == 200 || listed.status == 404 || listed.status == 403, "{}", listed.text);
    let organization = world.organization("projects");
    let owner = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
    let all = owner.get(&path).await;
    assert_eq!(all.body["items"].as_array().unwrap().len(), 2, "{}", all.text);
    let ids: Vec<&Value> = all.body["items"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    let set = owner.put(&path, json!({ "bot_ids": ids })).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert!(set.body["items"].as_array().unwrap().iter().all(|one| one["enabled"] == true), "{}", set.text);
    let ines = world.sign_in("Ines").await;
    assert_eq!(ines.get(&world.path("projects", "/bots")).await.names().len(), 2);
    // A foreign bot among them: nothing happens at all.
    let foreign = owner.put(&path, json!({ "bot_ids": [world.bot("team", 0)] })).await;
    assert_eq!(foreign.status, 422, "{}", foreign.text);
    assert_eq!(ines.get(&world.path("projects", "/bots")).await.names().len(), 2);
    // Seeing oneself is free; changing it is not.
    let own = ines.put(&path, json!({ "bot_ids": [] })).await;
    assert!([403, 404].contains(&own.status.as_u16()), "{}", own.text);
    // In the console.
    let user = world.person("Ines");
    let page = owner.page(&format!("/delta/users/{user}")).await;
    assert!(page.text.contains("Permissions and projects"), "{}", page.text);
    let keep = world.bot("projects", 1);
    assert_eq!(owner.form(&format!("/delta/users/{user}/bots"), &[("bot_ids", &keep)]).await.status, 303);
    assert_eq!(ines.get(&world.path("projects", "/bots")).await.names().len(), 1);
}

#[tokio::test]
async fn p_8_the_team_is_edited_at_once_and_a_crossing_edit_is_shown() {
    let world = World::new().await;
    let dora = world.sign_in("Dora").await;
    let bot = world.bot("projects", 0);
    let (own, emil, ines) = (world.person("Dora"), world.person("Emil"), world.person("Ines"));
    let edit = "/delta/bots/citizen-services/access/edit";
    let page = dora.page(edit).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains(&ines) && page.text.contains(&emil), "everybody is there to be marked");
    let version = dora.get(&format!("/api/v1/bots/{bot}/team")).await.body["version"].to_string();
    let fields = [("version", version.as_str()), ("user_ids", own.as_str()), ("user_ids", ines.as_str())];
    assert_eq!(dora.form(edit, &fields).await.status, 303);
    let team = dora.get(&format!("/api/v1/bots/{bot}/team")).await;
    assert!(team.text.contains(&ines) && !team.text.contains(&emil), "{}", team.text);
    // The same version once more came too late: what is saved and what was marked, side by side.
    let fields = [("version", version.as_str()), ("user_ids", own.as_str()), ("user_ids", emil.as_str())];
    let late = dora.form(edit, &fields).await;
    assert_eq!(late.status, 412, "{}", late.text);
    assert!(late.text.contains("Ines") && late.text.contains("Emil"), "{}", late.text);
    assert_eq!(dora.get(&format!("/api/v1/bots/{bot}/team")).await.text, team.text);
}
