//! The audit log taken out: JSON Lines or CSV (RFC 4180), a page at a time. No transaction is held between pages, and
//! each asks anew whether the caller may read the log.

use rolecall_access::OrganizationId;
use rolecall_store::resource::audit_event::AuditFilter;
use rolecall_store::resource::{AuditLog, List};
use rolecall_store::{Caller, Read};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::service::audit::{AuditEventView, AuditFilterQuery};
use crate::spreadsheet;
use crate::state::App;
use crate::time::Time;

/// Rows of a page.
const ROWS: u32 = 500;

/// Which rows, and how.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditExportQuery {
    /// `jsonl` (as it is if left out) or `csv`.
    pub format: Option<String>,
    /// Only rows whose actor, record or detail contains this, whatever the case.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// Of this actor.
    pub actor: Option<Uuid>,
    /// On this record.
    pub record: Option<Uuid>,
    /// On this model.
    pub model: Option<String>,
    /// This action.
    pub action: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Not before.
    #[param(value_type = Option<Time>)]
    pub from: Option<Time>,
    /// Before.
    #[param(value_type = Option<Time>)]
    pub until: Option<Time>,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values with a head.
    Csv,
}

impl Format {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// An export under way.
pub struct Export {
    /// How rows are written.
    pub format: Format,
    /// What the file is called.
    pub file_name: String,
    organization: OrganizationId,
    filter: AuditFilter,
    q: Option<String>,
    cursor: Option<String>,
    begun: bool,
    over: bool,
}

/// Begins an export: who takes out what stands in the log from here on. The rows are those of before.
pub async fn begin_export(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    asked: Result<AuditExportQuery>,
) -> Result<Export> {
    let now = caller.now;
    // Looked at before anybody is made to wait for the writer.
    app.store.access(caller.clone()).await?.require::<AuditLog, Read>(organization).await?;
    let mut change = app.store.change(caller).await?;
    let of = change.require::<AuditLog, Read>(organization).await?;
    let asked = asked?;
    let format = asked.format()?;
    let told = asked.told(format);
    let (q, filter) = asked.filter()?;
    let up_to = change.export_audit_log(&of, told).await?;
    let day: String = Time(now).text().chars().take(10).collect();
    let file_name = format!("audit-log-{}-{day}.{}", of.slug, format.as_str());
    change.commit().await?;
    let filter = AuditFilter { up_to: Some(up_to), ..filter };
    Ok(Export { format, file_name, organization, filter, q, cursor: None, begun: false, over: false })
}

/// The next rows as text; none: that was all.
pub async fn export_page(app: &App, caller: Caller, export: &mut Export) -> Result<Option<String>> {
    if export.over {
        return Ok(None);
    }
    let mut access = app.store.access(caller).await?;
    let of = access.require::<AuditLog, Read>(export.organization).await?;
    let list = List { limit: ROWS, cursor: export.cursor.take(), q: export.q.clone(), sort: None };
    let page = access.list_audit_events(&of, &list, &export.filter).await?;
    drop(access);
    export.over = page.next_cursor.is_none();
    export.cursor = page.next_cursor;
    let mut text = String::new();
    if export.format == Format::Csv && !export.begun {
        text.push_str(&spreadsheet::line(&csv::HEAD.map(ToOwned::to_owned)));
    }
    export.begun = true;
    for event in page.items {
        let view = AuditEventView::of(event);
        match export.format {
            Format::Csv => text.push_str(&spreadsheet::line(&csv::row(&view))),
            Format::JsonLines => {
                text.push_str(&serde_json::to_string(&view).map_err(|error| Problem::internal(&error))?);
                text.push('\n');
            }
        }
    }
    Ok(Some(text))
}

impl AuditExportQuery {
    fn format(&self) -> Result<Format> {
        match self.format.as_deref() {
            None | Some("jsonl") => Ok(Format::JsonLines),
            Some("csv") => Ok(Format::Csv),
            Some(_) => Err(Problem::invalid(vec![FieldError::new("format", "invalid", "Format is `jsonl` or `csv`.")])),
        }
    }

    /// The export as the audit log tells of it.
    fn told(&self, format: Format) -> serde_json::Value {
        let given = [
            ("format", Some(format.as_str().to_owned())),
            ("search", self.q.clone()),
            ("actor", self.actor.map(|id| id.to_string())),
            ("record", self.record.map(|id| id.to_string())),
            ("model", self.model.clone()),
            ("action", self.action.clone()),
            ("outcome", self.outcome.clone()),
            ("from", self.from.map(Time::text)),
            ("until", self.until.map(Time::text)),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        serde_json::Value::Object(given.collect())
    }

    fn filter(self) -> Result<(Option<String>, AuditFilter)> {
        if self.q.as_ref().is_some_and(|q| q.chars().count() > 200) {
            return Err(Problem::invalid(vec![FieldError::new("q", "invalid", "Use at most 200 characters.")]));
        }
        let filter = AuditFilterQuery {
            actor: self.actor,
            record: self.record,
            model: self.model,
            action: self.action,
            outcome: self.outcome,
            from: self.from,
            until: self.until,
        };
        Ok((self.q.filter(|q| !q.is_empty()), filter.filter()?))
    }
}

mod csv {
    //! The columns of the CSV.

    use super::AuditEventView;

    /// The columns.
    pub const HEAD: [&str; 18] = [
        "created_at",
        "outcome",
        "actor_kind",
        "actor_id",
        "actor_name",
        "action",
        "model",
        "record_id",
        "record_name",
        "detail",
        "before",
        "after",
        "address",
        "agent",
        "request_id",
        "repeats",
        "last_at",
        "id",
    ];

    /// A row's cells.
    pub fn row(event: &AuditEventView) -> [String; 18] {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let json = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        [
            event.created_at.text(),
            event.outcome.clone(),
            event.actor_kind.clone(),
            id(event.actor_id),
            event.actor_name.clone(),
            event.action.clone(),
            event.model.clone(),
            id(event.record_id),
            event.record_name.clone(),
            event.detail.clone(),
            json(&event.before),
            json(&event.after),
            event.address.clone(),
            event.agent.clone(),
            event.request_id.clone(),
            event.repeats.to_string(),
            event.last_at.text(),
            event.id.to_string(),
        ]
    }
}
