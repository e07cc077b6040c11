//! Partner organizations: asking and agreeing, the bots offered to them, and one's own people on theirs (P-7).

use std::collections::BTreeSet;

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{BotId, OrganizationId, PartnershipId, Permission, Scope, UserId};
use rolecall_store::resource::{BotOffer, Partner, PartnerChange, PartnerState, Partners};
use rolecall_store::{Access, Caller, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, nullable};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::{ListView, Named, PermissionView, Result, Written, abilities, may};
use crate::state::App;
use crate::time::Time;

/// Another organization, as this one sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnerView {
    /// The agreement's id.
    pub id: Uuid,
    /// The other's name; before it agreed to a question of this one's, the address as it was asked.
    pub name: String,
    /// The other's name in links, or the address as it was asked.
    pub slug: String,
    /// `asked` (by this organization), `invited` (by the other) or `active`.
    pub state: String,
    /// Whether this organization froze it.
    pub frozen: bool,
    /// Whether the other did.
    pub frozen_by_partner: bool,
    /// When this organization ends it.
    pub expires_at: Option<Time>,
    /// When the other does.
    pub partner_expires_at: Option<Time>,
    /// When it was asked.
    pub created_at: Time,
    /// When both had agreed.
    pub accepted_at: Option<Time>,
    /// The organization's own bots that are offered to it, of those the caller may see.
    pub offers: Vec<OfferView>,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do: `update`, `delete`, and `create` (agree) where the other asked.
    pub can: Vec<String>,
}

/// A bot offered to a partner.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfferView {
    /// The bot.
    pub bot: Named,
    /// Its name in links.
    pub slug: String,
    /// The most that the partner's people can be given there.
    pub permissions: Vec<PermissionView>,
    /// When the offer ends.
    pub expires_at: Option<Time>,
    /// How many of the partner's people are on it.
    pub count: usize,
    /// Who, for whoever may see the bot's team.
    pub people: Vec<Named>,
    /// Whether the caller may change the offer.
    pub can: Vec<String>,
}

/// A partner's bot that is offered to the organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartnerBotView {
    /// The bot.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// The agreement.
    pub partner_id: Uuid,
    /// The name of the organization whose bot it is.
    pub organization: String,
    /// Its name in links.
    pub organization_slug: String,
    /// The most that one's own people can be given there.
    pub permissions: Vec<PermissionView>,
    /// When the offer ends.
    pub expires_at: Option<Time>,
    /// How many of one's own people are on it.
    pub count: usize,
    /// Who, for whoever may see the organization's users.
    pub people: Vec<Named>,
    /// What the caller may do: `update` (enable people and take them off).
    pub can: Vec<String>,
}

/// Whom to ask.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    /// The other organization's name in links, as its people tell it.
    pub slug: String,
}

/// This side's word on an agreement; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerBody {
    /// Whether nobody of either side works on the other's bots for now.
    #[serde(default)]
    pub frozen: Option<bool>,
    /// When it ends; null: not by itself.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Option<Time>>,
}

/// How a bot is offered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    /// The most that the partner's people can be given there; seeing the bot needs no naming.
    pub permissions: Vec<PermissionView>,
    /// When the offer ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// Who of one's own is to be on a partner's bot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerPeopleBody {
    /// All of them.
    pub user_ids: Vec<Uuid>,
}

impl Check for AskBody {
    fn check(&mut self) -> Vec<FieldError> {
        self.slug = self.slug.trim().trim_start_matches('/').to_lowercase();
        let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if self.slug.is_empty() || self.slug.len() > 100 || !self.slug.chars().all(letters) {
            let message =
                "Write the partner's short name: what stands behind the first / in the addresses of its pages.";
            return vec![FieldError::new("slug", "invalid", message)];
        }
        Vec::new()
    }
}

impl Check for PartnerBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for PartnerPeopleBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for OfferBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (index, one) in self.permissions.iter().enumerate() {
            let known = Permission::new(&one.model, &one.action);
            if !known.is_ok_and(|one| catalogue::means_something(&one) && catalogue::level(&one) == Some(Level::Bot)) {
                let message = format!("`{}: {}` is no permission on a bot.", one.model, one.action);
                errors.push(FieldError::new(format!("permissions.{index}"), "not_found", message));
            }
        }
        errors
    }
}

