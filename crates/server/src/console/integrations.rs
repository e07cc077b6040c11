//! A bot's integrations: what there is, and making one.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use rolecall_access::BotId;
use serde::Deserialize;

use crate::console::bot::{Tab, open};
use crate::console::form::{Errors, Fields};
use crate::console::integration::{IntegrationPage, headers, kind, time_limit};
use crate::console::keys::show_secret;
use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::ListView;
use crate::service::integration::body::{
    IntegrationKindBody, IntegrationStatusBody, IntegrationView, NewIntegrationBody,
};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/integrations", get(list_integrations).post(create_integration))
        .route("/{org}/bots/{bot}/integrations/new", get(new_integration))
}

#[derive(Template)]
#[template(path = "integrations.html")]
struct IntegrationsPage {
    shell: Shell,
    tab: Tab,
    path: String,
    list: ListState,
    integrations: ListView<IntegrationView>,
}

impl IntegrationsPage {
    fn is_call(&self, integration: &IntegrationView) -> bool {
        integration.kind == IntegrationKindBody::Call
    }

    fn is_active(&self, integration: &IntegrationView) -> bool {
        integration.status == IntegrationStatusBody::Active
    }

    /// What it is told of, or how long it may take.
    fn about(&self, integration: &IntegrationView) -> String {
        integration.events.join(", ")
    }
}

/// The opened tab, for somebody who may see the bot: it, and where its integrations are.
pub async fn opened(app: &App, inside: Inside, slug: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab) = open(app, inside, slug, "integrations").await?;
    let back = tab.path(&inside.shell, "/integrations");
    Ok((inside, tab, back))
}

/// The frame of a page below the list.
pub fn below(shell: Shell, tab: &Tab, back: &str) -> Shell {
    let label = shell.t("bot-tab-integrations");
    shell.below(tab.bot.name.clone(), back.trim_end_matches("/integrations").to_owned()).below(label, back.to_owned())
}

async fn list_integrations(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab, path) = opened(&app, inside, &slug).await?;
    let bot = BotId(tab.bot.id);
    let integrations = service::integration::list_integrations(&app, inside.caller, bot, list.list()).await?;
    let shell = inside.shell.within("bots", "Bot Integration");
    let page = IntegrationsPage { shell, tab, path, list, integrations };
    render(&page.shell, &page)
}

/// What kind of new one the address names.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    kind: String,
}

async fn new_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let words = service::integration::may_create_integration(&app, inside.caller, BotId(tab.bot.id)).await?;
    let mut fields = Fields::default();
    fields.set("kind", if which.kind == "call" { "call" } else { "webhook" });
    fields.set("time_limit", "5");
    let shell = below(inside.shell, &tab, &back);
    IntegrationPage::form(shell, words, back, fields, Errors::default())
}

fn body(fields: &Fields) -> NewIntegrationBody {
    let kind = kind(fields);
    let is_call = kind == IntegrationKindBody::Call;
    let headers = headers(fields).into_iter().map(|(name, value)| (name, value.unwrap_or_default()));
    NewIntegrationBody {
        kind,
        name: fields.text("name"),
        url: fields.text("url"),
        events: if is_call { Vec::new() } else { fields.all("event") },
        headers: headers.filter(|_| is_call).collect(),
        time_limit: is_call.then(|| time_limit(fields)),
    }
}

async fn create_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let (bot, body) = (BotId(tab.bot.id), body(&fields));
    match service::integration::create_integration(&app, inside.caller.clone(), bot, Input::of(body)).await {
        Ok(made) => {
            let IntegrationView { id, name, secret, .. } = made.value;
            show_secret(inside.shell, name, secret.unwrap_or_default(), format!("{back}/{id}"))
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let words = service::integration::may_create_integration(&app, inside.caller, bot).await?;
            IntegrationPage::form(below(inside.shell, &tab, &back), words, back, fields, errors)
        }
    }
}
