//! Reading agreements and offers.

use std::collections::HashMap;

use rolecall_access::{BotId, OrganizationId, PartnershipId, Permission, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{BotOffer, Partner, PartnerRow, Partners, of_organization};
use crate::access::Access;
use crate::authorize::{Authorized, In, Read, Update};
use crate::error::Result;
use crate::facts::permission;
use crate::sql::{Query, Transaction, query};

#[derive(FromRow)]
struct OfferRow {
    partnership_id: Uuid,
    bot_id: Uuid,
    name: String,
    slug: String,
    organization_id: Uuid,
    organization_name: String,
    organization_slug: String,
    expires_at: Option<i64>,
}

/// The offers of agreed partnerships with this organization.
fn offers_of(organization: OrganizationId) -> Query {
    let mut query = query(
        "SELECT f.partnership_id, f.bot_id, b.name, b.slug, b.organization_id, o.name AS organization_name, \
         o.slug AS organization_slug, f.expires_at FROM bot_offer f JOIN bot b ON b.id = f.bot_id \
         JOIN organization o ON o.id = b.organization_id JOIN partnership p ON p.id = f.partnership_id \
         WHERE o.deleted_at IS NULL AND p.accepted_at IS NOT NULL AND (p.asker_id = ",
    );
    query.push_bind(organization.0).push(" OR p.partner_id = ").push_bind(organization.0).push(")");
    query
}

async fn whole(transaction: &mut Transaction, organization: OrganizationId, mut rows: Query) -> Result<Vec<BotOffer>> {
    rows.push(" ORDER BY o.name_folded, b.name_folded, f.bot_id");
    let rows: Vec<OfferRow> = rows.fetch_all(&mut *transaction).await?;
    let named: Vec<(Uuid, Uuid, String, String)> = query(
        "SELECT f.partnership_id, f.bot_id, f.model, f.action FROM bot_offer_permission f \
         JOIN partnership p ON p.id = f.partnership_id WHERE p.asker_id = $1 OR p.partner_id = $1 ORDER BY f.model, f.action",
    )
    .bind(organization.0)
    .fetch_all(&mut *transaction)
    .await?;
    let mut caps: HashMap<(Uuid, Uuid), Vec<Permission>> = HashMap::new();
    for (partnership, bot, model, action) in named {
        caps.entry((partnership, bot)).or_default().push(permission(&model, &action)?);
    }
    let on: Vec<(Uuid, Uuid, Uuid, String)> = query(
        "SELECT f.partnership_id, f.bot_id, a.id, a.name FROM bot_offer f JOIN partnership p ON p.id = f.partnership_id \
         JOIN bot b ON b.id = f.bot_id JOIN team_entry t ON t.bot_id = f.bot_id AND t.organization_id <> b.organization_id \
         AND t.organization_id IN (p.asker_id, p.partner_id) JOIN account a ON a.id = t.account_id \
         WHERE p.asker_id = $1 OR p.partner_id = $1 ORDER BY a.name_folded, a.id",
    )
    .bind(organization.0)
    .fetch_all(transaction)
    .await?;
    let mut people: HashMap<(Uuid, Uuid), Vec<(UserId, String)>> = HashMap::new();
    for (partnership, bot, id, name) in on {
        people.entry((partnership, bot)).or_default().push((UserId(id), name));
    }
    let offer = |row: OfferRow| {
        let key = (row.partnership_id, row.bot_id);
        BotOffer {
            partnership: PartnershipId(row.partnership_id),
            bot: BotId(row.bot_id),
            name: row.name,
            slug: row.slug,
            organization: OrganizationId(row.organization_id),
            organization_name: row.organization_name,
            organization_slug: row.organization_slug,
            cap: caps.remove(&key).unwrap_or_default(),
            expires_at: row.expires_at.map(Timestamp),
            people: people.remove(&key).unwrap_or_default(),
        }
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// The offer of this bot under this agreement.
pub(super) async fn offer(transaction: &mut Transaction, of: &Partner, bot: BotId) -> Result<Option<BotOffer>> {
    let mut rows = offers_of(of.organization);
    rows.push(" AND f.partnership_id = ").push_bind(of.id.0);
    rows.push(" AND f.bot_id = ").push_bind(bot.0);
    Ok(whole(transaction, of.organization, rows).await?.pop())
}

impl Access {
    /// The organization's partners, and those asked, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_partners(&mut self, within: &Authorized<In<Partners>, Read>) -> Result<Vec<Partner>> {
        let mut query = of_organization(within.id);
        query.push(" ORDER BY p.accepted_at IS NULL, a.name_folded, p.partner_slug, p.id");
        let rows: Vec<PartnerRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|row| row.seen_by(within.id)).collect())
    }

    /// The organization's own bots that it offers, to all partners; narrowed to the bots that the caller may know of.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_offers(&mut self, within: &Authorized<In<Partners>, Read>) -> Result<Vec<BotOffer>> {
        let mut rows = offers_of(within.id);
        rows.push(" AND b.organization_id = ").push_bind(within.id.0);
        if let Some(subject) = self.caller().subject() {
            let sees = permission("Bot", "read")?;
            let bots = self.directory().bots_where(subject, &sees, within.id, self.caller().now);
            rows.push(" AND f.bot_id IN (").push_binds(bots.into_iter().map(|bot| bot.0)).push(")");
        }
        whole(self.transaction(), within.id, rows).await
    }

    /// Partners' bots that are offered to the organization, with its own people on them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_partner_bots(&mut self, within: &Authorized<In<Partners>, Read>) -> Result<Vec<BotOffer>> {
        let mut rows = offers_of(within.id);
        rows.push(" AND b.organization_id <> ").push_bind(within.id.0);
        whole(self.transaction(), within.id, rows).await
    }

    /// The names of the organization's active members, by name, at most 1,000: who could be put on the partner's bots.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partner_candidates(&mut self, of: &Authorized<Partners, Update>) -> Result<Vec<(UserId, String)>> {
        let rows: Vec<(Uuid, String)> = query(
            "SELECT a.id, a.name FROM membership m JOIN account a ON a.id = m.account_id \
             WHERE m.organization_id = $1 AND m.status = 'active' ORDER BY m.name_folded, m.account_id LIMIT 1000",
        )
        .bind(of.organization.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }
}
