//! Every route of the API, made from its own document: as nobody, as a stranger, as a suspended member, without the one
//! permission that it needs, and with it. A route that is not in the table fails.

use std::collections::BTreeMap;

use http::Method;
use rolecall_access::catalogue;
use serde_json::json;

use crate::route_table::Needs::{self, Membership, Nothing, Permission};
use crate::route_table::TABLE;
use crate::world::{Client, World};

pub struct Route {
    pub operation: String,
    pub method: Method,
    pub path: String,
    pub needs: Needs,
}

/// All routes of the document; one without a row in the table fails the test.
pub fn routes() -> Vec<Route> {
    let (_, document) = rolecall_server::router::routes();
    let document = serde_json::to_value(document).unwrap();
    let table: BTreeMap<&str, Needs> = TABLE.iter().copied().collect();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "parameters") {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            let needs = *table.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no row in the table"));
            let method = method.to_uppercase().parse().unwrap();
            routes.push(Route { operation: name, method, path: path.clone(), needs });
        }
    }
    assert_eq!(routes.len(), TABLE.len(), "the table has rows of no route");
    let names: std::collections::BTreeSet<&str> = routes.iter().map(|route| route.operation.as_str()).collect();
    assert_eq!(names.len(), routes.len(), "two operations have one name");
    routes
}

/// Fresh records of Acme for one call, so that what an earlier call deleted is there again.
pub struct Targets {
    pub values: BTreeMap<&'static str, String>,
}

