//! What a change would do is what it does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Client, World};

/// Everything that these people may do, in the organization and on its bots.
async fn everything(
    world: &World,
    people: &[(String, Client)],
    preset: &str,
) -> BTreeSet<(String, String, String, String)> {
    let organization = world.organization(preset);
    let mut scopes = vec![format!("organization={}", organization.id)];
    scopes.extend(organization.bots.iter().map(|bot| format!("bot={}", bot.id)));
    let mut all = BTreeSet::new();
    for (id, client) in people {
        for scope in &scopes {
            let map = client.get(&format!("/api/v1/me/permissions?{scope}")).await;
            let models = map.body["permissions"].as_object().cloned().unwrap_or_default();
            for (model, actions) in models {
                for action in actions.as_array().unwrap() {
                    let action = action.as_str().unwrap().to_owned();
                    all.insert((id.clone(), scope.clone(), model.clone(), action));
                }
            }
        }
    }
    all
}

fn listed(list: &Value) -> BTreeSet<(String, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let scope = match one["scope"]["bot"].as_str() {
                Some(bot) => format!("bot={bot}"),
                None => format!("organization={}", one["scope"]["organization"].as_str().unwrap()),
            };
            (text(&one["user"]), scope, text(&one["model"]), text(&one["action"]))
        })
        .collect()
}

#[tokio::test]
async fn a_preview_shows_exactly_what_the_change_does_and_changes_nothing() {
    let world = World::new().await;
    for (preset, admin) in [("workspace", "Ana"), ("agency", "Bruno"), ("team", "Clara"), ("projects", "Helene")] {
        let organization = world.organization(preset);
        let (id, admin) = match organization.people.iter().find(|person| person.name.starts_with(admin)) {
            Some(person) => (person.user_id, world.sign_in(admin).await),
            None => {
                let first = &organization.people[0];
                (first.user_id, world.sign_in_as(&first.email, &world.demo.password).await)
            }
        };
        let mut people = Vec::new();
        for person in &organization.people {
            let client = world.sign_in_as(&person.email, &world.demo.password).await;
            people.push((person.user_id.to_string(), client));
        }
        let role = organization.roles.iter().find(|role| role.name != "public").map(|role| role.id);
        let bot = organization.bots[0].id;
        let mut changes = Vec::new();
        for person in organization.people.iter().filter(|person| person.user_id != id) {
            let user = person.user_id;
            let path = |rest: &str| format!("/organizations/{}/users/{user}{rest}", organization.id);
            changes.push(("PATCH", path(""), json!({ "status": "suspended" })));
            changes.push(("PATCH", path(""), json!({ "status": "active" })));
            let permissions = json!({ "permissions": [{ "model": "User", "action": "read" }] });
            changes.push(("PUT", path("/permissions"), permissions));
            let roles: Vec<Value> = role.iter().map(|role| json!({ "role_id": role })).collect();
            changes.push(("PUT", path("/roles"), json!({ "roles": roles })));
            let entry = json!({ "permissions": [{ "model": "Content", "action": "read" }] });
            changes.push(("PUT", format!("/bots/{bot}/team/{user}"), entry));
            changes.push(("PUT", path("/roles"), json!({ "roles": [] })));
        }
        if let Some(role) = role {
            let path = format!("/organizations/{}/roles/{role}/permissions", organization.id);
            changes.push(("POST", path, json!({ "model": "Analytics", "action": "read", "relation": "team" })));
        }
        changes.push(("PUT", format!("/bots/{bot}/team"), json!({ "user_ids": [id] })));
        changes.push(("DELETE", format!("/bots/{bot}"), Value::Null));
        let preview = world.path(preset, "/preview");
        let mut done = 0;
        for (method, path, body) in changes {
            let body = (!body.is_null()).then_some(body);
            let change = json!({ "change": { "method": method, "path": path, "body": body } });
            let before = everything(&world, &people, preset).await;
            let shown = admin.post(&preview, change).await;
            assert_eq!(
                everything(&world, &people, preset).await,
                before,
                "a preview of {method} {path} changed something"
            );
            let made = admin.send(method.parse().unwrap(), &format!("/api/v1{path}"), body).await;
            let after = everything(&world, &people, preset).await;
            if made.status.is_success() {
                done += 1;
                assert_eq!(shown.status, 200, "{method} {path}: {}", shown.text);
                assert_eq!(shown.body["blocked"], Value::Null, "{method} {path}: {}", shown.text);
                let gains: BTreeSet<_> = after.difference(&before).cloned().collect();
                let loses: BTreeSet<_> = before.difference(&after).cloned().collect();
                assert_eq!(listed(&shown.body["gains"]), gains, "{method} {path}");
                assert_eq!(listed(&shown.body["loses"]), loses, "{method} {path}");
            } else {
                let blocked = shown.status == 200 && shown.body["blocked"]["guard"].is_string();
                assert!(blocked || shown.status == made.status, "{method} {path}: {} but {}", shown.text, made.text);
            }
        }
        assert!(done > 3, "{preset}: only {done} changes were made");
    }
}

