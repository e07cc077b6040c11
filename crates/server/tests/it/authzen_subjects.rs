//! Organization roles of programs' subjects: given under every guard, asked about like anybody's, and never somebody here.

use serde_json::{Value, json};

use crate::authzen::{EVALUATION, ask, decision};
use crate::authzen_programs::{SUBJECTS, registered, results};
use crate::authzen_scenario::with;
use crate::world::{Client, World};

/// An organization with the program `record` and its users, and a role that may read records, bots' content and users.
struct Stage {
    world: World,
    ana: Client,
    key: Client,
    alice: String,
    role: String,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let ana = world.sign_in("Ana").await;
        let program = registered(&world, &ana, "workspace").await;
        let listed = ana.get(&world.path("workspace", "/subjects")).await;
        let alice = listed.body["items"].as_array().unwrap().iter().find(|one| one["foreign_id"] == "alice").unwrap();
        let alice = alice["id"].as_str().unwrap().to_owned();
        let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Clerk" })).await.id();
        let stage = Self { world, ana, key: program.key, alice, role };
        for (model, action) in [("record", "delete"), ("Content", "read"), ("User", "read")] {
            let permission = json!({ "model": model, "action": action });
            let added = stage.ana.post(&stage.path(&format!("/roles/{}/permissions", stage.role)), permission).await;
            assert_eq!(added.status, 201, "{}", added.text);
        }
        stage
    }

    fn path(&self, rest: &str) -> String {
        self.world.path("workspace", rest)
    }

    fn roles_of(&self, subject: &str) -> String {
        self.path(&format!("/subjects/{subject}/roles"))
    }

    async fn hold(&self, roles: Value) {
        let held = self.ana.put(&self.roles_of(&self.alice), json!({ "roles": roles })).await;
        assert_eq!(held.status, 200, "{}", held.text);
        assert!(held.headers.contains_key("rolecall-revision"));
    }

    async fn may(&self, action: &str, model: &str, id: &str) -> bool {
        decision(&self.key.post(EVALUATION, ask("alice", action, model, id)).await)
    }
}

#[tokio::test]
async fn g_2_a_programs_subject_holds_roles_like_anybody() {
    let stage = Stage::new().await;
    let (bot, organization) = (stage.world.bot("workspace", 0), stage.world.organization("workspace").id.to_string());
    assert!(!stage.may("delete", "record", "record-1").await && !stage.may("read", "Content", &bot).await);
    stage.hold(json!([{ "role_id": stage.role }])).await;
    // On the program's model, on our own, and in the searches.
    assert!(stage.may("delete", "record", "record-1").await && stage.may("read", "Content", &bot).await);
    assert!(stage.may("read", "User", &organization).await && !stage.may("update", "Content", &bot).await);
    let allowed = stage.key.post(EVALUATION, ask("alice", "read", "Content", &bot)).await;
    assert_eq!(allowed.body["context"]["reasons"][0]["fact"], "organization_role", "{}", allowed.text);
    let denied = stage.key.post(EVALUATION, ask("alice", "update", "Content", &bot)).await;
    assert_eq!(denied.body["context"]["missing"], json!({ "model": "Content", "action": "update" }));
    for (model, action, id) in [("record", "delete", "record-2"), ("Content", "read", bot.as_str())] {
        let search = json!({ "subject": { "type": "user" }, "action": { "name": action },
            "resource": { "type": model, "id": id } });
        let found = results(&stage.key.post(SUBJECTS, search).await);
        assert!(found.contains(&json!({ "type": "user", "id": "alice" })), "{found:?}");
    }
    let listed = stage.ana.get(&stage.path("/subjects")).await;
    assert!(listed.text.contains(&stage.role), "{}", listed.text);
    // A role that subjects hold stays; what is withdrawn ends at once.
    let kept = stage.ana.delete(&stage.path(&format!("/roles/{}", stage.role))).await;
    assert_eq!((kept.status.as_u16(), kept.problem()), (409, "/problems/role-in-use"), "{}", kept.text);
    stage.hold(json!([])).await;
    assert!(!stage.may("delete", "record", "record-1").await && !stage.may("read", "Content", &bot).await);
    // It ends when it says.
    let end = rolecall_server::time::Time(stage.world.app.now().plus_seconds(60)).text();
    stage.hold(json!([{ "role_id": stage.role, "expires_at": end }])).await;
    assert!(stage.may("read", "Content", &bot).await);
    stage.world.pass(61);
    assert!(!stage.may("read", "Content", &bot).await);
    let past = json!({ "roles": [{ "role_id": stage.role, "expires_at": "2020-01-01T00:00:00Z" }] });
    assert_eq!(stage.ana.put(&stage.roles_of(&stage.alice), past).await.status, 422);
}

