//! Where a bot can be talked to (`Channel`).

use rolecall_access::BotId;
use rolecall_store::resource::Channels;
use rolecall_store::{Caller, Read};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Result;
use crate::service::messenger::{self, MessengerChannelView};
use crate::state::App;

/// Where a bot can be talked to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChannelsView {
    /// Whether it can be talked to now: a version of it is published.
    pub published: bool,
    /// Whether pages of Facebook can be connected: the operator has set it up.
    pub messenger: bool,
    /// The channels.
    pub items: Vec<ChannelView>,
    /// Always null: there are few.
    pub next_cursor: Option<String>,
}

/// A way to talk to a bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// Which one it is.
    pub kind: ChannelKind,
    /// Where.
    pub address: String,
    /// What to put into a page, for the widget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// The page, for Messenger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<MessengerChannelView>,
}

/// The ways to talk to a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A page of its own.
    Page,
    /// A window in a page of somebody else's.
    Widget,
    /// For programs.
    Api,
    /// A page of Facebook.
    Messenger,
}

impl ChannelsView {
    /// The channel of this kind.
    pub fn of(&self, kind: ChannelKind) -> Option<&ChannelView> {
        self.items.iter().find(|channel| channel.kind == kind)
    }
}

/// Where the bot can be talked to.
pub async fn list_channels(app: &App, caller: Caller, bot: BotId) -> Result<ChannelsView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Channels, Read>(bot).await?;
    let widget = app.config.link(&format!("/chat/{}/widget.js", bot.0));
    let channel = |kind, address| ChannelView { kind, address, snippet: None, page: None };
    let mut items = vec![
        channel(ChannelKind::Page, app.config.link(&format!("/chat/{}", bot.0))),
        ChannelView {
            snippet: Some(format!("<script src=\"{widget}\" async></script>")),
            ..channel(ChannelKind::Widget, widget)
        },
        channel(ChannelKind::Api, app.config.link(&format!("/chat/v1/{}", bot.0))),
    ];
    for page in messenger::list_of(&mut access, bot).await? {
        let address = format!("https://m.me/{}", page.page_id);
        items.push(ChannelView { page: Some(page), ..channel(ChannelKind::Messenger, address) });
    }
    let messenger = app.config.facebook().is_some();
    Ok(ChannelsView { published: of.published_version.is_some(), messenger, items, next_cursor: None })
}
