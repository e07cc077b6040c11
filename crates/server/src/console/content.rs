//! One entry or response of a bot: made, edited with what it will look like beside it, deleted.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::contents::{below, opened};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::markdown::{self, Rendered};
use crate::problem::Problem;
use crate::service;
use crate::service::content::body::{
    ContentChangeBody, ContentKindName, ContentStatusName, ContentView, NewContentBody, ResponseVariant,
};
use crate::service::content::{BODY, MOST_VARIANTS};
use crate::state::App;

/// Bytes of a form: 50,000 characters, or 20 variants, as browsers write them.
const FORM_BYTES: usize = 2 << 20;

pub fn router() -> Router<App> {
    let forms = Router::new()
        .route("/{org}/bots/{bot}/content/new", get(new_content).post(create_content))
        .route("/{org}/bots/{bot}/content/{content}", get(show_content).post(update_content))
        .layer(DefaultBodyLimit::max(FORM_BYTES));
    Router::new()
        .route("/{org}/bots/{bot}/content/{content}/delete", get(confirm_deletion).post(delete_content))
        .merge(forms)
}

#[derive(Template)]
#[template(path = "content.html")]
struct ContentPage {
    shell: Shell,
    /// Where the form goes.
    action: String,
    back: String,
    kind: ContentKindName,
    /// It; none: it is to be made.
    content: Option<ContentView>,
    /// What stands in the form.
    fields: Fields,
    /// Languages to choose among; others can be typed.
    languages: Vec<String>,
    /// What an entry looks like: made by [`markdown::html`].
    rendered: Rendered,
    errors: Errors,
}

impl ContentPage {
    /// Whether the person may save.
    fn writable(&self) -> bool {
        self.content.as_ref().is_none_or(|content| self.shell.has(&content.can, "update"))
    }

    fn is_entry(&self) -> bool {
        self.kind == ContentKindName::Entry
    }

    fn value(&self, field: &str) -> String {
        self.fields.text(field)
    }

    /// The variants, and rooms for some more.
    fn variants(&self) -> Vec<String> {
        let mut all = typed_variants(&self.fields);
        let more = if self.fields.text("act") == "more" { 4 } else { 1 };
        all.extend(std::iter::repeat_n(String::new(), more));
        if all.len() < 2 {
            all.push(String::new());
        }
        all.truncate(MOST_VARIANTS);
        all
    }

    /// Whether there is room for more variants.
    fn more(&self) -> bool {
        self.variants().len() < MOST_VARIANTS
    }

    /// Whether a field has the value.
    fn is(&self, field: &str, value: &str) -> bool {
        self.fields.text(field) == value
    }

    /// What a variant's field is called.
    fn variant_label(&self, index: &usize) -> String {
        self.shell.count("content-variant", *index)
    }

    fn longest(&self) -> usize {
        BODY
    }

    /// The languages of the bot that the response has not.
    fn missing(&self, content: &ContentView) -> Vec<&String> {
        let has = |language: &String| {
            content.language == *language || content.translations.iter().any(|other| other.language == *language)
        };
        self.languages.iter().filter(|language| !has(language)).collect()
    }
}

fn typed_variants(fields: &Fields) -> Vec<String> {
    let all = fields.all("variant").into_iter().map(|text| text.replace("\r\n", "\n").trim().to_owned());
    all.filter(|text| !text.is_empty()).collect()
}

