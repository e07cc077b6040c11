//! A bot's content as it is answered.

use rolecall_access::{BotId, Scope};
use rolecall_bots::knowledge::plain;
use rolecall_store::resource::{Bot, Content, ContentKind, ContentVersion, Contents, Translation, WrittenContent};
use rolecall_store::{Access, Action, Authorized, In};

use super::body::{
    ContentVersionView, ContentView, ListedContentVersionView, ListedContentView, ResponseVariant, TranslationView,
};
use super::rules::variants;
use crate::line_diff;
use crate::service::{abilities, may};

/// Characters of an excerpt.
const EXCERPT: usize = 200;

fn can(access: &Access, bot: BotId, content: &Content) -> Vec<String> {
    abilities(access, "Content", &["read", "update", "delete"], Scope::Bot(bot), content.owner)
}

/// Body and variants: one of them is empty.
fn texts(kind: ContentKind, stored: String) -> (String, Vec<ResponseVariant>) {
    match kind {
        ContentKind::Entry => (stored, Vec::new()),
        ContentKind::Response => (String::new(), variants(&stored)),
    }
}

pub fn content(access: &Access, bot: BotId, content: Content, others: Vec<Translation>) -> ContentView {
    let can = can(access, bot, &content);
    let readable = |other: &Translation| may(access, "Content", "read", Scope::Bot(bot), other.owner);
    let translations = if content.kind == ContentKind::Response { others } else { Vec::new() };
    let translations = translations.into_iter().filter(readable).map(|other| TranslationView {
        id: other.id,
        language: other.language,
        status: other.status.into(),
    });
    let written = content.written;
    let (body, variants) = texts(content.kind, written.body);
    ContentView {
        id: content.id,
        kind: content.kind.into(),
        title: written.title,
        language: written.language,
        body,
        variants,
        tags: written.tags,
        source: written.source,
        status: written.status.into(),
        translations: translations.collect(),
        created_at: content.created_at.into(),
        updated_at: content.updated_at.into(),
        version: content.version,
        can,
    }
}

pub fn listed(access: &Access, bot: BotId, content: Content) -> ListedContentView {
    let can = can(access, bot, &content);
    let written = content.written;
    let (body, variants) = texts(content.kind, written.body);
    let text = variants.first().map_or_else(|| plain(&body), |first| first.text.clone());
    ListedContentView {
        id: content.id,
        kind: content.kind.into(),
        title: written.title,
        language: written.language,
        excerpt: excerpt(&text),
        variants: variants.len(),
        tags: written.tags,
        source: written.source,
        status: written.status.into(),
        created_at: content.created_at.into(),
        updated_at: content.updated_at.into(),
        version: content.version,
        can,
    }
}

/// How a text begins, on one line.
fn excerpt(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(EXCERPT) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// Whether the caller may add content there.
pub fn may_create<A: Action>(access: &Access, within: &Authorized<In<Contents>, A>) -> bool {
    let bot: &Bot = within.record();
    may(access, "Content", "create", Scope::Bot(bot.id), bot.owner.or(bot.created_by))
}

/// What differs between two versions.
fn changed(kind: ContentKind, before: Option<&WrittenContent>, after: &WrittenContent) -> Vec<&'static str> {
    let Some(before) = before else { return Vec::new() };
    let text = if kind == ContentKind::Entry { "body" } else { "variants" };
    let fields = [
        ("title", before.title != after.title),
        ("language", before.language != after.language),
        (text, before.body != after.body),
        ("tags", before.tags != after.tags),
        ("source", before.source != after.source),
        ("status", before.status != after.status),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

pub fn listed_version(
    kind: ContentKind,
    version: ContentVersion,
    before: Option<ContentVersion>,
) -> ListedContentVersionView {
    ListedContentVersionView {
        number: version.number,
        changed: changed(kind, before.map(|before| before.written).as_ref(), &version.written),
        title: version.written.title,
        status: version.written.status.into(),
        made_by: version.made_by.map(|user| user.0),
        made_by_name: version.made_by_name,
        made_at: version.made_at.into(),
    }
}

/// The text of either kind, as it is compared.
fn text(kind: ContentKind, written: &WrittenContent) -> String {
    match kind {
        ContentKind::Entry => written.body.clone(),
        ContentKind::Response => {
            variants(&written.body).into_iter().map(|variant| variant.text).collect::<Vec<_>>().join("\n")
        }
    }
}

pub fn version(kind: ContentKind, version: ContentVersion, before: Option<ContentVersion>) -> ContentVersionView {
    let before = before.map(|before| before.written);
    let earlier = before.as_ref().map(|before| text(kind, before)).unwrap_or_default();
    let diff = line_diff::compare(&earlier, &text(kind, &version.written));
    let changed = changed(kind, before.as_ref(), &version.written);
    let written = version.written;
    let (body, variants) = texts(kind, written.body);
    ContentVersionView {
        number: version.number,
        title: written.title,
        language: written.language,
        body,
        variants,
        tags: written.tags,
        source: written.source,
        status: written.status.into(),
        changed,
        diff,
        made_by: version.made_by.map(|user| user.0),
        made_by_name: version.made_by_name,
        made_at: version.made_at.into(),
    }
}
