//! How a bot looks: a form with the contrast of its colours, its picture, and the real widget beside it.

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _};
use axum::routing::{get, post};
use rolecall_access::BotId;
use serde_json::json;

use crate::appearance::colour::Colour;
use crate::appearance::{Appearance, Position, Scheme, Texts, ratio};
use crate::console::asset;
use crate::console::bot::{Tab, open};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render_with};
use crate::console::picture::{FORM_BYTES, file};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::router::edge::Surface;
use crate::service;
use crate::service::appearance::{AppearanceBody, AppearanceView};
use crate::state::App;

pub fn router() -> Router<App> {
    let upload = post(set_picture).layer(DefaultBodyLimit::max(FORM_BYTES));
    Router::new()
        .route("/{org}/bots/{bot}/appearance", get(show_appearance).post(update_appearance))
        .route("/{org}/bots/{bot}/appearance/preview", get(show_preview))
        .route("/{org}/bots/{bot}/appearance/picture", upload)
        .route("/{org}/bots/{bot}/appearance/picture/remove", post(remove_picture))
}

/// The fields of the form, each with the text that names it.
const FIELDS: [(&str, &str); 14] = [
    ("title", "appearance-name"),
    ("subtitle", "appearance-subtitle"),
    ("greeting", "appearance-greeting"),
    ("accent", "appearance-accent"),
    ("accent_text", "appearance-accent-text"),
    ("ground", "appearance-ground"),
    ("text", "appearance-text"),
    ("scheme", "appearance-scheme"),
    ("position", "appearance-position"),
    ("launcher", "appearance-launcher"),
    ("placeholder", "appearance-placeholder"),
    ("send", "appearance-send"),
    ("person", "appearance-person"),
    ("offline", "appearance-offline"),
];

#[derive(Template)]
#[template(path = "appearance.html")]
struct AppearancePage {
    shell: Shell,
    tab: Tab,
    path: String,
    kept: AppearanceView,
    fields: Fields,
    /// What the preview shows.
    preview: String,
    errors: Errors,
}

impl AppearancePage {
    fn writable(&self) -> bool {
        self.shell.has(&self.kept.can, "update")
    }

    /// What stands in a field.
    fn value(&self, field: &str) -> String {
        self.fields.text(field)
    }

    /// The contrast of two fields in words.
    fn contrast(&self, words: &str, ground: &str) -> String {
        let colour = |field: &str| self.fields.text(field).parse::<Colour>().ok();
        let Some((words, ground)) = colour(words).zip(colour(ground)) else { return String::new() };
        let key = if words.is_read_on(ground) { "appearance-contrast-good" } else { "appearance-contrast-bad" };
        self.shell.with(key, "ratio", ratio(words.contrast(ground)))
    }

    /// Whether a choice is the one that stands.
    fn is(&self, field: &str, value: &str) -> bool {
        self.fields.text(field) == value
    }
}

fn filled(kept: &AppearanceView) -> Fields {
    let mut fields = Fields::default();
    let scheme = match kept.scheme {
        Scheme::Auto => "auto",
        Scheme::Light => "light",
        Scheme::Dark => "dark",
    };
    let position = if kept.position == Position::Left { "left" } else { "right" };
    let texts = &kept.texts;
    for (field, value) in [
        ("title", kept.title.as_str()),
        ("subtitle", &kept.subtitle),
        ("greeting", &kept.greeting),
        ("accent", &kept.accent),
        ("accent_text", &kept.accent_text),
        ("ground", &kept.ground),
        ("text", &kept.text),
        ("scheme", scheme),
        ("position", position),
        ("launcher", &kept.launcher),
        ("placeholder", &texts.placeholder),
        ("send", &texts.send),
        ("person", &texts.person),
        ("offline", &texts.offline),
    ] {
        fields.set(field, value);
    }
    fields
}

/// The change that the form stands for.
fn body(fields: &Fields) -> AppearanceBody {
    let text = |field: &str| Some(fields.text(field));
    AppearanceBody {
        title: text("title"),
        subtitle: text("subtitle"),
        greeting: text("greeting"),
        accent: text("accent"),
        accent_text: text("accent_text"),
        ground: text("ground"),
        text: text("text"),
        scheme: Some(match fields.text("scheme").as_str() {
            "light" => Scheme::Light,
            "dark" => Scheme::Dark,
            _ => Scheme::Auto,
        }),
        position: Some(if fields.text("position") == "left" { Position::Left } else { Position::Right }),
        launcher: text("launcher"),
        texts: Some(Texts {
            placeholder: fields.text("placeholder"),
            send: fields.text("send"),
            person: fields.text("person"),
            offline: fields.text("offline"),
        }),
    }
}

