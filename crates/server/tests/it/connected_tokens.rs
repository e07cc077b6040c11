//! Connected accounts (P-15): their tokens, refreshed, checked, sealed, taken back.

use futures_util::future::join_all;
use rolecall_server::problem::Kind;
use rolecall_server::service::connection::usable_token;
use rolecall_store::resource::ConnectionId;
use serde_json::{Value, json};

use crate::peer::{ACCOUNTS, Mood, Peer, connect};
use crate::world::{Client, World};

fn id(one: &Value) -> ConnectionId {
    ConnectionId(one["id"].as_str().unwrap().parse().unwrap())
}

async fn check(client: &Client, one: &Value) -> Value {
    let checked = client.post(&format!("{ACCOUNTS}/{}/check", one["id"].as_str().unwrap()), json!({})).await;
    assert!([200, 503].contains(&checked.status.as_u16()), "{}", checked.text);
    assert!(!checked.text.contains("-secret-"), "{}", checked.text);
    checked.body
}

#[tokio::test]
async fn p_15_a_refresh_token_that_rotates_is_used_once_however_many_ask() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (app, client) = world.configured(forge.configure());
    let (node, _) = world.configured(forge.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let one = connect(&ana, &forge, "ana", &["read"]).await;
    let first = usable_token(&app, id(&one)).await.unwrap();
    assert_eq!((first.scopes, forge.kept().refreshes), (vec!["who".to_owned(), "read".to_owned()], 0));
    assert!(!format!("{:?}", first.access).contains("secret-"));
    for round in 1..=3 {
        world.pass(3600);
        let asking = (0..20).map(|number| usable_token(if number % 2 == 0 { &app } else { &node }, id(&one)));
        let all: Vec<String> =
            join_all(asking).await.into_iter().map(|token| token.unwrap().access.reveal().to_owned()).collect();
        assert!(all.iter().all(|token| *token == all[0]), "{all:?}");
        assert_eq!(forge.kept().refreshes, round);
    }
    assert_eq!(check(&ana, &one).await["state"], "working");
    // Half a minute before its end it is not taken into the next request any more.
    world.pass(3600 - 31);
    usable_token(&app, id(&one)).await.unwrap();
    assert_eq!(forge.kept().refreshes, 3);
    world.pass(2);
    usable_token(&app, id(&one)).await.unwrap();
    assert_eq!(forge.kept().refreshes, 4);
    // Somebody who died while refreshing is waited for, and then not any more.
    world.pass(3600);
    let late = "UPDATE connection SET refreshing_until = 4000000000000000";
    world.scratch.execute(late).await.unwrap();
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), usable_token(&app, id(&one))).await;
    assert!(waiting.is_err() && forge.kept().refreshes == 4);
    world.scratch.execute("UPDATE connection SET refreshing_until = 1").await.unwrap();
    usable_token(&app, id(&one)).await.unwrap();
    assert_eq!(forge.kept().refreshes, 5);
}

#[tokio::test]
async fn p_15_what_ended_at_the_provider_is_reconnected_and_other_faults_change_nothing() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (app, client) = world.configured(|config| {
        forge.configure()(config);
        config.limits.outgoing_milliseconds = 300;
    });
    let ana = client.with(&world.sign_in("Ana").await);
    let one = connect(&ana, &forge, "ana", &["read"]).await;
    world.pass(3600);
    for mood in [Mood::Fault, Mood::Garbage, Mood::TooMuch, Mood::Redirect, Mood::Never] {
        forge.kept().mood = mood;
        let refused = usable_token(&app, id(&one)).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Unavailable, "{mood:?}: {}", refused.detail);
        let checked = check(&ana, &one).await;
        assert_eq!(checked["type"], "/problems/unavailable", "{mood:?}: {checked}");
        assert_eq!(ana.get(ACCOUNTS).await.body["items"][0]["state"], "working");
    }
    forge.kept().mood = Mood::Good;
    assert_eq!(check(&ana, &one).await["state"], "working");
    // Taken back there: the access token is refused, then the refresh token.
    forge.revoke_all();
    assert_eq!(check(&ana, &one).await["state"], "reconnect");
    let page = ana.page("/profile/accounts").await.text;
    assert!(page.contains("Reconnect needed") && page.contains("Reconnect<span"), "{page}");
    let refused = usable_token(&app, id(&one)).await.unwrap_err();
    assert!(refused.kind == Kind::WrongState && refused.detail.contains("Reconnect it"), "{}", refused.detail);
    let refreshes = forge.kept().refreshes;
    check(&ana, &one).await;
    assert_eq!(forge.kept().refreshes, refreshes, "it is asked no more");
    let audit = ana.get(&world.path("workspace", "/audit-events?action=lose_connected_account")).await;
    assert_eq!(audit.body["items"].as_array().unwrap().len(), 1, "{}", audit.text);
    let again = connect(&ana, &forge, "ana", &["read"]).await;
    assert_eq!((&again["id"], &again["state"]), (&one["id"], &json!("working")));
    assert_eq!(check(&ana, &one).await["state"], "working");
    // The access token alone was taken back: a new one is had.
    forge.kept().identity = None;
    world.pass(3600);
    forge.kept().mood = Mood::InvalidGrant;
    assert_eq!(usable_token(&app, id(&one)).await.unwrap_err().kind, Kind::WrongState);
    assert_eq!(ana.get(ACCOUNTS).await.body["items"][0]["state"], "reconnect");
}

