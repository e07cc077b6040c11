//! What webhooks are told of a batch of conversations: written in the commit that it tells of.

use rolecall_access::Timestamp;
use serde_json::{Value, json};

use super::Status;
use super::write::{NewSaid, VisitWrite};
use crate::error::Result;
use crate::resource::integration::{Hooks, NewEvent};
use crate::sql::Transaction;

/// Tells of what is said, each with the number of the message before it.
pub(super) async fn tell(transaction: &mut Transaction, said: &[(&VisitWrite, i64)]) -> Result<()> {
    let hooks = Hooks::of(transaction, said.iter().map(|(write, _)| write.visit.bot)).await?;
    if hooks.is_empty() {
        return Ok(());
    }
    let events: Vec<NewEvent> = said.iter().flat_map(|(write, last)| happened(write, *last)).collect();
    let now = said.iter().map(|(write, _)| write.now).max().unwrap_or(Timestamp(0));
    hooks.tell(transaction, now, &events).await
}

/// What happened in one conversation, in order.
fn happened(write: &VisitWrite, last: i64) -> Vec<NewEvent> {
    let visit = &write.visit;
    let (bot, id) = (visit.bot, visit.id);
    let event = |event, more: Value| {
        let mut data = json!({ "bot": bot.0, "conversation": id });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        NewEvent { bot, conversation: Some(id), event, data }
    };
    let mut events = Vec::new();
    if write.expected.is_none() {
        let more = json!({ "channel": visit.channel, "language": visit.language, "version": visit.bot_version });
        events.push(event("conversation.started", more));
    }
    let numbered = (last + 1..).zip(&write.said);
    events.extend(numbered.filter_map(|(number, said)| {
        let (name, message) = message(number, said)?;
        Some(event(name, json!({ "message": message })))
    }));
    let was = write.expected.map(|expected| expected.status);
    if was != Some(visit.status) {
        match visit.status {
            Status::Waiting => events.push(event("handover.asked", json!({}))),
            Status::Closed => events.push(event("conversation.closed", json!({}))),
            Status::Bot | Status::Agent => {}
        }
    }
    events
}

/// A message as it is told; a line about what happened is none.
fn message(number: i64, said: &NewSaid) -> Option<(&'static str, Value)> {
    match said.sender {
        "visitor" => Some(("message.received", json!({ "number": number, "from": "visitor", "text": said.text }))),
        "bot" => {
            let choices: Value = serde_json::from_str(&said.choices).unwrap_or_default();
            let message = json!({
                "number": number, "from": "bot", "name": said.name, "text": said.text, "choices": choices,
            });
            Some(("message.sent", message))
        }
        _ => None,
    }
}
