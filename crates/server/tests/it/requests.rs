//! Asking for access: from the refused page to the answer.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn whoever_is_refused_asks_and_whoever_can_give_it_grants_for_a_time() {
    let world = World::new().await;
    let (mei, ana) = (world.sign_in("Mei").await, world.sign_in("Ana").await);
    let refused = mei.page("/acme/users").await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("Ask for access"), "{}", refused.text);
    let fields = [("model", "User"), ("action", "read"), ("reason", "I answer for the holiday list")];
    assert_eq!(mei.form("/acme/requests", &fields).await.status, 303);
    let again = mei.page("/acme/users").await;
    assert!(
        again.text.contains("You asked for it already") && !again.text.contains("Ask for access"),
        "{}",
        again.text
    );
    let path = world.path("workspace", "/access-requests");
    let twice = mei.post(&path, json!({ "model": "User", "action": "read" })).await;
    assert_eq!((twice.status.as_u16(), twice.problem()), (409, "/problems/duplicate"), "{}", twice.text);
    // Those who can give it see it; those who cannot do not, and nobody answers their own.
    assert!(ana.page("/acme/bots").await.text.contains("Requests (1)"));
    let jonas = world.sign_in("Jonas").await;
    assert_eq!(jonas.get(&path).await.body["items"], json!([]));
    let seen = ana.get(&path).await;
    let id = seen.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(seen.body["items"][0]["user"]["name"], "Mei Tanaka", "{}", seen.text);
    assert_eq!(mei.post(&format!("{path}/{id}/grant"), json!({})).await.status, 403);
    assert_eq!(jonas.post(&format!("{path}/{id}/grant"), json!({})).await.status, 404);
    assert_eq!(jonas.delete(&format!("{path}/{id}")).await.status, 404);
    let page = ana.page("/acme/requests").await;
    assert!(page.text.contains("I answer for the holiday list"), "{}", page.text);
    // For an hour, from the page; after it, it is over.
    let end = jiff_text(world.app.now().0 + 3_600_000_000);
    assert_eq!(ana.form(&format!("/acme/requests/{id}/grant"), &[("until", &end)]).await.status, 303);
    assert_eq!(mei.page("/acme/users").await.status, 200);
    assert_eq!(mei.get(&path).await.body["own"][0]["status"], "granted");
    let late = ana.post(&format!("{path}/{id}/decline"), json!({})).await;
    assert_eq!((late.status.as_u16(), late.problem()), (409, "/problems/wrong-state"), "{}", late.text);
    let held = ana.get(&world.path("workspace", &format!("/users/{}/permissions", world.person("Mei")))).await;
    assert_eq!(held.body["items"][0]["reason"], "I answer for the holiday list", "{}", held.text);
    assert!(held.body["items"][0]["expires_at"].is_string());
    world.pass(3_600);
    assert_eq!(mei.page("/acme/users").await.status, 403);
}

/// As a field of a form has it, to the minute.
fn jiff_text(micros: i64) -> String {
    let time = serde_json::to_value(rolecall_server::time::Time(rolecall_access::Timestamp(micros))).unwrap();
    time.as_str().unwrap()[..16].to_owned()
}

