//! Where a bot can be talked to: its page, the script for other sites, the chat API.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rolecall_access::BotId;

use crate::console::bot::{Tab, open};
use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::service;
use crate::service::channel::{ChannelKind, ChannelView, ChannelsView};
use crate::service::messenger::MessengerChannelView;
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/bots/{bot}/channels", get(show_channels))
}

#[derive(Template)]
#[template(path = "channels.html")]
struct ChannelsPage {
    shell: Shell,
    tab: Tab,
    channels: ChannelsView,
}

impl ChannelsPage {
    fn address(&self, kind: ChannelKind) -> &str {
        self.channels.of(kind).map_or("", |channel| channel.address.as_str())
    }

    /// The pages at which it answers in Messenger.
    fn pages(&self) -> impl Iterator<Item = (&ChannelView, &MessengerChannelView)> {
        self.channels.items.iter().filter_map(|channel| Some((channel, channel.page.as_ref()?)))
    }

    /// Whether there are none.
    fn without_pages(&self) -> bool {
        self.pages().next().is_none()
    }

    /// What to put into a page.
    fn snippet(&self) -> &str {
        self.channels.of(ChannelKind::Widget).and_then(|channel| channel.snippet.as_deref()).unwrap_or_default()
    }
}

async fn show_channels(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "channels").await?;
    let channels = service::channel::list_channels(&app, inside.caller, BotId(tab.bot.id)).await?;
    let page = ChannelsPage { shell: inside.shell.within("bots", "Bot Publication"), tab, channels };
    render(&page.shell, &page)
}
