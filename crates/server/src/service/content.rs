//! What a bot says: entries of its knowledge base and responses with variants (`Content`).

pub mod body;
pub mod export;
pub mod file;
pub mod import;
mod rules;
pub mod shipped;
mod view;

use rolecall_access::BotId;
use rolecall_store::resource::{
    Bodies, Content, ContentFacets, ContentFilter, ContentKind, ContentStatus, Contents, Intents, List, WrittenBy,
};
use rolecall_store::{Access, Authorized, Caller, Change, Create, Delete, In, Read, Update};
use uuid::Uuid;

use self::body::{
    ContentChangeBody, ContentFilterQuery, ContentVersionView, ContentView, ListedContentVersionView,
    ListedContentView, NewContentBody,
};
pub use self::rules::{BODY, MOST_VARIANTS};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{Kind, Problem};
use crate::service::{ListView, Named, Result, Written};
use crate::state::App;

/// A piece of content's id: its bot and itself.
pub type ContentId = (BotId, Uuid);

impl From<ContentFilterQuery> for ContentFilter {
    fn from(query: ContentFilterQuery) -> Self {
        Self {
            kind: query.kind.map(ContentKind::from),
            language: query.language,
            status: query.status.map(ContentStatus::from),
            tag: query.tag,
        }
    }
}

/// The bot's content that the caller reads.
pub async fn list_contents(
    app: &App,
    caller: Caller,
    bot: BotId,
    list: Result<List>,
    filter: Result<ContentFilterQuery>,
) -> Result<ListView<ListedContentView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Contents>, Read>(bot).await?;
    let page = access.list_contents(&within, &list?, &filter?.into(), Bodies::Begun).await?;
    Ok(ListView::of(page, |content| view::listed(&access, bot, content)))
}

/// What a page of the list needs beside it: what it can be narrowed by, and whether the caller may add content.
pub async fn find_facets(app: &App, caller: Caller, bot: BotId) -> Result<(ContentFacets, bool)> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Contents>, Read>(bot).await?;
    let facets = access.find_content_facets(&within).await?;
    Ok((facets, view::may_create(&access, &within)))
}

/// The languages of the bot, its first one first.
pub async fn list_languages(app: &App, caller: Caller, bot: BotId) -> Result<Vec<String>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Contents>, Read>(bot).await?;
    Ok(access.find_bot_languages(&within).await?)
}

/// One piece of content.
pub async fn find_content(app: &App, caller: Caller, id: ContentId) -> Result<ContentView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Contents, Read>(id).await?;
    let translations = access.find_translations(&of).await?;
    let found = of.into_record();
    Ok(view::content(&access, id.0, found.content, translations))
}

/// The bot's responses that the caller reads, each in one language, by name: for whoever chooses one.
pub async fn list_responses(app: &App, caller: Caller, bot: BotId) -> Result<Vec<Named>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Contents>, Read>(bot).await?;
    let filter = ContentFilter { kind: Some(ContentKind::Response), ..ContentFilter::default() };
    let mut all: Vec<Named> = Vec::new();
    let mut list = List { limit: 200, cursor: None, q: None, sort: None };
    loop {
        let page = access.list_contents(&within, &list, &filter, Bodies::Begun).await?;
        let named = |content: Content| Named { id: content.id, name: content.written.title };
        all.extend(page.items.into_iter().map(named));
        list.cursor = page.next_cursor;
        if list.cursor.is_none() {
            return Ok(all);
        }
    }
}

/// The names of the intents that answer with it in no other language, as far as the caller reads them.
pub async fn list_answering_intents(app: &App, caller: Caller, id: ContentId) -> Result<Vec<String>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Contents, Read>(id).await?;
    if !access.find_translations(&of).await?.is_empty() {
        return Ok(Vec::new());
    }
    match access.require::<In<Intents>, Read>(id.0).await {
        Ok(within) => Ok(access.list_answering_intents(&within, &of).await?),
        Err(error) => match Problem::from(error) {
            problem if matches!(problem.kind, Kind::NotFound | Kind::Forbidden) => Ok(Vec::new()),
            problem => Err(problem),
        },
    }
}

/// Makes a piece of content; its maker owns it.
pub async fn create_content(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewContentBody>,
) -> Result<Written<ContentView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Contents>, Create>(bot).await?;
    let new = input.get()?;
    let kind = ContentKind::from(new.kind);
    let language = change.find_bot_languages(&within).await?.into_iter().next().unwrap_or_default();
    let written = rules::written(new, &language)?;
    let made = change.create_content(&within, (kind, &written), WrittenBy::Editor).await?;
    if change.count_contents(&within).await? > rules::MOST_CONTENTS {
        let detail = format!("A bot has at most {} entries and responses; delete some first.", rules::MOST_CONTENTS);
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let value = view::content(&change, bot, made, Vec::new());
    Ok(Written { value, revision: change.commit().await? })
}

