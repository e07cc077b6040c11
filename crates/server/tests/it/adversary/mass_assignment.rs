//! Fields that are nobody's to send, in every body there is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::keys::{TOKENS, grants, here};
use crate::route_table::Needs::Nothing;
use crate::routes::{Route, Targets, routes};
use crate::second_factor::{at_second_step, enrol};
use crate::world::World;

/// What an attacker would like to set.
const FIELDS: [&str; 17] = [
    "id",
    "owner",
    "owner_id",
    "organization",
    "organization_id",
    "role",
    "roles",
    "role_ids",
    "verified",
    "verified_at",
    "status",
    "is_admin",
    "created_at",
    "version",
    "user_id",
    "sponsor_id",
    "public",
];

/// The names of all fields that the body's schema has somewhere.
fn declared(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return declared(document, &document["components"]["schemas"][name], found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if found.insert(name.clone()) {
            declared(document, property, found);
        }
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        schema[key].as_array().into_iter().flatten().for_each(|one| declared(document, one, found));
    }
    if schema["items"].is_object() {
        declared(document, &schema["items"], found);
    }
}

/// The places of the objects in a body, itself included; what is somebody else's format is left alone.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.to_owned());
            for (name, field) in fields.iter().filter(|(name, _)| !["credential", "body"].contains(&name.as_str())) {
                objects(field, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| objects(item, &format!("{at}/{number}"), found));
        }
        _ => {}
    }
}

fn value_of(field: &str, world: &World) -> Value {
    match field {
        "verified" | "is_admin" | "public" => json!(true),
        "roles" | "role_ids" => json!([world.role("workspace", "admin")]),
        "version" => json!(1_000_000),
        "created_at" | "verified_at" => json!("2020-01-01T00:00:00Z"),
        "status" => json!("active"),
        "role" => json!("admin"),
        _ => json!(world.person("Jonas")),
    }
}

/// A body for the operations whose usual attempt is an empty one.
fn full(route: &Route, targets: &Targets, world: &World) -> Option<Value> {
    match route.operation.as_str() {
        "set_up" => Some(json!({ "token": "x", "organization": { "name": "Vega", "preset": "team" },
            "user": { "name": "Vera", "email": "v@example.com", "password": crate::world::PASSWORD } })),
        "recover" => Some(json!({ "token": "x", "password": crate::world::PASSWORD })),
        _ => targets.body(route, world, 0),
    }
}

#[tokio::test]
async fn no_body_takes_a_field_that_is_not_its_own() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let targets = Targets::new(&world, &ana, 0).await;
    let (_, document) = rolecall_server::router::routes();
    let document = serde_json::to_value(document).unwrap();
    enrol(&world, world.sign_in("Omar").await).await;
    let step = at_second_step(&world, "omar@acme.example").await;
    let users = ana.get(&world.path("workspace", "/users")).await.text;
    let own = json!([{ "organization": here(&world), "permissions": grants(&[("Role", "read")]) }]);
    let token = ana.post(TOKENS, json!({ "name": "Robot", "scope": own })).await.id();
    let (mut tried, mut taken) = (0, Vec::new());
    for route in routes() {
        let operation = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        // A connection is made at a provider alone; its body is tried where there is one (`connected.rs`).
        if schema.is_null() || route.operation == "change_connection" {
            continue;
        }
        let body = full(&route, &targets, &world).unwrap_or_else(|| panic!("{} has a body", route.operation));
        let mut own = BTreeSet::new();
        declared(&document, schema, &mut own);
        let mut places = Vec::new();
        objects(&body, "", &mut places);
        let client = match route.operation.as_str() {
            "second_factor" => step.clone(),
            _ if route.needs == Nothing => world.anonymous(),
            _ => ana.clone(),
        };
        // The steps of a flow have names that whoever draws it thinks of.
        for place in places.iter().filter(|place| !place.ends_with("/steps")) {
            for field in FIELDS.into_iter().filter(|field| !own.contains(*field)) {
                let mut more = body.clone();
                more.pointer_mut(place).unwrap()[field] = value_of(field, &world);
                let path = match route.operation.as_str() {
                    "rotate_token" => format!("{TOKENS}/{token}/rotate"),
                    _ => targets.path(&route),
                };
                let answer = client.send(route.method.clone(), &path, Some(more.clone())).await;
                if answer.status != 422 || answer.body["errors"][0]["code"] != "unknown" {
                    taken.push(format!("{} {more}: {}", route.operation, answer.text));
                }
                tried += 1;
            }
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    assert!(tried > 500, "{tried}");
    assert_eq!(ana.get(&world.path("workspace", "/users")).await.text, users);
}

#[tokio::test]
async fn no_form_takes_a_field_that_is_not_its_own() {
    let world = World::new().await;
    let (ana, mei) = (world.sign_in("Ana").await, world.sign_in("Mei").await);
    let admin = world.role("workspace", "admin");
    let extra = [
        ("id", "019ded2c-59c0-7079-ab84-79c643b52cae"),
        ("owner_id", &world.person("Mei")),
        ("organization_id", &world.organization("team").id.to_string()),
        ("role_ids", &admin),
        ("role", "admin"),
        ("status", "active"),
        ("verified", "true"),
        ("is_admin", "true"),
        ("version", "1000000"),
        ("email", "mei@evil.example"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = |name: &str| [("name".to_owned(), name.to_owned()), ("time_zone".to_owned(), "Europe/Berlin".to_owned())];
    let fields: Vec<(String, String)> = own("Mei Tanaka").into_iter().chain(extra).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let before = ana.get(&world.path("workspace", &format!("/users/{}", world.person("Mei")))).await.body;
    mei.form("/profile", &fields).await;
    mei.form("/acme/bots/new", &fields).await;
    let after = ana.get(&world.path("workspace", &format!("/users/{}", world.person("Mei")))).await.body;
    for field in ["id", "email", "roles", "status", "owner"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(mei.get(&world.path("team", "")).await.status, 404);
    assert!(ana.get(&world.path("team", "/bots")).await.status == 404);
}
