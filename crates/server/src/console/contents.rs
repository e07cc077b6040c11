//! A bot's content: what there is, narrowed and searched.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rolecall_access::BotId;
use rolecall_store::resource::ContentFacets;

use crate::console::bot::{Tab, open};
use crate::console::page::{Inside, Page, encode, render};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::problem::Problem;
use crate::service;
use crate::service::ListView;
use crate::service::content::body::{ContentFilterQuery, ContentKindName, ContentStatusName, ListedContentView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/bots/{bot}/content", get(list_contents))
}

/// The filters of the page, as its address has them.
const FIELDS: [&str; 4] = ["kind", "status", "language", "tag"];
/// So many tags are offered to choose among; others are found by the search.
const TAGS: usize = 100;

/// A filter that is set.
struct Chip {
    label: String,
    href: String,
}

#[derive(Template)]
#[template(path = "contents.html")]
struct ContentsPage {
    shell: Shell,
    tab: Tab,
    path: String,
    list: ListState,
    contents: ListView<ListedContentView>,
    facets: ContentFacets,
    creates: bool,
    chips: Vec<Chip>,
    /// Where what is shown can be taken out.
    export: String,
}

impl ContentsPage {
    fn kinds(&self) -> [&'static str; 2] {
        ["entry", "response"]
    }

    fn is(&self, field: &str, value: &str) -> bool {
        self.list.filter(field).unwrap_or_default() == value
    }

    /// Whether there is anything to narrow by.
    fn narrows(&self) -> bool {
        self.facets.languages.len() > 1 || !self.facets.tags.is_empty() || !self.chips.is_empty()
    }

    /// Whether nothing narrows what is shown.
    fn unfiltered(&self) -> bool {
        self.list.q.is_empty() && FIELDS.iter().all(|field| self.list.filter(field).is_none())
    }

    /// What stands below a title.
    fn about(&self, content: &ListedContentView) -> String {
        if content.variants > 1 {
            let more = self.shell.count("content-variants-more", content.variants - 1);
            return format!("{} {more}", content.excerpt);
        }
        content.excerpt.clone()
    }
}

/// The query that the address asks for; what is none is left out.
fn query(list: &ListState) -> ContentFilterQuery {
    ContentFilterQuery {
        kind: list.filter("kind").and_then(|kind| ContentKindName::parse(&kind)),
        language: list.filter("language"),
        status: list.filter("status").and_then(|status| ContentStatusName::parse(&status)),
        tag: list.filter("tag"),
    }
}

fn chips(shell: &Shell, list: &ListState) -> Vec<Chip> {
    let label = |field: &str, value: &str| match field {
        "status" => shell.t(format!("content-status-{value}")),
        "language" => shell.with("content-filter-language", "value", value),
        _ => shell.with("content-filter-tag", "value", value),
    };
    let set = ["status", "language", "tag"].into_iter().filter_map(|field| Some((field, list.filter(field)?)));
    set.map(|(field, value)| Chip { label: label(field, &value), href: list.without(field) }).collect()
}

/// The address at which what is shown can be taken out.
fn export(bot: BotId, list: &ListState) -> String {
    let query = query(list);
    let given = [
        ("q", Some(list.q.clone()).filter(|q| !q.is_empty())),
        ("kind", query.kind.map(|kind| kind.as_str().to_owned())),
        ("language", query.language),
        ("status", query.status.map(|status| status.as_str().to_owned())),
        ("tag", query.tag),
    ];
    let given = given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))));
    let given: Vec<String> = given.collect();
    let query = if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) };
    format!("/api/v1/bots/{}/content/export{query}", bot.0)
}

async fn list_contents(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "content").await?;
    let bot = BotId(tab.bot.id);
    let filter = Ok(query(&list));
    let contents = service::content::list_contents(&app, inside.caller.clone(), bot, list.list(), filter).await?;
    let (mut facets, creates) = service::content::find_facets(&app, inside.caller, bot).await?;
    facets.tags.truncate(TAGS);
    let path = tab.path(&inside.shell, "/content");
    let chips = chips(&inside.shell, &list);
    let shell = inside.shell.within("bots", "Bot Content");
    let export = export(bot, &list);
    let page = ContentsPage { shell, tab, path, list, contents, facets, creates, chips, export };
    render(&page.shell, &page)
}

/// The opened tab, for somebody who may see the bot: it, and where its content is.
pub async fn opened(app: &App, inside: Inside, slug: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab) = open(app, inside, slug, "content").await?;
    let back = tab.path(&inside.shell, "/content");
    Ok((inside, tab, back))
}

/// A page below the content tab.
pub fn below(shell: Shell, tab: &Tab, back: &str) -> Shell {
    let (overview, label) = (tab.path(&shell, ""), shell.t("bot-tab-content"));
    shell.below(tab.bot.name.clone(), overview).below(label, back)
}
