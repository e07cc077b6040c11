//! A bot's publication: what publishing now would change, its versions, what differs between them, going back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;

use crate::console::bot::{ConfirmPage, Tab, open};
use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::MaybeInput;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::ListView;
use crate::service::publication::body::{ChangesView, PublishBody, SinceQuery, VersionView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/publication", get(show_publication).post(publish))
        .route("/{org}/bots/{bot}/publish", post(publish))
        .route("/{org}/bots/{bot}/unpublish", post(unpublish))
        .route("/{org}/bots/{bot}/publication/{number}", get(show_version))
        .route("/{org}/bots/{bot}/publication/{number}/live", get(confirm_live).post(go_back))
}

/// Why it was not published, and whether one may publish all the same.
struct Refused {
    problem: Problem,
    may_confirm: bool,
}

#[derive(Template)]
#[template(path = "publication.html")]
struct PublicationPage {
    shell: Shell,
    tab: Tab,
    path: String,
    list: ListState,
    versions: ListView<VersionView>,
    draft: Option<ChangesView>,
    note: String,
    refused: Option<Refused>,
}

#[derive(Template)]
#[template(path = "version.html")]
struct VersionPage {
    shell: Shell,
    tab: Tab,
    path: String,
    version: VersionView,
    changes: ChangesView,
}

impl ChangesView {
    /// How many differences one does not see, in words.
    fn told_unseen(&self, shell: &Shell) -> String {
        shell.count("publication-unseen", self.unseen)
    }
}

async fn page(
    app: &App,
    (inside, tab): (Inside, Tab),
    list: ListState,
    note: String,
    refused: Option<Refused>,
) -> Page {
    let bot = BotId(tab.bot.id);
    let asked = list.list().map(|list| rolecall_store::resource::List { q: None, ..list });
    let versions = service::publication::list_versions(app, inside.caller.clone(), bot, asked).await?;
    let draft = match tab.can("Publication:create") {
        true => Some(service::publication::find_draft_changes(app, inside.caller, bot).await?),
        false => None,
    };
    let path = tab.path(&inside.shell, "/publication");
    let status = if refused.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let list = ListState { path: path.clone(), ..list };
    let shell = inside.shell.within("bots", "Bot Publication");
    let page = PublicationPage { shell, tab, path, list, versions, draft, note, refused };
    render_with(status, &page.shell, &page)
}

async fn show_publication(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let opened = open(&app, inside, &slug, "publication").await?;
    page(&app, opened, list, String::new(), None).await
}

async fn publish(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "publication").await?;
    let note = fields.text("note");
    let confirm = fields.given("confirm").is_some();
    let body = MaybeInput::of(PublishBody { version: None, note: Some(note.clone()), confirm });
    let published = service::publication::publish_bot(&app, inside.caller.clone(), BotId(tab.bot.id), body).await;
    match published {
        Ok(_) => {
            let rest = if tab.can("Publication:read") { "/publication" } else { "" };
            Ok(done(&tab.path(&inside.shell, rest), &inside.shell.t("bot-published")))
        }
        Err(problem) if problem.kind == Kind::WrongState && tab.can("Publication:read") => {
            let may_confirm = problem.errors.iter().all(|error| error.field.starts_with("tests."));
            page(&app, (inside, tab), list, note, Some(Refused { problem, may_confirm })).await
        }
        Err(problem) => Err(problem),
    }
}

async fn unpublish(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "overview").await?;
    let path = tab.path(&inside.shell, "");
    let result = service::publication::unpublish_bot(&app, inside.caller, BotId(tab.bot.id)).await;
    acted(result, &path, &inside.shell.t("bot-unpublished"), &path)
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show_version(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, version)): Path<(String, String, String)>,
) -> Page {
    let number = number(&version)?;
    let (inside, tab) = open(&app, inside, &slug, "publication").await?;
    let (bot, caller) = (BotId(tab.bot.id), inside.caller);
    let version = service::publication::find_version(&app, caller.clone(), bot, number).await?;
    let changes = service::publication::find_changes(&app, caller, bot, number, Ok(SinceQuery::default())).await?;
    let path = tab.path(&inside.shell, "/publication");
    let page = VersionPage { shell: inside.shell, tab, path, version, changes };
    render(&page.shell, &page)
}

async fn confirm_live(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, version)): Path<(String, String, String)>,
) -> Page {
    let number = number(&version)?;
    let (inside, tab) = open(&app, inside, &slug, "publication").await?;
    let bot = BotId(tab.bot.id);
    service::publication::find_version(&app, inside.caller, bot, number).await?;
    if !tab.can("Publication:create") {
        return Err(Problem::not_found());
    }
    let shell = inside.shell;
    let path = tab.path(&shell, "/publication");
    let page = ConfirmPage {
        lines: vec![shell.with("version-back-what", "version", number.to_string())],
        names: Vec::new(),
        blocked: None,
        action: format!("{path}/{number}/live"),
        button: shell.t("version-back-button"),
        back: path,
        version: tab.bot.version,
        typed: None,
        shell: shell.titled("version-back-title"),
    };
    render(&page.shell, &page)
}

async fn go_back(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, version)): Path<(String, String, String)>,
) -> Page {
    let number = number(&version)?;
    let (inside, tab) = open(&app, inside, &slug, "publication").await?;
    let path = tab.path(&inside.shell, "/publication");
    let body = MaybeInput::of(PublishBody { version: Some(number), note: None, confirm: false });
    let result = service::publication::publish_bot(&app, inside.caller, BotId(tab.bot.id), body).await;
    acted(result, &path, &inside.shell.with("version-live", "version", number.to_string()), &path)
}
