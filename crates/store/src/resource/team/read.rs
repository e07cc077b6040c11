//! Reading teams.

use std::collections::BTreeMap;

use rolecall_access::{BotId, OrganizationId, RoleId, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{TeamAuthority, TeamMember, Teams};
use crate::access::Access;
use crate::authorize::{Authorized, Read};
use crate::error::Result;
use crate::facts::permission;
use crate::paging::search;
use crate::resource::{AssignedRole, SinglePermission};
use crate::sql::{Transaction, query};

#[derive(FromRow)]
struct EntryRow {
    account_id: Uuid,
    name: String,
    email: String,
    organization_id: Uuid,
    organization_name: String,
    owner: bool,
    expires_at: Option<i64>,
    reason: String,
    given_by: Option<Uuid>,
    created_at: i64,
}

#[derive(FromRow)]
struct RoleRow {
    account_id: Uuid,
    role_id: Uuid,
    name: String,
    expires_at: Option<i64>,
    reason: String,
    given_by: Option<Uuid>,
    created_at: i64,
}

/// The whole team of a bot, by name.
pub(super) async fn team(transaction: &mut Transaction, bot: BotId) -> Result<Vec<TeamMember>> {
    let entries: Vec<EntryRow> = query(
        "SELECT t.account_id, a.name, a.email, t.organization_id, o.name AS organization_name, \
         b.owner_id IS NOT NULL AND b.owner_id = t.account_id AS owner, t.expires_at, t.reason, t.given_by, t.created_at \
         FROM team_entry t JOIN account a ON a.id = t.account_id JOIN organization o ON o.id = t.organization_id JOIN bot b ON b.id = t.bot_id WHERE t.bot_id = $1 \
         ORDER BY a.name_folded, a.id",
    )
    .bind(bot.0)
    .fetch_all(&mut *transaction)
    .await?;
    let roles: Vec<RoleRow> = query(
        "SELECT g.account_id, g.role_id, r.name, g.expires_at, g.reason, g.given_by, g.created_at \
         FROM bot_role_assignment g JOIN role r ON r.id = g.role_id WHERE g.bot_id = $1 ORDER BY r.name_folded, g.id",
    )
    .bind(bot.0)
    .fetch_all(&mut *transaction)
    .await?;
    let permissions: Vec<(Uuid, String, String, Option<i64>, String)> = query(
        "SELECT account_id, model, action, expires_at, reason FROM bot_permission WHERE bot_id = $1 ORDER BY model, action",
    )
    .bind(bot.0)
    .fetch_all(transaction)
    .await?;
    let mut team: BTreeMap<Uuid, (Vec<AssignedRole>, Vec<SinglePermission>)> = BTreeMap::new();
    for row in roles {
        team.entry(row.account_id).or_default().0.push(AssignedRole {
            role: RoleId(row.role_id),
            name: row.name,
            expires_at: row.expires_at.map(Timestamp),
            reason: row.reason,
            given_by: row.given_by.map(UserId),
            created_at: Timestamp(row.created_at),
        });
    }
    for (account, model, action, expires_at, reason) in permissions {
        let expires_at = expires_at.map(Timestamp);
        let single = SinglePermission { permission: permission(&model, &action)?, expires_at, reason: Some(reason) };
        team.entry(account).or_default().1.push(single);
    }
    let member = |row: EntryRow| {
        let (roles, permissions) = team.remove(&row.account_id).unwrap_or_default();
        TeamMember {
            bot,
            user: UserId(row.account_id),
            name: row.name,
            email: row.email,
            through: OrganizationId(row.organization_id),
            through_name: row.organization_name,
            owner: row.owner,
            roles,
            permissions,
            expires_at: row.expires_at.map(Timestamp),
            reason: row.reason,
            given_by: row.given_by.map(UserId),
            created_at: Timestamp(row.created_at),
        }
    };
    Ok(entries.into_iter().map(member).collect())
}

impl Access {
    /// Who is on the bot, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_team(&mut self, of: &Authorized<Teams, Read>) -> Result<Vec<TeamMember>> {
        team(self.transaction(), of.id).await
    }

    /// The names of the organization's active members who are not on the bot, by name, at most `limit`, for
    /// whoever may put people on it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn team_candidates(
        &mut self,
        of: &TeamAuthority,
        q: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(UserId, String)>> {
        let mut query = query(
            "SELECT a.id, a.name FROM membership m JOIN account a ON a.id = m.account_id \
             WHERE m.status = 'active' AND m.organization_id = ",
        );
        query.push_bind(of.bot().organization.0);
        query.push(" AND NOT EXISTS (SELECT 1 FROM team_entry t WHERE t.account_id = a.id AND t.bot_id = ");
        query.push_bind(of.bot().id.0).push(")");
        search(&mut query, q, &["a.name_folded"]);
        query.push(" ORDER BY a.name_folded, a.id LIMIT ").push_bind(i64::from(limit));
        let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }
}
