//! Decisions explain themselves, to whoever may know.

use rolecall_access::catalogue::{Level, MODELS};
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

async fn ask(client: &Client, world: &World, preset: &str, question: &str) -> Answer {
    client.get(&world.path(preset, &format!("/explain?{question}"))).await
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn w_4_explanations_are_what_is_decided() {
    let world = World::new().await;
    for (preset, asker, people) in [
        ("workspace", "Ana", ["Ana", "Mei", "Omar"]),
        ("team", "Carla", ["Carla", "David", "Finn"]),
        ("agency", "Bea", ["Bea", "Chloe", "Bea"]),
    ] {
        let asker = world.sign_in(asker).await;
        for first in people {
            let person = world.sign_in(first).await;
            for bot in [None, Some(world.bot(preset, 0)), Some(world.bot(preset, 1))] {
                let organization = world.organization(preset).id;
                let at = bot.as_ref().map(|bot| format!("&bot={bot}")).unwrap_or_default();
                let map = person.get(&format!("/api/v1/me/permissions?organization={organization}{at}")).await;
                for model in MODELS.iter().filter(|model| bot.is_some() == (model.level == Level::Bot)) {
                    for action in model.actions {
                        let own = map.body["permissions"][model.key].as_array();
                        let may = own.is_some_and(|actions| actions.contains(&json!(action)));
                        let question = format!("user={}&model={}&action={action}{at}", world.person(first), model.key);
                        let answer = ask(&asker, &world, preset, &question).await;
                        assert_eq!(
                            answer.body["allowed"],
                            json!(may),
                            "{first} {question}: {} {}",
                            answer.text,
                            map.text
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_denial_names_what_would_help_and_it_does() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.person("Mei");
    let question = format!("user={mei}&model=Role&action=create");
    let denied = ask(&ana, &world, "workspace", &question).await;
    assert_eq!((&denied.body["allowed"], &denied.body["because"]), (&json!(false), &json!([])), "{}", denied.text);
    let missing = denied.body["missing"].as_array().unwrap();
    let by_role = missing.iter().find(|one| one["grant"][0]["kind"] == "organization_role").unwrap();
    assert_eq!(by_role["grant"][0]["role"]["name"], "admin");
    assert_eq!(names(&by_role["who_can_give"]), ["Ana Marchetti", "Omar Haddad"]);
    // What it says is done.
    let admin = by_role["grant"][0]["role"]["id"].as_str().unwrap();
    let roles = world.path("workspace", &format!("/users/{mei}/roles"));
    let until = "2031-01-01T00:00:00.000000Z";
    let given = json!({ "roles": [{ "role_id": admin, "expires_at": until }] });
    assert_eq!(ana.put(&roles, given).await.status, 200);
    let allowed = ask(&ana, &world, "workspace", &question).await;
    let because = &allowed.body["because"][0];
    assert_eq!((&allowed.body["allowed"], &allowed.body["missing"]), (&json!(true), &json!([])));
    assert_eq!(because["fact"], "organization_role", "{}", allowed.text);
    assert_eq!((&because["from"]["name"], &because["by"]["name"]), (&json!("admin"), &json!("Ana Marchetti")));
    assert_eq!(because["until"], until);
}

#[tokio::test]
async fn p_6_on_a_bot_the_team_comes_first() {
    let world = World::new().await;
    let bea = world.sign_in("Bea").await;
    let chloe = world.person("Chloe");
    let mut bots = Vec::new();
    for number in 0..2 {
        let question = format!("user={chloe}&model=Analytics&action=read&bot={}", world.bot("agency", number));
        bots.push(ask(&bea, &world, "agency", &question).await);
    }
    let elsewhere = |answer: &&Answer| answer.body["obstacles"].as_array().unwrap().contains(&json!("team_entry"));
    let denied = bots.iter().find(elsewhere).unwrap();
    let missing = denied.body["missing"].as_array().unwrap();
    let kinds: Vec<Vec<&str>> = missing
        .iter()
        .map(|one| one["grant"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect())
        .collect();
    assert!(kinds.contains(&vec!["team_entry", "bot_permission"]), "{kinds:?}");
    assert!(!kinds.contains(&vec!["bot_permission"]), "{kinds:?}");
}

#[tokio::test]
async fn t_12_what_only_ownership_gives_has_no_remedy() {
    let world = World::new().await;
    let carla = world.sign_in("Carla").await;
    let question = format!("user={}&model=Billing&action=read", world.person("David"));
    let answer = ask(&carla, &world, "team", &question).await;
    assert_eq!(
        (&answer.body["obstacles"], &answer.body["missing"]),
        (&json!(["reserved"]), &json!([])),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn explanations_tell_nothing_to_whoever_may_not_know() {
    let world = World::new().await;
    let (mei, chloe, bea) = (world.sign_in("Mei").await, world.sign_in("Chloe").await, world.sign_in("Bea").await);
    let (ana, acme) = (world.person("Ana"), "user={}&model=Role&action=read");
    // Of another organization: not there. Of a colleague, without `UserPermission: read`: not allowed to know.
    assert_eq!(ask(&bea, &world, "workspace", &acme.replace("{}", &ana)).await.status, 404);
    assert!(matches!(ask(&mei, &world, "workspace", &acme.replace("{}", &ana)).await.status.as_u16(), 403 | 404));
    let stranger = acme.replace("{}", &world.person("Bea"));
    assert_eq!(ask(&world.sign_in("Ana").await, &world, "workspace", &stranger).await.status, 404);
    // Oneself one may ask; without `Role: read` and `User: read` no role and nobody is named.
    let own = ask(&mei, &world, "workspace", "model=Role&action=create").await;
    assert_eq!(own.body["allowed"], json!(false));
    assert!(!own.text.contains("admin") && !own.text.contains("Ana"), "{}", own.text);
    // A bot that one is not on is not there, nor one of another organization.
    let theirs = format!("model=Bot&action=read&bot={}", world.bot("workspace", 0));
    assert_eq!(ask(&bea, &world, "agency", &theirs).await.status, 404);
    let mut refused = 0;
    for number in 0..2 {
        let question = format!("model=Bot&action=read&bot={}", world.bot("agency", number));
        refused += usize::from(ask(&chloe, &world, "agency", &question).await.status == 404);
    }
    assert_eq!(refused, 1);
    for (question, field) in
        [("model=Nothing&action=read", "model"), ("model=Role&action=fly", "action"), ("model=Role", "action")]
    {
        let answer = ask(&bea, &world, "agency", question).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains(field), "{}", answer.text);
    }
}
