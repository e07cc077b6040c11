//! Removing and suspending people: what hangs on them, who takes it over, and undoing it.

use rolecall_access::facts::MemberStatus;
use rolecall_access::{BotId, OrganizationId, Scope, UserId};
use rolecall_store::resource::{ApiKey, BotOwners, Departure, Invitations, Leaving, Member, Members};
use rolecall_store::{Access, Caller, Change, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::fresh;
use crate::input::{Check, Input};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, Result, Written, abilities, key, may, person};
use crate::state::App;
use crate::time::Time;

/// A bot that somebody owns.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnedBotView {
    /// Which.
    pub bot: Named,
    /// Who could own it after them, those on it first; at most 200.
    pub successors: Vec<Named>,
}

/// What hangs on a person in an organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeavingView {
    /// Bots they own: each needs a successor where bots have owners.
    pub bots: Vec<OwnedBotView>,
    /// Bots that they are on.
    pub teams: Vec<String>,
    /// Partners' bots that they are on.
    pub partner_bots: Vec<String>,
    /// The addresses of their invitations that wait: taken over, or ended.
    pub invitations: Vec<String>,
    /// Keys of bots that act on their behalf, as far as the caller sees them: taken over, or dead with a removal.
    pub keys: Vec<LeavingKeyView>,
    /// Their open requests for access: they end.
    pub requests: i64,
    /// How many grants of others they gave: those stay.
    pub grants_given: i64,
}

/// A key of a bot that acts on somebody's behalf.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeavingKeyView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Of which bot.
    pub bot: Named,
}

/// A successor for a bot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuccessorBody {
    /// The bot.
    pub bot_id: Uuid,
    /// Who owns it from now on.
    pub user_id: Uuid,
}

/// Removing or suspending somebody, with what hangs on them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeavingBody {
    /// `remove` or `suspend`.
    pub action: String,
    /// Who takes over the bots that they own.
    #[serde(default)]
    pub successors: Vec<SuccessorBody>,
    /// Whether the caller takes over their open invitations; else they end.
    #[serde(default)]
    pub take_invitations: bool,
    /// Whether the caller takes over the keys that act on their behalf, as far as they may change them; what the caller
    /// may not do goes from their scope. Others die with a removal.
    #[serde(default)]
    pub take_keys: bool,
}

/// A removal that can be undone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartureView {
    /// Its id.
    pub id: Uuid,
    /// Who was removed.
    pub user: Named,
    /// Their e-mail.
    pub email: String,
    /// Who removed them.
    pub removed_by: Option<String>,
    /// When.
    pub created_at: Time,
    /// What the caller may do: `create` (undo it).
    pub can: Vec<String>,
}

/// What came of undoing a removal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RestoredView {
    /// Who is a member again.
    pub user: Named,
    /// What the caller could not give back: names of roles, permissions and bots.
    pub left_out: Vec<String>,
}

impl Check for LeavingBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !["remove", "suspend"].contains(&self.action.as_str()) {
            errors.push(FieldError::new("action", "invalid", "`action` is `remove` or `suspend`."));
        }
        for (index, one) in self.successors.iter().enumerate() {
            if self.successors.iter().take(index).any(|other| other.bot_id == one.bot_id) {
                errors.push(FieldError::new(format!("successors.{index}"), "duplicate", "Name each bot only once."));
            }
        }
        errors
    }
}

fn named(all: Vec<(UserId, String)>) -> Vec<Named> {
    all.into_iter().map(|(id, name)| Named { id: id.0, name }).collect()
}

fn view(leaving: Leaving) -> LeavingView {
    let bots = leaving.bots.into_iter().map(|owned| OwnedBotView {
        bot: Named { id: owned.bot.0, name: owned.name },
        successors: named(owned.successors),
    });
    LeavingView {
        bots: bots.collect(),
        teams: leaving.teams,
        partner_bots: leaving.partner_bots,
        invitations: leaving.invitations,
        keys: leaving
            .keys
            .into_iter()
            .filter_map(|(key, bot)| {
                let bot = Named { id: key.bot?.0, name: bot };
                Some(LeavingKeyView { id: key.id.0, name: key.name, bot })
            })
            .collect(),
        requests: leaving.requests,
        grants_given: leaving.given,
    }
}