#[tokio::test]
async fn on_a_bot_it_takes_a_place_on_the_team_along_and_no_role() {
    let world = World::new().await;
    let (emil, dora) = (world.sign_in("Emil").await, world.sign_in("Dora").await);
    let (bot, other) = (world.bot("projects", 0), world.bot("projects", 1));
    let path = world.path("projects", "/access-requests");
    // A bot that one may not know of is not there to be asked for.
    let hidden = emil.post(&path, json!({ "model": "Content", "action": "read", "bot_id": other })).await;
    let none = json!({ "model": "Content", "action": "read", "bot_id": uuid::Uuid::nil() });
    let unknown = emil.post(&path, none).await;
    assert_eq!((hidden.status.as_u16(), unknown.status.as_u16()), (404, 404));
    assert_eq!(hidden.body["title"], unknown.body["title"]);
    // What is reserved to ownership cannot be asked for, nor what one can do.
    for (model, action) in [("Bot", "delete"), ("Content", "read")] {
        let asked = emil.post(&path, json!({ "model": model, "action": action, "bot_id": bot })).await;
        assert_eq!(asked.problem(), "/problems/wrong-state", "{}", asked.text);
    }
    let wrong = emil.post(&path, json!({ "model": "Nonsense", "action": "read", "bot_id": bot })).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let asked =
        emil.post(&path, json!({ "model": "Analytics", "action": "read", "bot_id": bot, "reason": "Report" })).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    // Somebody who may change teams but cannot do it themselves is not asked.
    let ines = world.person("Ines");
    let grants =
        json!({ "permissions": [{ "model": "Team", "action": "update" }, { "model": "Team", "action": "read" }] });
    assert_eq!(dora.put(&format!("/api/v1/bots/{bot}/team/{ines}"), grants).await.status, 200);
    let ines = world.sign_in("Ines").await;
    assert_eq!(ines.get(&path).await.body["items"], json!([]));
    let id = asked.id();
    assert_eq!(ines.post(&format!("{path}/{id}/grant"), json!({})).await.status, 404);
    let declined = dora.post(&format!("{path}/{id}/decline"), json!({ "reason": "Ask Hana for it" })).await;
    assert_eq!(declined.status, 200, "{}", declined.text);
    let own = emil.get(&path).await;
    assert_eq!(
        (&own.body["own"][0]["status"], &own.body["own"][0]["answer"]),
        (&json!("declined"), &json!("Ask Hana for it"))
    );
    // Asked again, taken back, asked again, given.
    let body = json!({ "model": "Analytics", "action": "read", "bot_id": bot });
    let id = emil.post(&path, body.clone()).await.id();
    assert_eq!(emil.delete(&format!("{path}/{id}")).await.status, 204);
    assert_eq!(dora.post(&format!("{path}/{id}/grant"), json!({})).await.problem(), "/problems/wrong-state");
    let id = emil.post(&path, body).await.id();
    assert_eq!(dora.post(&format!("{path}/{id}/grant"), json!({})).await.status, 200);
    let map = emil.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(map.body["permissions"]["Analytics"], json!(["read"]), "{}", map.text);
    assert!(map.body["permissions"]["Content"].as_array().unwrap().len() == 4, "what was there stays: {}", map.text);
    // Not on the team: on it for this alone.
    let world = World::new().await;
    let (finn, carla) = (world.sign_in("Finn").await, world.sign_in("Carla").await);
    let (bot, path) = (world.bot("team", 0), world.path("team", "/access-requests"));
    let id = finn.post(&path, json!({ "model": "Content", "action": "update", "bot_id": bot })).await.id();
    assert_eq!(
        carla.post(&format!("{path}/{id}/grant"), json!({ "expires_at": "2031-01-01T00:00:00Z" })).await.status,
        200
    );
    let entry = carla.get(&format!("/api/v1/bots/{bot}/team/{}", world.person("Finn"))).await;
    assert_eq!(entry.body["roles"], json!([]), "{}", entry.text);
    assert_eq!(entry.body["expires_at"], "2031-01-01T00:00:00.000000Z", "{}", entry.text);
}

#[tokio::test]
async fn requests_end_with_the_membership_and_are_few() {
    let world = World::new().await;
    let (mei, ana) = (world.sign_in("Mei").await, world.sign_in("Ana").await);
    let path = world.path("workspace", "/access-requests");
    let models = ana.get(&world.path("workspace", "/models")).await;
    let mut asked = 0;
    for model in models.body["items"].as_array().unwrap() {
        for action in model["actions"].as_array().unwrap() {
            let action = action.as_str().or(action["key"].as_str()).unwrap();
            let answer = mei.post(&path, json!({ "model": model["key"], "action": action })).await;
            asked += usize::from(answer.status == 201);
        }
    }
    assert_eq!(asked, 20);
    assert_eq!(ana.get(&path).await.body["items"].as_array().unwrap().len(), 20);
    let gone = ana.delete(&world.path("workspace", &format!("/users/{}", world.person("Mei")))).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(ana.get(&path).await.body["items"], json!([]));
}

#[tokio::test]
async fn people_are_told_once_before_something_ends() {
    use rolecall_server::service::operator::remind_due;
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (app, _) = world.with_mail("smtp://127.0.0.1:9");
    let time = |hours: i64| {
        let end = rolecall_access::Timestamp(world.app.now().0 + hours * 3_600_000_000);
        serde_json::to_value(rolecall_server::time::Time(end)).unwrap()
    };
    let (mei, jonas) = (world.person("Mei"), world.person("Jonas"));
    let admin = world.role("workspace", "admin");
    let long = json!({ "roles": [{ "role_id": admin, "expires_at": time(240), "reason": "Holiday cover" }] });
    assert_eq!(ana.put(&world.path("workspace", &format!("/users/{mei}/roles")), long).await.status, 200);
    let entry = json!({ "permissions": [{ "model": "Content", "action": "read" }], "expires_at": time(2) });
    let path = format!("/api/v1/bots/{}/team/{jonas}", world.bot("workspace", 0));
    assert_eq!(ana.put(&path, entry).await.status, 200);
    // Early: nobody. In the second half of a short time: the one with a place on a bot.
    assert_eq!(remind_due(&app).await.unwrap(), 0);
    world.pass(3_700);
    assert_eq!(remind_due(&app).await.unwrap(), 1);
    assert_eq!(remind_due(&app).await.unwrap(), 0, "once");
    let mail = app.store.list_mails(1).await.unwrap().remove(0);
    assert!(mail.recipient.starts_with("jonas") && mail.text.contains("On: Help desk"), "{}", mail.text);
    // Three days ahead: the other.
    world.pass(166 * 3_600);
    assert_eq!(remind_due(&app).await.unwrap(), 0);
    world.pass(2 * 3_600);
    assert_eq!(remind_due(&app).await.unwrap(), 1);
    let mail = app.store.list_mails(1).await.unwrap().remove(0);
    assert!(mail.recipient.starts_with("mei") && mail.text.contains("Roles: admin"), "{}", mail.text);
    assert!(mail.subject.contains("Acme"), "{}", mail.subject);
}
