//! When somebody can be reached for conversations (P-16).

use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

const OWN: &str = "/api/v1/me/availability";

fn times(list: &[(&str, &str, &str)]) -> Value {
    list.iter().map(|(day, from, until)| json!({ "day": day, "from": from, "until": until })).collect()
}

async fn set(client: &Client, bot: &str, week: &[(&str, &str, &str)]) -> Answer {
    client.put(OWN, json!({ "bots": [{ "bot_id": bot, "week": times(week) }] })).await
}

/// Somebody of Acme who may answer conversations of the first bot and no other, and the role by which they do.
async fn agent(world: &World, ana: &Client) -> (Client, String) {
    let body = json!({ "name": "Agent", "reach": "bots" });
    let role = ana.post(&world.path("workspace", "/roles"), body).await.id();
    let permissions = json!({ "permissions": [{ "model": "Bot", "action": "read" },
        { "model": "Conversation", "action": "read" }, { "model": "Conversation", "action": "update" }] });
    let given = ana.put(&world.path("workspace", &format!("/roles/{role}/permissions")), permissions).await;
    assert_eq!(given.status, 200, "{}", given.text);
    let (roles, bots) = ([role.clone()], [world.bot("workspace", 0)]);
    (world.join(ana, "workspace", "agent@example.com", &roles, &bots).await, role)
}

