//! What is said and answered about pages at bots.

use rolecall_access::{BotId, Scope};
use rolecall_store::Access;
use rolecall_store::resource::MessengerChannel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::graph;
use crate::input::Check;
use crate::problem::FieldError;
use crate::service::{Named, abilities};
use crate::time::Time;

/// A page of Facebook at which the bot answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessengerChannelView {
    /// Its id here.
    pub id: Uuid,
    /// The page's id at Facebook.
    pub page_id: String,
    /// Its name there.
    pub page_name: String,
    /// Who connected it; null: they are gone.
    pub connected_by: Option<Named>,
    /// `working`, `paused`, or `reconnect`: it works no more until somebody connects the page again.
    pub state: &'static str,
    /// Since when it is paused or works no more.
    pub since: Option<Time>,
    /// Why it works no more: `disconnected` (the account that it was connected by), `token` (Facebook takes it no more) or
    /// `permission` (one is missing at Facebook).
    pub because: Option<&'static str>,
    /// When it was connected.
    pub created_at: Time,
    /// What the caller may do with it: `update`, `delete`.
    pub can: Vec<String>,
}

/// A page that could be connected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessengerPageView {
    /// Its id at Facebook.
    pub id: String,
    /// Its name there.
    pub name: String,
}

/// A page to be connected.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessengerPageBody {
    /// The connected account, one's own, that manages it.
    pub account_id: Uuid,
    /// The page's id at Facebook.
    pub page_id: String,
}

/// What of a page changes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessengerChannelBody {
    /// Whether the bot is silent there; what is written meanwhile is not answered later.
    pub paused: bool,
}

impl Check for MessengerPageBody {
    fn check(&mut self) -> Vec<FieldError> {
        let bad = || FieldError::new("page_id", "invalid", "Give the page's id as it is listed.");
        if graph::is_id(&self.page_id) { Vec::new() } else { vec![bad()] }
    }
}

impl Check for MessengerChannelBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// The page as the caller sees it.
pub fn view(access: &Access, bot: BotId, channel: MessengerChannel) -> MessengerChannelView {
    let owner = channel.connected_by.as_ref().map(|(user, _)| *user);
    let because = match (&channel.token, channel.fault.as_str()) {
        (None, _) => Some("disconnected"),
        (_, "permission") => Some("permission"),
        (_, "") => None,
        _ => Some("token"),
    };
    let (state, since) = match (because, channel.paused_at) {
        (Some(_), _) => ("reconnect", channel.fault_at),
        (None, Some(paused)) => ("paused", Some(paused)),
        (None, None) => ("working", None),
    };
    MessengerChannelView {
        id: channel.id,
        page_id: channel.page,
        page_name: channel.page_name,
        connected_by: channel.connected_by.map(|(user, name)| Named { id: user.0, name }),
        state,
        since: since.map(Time),
        because,
        created_at: channel.created_at.into(),
        can: abilities(access, "Channel", &["update", "delete"], Scope::Bot(bot), owner),
    }
}
