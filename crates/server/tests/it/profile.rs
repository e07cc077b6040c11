//! The profile's sections, its language, and how hard a new password is to guess (P-12 to P-14).

use rolecall_server::service::operator;
use scraper::{Html, Selector};
use serde_json::{Value, json};

use crate::second_factor::enrol;
use crate::world::{Answer, Client, World};

const STRENGTH: &str = "/api/v1/password-strength";

fn texts(page: &Answer, selector: &str) -> Vec<String> {
    let document = Html::parse_document(&page.text);
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
    document.select(&Selector::parse(selector).unwrap()).map(text).collect()
}

#[tokio::test]
async fn p_12_the_sections_of_the_profile_are_there_for_its_person() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for (path, here) in
        [("/profile", "Details"), ("/profile/authentication", "Authentication"), ("/profile/handover", "Handover")]
    {
        let page = ana.page(path).await;
        assert_eq!(page.status, 200, "{path}");
        let tabs = texts(&page, "main .nav-tabs a");
        assert!(["Details", "Authentication", "Handover"].iter().all(|section| tabs.contains(&(*section).to_owned())));
        assert_eq!(texts(&page, "main .nav-tabs [aria-current]"), [here]);
        assert!(!page.text.contains("{ $"), "{path}");
        assert_eq!(world.anonymous().page(path).await.status, 303);
    }
}

#[tokio::test]
async fn p_13_name_language_and_time_zone_are_changed_in_details() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let fields = [("name", "Ana M."), ("language", "en"), ("time_zone", "Europe/Rome")];
    assert_eq!(ana.form("/profile", &fields).await.status, 303);
    let me = ana.get("/api/v1/me").await.body;
    assert_eq!(
        (&me["name"], &me["language"], &me["time_zone"]),
        (&json!("Ana M."), &json!("en"), &json!("Europe/Rome"))
    );
    for (field, value) in [("language", "tlh"), ("language", "EN"), ("time_zone", "Mars"), ("name", "")] {
        // The first value of a field counts.
        let refused = ana.form("/profile", &[(field, value), ("name", "Ana"), ("time_zone", "UTC")]).await;
        assert_eq!(refused.status, 422, "{field} {value}: {}", refused.text);
        let answer = ana.patch("/api/v1/me", json!({ field: value })).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["field"], field);
    }
    let page = ana.page("/profile").await;
    assert!(
        page.text.contains("<html lang=\"en\"")
            && page.text.contains("<option value=\"en\" lang=\"en\" selected>English")
    );
    let nobody = world.anonymous().header("accept-language", "tlh, *;q=0.5").page("/sign-in").await;
    assert!(nobody.text.contains("<html lang=\"en\""));
}

async fn measure(client: &Client, body: Value) -> Value {
    let answer = client.post(STRENGTH, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn p_14_the_meter_says_why_by_the_rules_that_decide() {
    let world = World::new().await;
    let nobody = world.anonymous();
    let found = measure(&nobody, json!({ "password": "short one" })).await;
    assert_eq!((&found["score"], &found["acceptable"]), (&json!(0), &json!(false)));
    assert_eq!(found["why"], "At least 15 characters; 6 more.");
    let found = measure(&nobody, json!({ "password": "aaaaaaaaaaaaaaaaaaaa" })).await;
    assert_eq!((&found["score"], &found["why"]), (&json!(1), &json!("Repeats like “aaa” are easy to guess.")));
    assert!(!found["advice"].as_array().unwrap().is_empty());
    let found = measure(&nobody, json!({ "password": "marble otter violin forty" })).await;
    assert_eq!((&found["score"], &found["acceptable"]), (&json!(4), &json!(true)), "{found}");
    let own =
        json!({ "password": "Krzhanovskaya Zbigniew", "name": "Zbigniew Krzhanovskaya", "email": "z@example.com" });
    let found = measure(&nobody, own.clone()).await;
    assert_eq!((&found["score"], &found["acceptable"]), (&json!(1), &json!(false)), "{found}");
    assert!(found["why"].as_str().unwrap().contains("your name"), "{found}");
    assert_eq!(measure(&nobody, json!({ "password": own["password"] })).await["acceptable"], json!(true));
    assert_eq!(measure(&nobody, json!({ "password": "" })).await["score"], json!(0));
    assert_eq!(measure(&nobody, json!({ "password": "x".repeat(1024) })).await["acceptable"], json!(false));
    for body in [
        json!({ "password": "x".repeat(1025) }),
        json!({ "password": 5 }),
        json!({}),
        json!({ "password": "x", "name": "x".repeat(257) }),
        json!({ "password": "x", "user": "y" }),
    ] {
        assert_eq!(nobody.post(STRENGTH, body).await.status, 422);
    }
    assert_eq!(nobody.header("origin", "-").post(STRENGTH, json!({ "password": "x" })).await.status, 200);
}

#[tokio::test]
async fn p_14_the_meter_knows_whoever_is_signed_in_and_whoever_came_by_a_link() {
    let world = World::new().await;
    let mut ana = world.sign_in("Ana").await;
    let own = json!({ "password": "Marchetti Ana Marchetti" });
    let found = measure(&ana, own.clone()).await;
    assert_eq!((&found["score"], &found["acceptable"]), (&json!(1), &json!(false)), "{found}");
    let link = operator::create_recovery_link(&world.app, "ana@acme.example").await.unwrap();
    let token = link.split_once("token=").unwrap().1;
    let by_link = json!({ "password": own["password"], "recovery": token });
    assert_eq!(measure(&world.anonymous(), by_link).await["acceptable"], json!(false));
    let wrong = world.anonymous().post(STRENGTH, json!({ "password": "x", "recovery": "none" })).await;
    assert_eq!(wrong.status, 404);
    // Beside a second factor fewer characters do.
    let short = json!({ "password": "otter9forty" });
    assert_eq!(measure(&ana, short.clone()).await["score"], json!(0));
    ana = enrol(&world, ana).await.client;
    let found = measure(&ana, short).await;
    assert_eq!(found["acceptable"], json!(true), "{found}");
    let link = operator::create_recovery_link(&world.app, "ana@acme.example").await.unwrap();
    let by_link = json!({ "password": "otter9forty", "recovery": link.split_once("token=").unwrap().1 });
    assert_eq!(measure(&world.anonymous(), by_link).await["acceptable"], json!(true));
}
