//! Which bots a person is enabled to work on, seen from the person (P-7).

use rolecall_access::{BotId, OrganizationId, Scope, UserId};
use rolecall_store::resource::{Bot, List, NewTeamEntry};
use rolecall_store::{Access, Caller};
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
    /// All of them, of those that the caller may see the team of.
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
            enabled: facts.team.iter().any(|entry| entry.user == user),
            owner: facts.owner == Some(user),
            can: can.map(ToOwned::to_owned).collect(),
        })
    };
    Ok(bots.into_iter().filter_map(one).collect())
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
