//! The versions of an entry or response: who changed what when, one beside the one before, putting one back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};

use crate::console::bot::Tab;
use crate::console::content::id;
use crate::console::contents::{below, opened};
use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, render};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::line_diff::{DiffLine, Fate};
use crate::problem::Problem;
use crate::service::content::body::{ContentVersionView, ContentView, ListedContentVersionView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/content/{content}/versions", get(list_versions))
        .route("/{org}/bots/{bot}/content/{content}/versions/{number}", get(show_version))
        .route("/{org}/bots/{bot}/content/{content}/versions/{number}/restore", post(restore_version))
}

/// Lines that are shown before and after a change.
const AROUND: usize = 3;

#[derive(Template)]
#[template(path = "content-versions.html")]
struct VersionsPage {
    shell: Shell,
    path: String,
    list: ListState,
    versions: ListView<ListedContentVersionView>,
}

impl VersionsPage {
    /// What a version changed, in words.
    fn changed(&self, version: &ListedContentVersionView) -> String {
        changed(&self.shell, &version.changed)
    }
}

fn changed(shell: &Shell, fields: &[&'static str]) -> String {
    let names: Vec<String> = fields.iter().map(|field| shell.t(format!("content-field-{field}"))).collect();
    if names.is_empty() { shell.t("content-version-first") } else { crate::text::capital(&names.join(", ")) }
}

/// A line of a comparison, or so many that are the same in both.
enum Row {
    Line(DiffLine),
    Same(usize),
}

impl Row {
    /// The class of the line.
    fn class(&self) -> &'static str {
        match self {
            Self::Line(DiffLine { fate: Fate::Added, .. }) => "added",
            Self::Line(DiffLine { fate: Fate::Removed, .. }) => "removed",
            Self::Line(_) | Self::Same(_) => "kept",
        }
    }
}

/// The lines that changed, and some around; the rest counted.
fn rows(lines: Vec<DiffLine>) -> Vec<Row> {
    let changes: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| line.fate != Fate::Kept).map(|(at, _)| at).collect();
    let mut rows: Vec<Row> = Vec::new();
    for (at, line) in lines.into_iter().enumerate() {
        // The changes are in order: the next one is the first that is not too far above.
        let next = changes.partition_point(|change| change + AROUND < at);
        let near = changes.get(next).is_some_and(|change| at + AROUND >= *change);
        match (near, rows.last_mut()) {
            (true, _) => rows.push(Row::Line(line)),
            (false, Some(Row::Same(count))) => *count += 1,
            (false, _) => rows.push(Row::Same(1)),
        }
    }
    rows
}

#[derive(Template)]
#[template(path = "content-version.html")]
struct VersionPage {
    shell: Shell,
    path: String,
    back: String,
    content: ContentView,
    version: ContentVersionView,
    rows: Vec<Row>,
}

impl VersionPage {
    fn changed(&self) -> String {
        changed(&self.shell, &self.version.changed)
    }

    fn same(&self, count: &usize) -> String {
        self.shell.count("content-diff-same", *count)
    }

    /// Whether the person may put it back.
    fn restorable(&self) -> bool {
        self.version.number != self.content.version && self.shell.has(&self.content.can, "update")
    }
}

type ContentPath = Path<(String, String, String)>;
type VersionPath = Path<(String, String, String, String)>;

/// The frame of a page below the content's own.
fn below_content(shell: Shell, (tab, back): (&Tab, &str), content: &ContentView) -> Shell {
    below(shell, tab, back).below(content.title.clone(), format!("{back}/{}", content.id))
}

async fn list_versions(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, content)): ContentPath,
    list: ListState,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &content)?;
    let content = service::content::find_content(&app, inside.caller.clone(), id).await?;
    let versions = service::content::list_versions(&app, inside.caller, id, list.list()).await?;
    let shell = below_content(inside.shell, (&tab, &back), &content).titled("content-versions");
    let path = format!("{back}/{}/versions", content.id);
    let page = VersionsPage { shell, path, list, versions };
    render(&page.shell, &page)
}

async fn show_version(inside: Inside, State(app): State<App>, Path((_, slug, content, number)): VersionPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let (id, number) = (id(&tab, &content)?, number.parse().map_err(|_| Problem::not_found())?);
    let content = service::content::find_content(&app, inside.caller.clone(), id).await?;
    let mut version = service::content::find_version(&app, inside.caller, id, number).await?;
    let versions = format!("{back}/{}/versions", content.id);
    let shell = below_content(inside.shell, (&tab, &back), &content);
    let label = shell.t("content-versions");
    let title = shell.with("content-version", "number", number.to_string());
    let page = VersionPage {
        shell: shell.below(label, versions.clone()).named(title),
        path: format!("{versions}/{number}"),
        back: versions,
        content,
        rows: rows(std::mem::take(&mut version.diff)),
        version,
    };
    render(&page.shell, &page)
}

async fn restore_version(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, content, number)): VersionPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &content)?;
    let number: i64 = number.parse().map_err(|_| Problem::not_found())?;
    let result = service::content::restore_version(&app, inside.caller, id, number, fields.version()).await;
    let (path, versions) = (format!("{back}/{}", id.1), format!("{back}/{}/versions/{number}", id.1));
    acted(result, &path, &inside.shell.with("content-restored", "number", number.to_string()), &versions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_diff::compare;

    #[test]
    fn what_is_the_same_far_from_any_change_is_counted() {
        let before: String = (0..20).map(|number| format!("line {number}\n")).collect();
        let after = before.replace("line 10\n", "changed\n");
        let told: Vec<String> = rows(compare(&before, &after))
            .into_iter()
            .map(|row| match row {
                Row::Line(line) => line.text,
                Row::Same(count) => count.to_string(),
            })
            .collect();
        let expected = ["7", "line 7", "line 8", "line 9", "line 10", "changed", "line 11", "line 12", "line 13", "6"];
        assert_eq!(told, expected);
        assert!(matches!(rows(compare("a\nb", "a\nb")).as_slice(), [Row::Same(2)]));
    }
}
