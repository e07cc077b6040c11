//! What Facebook's calls say: whether they are Facebook's, and what was written to which page.

use rolecall_access::Timestamp;
use rolecall_store::resource::{EventKind, NewMessengerEvent};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::auth::hmac;
use crate::auth::secret::Secret;
use crate::graph;
use crate::service::Result;
use crate::state::App;

/// The longest challenge.
const CHALLENGE: usize = 500;
/// The longest message that is taken in, in characters, as for any visitor's.
const MESSAGE: usize = 4_000;
/// Events of one call.
const MOST: usize = 1_000;

/// What Facebook shows when it verifies our webhook: as it was configured, else what follows from the installation's key.
#[must_use]
pub fn verify_token(app: &App) -> Secret {
    app.config.messenger.verify_token.clone().unwrap_or_else(|| Secret::new(app.vault.derive("messenger webhook", &[])))
}

/// What to answer to Facebook's question whether the webhook is ours; none: it is not Facebook that asks.
#[must_use]
pub fn verify_webhook(app: &App, query: &str) -> Option<String> {
    app.config.facebook()?;
    let field =
        |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value);
    let token = field("hub.verify_token")?;
    let right = hmac::same(token.as_bytes(), verify_token(app).reveal().as_bytes());
    let challenge = field("hub.challenge").filter(|challenge| challenge.len() <= CHALLENGE)?;
    (right && field("hub.mode")? == "subscribe").then(|| challenge.into_owned())
}

/// Whether the body carries the signature of our app: `sha256=` and the HMAC of the raw body under its secret.
#[must_use]
pub fn is_signed(app: &App, signature: &str, body: &[u8]) -> bool {
    let Some(provider) = app.config.facebook() else { return false };
    let given = signature.strip_prefix("sha256=").and_then(|code| hex::decode(code).ok());
    let right = hmac::sign(provider.client_secret.reveal().as_bytes(), body);
    given.is_some_and(|given| hmac::same(&given, &right))
}

/// Keeps what the body tells of pages that are at bots. Only for a body that [`is_signed`].
///
/// # Errors
/// If the database fails: Facebook sends it again then.
pub async fn receive_events(app: &App, body: &[u8]) -> Result<u64> {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let events = events(&told);
    if events.is_empty() {
        return Ok(0);
    }
    let kept = app.store.keep_messenger_events(&events, app.now()).await?;
    if kept > 0 {
        app.chat.channels.wake();
    }
    Ok(kept)
}

/// What people wrote, in its order; echoes, receipts and what else there is are passed over.
fn events(told: &Value) -> Vec<NewMessengerEvent> {
    if told.get("object").and_then(Value::as_str) != Some("page") {
        return Vec::new();
    }
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let entries = list(told, "entry");
    let events = entries.iter().flat_map(|entry| {
        let page = text(entry, "/id");
        list(entry, "messaging").into_iter().filter_map(move |one| event(page.as_deref()?, &one))
    });
    events.take(MOST).collect()
}

fn event(page: &str, one: &Value) -> Option<NewMessengerEvent> {
    let sender = text(one, "/sender/id").filter(|sender| graph::is_id(sender) && sender != page)?;
    if !graph::is_id(page) {
        return None;
    }
    let sent_at = one.get("timestamp").and_then(Value::as_i64).unwrap_or_default().saturating_mul(1_000);
    let (kind, said) = what(one)?;
    // What has no name of its own is named by all that it is.
    let name = text(one, "/message/mid").or_else(|| text(one, "/postback/mid")).unwrap_or_else(|| one.to_string());
    let name = hex::encode(Sha256::digest(name.as_bytes()));
    let sent_at = Timestamp(sent_at);
    Some(NewMessengerEvent { page: page.to_owned(), sender, name, kind, text: said, sent_at })
}

fn what(one: &Value) -> Option<(EventKind, String)> {
    if let Some(postback) = one.get("postback") {
        let said = text(postback, "/title").or_else(|| text(postback, "/payload"))?;
        return Some((EventKind::Press, tidy(&said))).filter(|(_, said)| !said.is_empty());
    }
    let message = one.get("message")?;
    if message.get("is_echo").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let said = text(message, "/quick_reply/payload").or_else(|| text(message, "/text")).map(|said| tidy(&said));
    let attached = message.get("attachments").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    match said.filter(|said| !said.is_empty()) {
        Some(said) => Some((EventKind::Text, said)),
        None => attached.then(|| (EventKind::Other, String::new())),
    }
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}

/// As any visitor's message is kept: without control characters, not too long.
fn tidy(said: &str) -> String {
    let kept = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t');
    said.chars().filter(kept).take(MESSAGE).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(one: &Value) -> Vec<(EventKind, String)> {
        let told = json!({ "object": "page", "entry": [{ "id": "77", "messaging": [one] }] });
        events(&told).into_iter().map(|event| (event.kind, event.text)).collect()
    }

    #[test]
    fn what_people_wrote_is_read_and_the_rest_passed_over() {
        let from = |more: Value| {
            let mut one = json!({ "sender": { "id": "5" }, "recipient": { "id": "77" }, "timestamp": 1 });
            for (key, value) in more.as_object().into_iter().flatten() {
                one[key.as_str()] = value.clone();
            }
            one
        };
        let text = |said: &str| vec![(EventKind::Text, said.to_owned())];
        assert_eq!(told(&from(json!({ "message": { "mid": "m", "text": " Hi\u{0} " } }))), text("Hi"));
        let quick = json!({ "message": { "mid": "m", "text": "Long…", "quick_reply": { "payload": "Long answer" } } });
        assert_eq!(told(&from(quick)), text("Long answer"));
        let press = json!({ "postback": { "mid": "m", "title": "Get started", "payload": "GO" } });
        assert_eq!(told(&from(press)), vec![(EventKind::Press, "Get started".to_owned())]);
        let picture = json!({ "message": { "mid": "m", "attachments": [{ "type": "image" }] } });
        assert_eq!(told(&from(picture)), vec![(EventKind::Other, String::new())]);
        for nothing in [
            json!({ "message": { "mid": "m", "text": "Hi", "is_echo": true } }),
            json!({ "message": { "mid": "m", "text": " \u{0} " } }),
            json!({ "message": { "mid": "m" } }),
            json!({ "delivery": { "mids": ["m"] } }),
            json!({ "read": { "watermark": 1 } }),
            json!({ "reaction": { "emoji": "x" } }),
            json!({ "sender": { "id": "77" }, "message": { "mid": "m", "text": "Hi" } }),
            json!({ "sender": { "id": "5/6" }, "message": { "mid": "m", "text": "Hi" } }),
            json!({ "sender": 5, "message": { "mid": "m", "text": "Hi" } }),
            json!({ "message": "Hi" }),
        ] {
            assert_eq!(told(&from(nothing.clone())), Vec::new(), "{nothing}");
        }
        for nothing in [json!({}), json!([]), json!({ "object": "user", "entry": [] }), json!({ "object": "page" })] {
            assert!(events(&nothing).is_empty());
        }
    }
}
