//! Bots.

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{BotId, OrganizationId, Scope};
use rolecall_store::resource::{Bot, BotOwners, Bots, List, NewBot};
use rolecall_store::{Access, Caller, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::fresh;
use crate::input::{Check, Input, check_name};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::starter::{self, StarterName};
use crate::service::{ListView, Named, Result, Written, may};
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
    /// What it is made with, as an example to go on from: `faq` answers questions from entries, `lead` asks for name,
    /// e-mail address and need, `support` helps first and then hands over to a person; left out: nothing.
    #[serde(default)]
    #[schema(value_type = Option<StarterName>)]
    pub starter: Option<String>,
}

/// A change of a bot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotChangeBody {
    /// A new name.
    pub name: String,
}

/// Another owner.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotOwnerBody {
    /// Who: an active member of the bot's organization.
    pub user_id: Uuid,
}

impl Check for BotOwnerBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for NewBotBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        if self.starter.as_deref().is_some_and(|name| StarterName::of(name).is_none()) {
            let names = StarterName::ALL.map(|one| format!("`{}`", one.as_str())).join(", ");
            errors.push(FieldError::new("starter", "unknown", format!("Choose one of {names}, or none.")));
        }
        errors
    }
}

impl Check for BotChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        errors
    }
}

/// What the caller may do on the bot, beside the actions of `Bot` itself: every area's.
fn can(access: &Access, bot: &Bot) -> Vec<String> {
    let owner = bot.owner.or(bot.created_by);
    let on_bot = catalogue::MODELS.iter().filter(|model| model.level == Level::Bot);
    let all = on_bot.flat_map(|model| model.actions.iter().map(|action| (model.key, *action)));
    all.filter(|(model, action)| may(access, model, action, Scope::Bot(bot.id), owner))
        .map(|(model, action)| if model == "Bot" { action.to_owned() } else { format!("{model}:{action}") })
        .collect()
}

fn view(access: &Access, bot: &Bot) -> BotView {
    BotView {
        id: bot.id.0,
        organization_id: bot.organization.0,
        name: bot.name.clone(),
        slug: bot.slug.clone(),
        owner: bot.owner.zip(bot.owner_name.clone()).map(|(id, name)| Named { id: id.0, name }),
        published: bot.published_version.is_some(),
        published_version: bot.published_version,
        created_at: bot.created_at.into(),
        updated_at: bot.updated_at.into(),
        version: bot.version,
        can: can(access, bot),
    }
}

/// The organization's bots that the caller may read.
pub async fn list_bots(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<BotView>> {
    let mut access = app.store.access(caller).await?;
    access.member_organization(organization).await?;
    let page = access.list_bots(organization, &list?).await?;
    Ok(ListView::of(page, |bot| view(&access, &bot)))
}

/// Makes a bot, with its starter all of it or nothing. The starter belongs to the making: it needs no right of its own,
/// and gives none.
pub async fn create_bot(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewBotBody>,
) -> Result<Written<BotView>> {
    may_create_bot(app, caller.clone(), organization).await?;
    let NewBotBody { name, starter } = input.get()?;
    let starter = match starter.as_deref().and_then(StarterName::of) {
        Some(name) => Some(starter::prepare(app, name).await?),
        None => None,
    };
    // Access may have ended while it learned.
    let mut change = app.store.change(caller.clone()).await?;
    let within = change.require::<In<Bots>, Create>(organization).await?;
    let new = NewBot { name };
    let bot = match starter {
        Some(starter) => change.create_bot_from(&within, &new, &starter).await?,
        None => change.create_bot(&within, new).await?,
    };
    let revision = change.commit().await?;
    // Read anew: what its maker may do with it follows from facts that are only now true.
    Ok(Written { value: find_bot(app, caller, bot.id).await?, revision })
}

/// Whether the caller may make a bot: for the page that asks its name.
pub async fn may_create_bot(app: &App, caller: Caller, organization: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Bots>, Create>(organization).await?;
    Ok(())
}

/// Whether the caller may delete the bot: for the page that asks for confirmation.
pub async fn may_delete_bot(app: &App, caller: Caller, id: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<Bots, Delete>(id).await?;
    Ok(())
}

/// One bot.
pub async fn find_bot(app: &App, caller: Caller, id: BotId) -> Result<BotView> {
    let mut access = app.store.access(caller).await?;
    let bot = access.require::<Bots, Read>(id).await?;
    Ok(view(&access, &bot))
}

/// One bot by its name in links.
pub async fn find_bot_by_slug(app: &App, caller: Caller, organization: OrganizationId, slug: &str) -> Result<BotView> {
    let mut access = app.store.access(caller).await?;
    let bot = access.find_bot_by_slug(organization, slug).await?;
    Ok(view(&access, &bot))
}

/// Renames it.
pub async fn update_bot(
    app: &App,
    caller: Caller,
    id: BotId,
    version: Precondition,
    input: Input<BotChangeBody>,
) -> Result<Written<BotView>> {
    let mut change = app.store.change(caller).await?;
    let bot = change.require::<Bots, Update>(id).await?;
    let version = version.required()?;
    let after = change.rename_bot(&bot, version, &input.get()?.name).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, &bot)))?;
    let value = view(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes it.
pub async fn delete_bot(app: &App, caller: Caller, id: BotId, version: Precondition) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let bot = change.require::<Bots, Delete>(id).await?;
    let version = version.required()?;
    let deleted = change.delete_bot(&bot, version).await;
    deleted.map_err(|error| Problem::stale(error, || view(&change, &bot)))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Names another owner.
pub async fn set_bot_owner(app: &App, caller: Caller, id: BotId, input: Input<BotOwnerBody>) -> Result<Written<()>> {
    let mut change = app.store.change(caller.clone()).await?;
    let bot = change.require::<BotOwners, Update>(id).await?;
    fresh::require(&caller)?;
    change.set_bot_owner(&bot, input.get()?.user_id.into()).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}