const fn state(state: PartnerState) -> &'static str {
    match state {
        PartnerState::Asked => "asked",
        PartnerState::Invited => "invited",
        PartnerState::Active => "active",
    }
}

fn people(offer: &BotOffer, shown: bool) -> Vec<Named> {
    let named = |(id, name): &(UserId, String)| Named { id: id.0, name: name.clone() };
    offer.people.iter().filter(|_| shown).map(named).collect()
}

fn offer_view(access: &Access, offer: BotOffer) -> OfferView {
    let scope = Scope::Bot(offer.bot);
    let teams = may(access, "Team", "update", scope, None) || may(access, "Team", "create", scope, None);
    let partners = may(access, "Partner", "update", Scope::Organization(offer.organization), None);
    let abilities = [("update", partners && teams), ("delete", partners)];
    OfferView {
        people: people(&offer, may(access, "Team", "read", scope, None)),
        count: offer.people.len(),
        bot: Named { id: offer.bot.0, name: offer.name },
        slug: offer.slug,
        permissions: offer.cap.iter().map(PermissionView::of).collect(),
        expires_at: offer.expires_at.map(Time),
        can: abilities.into_iter().filter(|(_, can)| *can).map(|(ability, _)| ability.to_owned()).collect(),
    }
}

fn partner_bot_view(access: &Access, organization: OrganizationId, offer: BotOffer) -> PartnerBotView {
    let here = Scope::Organization(organization);
    PartnerBotView {
        people: people(&offer, may(access, "User", "read", here, None)),
        count: offer.people.len(),
        id: offer.bot.0,
        name: offer.name,
        slug: offer.slug,
        partner_id: offer.partnership.0,
        organization: offer.organization_name,
        organization_slug: offer.organization_slug,
        permissions: offer.cap.iter().map(PermissionView::of).collect(),
        expires_at: offer.expires_at.map(Time),
        can: abilities(access, "Partner", &["update"], here, None),
    }
}

fn view(access: &Access, partner: Partner, offers: &[BotOffer]) -> PartnerView {
    let scope = Scope::Organization(partner.organization);
    let abilities = [
        ("create", partner.state == PartnerState::Invited && may(access, "Partner", "create", scope, None)),
        ("update", partner.state == PartnerState::Active && may(access, "Partner", "update", scope, None)),
        ("delete", may(access, "Partner", "delete", scope, None)),
    ];
    let own = offers.iter().filter(|offer| offer.partnership == partner.id).cloned();
    PartnerView {
        id: partner.id.0,
        name: partner.name,
        slug: partner.slug,
        state: state(partner.state).to_owned(),
        frozen: partner.frozen,
        frozen_by_partner: partner.frozen_by_partner,
        expires_at: partner.expires_at.map(Time),
        partner_expires_at: partner.partner_expires_at.map(Time),
        created_at: partner.created_at.into(),
        accepted_at: partner.accepted_at.map(Time),
        offers: own.map(|offer| offer_view(access, offer)).collect(),
        version: partner.version,
        can: abilities.into_iter().filter(|(_, can)| *can).map(|(ability, _)| ability.to_owned()).collect(),
    }
}

async fn view_one(access: &mut Access, partner: Partner) -> Result<PartnerView> {
    let offers = match access.require::<In<Partners>, Read>(partner.organization).await {
        Ok(within) => access.list_offers(&within).await?,
        Err(_) => Vec::new(),
    };
    Ok(view(access, partner, &offers))
}

/// The organization's partners and the questions between them.
pub async fn list_partners(app: &App, caller: Caller, id: OrganizationId) -> Result<ListView<PartnerView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Partners>, Read>(id).await?;
    let partners = access.list_partners(&within).await?;
    let offers = access.list_offers(&within).await?;
    let items = partners.into_iter().map(|partner| view(&access, partner, &offers)).collect();
    Ok(ListView { items, next_cursor: None })
}

/// One of them.
pub async fn find_partner(app: &App, caller: Caller, id: (OrganizationId, PartnershipId)) -> Result<PartnerView> {
    let mut access = app.store.access(caller).await?;
    let partner = access.require::<Partners, Read>(id).await?.into_record();
    view_one(&mut access, partner).await
}

/// Asks another organization. The answer does not tell whether it is there.
pub async fn ask_partner(
    app: &App,
    caller: Caller,
    id: OrganizationId,
    input: Input<AskBody>,
) -> Result<Written<PartnerView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Partners>, Create>(id).await?;
    let partner = change.ask_partner(&within, &input.get()?.slug).await?;
    let value = view_one(&mut change, partner).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Agrees to what another asked.