impl Targets {
    pub async fn new(world: &World, admin: &Client, number: usize) -> Self {
        let path = |rest: &str| world.path("workspace", rest);
        let role = admin.post(&path("/roles"), json!({ "name": format!("Target {number}") })).await.id();
        let of_role = path(&format!("/roles/{role}/permissions"));
        let permission = admin.post(&of_role, json!({ "model": "Content", "action": "read" })).await.id();
        let bot = admin.post(&path("/bots"), json!({ "name": format!("Target {number}") })).await.id();
        let body = json!({ "name": "New Person", "email": format!("new{number}@example.com"),
            "role_ids": [world.role("workspace", "manager")] });
        let created = admin.post(&path("/users"), body).await;
        let (member, active) = Self::member(world, admin, number).await;
        let team = admin.put(&format!("/api/v1/bots/{bot}/team/{active}"), json!({ "role_ids": [] })).await;
        assert_eq!(team.status, 200, "{}", team.text);
        let body = json!({ "email": format!("invited{number}@example.com"), "role_ids": [world.role("workspace", "manager")] });
        let invitation = admin.post(&path("/invitations"), body).await;
        // A partner that offers a bot and is offered this one; another that asked.
        let other = world.sign_in("Carla").await;
        let mut asked = Vec::new();
        for name in ["Partner", "Asker"] {
            let made = json!({ "name": format!("{name} {number}"), "preset": "team" });
            let made = format!("/api/v1/organizations/{}", other.post("/api/v1/organizations", made).await.id());
            asked.push((other.post(&format!("{made}/partners"), json!({ "slug": "acme" })).await.id(), made));
        }
        let (partner, theirs) = &asked[0];
        let accepted = admin.post(&path(&format!("/partners/{partner}/accept")), json!({})).await;
        assert_eq!(accepted.status, 200, "{}", accepted.text);
        let theirs_bot = other.post(&format!("{theirs}/bots"), json!({ "name": "Theirs" })).await.id();
        for (client, path) in [
            (&other, format!("{theirs}/partners/{partner}/bots/{theirs_bot}")),
            (admin, path(&format!("/partners/{partner}/bots/{bot}"))),
        ] {
            let offered = client.put(&path, json!({ "permissions": [] })).await;
            assert_eq!(offered.status, 200, "{}", offered.text);
        }
        let missing = json!({ "model": "Role", "action": "read" });
        let request = member.post(&path("/access-requests"), missing).await.id();
        let (_, gone) = Self::member(world, admin, number + 1_000).await;
        assert_eq!(admin.delete(&path(&format!("/users/{gone}"))).await.status, 204);
        let departures = admin.get(&path("/departures")).await;
        let departure = departures.body["items"][0]["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Target", "scope": [{ "model": "Content", "action": "read" }] });
        let key = admin.post(&format!("/api/v1/bots/{bot}/api-keys"), key).await.id();
        let taught = json!({ "name": "Target", "examples": ["where is my card", "my card is gone"] });
        let intent = admin.post(&format!("/api/v1/bots/{bot}/training"), taught).await.id();
        let looked_for = json!({ "name": "Target", "kind": "list", "values": [{ "value": "Berlin" }] });
        let entity = admin.post(&format!("/api/v1/bots/{bot}/entities"), looked_for).await.id();
        let flow = admin.post(&format!("/api/v1/bots/{bot}/flows"), json!({ "name": "Target" })).await.id();
        let hook =
            json!({ "kind": "webhook", "name": "Target", "url": "https://localhost:1/", "events": ["bot.published"] });
        let integration = admin.post(&format!("/api/v1/bots/{bot}/integrations"), hook).await.id();
        let tried = admin.post(&format!("/api/v1/bots/{bot}/integrations/{integration}/test"), json!({})).await;
        let entry = json!({ "kind": "entry", "title": "Target", "body": "It is in the drawer." });
        let content = admin.post(&format!("/api/v1/bots/{bot}/content"), entry).await.id();
        let live = admin.put(&format!("/api/v1/bots/{bot}/publication"), json!({})).await;
        assert_eq!(live.status, 200, "{}", live.text);
        let conversation = crate::chat::waiting_visitor(admin, &bot).await;
        let test = json!({ "sentence": "xyzzy", "expects": "fallback" });
        let test = admin.post(&format!("/api/v1/bots/{bot}/playground/tests"), test).await.id();
        let model = json!({ "name": "crm:Ticket", "actions": ["read"] });
        let model = admin.post(&path("/models"), model).await.id();
        let resources = path(&format!("/models/{model}/resources"));
        let resource = admin.post(&resources, json!({ "foreign_id": format!("T-{number}") })).await.id();
        let subject = json!({ "type": "user", "foreign_id": format!("u-{number}") });
        let subject = admin.post(&path("/subjects"), subject).await.id();
        let grant = json!({ "model_id": model, "actions": ["read"], "subject_id": subject });
        let grant = admin.post(&path("/grants"), grant).await.body["items"][0]["id"].as_str().unwrap().to_owned();
        let guarded = json!({ "host": format!("bots{number}.example"), "model": "Policy", "action": "read" });
        let rule = admin.post(&path("/forward-rules"), guarded).await.id();
        let version = admin.get(&path(&format!("/roles/{role}"))).await.body["version"].to_string();
        let values = BTreeMap::from([
            ("version", version),
            ("rule", rule),
            ("channel", crate::messenger::page(world, &bot).await),
            ("model", model),
            ("resource", resource),
            ("subject", subject),
            ("grant", grant),
            ("account", "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()),
            ("passkey", "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()),
            ("key", key),
            ("picture", "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()),
            ("intent", intent),
            ("entity", entity),
            ("flow", flow),
            ("integration", integration),
            ("delivery", tried.id()),
            ("content", content),
            ("number", "1".to_owned()),
            ("conversation", conversation),
            ("test", test),
            ("session", "019ded2c-59c0-7079-ab84-79c643b52cae".to_owned()),
            ("departure", departure),
            ("request", request),
            ("partner", partner.clone()),
            ("asked", asked[1].0.clone()),
            ("theirs", theirs_bot),
            ("org", world.organization("workspace").id.to_string()),
            ("role", role),
            ("permission", permission),
            ("bot", bot),
            ("user", active),
            ("created", created.id()),
            ("invitation", invitation.id()),
            ("token", invitation.token()),
        ]);
        Self { values }
    }

    /// These records, made elsewhere.
    pub fn of(values: BTreeMap<&'static str, String>) -> Self {
        Self { values }
    }

    /// The id of this record.
    pub fn value(&self, name: &str) -> &str {
        &self.values[name]
    }

    /// Somebody active with a role that anybody may change.
    async fn member(world: &World, admin: &Client, number: usize) -> (Client, String) {
        let role = [world.role("workspace", "manager")];
        let client = world.join(admin, "workspace", &format!("member{number}@example.com"), &role, &[]).await;
        let id = client.get("/api/v1/me").await.id();
        (client, id)
    }

    pub fn path(&self, route: &Route) -> String {
        let mut path = route.path.clone();
        for (name, value) in &self.values {
            let value = match (*name, route.operation.as_str()) {
                ("user", "resend_user_invitation") => &self.values["created"],
                ("partner", "accept_partner") => &self.values["asked"],
                ("bot", "enable_on_partner_bot") => &self.values["theirs"],
                _ => value,
            };
            path = path.replace(&format!("{{{name}}}"), value);
        }
        if route.operation == "list_own_permissions" {
            path = format!("{path}?organization={}", self.values["org"]);
        }
        if route.operation == "who_can" {
            path = format!("{path}?model=Role&action=read");
        }
        if route.operation == "access_map" {
            path = format!("{path}?user={}", self.values["user"]);
        }
        if route.operation == "explain" {
            path = format!("{path}?model=Bot&action=read");
        }
        assert!(!path.contains('{'), "{path}");
        path
    }
}

/// The document in the repository is the one that the program serves; `UPDATE=1` writes it anew.
#[test]
fn the_document_is_the_one_in_the_repository() {
    let (_, document) = rolecall_server::router::routes();
    let text = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(kept == text, "docs/openapi.json is not the present document: run this test with UPDATE=1");
    assert!(text.contains("\"openapi\": \"3.1.0\""));
}

#[tokio::test]
async fn every_route_refuses_nobody_strangers_and_suspended_members() {
    let world = World::new().await;
    let admin = world.sign_in("Ana").await;
    let stranger = world.sign_in("Carla").await;
    let suspended = world.sign_in("Jonas").await;
    let jonas = world.path("workspace", &format!("/users/{}", world.person("Jonas")));
    assert_eq!(admin.patch(&jonas, json!({ "status": "suspended" })).await.status, 200);
    let targets = Targets::new(&world, &admin, 0).await;
    for route in routes() {
        let (path, body) = (targets.path(&route), targets.body(&route, &world, 0));
        let anonymous = world.anonymous().send(route.method.clone(), &path, body.clone()).await;
        if route.needs != Nothing {
            assert_eq!(anonymous.status, 401, "{} as nobody: {}", route.operation, anonymous.text);
            assert!(anonymous.headers.contains_key("www-authenticate"), "{}", route.operation);
        }
        if matches!(route.needs, Membership | Permission(..)) {
            for (who, client) in [("a stranger", &stranger), ("a suspended member", &suspended)] {
                let answer = client.send(route.method.clone(), &path, body.clone()).await;
                assert_eq!(answer.status, 404, "{} as {who}: {}", route.operation, answer.text);
                assert_eq!(answer.problem(), "/problems/not-found");
            }
        }
    }
}

#[tokio::test]
async fn w_2_w_5_w_13_every_route_needs_exactly_its_permission() {
    let world = World::new().await;
    let admin = world.sign_in("Ana").await;
    let path = |rest: &str| world.path("workspace", rest);
    // A role with everything, permission by permission, so that single ones can be taken out.
    let role = admin.post(&path("/roles"), json!({ "name": "Nearly everything" })).await.id();
    let permissions = path(&format!("/roles/{role}/permissions"));
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for permission in catalogue::permissions() {
        let body = json!({ "model": permission.model.as_str(), "action": permission.action.as_str() });
        ids.insert(permission.to_string(), admin.post(&permissions, body).await.id());
    }
    // One gives on a program's model what one may do there.
    let model = json!({ "name": "crm:Ticket", "actions": ["read"] });
    assert_eq!(admin.post(&path("/models"), model).await.status, 201);
    let of_program = json!({ "model": "crm:Ticket", "action": "read" });
    assert_eq!(admin.post(&permissions, of_program).await.status, 201);
    let tess = world.join(&admin, "workspace", "tess@example.com", &[role], &[]).await;
    for (number, route) in routes().into_iter().enumerate() {
        let Permission(model, action) = route.needs else { continue };
        let targets = Targets::new(&world, &admin, number + 1).await;
        let (path, body) = (targets.path(&route), targets.body(&route, &world, number + 1));
        let name = format!("{model}: {action}");
        let removed = admin.delete(&format!("{permissions}/{}", ids[&name])).await;
        assert_eq!(removed.status, 204, "{}", removed.text);
        let without = tess.send(route.method.clone(), &path, body.clone()).await;
        assert!([403, 404].contains(&without.status.as_u16()), "{} without {name}: {}", route.operation, without.text);
        if without.status == 403 {
            assert!(without.body["detail"].as_str().unwrap().contains(&name), "{}: {}", route.operation, without.text);
        }
        let added = admin.post(&permissions, json!({ "model": model, "action": action })).await;
        ids.insert(name.clone(), added.id());
        if route.operation == "delete_organization" {
            continue;
        }
        let with = match route.operation.as_str() {
            "set_bot_picture" => {
                tess.send_raw(route.method.clone(), &path, Some("image/png"), crate::pictures::png()).await
            }
            _ => tess.send(route.method.clone(), &path, body).await,
        };
        // Bots have no owners in this preset, no mail is sent here, the bot has learned nothing, Messenger is not set up:
        // allowed, and then told so.
        let told = ["set_bot_owner", "start_recovery", "understand", "list_messenger_pages", "add_messenger_page"];
        let told = told.contains(&route.operation.as_str());
        let told = told && with.problem() == "/problems/wrong-state";
        // Nobody said anything to the bot: told that there is no such sentence.
        let sentences = ["label_unmatched", "ignore_unmatched"].contains(&route.operation.as_str());
        let told = told || sentences && with.problem() == "/problems/invalid";
        // Files come in a form, tried where they are taken in.
        let told = told || route.operation == "import_contents" && with.problem() == "/problems/unsupported-media-type";
        assert!(with.status.is_success() || told, "{} with {name}: {}", route.operation, with.text);
        // An organization has so many partners and no more.
        for partner in ["partner", "asked"] {
            admin.delete(&world.path("workspace", &format!("/partners/{}", targets.values[partner]))).await;
        }
    }
}

#[tokio::test]
async fn foreign_ids_in_bodies_are_unknown_and_change_nothing() {
    let world = World::new().await;
    let admin = world.sign_in("Ana").await;
    let (role, bot, person) = (world.role("team", "Member"), world.bot("team", 0), world.person("Finn"));
    let own_bot = world.bot("workspace", 0);
    let mei = world.person("Mei");
    let cases = [
        (
            Method::POST,
            world.path("workspace", "/invitations"),
            json!({ "email": "x@example.com", "role_ids": [role] }),
        ),
        (
            Method::POST,
            world.path("workspace", "/invitations"),
            json!({ "email": "x@example.com", "role_ids": [world.role("workspace", "manager")], "bot_ids": [bot] }),
        ),
        (
            Method::POST,
            world.path("workspace", "/users"),
            json!({ "name": "X Y", "email": "x@example.com", "role_ids": [role] }),
        ),
        (
            Method::PUT,
            world.path("workspace", &format!("/users/{mei}/roles")),
            json!({ "roles": [{ "role_id": role }] }),
        ),
        (Method::PUT, format!("/api/v1/bots/{own_bot}/team"), json!({ "user_ids": [person] })),
        (Method::PUT, format!("/api/v1/bots/{own_bot}/team/{mei}"), json!({ "role_ids": [role] })),
    ];
    for (method, path, body) in cases {
        let before = admin.get(&world.path("workspace", "/users")).await.text;
        let answer = admin.send(method, &path, Some(body)).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text);
        assert_eq!(admin.get(&world.path("workspace", "/users")).await.text, before, "{path}");
    }
    let foreign = admin.put(&format!("/api/v1/bots/{own_bot}/team/{person}"), json!({})).await;
    assert!([404, 422].contains(&foreign.status.as_u16()), "{}", foreign.text);
    // Ids of another organization below one's own path name nothing.
    for rest in [format!("/roles/{role}"), format!("/users/{person}"), format!("/roles/{role}/permissions")] {
        assert_eq!(admin.get(&world.path("workspace", &rest)).await.status, 404, "{rest}");
    }
}