/// Changes it. A response gets another name in all its languages.
pub async fn update_content(
    app: &App,
    caller: Caller,
    id: ContentId,
    version: Precondition,
    input: Input<ContentChangeBody>,
) -> Result<Written<ContentView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Contents, Update>(id).await?;
    let version = version.required()?;
    // A stale text is told so before it is told what is wrong with it.
    let input = input.get();
    if version.is_some_and(|version| version != of.content.version) {
        return Err(stale(&change, id.0, &of));
    }
    let after = rules::changed(of.content.kind, &of.content.written, input?)?;
    rename_translations(&mut change, id.0, &of, &after.title).await?;
    let after = change.update_content(&of, version, &after, WrittenBy::Editor).await?;
    let value = view::content(&change, id.0, after, Vec::new());
    Ok(Written { value, revision: change.commit().await? })
}

fn stale<A: rolecall_store::Action>(access: &Access, bot: BotId, of: &Authorized<Contents, A>) -> Problem {
    let error = rolecall_store::StoreError::Stale { current: of.content.version };
    Problem::stale(error, || view::content(access, bot, of.content.clone(), Vec::new()))
}

async fn rename_translations(
    change: &mut Change,
    bot: BotId,
    of: &Authorized<Contents, Update>,
    title: &str,
) -> Result<()> {
    if of.content.kind != ContentKind::Response || of.content.written.title == title {
        return Ok(());
    }
    for other in change.find_translations(of).await? {
        let other =
            change.require::<Contents, Update>((bot, other.id)).await.map_err(|error| match Problem::from(error) {
                problem if matches!(problem.kind, Kind::NotFound | Kind::Forbidden) => {
                    let detail = "The response has other languages that are not yours to change; it keeps its name.";
                    Problem::new(Kind::WrongState, detail)
                }
                problem => problem,
            })?;
        change.rename_translation(&other, title).await?;
    }
    Ok(())
}

/// Deletes it with its versions.
pub async fn delete_content(app: &App, caller: Caller, id: ContentId, version: Precondition) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Contents, Delete>(id).await?;
    let gone = change.delete_content(&of, version.required()?).await;
    gone.map_err(|error| Problem::stale(error, || view::content(&change, id.0, of.content.clone(), Vec::new())))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Its versions, the newest first.
pub async fn list_versions(
    app: &App,
    caller: Caller,
    id: ContentId,
    list: Result<List>,
) -> Result<ListView<ListedContentVersionView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Contents, Read>(id).await?;
    let page = access.list_content_versions(&of, &list?).await?;
    let mut items = Vec::new();
    for version in page.items {
        let before = access.find_content_version(&of, version.number - 1).await?;
        items.push(view::listed_version(of.content.kind, version, before));
    }
    Ok(ListView { items, next_cursor: page.next_cursor })
}

/// One of its versions, beside the one before.
pub async fn find_version(app: &App, caller: Caller, id: ContentId, number: i64) -> Result<ContentVersionView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Contents, Read>(id).await?;
    let version = access.find_content_version(&of, number).await?.ok_or_else(Problem::not_found)?;
    let before = access.find_content_version(&of, number.saturating_sub(1)).await?;
    Ok(view::version(of.content.kind, version, before))
}

/// Puts a version back, as a new version.
pub async fn restore_version(
    app: &App,
    caller: Caller,
    id: ContentId,
    number: i64,
    version: Precondition,
) -> Result<Written<ContentView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Contents, Update>(id).await?;
    let kept = change.find_content_version(&of, number).await?.ok_or_else(Problem::not_found)?;
    rename_translations(&mut change, id.0, &of, &kept.written.title).await?;
    let by = WrittenBy::Restore(number);
    let after = change.update_content(&of, version.optional(), &kept.written, by).await;
    let after = after
        .map_err(|error| Problem::stale(error, || view::content(&change, id.0, of.content.clone(), Vec::new())))?;
    let value = view::content(&change, id.0, after, Vec::new());
    Ok(Written { value, revision: change.commit().await? })
}

/// Whether the caller may add content: for the page that asks for it, and before files are read.
pub async fn may_create_content(app: &App, caller: Caller, bot: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Contents>, Create>(bot).await?;
    Ok(())
}
