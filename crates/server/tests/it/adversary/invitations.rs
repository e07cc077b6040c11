//! Invitations in the wrong hands.

use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn an_invitation_is_what_was_written_down_whatever_is_sent_with_it() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let invited = bea.post(&world.path("agency", "/invitations"), json!({ "email": "guest@example.com" })).await;
    let token = invited.token();
    let accept = format!("/api/v1/invitations/{token}/accept");
    let nobody = world.anonymous();
    // In the body, in the address: nothing of it is taken.
    for extra in [
        json!({ "email": "other@example.com" }),
        json!({ "organization_id": world.organization("team").id }),
        json!({ "role_ids": [world.role("agency", "Admin")] }),
        json!({ "role": "Admin" }),
        json!({ "bot_ids": [world.bot("agency", 1)] }),
    ] {
        let mut body = json!({ "name": "Guest", "password": PASSWORD });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let refused = nobody.post(&accept, body).await;
        assert_eq!(refused.status, 422, "{extra}: {}", refused.text);
    }
    let query = format!("{accept}?email=other@example.com&role={}", world.role("agency", "Admin"));
    let accepted = nobody.post(&query, json!({ "name": "Guest", "password": PASSWORD })).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    assert_eq!(accepted.body["email"], "guest@example.com");
    assert_eq!(accepted.body["organizations"][0]["roles"], json!(["Client"]));
    assert_eq!(accepted.body["organizations"].as_array().unwrap().len(), 1);
    // Another's signed-in session does not take it over, nor is an invitation edited.
    let second = bea.post(&world.path("agency", "/invitations"), json!({ "email": "finn@cobalt.example" })).await;
    let (path, accept) = (second.location().to_owned(), format!("/api/v1/invitations/{}/accept", second.token()));
    assert_eq!(world.sign_in("Grace").await.post(&accept, json!({})).await.status, 401);
    assert_eq!(bea.patch(&path, json!({ "email": "grace@cobalt.example" })).await.status, 405);
    assert_eq!(bea.put(&path, json!({ "email": "grace@cobalt.example" })).await.status, 405);
    // By another organization's path it is not there.
    let foreign =
        path.replace(&world.organization("agency").id.to_string(), &world.organization("team").id.to_string());
    assert_eq!(world.sign_in("Carla").await.get(&foreign).await.status, 404);
    assert_eq!(world.sign_in("Carla").await.delete(&foreign).await.status, 404);
}

#[tokio::test]
async fn no_answer_and_no_log_has_the_token_of_an_invitation() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let made = ana.post(&world.path("workspace", "/invitations"), json!({ "email": "guest@example.com" })).await;
    // Shown this once, because there is no mail server; with one, only the recipient sees it.
    let token = made.token();
    let user =
        json!({ "name": "New Person", "email": "new@example.com", "role_ids": [world.role("workspace", "manager")] });
    let created = ana.post(&world.path("workspace", "/users"), user).await;
    let other = created.token();
    let mut seen = Vec::new();
    for rest in ["/invitations", "/users", "/audit-events", "/departures", "", "/access-requests"] {
        seen.push(ana.get(&world.path("workspace", rest)).await.text);
    }
    seen.push(ana.get(made.location()).await.text);
    seen.push(ana.get(&world.path("workspace", &format!("/users/{}", created.id()))).await.text);
    for page in ["/acme/users", "/acme/invitations", "/acme/audit-log"] {
        seen.push(ana.page(page).await.text);
    }
    // Accepting says nothing of it either, nor what it leads to.
    let accepted = world.accept(&token, "Guest").await;
    seen.push(accepted.text.clone());
    seen.push(ana.get(made.location()).await.text);
    for text in &seen {
        assert!(!text.contains(&token) && !text.contains(&other), "{text}");
    }
    let (_, with_mail) = world.with_mail("smtp://127.0.0.1:1");
    let mailed =
        with_mail.with(&ana).post(&world.path("workspace", "/invitations"), json!({ "email": "b@example.com" })).await;
    assert_eq!((mailed.status.as_u16(), &mailed.body["link"]), (201, &Value::Null), "{}", mailed.text);
    let again = with_mail.with(&ana).post(&format!("{}/resend", mailed.location()), json!({})).await;
    assert_eq!((again.status.as_u16(), &again.body["link"]), (200, &Value::Null), "{}", again.text);
}
