//! Bots, with their teams and whom they are offered to.

use std::collections::{BTreeSet, HashMap};

use rolecall_access::facts::{BotFacts, Offer, TeamEntry};
use rolecall_access::{BotId, Facts, OrganizationId, Permission, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::Result;
use crate::facts::{Grants, grants, narrowed, permission, provenance};
use crate::sql::Transaction;

/// A place on a bot's team.
#[derive(FromRow)]
pub(super) struct EntryRow {
    pub bot_id: Uuid,
    pub account_id: Uuid,
    pub organization_id: Uuid,
    pub given_by: Option<Uuid>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

/// A bot's id, its organization, its owner and whether a version is live.
pub(super) type BotRow = (Uuid, Uuid, Option<Uuid>, bool);

/// All bots.
pub(super) const BOTS: &str = "SELECT id, organization_id, owner_id, published_version IS NOT NULL FROM bot";

/// Single permissions on bots.
pub(super) const GIVEN_ON_BOTS: &str =
    "SELECT id, bot_id, account_id, model, action, given_by, created_at, expires_at FROM bot_permission";

/// A bot.
pub(super) async fn bot(transaction: &mut Transaction, id: Uuid) -> Result<Option<Facts>> {
    let row: Option<BotRow> = narrowed(BOTS, &[("id", Some(id))]).fetch_optional(&mut *transaction).await?;
    let Some(row) = row else { return Ok(None) };
    let only = [("bot_id", Some(id))];
    let entries =
        narrowed("SELECT bot_id, account_id, organization_id, given_by, created_at, expires_at FROM team_entry", &only);
    let mut entries: Vec<EntryRow> = entries.fetch_all(&mut *transaction).await?;
    entries.sort_unstable_by_key(|entry| entry.account_id);
    let roles = narrowed(
        "SELECT id, bot_id, account_id, role_id, given_by, created_at, expires_at FROM bot_role_assignment",
        &only,
    );
    let roles = roles.fetch_all(&mut *transaction).await?;
    let permissions = narrowed(GIVEN_ON_BOTS, &only).fetch_all(&mut *transaction).await?;
    let mut given = grants(roles, permissions)?;
    let team = entries.into_iter().map(|row| row.with(&mut given)).collect();
    let offers = offers(transaction, Some(id)).await?.remove(&id).unwrap_or_default();
    Ok(Some(bot_facts(row, team, offers)))
}

impl EntryRow {
    /// As an entry, with what the person is given there.
    pub fn with(self, given: &mut Grants) -> TeamEntry {
        let (roles, permissions) = given.remove(&(self.bot_id, self.account_id)).unwrap_or_default();
        TeamEntry {
            user: UserId(self.account_id),
            through: OrganizationId(self.organization_id),
            provenance: provenance(self.given_by, self.created_at, self.expires_at),
            roles,
            permissions,
        }
    }
}

/// A bot with all that belongs to it.
pub(super) fn bot_facts(
    (id, organization, owner, published): BotRow,
    team: Vec<TeamEntry>,
    offers: Vec<Offer>,
) -> Facts {
    Facts::Bot(BotFacts {
        id: BotId(id),
        organization: OrganizationId(organization),
        owner: owner.map(UserId),
        published,
        team,
        offers,
    })
}

/// The partners that bots are offered to, by bot.
pub(super) async fn offers(transaction: &mut Transaction, only: Option<Uuid>) -> Result<HashMap<Uuid, Vec<Offer>>> {
    let rows: Vec<(Uuid, Uuid, Uuid, Option<i64>)> = narrowed(
        "SELECT o.bot_id, o.partnership_id, CASE WHEN p.asker_id = b.organization_id THEN p.partner_id ELSE p.asker_id END, \
         o.expires_at FROM bot_offer o JOIN partnership p ON p.id = o.partnership_id JOIN bot b ON b.id = o.bot_id",
        &[("o.bot_id", only)],
    )
    .fetch_all(&mut *transaction)
    .await?;
    let permissions: Vec<(Uuid, Uuid, String, String)> =
        narrowed("SELECT bot_id, partnership_id, model, action FROM bot_offer_permission", &[("bot_id", only)])
            .fetch_all(transaction)
            .await?;
    let mut caps: HashMap<(Uuid, Uuid), BTreeSet<Permission>> = HashMap::new();
    for (bot, partnership, model, action) in permissions {
        caps.entry((bot, partnership)).or_default().insert(permission(&model, &action)?);
    }
    let mut offers: HashMap<Uuid, Vec<Offer>> = HashMap::new();
    for (bot, partnership, partner, expires_at) in rows {
        let cap = caps.remove(&(bot, partnership)).unwrap_or_default();
        let offer = Offer { partner: OrganizationId(partner), cap, expires_at: expires_at.map(Timestamp) };
        offers.entry(bot).or_default().push(offer);
    }
    // However they were found, in one order.
    offers.values_mut().for_each(|offers| offers.sort_unstable_by_key(|offer| offer.partner));
    Ok(offers)
}