/// The words of the field for tags.
fn tags(fields: &Fields) -> Vec<String> {
    fields.text("tags").split([',', '\n']).map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// The kind of the form or the address; an entry if it says none.
fn kind(text: &str) -> ContentKindName {
    ContentKindName::parse(text).unwrap_or(ContentKindName::Entry)
}

fn filled(content: &ContentView) -> Fields {
    let mut fields = Fields::default();
    fields.set("title", content.title.clone());
    fields.set("language", content.language.clone());
    fields.set("body", content.body.clone());
    for variant in &content.variants {
        fields.set("variant", variant.text.clone());
    }
    fields.set("tags", content.tags.join(", "));
    fields.set("source", content.source.clone());
    fields.set("status", content.status.as_str());
    fields
}

/// What a form is about.
struct About {
    bot: BotId,
    kind: ContentKindName,
    content: Option<ContentView>,
}

async fn content_page(
    app: &App,
    inside: Inside,
    (about, back): (About, String),
    fields: Fields,
    errors: Errors,
) -> Page {
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    // Whoever adds content reads none of it, perhaps.
    let languages = service::content::list_languages(app, inside.caller, about.bot).await.unwrap_or_default();
    let place = about.content.as_ref().map_or("new".to_owned(), |content| content.id.to_string());
    let page = ContentPage {
        shell: inside.shell,
        action: format!("{back}/{place}"),
        back,
        kind: about.kind,
        content: about.content,
        rendered: markdown::html(&fields.raw("body")),
        fields,
        languages,
        errors,
    };
    render_with(status, &page.shell, &page)
}

/// The frame of the page on which one is made.
fn making(inside: Inside, (tab, back): (&Tab, &str), kind: ContentKindName) -> Inside {
    let title = if kind == ContentKindName::Entry { "content-new-entry" } else { "content-new-response" };
    let shell = below(inside.shell, tab, back).titled(title);
    Inside { shell, ..inside }
}

async fn new_content(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    asked: ListState,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let bot = BotId(tab.bot.id);
    service::content::may_create_content(&app, inside.caller.clone(), bot).await?;
    let kind = kind(&asked.filter("kind").unwrap_or_default());
    let mut fields = Fields::default();
    fields.set("title", asked.filter("title").unwrap_or_default());
    let language = asked.filter("language");
    let first = service::content::list_languages(&app, inside.caller.clone(), bot).await.unwrap_or_default();
    fields.set("language", language.or_else(|| first.into_iter().next()).unwrap_or_default());
    fields.set("status", "ready");
    let inside = making(inside, (&tab, &back), kind);
    content_page(&app, inside, (About { bot, kind, content: None }, back), fields, Errors::default()).await
}

async fn create_content(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let (bot, kind) = (BotId(tab.bot.id), kind(&fields.text("kind")));
    service::content::may_create_content(&app, inside.caller.clone(), bot).await?;
    let about = About { bot, kind, content: None };
    if fields.given("act").is_some() {
        let inside = making(inside, (&tab, &back), kind);
        return content_page(&app, inside, (about, back), fields, Errors::default()).await;
    }
    let (body, variants) = texts(kind, &fields);
    let body = NewContentBody {
        kind,
        title: fields.text("title"),
        language: fields.given("language"),
        body,
        variants,
        tags: Some(tags(&fields)),
        source: Some(fields.text("source")),
        status: ContentStatusName::parse(&fields.text("status")),
    };
    match service::content::create_content(&app, inside.caller.clone(), bot, Input::of(body)).await {
        Ok(made) => Ok(done(&back, &inside.shell.with("content-created", "title", &made.value.title))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let inside = making(inside, (&tab, &back), kind);
            content_page(&app, inside, (about, back), fields, errors).await
        }
    }
}

/// Body or variants, as the kind has them.
fn texts(kind: ContentKindName, fields: &Fields) -> (Option<String>, Option<Vec<ResponseVariant>>) {
    match kind {
        ContentKindName::Entry => (Some(fields.raw("body")), None),
        ContentKindName::Response => {
            (None, Some(typed_variants(fields).into_iter().map(|text| ResponseVariant { text }).collect()))
        }
    }
}

type ContentPath = Path<(String, String, String)>;

/// The content of a path.
pub fn id(tab: &Tab, content: &str) -> Result<(BotId, Uuid), Problem> {
    Ok((BotId(tab.bot.id), content.parse().map_err(|_| Problem::not_found())?))
}

/// The frame of its page.
fn editing(inside: Inside, tab: &Tab, back: &str, content: &ContentView) -> Inside {
    let shell = below(inside.shell, tab, back).named(content.title.clone());
    Inside { shell, ..inside }
}

async fn show_content(inside: Inside, State(app): State<App>, Path((_, slug, content)): ContentPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let content = service::content::find_content(&app, inside.caller.clone(), id(&tab, &content)?).await?;
    let inside = editing(inside, &tab, &back, &content);
    let fields = filled(&content);
    let about = About { bot: BotId(tab.bot.id), kind: content.kind, content: Some(content) };
    content_page(&app, inside, (about, back), fields, Errors::default()).await
}

async fn update_content(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, content)): ContentPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &content)?;
    let content = service::content::find_content(&app, inside.caller.clone(), id).await?;
    let kind = content.kind;
    let result = if fields.given("act").is_some() {
        // Only looked at: nothing is saved.
        Ok(None)
    } else {
        let (body, variants) = texts(kind, &fields);
        let body = ContentChangeBody {
            title: Some(fields.text("title")),
            language: Some(fields.text("language")),
            body,
            variants,
            tags: Some(tags(&fields)),
            source: Some(fields.text("source")),
            status: ContentStatusName::parse(&fields.text("status")),
        };
        let caller = inside.caller.clone();
        service::content::update_content(&app, caller, id, fields.version(), Input::of(body)).await.map(Some)
    };
    let errors = match result {
        Ok(None) => Errors::default(),
        Ok(Some(_)) => return Ok(done(&back, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let differences = differences(&inside.shell, &filled(&content), &fields);
            let action = format!("{back}/{}", id.1);
            let late = Conflict { back: action.clone(), action, fields: &fields, differences };
            return conflict::choose(inside.shell, version, late);
        }
        Err(problem) => Errors::of_problem(problem)?,
    };
    let inside = editing(inside, &tab, &back, &content);
    let about = About { bot: id.0, kind, content: Some(content) };
    content_page(&app, inside, (about, back), fields, errors).await
}

