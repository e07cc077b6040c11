//! What visitors load of a bot: its page, the widget that other sites put into theirs, its pictures.
//!
//! All of it is the same for everybody and answers for published bots alone; one that is not published and one that was
//! never there are not told apart. What is said goes by the chat API; nothing here reads or sets a cookie for a visitor.

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::api::Id;
use crate::auth::asking::Asking;
use crate::console::asset_address;
use crate::picture::CONTENT_TYPE;
use crate::problem::Problem;
use crate::router::edge::Surface;
use crate::service;
use crate::state::App;
use crate::text::{Language, Text};

/// The parts of the widget, in the order in which they are sent: one script, without a build step.
const PARTS: [&str; 7] = [
    include_str!("../widget/words.js"),
    include_str!("../widget/look.js"),
    include_str!("../widget/build.js"),
    include_str!("../widget/wire.js"),
    include_str!("../widget/window.js"),
    include_str!("../widget/talk.js"),
    include_str!("../widget/start.js"),
];

/// The widget: a scope of its own, so that nothing of it is seen by the page that it is in.
static WIDGET: LazyLock<String> = LazyLock::new(|| format!("(() => {{\n\"use strict\";\n{}}})();\n", PARTS.concat()));

/// Seconds for which browsers keep the widget without asking again.
const KEPT: &str = "public, max-age=300";

/// The routes of visitors.
pub fn router() -> Router<App> {
    Router::new()
        .route("/chat/{bot}", get(show_page))
        .route("/chat/{bot}/widget.js", get(send_widget))
        .route("/chat/{bot}/picture/{picture}", get(send_picture))
        .route("/chat/widget.js", get(send_plain_widget))
}

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage {
    text: Text,
    id: Uuid,
    name: String,
    style: &'static str,
    icon: &'static str,
}

/// For whom it is: the headers that surround every response follow from that.
fn on(surface: Surface, mut response: Response) -> Response {
    response.extensions_mut().insert(surface);
    response
}

async fn show_page(State(app): State<App>, headers: HeaderMap, Id(bot): Id<BotId>) -> Result<Response, Problem> {
    let card = service::chat::find_public_card(&app, bot).await?;
    let page = ChatPage {
        text: Text::plain().in_language(Language::of_headers(&headers).tag),
        id: bot.0,
        name: card.name,
        style: asset_address("chat.css"),
        icon: asset_address("icon.svg"),
    };
    let html = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(on(Surface::Page, Html(html).into_response()))
}

fn widget() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, KEPT)];
    on(Surface::File, (headers, WIDGET.as_str()).into_response())
}

async fn send_widget(State(app): State<App>, Id(bot): Id<BotId>) -> Result<Response, Problem> {
    service::chat::find_public_card(&app, bot).await?;
    Ok(widget())
}

/// The widget of no bot in particular, for the preview.
async fn send_plain_widget() -> Response {
    widget()
}

async fn send_picture(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Result<Response, Problem> {
    let jpeg = service::appearance::find_bot_picture(&app, asking.caller, id).await?;
    // Another picture has another address. Whoever may see a draft's alone does not leave it with caches between.
    let headers =
        [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "private, max-age=31536000, immutable")];
    let mut response = (headers, jpeg).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
    Ok(on(Surface::File, response))
}
