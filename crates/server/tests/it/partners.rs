//! Partner organizations: agreed by both, bot by bot, capped, and over at once.

use serde_json::{Value, json};

use crate::world::{Client, World};

/// Cobalt (team) and Brightside (agency), by their owner and an administrator.
struct Sides {
    carla: Client,
    bea: Client,
    /// The agreement, as Cobalt and as Brightside reach it.
    host: String,
    guest: String,
}

async fn partners(world: &World) -> Sides {
    let (carla, bea) = (world.sign_in("Carla").await, world.sign_in("Bea").await);
    let asked = bea.post(&world.path("agency", "/partners"), json!({ "slug": "cobalt" })).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let id = asked.id();
    let host = world.path("team", &format!("/partners/{id}"));
    let accepted = carla.post(&format!("{host}/accept"), json!({})).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    assert_eq!(accepted.body["name"], "Brightside");
    let guest = world.path("agency", &format!("/partners/{id}"));
    Sides { carla, bea, host, guest }
}

/// Offers the first bot of Cobalt, up to reading and answering conversations, and puts Luca of Brightside on it.
async fn enabled(world: &World, sides: &Sides) -> (String, Client) {
    let bot = world.bot("team", 0);
    let cap = json!({ "permissions": [{ "model": "Conversation", "action": "read" }, { "model": "Analytics", "action": "read" }] });
    let offered = sides.carla.put(&format!("{}/bots/{bot}", sides.host), cap).await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    let people = json!({ "user_ids": [world.person("Luca")] });
    let put = sides.bea.put(&format!("{}/bots/{bot}/people", sides.guest), people).await;
    assert_eq!(put.status, 200, "{}", put.text);
    (bot, world.sign_in("Luca").await)
}

fn single(all: &[(&str, &str)]) -> Value {
    let all: Vec<Value> = all.iter().map(|(model, action)| json!({ "model": model, "action": action })).collect();
    json!({ "role_ids": [], "permissions": all })
}

