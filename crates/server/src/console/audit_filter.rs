//! Which rows of the audit log a page shows: read from its address, shown as chips that can be taken away one by one, and
//! as the fields of a form.

use rolecall_access::Timestamp;
use rolecall_access::catalogue;

use uuid::Uuid;

use crate::console::page::encode;
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::problem::{FieldError, Problem};
use crate::service::audit::{AuditEventView, AuditFilterQuery};
use crate::service::{Named, Result};
use crate::text::{Text, capital};
use crate::time::Time;

/// What is recorded on no model of the catalogue.
const OTHER_MODELS: [&str; 1] = ["Account"];
/// What is recorded, besides create, read, update and delete.
const ACTIONS: [&str; 100] = [
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "confirm",
    "second_factor",
    "passkey",
    "link",
    "change_password",
    "ask_recovery",
    "start_recovery",
    "recovery_link",
    "recover",
    "add_authenticator",
    "remove_authenticator",
    "add_passkey",
    "rename_passkey",
    "remove_passkey",
    "make_backup_codes",
    "use_backup_code",
    "clear_factors",
    "ask_email",
    "change_email",
    "undo_email",
    "create_token",
    "rotate_token",
    "revoke_token",
    "rotate",
    "take_over",
    "invite",
    "resend",
    "revoke",
    "accept",
    "suspend",
    "activate",
    "restore",
    "leave",
    "assign_roles",
    "set_permissions",
    "give_grant",
    "take_grant",
    "register_resource",
    "forget_resource",
    "register_subject",
    "forget_subject",
    "add_permission",
    "remove_permission",
    "change_access",
    "put_on_team",
    "change_team_entry",
    "take_off_team",
    "ask_access",
    "withdraw_access",
    "grant_access",
    "decline_access",
    "publish",
    "unpublish",
    "roll_back",
    "expire",
    "transfer",
    "ask_partner",
    "accept_partner",
    "decline_partner",
    "withdraw_partner",
    "end_partner",
    "change_partner",
    "offer_bot",
    "withdraw_offer",
    "enable_on_partner_bot",
    "erase",
    "export",
    "set_picture",
    "remove_picture",
    "set_absences",
    "set_availability",
    "connect_account",
    "change_connected_account",
    "lose_connected_account",
    "disconnect_account",
    "connect_page",
    "reconnect_page",
    "pause_page",
    "resume_page",
    "lose_page",
    "disconnect_page",
    "set_out_of_scope",
    "ignore_sentences",
    "train",
    "import",
    "reply",
    "give_back",
    "assign",
    "close",
    "reveal",
    "prune",
    "count",
    "pause",
    "test",
    "create_forward_rule",
    "update_forward_rule",
    "delete_forward_rule",
];
const USUAL_ACTIONS: [&str; 4] = ["create", "read", "update", "delete"];
/// The filters of the page, as its address has them.
const FIELDS: [&str; 7] = ["actor", "record", "model", "action", "outcome", "from", "until"];

/// A filter that is set.
pub struct Chip {
    /// What it says.
    pub label: String,
    /// The page without it.
    pub href: String,
}

/// The query that the address asks for; days are those of the person's zone, the last one included.
pub fn query(shell: &Shell, list: &ListState) -> Result<AuditFilterQuery> {
    let id = |name: &'static str| list.filter(name).map(|text| text.parse::<Uuid>().map_err(|_| invalid(shell, name)));
    Ok(AuditFilterQuery {
        actor: id("actor").transpose()?,
        record: id("record").transpose()?,
        model: list.filter("model"),
        action: list.filter("action"),
        outcome: list.filter("outcome"),
        from: list.filter("from").map(|text| day(shell, "from", &text, false)).transpose()?,
        until: list.filter("until").map(|text| day(shell, "until", &text, true)).transpose()?,
    })
}

fn invalid(shell: &Shell, field: &'static str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, "invalid", shell.t(format!("audit-wrong-{field}")))])
}

