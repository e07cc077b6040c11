//! A bot's content taken out as a table, a page at a time; an import reads it back. No transaction is held between pages,
//! and each asks anew whether the caller may read the content.

use rolecall_access::BotId;
use rolecall_store::resource::{Bodies, Content, ContentFilter, ContentKind, Contents, List};
use rolecall_store::{Caller, In, Read};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::{ContentFilterQuery, ContentKindName, ContentStatusName};
use super::file;
use super::rules::variants;
use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::spreadsheet;
use crate::state::App;
use crate::time::Time;

/// Rows of a page.
const ROWS: u32 = 100;
/// The columns.
const HEAD: [&str; 7] = ["kind", "title", "body", "tags", "language", "source", "status"];

/// Which content.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentExportQuery {
    /// Only what contains this, whatever the case.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// Of this kind.
    pub kind: Option<ContentKindName>,
    /// In this language.
    pub language: Option<String>,
    /// With this status.
    pub status: Option<ContentStatusName>,
    /// With this tag.
    pub tag: Option<String>,
}

/// An export under way.
pub struct ContentExport {
    /// What the file is called.
    pub file_name: String,
    bot: BotId,
    filter: ContentFilter,
    q: Option<String>,
    cursor: Option<String>,
    begun: bool,
    over: bool,
}

/// Begins an export; that it began is told in the audit log.
pub async fn begin_export(
    app: &App,
    caller: Caller,
    bot: BotId,
    asked: Result<ContentExportQuery>,
) -> Result<ContentExport> {
    let now = caller.now;
    // Looked at before anybody is made to wait for the writer.
    app.store.access(caller.clone()).await?.require::<In<Contents>, Read>(bot).await?;
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Contents>, Read>(bot).await?;
    let asked = asked?;
    if asked.q.as_ref().is_some_and(|q| q.chars().count() > 200) {
        return Err(Problem::invalid(vec![FieldError::new("q", "invalid", "Use at most 200 characters.")]));
    }
    change.tell_content_export(&within, asked.told());
    let day: String = Time(now).text().chars().take(10).collect();
    let file_name = format!("content-{}-{day}.csv", within.slug);
    change.commit().await?;
    let ContentExportQuery { q, kind, language, status, tag } = asked;
    let filter = ContentFilterQuery { kind, language, status, tag }.into();
    let q = q.filter(|q| !q.is_empty());
    Ok(ContentExport { file_name, bot, filter, q, cursor: None, begun: false, over: false })
}

/// The next rows as text; none: that was all.
pub async fn export_page(app: &App, caller: Caller, export: &mut ContentExport) -> Result<Option<String>> {
    if export.over {
        return Ok(None);
    }
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Contents>, Read>(export.bot).await?;
    let list = List { limit: ROWS, cursor: export.cursor.take(), q: export.q.clone(), sort: None };
    let page = access.list_contents(&within, &list, &export.filter, Bodies::Whole).await?;
    drop(access);
    export.over = page.next_cursor.is_none();
    export.cursor = page.next_cursor;
    let mut text = String::new();
    if !export.begun {
        text.push_str(&spreadsheet::line(&HEAD.map(ToOwned::to_owned)));
    }
    export.begun = true;
    text.extend(page.items.into_iter().map(|content| spreadsheet::line(&row(content))));
    Ok(Some(text))
}

fn row(content: Content) -> [String; 7] {
    let written = content.written;
    let body = match content.kind {
        ContentKind::Entry => written.body,
        ContentKind::Response => file::cell(&variants(&written.body)),
    };
    [
        content.kind.as_str().to_owned(),
        written.title,
        body,
        written.tags.join(", "),
        written.language,
        written.source,
        written.status.as_str().to_owned(),
    ]
}

impl ContentExportQuery {
    /// The export as the audit log tells of it.
    fn told(&self) -> serde_json::Value {
        let given = [
            ("search", self.q.clone()),
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("language", self.language.clone()),
            ("status", self.status.map(|status| status.as_str().to_owned())),
            ("tag", self.tag.clone()),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        serde_json::Value::Object(given.collect())
    }
}