#[tokio::test]
async fn p_7_a_partners_people_are_enabled_by_their_own_and_given_permissions_by_the_bots_side_within_the_cap() {
    let world = World::new().await;
    let sides = partners(&world).await;
    let (bot, luca) = (world.bot("team", 0), world.sign_in("Luca").await);
    assert_eq!(luca.get(&format!("/api/v1/bots/{bot}")).await.status, 404, "an agreement alone opens nothing");
    let people = json!({ "user_ids": [world.person("Luca")] });
    let early = sides.bea.put(&format!("{}/bots/{bot}/people", sides.guest), people).await;
    assert_eq!(early.status, 404, "a bot that is not offered is not there");
    let (bot, luca) = enabled(&world, &sides).await;
    // On the bot, and nothing more: they see it, in a list of its organization that has no other.
    assert_eq!(luca.get(&format!("/api/v1/bots/{bot}")).await.status, 200);
    assert_eq!(luca.get(&world.path("team", "/bots")).await.names(), ["Onboarding guide"]);
    let map = luca.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(map.body["permissions"], json!({ "Bot": ["read"] }), "{}", map.text);
    for path in ["/users", "/roles", "/invitations", "/audit-events", "/partners", "/policies", "/billing"] {
        assert_eq!(luca.get(&world.path("team", path)).await.status, 403, "{path}");
    }
    let own = luca.get("/api/v1/organizations").await;
    assert_eq!(own.names(), ["Brightside", "Cobalt"]);
    // Bea, who put them there, sees nothing of it herself.
    assert_eq!(sides.bea.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
    assert_eq!(sides.bea.get(&world.path("team", "/bots")).await.status, 404);
    // The bot's side gives permissions within the cap, and no other.
    let entry = format!("/api/v1/bots/{bot}/team/{}", world.person("Luca"));
    assert_eq!(sides.bea.put(&entry, single(&[("Conversation", "read")])).await.status, 404);
    let beyond = sides.carla.put(&entry, single(&[("Content", "update")])).await;
    assert_eq!(
        (beyond.status.as_u16(), beyond.body["type"].as_str()),
        (403, Some("/problems/guard")),
        "{}",
        beyond.text
    );
    assert!(beyond.text.contains("Content: update is beyond"), "{}", beyond.text);
    let given = sides.carla.put(&entry, single(&[("Conversation", "read")])).await;
    assert_eq!(given.status, 200, "{}", given.text);
    assert_eq!(given.body["through"], "Brightside");
    let map = luca.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(map.body["permissions"], json!({ "Bot": ["read"], "Conversation": ["read"] }), "{}", map.text);
    // A role of Cobalt is cut to the cap as well.
    let roles = json!({ "role_ids": [world.role("team", "Admin")], "permissions": [] });
    assert_eq!(sides.carla.put(&entry, roles).await.status, 200);
    let map = luca.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(
        map.body["permissions"],
        json!({ "Bot": ["read"], "Conversation": ["read"], "Analytics": ["read"] }),
        "{}",
        map.text
    );
    // Capping afterwards takes away at once.
    let cap = json!({ "permissions": [] });
    assert_eq!(sides.carla.put(&format!("{}/bots/{bot}", sides.host), cap).await.status, 200);
    let map = luca.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert_eq!(map.body["permissions"], json!({ "Bot": ["read"] }), "{}", map.text);
    // The partner takes its people off by itself, whatever they hold there.
    let off = sides.bea.put(&format!("{}/bots/{bot}/people", sides.guest), json!({ "user_ids": [] })).await;
    assert_eq!(off.status, 200, "{}", off.text);
    assert_eq!(luca.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
    assert_eq!(luca.get("/api/v1/organizations").await.names(), ["Brightside"]);
}

#[tokio::test]
async fn freezing_expiry_withdrawing_and_ending_close_at_once() {
    let world = World::new().await;
    let sides = partners(&world).await;
    let (bot, luca) = enabled(&world, &sides).await;
    let path = format!("/api/v1/bots/{bot}");
    let sees = async |expected: u16| assert_eq!(luca.get(&path).await.status, expected);
    sees(200).await;
    for (side, address) in [(&sides.carla, &sides.host), (&sides.bea, &sides.guest)] {
        assert_eq!(side.patch(address, json!({ "frozen": true })).await.status, 200);
        sees(404).await;
        let frozen = side.get(address).await;
        assert_eq!(frozen.body["frozen"], true, "{}", frozen.text);
        let thawed = side.patch(address, json!({ "frozen": false })).await;
        assert_eq!(thawed.status, 200, "{}", thawed.text);
        sees(200).await;
    }
    // One side cannot lift the other's freeze.
    assert_eq!(sides.carla.patch(&sides.host, json!({ "frozen": true })).await.status, 200);
    assert_eq!(sides.bea.patch(&sides.guest, json!({ "frozen": false })).await.status, 200);
    sees(404).await;
    assert_eq!(sides.bea.get(&sides.guest).await.body["frozen_by_partner"], true);
    assert_eq!(sides.carla.patch(&sides.host, json!({ "frozen": false })).await.status, 200);
    // An end comes to the second: of the agreement, of the offer.
    let end = |seconds: i64| {
        let end = rolecall_access::Timestamp(world.app.now().0 + seconds * 1_000_000);
        serde_json::to_value(rolecall_server::time::Time(end)).unwrap()
    };
    let set = sides.carla.patch(&sides.host, json!({ "expires_at": end(60) })).await;
    assert_eq!(set.status, 200, "{}", set.text);
    sees(200).await;
    world.pass(61);
    sees(404).await;
    assert_eq!(sides.carla.patch(&sides.host, json!({ "expires_at": null })).await.status, 200);
    sees(200).await;
    let offer = json!({ "permissions": [], "expires_at": end(60) });
    assert_eq!(sides.carla.put(&format!("{}/bots/{bot}", sides.host), offer).await.status, 200);
    world.pass(61);
    sees(404).await;
    // A new offer, taken back, and given again: whoever was on it is not on it again by itself.
    assert_eq!(sides.carla.put(&format!("{}/bots/{bot}", sides.host), json!({ "permissions": [] })).await.status, 200);
    sees(200).await;
    assert_eq!(sides.carla.delete(&format!("{}/bots/{bot}", sides.host)).await.status, 204);
    sees(404).await;
    assert_eq!(sides.carla.put(&format!("{}/bots/{bot}", sides.host), json!({ "permissions": [] })).await.status, 200);
    sees(404).await;
    let people = json!({ "user_ids": [world.person("Luca")] });
    assert_eq!(sides.bea.put(&format!("{}/bots/{bot}/people", sides.guest), people).await.status, 200);
    sees(200).await;
    // The partner ends it: nothing is left of it on either side.
    assert_eq!(sides.bea.delete(&sides.guest).await.status, 204);
    sees(404).await;
    assert_eq!(sides.carla.get(&sides.host).await.status, 404);
    assert_eq!(sides.bea.get(&world.path("agency", "/partner-bots")).await.body["items"], json!([]));
    let team = sides.carla.get(&format!("{path}/team")).await;
    assert!(!team.text.contains("Luca"), "{}", team.text);
}

#[tokio::test]
async fn asking_tells_nobody_whether_an_organization_exists_and_declining_tells_nothing_either() {
    let world = World::new().await;
    let (carla, bea) = (world.sign_in("Carla").await, world.sign_in("Bea").await);
    let path = world.path("agency", "/partners");
    let real = bea.post(&path, json!({ "slug": "cobalt" })).await;
    let none = bea.post(&path, json!({ "slug": "no-such-place" })).await;
    let same = |answer: &crate::world::Answer| {
        let mut body = answer.body.clone();
        for field in ["id", "name", "slug", "created_at"] {
            body[field] = Value::Null;
        }
        (answer.status, body)
    };
    assert_eq!(same(&real), same(&none));
    assert_eq!(real.body["name"], "cobalt", "its own name comes with its word");
    assert_eq!(bea.post(&path, json!({ "slug": "cobalt" })).await.status, 409);
    assert_eq!(bea.post(&path, json!({ "slug": "no-such-place" })).await.status, 409);
    assert_eq!(bea.post(&path, json!({ "slug": "brightside" })).await.status, 409, "not oneself");
    assert_eq!(bea.post(&path, json!({ "slug": "what is this?" })).await.status, 422);
    // Before it agrees, nothing that the other does shows either.
    let asked = bea.get(&format!("{path}/{}", real.id())).await;
    let early = carla.patch(&world.path("team", &format!("/partners/{}", real.id())), json!({ "frozen": true })).await;
    assert_eq!((early.status.as_u16(), early.problem()), (409, "/problems/wrong-state"), "{}", early.text);
    assert_eq!(bea.patch(&format!("{path}/{}", none.id()), json!({ "frozen": true })).await.status, 409);
    // Declined: the asker sees no difference, and the other no more of it.
    let seen = carla.get(&world.path("team", "/partners")).await;
    assert_eq!(seen.names(), ["Brightside"]);
    assert_eq!(carla.delete(&world.path("team", &format!("/partners/{}", real.id()))).await.status, 204);
    assert_eq!(carla.get(&world.path("team", "/partners")).await.body["items"], json!([]));
    let left = bea.get(&format!("{path}/{}", real.id())).await;
    assert_eq!(left.body["state"], "asked", "{}", left.text);
    assert_eq!(left.text, asked.text, "not even by its version");
    assert_eq!(left.headers["etag"], asked.headers["etag"]);
    let late = carla.post(&world.path("team", &format!("/partners/{}/accept", real.id())), json!({})).await;
    assert_eq!(late.status, 404, "{}", late.text);
    // Nobody agrees for the other side, and no third one has a say.
    let own = bea.post(&format!("{path}/{}/accept", none.id()), json!({})).await;
    assert_eq!(own.status, 404, "{}", own.text);
    let ana = world.sign_in("Ana").await;
    let third = world.path("workspace", &format!("/partners/{}", none.id()));
    assert_eq!(ana.get(&third).await.status, 404);
    assert_eq!(ana.delete(&third).await.status, 404);
    assert_eq!(ana.patch(&third, json!({ "frozen": true })).await.status, 404);
}

#[tokio::test]
async fn a_partner_offers_only_its_own_bots_and_enables_only_its_own_people() {
    let world = World::new().await;
    let sides = partners(&world).await;
    let (bot, luca) = enabled(&world, &sides).await;
    let none = json!({ "permissions": [] });
    // Brightside cannot offer Cobalt's bot to itself, widen its own cap, or take a bot back that is not its own.
    assert_eq!(sides.bea.put(&format!("{}/bots/{bot}", sides.guest), none.clone()).await.status, 404);
    assert_eq!(sides.bea.delete(&format!("{}/bots/{bot}", sides.guest)).await.status, 404);
    // Cobalt cannot put Brightside's people on its bots.
    let chloe = world.person("Chloe");
    let put = sides.carla.put(&format!("/api/v1/bots/{bot}/team/{chloe}"), json!({})).await;
    assert_eq!(put.status, 422, "{}", put.text);
    let put = sides.carla.put(&format!("{}/bots/{bot}/people", sides.host), json!({ "user_ids": [chloe] })).await;
    assert_eq!(put.status, 404, "{}", put.text);
    // Brightside cannot put Cobalt's or others' people there.
    let people = format!("{}/bots/{bot}/people", sides.guest);
    for first in ["Finn", "Ana"] {
        let put = sides.bea.put(&people, json!({ "user_ids": [world.person(first)] })).await;
        assert_eq!(put.status, 422, "{}", put.text);
    }
    assert_eq!(luca.get(&format!("/api/v1/bots/{bot}")).await.status, 200, "a refused change changes nothing");
    // Somebody who belongs to both would be capped by the partner's hand: not from here.
    let admin = [world.role("team", "Admin")];
    let both = world.join(&sides.carla, "team", "both@example.com", &admin, &[]).await;
    let client = json!({ "email": "both@example.com", "role_ids": [world.role("agency", "Client")] });
    let invited = sides.bea.post(&world.path("agency", "/invitations"), client).await;
    let accepted = both.post(&format!("/api/v1/invitations/{}/accept", invited.token()), json!({})).await;
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    let id = both.get("/api/v1/me").await.id();
    let put = sides.bea.put(&people, json!({ "user_ids": [world.person("Luca"), id] })).await;
    assert_eq!(put.status, 409, "{}", put.text);
    let map = both.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
    assert!(map.body["permissions"]["Content"].is_array(), "{}", map.text);
    // A Client of Brightside may not do any of it, and Cobalt's Member neither.
    let chloe = world.sign_in("Chloe").await;
    assert_eq!(chloe.put(&people, json!({ "user_ids": [] })).await.status, 404);
    let finn = world.sign_in("Finn").await;
    assert_eq!(finn.put(&format!("{}/bots/{bot}", sides.host), none).await.status, 404);
    assert_eq!(finn.delete(&sides.host).await.status, 404);
}

#[tokio::test]
async fn both_sides_keep_a_record_and_neither_names_the_others_people() {
    let world = World::new().await;
    let sides = partners(&world).await;
    let (bot, _) = enabled(&world, &sides).await;
    let entry = format!("/api/v1/bots/{bot}/team/{}", world.person("Luca"));
    let roles = json!({ "role_ids": [world.role("team", "Member")], "permissions": [] });
    assert_eq!(sides.carla.put(&entry, roles).await.status, 200);
    assert_eq!(sides.bea.delete(&sides.guest).await.status, 204);
    let host = sides.carla.get(&world.path("team", "/audit-events?limit=100")).await;
    let guest = sides.bea.get(&world.path("agency", "/audit-events?limit=100")).await;
    for action in
        ["ask_partner", "accept_partner", "offer_bot", "enable_on_partner_bot", "change_team_entry", "end_partner"]
    {
        for (side, log) in [("Cobalt", &host), ("Brightside", &guest)] {
            assert!(log.text.contains(&format!("\"{action}\"")), "{side} has no {action}: {}", log.text);
        }
    }
    assert!(!host.text.contains("Bea Lindqvist"), "{}", host.text);
    assert!(!guest.text.contains("Carla Nunes") && !guest.text.contains("Member"), "{}", guest.text);
    let by = |log: &crate::world::Answer, action: &str| {
        let rows = log.body["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["action"] == action).unwrap();
        [row["actor_kind"].clone(), row["actor_name"].clone(), row["address"].clone()]
    };
    assert_eq!(by(&host, "end_partner"), [json!("organization"), json!("Brightside"), json!("")], "{}", host.text);
    assert_eq!(by(&guest, "offer_bot"), [json!("organization"), json!("Cobalt"), json!("")], "{}", guest.text);
}

#[tokio::test]
async fn whoever_leaves_the_partner_leaves_its_bots_whatever_they_hold_there() {
    let world = World::new().await;
    let sides = partners(&world).await;
    let (bot, luca) = enabled(&world, &sides).await;
    let entry = format!("/api/v1/bots/{bot}/team/{}", world.person("Luca"));
    assert_eq!(sides.carla.put(&entry, single(&[("Conversation", "read")])).await.status, 200);
    // In Cobalt itself there is nothing to be had for him, and he asks for nothing there.
    let asked = json!({ "model": "User", "action": "read" });
    assert_eq!(luca.post(&world.path("team", "/access-requests"), asked).await.status, 409);
    let asked = json!({ "model": "Analytics", "action": "read", "bot_id": bot });
    assert_eq!(luca.post(&world.path("team", "/access-requests"), asked).await.status, 201);
    let asked = json!({ "model": "Content", "action": "read", "bot_id": bot });
    let beyond = luca.post(&world.path("team", "/access-requests"), asked).await;
    assert_eq!(beyond.status, 409, "beyond the cap nobody can give it: {}", beyond.text);
    let gone = sides.bea.delete(&world.path("agency", &format!("/users/{}", world.person("Luca")))).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(luca.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
    assert!(!sides.carla.get(&format!("/api/v1/bots/{bot}/team")).await.text.contains("Luca"));
}

#[tokio::test]
async fn partners_are_made_offered_and_ended_in_the_console() {
    let world = World::new().await;
    let (carla, bea, luca) = (world.sign_in("Carla").await, world.sign_in("Bea").await, world.person("Luca"));
    let refused = bea.form("/brightside/partners", &[("slug", "not a name")]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("not a name") && refused.text.contains("short name"), "{}", refused.text);
    assert_eq!(bea.form("/brightside/partners", &[("slug", "/cobalt")]).await.status, 303);
    let again = bea.form("/brightside/partners", &[("slug", "cobalt")]).await;
    assert_eq!(again.status, 422, "{}", again.text);
    let list = carla.page("/cobalt/partners").await;
    assert!(list.text.contains("Brightside") && list.text.contains("Asks you"), "{}", list.text);
    let id = carla.get(&world.path("team", "/partners")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(carla.form(&format!("/cobalt/partners/{id}/accept"), &[]).await.status, 303);
    let bot = world.bot("team", 0);
    let chosen = carla.page(&format!("/cobalt/partners/{id}/offer?bot={bot}")).await;
    assert_eq!(chosen.status, 303);
    let offer = format!("/cobalt/partners/{id}/bots/{bot}");
    assert_eq!(carla.page(&offer).await.status, 200);
    let fields = [("permissions", "Conversation:read"), ("until", "2031-01-01T00:00")];
    assert_eq!(carla.form(&offer, &fields).await.status, 303);
    let page = carla.page(&format!("/cobalt/partners/{id}")).await;
    assert!(page.text.contains("Onboarding guide") && page.text.contains("Conversations"), "{}", page.text);
    // Brightside chooses its people; what it would do is shown first.
    let people = format!("/brightside/partners/{id}/bots/{bot}/people");
    assert!(bea.page(&people).await.text.contains("Luca Moretti"));
    let seen = bea.form(&people, &[("user_ids", &luca), ("preview", "1")]).await;
    assert!(seen.status == 200 && seen.text.contains("Luca Moretti"), "{}", seen.text);
    let guest = world.sign_in("Luca").await;
    assert_eq!(guest.page("/cobalt/bots").await.status, 404, "a preview changes nothing");
    assert_eq!(bea.form(&people, &[("user_ids", &luca)]).await.status, 303);
    // He works there, in Cobalt's words, and sees nothing else of it.
    let there = guest.page("/cobalt/bots/onboarding-guide").await;
    assert_eq!(there.status, 200, "{}", there.text);
    assert!(!there.text.contains("Administration") && !there.text.contains("/cobalt/users"), "{}", there.text);
    assert!(guest.page("/brightside/bots").await.text.contains("Cobalt"), "the switcher leads there");
    assert_eq!(guest.page("/cobalt/users").await.status, 403);
    // P-7: also from the person's own page, beside the organization's own.
    let user = format!("/brightside/users/{luca}");
    let page = bea.page(&user).await;
    assert!(page.text.contains("Onboarding guide") && page.text.contains("Cobalt"), "{}", page.text);
    assert_eq!(bea.form(&format!("{user}/bots"), &[]).await.status, 303);
    assert_eq!(guest.page("/cobalt/bots").await.status, 404);
    assert_eq!(bea.form(&format!("{user}/bots"), &[("bot_ids", &bot)]).await.status, 303);
    assert_eq!(guest.page("/cobalt/bots").await.status, 200);
    // Cobalt freezes, lets it go on, takes the offer back, ends it.
    let version = |page: &crate::world::Answer| {
        let (_, rest) = page.text.split_once("name=\"version\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let path = format!("/cobalt/partners/{id}");
    for (frozen, status) in [("true", 404), ("false", 200)] {
        let now = version(&carla.page(&path).await);
        assert_eq!(carla.form(&path, &[("frozen", frozen), ("version", &now)]).await.status, 303);
        assert_eq!(guest.page("/cobalt/bots").await.status, status);
    }
    assert!(carla.page(&format!("{path}/end")).await.text.contains("Luca Moretti (Onboarding guide)"));
    assert_eq!(carla.form(&format!("{path}/bots/{bot}/withdraw"), &[]).await.status, 303);
    assert_eq!(guest.page("/cobalt/bots").await.status, 404);
    assert_eq!(carla.form(&format!("{path}/end"), &[]).await.status, 303);
    assert_eq!(carla.page(&path).await.status, 404);
    assert_eq!(guest.page("/brightside/partners").await.status, 200, "a second Admin sees them too");
    let femi = world.sign_in("Femi").await;
    assert_eq!(femi.page("/brightside/partners").await.status, 403);
}