/// What is saved and what was typed, where they differ.
fn differences(shell: &Shell, saved: &Fields, typed: &Fields) -> Vec<Difference> {
    let status = |fields: &Fields| {
        ContentStatusName::parse(&fields.text("status"))
            .map(|status| shell.t(format!("content-status-{}", status.as_str())))
            .unwrap_or_default()
    };
    let plain = |field: &str, fields: &Fields| fields.text(field).replace("\r\n", "\n");
    let differ = |label: &str, field: &str| Difference::of(shell.t(label), plain(field, saved), plain(field, typed));
    let all = [
        differ("content-title", "title"),
        differ("content-language", "language"),
        differ("content-body", "body"),
        Difference::of(
            shell.t("content-variants"),
            typed_variants(saved).join("\n\n"),
            typed_variants(typed).join("\n\n"),
        ),
        Difference::of(shell.t("content-tags"), tags(saved).join(", "), tags(typed).join(", ")),
        differ("content-source", "source"),
        Difference::of(shell.t("column-status"), status(saved), status(typed)),
    ];
    all.into_iter().flatten().collect()
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, slug, content)): ContentPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &content)?;
    let content = service::content::find_content(&app, inside.caller.clone(), id).await?;
    if !content.can.iter().any(|can| can == "delete") {
        return Err(Problem::not_found());
    }
    let names = service::content::list_answering_intents(&app, inside.caller, id).await?;
    let shell = below(inside.shell, &tab, &back).titled("content-delete-title");
    let mut lines = vec![shell.with("content-delete-what", "title", &content.title)];
    if !names.is_empty() {
        lines.push(shell.t("content-delete-intents"));
    }
    let page = ConfirmPage {
        lines,
        names,
        blocked: None,
        action: format!("{back}/{}/delete", content.id),
        button: shell.t("content-delete-button"),
        back: format!("{back}/{}", content.id),
        version: content.version,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete_content(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, content)): ContentPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &content)?;
    let result = service::content::delete_content(&app, inside.caller, id, fields.version()).await;
    acted(result, &back, &inside.shell.t("content-deleted"), &format!("{back}/{}/delete", id.1))
}