fn bots(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["bots"].as_array().unwrap().iter().map(|one| one["bot"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn p_16_times_are_kept_bot_by_bot_for_those_one_answers_on() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (tess, _) = agent(&world, &ana).await;
    let bot = world.bot("workspace", 0);
    let empty = tess.get(OWN).await;
    assert_eq!(bots(&empty), std::slice::from_ref(&bot));
    assert_eq!(empty.body["bots"][0]["week"], json!([]));
    assert_eq!(empty.body["bots"][0]["next_change_at"], json!(null));
    let week = [
        ("monday", "09:00", "12:00"),
        ("monday", "13:00", "17:30"),
        ("tuesday", "22:00", "24:00"),
        ("wednesday", "00:00", "06:00"),
    ];
    let body = json!({ "bots": [{ "bot_id": bot, "time_zone": "Europe/Berlin", "week": times(&week) }],
        "away": [{ "from": "2026-12-24", "until": "2026-12-31" }] });
    let answer = tess.put(OWN, body).await;
    assert_eq!(bots(&answer), std::slice::from_ref(&bot));
    assert!(answer.headers.contains_key("rolecall-revision"));
    let one = tess.get(OWN).await.body;
    assert_eq!((&one["bots"][0]["week"], &one["bots"][0]["time_zone"]), (&times(&week), &json!("Europe/Berlin")));
    assert_eq!(one["away"], json!([{ "from": "2026-12-24", "until": "2026-12-31" }]));
    // The clock of the tests stands on Sunday, 3 May 2026, 09:30 UTC.
    assert_eq!(one["bots"][0]["reachable"], json!(false));
    assert_eq!(one["bots"][0]["next_change_at"], "2026-05-04T07:00:00.000000Z");
    // In the profile's own zone where none is named; days away stay as they are.
    assert_eq!(tess.patch("/api/v1/me", json!({ "time_zone": "America/New_York" })).await.status, 200);
    let now = set(&tess, &bot, &[("sunday", "05:00", "06:00")]).await;
    assert_eq!(now.body["bots"][0]["reachable"], json!(true), "{}", now.text);
    assert_eq!(now.body["bots"][0]["next_change_at"], "2026-05-03T10:00:00.000000Z");
    assert_eq!(now.body["away"], one["away"]);
    let away = tess.put(OWN, json!({ "away": [{ "from": "2026-05-01", "until": "2026-05-04" }] })).await;
    assert_eq!(
        (&away.body["bots"][0]["reachable"], &away.body["bots"][0]["next_change_at"]),
        (&json!(false), &json!("2026-05-10T09:00:00.000000Z"))
    );
    assert_eq!(set(&tess, &bot, &[]).await.body["bots"][0]["week"], json!([]));
    // Nobody else sees or shares them.
    assert_eq!(ana.get(OWN).await.body["away"], json!([]));
    assert_eq!(world.anonymous().get(OWN).await.status, 401);
}

#[tokio::test]
async fn p_16_times_that_cannot_be_are_told_where() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bot = world.bot("workspace", 0);
    let good = [("monday", "09:00", "12:00")];
    assert_eq!(set(&ana, &bot, &good).await.status, 200);
    let nine: Vec<(String, String)> = (0..9).map(|hour| (format!("0{hour}:00"), format!("0{hour}:30"))).collect();
    let nine: Vec<(&str, &str, &str)> =
        nine.iter().map(|(from, until)| ("friday", from.as_str(), until.as_str())).collect();
    for (week, field) in [
        (vec![("monday", "12:00", "12:00")], "bots.0.week.0.until"),
        (vec![("monday", "22:00", "06:00")], "bots.0.week.0.until"),
        (vec![("someday", "09:00", "12:00")], "bots.0.week.0.day"),
        (vec![("monday", "9:00", "12:00")], "bots.0.week.0.from"),
        (vec![("monday", "09:00", "24:01")], "bots.0.week.0.until"),
        (vec![("monday", "09:60", "12:00")], "bots.0.week.0.from"),
        (vec![("monday", "+9:00", "12:00")], "bots.0.week.0.from"),
        (
            vec![("tuesday", "11:00", "13:00"), ("monday", "09:00", "12:00"), ("monday", "11:59", "13:00")],
            "bots.0.week.2",
        ),
        (nine, "bots.0.week"),
    ] {
        let answer = set(&ana, &bot, &week).await;
        assert_eq!(answer.status, 422, "{week:?}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.text);
    }
    for (body, field) in [
        (json!({ "bots": [{ "bot_id": bot, "week": [], "time_zone": "Mars/Olympus" }] }), "bots.0.time_zone"),
        (json!({ "bots": [{ "bot_id": bot, "week": [] }, { "bot_id": bot, "week": [] }] }), "bots.1.bot_id"),
        (json!({ "away": [{ "from": "2026-05-04", "until": "2026-05-03" }] }), "away.0"),
        (json!({ "away": [{ "from": "2026-02-30", "until": "2026-03-03" }] }), "away.0"),
        (json!({ "away": [{ "from": "x", "until": "2026-03-03" }] }), "away.0"),
        (json!({ "bots": "all" }), "bots"),
        (json!({ "everything": [] }), "everything"),
    ] {
        let answer = ana.put(OWN, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.text);
    }
    // Touching is no overlap; nothing of what was refused is kept.
    assert_eq!(set(&ana, &bot, &[("monday", "09:00", "12:00"), ("monday", "12:00", "13:00")]).await.status, 200);
    set(&ana, &bot, &good).await;
    let kept = ana.get(OWN).await;
    let own = kept.body["bots"].as_array().unwrap().iter().find(|one| one["bot"]["id"] == bot).unwrap().clone();
    assert_eq!(own["week"], times(&good));
}

#[tokio::test]
async fn p_16_bots_one_may_not_know_of_are_not_there() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (tess, role) = agent(&world, &ana).await;
    let (own, other) = (world.bot("workspace", 0), world.bot("workspace", 1));
    let week = times(&[("monday", "09:00", "12:00")]);
    for bot in [other.clone(), world.bot("team", 0), "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()] {
        // With one of their own before it: all or nothing.
        let body = json!({ "bots": [{ "bot_id": own, "week": week }, { "bot_id": bot, "week": week }] });
        let answer = tess.put(OWN, body).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (404, "/problems/not-found"), "{}", answer.text);
        assert_eq!(tess.get(OWN).await.body["bots"][0]["week"], json!([]));
    }
    // Known, and not theirs to answer on: refused.
    let team = format!("/api/v1/bots/{other}/team/{}", tess.get("/api/v1/me").await.id());
    assert_eq!(ana.put(&team, json!({ "role_ids": [] })).await.status, 200);
    assert_eq!(set(&tess, &other, &[]).await.status, 403);
    // Without the permission it is there no more; with it, the times are back.
    assert_eq!(set(&tess, &own, &[("monday", "09:00", "12:00")]).await.status, 200);
    let on_own = format!("/api/v1/bots/{own}/team/{}", tess.get("/api/v1/me").await.id());
    assert_eq!(ana.put(&on_own, json!({ "role_ids": [] })).await.status, 200);
    assert_eq!(bots(&tess.get(OWN).await), Vec::<String>::new());
    assert!(tess.page("/profile/handover").await.text.contains("No conversations to answer"));
    assert_eq!(set(&tess, &own, &[]).await.status, 403);
    assert_eq!(ana.put(&on_own, json!({ "role_ids": [role] })).await.status, 200);
    assert_eq!(tess.get(OWN).await.body["bots"][0]["week"], week);
}