#[tokio::test]
async fn previews_ask_for_the_right_to_make_the_change_and_show_what_one_may_know() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let path = world.path("workspace", "/preview");
    let of =
        |method: &str, path: String, body: Value| json!({ "change": { "method": method, "path": path, "body": body } });
    let own = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    let roles =
        of("PUT", format!("{own}/roles"), json!({ "roles": [{ "role_id": world.role("workspace", "admin") }] }));
    assert_eq!(mei.post(&path, roles.clone()).await.status, 403, "Mei may not change users");
    let shown = ana.post(&path, roles).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.body["totals"]["gains"].as_u64().unwrap() > 10);
    // What would lock everybody out is shown as blocked, by name of the guard.
    let suspend = of(
        "PATCH",
        world.path("workspace", &format!("/users/{}", world.person("Ana"))),
        json!({ "status": "suspended" }),
    );
    let blocked = ana.post(&path, suspend).await;
    assert_eq!(blocked.body["blocked"]["guard"], "oneself", "{}", blocked.text);
    // Neither calls of elsewhere nor ones that change no access.
    for (method, inner) in [
        ("POST", "/session".to_owned()),
        ("POST", path.clone()),
        ("DELETE", format!("/bots/{}", world.bot("team", 0))),
        ("DELETE", world.path("team", "")),
        ("GET", own.clone()),
        ("POST", "not a path".to_owned()),
    ] {
        let answer = ana.post(&path, of(method, inner.clone(), Value::Null)).await;
        assert_eq!(answer.status, 422, "{method} {inner}: {}", answer.text);
    }
    // Mails of a preview are never sent, and its user is never made.
    let make =
        json!({ "name": "Ghost", "email": "ghost@example.com", "role_ids": [world.role("workspace", "manager")] });
    let made = ana.post(&path, of("POST", world.path("workspace", "/users"), make)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert!(!ana.get(&world.path("workspace", "/users?q=ghost")).await.text.contains("ghost@"));
}

#[tokio::test]
async fn the_console_shows_a_change_before_it_is_saved() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.person("Mei");
    let page = ana.page(&format!("/acme/users/{mei}")).await;
    assert!(page.text.contains("data-preview-panel"));
    let (admin, manager) = (world.role("workspace", "admin"), world.role("workspace", "manager"));
    let until = format!("until-{admin}");
    let fields = [
        ("version", "1"),
        ("role_ids", admin.as_str()),
        ("role_ids", manager.as_str()),
        (until.as_str(), "2026-06-01T10:00"),
    ];
    let with: Vec<_> = fields.into_iter().chain([("preview", "1")]).collect();
    let shown = ana.form(&format!("/acme/users/{mei}/roles"), &with).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(shown.text.contains("Gains") && shown.text.contains("Mei"), "{}", shown.text);
    assert_eq!(
        ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.body["roles"].as_array().unwrap().len(),
        1
    );
    // Saved, with its end: to the second, and then gone.
    let version = ana.get(&world.path("workspace", &format!("/users/{mei}"))).await.body["version"].to_string();
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| (name, if name == "version" { version.as_str() } else { value }))
        .collect();
    let saved = ana.form(&format!("/acme/users/{mei}/roles"), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get(&world.path("workspace", "/users")).await.status, 200);
    world.pass(60 * 60 * 24 * 40);
    let mei = world.sign_in("Mei").await;
    assert_eq!(mei.get(&world.path("workspace", "/users")).await.status, 403);
}