pub async fn accept_partner(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, PartnershipId),
) -> Result<Written<PartnerView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Partners>, Create>(organization).await?;
    let partner = change.accept_partner(&within, id).await?;
    let value = view_one(&mut change, partner).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Freezes it, lets it go on, or sets when it ends.
pub async fn update_partner(
    app: &App,
    caller: Caller,
    id: (OrganizationId, PartnershipId),
    version: Precondition,
    input: Input<PartnerBody>,
) -> Result<Written<PartnerView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Partners, Update>(id).await?;
    let input = input.get()?;
    let new = PartnerChange { frozen: input.frozen, expires_at: input.expires_at.map(|end| end.map(|end| end.0)) };
    let set = change.update_partner(&of, version.optional(), new).await;
    let partner = set.map_err(|error| Problem::stale(error, || view(&change, of.into_record(), &[])))?;
    let value = view_one(&mut change, partner).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Whether the caller may end it, decline it or take it back.
pub async fn may_end_partner(app: &App, caller: Caller, id: (OrganizationId, PartnershipId)) -> Result<()> {
    app.store.access(caller).await?.require::<Partners, Delete>(id).await?;
    Ok(())
}

/// The names of the organization's own people who could be put on the partner's bots.
pub async fn list_own_candidates(app: &App, caller: Caller, id: (OrganizationId, PartnershipId)) -> Result<Vec<Named>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Partners, Update>(id).await?;
    let names = access.partner_candidates(&of).await?;
    Ok(names.into_iter().map(|(id, name)| Named { id: id.0, name }).collect())
}

/// Ends it at once, on both sides; or declines, or takes a question back.
pub async fn end_partner(app: &App, caller: Caller, id: (OrganizationId, PartnershipId)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Partners, Delete>(id).await?;
    change.end_partner(&of).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Offers a bot, or changes what the partner's people can be given there at most.
pub async fn offer_bot(
    app: &App,
    caller: Caller,
    (organization, partner, bot): (OrganizationId, PartnershipId, BotId),
    input: Input<OfferBody>,
) -> Result<Written<OfferView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Partners, Update>((organization, partner)).await?;
    let team = change.require_team(bot).await?;
    let input = input.get()?;
    let permission = |one: PermissionView| Permission::new(&one.model, &one.action);
    let cap: std::result::Result<BTreeSet<Permission>, _> = input.permissions.into_iter().map(permission).collect();
    let cap = cap.map_err(|error| Problem::internal(&error))?;
    let offer = change.offer_bot(&of, &team, &cap, input.expires_at.map(|end| end.0)).await?;
    let value = offer_view(&change, offer);
    Ok(Written { value, revision: change.commit().await? })
}

/// Takes an offer back; whoever was on the bot through it is off.
pub async fn withdraw_offer(
    app: &App,
    caller: Caller,
    (organization, partner, bot): (OrganizationId, PartnershipId, BotId),
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Partners, Update>((organization, partner)).await?;
    change.withdraw_offer(&of, bot).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Partners' bots that are offered to the organization.
pub async fn list_partner_bots(app: &App, caller: Caller, id: OrganizationId) -> Result<ListView<PartnerBotView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Partners>, Read>(id).await?;
    let offers = access.list_partner_bots(&within).await?;
    let items = offers.into_iter().map(|offer| partner_bot_view(&access, id, offer)).collect();
    Ok(ListView { items, next_cursor: None })
}

/// Sets which of the organization's people are on a partner's bot. More than seeing it is the bot's side to give.
pub async fn enable_on_partner_bot(
    app: &App,
    caller: Caller,
    (organization, partner, bot): (OrganizationId, PartnershipId, BotId),
    input: Input<PartnerPeopleBody>,
) -> Result<Written<PartnerBotView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Partners, Update>((organization, partner)).await?;
    let users: BTreeSet<UserId> = input.get()?.user_ids.into_iter().map(UserId).collect();
    let users: Vec<UserId> = users.into_iter().collect();
    let offer = change.enable_on_partner_bot(&of, bot, &users).await?;
    let value = partner_bot_view(&change, organization, offer);
    Ok(Written { value, revision: change.commit().await? })
}
