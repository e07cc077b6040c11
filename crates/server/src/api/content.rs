//! What a bot says: entries and responses.

use std::io;

use axum::body::Body;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use rolecall_access::BotId;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{Asked, ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::auth::origin;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::service::content::body::{
    ContentChangeBody, ContentFilterQuery, ContentStatusName, ContentVersionView, ContentView,
    ListedContentVersionView, ListedContentView, NewContentBody,
};
use crate::service::content::export::{ContentExport, ContentExportQuery, begin_export, export_page};
use crate::service::content::import::{self, ContentImportView};
use crate::service::{self, ListView};
use crate::state::App;
use crate::upload::{self, MOST_FORM_BYTES};

/// Bytes of one piece of content: 50,000 characters, or 20 variants, however they are written in JSON.
const CONTENT_BYTES: usize = 2 << 20;

pub fn router() -> OpenApiRouter<App> {
    let import = OpenApiRouter::new().routes(routes!(import_contents)).layer(DefaultBodyLimit::max(MOST_FORM_BYTES));
    let written = OpenApiRouter::new()
        .routes(routes!(list_contents, create_content))
        .routes(routes!(find_content, update_content, delete_content))
        .layer(DefaultBodyLimit::max(CONTENT_BYTES));
    OpenApiRouter::new()
        .merge(written)
        .merge(import)
        .routes(routes!(export_contents))
        .routes(routes!(list_content_versions))
        .routes(routes!(find_content_version))
        .routes(routes!(restore_content_version))
}

/// The bot's content that one reads; `q` looks into titles, texts, tags and sources; sorts: `title`, `updated_at`,
/// `created_at`.
#[utoipa::path(get, path = "/bots/{bot}/content", tag = "Content",
    params(("bot" = Uuid, Path), ListQuery, ContentFilterQuery),
    responses((status = 200, description = "A page.", body = ListView<ListedContentView>)))]
async fn list_contents(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    lists: Lists<ContentFilterQuery>,
) -> Answer {
    ok(service::content::list_contents(&app, asking.caller, bot, lists.list, lists.filter).await?)
}

/// Makes an entry or a response.
#[utoipa::path(post, path = "/bots/{bot}/content", tag = "Content", params(("bot" = Uuid, Path)),
    request_body = NewContentBody, responses((status = 201, description = "It.", body = ContentView)))]
async fn create_content(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    input: Input<NewContentBody>,
) -> Answer {
    let made = service::content::create_content(&app, asking.caller, bot, input).await?;
    let (version, path) = (made.value.version, format!("/api/v1/bots/{}/content/{}", bot.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// One entry or response.
#[utoipa::path(get, path = "/bots/{bot}/content/{content}", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path)),
    responses((status = 200, description = "It.", body = ContentView)))]
async fn find_content(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let content = service::content::find_content(&app, asking.caller, id).await?;
    let version = content.version;
    versioned(content, version)
}

/// Changes an entry or a response, which makes a version. A response gets another name in all its languages.
#[utoipa::path(patch, path = "/bots/{bot}/content/{content}", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = ContentChangeBody, responses((status = 200, description = "As it is now.", body = ContentView)))]
async fn update_content(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
    input: Input<ContentChangeBody>,
) -> Answer {
    let after = service::content::update_content(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes an entry or a response with its versions.
#[utoipa::path(delete, path = "/bots/{bot}/content/{content}", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_content(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::content::delete_content(&app, asking.caller, id, version).await?))
}

/// Its versions, the newest first; sorts: `number`.
#[utoipa::path(get, path = "/bots/{bot}/content/{content}/versions", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<ListedContentVersionView>)))]
async fn list_content_versions(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    lists: Lists,
) -> Answer {
    ok(service::content::list_versions(&app, asking.caller, id, lists.filter.and(lists.list)).await?)
}

/// One of its versions, with its text beside that of the version before.
#[utoipa::path(get, path = "/bots/{bot}/content/{content}/versions/{number}", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path), ("number" = i64, Path)),
    responses((status = 200, description = "The version.", body = ContentVersionView)))]