#[tokio::test]
async fn the_permissions_dialog_and_a_roles_reach_are_previewed() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let manager = world.role("workspace", "manager");
    let path = format!("/acme/roles/{manager}");
    let fields = [("model", "AuditLog"), ("action", "read"), ("relation", "role"), ("preview", "1")];
    let seen = ana.form(&format!("{path}/permissions"), &fields).await;
    assert!(seen.status == 200 && seen.text.contains("Mei Tanaka"), "{}", seen.text);
    let held = ana.get(&world.path("workspace", &format!("/roles/{manager}/permissions?limit=200"))).await;
    assert!(!held.text.contains("AuditLog"), "a preview changes nothing");
    let items = held.body["items"].as_array().unwrap();
    let one = items.iter().find(|one| one["model"] == "Content" && one["action"] == "read").unwrap();
    let remove = format!("{path}/permissions/{}/remove", one["id"].as_str().unwrap());
    let seen = ana.form(&remove, &[("model", "Content"), ("preview", "1")]).await;
    assert!(seen.status == 200 && seen.text.contains("Jonas Weber"), "{}", seen.text);
    let version = ana.get(&world.path("workspace", &format!("/roles/{manager}"))).await.body["version"].to_string();
    let fields = [("name", "manager"), ("reach", "bots"), ("version", version.as_str()), ("preview", "1")];
    let seen = ana.form(&path, &fields).await;
    assert!(seen.status == 200 && seen.text.contains("Mei Tanaka"), "{}", seen.text);
    assert_eq!(ana.get(&world.path("workspace", &format!("/roles/{manager}"))).await.body["reach"], "organization");
}

/// Numbers as good as random, the same in every run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.roll(3) == 0).cloned().collect()
    }
}

/// A change of access in an organization, whatever comes.
fn random_change(dice: &mut Dice, world: &World, preset: &str) -> (&'static str, String, Value) {
    let organization = world.organization(preset);
    let here = |rest: String| format!("/organizations/{}{rest}", organization.id);
    let people: Vec<String> = organization.people.iter().map(|person| person.user_id.to_string()).collect();
    let roles: Vec<String> =
        organization.roles.iter().filter(|role| role.name != "public").map(|role| role.id.to_string()).collect();
    let bots: Vec<String> = organization.bots.iter().map(|bot| bot.id.to_string()).collect();
    let catalogue: Vec<_> = rolecall_access::catalogue::permissions().collect();
    let level = |level| -> Vec<Value> {
        let of = catalogue.iter().filter(|one| rolecall_access::catalogue::level(one) == Some(level));
        of.map(|one| json!({ "model": one.model.to_string(), "action": one.action.to_string() })).collect()
    };
    let (own, on_bot) =
        (level(rolecall_access::catalogue::Level::Organization), level(rolecall_access::catalogue::Level::Bot));
    let (user, bot) = (dice.one(&people), dice.one(&bots));
    let chosen: Vec<Value> = dice.some(&roles).into_iter().map(|role| json!({ "role_id": role })).collect();
    let few = |dice: &mut Dice, of: &[Value]| -> Vec<Value> {
        let mut few: Vec<Value> = (0..3).map(|_| dice.one(of)).collect();
        few.dedup();
        few.sort_by_key(ToString::to_string);
        few.dedup();
        few
    };
    match dice.roll(8) {
        0 => ("PUT", here(format!("/users/{user}/roles")), json!({ "roles": chosen })),
        1 => ("PUT", here(format!("/users/{user}/permissions")), json!({ "permissions": few(dice, &own) })),
        2 => {
            let status = dice.one(&["suspended", "active"]);
            ("PATCH", here(format!("/users/{user}")), json!({ "status": status }))
        }
        3 => ("PUT", format!("/bots/{bot}/team"), json!({ "user_ids": dice.some(&people) })),
        4 => {
            let body = json!({ "role_ids": dice.some(&roles), "permissions": few(dice, &on_bot) });
            ("PUT", format!("/bots/{bot}/team/{user}"), body)
        }
        5 if !roles.is_empty() => {
            let role = dice.one(&roles);
            let mut permissions = few(dice, &on_bot);
            for one in &mut permissions {
                one["relation"] = json!(dice.one(&["role", "team"]));
            }
            permissions.extend(few(dice, &own));
            ("PUT", here(format!("/roles/{role}/permissions")), json!({ "permissions": permissions }))
        }
        6 => ("PATCH", here("/policies".to_owned()), json!({ "reserved": few(dice, &on_bot) })),
        _ => ("PUT", here(format!("/users/{user}/bots")), json!({ "bot_ids": dice.some(&bots) })),
    }
}