/// Somebody whom the caller may remove or suspend, or themselves.
async fn leaver(access: &mut Access, id: (OrganizationId, UserId)) -> Result<Member> {
    if person(access) == Some(id.1) {
        return Ok(access.visible_member(id).await?);
    }
    match access.require::<Members, Delete>(id).await {
        Ok(member) => Ok(member.into_record()),
        Err(denied) => match access.require::<Members, Update>(id).await {
            Ok(member) => Ok(member.into_record()),
            Err(_) => Err(denied.into()),
        },
    }
}

/// What hangs on them, for whoever may see them; their invitations for whoever may see those.
pub async fn find_leaving(app: &App, caller: Caller, id: (OrganizationId, UserId)) -> Result<LeavingView> {
    let mut access = app.store.access(caller).await?;
    let member = access.visible_member(id).await?;
    let mut leaving = access.leaving(&member).await?;
    let own = person(&access) == Some(id.1);
    if !own && !may(&access, "Invitation", "read", Scope::Organization(id.0), None) {
        leaving.invitations.clear();
    }
    if !own {
        let sees =
            |key: &ApiKey| key.bot.is_some_and(|bot| may(&access, "ApiKey", "read", Scope::Bot(bot), Some(id.1)));
        leaving.keys.retain(|(key, _)| sees(key));
    }
    Ok(view(leaving))
}

/// Removes or suspends them and hands over what hangs on them, all in one step.
pub async fn leave(
    app: &App,
    caller: Caller,
    id: (OrganizationId, UserId),
    version: Precondition,
    input: Input<LeavingBody>,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller.clone()).await?;
    let member = leaver(&mut change, id).await?;
    let version = version.required()?;
    let body = input.get()?;
    if !body.successors.is_empty() {
        fresh::require(&caller)?;
    }
    let own = person(&change) == Some(id.1);
    if own && body.action == "suspend" {
        return Err(Problem::new(Kind::WrongState, "Nobody deactivates themselves. Leave instead."));
    }
    for one in &body.successors {
        hand_over(&mut change, id, one).await?;
    }
    if body.take_invitations {
        let within = change.require::<In<Invitations>, Create>(id.0).await?;
        change.take_invitations(&within, &member).await?;
    }
    if body.take_keys && !own {
        key::take_over(&mut change, &member).await?;
    }
    change.end_promises(&member).await?;
    let done = if own {
        change.leave_organization(id.0).await.map(|()| None)
    } else if body.action == "remove" {
        let member = change.require::<Members, Delete>(id).await?;
        change.remove_member(&member, version).await.map(|()| None)
    } else {
        let member = change.require::<Members, Update>(id).await?;
        change.set_member_status(&member, version, MemberStatus::Suspended).await.map(Some)
    };
    done?;
    Ok(Written { value: (), revision: change.commit().await? })
}

async fn hand_over(change: &mut Change, id: (OrganizationId, UserId), one: &SuccessorBody) -> Result<()> {
    let owned = change.directory().bot(BotId(one.bot_id));
    if owned.is_none_or(|bot| bot.organization != id.0 || bot.owner != Some(id.1)) {
        let message = "`bot_id` names no bot that they own.";
        return Err(Problem::invalid(vec![FieldError::new("successors", "not_found", message)]));
    }
    let bot = change.require::<BotOwners, Update>(BotId(one.bot_id)).await?;
    change.set_bot_owner(&bot, UserId(one.user_id)).await?;
    Ok(())
}

fn departure_view(access: &Access, departure: Departure) -> DepartureView {
    let scope = Scope::Organization(departure.organization);
    DepartureView {
        id: departure.id,
        user: Named { id: departure.user.0, name: departure.name },
        email: departure.email,
        removed_by: departure.removed_by,
        created_at: departure.created_at.into(),
        can: abilities(access, "User", &["create"], scope, None),
    }
}

/// Removals of the last 30 days that can be undone.
pub async fn list_departures(app: &App, caller: Caller, id: OrganizationId) -> Result<ListView<DepartureView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Members>, Read>(id).await?;
    let departures = access.list_departures(&within).await?;
    let items = departures.into_iter().map(|departure| departure_view(&access, departure)).collect();
    Ok(ListView { items, next_cursor: None })
}

/// Makes somebody a member again, with what they had and what the caller may give now.
pub async fn undo_departure(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
) -> Result<Written<RestoredView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Members>, Create>(organization).await?;
    let restored = change.undo_departure(&within, id).await?;
    let user = Named { id: restored.departure.user.0, name: restored.departure.name };
    let value = RestoredView { user, left_out: restored.left_out };
    Ok(Written { value, revision: change.commit().await? })
}
