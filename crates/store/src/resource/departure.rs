//! Leaving: what hangs on a person, handing it over with them, and giving it back within 30 days.

mod restore;

pub use restore::Restored;

use std::collections::BTreeMap;

use rolecall_access::{BotId, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, In, Read};
use crate::change::Change;
use crate::error::Result;
use crate::resource::{ApiKey, AssignedRole, Invitations, Member, Members, SinglePermission};
use crate::sql::query;

/// How long a removal can be undone, in microseconds.
pub(crate) const KEPT: i64 = 30 * 24 * 3_600 * 1_000_000;

/// A bot that somebody owns.
#[derive(Clone, Debug)]
pub struct OwnedBot {
    /// Which.
    pub bot: BotId,
    /// Its name.
    pub name: String,
    /// Who could own it: active members, those on it first; at most 200.
    pub successors: Vec<(UserId, String)>,
}

/// What hangs on a person in an organization.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    /// Bots they own.
    pub bots: Vec<OwnedBot>,
    /// The names of bots that they are on without owning them.
    pub teams: Vec<String>,
    /// Partners' bots that they are on.
    pub partner_bots: Vec<String>,
    /// The addresses of their invitations that wait.
    pub invitations: Vec<String>,
    /// The keys of the organization's bots that act on their behalf, with the bot's name.
    pub keys: Vec<(ApiKey, String)>,
    /// Their open requests for access.
    pub requests: i64,
    /// How many grants of others they gave; those stay.
    pub given: i64,
}

/// A removal that can be undone.
#[derive(Clone, Debug)]
pub struct Departure {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub organization: OrganizationId,
    /// Who was removed.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Who removed them.
    pub removed_by: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// A role or a single permission as it was held, with its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HeldGrant {
    pub role: Option<(Uuid, String)>,
    pub permission: Option<(String, String)>,
    pub expires_at: Option<i64>,
    pub reason: String,
}

/// A place on a bot's team as it was held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HeldEntry {
    pub bot: (Uuid, String),
    pub expires_at: Option<i64>,
    pub reason: String,
    pub grants: Vec<HeldGrant>,
}

/// All that somebody held in an organization.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Held {
    pub grants: Vec<HeldGrant>,
    pub entries: Vec<HeldEntry>,
}

fn held_grants(roles: Vec<AssignedRole>, permissions: Vec<SinglePermission>) -> Vec<HeldGrant> {
    let roles = roles.into_iter().map(|role| HeldGrant {
        role: Some((role.role.0, role.name)),
        permission: None,
        expires_at: role.expires_at.map(|end| end.0),
        reason: role.reason,
    });
    let permissions = permissions.into_iter().map(|one| HeldGrant {
        role: None,
        permission: Some((one.permission.model.to_string(), one.permission.action.to_string())),
        expires_at: one.expires_at.map(|end| end.0),
        reason: one.reason.unwrap_or_default(),
    });
    roles.chain(permissions).collect()
}

impl Access {
    /// What hangs on a member whom the caller may see.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn leaving(&mut self, member: &Member) -> Result<Leaving> {
        let (organization, user) = (member.organization, member.user);
        let mut leaving = Leaving::default();
        let bots: Vec<(Uuid, String, Uuid, bool)> = query(
            "SELECT b.id, b.name, b.organization_id, b.owner_id IS NOT NULL AND b.owner_id = t.account_id FROM team_entry t \
             JOIN bot b ON b.id = t.bot_id WHERE t.account_id = $1 AND t.organization_id = $2 ORDER BY b.name_folded, b.id",
        )
        .bind(user.0)
        .bind(organization.0)
        .fetch_all(self.transaction())
        .await?;
        for (bot, name, of, owned) in bots {
            if of != organization.0 {
                leaving.partner_bots.push(name);
            } else if owned {
                let successors = self.successors(member, BotId(bot)).await?;
                leaving.bots.push(OwnedBot { bot: BotId(bot), name, successors });
            } else {
                leaving.teams.push(name);
            }
        }
        let now = self.caller().now.0;
        let invitations: Vec<(String,)> = query(
            "SELECT email FROM invitation WHERE organization_id = $1 AND invited_by = $2 AND accepted_at IS NULL \
             AND revoked_at IS NULL AND expires_at > $3 ORDER BY email_folded",
        )
        .bind(organization.0)
        .bind(user.0)
        .bind(now)
        .fetch_all(self.transaction())
        .await?;
        leaving.invitations = invitations.into_iter().map(|(email,)| email).collect();
        leaving.keys = self.keys_of(member).await?;
        (leaving.requests, leaving.given) = query(
            "SELECT (SELECT COUNT(*) FROM access_request WHERE organization_id = $1 AND account_id = $2 AND status = 'open'), \
             (SELECT COUNT(*) FROM role_assignment WHERE organization_id = $1 AND given_by = $2 AND account_id <> $2) + \
             (SELECT COUNT(*) FROM organization_permission WHERE organization_id = $1 AND given_by = $2 AND account_id <> $2) + \
             (SELECT COUNT(*) FROM team_entry t JOIN bot b ON b.id = t.bot_id WHERE b.organization_id = $1 \
             AND t.given_by = $2 AND t.account_id <> $2)",
        )
        .bind(organization.0)
        .bind(user.0)
        .fetch_one(self.transaction())
        .await?;
        Ok(leaving)
    }

    async fn successors(&mut self, member: &Member, bot: BotId) -> Result<Vec<(UserId, String)>> {
        let rows: Vec<(Uuid, String)> = query(
            "SELECT a.id, a.name FROM membership m JOIN account a ON a.id = m.account_id \
             LEFT JOIN team_entry t ON t.bot_id = $3 AND t.account_id = m.account_id \
             WHERE m.organization_id = $1 AND m.status = 'active' AND m.account_id <> $2 \
             ORDER BY t.account_id IS NULL, m.name_folded, m.account_id LIMIT 200",
        )
        .bind(member.organization.0)
        .bind(member.user.0)
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }

    /// Removals of the last 30 days that nobody undid, the latest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_departures(&mut self, within: &Authorized<In<Members>, Read>) -> Result<Vec<Departure>> {
        self.departures(within.id, None).await
    }

    async fn departures(&mut self, organization: OrganizationId, only: Option<Uuid>) -> Result<Vec<Departure>> {
        let since = self.caller().now.0.saturating_sub(KEPT);
        let mut query = query(
            "SELECT d.id, d.account_id, a.name, a.email, b.name, d.created_at FROM departure d \
             JOIN account a ON a.id = d.account_id LEFT JOIN account b ON b.id = d.removed_by \
             WHERE d.undone_at IS NULL AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.organization_id = d.organization_id \
             AND m.account_id = d.account_id) AND d.organization_id = ",
        );
        query.push_bind(organization.0).push(" AND d.created_at > ").push_bind(since);
        if let Some(id) = only {
            query.push(" AND d.id = ").push_bind(id);
        }
        query.push(" ORDER BY d.created_at DESC, d.id LIMIT 200");
        let rows: Vec<(Uuid, Uuid, String, String, Option<String>, i64)> = query.fetch_all(self.transaction()).await?;
        let departure = |(id, user, name, email, removed_by, created_at)| Departure {
            id,
            organization,
            user: UserId(user),
            name,
            email,
            removed_by,
            created_at: Timestamp(created_at),
        };
        Ok(rows.into_iter().map(departure).collect())
    }
}

