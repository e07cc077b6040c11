//! Bots, their publication and public card.

use rolecall_access::{BotId, OrganizationId};
use rolecall_store::Caller;
use rolecall_store::resource::List;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::{ListView, Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BotView {
    /// Its id.
    pub id: Uuid,
    /// Its organization.
    pub organization_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// Its owner, where there is one.
    pub owner: Option<Named>,
    /// Whether a version is live.
    pub published: bool,
    /// The live version.
    pub published_version: Option<i64>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: actions of `Bot`, and of the bot's areas as `Publication:create` and so on.
    pub can: Vec<String>,
}

/// A bot to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBotBody {
    /// Its name, unique in the organization.
    pub name: String,
}

/// A change of a bot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotChangeBody {
    /// A new name.
    pub name: String,
}

/// A bot's publication.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicationView {
    /// Whether a version is live.
    pub published: bool,
    /// Which one.
    pub version: Option<i64>,
    /// Since when.
    pub published_at: Option<Time>,
}

/// A published bot, as anybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicCardView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The live version.
    pub version: i64,
}

/// The organization's bots that the caller may read.
pub async fn list_bots(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _list: Result<List>,
) -> Result<ListView<BotView>> {
    todo!()
}

/// Makes a bot.
pub async fn create_bot(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _input: Input<NewBotBody>,
) -> Result<Written<BotView>> {
    todo!()
}

/// One bot.
pub async fn find_bot(_app: &App, _caller: Caller, _id: BotId) -> Result<BotView> {
    todo!()
}

/// One bot by its name in links.
pub async fn find_bot_by_slug(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _slug: &str,
) -> Result<BotView> {
    todo!()
}

/// Renames it.
pub async fn update_bot(
    _app: &App,
    _caller: Caller,
    _id: BotId,
    _version: Precondition,
    _input: Input<BotChangeBody>,
) -> Result<Written<BotView>> {
    todo!()
}

/// Deletes it.
pub async fn delete_bot(_app: &App, _caller: Caller, _id: BotId, _version: Precondition) -> Result<Written<()>> {
    todo!()
}

/// Makes it live.
pub async fn publish_bot(_app: &App, _caller: Caller, _id: BotId) -> Result<Written<PublicationView>> {
    todo!()
}

/// Takes it off the air.
pub async fn unpublish_bot(_app: &App, _caller: Caller, _id: BotId) -> Result<Written<PublicationView>> {
    todo!()
}

/// What anybody may see of a published bot (W-7): as far as the role `public` has `Publication: read`.
pub async fn find_public_card(_app: &App, _id: BotId) -> Result<PublicCardView> {
    todo!()
}
