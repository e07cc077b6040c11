//! Asking, agreeing, freezing and ending; offering bots; enabling one's own people on a partner's bot.

use std::collections::BTreeSet;

use rolecall_access::facts::MemberStatus;
use rolecall_access::{BotId, OrganizationId, PartnershipId, Permission, Timestamp, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use super::read::offer;
use super::{BotOffer, Partner, PartnerState, Partners, find_partner};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, Denied, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::TeamAuthority;
use crate::resource::organization::{find_organization, fresh, gone};
use crate::sql::query;

/// The most agreements and open questions of one organization.
const MOST: i64 = 200;

/// A person who is not put on a bot from here, whatever the reason: that would be the bot's organization's to tell.
const NOT_FROM_HERE: StoreError = StoreError::WrongState(
    "one of these people cannot be enabled on this bot from here; ask the organization whose it is",
);

/// What changes of an agreement; none: as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartnerChange {
    /// Whether this side freezes it.
    pub frozen: Option<bool>,
    /// When this side ends it.
    pub expires_at: Option<Option<Timestamp>>,
}

impl Change {
    /// Asks another organization, by its name in links. Nobody learns from the answer whether it is there.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `slug`; [`WrongState`](StoreError::WrongState) if it asked already, or if there
    /// are too many.
    pub async fn ask_partner(&mut self, within: &Authorized<In<Partners>, Create>, slug: &str) -> Result<Partner> {
        self.lock(within.id).await?;
        if slug == within.slug {
            return Err(StoreError::WrongState("an organization is no partner of itself"));
        }
        let other: Option<(Uuid,)> = query("SELECT id FROM organization WHERE slug = $1 AND deleted_at IS NULL")
            .bind(slug)
            .fetch_optional(self.transaction())
            .await?;
        let other = other.map(|(id,)| id);
        // One that asked already is known here; saying so tells nothing new.
        let (asked, count): (bool, i64) = query(
            "SELECT EXISTS (SELECT 1 FROM partnership WHERE asker_id = $2 AND partner_id = $1 AND declined_at IS NULL), \
             (SELECT COUNT(*) FROM partnership WHERE asker_id = $1 OR partner_id = $1)",
        )
        .bind(within.id.0)
        .bind(other)
        .fetch_one(self.transaction())
        .await?;
        if asked {
            return Err(StoreError::WrongState("this organization asked you, or is your partner already"));
        }
        if count >= MOST {
            return Err(StoreError::WrongState("there are 200 partners and questions already; end some first"));
        }
        let (id, now) = (PartnershipId(self.new_id()?), self.caller().now.0);
        query(
            "INSERT INTO partnership (id, asker_id, partner_id, partner_slug, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.0)
        .bind(within.id.0)
        .bind(other)
        .bind(slug)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("slug"))?;
        self.touch(Unit::Partnership(id));
        self.audit(AuditEntry::done(within.id, "ask_partner", "Partner", id.0, slug));
        if let Some(other) = other {
            let entry = AuditEntry::done(OrganizationId(other), "ask_partner", "Partner", id.0, &within.name);
            self.audit(entry.by(within.id, &within.name));
        }
        find_partner(self.transaction(), within.id, id).await?.ok_or_else(gone)
    }

    /// Agrees to what another organization asked.
    ///
    /// # Errors
    /// [`Denied`] (not found if it did not ask).
    pub async fn accept_partner(
        &mut self,
        within: &Authorized<In<Partners>, Create>,
        id: PartnershipId,
    ) -> Result<Partner> {
        let found = find_partner(self.transaction(), within.id, id).await?;
        let Some(partner) = found.filter(|partner| partner.state == PartnerState::Invited) else {
            return Err(Denied::NotFound { attempt: None }.into());
        };
        self.lock_both(&partner).await?;
        let now = self.caller().now.0;
        query("UPDATE partnership SET accepted_at = $2, version = version + 1 WHERE id = $1 AND accepted_at IS NULL")
            .bind(id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Partnership(id));
        self.tell_both(&partner, "accept_partner", None).await?;
        find_partner(self.transaction(), within.id, id).await?.ok_or_else(gone)
    }