#[tokio::test]
async fn g_2_a_role_is_given_to_a_subject_under_the_guards() {
    let stage = Stage::new().await;
    let giver = stage.ana.post(&stage.path("/roles"), json!({ "name": "Giver" })).await.id();
    for (model, action) in [
        ("RoleAssignment", "create"),
        ("RoleAssignment", "delete"),
        ("Model", "read"),
        ("Model", "delete"),
        ("User", "read"),
    ] {
        let permission = json!({ "model": model, "action": action });
        assert_eq!(stage.ana.post(&stage.path(&format!("/roles/{giver}/permissions")), permission).await.status, 201);
    }
    let tess = stage.world.join(&stage.ana, "workspace", "tess@example.com", std::slice::from_ref(&giver), &[]).await;
    let roles = json!({ "roles": [{ "role_id": stage.role }] });
    // No more than one has oneself.
    let refused = tess.put(&stage.roles_of(&stage.alice), roles.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (403, "/problems/guard"), "{}", refused.text);
    assert_eq!(tess.put(&stage.roles_of(&stage.alice), json!({ "roles": [{ "role_id": giver }] })).await.status, 200);
    // What can do more than oneself is left alone, and is not forgotten either.
    stage.hold(json!([{ "role_id": stage.role }])).await;
    let taken = tess.put(&stage.roles_of(&stage.alice), json!({ "roles": [] })).await;
    assert_eq!((taken.status.as_u16(), taken.problem()), (403, "/problems/guard"), "{}", taken.text);
    let forgotten = tess.delete(&stage.path(&format!("/subjects/{}", stage.alice))).await;
    assert_eq!((forgotten.status.as_u16(), forgotten.problem()), (403, "/problems/guard"), "{}", forgotten.text);
    // Nor does a role that a subject holds grow by what its editor lacks.
    let (edits, edited) =
        (json!({ "model": "Permission", "action": "create" }), json!({ "model": "record", "action": "read" }));
    assert_eq!(stage.ana.post(&stage.path(&format!("/roles/{giver}/permissions")), edits).await.status, 201);
    stage.hold(json!([{ "role_id": giver }])).await;
    let grown = tess.post(&stage.path(&format!("/roles/{giver}/permissions")), edited).await;
    assert_eq!((grown.status.as_u16(), grown.problem()), (403, "/problems/guard"), "{}", grown.text);
    // Whoever may give no roles gives none here, and a stranger learns of nothing.
    assert_eq!(stage.key.put(&stage.roles_of(&stage.alice), roles.clone()).await.status, 403);
    let carla = stage.world.sign_in("Carla").await;
    assert_eq!(carla.put(&stage.roles_of(&stage.alice), roles.clone()).await.status, 404);
    let strange = stage.world.path("team", &format!("/subjects/{}/roles", stage.alice));
    assert_eq!(carla.put(&strange, json!({ "roles": [] })).await.status, 404);
    // A role of somebody else is none.
    let theirs = json!({ "roles": [{ "role_id": stage.world.role("team", "Admin") }] });
    let answer = stage.ana.put(&stage.roles_of(&stage.alice), theirs).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!("roles")), "{}", answer.text);
    let twice = json!({ "roles": [{ "role_id": stage.role }, { "role_id": stage.role }] });
    assert_eq!(stage.ana.put(&stage.roles_of(&stage.alice), twice).await.status, 422);
    let many: Vec<Value> = (0..101_u128).map(|id| json!({ "role_id": uuid::Uuid::from_u128(id) })).collect();
    assert_eq!(stage.ana.put(&stage.roles_of(&stage.alice), json!({ "roles": many })).await.status, 422);
}

