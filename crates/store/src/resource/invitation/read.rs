//! Reading invitations.

use std::collections::BTreeMap;

use rolecall_access::{BotId, OrganizationId, RoleId, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Invitation, InvitationId, InvitationState, Invitations, Redeemable};
use crate::access::Access;
use crate::authorize::{Authorized, In, Read};
use crate::error::Result;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::account::{find_account, find_confirmed};
use crate::resource::organization::find_organization;
use crate::resource::{List, Page};
use crate::sql::{Transaction, query};

#[derive(FromRow)]
struct InvitationRow {
    id: Uuid,
    organization_id: Uuid,
    account_id: Option<Uuid>,
    email: String,
    invited_by: Option<Uuid>,
    inviter: Option<String>,
    by_operator: bool,
    created_at: i64,
    sent_at: i64,
    expires_at: i64,
    accepted_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: InvitationId(row.id),
            organization: OrganizationId(row.organization_id),
            user: row.account_id.map(UserId),
            email: row.email,
            invited_by: row.invited_by.map(UserId).zip(row.inviter),
            by_operator: row.by_operator,
            roles: Vec::new(),
            bots: Vec::new(),
            created_at: Timestamp(row.created_at),
            sent_at: Timestamp(row.sent_at),
            expires_at: Timestamp(row.expires_at),
            accepted_at: row.accepted_at.map(Timestamp),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

const SELECT: &str = "SELECT i.id, i.organization_id, i.account_id, i.email, i.invited_by, a.name AS inviter, i.by_operator, \
    i.created_at, i.sent_at, i.expires_at, i.accepted_at, i.revoked_at";
const FROM: &str = " FROM invitation i LEFT JOIN account a ON a.id = i.invited_by WHERE ";

pub(super) async fn find_invitation(transaction: &mut Transaction, id: InvitationId) -> Result<Option<Invitation>> {
    let mut query = query(format!("{SELECT}{FROM}i.id = "));
    query.push_bind(id.0);
    let row: Option<InvitationRow> = query.fetch_optional(&mut *transaction).await?;
    let Some(row) = row else { return Ok(None) };
    let mut invitations = vec![Invitation::from(row)];
    fill(transaction, &mut invitations).await?;
    Ok(invitations.pop())
}

/// Adds the roles and bots promised; of a person created beforehand, the roles they hold.
async fn fill(transaction: &mut Transaction, invitations: &mut [Invitation]) -> Result<()> {
    if invitations.is_empty() {
        return Ok(());
    }
    let roles = "SELECT p.invitation_id, r.id, r.name FROM invitation_role p JOIN role r ON r.id = p.role_id \
        WHERE p.invitation_id IN (";
    let held = "SELECT i.id, r.id, r.name FROM invitation i JOIN role_assignment g ON g.account_id = i.account_id \
        AND g.organization_id = i.organization_id JOIN role r ON r.id = g.role_id WHERE i.id IN (";
    let bots = "SELECT p.invitation_id, b.id, b.name FROM invitation_bot p JOIN bot b ON b.id = p.bot_id \
        WHERE p.invitation_id IN (";
    let mut roles_of = named(transaction, roles, invitations).await?;
    roles_of.extend(named(transaction, held, invitations).await?);
    let mut bots_of = named(transaction, bots, invitations).await?;
    for invitation in invitations {
        let roles = roles_of.remove(&invitation.id.0).unwrap_or_default();
        invitation.roles = roles.into_iter().map(|(id, name)| (RoleId(id), name)).collect();
        let bots = bots_of.remove(&invitation.id.0).unwrap_or_default();
        invitation.bots = bots.into_iter().map(|(id, name)| (BotId(id), name)).collect();
    }
    Ok(())
}

type Named = BTreeMap<Uuid, Vec<(Uuid, String)>>;

async fn named(transaction: &mut Transaction, select: &str, invitations: &[Invitation]) -> Result<Named> {
    let mut query = query(select);
    query.push_binds(invitations.iter().map(|invitation| invitation.id.0));
    query.push(") ORDER BY 3, 2");
    let rows: Vec<(Uuid, Uuid, String)> = query.fetch_all(transaction).await?;
    let mut named = Named::new();
    for (invitation, id, name) in rows {
        named.entry(invitation).or_default().push((id, name));
    }
    Ok(named)
}

impl Access {
    /// Invitations, newest first; `q` searches the address; sorts: `-created_at` (default), `email`,
    /// `expires_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_invitations(
        &mut self,
        within: &Authorized<In<Invitations>, Read>,
        list: &List,
        state: Option<InvitationState>,
    ) -> Result<Page<Invitation>> {
        let sorts = [
            ("created_at", "i.created_at", Key::Number),
            ("email", "i.email_folded", Key::Text),
            ("expires_at", "i.expires_at", Key::Number),
        ];
        let order = Order::of(list, &sorts, "-created_at", "i.id")?;
        let mut query =
            query(format!("{SELECT}, {} AS sort_key, i.id AS page_id{FROM}i.organization_id = ", order.column()));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "i.invited_by");
        search(&mut query, list.q.as_deref(), &["i.email_folded"]);
        let now = self.caller().now.0;
        match state {
            None => {}
            Some(InvitationState::Accepted) => {
                query.push(" AND i.accepted_at IS NOT NULL");
            }
            Some(InvitationState::Revoked) => {
                query.push(" AND i.accepted_at IS NULL AND i.revoked_at IS NOT NULL");
            }
            Some(InvitationState::Expired) => {
                query.push(" AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at <= ").push_bind(now);
            }
            Some(InvitationState::Pending) => {
                query.push(" AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ").push_bind(now);
            }
        }
        let mut page = order.fetch::<InvitationRow>(self.transaction(), query).await?.map(Invitation::from);
        fill(self.transaction(), &mut page.items).await?;
        Ok(page)
    }

    /// The pending invitation of this token; none: unknown, expired, used, revoked (all the same outside).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_invitation_by_token(&mut self, token_hash: &[u8; 32]) -> Result<Option<Redeemable>> {
        let now = self.caller().now;
        let row: Option<(Uuid,)> = query("SELECT id FROM invitation WHERE token_hash = $1")
            .bind(&token_hash[..])
            .fetch_optional(self.transaction())
            .await?;
        let Some((id,)) = row else { return Ok(None) };
        let Some(invitation) = find_invitation(self.transaction(), InvitationId(id)).await? else { return Ok(None) };
        if invitation.state(now) != InvitationState::Pending {
            return Ok(None);
        }
        let Some(organization) = find_organization(self.transaction(), invitation.organization).await? else {
            return Ok(None);
        };
        let name = match invitation.user {
            Some(user) => find_account(self.transaction(), user).await?.map(|account| account.name),
            None => None,
        };
        let account = find_confirmed(self.transaction(), &invitation.email).await?;
        Ok(Some(Redeemable { invitation, organization, name, account }))
    }

    /// The open invitation by which a person created beforehand is to confirm.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invitation_of(&mut self, member: &crate::resource::Member) -> Result<Option<InvitationId>> {
        let row: Option<(Uuid,)> = query(
            "SELECT id FROM invitation WHERE organization_id = $1 AND account_id = $2 AND accepted_at IS NULL \
             AND revoked_at IS NULL",
        )
        .bind(member.organization.0)
        .bind(member.user.0)
        .fetch_optional(self.transaction())
        .await?;
        Ok(row.map(|(id,)| InvitationId(id)))
    }
}
