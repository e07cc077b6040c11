//! Which bots a person is enabled to work on, partners' bots included, seen from the person (P-7).

use rolecall_access::{BotId, OrganizationId, Scope, UserId};
use rolecall_store::resource::{Bot, List, NewTeamEntry, Partners};
use rolecall_store::{Access, Caller, Change, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::problem::{FieldError, Problem};
use crate::service::{ListView, Result, Written, may};
use crate::state::App;

/// A bot, and whether the person is on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EnabledView {
    /// The bot.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// The partner organization whose it is; null: the organization's own.
    pub organization: Option<String>,
    /// Whether the person is on it.
    pub enabled: bool,
    /// Whether they own it.
    pub owner: bool,
    /// What the caller may do: `create` (enable), `delete` (take off), `update` (detailed permissions).
    pub can: Vec<String>,
}

/// The bots the person is to be on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnabledBody {
    /// All of them, of those that the list shows to the caller.
    pub bot_ids: Vec<Uuid>,
}

impl Check for EnabledBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

async fn view(access: &mut Access, (organization, user): (OrganizationId, UserId)) -> Result<Vec<EnabledView>> {
    access.visible_member((organization, user)).await?;
    let mut list = List { limit: 200, cursor: None, q: None, sort: None };
    let mut bots: Vec<Bot> = Vec::new();
    loop {
        let page = access.list_bots(organization, &list).await?;
        bots.extend(page.items);
        list.cursor = page.next_cursor;
        if list.cursor.is_none() {
            break;
        }
    }
    let own = crate::service::person(access) == Some(user);
    let one = |bot: Bot| {
        let scope = Scope::Bot(bot.id);
        let has = |action| may(access, "Team", action, scope, None);
        let facts = access.directory().bot(bot.id)?;
        let can = ["create", "update", "delete"].into_iter().filter(|action| has(action) || has("update"));
        (own || has("read")).then(|| EnabledView {
            id: bot.id.0,
            name: bot.name,
            slug: bot.slug,
            organization: None,
            enabled: access.directory().entry(bot.id, user).is_some(),
            owner: facts.owner == Some(user),
            can: can.map(ToOwned::to_owned).collect(),
        })
    };
    let mut all: Vec<EnabledView> = bots.into_iter().filter_map(one).collect();
    // Partners' bots: by the word of whoever may see partners here.
    if let Ok(within) = access.require::<In<Partners>, Read>(organization).await {
        let enables = may(access, "Partner", "update", Scope::Organization(organization), None);
        let can = ["create", "delete"].into_iter().filter(|_| enables).map(ToOwned::to_owned);
        all.extend(access.list_partner_bots(&within).await?.into_iter().map(|offer| EnabledView {
            id: offer.bot.0,
            name: offer.name,
            slug: offer.slug,
            organization: Some(offer.organization_name),
            enabled: offer.people.iter().any(|(on, _)| *on == user),
            owner: false,
            can: can.clone().collect(),
        }));
    }
    Ok(all)
}

/// Puts one of the organization's people on a partner's bot, or takes them off.
async fn set_on_partner_bot(
    change: &mut Change,
    (organization, user): (OrganizationId, UserId),
    bot: BotId,
    on: bool,
) -> Result<()> {
    let within = change.require::<In<Partners>, Read>(organization).await?;
    let offers = change.list_partner_bots(&within).await?;
    let offer = offers.into_iter().find(|offer| offer.bot == bot).ok_or_else(Problem::not_found)?;
    let of = change.require::<Partners, Update>((organization, offer.partnership)).await?;
    let others = offer.people.into_iter().map(|(id, _)| id).filter(|id| *id != user);
    let people: Vec<UserId> = others.chain(on.then_some(user)).collect();
    change.enable_on_partner_bot(&of, bot, &people).await?;
    Ok(())
}

/// The bots whose teams the caller may see, and on which the person is.
pub async fn list_enabled(app: &App, caller: Caller, id: (OrganizationId, UserId)) -> Result<ListView<EnabledView>> {
    let mut access = app.store.access(caller).await?;
    Ok(ListView { items: view(&mut access, id).await?, next_cursor: None })
}

/// Sets on which of them the person is: all at once or not at all. Each bot's own right is needed for what changes.
pub async fn set_enabled(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    input: Input<EnabledBody>,
) -> Result<Written<ListView<EnabledView>>> {
    let mut change = app.store.change(caller).await?;
    let before = view(&mut change, id).await?;
    let wanted = input.get()?.bot_ids;
    if let Some(unknown) = wanted.iter().find(|bot| !before.iter().any(|known| known.id == **bot)) {
        let message = format!("`{unknown}` is no bot whose team you can see.");
        return Err(Problem::invalid(vec![FieldError::new("bot_ids", "not_found", message)]));
    }
    for bot in &before {
        let on = wanted.contains(&bot.id);
        if on == bot.enabled {
            continue;
        }
        if bot.organization.is_some() {
            set_on_partner_bot(&mut change, id, BotId(bot.id), on).await?;
            continue;
        }
        let authority = change.require_team(BotId(bot.id)).await?;
        if on {
            change.set_team_entry(&authority, id.1, None, NewTeamEntry::default()).await?;
        } else {
            change.remove_team_entry(&authority, id.1, None).await?;
        }
    }
    let items = before.into_iter().map(|bot| EnabledView { enabled: wanted.contains(&bot.id), ..bot }).collect();
    Ok(Written { value: ListView { items, next_cursor: None }, revision: change.commit().await? })
}
