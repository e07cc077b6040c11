//! Pages of Facebook at a bot: choosing an account and one of its pages, pausing, removing.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::routing::{get, post};
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::{Tab, open};
use crate::console::entry::status_of;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::messenger::{
    self, MessengerAccountView, MessengerChannelBody, MessengerChannelView, MessengerPageBody, MessengerPageView,
};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/channels/messenger", get(choose).post(add))
        .route("/{org}/bots/{bot}/channels/messenger/{channel}/pause", post(pause))
        .route("/{org}/bots/{bot}/channels/messenger/{channel}/resume", post(resume))
        .route("/{org}/bots/{bot}/channels/messenger/{channel}/remove", get(show_removal).post(remove))
}

/// The bot of the path, the frame of a page below its channels, and where those are.
async fn below(app: &App, inside: Inside, slug: &str, title: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab) = open(app, inside, slug, "channels").await?;
    let back = tab.path(&inside.shell, "/channels");
    let (overview, label) = (tab.path(&inside.shell, ""), inside.shell.t("bot-tab-channels"));
    let shell = inside.shell.below(tab.bot.name.clone(), overview).below(label, back.clone()).titled(title);
    Ok((Inside { shell, ..inside }, tab, back))
}

#[derive(Template)]
#[template(path = "messenger-new.html")]
struct ChoosePage {
    shell: Shell,
    back: String,
    accounts: Vec<MessengerAccountView>,
    /// The account that was chosen, with its pages.
    chosen: Option<(Uuid, Vec<MessengerPageView>)>,
    page: String,
    errors: Errors,
}

impl ChoosePage {
    fn is_chosen(&self, account: &Uuid) -> bool {
        self.chosen.as_ref().is_some_and(|(chosen, _)| chosen == account)
    }
}

async fn chooser(app: &App, inside: Inside, (tab, back): (Tab, String), fields: &Fields, mut errors: Errors) -> Page {
    let bot = BotId(tab.bot.id);
    let accounts = messenger::list_messenger_accounts(app, inside.caller.clone(), bot).await?;
    let wanted: Option<Uuid> = fields.text("account").parse().ok();
    let only = accounts.first().filter(|one| accounts.len() == 1 && one.missing.is_empty()).map(|one| one.id);
    let mut chosen = None;
    if let Some(account) = wanted.or(only) {
        match messenger::list_messenger_pages(app, inside.caller, (bot, account)).await {
            Ok(pages) => chosen = Some((account, pages.items)),
            Err(problem) if errors.head([]).is_none() => errors = Errors::of_problem(problem)?,
            Err(_) => {}
        }
    }
    let shell = inside.shell.about("messenger-purpose");
    let page = ChoosePage { shell, back, accounts, chosen, page: fields.text("page"), errors };
    render_with(status_of(&page.errors, &["page_id"]), &page.shell, &page)
}

async fn choose(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Page {
    let (inside, tab, back) = below(&app, inside, &slug, "messenger-title").await?;
    let fields = Fields::of_query(&query.unwrap_or_default());
    chooser(&app, inside, (tab, back), &fields, Errors::default()).await
}

async fn add(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>, fields: Fields) -> Page {
    let (inside, tab, back) = below(&app, inside, &slug, "messenger-title").await?;
    let account_id = fields.text("account").parse().unwrap_or_default();
    let body = Input::of(MessengerPageBody { account_id, page_id: fields.text("page") });
    match messenger::add_messenger_page(&app, inside.caller.clone(), BotId(tab.bot.id), body).await {
        Ok(made) => Ok(done(&back, &inside.shell.with("messenger-added", "name", &made.value.page_name))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            chooser(&app, inside, (tab, back), &fields, errors).await
        }
    }
}

fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn set_paused(app: &App, inside: Inside, (slug, channel): (&str, &str), paused: bool) -> Page {
    let (inside, tab, back) = below(app, inside, slug, "messenger-title").await?;
    let (channel, body) = ((BotId(tab.bot.id), id(channel)?), Input::of(MessengerChannelBody { paused }));
    let after = messenger::update_messenger_page(app, inside.caller, channel, body).await;
    let name = after.as_ref().map(|after| after.value.page_name.clone()).unwrap_or_default();
    let key = if paused { "messenger-is-paused" } else { "messenger-goes-on" };
    acted(after, &back, &inside.shell.with(key, "name", &name), &back)
}

async fn pause(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, channel)): Path<(String, String, String)>,
) -> Page {
    set_paused(&app, inside, (&slug, &channel), true).await
}

async fn resume(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, channel)): Path<(String, String, String)>,
) -> Page {
    set_paused(&app, inside, (&slug, &channel), false).await
}

#[derive(Template)]
#[template(path = "messenger-remove.html")]
struct RemovalPage {
    shell: Shell,
    back: String,
    channel: MessengerChannelView,
}

async fn show_removal(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, channel)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab, back) = below(&app, inside, &slug, "messenger-remove-title").await?;
    let bot = BotId(tab.bot.id);
    let channel = messenger::find_messenger_channel(&app, inside.caller, (bot, id(&channel)?)).await?;
    let page = RemovalPage { shell: inside.shell, back, channel };
    render(&page.shell, &page)
}

async fn remove(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, channel)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab, back) = below(&app, inside, &slug, "messenger-remove-title").await?;
    let gone = messenger::remove_messenger_page(&app, inside.caller, (BotId(tab.bot.id), id(&channel)?)).await;
    acted(gone, &back, &inside.shell.t("messenger-removed"), &back)
}
