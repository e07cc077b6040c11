//! Two at once: races through two servers on one database, and edits that cross.

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

/// Two people at two servers on the same database.
async fn at_two_nodes(world: &World, one: &str, other: &str) -> (Client, Client) {
    let node = world.another_node().await;
    (world.sign_in(one).await, node.with(&world.sign_in(other).await))
}

pub fn successes(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status.is_success()).count()
}

/// The requests at the same moment, each in a task of its own.
pub async fn at_once(requests: Vec<(Client, String, Value)>) -> Vec<Answer> {
    let tasks: Vec<_> = requests
        .into_iter()
        .map(|(client, path, body)| tokio::spawn(async move { client.post(&path, body).await }))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn w_9_of_two_administrators_removing_each_other_one_remains() {
    let world = World::new().await;
    let (ana, omar) = at_two_nodes(&world, "Ana", "Omar").await;
    let roles = |first: &str| world.path("workspace", &format!("/users/{}/roles", world.person(first)));
    let with = |role: &str| json!({ "roles": [{ "role_id": world.role("workspace", role) }] });
    for _ in 0..200 {
        let (of_omar, of_ana, manager) = (roles("Omar"), roles("Ana"), with("manager"));
        let one = tokio::spawn({
            let (ana, of_omar, manager) = (ana.clone(), of_omar.clone(), manager.clone());
            async move { ana.put(&of_omar, manager).await }
        });
        let other = tokio::spawn({
            let (omar, of_ana) = (omar.clone(), of_ana.clone());
            async move { omar.put(&of_ana, manager).await }
        });
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert_eq!(
            usize::from(one.status.is_success()) + usize::from(other.status.is_success()),
            1,
            "{one:?} {other:?}"
        );
        let (left, lost) = if one.status.is_success() { (&ana, of_omar) } else { (&omar, of_ana) };
        assert_eq!(left.put(&lost, with("admin")).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_12_of_many_making_the_same_name_one_succeeds() {
    let world = World::new().await;
    let (ana, omar) = at_two_nodes(&world, "Ana", "Omar").await;
    for (list, extra) in [("/roles", json!({ "reach": "organization" })), ("/bots", json!({}))] {
        let requests = (0..8).map(|number| {
            let mut body = extra.clone();
            body["name"] = json!(if number < 4 { "Twice" } else { "TWICE" });
            (if number % 2 == 0 { ana.clone() } else { omar.clone() }, world.path("workspace", list), body)
        });
        let answers = at_once(requests.collect()).await;
        assert_eq!(successes(&answers), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 409)), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w_22_seats_are_not_oversold() {
    let world = World::new().await;
    let organization = &world.organization("workspace").id;
    let id = organization.simple();
    let of = if std::env::var("ROLECALL_TEST_POSTGRES").is_ok() { format!("'{id}'") } else { format!("X'{id}'") };
    world.scratch.execute(&format!("UPDATE organization SET seats = 6 WHERE id = {of}")).await.unwrap();
    // Four are members: two seats are left. Both servers start after the change.
    let (one, other) = (world.another_node().await, world.another_node().await);
    let (ana, omar) = (one.with(&world.sign_in("Ana").await), other.with(&world.sign_in("Omar").await));
    let requests = (0..8).map(|number| {
        let body = json!({ "email": format!("guest{number}@example.com") });
        (if number % 2 == 0 { ana.clone() } else { omar.clone() }, world.path("workspace", "/invitations"), body)
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(successes(&answers), 2, "{answers:?}");
    for refused in answers.iter().filter(|answer| !answer.status.is_success()) {
        assert_eq!((refused.status.as_u16(), refused.problem()), (409, "/problems/seats-taken"), "{}", refused.text);
    }
    assert!(ana.page("/acme/users").await.text.contains("6 / 6"));
    // Accepting takes the seat that was promised, once.
    let invited = answers.iter().find(|answer| answer.status.is_success()).unwrap();
    let accept = format!("/api/v1/invitations/{}/accept", invited.token());
    let person = json!({ "name": "Gus Guest", "password": "correct horse battery staple" });
    let twice = (0..4).map(|number| {
        let node = if number % 2 == 0 { one.clone() } else { other.clone() };
        (node, accept.clone(), person.clone())
    });
    let accepted = at_once(twice.collect()).await;
    assert_eq!(successes(&accepted), 1, "{accepted:?}");
    assert_eq!(ana.get(&world.path("workspace", "/users")).await.names().len(), 5);
    assert!(ana.page("/acme/users").await.text.contains("6 / 6"));
}

#[tokio::test]
async fn w_21_another_node_knows_a_change_with_its_next_question() {
    let world = World::new().await;
    let (ana, mei) = at_two_nodes(&world, "Ana", "Mei").await;
    let bots = world.path("workspace", "/bots");
    assert_eq!(mei.get(&bots).await.status, 200);
    let path = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    assert_eq!(ana.patch(&path, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(mei.get(&bots).await.status, 404);
}

/// The page after a form whose version is old: both values, and the form to send again.
#[track_caller]
fn assert_shows_both(page: &Answer, saved: &str, typed: &str) {
    assert_eq!(page.status, StatusCode::PRECONDITION_FAILED, "{}", page.text);
    for text in ["Somebody else was faster", saved, typed] {
        assert!(page.text.contains(text), "`{text}` is missing in {}", page.text);
    }
}

#[tokio::test]
async fn g_2_the_second_editor_sees_both_and_chooses() {
    let world = World::new().await;
    let (ana, omar) = (world.sign_in("Ana").await, world.sign_in("Omar").await);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Writer" })).await;
    let page = format!("/acme/roles/{}", role.id());
    let version = role.body["version"].to_string();
    let fields = |name: &'static str| {
        [("version", version.clone()), ("name", name.to_owned()), ("reach", "organization".to_owned())]
    };
    let send = async |client: &Client, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.form(&page, &fields).await
    };
    assert_eq!(send(&ana, &fields("Author")).await.status, 303);
    let late = send(&omar, &fields("Editor")).await;
    assert_shows_both(&late, "Author", "Editor");
    assert!(ana.page(&page).await.text.contains("Author"), "nothing is saved yet");
    // Saving one's own over it is the form as the page sends it again.
    let document = scraper::Html::parse_document(&late.text);
    let inputs = scraper::Selector::parse("form.conflict input").unwrap();
    let again: Vec<(&str, String)> = document
        .select(&inputs)
        .map(|input| (input.value().attr("name").unwrap(), input.value().attr("value").unwrap().to_owned()))
        .collect();
    assert_eq!(send(&omar, &again).await.status, 303);
    assert!(ana.page(&page).await.text.contains("Editor"));
    // Who wanted the same has nothing to choose.
    assert_eq!(send(&ana, &fields("Editor")).await.status, 303);
}

#[tokio::test]
async fn g_2_crossing_edits_of_bots_members_and_teams_are_shown() {
    let world = World::new().await;
    let (ana, omar) = (world.sign_in("Ana").await, world.sign_in("Omar").await);
    let mei = world.person("Mei");
    let (admin, manager) = (world.role("workspace", "admin"), world.role("workspace", "manager"));
    let bot = world.bot("workspace", 0);
    // A bot's name.
    let settings = "/acme/bots/help-desk/settings";
    let version = ana.get(&format!("/api/v1/bots/{bot}")).await.body["version"].to_string();
    assert_eq!(ana.form(settings, &[("version", &version), ("name", "Front desk")]).await.status, 303);
    assert_shows_both(
        &omar.form(settings, &[("version", &version), ("name", "Service desk")]).await,
        "Front desk",
        "Service desk",
    );
    // A person's roles and status.
    let user = ana.get(&world.path("workspace", &format!("/users/{mei}"))).await;
    let version = user.body["version"].to_string();
    let (roles, status) = (format!("/acme/users/{mei}/roles"), format!("/acme/users/{mei}/status"));
    assert_eq!(ana.form(&roles, &[("version", &version), ("role_ids", &admin)]).await.status, 303);
    let late = omar.form(&roles, &[("version", &version), ("role_ids", &manager), ("role_ids", &admin)]).await;
    assert_shows_both(&late, "admin", "admin, manager");
    let late = omar.form(&status, &[("version", &version), ("status", "suspended")]).await;
    assert_shows_both(&late, "Active", "Suspended");
    // Her single permissions.
    let permissions = format!("/acme/users/{mei}/permissions");
    let late = omar.form(&permissions, &[("version", &version), ("permissions", "AuditLog:read")]).await;
    assert_shows_both(&late, "Single permissions", "Audit log: read");
    // What she has on a bot.
    assert_eq!(ana.put(&format!("/api/v1/bots/{bot}/team/{mei}"), json!({})).await.status, 200);
    let team = ana.get(&format!("/api/v1/bots/{bot}/team")).await;
    let version = team.body["version"].to_string();
    let entry = format!("/acme/bots/help-desk/access/{mei}");
    let content = [("version", version.as_str()), ("permissions", "Content:read")];
    assert_eq!(ana.form(&entry, &content).await.status, 303);
    let flow = [("version", version.as_str()), ("permissions", "Flow:read")];
    assert_shows_both(&omar.form(&entry, &flow).await, "Content: read", "Flow editor: read");
}

#[tokio::test]
async fn the_doctor_finds_nothing_in_the_demo() {
    let world = World::new().await;
    let findings = world.app.store.examine(world.app.now()).await.unwrap();
    assert_eq!(findings, []);
}

#[tokio::test]
async fn a_database_that_is_away_is_no_fault_of_the_request() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    world.app.store.close().await;
    let answer = ana.get(&world.path("workspace", "/users")).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (503, "/problems/unavailable"), "{}", answer.text);
    assert!(answer.headers.contains_key("retry-after"));
    let page = ana.page("/acme/users").await;
    assert_eq!(page.status, 503);
}
