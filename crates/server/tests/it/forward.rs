//! Forward authentication: rules, what proxies say, who passes, and the way by the sign-in page.

mod proxied;
mod rules;
mod ways;

use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

/// A proxy at a trusted address, before a server that trusts it.
pub fn proxy(world: &World) -> Client {
    let trusting = world.with_config(|config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]);
    trusting.from("127.0.0.1")
}

/// A rule of the workspace, made by its administrator.
pub async fn rule(world: &World, body: Value) -> Answer {
    let ana = world.sign_in("Ana").await;
    let made = ana.post(&world.path("workspace", "/forward-rules"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made
}

/// The usual rules: whoever may read the bot's flows, and below `/admin` whoever may change the plan.
pub async fn rules(world: &World) {
    let open =
        json!({ "host": "bots.example", "model": "Flow", "action": "read", "bot_id": world.bot("workspace", 0) });
    rule(world, open).await;
    rule(world, json!({ "host": "bots.example", "path": "/admin", "model": "Billing", "action": "update" })).await;
}

/// What nginx says of a request.
pub fn nginx(client: &Client, method: &str, url: &str) -> Client {
    client.header("x-original-url", url).header("x-original-method", method)
}

/// What Traefik and Caddy say of it.
pub fn forwarding(client: &Client, method: &str, host: &str, uri: &str) -> Client {
    let client = client.header("x-forwarded-method", method).header("x-forwarded-proto", "http");
    client.header("x-forwarded-host", host).header("x-forwarded-uri", uri)
}

pub const ASKED: &str = "/access/v1/forward-auth";