/// What is given to a role on one resource is given with the role: no way around the guards.
#[tokio::test]
async fn g_2_a_role_with_more_on_a_resource_is_given_by_nobody_with_less() {
    let stage = Stage::new().await;
    let models = stage.ana.get(&stage.path("/models")).await;
    let model =
        models.body["items"].as_array().unwrap().iter().find(|one| one["key"] == "record").unwrap()["id"].clone();
    let plain = stage.ana.post(&stage.path("/roles"), json!({ "name": "Plain" })).await.id();
    let grant = json!({ "model_id": model, "actions": ["delete"], "role_id": plain, "resource": "record-1" });
    assert_eq!(stage.ana.post(&stage.path("/grants"), grant).await.status, 201);
    let giver = stage.ana.post(&stage.path("/roles"), json!({ "name": "Giver" })).await.id();
    for (model, action) in [("RoleAssignment", "create"), ("RoleAssignment", "read"), ("User", "read")] {
        let permission = json!({ "model": model, "action": action });
        assert!(
            stage.ana.post(&stage.path(&format!("/roles/{giver}/permissions")), permission).await.status.is_success()
        );
    }
    let tess = stage.world.join(&stage.ana, "workspace", "tess@example.com", std::slice::from_ref(&giver), &[]).await;
    let friend = stage.world.join(&stage.ana, "workspace", "friend@example.com", &[], &[]).await;
    let friend = friend.get("/api/v1/me").await.id();
    let roles = json!({ "roles": [{ "role_id": plain }] });
    for path in [stage.roles_of(&stage.alice), stage.path(&format!("/users/{friend}/roles"))] {
        let refused = tess.put(&path, roles.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (403, "/problems/guard"), "{path} {}", refused.text);
        assert_eq!(stage.ana.put(&path, roles.clone()).await.status, 200);
    }
    assert!(stage.may("delete", "record", "record-1").await && !stage.may("delete", "record", "record-2").await);
    assert!(decision(&stage.key.post(EVALUATION, ask(&friend, "delete", "record", "record-1")).await));
}

/// A subject is nobody here: it takes no seat, is in no list of people, and keeps no organization manageable.
#[tokio::test]
async fn t_5_a_subject_is_no_member_and_saves_nobody_from_a_lock_out() {
    let stage = Stage::new().await;
    let roles = stage.ana.get(&stage.path("/roles")).await;
    let admin =
        roles.body["items"].as_array().unwrap().iter().find(|one| one["everything"] == true).unwrap()["id"].clone();
    stage.hold(json!([{ "role_id": admin }])).await;
    let users = stage.ana.get(&stage.path("/users")).await;
    assert!(!users.text.contains(&stage.alice), "{}", users.text);
    let own = stage.world.person("Ana");
    let last = stage.ana.put(&stage.path(&format!("/users/{own}/roles")), json!({ "roles": [] })).await;
    assert!([403, 409].contains(&last.status.as_u16()), "{}", last.text);
}

/// What leans on a role, a bot, a member or a model goes from memory with it: a node that starts now knows the same.
#[tokio::test]
async fn what_programs_have_goes_from_memory_with_what_it_leans_on() {
    let stage = Stage::new().await;
    let models = stage.ana.get(&stage.path("/models")).await;
    let model =
        models.body["items"].as_array().unwrap().iter().find(|one| one["key"] == "record").unwrap()["id"].clone();
    let text = model.as_str().unwrap().to_owned();
    let bot = stage.ana.post(&stage.path("/bots"), json!({ "name": "Passing" })).await.id();
    let on_bot = json!({ "foreign_id": "passing", "bot": bot });
    assert_eq!(stage.ana.post(&stage.path(&format!("/models/{text}/resources")), on_bot).await.status, 201);
    let friend = stage.world.join(&stage.ana, "workspace", "friend@example.com", &[], &[]).await;
    let friend = friend.get("/api/v1/me").await.id();
    let role = stage.ana.post(&stage.path("/roles"), json!({ "name": "Passing" })).await.id();
    for holder in [json!({ "user_id": friend }), json!({ "role_id": role }), json!({ "subject_id": stage.alice })] {
        let grant = with(json!({ "model_id": model, "actions": ["write"] }), "resource", json!("passing"));
        let mut all = grant.clone();
        all.as_object_mut().unwrap().extend(holder.as_object().unwrap().clone());
        let given = stage.ana.post(&stage.path("/grants"), all).await;
        assert_eq!(given.status, 201, "{}", given.text);
    }
    let same = async |what: &str| {
        assert_eq!(*stage.world.app.store.directory(), stage.world.facts_anew().await, "{what}");
    };
    same("given").await;
    assert_eq!(stage.ana.delete(&stage.path(&format!("/roles/{role}"))).await.status, 204);
    same("role").await;
    assert_eq!(stage.ana.delete(&stage.path(&format!("/users/{friend}"))).await.status, 204);
    same("member").await;
    let gone = stage.ana.delete(&format!("/api/v1/bots/{bot}")).await;
    assert!(gone.status.is_success(), "{}", gone.text);
    same("bot").await;
    assert_eq!(stage.ana.delete(&stage.path(&format!("/subjects/{}", stage.alice))).await.status, 204);
    same("subject").await;
    assert_eq!(stage.ana.delete(&stage.path(&format!("/models/{text}"))).await.status, 204);
    same("model").await;
}

