//! The audit log as sentences (W-25).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use rolecall_store::resource::List;

use crate::console::audit_filter::{self, Chip};
use crate::console::entry::status_of;
use crate::console::form::Errors;
use crate::console::page::{Inside, Page, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::problem::Problem;
use crate::service::audit::{AuditEventView, ChainView};
use crate::service::{self, ListView, Named};
use crate::state::App;
use crate::text::capital;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/audit-log", get(list_events))
}

#[derive(Template)]
#[template(path = "audit-log.html")]
struct AuditPage {
    shell: Shell,
    list: ListState,
    chips: Vec<Chip>,
    people: Vec<Named>,
    models: Vec<(&'static str, String)>,
    actions: Vec<(&'static str, String)>,
    /// Where what is shown can be taken out: the format's name and the address.
    exports: Vec<(&'static str, String)>,
    chain: ChainView,
    errors: Errors,
    events: ListView<AuditEventView>,
}

/// So many people are offered to choose among; others are found by "only this person" in a row.
const PEOPLE: u32 = 200;

async fn list_events(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let chain = service::audit::find_chain(&app, inside.caller.clone(), inside.id).await?;
    let asked = audit_filter::query(&inside.shell, &list);
    let found = match asked.clone() {
        Ok(filter) => {
            service::audit::list_audit_events(&app, inside.caller.clone(), inside.id, list.list(), Ok(filter)).await
        }
        Err(problem) => Err(problem),
    };
    let (events, errors) = match found {
        Ok(events) => (events, Errors::default()),
        Err(problem) => (ListView { items: Vec::new(), next_cursor: None }, Errors::of_problem(problem)?),
    };
    let people = people(&app, &inside).await?;
    let shell = inside.shell.titled("audit-title").about("audit-purpose").within("audit-log", "AuditLog");
    let filter = asked.unwrap_or_default();
    let export = |format| audit_filter::export(inside.id.0, &list, &filter, format);
    let page = AuditPage {
        chips: audit_filter::chips(&shell, &list, &people, &events.items),
        people,
        models: audit_filter::models(shell.text),
        actions: audit_filter::actions(shell.text),
        exports: vec![("CSV", export("csv")), ("JSON Lines", export("jsonl"))],
        chain,
        shell,
        list,
        errors,
        events,
    };
    let status = status_of(&page.errors, &["from", "until"]);
    render_with(status, &page.shell, &page)
}

/// The people to choose among, of those that the reader may see.
async fn people(app: &App, inside: &Inside) -> Result<Vec<Named>, Problem> {
    if !inside.shell.may("User", "read") {
        return Ok(Vec::new());
    }
    let list = List { limit: PEOPLE, cursor: None, q: None, sort: None };
    let users = service::member::list_users(app, inside.caller.clone(), inside.id, Ok(list), Ok(None)).await?;
    Ok(users.items.into_iter().map(|user| Named { id: user.id, name: user.name }).collect())
}

impl AuditPage {
    fn outcomes(&self) -> [&'static str; 3] {
        ["done", "denied", "failed"]
    }

    fn is(&self, field: &str, value: impl std::fmt::Display) -> bool {
        self.list.filter(field).is_some_and(|set| set == value.to_string())
    }

    fn value(&self, field: &str) -> String {
        self.list.filter(field).unwrap_or_default()
    }

    /// Whether the person chosen is none of those offered.
    fn another_person(&self) -> Option<String> {
        self.list.filter("actor").filter(|id| !self.people.iter().any(|person| person.id.to_string() == *id))
    }

    fn action(&self, event: &AuditEventView) -> String {
        audit_filter::action_words(self.shell.text, &event.action)
    }

    /// What happened, in one sentence.
    fn sentence(&self, event: &AuditEventView) -> String {
        let t = self.shell.text;
        let actor = if event.actor_name.is_empty() { t.of("audit-somebody") } else { event.actor_name.clone() };
        let model = words::model(t, &event.model);
        let action = words::action(t, &event.action);
        let record = if event.record_name.is_empty() { model.clone() } else { event.record_name.clone() };
        let key = match event.outcome.as_str() {
            "denied" | "failed" if event.action == "count" => "audit-counted".to_owned(),
            "denied" if !event.detail.is_empty() => "audit-refused".to_owned(),
            "denied" => "audit-denied".to_owned(),
            "failed" => format!("audit-failed-{}", event.action.replace('_', "-")),
            _ => format!("audit-{}-{}", event.model, event.action.replace('_', "-")),
        };
        let key = if t.has(&key) { key.as_str() } else { "audit-other" };
        t.with_all(
            key,
            &[
                ("actor", &actor),
                ("record", &record),
                ("model", &model),
                ("action", &action),
                ("detail", &event.detail),
            ],
        )
    }

    /// The fields that changed: name, before, after.
    fn changes(&self, event: &AuditEventView) -> Vec<(String, String, String)> {
        let fields = |value: &Option<serde_json::Value>| {
            value.as_ref().and_then(|value| value.as_object().cloned()).unwrap_or_default()
        };
        let (before, after) = (fields(&event.before), fields(&event.after));
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
        differ.map(|name| (capital(&name.replace('_', " ")), plain(before.get(name)), plain(after.get(name)))).collect()
    }
}

fn plain(value: Option<&serde_json::Value>) -> String {
    match value {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Array(items)) => {
            items.iter().map(|item| plain(Some(item))).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}
