//! The presets' tables, walked by everybody who has a part in them: what they may do is done, what not is refused.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

/// A row: what is tried, and for whom it works.
struct Row {
    what: &'static str,
    method: Method,
    /// `{org}`, `{bot0}`, `{bot1}` and `{user:Name}` stand for ids.
    path: &'static str,
    body: Value,
    /// Who may.
    may: &'static [&'static str],
}

fn row(what: &'static str, call: &'static str, body: Value, may: &'static [&'static str]) -> Row {
    let (method, path) = call.split_once(' ').unwrap();
    Row { what, method: method.parse().unwrap(), path, body, may }
}

/// A new world after each change: what one does is not in the next one's way.
async fn walk(preset: &str, people: &[&str], rows: Vec<Row>) {
    let mut world = World::new().await;
    for row in rows {
        for person in people {
            let organization = world.organization(preset);
            let mut path = row.path.replace("{org}", &format!("/api/v1/organizations/{}", organization.id));
            for (number, bot) in organization.bots.iter().enumerate() {
                path = path.replace(&format!("{{bot{number}}}"), &format!("/api/v1/bots/{}", bot.id));
            }
            while let Some((before, rest)) = path.clone().split_once("{user:") {
                let (name, after) = rest.split_once('}').unwrap();
                path = format!("{before}{}{after}", world.person(name));
            }
            let mut body = row.body.to_string();
            for role in &organization.roles {
                body = body.replace(&format!("role:{}", role.name), &role.id.to_string());
            }
            let body: Value = serde_json::from_str(&body).unwrap();
            let client = world.sign_in(person).await;
            let answer = client.send(row.method.clone(), &path, (!body.is_null()).then_some(body)).await;
            let refused = [403, 404, 409].contains(&answer.status.as_u16());
            let may = row.may.contains(person);
            assert!(if may { answer.status.is_success() } else { refused }, "{}: {person}: {}", row.what, answer.text);
            if may && row.method != Method::GET {
                world = World::new().await;
            }
        }
    }
}

#[tokio::test]
async fn t_1_to_t_14_the_table_of_the_team() {
    let all: &[&str] = &["Carla", "David", "Finn"];
    let upper: &[&str] = &["Carla", "David"];
    let owner: &[&str] = &["Carla"];
    let none = || Value::Null;
    let rows = vec![
        row("T-1 view", "GET {bot0}", none(), all),
        row("T-5 create", "POST {org}/bots", json!({ "name": "New" }), upper),
        row("T-6 edit", "PATCH {bot0}", json!({ "name": "Other" }), upper),
        row("T-6 publish", "PUT {bot0}/publication", none(), upper),
        row("T-8 delete", "DELETE {bot0}", none(), upper),
        row("T-9 invite", "POST {org}/invitations", json!({ "email": "new@example.com" }), upper),
        row(
            "T-9 invite an Admin",
            "POST {org}/invitations",
            json!({ "email": "new@example.com", "role_ids": ["role:Admin"] }),
            owner,
        ),
        row("T-10 remove a Member", "DELETE {org}/users/{user:Grace}", none(), upper),
        row("T-10 remove an Admin", "DELETE {org}/users/{user:Elif}", none(), owner),
        row("T-10 suspend the owner", "PATCH {org}/users/{user:Carla}", json!({ "status": "suspended" }), &[]),
        row(
            "T-11 change roles",
            "PUT {org}/users/{user:Grace}/roles",
            json!({ "roles": [{ "role_id": "role:Admin" }] }),
            owner,
        ),
        row("T-12 billing", "GET {org}/billing", none(), owner),
        row("T-13 delete the organization", "DELETE {org}", none(), owner),
        row("T-14 read policies", "GET {org}/policies", none(), owner),
        row("T-14 rename", "PATCH {org}", json!({ "name": "Other" }), owner),
        row("T-14 team", "GET {org}/users", none(), upper),
    ];
    walk("team", all, rows).await;
}

#[tokio::test]
async fn t_1_to_t_7_the_areas_of_a_bot_in_the_team() {
    let world = World::new().await;
    let bot = world.bot("team", 0);
    let all = ["create", "delete", "read", "update"];
    for (person, writes) in [("Carla", true), ("David", true), ("Finn", false)] {
        let map = world.sign_in(person).await.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
        let held = |model: &str| map.body["permissions"][model].as_array().cloned().unwrap_or_default();
        for model in ["Bot", "BotSetting", "Analytics", "Conversation"] {
            assert!(held(model).contains(&json!("read")), "T-1 to T-3: {person}: {model}");
        }
        assert!(held("Playground").contains(&json!("create")), "T-4: {person}");
        assert_eq!(held("BotSetting").contains(&json!("update")), writes, "T-6: {person}");
        for model in ["TrainingData", "Content"] {
            for action in all.into_iter().filter(|action| *action != "read") {
                assert_eq!(held(model).contains(&json!(action)), writes, "T-7: {person}: {model} {action}");
            }
        }
    }
}