/// The start of the day in the person's zone, or its end.
pub fn day(shell: &Shell, field: &'static str, text: &str, end: bool) -> Result<Time> {
    let wrong = || invalid(shell, field);
    let date: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
    let date = if end { date.tomorrow().map_err(|_| wrong())? } else { date };
    let start = date.in_tz(zone(shell)).map_err(|_| wrong())?;
    Ok(Time(Timestamp(start.timestamp().as_microsecond())))
}

fn zone(shell: &Shell) -> &str {
    shell.me.as_ref().map_or("UTC", |me| me.time_zone.as_str())
}

/// A row's action in words.
pub fn action_words(t: Text, action: &str) -> String {
    t.find(&format!("action-{action}")).unwrap_or_else(|| capital(&action.replace('_', " ")))
}

/// The models to choose among, with their names.
pub fn models(t: Text) -> Vec<(&'static str, String)> {
    let known = catalogue::MODELS.iter().map(|model| model.key).chain(OTHER_MODELS);
    named(known.map(|key| (key, words::model(t, key))))
}

/// The actions to choose among, with their names.
pub fn actions(t: Text) -> Vec<(&'static str, String)> {
    let usual = USUAL_ACTIONS.map(|key| (key, action_words(t, key)));
    let others = ACTIONS.into_iter().map(|key| (key, action_words(t, key)));
    usual.into_iter().chain(named(others)).collect()
}

fn named(all: impl Iterator<Item = (&'static str, String)>) -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = all.collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    all
}

/// The filters that are set, each with the page without it.
pub fn chips(shell: &Shell, list: &ListState, people: &[Named], events: &[AuditEventView]) -> Vec<Chip> {
    let t = shell.text;
    let label = |field: &str, value: &str| {
        let words = match field {
            "actor" => person(value, people, events),
            "record" => record(value, events),
            "model" => words::model(t, value),
            "action" => action_words(t, value),
            "outcome" => t.find(&format!("outcome-{value}")).unwrap_or_else(|| value.to_owned()),
            _ => value.to_owned(),
        };
        shell.with(&format!("audit-filter-{field}"), "value", &words)
    };
    let set = FIELDS.into_iter().filter_map(|field| Some((field, list.filter(field)?)));
    set.map(|(field, value)| Chip { label: label(field, &value), href: list.without(field) }).collect()
}

fn person(id: &str, people: &[Named], events: &[AuditEventView]) -> String {
    let known = people.iter().find(|person| person.id.to_string() == id).map(|person| person.name.clone());
    let told = || {
        let mine = events.iter().find(|event| event.actor_id.is_some_and(|actor| actor.to_string() == id));
        mine.map(|event| event.actor_name.clone()).filter(|name| !name.is_empty())
    };
    known.or_else(told).unwrap_or_else(|| short(id))
}

fn record(id: &str, events: &[AuditEventView]) -> String {
    let mine = |event: &&AuditEventView| event.record_id.is_some_and(|record| record.to_string() == id);
    let names = events.iter().filter(mine).map(|event| event.record_name.clone());
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| short(id))
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// The address at which what is shown can be taken out.
pub fn export(organization: Uuid, list: &ListState, query: &AuditFilterQuery, format: &str) -> String {
    let given = [
        ("q", Some(list.q.clone()).filter(|q| !q.is_empty())),
        ("actor", query.actor.map(|id| id.to_string())),
        ("record", query.record.map(|id| id.to_string())),
        ("model", query.model.clone()),
        ("action", query.action.clone()),
        ("outcome", query.outcome.clone()),
        ("from", query.from.map(Time::text)),
        ("until", query.until.map(Time::text)),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", encode(&value?))));
    format!("/api/v1/organizations/{organization}/audit-events/export?format={format}{}", given.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ENGLISH;

    #[test]
    fn every_action_that_has_a_sentence_can_be_chosen() {
        let t = Text::plain();
        let known: Vec<String> = actions(t).into_iter().map(|(key, _)| key.replace('_', "-")).collect();
        for line in ENGLISH.lines().filter(|line| line.starts_with("audit-")) {
            let key = line.split(" =").next().unwrap_or_default().trim_start_matches("audit-");
            let Some((model, action)) = key.split_once('-') else { continue };
            if model.starts_with(char::is_uppercase) {
                assert!(known.iter().any(|known| known == action), "{action}");
            }
        }
    }
}
