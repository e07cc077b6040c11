//! A body for each route of the API that takes one.

use serde_json::{Value, json};

use crate::routes::{Route, Targets};
use crate::world::World;

impl Targets {
    /// A body that the route accepts.
    pub fn body(&self, route: &Route, world: &World, number: usize) -> Option<Value> {
        let manager = world.role("workspace", "manager");
        Some(match route.operation.as_str() {
            "sign_in" => json!({ "email": "nobody@example.com", "password": "wrong" }),
            "set_up" => json!({}),
            "recover" => json!({}),
            "second_factor" | "confirm_authenticator" => json!({ "code": "000000" }),
            "sign_in_with_passkey" => json!({ "ceremony": "none", "credential": {} }),
            "add_passkey" => json!({ "name": "Phone", "ceremony": "none", "credential": {} }),
            "rename_passkey" => json!({ "name": "Phone" }),
            "begin_connection" => json!({ "provider": "none", "scopes": [] }),
            "change_connection" => json!({ "scopes": [] }),
            "ask_email" => json!({ "email": "ana@example.org" }),
            "confirm_email" | "undo_email" => json!({ "token": "none" }),
            "measure_password" => json!({ "password": "correct horse battery staple" }),
            "set_availability" => json!({ "bots": [] }),
            "create_token" => json!({ "name": "Token", "scope": [
                { "organization": self.values["org"], "permissions": [{ "model": "Role", "action": "read" }] }] }),
            "create_bot_key" => json!({ "name": "Key", "scope": [{ "model": "Content", "action": "read" }] }),
            "rotate_token" | "rotate_bot_key" => json!({}),
            "add_messenger_page" => json!({ "account_id": self.values["account"], "page_id": "104857600" }),
            "update_messenger_page" => json!({ "paused": true }),
            "create_intent" => json!({ "name": format!("Made {number}"), "examples": ["what is the time"] }),
            "update_intent" => json!({ "response": "It is in the drawer." }),
            "import_training" => json!({ "intents": [{ "name": "Hours", "examples": ["when do you open"] }] }),
            "create_entity" => json!({ "name": format!("Made {number}"), "kind": "email" }),
            "update_entity" => json!({ "kind": "number" }),
            "try_entity" => json!({ "kind": "email", "text": "ana@example.com" }),
            "label_unmatched" => json!({ "sentences": [{ "id": self.values["intent"] }], "out_of_scope": true }),
            "ignore_unmatched" => json!({ "ids": [self.values["intent"]] }),
            "set_out_of_scope" => json!({ "examples": ["sing a song"] }),
            "reply_to_conversation" => json!({ "text": "How can I help?" }),
            "assign_conversation" => json!({ "user_id": world.person("Ana") }),
            "reveal_contact" => json!({ "reason": "To call back." }),
            "understand" => json!({ "texts": ["my card is gone"] }),
            "update_appearance" => json!({ "title": "Mia" }),
            "create_flow" => json!({ "name": format!("Made {number}"), "begins": "conversation" }),
            "check_flow" => json!({ "flow": { "start": "", "steps": {} } }),
            "import_flow" => json!({ "text": "name = \"Taken in\"\nstart = \"\"\n" }),
            "update_flow" => json!({ "name": format!("Renamed {number}") }),
            "create_integration" => json!({ "kind": "webhook", "name": format!("Made {number}"),
                "url": "https://localhost:1/", "events": ["bot.published"] }),
            "update_integration" => json!({ "name": format!("Renamed {number}") }),
            "create_content" => json!({ "kind": "entry", "title": format!("Made {number}") }),
            "update_content" => json!({ "body": "It is on the table." }),
            "try_bot" | "say" => json!({ "text": "my card is gone" }),
            "create_playground_test" => json!({ "sentence": "hello", "expects": "fallback" }),
            "update_bot_settings" => json!({ "time_zone": "Europe/Berlin" }),
            "publish_bot" | "set_contact" => json!({}),
            "set_password" => json!({ "current": "wrong", "password": "wrong" }),
            "ask_recovery" => json!({ "email": "nobody@example.com" }),
            "accept_invitation" => json!({}),
            "confirm_session" => json!({ "password": "wrong" }),
            "update_own_account" => json!({ "time_zone": "Europe/Berlin" }),
            "create_organization" => json!({ "name": "Another", "preset": "team" }),
            "update_organization" => json!({ "name": format!("Acme {number}") }),
            "create_user" => {
                json!({ "name": "Made Up", "email": format!("made{number}@example.com"), "role_ids": [manager] })
            }
            "update_user" => json!({ "status": "suspended" }),
            "set_user_roles" => json!({ "roles": [{ "role_id": manager }, { "role_id": self.values["role"] }] }),
            "set_user_permissions" => json!({ "permissions": [{ "model": "Model", "action": "read" }] }),
            "create_invitation" => json!({ "email": format!("guest{number}@example.com"), "role_ids": [manager] }),
            "create_role" => json!({ "name": format!("Made {number}") }),
            "update_role" | "update_bot" => json!({ "name": format!("Renamed {number}") }),
            "add_role_permission" => json!({ "model": "Content", "action": "update" }),
            "create_bot" => json!({ "name": format!("Made {number}") }),
            "preview" => json!({ "change": { "method": "DELETE", "path": format!("/bots/{}", self.values["bot"]) } }),
            "update_policies" => json!({ "manage_peers": true }),
            "set_role_permissions" => {
                json!({ "permissions": [{ "model": "Content", "action": "read" }, { "model": "Flow", "action": "read" }] })
            }
            "set_matrix" => {
                let version: i64 = self.values["version"].parse().unwrap();
                let added = json!([{ "model": "Content", "action": "read" }, { "model": "Flow", "action": "read" }]);
                json!({ "roles": [{ "role_id": self.values["role"], "version": version, "permissions": added }] })
            }
            "set_single_sign_on" => json!({ "on": false }),
            "set_bot_owner" => json!({ "user_id": world.person("Mei") }),
            "copy_team_member" => json!({ "from_user_id": self.values["user"] }),
            "set_enabled" => json!({ "bot_ids": [self.values["bot"]] }),
            "leave" => json!({ "action": "remove" }),
            "ask_access" => json!({ "model": "User", "action": "read" }),
            "grant_access" | "decline_access" => json!({}),
            "ask_partner" => json!({ "slug": format!("nobody-{number}") }),
            "update_partner" => json!({ "frozen": true }),
            "offer_bot" => json!({ "permissions": [{ "model": "Content", "action": "read" }] }),
            "enable_on_partner_bot" => json!({ "user_ids": [] }),
            "set_team" => json!({ "user_ids": [] }),
            "set_team_member" => json!({ "role_ids": [] }),
            "create_forward_rule" => {
                json!({ "host": format!("made{number}.example"), "model": "Policy", "action": "read" })
            }
            "update_forward_rule" => json!({ "path": "/admin" }),
            "try_forward_rules" => json!({ "url": "https://bots.example/admin" }),
            "register_model" => json!({ "name": format!("crm:Made{number}"), "actions": ["read"] }),
            "register_resource" => json!({ "foreign_id": "T-made" }),
            "register_subject" => json!({ "type": "user", "foreign_id": "made" }),
            "set_subject_roles" => json!({ "roles": [{ "role_id": self.values["role"] }] }),
            "give_grants" => {
                json!({ "model_id": self.values["model"], "actions": ["read"], "subject_id": self.values["subject"] })
            }
            _ => return None,
        })
    }
}
