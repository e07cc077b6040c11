//! What an integration must keep to.

use std::collections::BTreeSet;

use http::{HeaderName, HeaderValue};
use rolecall_store::resource::IntegrationKind;
use rolecall_store::resource::integration::EVENTS;
use url::Url;

use super::body::IntegrationChangeBody;
use super::wrong;
use crate::config::Config;
use crate::outgoing::address;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::Result;

/// Characters of an address, headers of a call, characters of a header's name and of its value.
const ADDRESS: usize = 2_000;
const HEADERS: usize = 20;
const HEADER_NAME: usize = 100;
const HEADER_VALUE: usize = 4_000;
/// Seconds that a call may take.
pub const TIME_LIMIT: i64 = 5;
const LONGEST_TIME: i64 = 10;
/// Events that go without what visitors say.
const QUIET: [&str; 4] = ["conversation.started", "handover.asked", "conversation.closed", "bot.published"];
/// Headers that are ours to set, or the connection's.
const OWN: [&str; 10] = [
    "host",
    "content-length",
    "content-type",
    "connection",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "user-agent",
    "expect",
];

/// Tidies an address; reports what is no address at all.
pub fn check_url(url: &mut String, errors: &mut Vec<FieldError>) {
    *url = url.trim().to_owned();
    let message = "Give an address that begins with https://.";
    if url.chars().count() > ADDRESS {
        errors.push(FieldError::new("url", "too_long", format!("Use at most {ADDRESS} characters.")));
        return;
    }
    match url.parse::<Url>() {
        Ok(mut parsed) if parsed.has_host() => {
            parsed.set_fragment(None);
            *url = parsed.to_string();
        }
        _ => errors.push(FieldError::new("url", "invalid", message)),
    }
}

/// Refuses an address that this server would not ask.
///
/// # Errors
/// 422.
pub fn check_address(config: &Config, url: &str) -> Result<()> {
    let parsed =
        url.parse::<Url>().map_err(|_| wrong("url", "invalid", "Give an address that begins with https://."))?;
    address::fault(&parsed, &config.private_networks).map_or(Ok(()), |fault| Err(wrong("url", "invalid", fault)))
}

/// Refuses to send visitors' words where whoever sets it up may not see them.
///
/// # Errors
/// 403.
pub fn check_words(may: bool, kind: IntegrationKind, events: &[String]) -> Result<()> {
    let wordless = kind == IntegrationKind::Webhook && events.iter().all(|event| QUIET.contains(&event.as_str()));
    if may || wordless {
        return Ok(());
    }
    let what = if kind == IntegrationKind::Call { "a call" } else { "messages and contacts" };
    let detail = format!(
        "What visitors say would go there: for {what} you need the permission to answer this bot's conversations \
         (`Conversation: update`) besides."
    );
    Err(Problem::new(Kind::Forbidden, detail))
}

/// Refuses what the kind does not have.
///
/// # Errors
/// 422.
pub fn check_kind(kind: IntegrationKind, body: &IntegrationChangeBody) -> Result<()> {
    let errors = misplaced(kind, body.events.is_some(), body.headers.is_some(), body.time_limit.is_some());
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Fields that are not the kind's.
pub fn misplaced(kind: IntegrationKind, events: bool, headers: bool, time_limit: bool) -> Vec<FieldError> {
    let fields = match kind {
        IntegrationKind::Webhook => vec![("headers", headers), ("time_limit", time_limit)],
        IntegrationKind::Call => vec![("events", events)],
    };
    let message = match kind {
        IntegrationKind::Webhook => "Only calls have this.",
        IntegrationKind::Call => "Only webhooks have this.",
    };
    let given = fields.into_iter().filter(|(_, given)| *given);
    given.map(|(field, _)| FieldError::new(field, "invalid", message)).collect()
}

/// Tidies events: each once, in the usual order.
pub fn check_events(events: &mut Vec<String>, errors: &mut Vec<FieldError>) {
    let unknown = events.iter().find(|event| !EVENTS.contains(&event.as_str()));
    if let Some(unknown) = unknown {
        let message = format!("There is no event `{unknown}`; there are {}.", EVENTS.join(", "));
        errors.push(FieldError::new("events", "invalid", message));
    } else if events.is_empty() {
        errors.push(FieldError::new("events", "empty", "Choose at least one event."));
    }
    *events = EVENTS.into_iter().filter(|event| events.iter().any(|one| one == event)).map(str::to_owned).collect();
}

/// Reports a time limit that is none.
pub fn check_time_limit(seconds: i64, errors: &mut Vec<FieldError>) {
    if !(1..=LONGEST_TIME).contains(&seconds) {
        let message = format!("Give 1 to {LONGEST_TIME} seconds.");
        errors.push(FieldError::new("time_limit", "invalid", message));
    }
}

/// Reports headers that cannot be sent, or are ours. Values that are none are known already.
pub fn check_headers<'h>(
    headers: impl Iterator<Item = (&'h String, Option<&'h String>)>,
    errors: &mut Vec<FieldError>,
) {
    let mut seen = BTreeSet::new();
    for (name, value) in headers {
        let field = format!("headers.{name}");
        let lower = name.to_ascii_lowercase();
        let known = name.parse::<HeaderName>().is_ok() && name.len() <= HEADER_NAME;
        if !known || OWN.contains(&lower.as_str()) || lower.starts_with("webhook-") || lower.starts_with("proxy-") {
            errors.push(FieldError::new(field.clone(), "invalid", "This is no header that can be set here."));
        }
        if !seen.insert(lower) {
            errors.push(FieldError::new(field.clone(), "duplicate", "This header is there twice."));
        }
        let sendable = |value: &String| value.parse::<HeaderValue>().is_ok() && value.len() <= HEADER_VALUE;
        if value.is_some_and(|value| !sendable(value)) {
            errors.push(FieldError::new(field, "invalid", "This value cannot be sent in a header."));
        }
    }
    if seen.len() > HEADERS {
        errors.push(FieldError::new("headers", "too_many", format!("Give at most {HEADERS}.")));
    }
}
