//! The audit log as sentences (W-25).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::service::audit::{AuditEventView, AuditFilterQuery};
use crate::service::{self, ListView};
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
    outcome: String,
    events: ListView<AuditEventView>,
}

async fn list_events(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let outcome = list.filter("outcome");
    let filter = AuditFilterQuery { outcome: outcome.clone(), ..AuditFilterQuery::default() };
    let events = service::audit::list_audit_events(&app, inside.caller, inside.id, list.list(), Ok(filter)).await?;
    let shell = inside.shell.titled("audit-title").about("audit-purpose").within("audit-log", "AuditLog");
    let page = AuditPage { shell, list, outcome: outcome.unwrap_or_default(), events };
    render(&page.shell, &page)
}

impl AuditPage {
    fn outcomes(&self) -> [&'static str; 3] {
        ["done", "denied", "failed"]
    }

    /// What happened, in one sentence.
    fn sentence(&self, event: &AuditEventView) -> String {
        let t = self.shell.text;
        let actor = if event.actor_name.is_empty() { t.of("audit-somebody") } else { event.actor_name.clone() };
        let model = words::model(t, &event.model);
        let action = words::action(t, &event.action);
        let record = if event.record_name.is_empty() { model.clone() } else { event.record_name.clone() };
        let key = match event.outcome.as_str() {
            "denied" if !event.detail.is_empty() => "audit-refused".to_owned(),
            "denied" => "audit-denied".to_owned(),
            "failed" => "audit-failed-sign-in".to_owned(),
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
