//! Ways of writing a path, and of saying in headers who one is, that slip past other servers.

use http::{Method, Uri};
use serde_json::json;

use crate::world::World;

/// Spellings of a path that somebody behind a proxy might take for another.
fn spellings(path: &str) -> Vec<String> {
    let tail = path.trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap();
    let first = last.chars().next().unwrap();
    let encoded = format!("%{:02x}{}", u32::from(first), &last[1..]);
    let doubled = format!("%25{:02x}{}", u32::from(first), &last[1..]);
    let parent = &path[..path.len() - last.len()];
    vec![
        format!("{path}/"),
        format!("//{tail}"),
        path.replacen("/api", "//api", 1),
        path.replace('/', "//"),
        path.replace("/v1/", "/v1//"),
        path.to_uppercase(),
        path.replace("/api/", "/API/"),
        format!("{parent}{encoded}"),
        format!("{parent}{doubled}"),
        path.replacen("/v1/", "%2fv1%2f", 1),
        path.replacen("/v1/", "%252fv1%252f", 1),
        format!("/healthz/..{path}"),
        format!("/healthz/%2e%2e{path}"),
        format!("/healthz/%252e%252e{path}"),
        format!("/static/..%2f{tail}"),
        format!("/static/x/..%5c{tail}"),
        format!("/api/v1/invitations/..%2f..{path}"),
        format!("/./{tail}"),
        format!("{path}/."),
        format!("{path}/%2e"),
        format!("{path};x=1"),
        format!("{path}/;/"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%0d%0a"),
        format!("{path}.json"),
        format!("{path}%3f"),
        format!("{path}%23"),
        format!("{path}?access_token=rcp_x"),
        format!("http://localhost:8080{path}"),
        format!("http://evil.example{path}"),
    ]
}

#[tokio::test]
async fn no_spelling_of_a_path_slips_past_authentication() {
    let world = World::new().await;
    let (nobody, carla) = (world.anonymous(), world.sign_in("Carla").await);
    let ana = world.sign_in("Ana").await;
    let mut slipped = Vec::new();
    let secrets = ["ana@acme", "Ana Marchetti", "Acme", "Help desk", "manage_peers"];
    let pages = ["/acme/users".to_owned(), "/acme".to_owned()];
    let paths = ["", "/users", "/roles", "/audit-events", "/policies"].map(|rest| world.path("workspace", rest));
    for path in paths.iter().chain(&pages) {
        let open = ana.page(path).await;
        assert!(open.status == 200 || open.location().starts_with("/acme/"), "{path}: {}", open.text);
        for spelling in spellings(path) {
            if spelling.parse::<Uri>().is_err() {
                continue;
            }
            for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PATCH, Method::TRACE] {
                for client in [&nobody, &carla, &nobody.header("accept", "text/html")] {
                    let answer = client.send(method.clone(), &spelling, None).await;
                    let status = answer.status.as_u16();
                    // A page leads to where one signs in.
                    let led = status == 303 && answer.location().starts_with("/sign-in");
                    let tells = secrets.iter().any(|secret| answer.text.contains(secret));
                    if tells || !(led || (400..500).contains(&status)) {
                        slipped.push(format!("{method} {spelling} answered {status}: {}", answer.text));
                    }
                }
            }
        }
    }
    assert!(slipped.is_empty(), "{}", slipped.join("\n"));
}

#[tokio::test]
async fn no_header_says_who_one_is_or_where_one_goes() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let users = world.path("workspace", "/users");
    let session = ana.cookie.clone().unwrap();
    let token = session.split_once('=').unwrap().1.to_owned();
    for (name, value) in [
        ("x-original-url", users.clone()),
        ("x-rewrite-url", users.clone()),
        ("x-forwarded-path", users.clone()),
        ("x-forwarded-user", "ana@acme.example".to_owned()),
        ("x-forwarded-email", "ana@acme.example".to_owned()),
        ("x-remote-user", "ana@acme.example".to_owned()),
        ("remote-user", "ana@acme.example".to_owned()),
        ("x-user-id", world.person("Ana")),
        ("x-forwarded-for", "127.0.0.1".to_owned()),
        ("x-real-ip", "127.0.0.1".to_owned()),
        ("forwarded", "for=127.0.0.1;host=localhost;proto=https".to_owned()),
        ("x-forwarded-host", "localhost".to_owned()),
        ("host", "localhost:8080".to_owned()),
        ("x-internal", "true".to_owned()),
        ("authorization", format!("Bearer {token}")),
        ("authorization", format!("Basic {token}")),
        ("authorization", "Bearer".to_owned()),
        ("x-api-key", token.clone()),
        ("cookie", format!("session={token}")),
        ("cookie", format!("__Host-rolecall_session={token}")),
        ("cookie", format!("rolecall_device={token}; rolecall_sign_in={token}")),
    ] {
        let nobody = world.anonymous().header(name, value.clone());
        let answer = nobody.get(&users).await;
        assert_eq!(answer.status, 401, "{name}: {value}: {}", answer.text);
        let elsewhere = nobody.get("/healthz").await;
        assert!(!elsewhere.text.contains("Marchetti"), "{name}: {value}: {}", elsewhere.text);
        assert_eq!(nobody.get("/api/v1/me").await.status, 401, "{name}: {value}");
    }
    // A write does not hide in a read, whatever the override is called.
    let roles = world.path("workspace", "/roles");
    let before = ana.get(&roles).await.names().len();
    let role = world.path("workspace", &format!("/roles/{}", world.role("workspace", "manager")));
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for method in ["DELETE", "PUT", "PATCH"] {
            let sly = ana.header(name, method);
            assert_eq!(sly.get(&role).await.status, 200);
            let posted = sly.post(&role, json!({ "name": "Mine", "_method": method })).await;
            assert_eq!(posted.status, 405, "{name}: {method}: {}", posted.text);
            assert_eq!(sly.get(&format!("{roles}?_method={method}")).await.status, 422);
        }
    }
    // HEAD and OPTIONS change nothing and read nothing for nobody; with a cookie from another site they are no way in.
    for method in [Method::HEAD, Method::OPTIONS] {
        let answer = ana.header("origin", "https://evil.example").send(method.clone(), &roles, None).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{method}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{method}");
    }
    assert_eq!(ana.get(&roles).await.names().len(), before);
}
