//! Reading members.

use std::collections::BTreeMap;

use rolecall_access::facts::MemberStatus;
use rolecall_access::{Actor, OrganizationId, RoleId, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{AssignedRole, HAS_FACTOR, Member, MemberRow, Members, SinglePermission, UserPermissions, find_member};
use crate::access::Access;
use crate::authorize::{Authorized, Denied, In, Read};
use crate::error::Result;
use crate::facts::permission;
use crate::paging::{Key, Order, Sortable, narrow, search};
use crate::resource::{List, Page};
use crate::sql::query;

const SORTS: [Sortable; 5] = [
    ("name", "m.name_folded", Key::Text),
    ("email", "m.email_folded", Key::Text),
    ("status", "m.status", Key::Text),
    ("created_at", "m.created_at", Key::Number),
    ("updated_at", "m.updated_at", Key::Number),
];

#[derive(FromRow)]
struct AssignedRow {
    account_id: Uuid,
    role_id: Uuid,
    name: String,
    expires_at: Option<i64>,
    reason: String,
    given_by: Option<Uuid>,
    created_at: i64,
}

impl Access {
    /// A member: with `User: read`, or oneself.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn visible_member(&mut self, id: (OrganizationId, UserId)) -> Result<Member> {
        if self.caller.actor == Actor::User(id.1) {
            self.member_organization(id.0).await?;
            let own = find_member(self.transaction(), id).await?;
            return own
                .filter(|member| member.status == MemberStatus::Active)
                .ok_or_else(|| Denied::NotFound { attempt: None }.into());
        }
        Ok(self.require::<Members, Read>(id).await?.into_record())
    }

    /// Members; `q` searches name and e-mail; sorts: `name` (default), `email`, `status`, `created_at`,
    /// `updated_at`; `second_factor`: only those who have one, or have none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_members(
        &mut self,
        within: &Authorized<In<Members>, Read>,
        list: &List,
        second_factor: Option<bool>,
    ) -> Result<Page<Member>> {
        let order = Order::of(list, &SORTS, "name", "m.account_id")?;
        let mut query = query(format!(
            "SELECT m.organization_id, m.account_id, a.name, a.email, m.status, m.created_by, m.created_at, \
             m.updated_at, m.last_active_at, m.version, {HAS_FACTOR} AS second_factor, {} AS sort_key, \
             m.account_id AS page_id \
             FROM membership m JOIN account a ON a.id = m.account_id WHERE m.organization_id = ",
            order.column()
        ));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "m.created_by");
        search(&mut query, list.q.as_deref(), &["m.name_folded", "m.email_folded"]);
        if let Some(has) = second_factor {
            query.push(if has { " AND " } else { " AND NOT " }).push(HAS_FACTOR);
        }
        order.fetch::<MemberRow>(self.transaction(), query).await?.try_map(Member::try_from)
    }

    /// The roles of members already read, in the order given (all of one organization).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn member_roles(&mut self, members: &[Member]) -> Result<Vec<Vec<AssignedRole>>> {
        let Some(first) = members.first() else { return Ok(Vec::new()) };
        let mut query = query(
            "SELECT g.account_id, g.role_id, r.name, g.expires_at, g.reason, g.given_by, g.created_at \
             FROM role_assignment g JOIN role r ON r.id = g.role_id WHERE g.organization_id = ",
        );
        query.push_bind(first.organization.0).push(" AND g.account_id IN (");
        query.push_binds(members.iter().map(|member| member.user.0));
        query.push(") ORDER BY r.name_folded, g.id");
        let rows: Vec<AssignedRow> = query.fetch_all(self.transaction()).await?;
        let mut of_member: BTreeMap<Uuid, Vec<AssignedRole>> = BTreeMap::new();
        for row in rows {
            of_member.entry(row.account_id).or_default().push(AssignedRole {
                role: RoleId(row.role_id),
                name: row.name,
                expires_at: row.expires_at.map(Timestamp),
                reason: row.reason,
                given_by: row.given_by.map(UserId),
                created_at: Timestamp(row.created_at),
            });
        }
        Ok(members.iter().map(|member| of_member.remove(&member.user.0).unwrap_or_default()).collect())
    }

    /// The names of the roles in an organization of the person who calls, themself or through a key.
    ///
    /// # Errors
    /// [`Denied`] for the operator.
    pub async fn own_role_names(&mut self, organization: OrganizationId) -> Result<Vec<String>> {
        let user = self.caller_person().ok_or(Denied::SignInNeeded)?;
        let rows: Vec<(String,)> = query(
            "SELECT r.name FROM role_assignment g JOIN role r ON r.id = g.role_id \
             WHERE g.organization_id = $1 AND g.account_id = $2 ORDER BY r.name_folded, r.id",
        )
        .bind(organization.0)
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// The member's single organization permissions.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn member_permissions(
        &mut self,
        of: &Authorized<UserPermissions, Read>,
    ) -> Result<Vec<SinglePermission>> {
        self.single_permissions((of.organization, of.user)).await
    }

    pub(crate) async fn single_permissions(
        &mut self,
        (organization, user): (OrganizationId, UserId),
    ) -> Result<Vec<SinglePermission>> {
        let rows: Vec<(String, String, Option<i64>, String)> = query(
            "SELECT model, action, expires_at, reason FROM organization_permission \
             WHERE organization_id = $1 AND account_id = $2 ORDER BY model, action",
        )
        .bind(organization.0)
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        let single = |(model, action, expires_at, reason): (String, String, Option<i64>, String)| {
            let expires_at = expires_at.map(Timestamp);
            Ok(SinglePermission { permission: permission(&model, &action)?, expires_at, reason: Some(reason) })
        };
        rows.into_iter().map(single).collect()
    }

    /// The e-mail of somebody with an open invitation or membership here is taken, here.
    pub(crate) async fn address_is_taken(&mut self, organization: OrganizationId, folded: &str) -> Result<bool> {
        let (taken,): (bool,) = query(
            "SELECT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id \
             WHERE m.organization_id = $1 AND a.email_folded = $2)",
        )
        .bind(organization.0)
        .bind(folded)
        .fetch_one(self.transaction())
        .await?;
        Ok(taken)
    }
}