/// All that is decided in everybody's favour, in the organization and on its bots, whether they can see the bot or not.
fn decided(world: &World, preset: &str) -> BTreeSet<(String, String, String, String)> {
    use rolecall_access::{BotId, OrganizationId, Scope, Subject, UserId};
    let organization = world.organization(preset);
    let bots = organization.bots.iter().map(|bot| (format!("bot={}", bot.id), Scope::Bot(BotId(bot.id))));
    let here = (format!("organization={}", organization.id), Scope::Organization(OrganizationId(organization.id)));
    let scopes: Vec<(String, Scope)> = bots.chain([here]).collect();
    let (directory, now) = (world.app.store.directory(), world.app.now());
    let mut all = BTreeSet::new();
    for person in &organization.people {
        for (name, scope) in &scopes {
            let map = directory.effective(Subject::User(UserId(person.user_id)), *scope, now);
            for (model, actions) in map.0 {
                let one = |action: rolecall_access::Name| {
                    (person.user_id.to_string(), name.clone(), model.to_string(), action.to_string())
                };
                all.extend(actions.into_iter().map(one));
            }
        }
    }
    all
}

#[tokio::test]
async fn previews_of_random_changes_are_their_effects() {
    let mut dice = Dice(0x5eed_2026);
    for preset in ["workspace", "agency", "team", "projects"] {
        let world = World::new().await;
        let organization = world.organization(preset);
        let admin = world.sign_in_as(&organization.people[0].email, &world.demo.password).await;
        let (mut done, mut before) = (0, decided(&world, preset));
        for round in 0..100 {
            let (method, path, body) = random_change(&mut dice, &world, preset);
            let change = json!({ "change": { "method": method, "path": path, "body": body } });
            let shown = admin.post(&world.path(preset, "/preview"), change).await;
            let made = admin.send(method.parse().unwrap(), &format!("/api/v1{path}"), Some(body.clone())).await;
            let after = decided(&world, preset);
            let what = format!("{preset} {round}: {method} {path} {body}: {}", made.text);
            if made.status.is_success() {
                done += 1;
                // Whoever has just lost the right to see everybody is not shown everybody.
                assert_eq!(shown.status, 200, "{what}: {}", shown.text);
                let gains: BTreeSet<_> = after.difference(&before).cloned().collect();
                let loses: BTreeSet<_> = before.difference(&after).cloned().collect();
                for (shown, real) in [(listed(&shown.body["gains"]), gains), (listed(&shown.body["loses"]), loses)] {
                    let more: Vec<_> = shown.difference(&real).collect();
                    let less: Vec<_> = real.difference(&shown).collect();
                    assert!(more.is_empty() && less.is_empty(), "{what}: too much {more:?}, too little {less:?}");
                }
            } else {
                assert_eq!(after, before, "{what}");
                let blocked = shown.status == 200 && shown.body["blocked"]["guard"].is_string();
                assert!(blocked || shown.status == made.status, "{what}: {}", shown.text);
            }
            before = after;
        }
        assert!(done > 20, "{preset}: only {done} changes were made");
    }
}