#[tokio::test]
async fn p_15_what_is_deleted_is_taken_back_at_the_provider_where_it_can_be() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (_, client) = world.configured(forge.configure());
    let ana = client.with(&world.sign_in("Ana").await);
    let one = connect(&ana, &forge, "ana", &["read"]).await;
    let page = format!("/profile/accounts/{}/remove", one["id"].as_str().unwrap());
    assert!(ana.page(&page).await.text.contains("forgets the connection"));
    let gone = ana.form(&page, &[]).await;
    assert!(gone.headers["set-cookie"].to_str().unwrap().contains("taken%20the%20permission%20back"));
    assert!(forge.kept().revoked[0].starts_with("refresh-secret-"), "{:?}", forge.kept().revoked);
    assert_eq!(ana.page(&page).await.status, 404);
    // It cannot be told: deleted all the same, and its person is told to do it there.
    let one = connect(&ana, &forge, "ana", &["read"]).await;
    forge.kept().mood = Mood::Fault;
    let gone = ana.delete(&format!("{ACCOUNTS}/{}", one["id"].as_str().unwrap())).await;
    assert_eq!(
        (&gone.body["revoked"], gone.body["remove_at"].as_str()),
        (&json!(false), Some(format!("{}/apps", forge.url).as_str()))
    );
    assert_eq!(ana.get(ACCOUNTS).await.body["items"], json!([]));
    let audit = ana.get(&world.path("workspace", "/audit-events?action=disconnect_account")).await;
    assert_eq!(audit.body["items"].as_array().unwrap().len(), 2, "{}", audit.text);
    // Two at once delete it once.
    forge.kept().mood = Mood::Good;
    let one = connect(&ana, &forge, "ana", &["read"]).await;
    let path = format!("{ACCOUNTS}/{}", one["id"].as_str().unwrap());
    let both = join_all((0..5).map(|_| ana.delete(&path))).await;
    assert_eq!(both.iter().filter(|one| one.status == 200).count(), 1);
}

#[tokio::test]
async fn p_15_where_tokens_say_nothing_it_is_asked_what_was_granted_and_short_lives_are_prolonged() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let url = &forge.url;
    let granted = format!(
        "granted = {{ url = \"{url}/permissions\", list = \"data\", name = \"permission\", field = \"status\", \
         value = \"granted\" }}\nprolong = \"longer\""
    );
    let provider = forge.provider(&granted);
    let (app, client) = world.configured(|config| config.providers = vec![provider]);
    let ana = client.with(&world.sign_in("Ana").await);
    forge.kept().declined = Some("read");
    let led = ana.post(ACCOUNTS, json!({ "provider": "forge", "scopes": ["read", "write"] })).await;
    ana.page(&forge.agree(&led, "ana", "-")).await;
    let listed = ana.get(ACCOUNTS).await;
    let one = &listed.body["items"][0];
    let scopes: Vec<&str> = one["scopes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(scopes, ["who", "write"], "{}", listed.text);
    world.pass(50 * 24 * 3600);
    let token = usable_token(&app, id(one)).await.unwrap();
    assert_eq!((token.access.reveal(), forge.kept().refreshes), ("long-secret-1", 0));
    // Nothing renews it: at its end its person is asked.
    world.pass(10 * 24 * 3600);
    assert_eq!(usable_token(&app, id(one)).await.unwrap_err().kind, Kind::WrongState);
}

#[tokio::test]
async fn p_15_tokens_are_sealed_each_for_its_place_and_go_with_their_person() {
    let (world, forge) = (World::new().await, Peer::new("forge").await);
    let (app, client) = world.configured(forge.configure());
    let (ana, omar) = (client.with(&world.sign_in("Ana").await), client.with(&world.sign_in("Omar").await));
    let (one, other) = (connect(&ana, &forge, "ana", &[]).await, connect(&omar, &forge, "omar", &[]).await);
    let led = ana.post(ACCOUNTS, json!({ "provider": "forge", "scopes": [] })).await;
    let state = forge.agree(&led, "ana", "who").split_once("&state=").unwrap().1.to_owned();
    // Nowhere in the database in clear, neither tokens nor state.
    let sqlite = matches!(world.scratch.database, rolecall_server::Database::File(_));
    let hex = if sqlite {
        "hex(access_token) || hex(refresh_token)"
    } else {
        "encode(access_token, 'hex') || encode(refresh_token, 'hex')"
    };
    let rows = world.scratch.texts(&format!("SELECT lower({hex}) FROM connection")).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| !row.contains(&hex::encode("-secret-"))));
    if let rolecall_server::Database::File(file) = &world.scratch.database {
        let wal = file.with_extension("db-wal");
        let bytes = [std::fs::read(file).unwrap(), std::fs::read(wal).unwrap_or_default()].concat();
        for clear in ["-secret-", state.as_str()] {
            assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
        }
        assert!(bytes.windows(4).any(|part| part == b"omar"));
    }
    // Put into another row, or in the other's place, they open nothing.
    let find = |one: &Value| one["id"].as_str().unwrap().replace('-', "");
    let row = |one: &Value| if sqlite { format!("x'{}'", find(one)) } else { format!("'{}'", find(one)) };
    let moved = format!(
        "UPDATE connection SET access_token = (SELECT access_token FROM connection WHERE id = {}) WHERE id = {}",
        row(&other),
        row(&one)
    );
    world.scratch.execute(&moved).await.unwrap();
    assert_eq!(usable_token(&app, id(&one)).await.unwrap_err().kind, Kind::Internal);
    let swapped = format!("UPDATE connection SET access_token = refresh_token WHERE id = {}", row(&other));
    world.scratch.execute(&swapped).await.unwrap();
    assert_eq!(usable_token(&app, id(&other)).await.unwrap_err().kind, Kind::Internal);
    // What is left of somebody is nothing, and of what was begun neither.
    world.scratch.execute("DELETE FROM session").await.unwrap();
    assert!(world.scratch.texts("SELECT provider FROM connection_attempt").await.unwrap().is_empty());
}