impl Change {
    /// Writes down what a member holds, before it goes.
    pub(crate) async fn keep_departure(&mut self, member: &Member) -> Result<()> {
        let (organization, user) = (member.organization, member.user);
        let since = self.caller().now.0.saturating_sub(KEPT);
        query("DELETE FROM departure WHERE organization_id = $1 AND (account_id = $2 OR created_at < $3)")
            .bind(organization.0)
            .bind(user.0)
            .bind(since)
            .execute(self.transaction())
            .await?;
        if member.status == rolecall_access::facts::MemberStatus::Invited {
            return Ok(());
        }
        let roles = self.member_roles(std::slice::from_ref(member)).await?.pop().unwrap_or_default();
        let permissions = self.single_permissions((organization, user)).await?;
        let mut held = Held { grants: held_grants(roles, permissions), entries: Vec::new() };
        let bots: Vec<BotId> = self.directory().bots_of(user).map(|bot| bot.id).collect();
        let names: BTreeMap<Uuid, String> =
            self.names("bot", bots.iter().map(|bot| bot.0)).await?.into_iter().collect();
        for bot in bots {
            let found = self.team_member(bot, user).await?.filter(|entry| entry.through == organization);
            let Some(entry) = found else { continue };
            held.entries.push(HeldEntry {
                bot: (bot.0, names.get(&bot.0).cloned().unwrap_or_default()),
                expires_at: entry.expires_at.map(|end| end.0),
                reason: entry.reason,
                grants: held_grants(entry.roles, entry.permissions),
            });
        }
        let (id, now, by) = (self.new_id()?, self.caller().now.0, self.given_by());
        let held = serde_json::to_string(&held).unwrap_or_default();
        query(
            "INSERT INTO departure (id, organization_id, account_id, removed_by, held, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(user.0)
        .bind(by)
        .bind(held)
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// Makes the caller the inviter of what the person's open invitations promise.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_invitations(
        &mut self,
        within: &Authorized<In<Invitations>, Create>,
        from: &Member,
    ) -> Result<()> {
        let by = self.given_by();
        let taken = query(
            "UPDATE invitation SET invited_by = $3 WHERE organization_id = $1 AND invited_by = $2 \
             AND accepted_at IS NULL AND revoked_at IS NULL",
        )
        .bind(within.id.0)
        .bind(from.user.0)
        .bind(by)
        .execute(self.transaction())
        .await?;
        if taken > 0 {
            self.audit(AuditEntry::done(within.id, "take_over", "Invitation", from.user.0, &from.name));
        }
        Ok(())
    }

    /// Ends the person's open invitations and requests: nobody stands behind them any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_promises(&mut self, of: &Member) -> Result<()> {
        let now = self.caller().now.0;
        for statement in [
            "UPDATE invitation SET revoked_at = $3 WHERE organization_id = $1 AND invited_by = $2 \
             AND accepted_at IS NULL AND revoked_at IS NULL AND account_id IS NULL",
            "UPDATE access_request SET status = 'withdrawn', decided_at = $3 WHERE organization_id = $1 \
             AND account_id = $2 AND status = 'open'",
        ] {
            query(statement).bind(of.organization.0).bind(of.user.0).bind(now).execute(self.transaction()).await?;
        }
        Ok(())
    }
}