    /// Freezes it or lets it go on, sets when it ends: this side's word, beside the other's.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale); [`WrongState`](StoreError::WrongState) before both agreed, when the other side would
    /// see of it that there is somebody.
    pub async fn update_partner(
        &mut self,
        of: &Authorized<Partners, Update>,
        version: Option<i64>,
        new: PartnerChange,
    ) -> Result<Partner> {
        fresh(version, of.version)?;
        if of.state != PartnerState::Active {
            return Err(StoreError::WrongState("there is nothing to freeze or to end before both have agreed"));
        }
        self.lock_both(of).await?;
        let frozen = new.frozen.unwrap_or(of.frozen);
        let ends_at = new.expires_at.unwrap_or(of.expires_at);
        query(
            "UPDATE partnership SET version = version + 1, \
             asker_frozen = CASE WHEN asker_id = $2 THEN $3 ELSE asker_frozen END, \
             partner_frozen = CASE WHEN asker_id = $2 THEN partner_frozen ELSE $3 END, \
             asker_ends_at = CASE WHEN asker_id = $2 THEN $4 ELSE asker_ends_at END, \
             partner_ends_at = CASE WHEN asker_id = $2 THEN partner_ends_at ELSE $4 END WHERE id = $1",
        )
        .bind(of.id.0)
        .bind(of.organization.0)
        .bind(frozen)
        .bind(ends_at.map(|end| end.0))
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Partnership(of.id));
        let after = find_partner(self.transaction(), of.organization, of.id).await?.ok_or_else(gone)?;
        let fields =
            |partner: &Partner| json!({ "frozen": partner.frozen, "expires_at": partner.expires_at.map(|end| end.0) });
        self.tell_both(of, "change_partner", Some((fields(of), fields(&after)))).await?;
        Ok(after)
    }

    /// Ends it, with every offer and everybody enabled through it, on both sides; declines or takes back a question.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_partner(&mut self, of: &Authorized<Partners, Delete>) -> Result<()> {
        self.lock_both(of).await?;
        if of.state == PartnerState::Invited {
            let now = self.caller().now.0;
            // The version is the asker's to see, and would tell.
            query("UPDATE partnership SET declined_at = $2 WHERE id = $1")
                .bind(of.id.0)
                .bind(now)
                .execute(self.transaction())
                .await?;
            self.audit(AuditEntry::done(of.organization, "decline_partner", "Partner", of.id.0, &of.name));
            return Ok(());
        }
        let offered: Vec<(Uuid,)> = query("SELECT bot_id FROM bot_offer WHERE partnership_id = $1")
            .bind(of.id.0)
            .fetch_all(self.transaction())
            .await?;
        for (bot,) in offered {
            self.end_offer(of, BotId(bot)).await?;
        }
        query("DELETE FROM partnership WHERE id = $1").bind(of.id.0).execute(self.transaction()).await?;
        self.touch(Unit::Partnership(of.id));
        let action = if of.state == PartnerState::Asked { "withdraw_partner" } else { "end_partner" };
        self.tell_both(of, action, None).await
    }

    /// Offers a bot of this organization to the partner, or changes what its people can be given there at most.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) for a bot of elsewhere; [`WrongState`](StoreError::WrongState) before both agreed.
    pub async fn offer_bot(
        &mut self,
        of: &Authorized<Partners, Update>,
        team: &TeamAuthority,
        cap: &BTreeSet<Permission>,
        expires_at: Option<Timestamp>,
    ) -> Result<BotOffer> {
        let bot = team.bot();
        if bot.organization != of.organization {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        if of.state != PartnerState::Active {
            return Err(StoreError::WrongState("bots are offered to partners; this organization has not agreed yet"));
        }
        self.lock_both(of).await?;
        let before = offer(self.transaction(), of, bot.id).await?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO bot_offer (bot_id, partnership_id, expires_at, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (bot_id, partnership_id) DO UPDATE SET expires_at = excluded.expires_at",
        )
        .bind(bot.id.0)
        .bind(of.id.0)
        .bind(expires_at.map(|end| end.0))
        .bind(now)
        .execute(self.transaction())
        .await?;
        query("DELETE FROM bot_offer_permission WHERE bot_id = $1 AND partnership_id = $2")
            .bind(bot.id.0)
            .bind(of.id.0)
            .execute(self.transaction())
            .await?;
        for permission in cap {
            query("INSERT INTO bot_offer_permission (bot_id, partnership_id, model, action) VALUES ($1, $2, $3, $4)")
                .bind(bot.id.0)
                .bind(of.id.0)
                .bind(permission.model.as_str())
                .bind(permission.action.as_str())
                .execute(self.transaction())
                .await?;
        }
        self.touch(Unit::Bot(bot.id));
        let after = offer(self.transaction(), of, bot.id).await?.ok_or_else(gone)?;
        self.tell_both(of, "offer_bot", Some((before.map_or(json!({}), |before| told(&before)), told(&after)))).await?;
        Ok(after)
    }

    /// Takes an offer back, with everybody enabled through it.
    ///
    /// # Errors
    /// [`Denied`] if this organization offers no such bot there.
    pub async fn withdraw_offer(&mut self, of: &Authorized<Partners, Update>, bot: BotId) -> Result<()> {
        self.lock_both(of).await?;
        let found = offer(self.transaction(), of, bot).await?;
        let Some(before) = found.filter(|found| found.organization == of.organization) else {
            return Err(Denied::NotFound { attempt: None }.into());
        };
        self.end_offer(of, bot).await?;
        self.tell_both(of, "withdraw_offer", Some((told(&before), json!({})))).await
    }

    async fn end_offer(&mut self, of: &Partner, bot: BotId) -> Result<()> {
        query(
            "DELETE FROM team_entry WHERE bot_id = $1 AND organization_id IN (SELECT CASE WHEN p.asker_id = b.organization_id \
             THEN p.partner_id ELSE p.asker_id END FROM partnership p JOIN bot b ON b.id = $1 WHERE p.id = $2)",
        )
        .bind(bot.0)
        .bind(of.id.0)
        .execute(self.transaction())
        .await?;
        query("DELETE FROM bot_offer WHERE bot_id = $1 AND partnership_id = $2")
            .bind(bot.0)
            .bind(of.id.0)
            .execute(self.transaction())
            .await?;
        self.bump_team(bot).await
    }

    /// Sets which of this organization's people are on a bot that the partner offers. What they may do there beyond
    /// seeing it is for the bot's side to give.
    ///
    /// # Errors
    /// [`Denied`] if the partner offers no such bot; [`Unknown`](StoreError::Unknown) `user_ids`;
    /// [`WrongState`](StoreError::WrongState).
    pub async fn enable_on_partner_bot(
        &mut self,
        of: &Authorized<Partners, Update>,
        bot: BotId,
        users: &[UserId],
    ) -> Result<BotOffer> {
        self.lock_both(of).await?;
        let found = offer(self.transaction(), of, bot).await?;
        let Some(before) = found.filter(|found| found.organization != of.organization) else {
            return Err(Denied::NotFound { attempt: None }.into());
        };
        let on: Vec<UserId> = before.people.iter().map(|(user, _)| *user).collect();
        for user in on.iter().filter(|user| !users.contains(user)) {
            query("DELETE FROM team_entry WHERE bot_id = $1 AND account_id = $2 AND organization_id = $3")
                .bind(bot.0)
                .bind(user.0)
                .bind(of.organization.0)
                .execute(self.transaction())
                .await?;
        }
        for user in users.iter().filter(|user| !on.contains(user)) {
            if self.directory().member_status(of.organization, *user) != Some(MemberStatus::Active) {
                return Err(StoreError::Unknown("user_ids"));
            }
            let there = self.directory().member_status(before.organization, *user).is_some();
            let (entered,): (bool,) =
                query("SELECT EXISTS (SELECT 1 FROM team_entry WHERE bot_id = $1 AND account_id = $2)")
                    .bind(bot.0)
                    .bind(user.0)
                    .fetch_one(self.transaction())
                    .await?;
            // Whoever belongs to the bot's organization would be capped by coming from here.
            if there || entered {
                return Err(NOT_FROM_HERE);
            }
            self.put_on_team(bot, (of.organization, *user), &[]).await?;
        }
        self.bump_team(bot).await?;
        let after = offer(self.transaction(), of, bot).await?.ok_or_else(gone)?;
        self.tell_both(of, "enable_on_partner_bot", Some((told(&before), told(&after)))).await?;
        Ok(after)
    }

    /// Both organizations, always in the same order.
    async fn lock_both(&mut self, partner: &Partner) -> Result<()> {
        let mut both: Vec<OrganizationId> = partner.other.into_iter().chain([partner.organization]).collect();
        both.sort_unstable();
        for organization in both {
            self.lock(organization).await?;
        }
        Ok(())
    }

    /// The same row for both sides; the other learns which organization did it, not who of it. Before both agreed, and
    /// where nobody is there, it is for this side alone.
    async fn tell_both(
        &mut self,
        partner: &Partner,
        action: &'static str,
        fields: Option<(serde_json::Value, serde_json::Value)>,
    ) -> Result<()> {
        let own = find_organization(self.transaction(), partner.organization).await?.ok_or_else(gone)?;
        let row = |organization, name: &str| {
            let entry = AuditEntry::done(organization, action, "Partner", partner.id.0, name);
            match &fields {
                Some((before, after)) => entry.changed(before.clone(), after.clone()),
                None => entry,
            }
        };
        self.audit(row(partner.organization, &partner.name));
        if let Some(other) = partner.other {
            self.audit(row(other, &own.name).by(own.id, own.name));
        }
        Ok(())
    }
}

/// An offer as both sides may read it in the audit log.
fn told(offer: &BotOffer) -> serde_json::Value {
    json!({
        "bot": offer.name,
        "permissions": offer.cap.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expires_at": offer.expires_at.map(|end| end.0),
        "people": offer.people.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
    })
}
