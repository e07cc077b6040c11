//! Until when, and why: the fields of a form for grants that end, in the person's own time zone.

use crate::console::form::Fields;
use crate::console::shell::Shell;
use crate::problem::{FieldError, Problem};
use crate::time::Time;
use rolecall_access::Timestamp;

/// As a field `datetime-local` has it; empty: without end.
pub fn field(shell: &Shell, end: Option<Time>) -> String {
    let zoned = end.and_then(|end| jiff::Timestamp::from_microsecond(end.0.0).ok()?.in_tz(zone(shell)).ok());
    zoned.map(|zoned| zoned.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
}

/// The end that a field says; one that was not edited stays to the microsecond.
pub fn end(shell: &Shell, fields: &Fields, name: &str, held: Option<Time>) -> Result<Option<Time>, Problem> {
    let text = fields.text(name);
    if text == field(shell, held) {
        return Ok(held);
    }
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse::<jiff::civil::DateTime>().ok().and_then(|local| local.in_tz(zone(shell)).ok());
    let parsed = parsed.map(|zoned| Time(Timestamp(zoned.timestamp().as_microsecond())));
    match parsed {
        Some(end) if end.0 > shell.now => Ok(Some(end)),
        _ => {
            let message = shell.t("term-invalid");
            Err(Problem::invalid(vec![FieldError::new(name, "invalid", message)]))
        }
    }
}

fn zone(shell: &Shell) -> &str {
    shell.me.as_ref().map_or("UTC", |me| me.time_zone.as_str())
}