async fn rows(world: &World) -> usize {
    let of = |table: &str| format!("SELECT 'x' FROM {table}");
    let weeks = world.scratch.texts(&of("availability")).await.unwrap().len();
    weeks + world.scratch.texts(&of("availability_interval")).await.unwrap().len()
}

#[tokio::test]
async fn p_16_times_go_with_the_membership_and_with_the_bot() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (tess, _) = agent(&world, &ana).await;
    let bot = world.bot("workspace", 0);
    let week = [("monday", "09:00", "12:00")];
    assert_eq!(set(&tess, &bot, &week).await.status, 200);
    assert_eq!(rows(&world).await, 2);
    let id = tess.get("/api/v1/me").await.id();
    assert_eq!(ana.delete(&world.path("workspace", &format!("/users/{id}"))).await.status, 204);
    assert_eq!(rows(&world).await, 0);
    assert_eq!(set(&ana, &bot, &week).await.status, 200);
    assert_eq!(rows(&world).await, 2);
    assert_eq!(ana.delete(&format!("/api/v1/bots/{bot}")).await.status, 204);
    assert_eq!(rows(&world).await, 0);
}

#[tokio::test]
async fn p_16_the_page_keeps_what_was_typed_and_copies_times() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let (one, other) = (world.bot("workspace", 0), world.bot("workspace", 1));
    let path = format!("/profile/handover/{one}");
    let night = [("monday-from", "22:00"), ("monday-until", "06:00"), ("tuesday-from", ""), ("tuesday-until", "")];
    let refused = ana.form(&path, &night).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("the end must come after the beginning") && refused.text.contains("value=\"22:00\""));
    let good = [("monday-from", "22:00"), ("monday-until", "00:00"), ("time_zone", "Asia/Kolkata")];
    let saved = ana.form(&path, &good).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(saved.location(), format!("/profile/handover?bot={one}#bot-{one}"));
    let copied = ana.form(&format!("{path}/copy"), &[("bot_ids", &other)]).await;
    assert_eq!(copied.status, 303, "{}", copied.text);
    let all = ana.get(OWN).await.body;
    for view in all["bots"].as_array().unwrap() {
        assert_eq!(view["week"], times(&[("monday", "22:00", "24:00")]));
        assert_eq!(view["time_zone"], "Asia/Kolkata");
    }
    let away = ana.form("/profile/handover/away", &[("away-from", "2026-12-24"), ("away-until", "")]).await;
    assert_eq!(away.status, 303, "{}", away.text);
    assert_eq!(ana.get(OWN).await.body["away"], json!([{ "from": "2026-12-24", "until": "2026-12-24" }]));
    let gone = [("away-from", ""), ("away-until", "")];
    assert_eq!(ana.form("/profile/handover/away", &gone).await.status, 303);
    assert_eq!(ana.get(OWN).await.body["away"], json!([]));
    let foreign = format!("/profile/handover/{}", world.bot("team", 0));
    assert_eq!(ana.form(&foreign, &good).await.status, 404);
    assert_eq!(ana.form(&format!("{foreign}/copy"), &[("bot_ids", &one)]).await.status, 404);
    assert_eq!(ana.form("/profile/handover/nonsense", &good).await.status, 404);
    assert_eq!(ana.page("/profile/handover?bot=nonsense").await.status, 200);
}