#[tokio::test]
async fn a_1_to_a_9_the_table_of_the_agency() {
    let people: &[&str] = &["Bea", "Chloe"];
    let admin: &[&str] = &["Bea"];
    let none = || Value::Null;
    let rows = vec![
        row("A-2 create", "POST {org}/bots", json!({ "name": "New" }), admin),
        row("A-2 publish", "PUT {bot0}/publication", none(), admin),
        row("A-3 delete", "DELETE {bot0}", none(), &[]),
        row("A-4 users", "GET {org}/users", none(), admin),
        row("A-4 another Admin", "PATCH {org}/users/{user:Luca}", json!({ "status": "suspended" }), admin),
        row("A-4 a Client", "DELETE {org}/users/{user:Femi}", none(), admin),
        row(
            "A-5 A-7 invite",
            "POST {org}/invitations",
            json!({ "email": "n@example.com", "role_ids": ["role:Admin"] }),
            admin,
        ),
        row("A-5 see", "GET {org}/invitations", none(), admin),
        row("A-6 own bot", "GET {bot0}", none(), people),
        row("A-6 edit it", "PATCH {bot0}", json!({ "name": "Other" }), people),
        row("A-6 another", "GET {bot1}", none(), admin),
        row("A-6 another's team", "GET {bot1}/team", none(), admin),
        row("A-8 put on", "PUT {bot1}/team/{user:Chloe}", json!({}), admin),
        row("A-9 organization", "PATCH {org}", json!({ "name": "Other" }), admin),
        row("A-9 policies", "PATCH {org}/policies", json!({ "manage_peers": false }), admin),
        row("A-9 single sign-on", "GET {org}/single-sign-on", none(), admin),
        row("A-6 audit", "GET {org}/audit-events", none(), admin),
    ];
    walk("agency", people, rows).await;
    let world = World::new().await;
    let map = world.sign_in("Chloe").await.get(&format!("/api/v1/me/permissions?bot={}", world.bot("agency", 0))).await;
    for (model, action) in [("Appearance", "update"), ("Conversation", "read"), ("Conversation", "update")] {
        let held = map.body["permissions"][model].as_array().unwrap();
        assert!(held.contains(&json!(action)), "A-6: {model}: {action}: {}", map.text);
    }
}

#[tokio::test]
async fn w_6_w_13_w_19_the_table_of_the_workspace() {
    let people: &[&str] = &["Ana", "Mei"];
    let admin: &[&str] = &["Ana"];
    let none = || Value::Null;
    let rows = vec![
        row("users", "GET {org}/users", none(), admin),
        row("roles", "GET {org}/roles", none(), admin),
        row("add a role", "POST {org}/roles", json!({ "name": "New" }), admin),
        row("models", "GET {org}/models", none(), people),
        row("audit", "GET {org}/audit-events", none(), admin),
        row(
            "invite",
            "POST {org}/invitations",
            json!({ "email": "n@example.com", "role_ids": ["role:manager"] }),
            admin,
        ),
        row("partners", "GET {org}/partners", none(), admin),
        row("policies", "GET {org}/policies", none(), admin),
        row("single sign-on", "GET {org}/single-sign-on", none(), admin),
        row("billing", "GET {org}/billing", none(), admin),
        row("rename", "PATCH {org}", json!({ "name": "Other" }), admin),
        row("bots", "GET {org}/bots", none(), people),
        row("make a bot", "POST {org}/bots", json!({ "name": "New" }), people),
        row("publish", "PUT {bot1}/publication", none(), people),
        row("delete a bot", "DELETE {bot1}", none(), people),
        row("a bot's team", "PUT {bot0}/team/{user:Jonas}", json!({}), people),
    ];
    walk("workspace", people, rows).await;
}

#[tokio::test]
async fn p_1_to_p_9_the_table_of_the_projects() {
    let people: &[&str] = &["Dora", "Emil", "Hana", "Ines"];
    let owner: &[&str] = &["Dora"];
    let none = || Value::Null;
    let new = || json!({ "name": "New Person", "email": "n@example.com", "role_ids": [] });
    let rows = vec![
        row("P-4 create an account", "POST {org}/users", new(), &["Dora", "Ines"]),
        row("P-5 the list", "GET {org}/users", none(), &["Dora", "Ines"]),
        row("P-5 the icon", "GET {org}/users/{user:Hana}/permissions", none(), &["Dora", "Ines"]),
        row("P-5 the pencil", "PUT {org}/users/{user:Hana}/permissions", json!({ "permissions": [] }), owner),
        row("P-3 create a project", "POST {org}/bots", json!({ "name": "New" }), &["Dora", "Ines"]),
        row("P-6 a project", "GET {bot0}", none(), &["Dora", "Emil"]),
        row("P-6 another", "GET {bot1}", none(), &["Dora", "Hana"]),
        row("P-2 who has what", "GET {bot0}/team", none(), &["Dora", "Emil"]),
        row("P-8 the team", "PUT {bot0}/team/{user:Ines}", json!({}), owner),
        row("P-9 permissions", "PUT {bot0}/team/{user:Emil}", json!({ "permissions": [] }), owner),
        row("P-2 delete it", "DELETE {bot0}", none(), owner),
        row("P-1 roles", "GET {org}/roles", none(), owner),
        row("P-1 audit", "GET {org}/audit-events", none(), owner),
        row("P-1 billing", "GET {org}/billing", none(), owner),
        row("P-1 delete", "DELETE {org}", none(), owner),
    ];
    walk("projects", people, rows).await;
}
