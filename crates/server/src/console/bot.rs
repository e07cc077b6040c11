//! One bot: overview, deletion.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rolecall_access::BotId;

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, render};
use crate::console::shell::Shell;
use crate::console::words;
use crate::problem::Problem;
use crate::service;
use crate::service::bot::BotView;
use crate::service::own::OwnPermissionsView;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}", get(show_bot))
        .route("/{org}/bots/{bot}/delete", get(confirm_deletion).post(delete_bot))
}

/// A bot's page: its head, and which tab is open.
pub struct Tab {
    /// The bot.
    pub bot: BotView,
    /// The open tab.
    pub tab: &'static str,
    /// What the person may do with some record in it, be it their own alone.
    pub map: OwnPermissionsView,
}

impl Tab {
    /// Whether the person may do it with this bot: `update`, or `Publication:create`.
    pub fn can(&self, ability: &str) -> bool {
        self.bot.can.iter().any(|can| can == ability)
    }

    /// Whether the person reads something of this area, be it their own alone.
    pub fn reads(&self, model: &str) -> bool {
        self.map.allows(model, "read")
    }

    /// The path of a tab.
    pub fn path(&self, shell: &Shell, rest: &str) -> String {
        shell.here(&format!("/bots/{}{rest}", self.bot.slug))
    }
}

/// The bot of the path, and the frame of one of its tabs.
pub async fn open(app: &App, inside: Inside, slug: &str, tab: &'static str) -> Result<(Inside, Tab), Problem> {
    let bot = service::bot::find_bot_by_slug(app, inside.caller.clone(), inside.id, slug).await?;
    let (bots, back) = (inside.shell.t("bots-title"), inside.shell.here("/bots"));
    let mut shell = inside.shell.named(bot.name.clone()).within("bots", "Bot Publication Team").below(bots, back);
    shell.bot = Some(bot.id);
    let map = service::own::list_own_permissions(app, inside.caller.clone(), Ok((None, Some(BotId(bot.id))))).await?;
    Ok((Inside { shell, ..inside }, Tab { bot, tab, map }))
}

/// A model with the actions that the person has on the bot, in words.
struct Area {
    name: String,
    actions: Vec<String>,
}

#[derive(Template)]
#[template(path = "bot.html")]
struct BotPage {
    shell: Shell,
    tab: Tab,
    areas: Vec<Area>,
}

async fn show_bot(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "overview").await?;
    let t = inside.shell.text;
    let area = |model: &rolecall_access::catalogue::Model| {
        let actions = tab.map.permissions.get(model.key)?;
        let actions = model.actions.iter().filter(|action| actions.iter().any(|own| own == *action));
        Some(Area {
            name: words::model(t, model.key),
            actions: actions.map(|action| words::action(t, action)).collect(),
        })
    };
    let areas = words::models(rolecall_access::catalogue::Level::Bot).filter_map(area).collect();
    let page = BotPage { shell: inside.shell, tab, areas };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub shell: Shell,
    /// What will be gone.
    pub lines: Vec<String>,
    /// Whom it concerns.
    pub names: Vec<String>,
    /// Why it cannot be done, if so.
    pub blocked: Option<String>,
    /// Where the form goes.
    pub action: String,
    /// The verb on the button.
    pub button: String,
    /// Where cancelling leads.
    pub back: String,
    /// The version that is meant.
    pub version: i64,
    /// What must be typed, and what was wrong with what was.
    pub typed: Option<(String, Option<String>)>,
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "settings").await?;
    if !tab.can("delete") {
        service::bot::may_delete_bot(&app, inside.caller, BotId(tab.bot.id)).await?;
        return Err(Problem::not_found());
    }
    let team = service::team::find_team(&app, inside.caller, BotId(tab.bot.id)).await.ok();
    let shell = inside.shell;
    let page = ConfirmPage {
        lines: vec![shell.with("bot-delete-what", "name", &tab.bot.name)],
        names: team.into_iter().flat_map(|team| team.items).map(|member| member.name).collect(),
        blocked: None,
        action: tab.path(&shell, "/delete"),
        button: shell.t("bot-delete-button"),
        back: tab.path(&shell, "/settings"),
        version: tab.bot.version,
        typed: None,
        shell: shell.titled("bot-delete-title"),
    };
    render(&page.shell, &page)
}

async fn delete_bot(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "settings").await?;
    let back = tab.path(&inside.shell, "/delete");
    let result = service::bot::delete_bot(&app, inside.caller, BotId(tab.bot.id), fields.version()).await;
    let text = inside.shell.with("bot-deleted", "name", &tab.bot.name);
    acted(result, &inside.shell.here("/bots"), &text, &back)
}
