//! Privilege escalation, tried through every door.

use std::collections::BTreeSet;

use rolecall_server::service::doors::{CLOSED, DOORS, REOPENED};
use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

/// What nobody in reach of the attacker may get: in the organization, and on a bot.
const TREASURE: (&str, &str) = ("Billing", "read");
const ON_BOT: (&str, &str) = ("Analytics", "read");

/// Acme with Tess, who may do everything there but the two, a friend of hers, and roles that give the two.
struct Siege {
    world: World,
    ana: Client,
    tess: Client,
    friend: String,
    friend_client: Client,
    bot: String,
    /// A role with `Billing: read`; one of reach *bots* with `Analytics: read`; Tess's own.
    treasure: String,
    analyst: String,
    plain: String,
}

impl Siege {
    async fn new() -> Self {
        let world = World::new().await;
        let ana = world.sign_in("Ana").await;
        let path = |rest: &str| world.path("workspace", rest);
        let role = async |name: &str, reach: &str, grants: &[(String, String)]| {
            let body = json!({ "name": name, "reach": reach });
            let made = ana.post(&path("/roles"), body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let permissions: Vec<Value> =
                grants.iter().map(|(model, action)| json!({ "model": model, "action": action })).collect();
            let set = path(&format!("/roles/{}/permissions", made.id()));
            let set = ana.put(&set, json!({ "permissions": permissions })).await;
            assert_eq!(set.status, 200, "{}", set.text);
            made.id()
        };
        let own = |(model, action): (&str, &str)| (model.to_owned(), action.to_owned());
        let treasure = role("Treasurer", "organization", &[own(TREASURE)]).await;
        let analyst = role("Analyst", "bots", &[own(ON_BOT), own(("Bot", "read"))]).await;
        let plain = role("Plain", "organization", &[own(("Model", "read"))]).await;
        let all = rolecall_access::catalogue::permissions().map(|one| (one.model.to_string(), one.action.to_string()));
        let but: Vec<(String, String)> = all.filter(|one| *one != own(TREASURE) && *one != own(ON_BOT)).collect();
        let almost = role("Almost everything", "organization", &but).await;
        let tess = world.join(&ana, "workspace", "tess@example.com", &[almost], &[]).await;
        let friend_client =
            world.join(&ana, "workspace", "friend@example.com", &[analyst.clone(), plain.clone()], &[]).await;
        let friend = friend_client.get("/api/v1/me").await.id();
        let bot = world.bot("workspace", 0);
        Self { world, ana, tess, friend, friend_client, bot, treasure, analyst, plain }
    }

    fn path(&self, rest: &str) -> String {
        self.world.path("workspace", rest)
    }

    fn of_friend(&self, rest: &str) -> String {
        self.path(&format!("/users/{}{rest}", self.friend))
    }

    async fn done(&self, answer: Answer) -> Answer {
        assert!(answer.status.is_success(), "{}", answer.text);
        answer
    }

    /// A partner with a person on the bot who would be allowed to read its figures, were it not for what is changed.
    async fn partner(&self, cap: &[(&str, &str)]) -> String {
        let carla = self.world.sign_in("Carla").await;
        let asked = carla.post(&self.world.path("team", "/partners"), json!({ "slug": "acme" })).await.id();
        self.done(self.ana.post(&self.path(&format!("/partners/{asked}/accept")), json!({})).await).await;
        let offer = self.path(&format!("/partners/{asked}/bots/{}", self.bot));
        let grants = |cap: &[(&str, &str)]| -> Vec<Value> {
            cap.iter().map(|(model, action)| json!({ "model": model, "action": action })).collect()
        };
        self.done(self.ana.put(&offer, json!({ "permissions": grants(cap) })).await).await;
        let people = format!("{}/bots/{}/people", self.world.path("team", &format!("/partners/{asked}")), self.bot);
        let finn = self.world.person("Finn");
        self.done(carla.put(&people, json!({ "user_ids": [finn] })).await).await;
        let entry = format!("/api/v1/bots/{}/team/{finn}", self.bot);
        self.done(self.ana.put(&entry, json!({ "role_ids": [self.analyst] })).await).await;
        asked
    }

    /// Ana invites somebody to what Tess cannot give.
    async fn invited(&self) -> Answer {
        let body = json!({ "email": "new@example.com", "role_ids": [self.treasure] });
        self.done(self.ana.post(&self.path("/invitations"), body).await).await
    }

    /// The answer of the attempt; none: the attempt was looked at here already.
    async fn attempt(&self, door: &str) -> Option<Answer> {
        let treasure = json!({ "model": TREASURE.0, "action": TREASURE.1 });
        let analyst = json!({ "model": ON_BOT.0, "action": ON_BOT.1 });
        let bot = &self.bot;
        let almost = self.path("/roles");
        Some(match door {
            "create_invitation" => {
                let body = json!({ "email": "new@example.com", "role_ids": [self.treasure] });
                self.tess.post(&self.path("/invitations"), body).await
            }
            "create_user" => {
                let body = json!({ "name": "New Person", "email": "new@example.com", "role_ids": [self.treasure] });
                self.tess.post(&self.path("/users"), body).await
            }
            "set_user_roles" => {
                let roles = json!({ "roles": [{ "role_id": self.analyst }, { "role_id": self.treasure }] });
                self.tess.put(&self.of_friend("/roles"), roles).await
            }
            "set_user_permissions" => {
                self.tess.put(&self.of_friend("/permissions"), json!({ "permissions": [treasure] })).await
            }
            "add_role_permission" => {
                self.tess.post(&self.path(&format!("/roles/{}/permissions", self.plain)), treasure).await
            }
            "set_role_permissions" => {
                let path = self.path(&format!("/roles/{}/permissions", self.plain));
                let model = json!({ "model": "Model", "action": "read" });
                self.tess.put(&path, json!({ "permissions": [model, treasure] })).await
            }
            "set_matrix" => {
                let version = self.ana.get(&self.path(&format!("/roles/{}", self.plain))).await.body["version"].clone();
                let role = json!({ "role_id": self.plain, "version": version, "permissions": [treasure] });
                self.tess.put(&self.path("/matrix"), json!({ "roles": [role] })).await
            }
            // A role that nobody holds gives nothing; from a template or a copy it is caught where it is given.
            "create_role" => {
                let copy = json!({ "name": "Copy", "copy_of": self.treasure });
                let copy = self.done(self.tess.post(&almost, copy).await).await.id();
                let roles = json!({ "roles": [{ "role_id": self.analyst }, { "role_id": copy }] });
                let given = self.tess.put(&self.of_friend("/roles"), roles).await;
                assert_eq!(given.problem(), "/problems/guard", "{}", given.text);
                let template = json!({ "name": "From a template", "template": "Marketer" });
                let made = self.done(self.tess.post(&almost, template).await).await.id();
                self.tess.put(&self.of_friend("/roles"), json!({ "roles": [{ "role_id": made }] })).await
            }
            // From a default on bots to everywhere.
            "update_role" => {
                let path = self.path(&format!("/roles/{}", self.analyst));
                self.tess.patch(&path, json!({ "reach": "organization" })).await
            }
            "create_token" => {
                let here = self.path("").rsplit('/').next().unwrap().to_owned();
                let scope = |permission: &Value| json!([{ "organization": here, "permissions": [permission] }]);
                let on_bot = json!([{ "bot": bot, "permissions": [analyst] }]);
                let made = self.tess.post("/api/v1/me/tokens", json!({ "name": "Key", "scope": on_bot })).await;
                assert_eq!(made.problem(), "/problems/guard", "{}", made.text);
                self.tess.post("/api/v1/me/tokens", json!({ "name": "Key", "scope": scope(&treasure) })).await
            }
            "create_bot_key" => {
                let body = json!({ "name": "Key", "scope": [analyst] });
                self.tess.post(&format!("/api/v1/bots/{bot}/api-keys"), body).await
            }
            // Whoever takes a key over cuts it down to what they can do.
            "rotate_bot_key" => {
                let path = format!("/api/v1/bots/{bot}/api-keys");
                let reads = json!({ "model": "Content", "action": "read" });
                let body = json!({ "name": "Key", "scope": [analyst, reads] });
                let key = self.done(self.ana.post(&path, body).await).await.id();
                let rotated = self.done(self.tess.post(&format!("{path}/{key}/rotate"), json!({})).await).await;
                assert_eq!(rotated.body["scope"][0]["permissions"], json!([reads]), "{}", rotated.text);
                return None;
            }
            "set_team" => {
                self.tess.put(&format!("/api/v1/bots/{bot}/team"), json!({ "user_ids": [self.friend] })).await
            }
            "set_team_member" => {
                let entry = format!("/api/v1/bots/{bot}/team/{}", self.friend);
                let given = self.tess.put(&entry, json!({ "role_ids": [], "permissions": [analyst] })).await;
                assert_eq!(given.problem(), "/problems/guard", "{}", given.text);
                // Copying from somebody who has it leaves it out; setting it anyway is refused.
                self.done(self.ana.put(&entry, json!({ "role_ids": [], "permissions": [analyst] })).await).await;
                let jonas = self.world.person("Jonas");
                let plain = json!({ "roles": [{ "role_id": self.plain }] });
                self.done(self.ana.put(&self.path(&format!("/users/{jonas}/roles")), plain).await).await;
                let jonas_path = format!("/api/v1/bots/{bot}/team/{jonas}");
                let body = json!({ "from_user_id": self.friend });
                let copy = self.done(self.tess.post(&format!("{jonas_path}/copy"), body).await).await;
                assert_eq!(copy.body["skipped"][0]["reason"], "escalation", "{}", copy.text);
                assert_eq!(copy.body["permissions"], json!([]), "{}", copy.text);
                self.tess.put(&jonas_path, json!({ "role_ids": [], "permissions": [analyst] })).await
            }
            "set_enabled" => self.tess.put(&self.of_friend("/bots"), json!({ "bot_ids": [bot] })).await,
            "update_policies" => {
                let reserve = json!({ "reserved": [treasure] });
                let roles = json!({ "roles": [{ "role_id": self.analyst }, { "role_id": self.treasure }] });
                self.done(self.ana.put(&self.of_friend("/roles"), roles).await).await;
                self.done(self.ana.patch(&self.path("/policies"), reserve).await).await;
                self.tess.patch(&self.path("/policies"), json!({ "reserved": [] })).await
            }
            "offer_bot" => {
                let partner = self.partner(&[("Content", "read")]).await;
                let path = self.path(&format!("/partners/{partner}/bots/{bot}"));
                self.tess
                    .put(&path, json!({ "permissions": [{ "model": "Content", "action": "read" }, analyst] }))
                    .await
            }
            "update_partner" => {
                let partner = self.partner(&[ON_BOT]).await;
                let path = self.path(&format!("/partners/{partner}"));
                self.done(self.ana.patch(&path, json!({ "frozen": true })).await).await;
                self.tess.patch(&path, json!({ "frozen": false })).await
            }
            "update_user" => {
                self.done(
                    self.ana.put(&self.of_friend("/roles"), json!({ "roles": [{ "role_id": self.treasure }] })).await,
                )
                .await;
                self.done(self.ana.patch(&self.of_friend(""), json!({ "status": "suspended" })).await).await;
                self.tess.patch(&self.of_friend(""), json!({ "status": "active" })).await
            }
            // An agreement opens nothing by itself.
            "accept_partner" => {
                let carla = self.world.sign_in("Carla").await;
                let asked = carla.post(&self.world.path("team", "/partners"), json!({ "slug": "acme" })).await.id();
                self.done(self.tess.post(&self.path(&format!("/partners/{asked}/accept")), json!({})).await).await;
                assert_eq!(carla.get(&format!("/api/v1/bots/{bot}")).await.status, 404);
                return None;
            }
            // Seeing the bot, and nothing else, whatever roles the person has at home.
            "enable_on_partner_bot" => {
                self.partner(&[("Content", "read")]).await;
                let finn = self.world.sign_in("Finn").await;
                let map = finn.get(&format!("/api/v1/me/permissions?bot={bot}")).await;
                assert_eq!(map.body["permissions"], json!({ "Bot": ["read"] }), "{}", map.text);
                return None;
            }
            "accept_invitation" => {
                let body = json!({ "email": "new@example.com", "role_ids": [self.treasure] });
                let omar = self.world.sign_in("Omar").await;
                let link = self.done(omar.post(&self.path("/invitations"), body).await).await.token();
                let of_omar = self.path(&format!("/users/{}/roles", self.world.person("Omar")));
                let less = json!({ "roles": [{ "role_id": self.analyst }] });
                self.done(self.ana.put(&of_omar, less).await).await;
                let void = self.world.accept(&link, "New Person").await;
                assert_eq!((void.status.as_u16(), void.problem()), (409, "/problems/wrong-state"), "{}", void.text);
                return None;
            }
            "resend_invitation" => {
                let path = self.invited().await.location().to_owned();
                self.tess.post(&format!("{path}/resend"), json!({})).await
            }
            "resend_user_invitation" => {
                let body = json!({ "name": "New Person", "email": "new@example.com", "role_ids": [self.treasure] });
                let made = self.done(self.ana.post(&self.path("/users"), body).await).await.id();
                self.tess.post(&self.path(&format!("/users/{made}/resend")), json!({})).await
            }
            // Invitations taken over are worth what whoever took them can give.
            "leave" => {
                let omar = self.world.sign_in("Omar").await;
                let body = json!({ "email": "new@example.com", "role_ids": [self.treasure] });
                let link = self.done(omar.post(&self.path("/invitations"), body).await).await.token();
                let of_omar = self.path(&format!("/users/{}", self.world.person("Omar")));
                let less = json!({ "roles": [{ "role_id": self.world.role("workspace", "manager") }] });
                self.done(self.ana.put(&format!("{of_omar}/roles"), less).await).await;
                let body = json!({ "action": "suspend", "take_invitations": true });
                let left = self.tess.post(&format!("{of_omar}/leaving"), body).await;
                let void = self.world.accept(&link, "New Person").await;
                assert!(void.status.is_client_error(), "{} {}", left.text, void.text);
                return None;
            }
            // Reserved to owners: not even everything else is enough to name one.
            "set_bot_owner" => {
                let (emil, bot) = (self.world.sign_in("Emil").await, self.world.bot("projects", 0));
                let path = format!("/api/v1/bots/{bot}/owner");
                let named = emil.put(&path, json!({ "user_id": self.world.person("Emil") })).await;
                assert_eq!(named.status, 403, "{}", named.text);
                return None;
            }
            // On a model of a program, which Tess may not use herself.
            "give_grants" => {
                let model = json!({ "name": "crm:Ticket", "actions": ["read"] });
                let model = self.done(self.ana.post(&self.path("/models"), model).await).await.id();
                let body = json!({ "model_id": model, "actions": ["read"], "user_id": self.friend });
                self.tess.post(&self.path("/grants"), body).await
            }
            // To a program's subject, which would have it wherever a program asks.
            "set_subject_roles" => {
                let subject = json!({ "type": "crm:Agent", "foreign_id": "a-1" });
                let subject = self.done(self.ana.post(&self.path("/subjects"), subject).await).await.id();
                let roles = json!({ "roles": [{ "role_id": self.treasure }] });
                self.tess.put(&self.path(&format!("/subjects/{subject}/roles")), roles).await
            }
            "grant_access" => {
                self.done(self.friend_client.post(&self.path("/access-requests"), treasure).await).await;
                let seen = self.tess.get(&self.path("/access-requests")).await;
                assert_eq!(seen.body["items"], json!([]), "{}", seen.text);
                let id = self.ana.get(&self.path("/access-requests")).await.body["items"][0]["id"].clone();
                let path = self.path(&format!("/access-requests/{}/grant", id.as_str().unwrap()));
                assert_eq!(self.tess.post(&path, json!({})).await.status, 404);
                return None;
            }
            "undo_departure" => {
                let roles = json!({ "roles": [{ "role_id": self.treasure }] });
                self.done(self.ana.put(&self.of_friend("/roles"), roles).await).await;
                assert_eq!(self.ana.delete(&self.of_friend("")).await.status, 204);
                let departures = self.tess.get(&self.path("/departures")).await;
                let id = departures.body["items"][0]["id"].as_str().unwrap();
                let undone =
                    self.done(self.tess.post(&self.path(&format!("/departures/{id}/undo")), json!({})).await).await;
                assert_eq!(undone.body["left_out"], json!(["Treasurer"]), "{}", undone.text);
                return None;
            }
            other => panic!("nobody tries the door {other}"),
        })
    }
}

#[tokio::test]
async fn no_door_gives_more_than_whoever_opens_it_has() {
    for door in DOORS.into_iter().chain(REOPENED) {
        let siege = Siege::new().await;
        if let Some(answer) = siege.attempt(door).await {
            assert_eq!((answer.status.as_u16(), answer.problem()), (403, "/problems/guard"), "{door}: {}", answer.text);
            let same = if door == "update_user" { "and you cannot" } else { "one can give only what one can do" };
            assert!(answer.text.contains(same), "{door}: {}", answer.text);
        }
        let here = siege.path("").rsplit('/').next().unwrap().to_owned();
        let map = siege.tess.get(&format!("/api/v1/me/permissions?organization={here}")).await;
        let held = map.body["permissions"][TREASURE.0].as_array().cloned().unwrap_or_default();
        assert!(!held.contains(&json!(TREASURE.1)), "{door}");
    }
}

#[test]
fn every_call_that_writes_is_a_door_or_gives_nothing() {
    let (_, document) = rolecall_server::router::routes();
    let document = serde_json::to_value(document).unwrap();
    let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
    let writes = items.filter(|(method, _)| !["get", "parameters"].contains(&method.as_str()));
    let writes: BTreeSet<&str> = writes.map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    let known: Vec<&str> = DOORS.into_iter().chain(REOPENED).chain(CLOSED).collect();
    let listed: BTreeSet<&str> = known.iter().copied().collect();
    assert_eq!(known.len(), listed.len(), "an operation is in two lists");
    assert_eq!(writes, listed);
}
