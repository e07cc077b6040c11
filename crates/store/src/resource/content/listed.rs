//! Lists of a bot's content.

use std::collections::BTreeMap;

use super::{Content, ContentKind, ContentRow, ContentStatus, Contents, WrittenContent};
use crate::access::Access;
use crate::authorize::{Authorized, In, Read};
use crate::error::Result;
use crate::fold::fold;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::{List, Page};
use crate::sql::{Query, query};

/// Which content of a bot; what is none is any.
#[derive(Clone, Debug, Default)]
pub struct ContentFilter {
    /// Of this kind.
    pub kind: Option<ContentKind>,
    /// In this language.
    pub language: Option<String>,
    /// With this status.
    pub status: Option<ContentStatus>,
    /// With this tag, whatever its case.
    pub tag: Option<String>,
}

/// How much of each body a list gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Of entries the beginning alone.
    Begun,
    /// All of it.
    Whole,
}

/// What a bot's content can be narrowed by.
#[derive(Clone, Debug, Default)]
pub struct ContentFacets {
    /// Its languages.
    pub languages: Vec<String>,
    /// Its tags, those used most first, each with how often.
    pub tags: Vec<(String, usize)>,
}

/// Stands before each tag in what is searched: no text has it, so a tag is found as a whole.
const TAG: char = '\u{1}';

/// What a search looks through: title, text, source, and the tags each as a whole.
pub(super) fn searched(kind: ContentKind, written: &WrittenContent) -> String {
    let said = match kind {
        ContentKind::Entry => written.body.clone(),
        ContentKind::Response => said(&written.body),
    };
    let text = fold(&[written.title.as_str(), &said, &written.source].join("\n").replace(TAG, " "));
    let tags: String = written.tags.iter().map(|tag| format!("{TAG}{}", fold(tag))).collect();
    format!("{text}{tags}{TAG}")
}

/// The variants of a response, a line each.
fn said(body: &str) -> String {
    let variants: Vec<serde_json::Value> = serde_json::from_str(body).unwrap_or_default();
    let texts = variants.iter().filter_map(|variant| variant.get("text").and_then(serde_json::Value::as_str));
    texts.collect::<Vec<_>>().join("\n")
}

const SELECT: &str = "SELECT c.id, c.kind, c.title, c.language, c.tags, c.source, c.status, c.owner_id, c.created_at, \
    c.updated_at, c.version";
/// Of responses always whole: it is JSON.
const BEGINNING: &str = "CASE WHEN c.kind = 'entry' THEN SUBSTR(c.body, 1, 600) ELSE c.body END AS body";

impl ContentFilter {
    fn push(&self, query: &mut Query) {
        if let Some(kind) = self.kind {
            query.push(" AND c.kind = ").push_bind(kind.as_str());
        }
        if let Some(language) = &self.language {
            query.push(" AND c.language = ").push_bind(language.clone());
        }
        if let Some(status) = self.status {
            query.push(" AND c.status = ").push_bind(status.as_str());
        }
        if let Some(tag) = &self.tag {
            let tag = fold(tag).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            query.push(" AND c.searched LIKE ").push_bind(format!("%{TAG}{tag}{TAG}%")).push(" ESCAPE '\\'");
        }
    }
}

impl Access {
    /// The bot's content that the caller reads; sorts: `title` (default), `updated_at`, `created_at`; `q` looks into titles,
    /// texts, tags and sources.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_contents(
        &mut self,
        within: &Authorized<In<Contents>, Read>,
        list: &List,
        filter: &ContentFilter,
        bodies: Bodies,
    ) -> Result<Page<Content>> {
        let sorts = [
            ("title", "c.title_folded", Key::Text),
            ("updated_at", "c.updated_at", Key::Number),
            ("created_at", "c.created_at", Key::Number),
        ];
        let order = Order::of(list, &sorts, "title", "c.id")?;
        let body = if bodies == Bodies::Whole { "c.body" } else { BEGINNING };
        let column = order.column();
        let mut query =
            query(format!("{SELECT}, {body}, {column} AS sort_key, c.id AS page_id FROM content c WHERE c.bot_id = "));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "c.owner_id");
        filter.push(&mut query);
        search(&mut query, list.q.as_deref(), &["c.searched"]);
        order.fetch::<ContentRow>(self.transaction(), query).await?.try_map(Content::try_from)
    }

    /// What the content that the caller reads can be narrowed by.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_content_facets(&mut self, within: &Authorized<In<Contents>, Read>) -> Result<ContentFacets> {
        let mut query = query("SELECT c.language, c.tags FROM content c WHERE c.bot_id = ");
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "c.owner_id");
        let rows: Vec<(String, String)> = query.fetch_all(self.transaction()).await?;
        let mut languages: Vec<String> = rows.iter().map(|(language, _)| language.clone()).collect();
        languages.sort();
        languages.dedup();
        let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
        for tag in rows.iter().flat_map(|(_, tags)| tags.lines()) {
            counts.entry(fold(tag)).or_insert_with(|| (tag.to_owned(), 0)).1 += 1;
        }
        let mut tags: Vec<(String, usize)> = counts.into_values().collect();
        tags.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(ContentFacets { languages, tags })
    }
}