async fn find_content_version(
    State(app): State<App>,
    asking: Asking,
    Id((bot, content, number)): Id<(BotId, Uuid, i64)>,
) -> Answer {
    ok(service::content::find_version(&app, asking.caller, (bot, content), number).await?)
}

/// Puts a version back, as a new version; with `If-Match`, only if nobody changed it meanwhile.
#[utoipa::path(post, path = "/bots/{bot}/content/{content}/versions/{number}/restore", tag = "Content",
    params(("bot" = Uuid, Path), ("content" = Uuid, Path), ("number" = i64, Path),
        ("If-Match" = Option<String>, Header)),
    responses((status = 200, description = "As it is now.", body = ContentView)))]
async fn restore_content_version(
    State(app): State<App>,
    asking: Asking,
    Id((bot, content, number)): Id<(BotId, Uuid, i64)>,
    version: Precondition,
) -> Answer {
    let after = service::content::restore_version(&app, asking.caller, (bot, content), number, version).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Files of content.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the form that `upload` reads")]
struct ContentImportForm {
    /// Markdown (`.md`: one entry each, or with `split` one a chapter), tables (`.csv`, `.tsv`: columns `title` and
    /// `body`, and if wanted `kind`, `tags`, `language`, `source`, `status`) or plain text (`.txt`): 200 files at most,
    /// 2 MiB each (tables 16), 20 MiB together. At most 2,000 entries and responses are written at once.
    #[schema(value_type = Vec<String>, format = Binary)]
    files: Vec<String>,
    /// The language of what does not say its own.
    language: Option<String>,
    /// The status of what is new and does not say its own; left out: drafts.
    status: Option<ContentStatusName>,
    /// Whether each chapter of a Markdown file is an entry.
    split: Option<bool>,
}

/// Takes many files in at once; what came of each is in the answer. What is there already under the same title, kind and
/// language is renewed, which makes a version of it.
#[utoipa::path(post, path = "/bots/{bot}/content/import", tag = "Content", params(("bot" = Uuid, Path)),
    request_body(content = ContentImportForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "What it did.", body = ContentImportView)))]
async fn import_contents(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    // Nobody's files are read who may not send them.
    service::content::may_create_content(&app, asking.caller.clone(), bot).await?;
    let form = upload::contents(form).await;
    Ok(written(StatusCode::OK, import::import_contents(&app, asking.caller, bot, form).await?))
}

/// The content that one reads as a table, which an import reads back. An export that breaks off is not whole.
#[utoipa::path(get, path = "/bots/{bot}/content/export", tag = "Content",
    params(("bot" = Uuid, Path), ContentExportQuery),
    responses((status = 200, description = "All rows.", content((String = "text/csv")))))]
async fn export_contents(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    Asked(query): Asked<ContentExportQuery>,
    parts: Parts,
) -> Answer {
    origin::refuse_foreign(&parts.headers)?;
    let export = begin_export(&app, asking.caller, bot, query).await?;
    Ok(download(app, parts, export))
}

/// The response whose body is written as it is read.
fn download(app: App, parts: Parts, export: ContentExport) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    let pages = stream::try_unfold((app, parts, export), |(app, parts, mut export)| async move {
        let page = next_page(&app, &parts, &mut export).await;
        let page = page.map_err(|problem| io::Error::new(io::ErrorKind::ConnectionAborted, problem.detail))?;
        Ok::<_, io::Error>(page.map(|text| (text, (app, parts, export))))
    });
    let mut response = Body::from_stream(pages).into_response();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Who asks is found out anew for each page: a session that ended meanwhile, a key that was revoked, reads no more.
async fn next_page(app: &App, parts: &Parts, export: &mut ContentExport) -> Result<Option<String>, Problem> {
    let caller = Asking::anew(parts, app).await?.caller;
    export_page(app, caller, export).await
}
