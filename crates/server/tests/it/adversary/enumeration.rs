//! Whether somebody has an account is nobody's business.

use http::StatusCode;
use serde_json::{Value, json};

use crate::passwords::{LINKS, with_mailbox};
use crate::world::{Answer, World};

/// What there is to see of an answer, without what differs from one request to the next.
fn seen(answer: &Answer, email: &str) -> (StatusCode, Vec<(String, String)>, Value) {
    let changing = ["x-request-id", "content-length", "retry-after"];
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !changing.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    } else {
        body = json!(answer.text.replace(email, ""));
    }
    (answer.status, headers, body)
}

#[tokio::test]
async fn no_answer_tells_whether_an_address_has_an_account() {
    let world = World::new().await;
    let nobody = with_mailbox(&world);
    // Somebody who was invited and has not come yet is as unknown as somebody who was not.
    let ana = world.sign_in("Ana").await;
    let user =
        json!({ "name": "New Person", "email": "new@acme.example", "role_ids": [world.role("workspace", "manager")] });
    assert_eq!(ana.post(&world.path("workspace", "/users"), user).await.status, 201);
    let mut all = Vec::new();
    for email in ["ana@acme.example", "nobody@acme.example", "new@acme.example"] {
        let mut answers = Vec::new();
        // Up to the limit, at it, and beyond it.
        for _ in 0..12 {
            let body = json!({ "email": email, "password": "wrong" });
            answers.push(seen(&nobody.post("/api/v1/session", body).await, email));
        }
        answers.push(seen(
            &nobody.form("/sign-in", &[("email", email), ("password", "wrong"), ("next", "")]).await,
            email,
        ));
        for _ in 0..12 {
            answers.push(seen(&nobody.post(LINKS, json!({ "email": email })).await, email));
        }
        answers.push(seen(&nobody.form("/forgot", &[("email", email)]).await, email));
        all.push(answers);
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    assert_eq!((all[0][9].0.as_u16(), all[0][10].0.as_u16()), (401, 429));
    // Inviting, creating, asking for an address or a partner: the same whoever has it.
    let omar = nobody.with(&world.sign_in("Omar").await);
    let mut told = Vec::new();
    for email in ["carla@cobalt.example", "free@example.org"] {
        let invited = omar.post(&world.path("workspace", "/invitations"), json!({ "email": email })).await;
        let changed = omar.put("/api/v1/me/email", json!({ "email": email })).await;
        told.push((invited.status, changed.status, changed.text.clone(), invited.body["status"].clone()));
    }
    assert_eq!(told[0], told[1]);
}

/// The time itself is measured by `bench/enumeration.py`; here: that both do the same work, a hash.
#[tokio::test]
async fn unknown_addresses_take_a_hash_too() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let user =
        json!({ "name": "New Person", "email": "new@acme.example", "role_ids": [world.role("workspace", "manager")] });
    assert_eq!(ana.post(&world.path("workspace", "/users"), user).await.status, 201);
    for email in ["ana@acme.example", "nobody@acme.example", "new@acme.example"] {
        let before = world.app.hasher.hashed();
        let body = json!({ "email": email, "password": "wrong" });
        assert_eq!(world.anonymous().post("/api/v1/session", body).await.status, 401);
        assert_eq!(world.app.hasher.hashed() - before, 1, "{email}");
    }
}