async fn page(app: &App, (inside, tab): (Inside, Tab), typed: Option<Fields>, errors: Errors) -> Page {
    let kept = service::appearance::find_appearance(app, inside.caller, BotId(tab.bot.id)).await?;
    let path = tab.path(&inside.shell, "/appearance");
    let status = if errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let preview = match &typed {
        Some(typed) => format!("{path}/preview?{}", typed.to_query()),
        None => format!("{path}/preview"),
    };
    let page = AppearancePage {
        shell: inside.shell.within("bots", "Bot Appearance"),
        tab,
        path,
        fields: typed.unwrap_or_else(|| filled(&kept)),
        kept,
        preview,
        errors,
    };
    render_with(status, &page.shell, &page)
}

async fn show_appearance(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let opened = open(&app, inside, &slug, "appearance").await?;
    page(&app, opened, None, Errors::default()).await
}

async fn update_appearance(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "appearance").await?;
    let (bot, caller) = (BotId(tab.bot.id), inside.caller.clone());
    let input = Input::of(body(&fields));
    match service::appearance::update_appearance(&app, caller.clone(), bot, fields.version(), input).await {
        Ok(_) => Ok(done(&tab.path(&inside.shell, "/appearance"), &inside.shell.t("appearance-saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let saved = filled(&service::appearance::find_appearance(&app, caller, bot).await?);
            let differ = |(field, label): (&str, &str)| {
                Difference::of(inside.shell.t(label), saved.text(field), fields.text(field).replace('\r', ""))
            };
            let differences = FIELDS.into_iter().filter_map(differ).collect();
            let path = tab.path(&inside.shell, "/appearance");
            let late = Conflict { action: path.clone(), back: path, fields: &fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, (inside, tab), Some(fields), errors).await
        }
    }
}

async fn set_picture(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    form: Result<Multipart, MultipartRejection>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "appearance").await?;
    let bot = BotId(tab.bot.id);
    match service::appearance::set_bot_picture(&app, inside.caller.clone(), bot, file(form).await).await {
        Ok(_) => Ok(done(&tab.path(&inside.shell, "/appearance"), &inside.shell.t("appearance-picture-set"))),
        Err(problem) => {
            let kind = if problem.kind == Kind::TooLarge { Kind::Invalid } else { problem.kind };
            let errors = Errors::of_problem(Problem { kind, ..problem })?;
            page(&app, (inside, tab), None, errors).await
        }
    }
}

async fn remove_picture(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "appearance").await?;
    let path = tab.path(&inside.shell, "/appearance");
    let result = service::appearance::remove_bot_picture(&app, inside.caller, BotId(tab.bot.id)).await;
    acted(result, &path, &inside.shell.t("appearance-picture-removed"), &path)
}

#[derive(Template)]
#[template(path = "appearance-preview.html")]
struct PreviewPage {
    shell: Shell,
    id: String,
    name: String,
    style: &'static str,
    /// What the widget is given, as JSON.
    card: String,
    look: Appearance,
    /// What the bot says first, line by line, for browsers without scripts.
    greeting: Vec<String>,
}

/// Characters of a line, and lines, of the picture for browsers without scripts.
const LINE: usize = 38;
const LINES: usize = 4;

/// The words in lines.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.chars().count() + word.chars().count() < LINE) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.chars().take(LINE).collect()),
        }
    }
    lines.truncate(LINES);
    lines
}

/// The widget as the form has it: a page of its own in a frame, so that it is drawn by what visitors get.
async fn show_preview(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "appearance").await?;
    let change = query.map(|query| body(&Fields::of_query(&query))).unwrap_or_default();
    let bot = BotId(tab.bot.id);
    let look = service::appearance::try_appearance(&app, inside.caller, bot, change).await?;
    let name = if look.title.is_empty() { tab.bot.name.clone() } else { look.title.clone() };
    let greeting =
        if look.greeting.is_empty() { inside.shell.t("appearance-preview-greeting") } else { look.greeting.clone() };
    let card = json!({ "id": bot.0, "name": tab.bot.name, "version": 0, "language": "en", "languages": ["en"],
        "appearance": look, "opening": { "messages": [], "choices": [] } });
    let page = PreviewPage {
        id: bot.0.to_string(),
        name,
        style: asset::address("chat.css"),
        card: card.to_string(),
        greeting: lines(&greeting),
        look,
        shell: inside.shell,
    };
    let html = page.render().map_err(|error| Problem::internal(&error))?;
    let mut response = Html(html).into_response();
    response.extensions_mut().insert(Surface::Framed);
    Ok(response)
}