#[tokio::test]
async fn w_19_subjects_are_told_of_where_people_are() {
    let stage = Stage::new().await;
    stage.hold(json!([{ "role_id": stage.role }])).await;
    let bot = stage.world.bot("workspace", 0);
    let who = stage.ana.get(&stage.path(&format!("/who-can?model=Content&action=read&bot={bot}"))).await;
    let told = who.body["items"].as_array().unwrap().iter().find(|one| one["name"] == "alice").unwrap().clone();
    assert_eq!((&told["type"], &told["id"]), (&json!("user"), &json!(stage.alice)), "{}", who.text);
    assert_eq!(told["because"][0]["from"]["name"], "Clerk");
    let who = stage.ana.get(&stage.path("/who-can?model=record&action=read")).await;
    assert!(who.body["items"].as_array().unwrap().iter().any(|one| one["name"] == "alice"), "{}", who.text);
    let asked = |rest: &str| stage.path(&format!("/explain?subject={}&model=record&{rest}", stage.alice));
    let explained = stage.ana.get(&asked("action=delete")).await;
    assert_eq!(explained.body["because"][0]["fact"], "organization_role", "{}", explained.text);
    let explained = stage.ana.get(&asked("action=read")).await;
    assert_eq!(explained.body["because"][0]["fact"], "grant", "{}", explained.text);
    let denied = stage.ana.get(&asked("action=write")).await;
    assert_eq!((&denied.body["allowed"], &denied.body["obstacles"]), (&json!(false), &json!(["grant"])));
    let carla = stage.world.sign_in("Carla").await;
    let strange = stage.world.path("team", &format!("/explain?subject={}&model=User&action=read", stage.alice));
    assert_eq!(carla.get(&strange).await.status, 404);
    let map = {
        let id = stage.world.organization("workspace").id;
        stage.ana.get(&format!("/api/v1/me/permissions?organization={id}")).await
    };
    assert!(map.text.contains("\"record\""), "{}", map.text);
    assert!(stage.ana.page(&format!("/acme/roles/{}", stage.role)).await.text.contains("user alice"));
}

#[tokio::test]
async fn w_19_the_console_shows_what_programs_registered() {
    let stage = Stage::new().await;
    stage.hold(json!([{ "role_id": stage.role }])).await;
    let models = stage.ana.page("/acme/models").await;
    assert_eq!(models.status, 200, "{}", models.text);
    assert!(models.text.contains("<code>record</code>"), "{}", models.text);
    let listed = stage.ana.get(&stage.path("/models")).await;
    let id = listed.body["items"].as_array().unwrap().iter().find(|one| one["key"] == "record").unwrap()["id"].clone();
    let id = id.as_str().unwrap().to_owned();
    let script = json!({ "foreign_id": "<script>alert(1)</script>" });
    assert_eq!(stage.ana.post(&stage.path(&format!("/models/{id}/resources")), script).await.status, 201);
    let model = stage.ana.page(&format!("/acme/models/{id}")).await;
    for text in ["record-1", "user alice", "Clerk", "&#60;script&#62;alert"] {
        assert!(model.text.contains(text), "{text}: {}", model.text);
    }
    assert!(!model.text.contains("<script>alert"));
    let subjects = stage.ana.page("/acme/models/subjects").await;
    assert!(subjects.text.contains("alice") && subjects.text.contains("Clerk"), "{}", subjects.text);
    // Registered and deleted by hand.
    let wrong = stage.ana.form("/acme/models", &[("name", "Bot"), ("actions", "read")]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    let made =
        stage.ana.form("/acme/models", &[("name", "crm:Ticket"), ("label", ""), ("actions", "read, close")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let place = made.location().to_owned();
    assert!(stage.ana.page(&place).await.text.contains("close"));
    assert!(stage.ana.page(&format!("{place}/delete")).await.text.contains("crm:Ticket"));
    assert_eq!(stage.ana.form(&format!("{place}/delete"), &[]).await.status, 303);
    assert_eq!(stage.ana.page(&place).await.status, 404);
    // Nothing for whoever may not read models, nor for strangers.
    let tess = stage.world.join(&stage.ana, "workspace", "tess@example.com", &[], &[]).await;
    for path in ["/acme/models", "/acme/models/subjects", &format!("/acme/models/{id}")] {
        assert!([403, 404].contains(&tess.page(path).await.status.as_u16()), "{path}");
        let carla = stage.world.sign_in("Carla").await;
        assert_eq!(carla.page(path).await.status, 404, "{path}");
    }
}
