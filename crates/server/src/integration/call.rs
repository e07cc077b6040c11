//! Calls that flows make: what the bot has collected goes out, the fields of the answer come back.

use std::collections::BTreeMap;
use std::time::Duration;

use rolecall_access::BotId;
use rolecall_bots::reply::{State, WhyCall};
use rolecall_store::ids::new_id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::private::Private;
use super::{Answered, Message, send};
use crate::problem::Problem;
use crate::state::App;
use crate::time::Time;

/// The longest answer, in bytes.
const LONGEST: usize = 64 * 1024;

/// What came of a call.
pub struct Called {
    /// Values by name; none: it failed.
    pub values: Option<BTreeMap<String, String>>,
    /// What is told of it.
    pub why: WhyCall,
}

/// Calls the integration for a bot that is here in a conversation, where this was said last.
///
/// # Errors
/// If the database fails; whatever the other side does is no error.
pub async fn call(app: &App, bot: BotId, id: &str, at: (&State, &str), within: Duration) -> Result<Called, Problem> {
    let found = match id.parse::<Uuid>() {
        Ok(id) => app.store.find_call(bot, id).await?,
        Err(_) => None,
    };
    let Some(found) = found else {
        let told = "failed: there is no such integration, or it is paused".to_owned();
        return Ok(Called { values: None, why: WhyCall { name: String::new(), failed: true, told } });
    };
    let private = Private::open(&app.vault, bot, found.id, &found.written.sealed)?;
    let (state, said) = at;
    let data = json!({
        "bot": bot.0, "integration": found.id, "message": said, "language": state.language,
        "variables": state.at.variables,
    });
    let now = app.now();
    let message = Message::of(new_id(now)?, "flow.call", Time(now), &data);
    let limit = Duration::from_secs(u64::try_from(found.written.time_limit).unwrap_or(1));
    let answered = send(app, &private, message, limit.min(within), LONGEST).await;
    let took = answered.took.as_millis();
    let name = found.written.name;
    Ok(match values(answered) {
        Ok((status, values)) => {
            let told = format!("{status} in {took} ms");
            Called { values: Some(values), why: WhyCall { name, failed: false, told } }
        }
        Err(fault) => {
            tracing::info!(bot = %bot.0, integration = %found.id, fault, "a flow's call failed");
            Called { values: None, why: WhyCall { name, failed: true, told: format!("failed: {fault}") } }
        }
    })
}

/// The answer's fields that are text, numbers or yes and no.
fn values(answered: Answered) -> Result<(u16, BTreeMap<String, String>), String> {
    let (status, body, cut) = answered.result.map_err(|fault| fault.to_string())?;
    if !(200..300).contains(&status) {
        return Err(format!("it answered {status}"));
    }
    if cut {
        return Err("its answer is too long".to_owned());
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(&body) else {
        return Err("its answer is no JSON object".to_owned());
    };
    let value = |value: Value| match value {
        Value::String(text) => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let known = fields.into_iter().filter_map(|(name, field)| Some((name, value(field)?)));
    Ok((status, known.collect()))
}
