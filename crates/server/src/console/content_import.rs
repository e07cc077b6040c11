//! Files of content taken in at once, and what came of each.

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;

use crate::console::bot::Tab;
use crate::console::contents::{below, opened};
use crate::console::form::Errors;
use crate::console::page::{Inside, Page, render_with};
use crate::console::shell::Shell;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::content::import::{self, ContentImportView, ImportOutcome, ImportedFileView, ImportedPieceView};
use crate::state::App;
use crate::upload::{self, MOST_FORM_BYTES};

pub fn router() -> Router<App> {
    let page = get(show_import).post(import_contents);
    Router::new().route("/{org}/bots/{bot}/content/import", page).layer(DefaultBodyLimit::max(MOST_FORM_BYTES))
}

#[derive(Template)]
#[template(path = "content-import.html")]
struct ImportPage {
    shell: Shell,
    action: String,
    back: String,
    languages: Vec<String>,
    done: Option<ContentImportView>,
    errors: Errors,
}

impl ImportPage {
    /// What came of all, in one sentence.
    fn summary(&self, done: &ContentImportView) -> String {
        let counts = [done.made, done.renewed, done.unchanged, done.refused].map(|count| count.to_string());
        let [made, renewed, unchanged, refused] = &counts;
        let words = [("made", made.as_str()), ("renewed", renewed), ("unchanged", unchanged), ("refused", refused)];
        self.shell.text.with_all("content-import-done", &words)
    }

    fn outcome(&self, outcome: &ImportOutcome) -> String {
        self.shell.t(format!("content-outcome-{}", outcome.as_str()))
    }

    fn tone(&self, outcome: &ImportOutcome) -> &'static str {
        match outcome {
            ImportOutcome::Made => "green",
            ImportOutcome::Renewed => "blue",
            ImportOutcome::Unchanged => "secondary",
            ImportOutcome::Refused => "red",
        }
    }

    /// The pieces of a file that were refused.
    fn refused<'f>(&self, file: &'f ImportedFileView) -> Vec<&'f ImportedPieceView> {
        file.contents.iter().filter(|piece| piece.outcome == ImportOutcome::Refused).collect()
    }

    /// The pieces of a file that are there.
    fn taken<'f>(&self, file: &'f ImportedFileView) -> Vec<&'f ImportedPieceView> {
        file.contents.iter().filter(|piece| piece.id.is_some()).collect()
    }
}

async fn page(
    app: &App,
    inside: Inside,
    (tab, back): (&Tab, String),
    done: Option<ContentImportView>,
    errors: Errors,
) -> Page {
    let bot = BotId(tab.bot.id);
    let languages = service::content::list_languages(app, inside.caller, bot).await.unwrap_or_default();
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shell = below(inside.shell, tab, &back).titled("content-import").about("content-import-purpose");
    let page = ImportPage { shell, action: format!("{back}/import"), back, languages, done, errors };
    render_with(status, &page.shell, &page)
}

async fn show_import(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    service::content::may_create_content(&app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    page(&app, inside, (&tab, back), None, Errors::default()).await
}

async fn import_contents(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    form: Result<Multipart, MultipartRejection>,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let bot = BotId(tab.bot.id);
    // Nobody's files are read who may not send them.
    service::content::may_create_content(&app, inside.caller.clone(), bot).await?;
    let form = upload::contents(form).await;
    match import::import_contents(&app, inside.caller.clone(), bot, form).await {
        Ok(done) => page(&app, inside, (&tab, back), Some(done.value), Errors::default()).await,
        Err(problem) => {
            let kind = if problem.kind == Kind::TooLarge { Kind::Invalid } else { problem.kind };
            let errors = Errors::of_problem(Problem { kind, ..problem })?;
            page(&app, inside, (&tab, back), None, errors).await
        }
    }
}
