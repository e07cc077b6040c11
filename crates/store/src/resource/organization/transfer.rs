//! Handing an organization to another owner: exactly one, before and after (T-15).

use rolecall_access::facts::MemberStatus;
use rolecall_access::{OrganizationId, Ownership, Unit, UserId};
use serde_json::json;

use crate::audit::AuditEntry;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::account::find_account;
use crate::resource::organization::{find_organization, gone};
use crate::resource::{Account, Organization};
use crate::sql::query;

/// An organization that has changed hands.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The organization.
    pub organization: Organization,
    /// Who owned it.
    pub from: Option<Account>,
    /// Who owns it.
    pub to: Account,
}

impl Change {
    /// Makes another member the owner; the former one stays, with the role that the policies name for them.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator; [`WrongState`](StoreError::WrongState) if the
    /// organization has no owners, or the new one is no active member, or owns it already.
    pub async fn transfer_ownership(&mut self, id: OrganizationId, to: UserId) -> Result<Transfer> {
        self.require_operator()?;
        self.lock(id).await?;
        let before = find_organization(self.transaction(), id).await?.ok_or(StoreError::Unknown("organization"))?;
        let directory = self.directory().clone();
        let policies = directory.organization(id).map(|facts| facts.policies.clone()).unwrap_or_default();
        if policies.owner != Ownership::One {
            return Err(StoreError::WrongState("this organization has administrators, not an owner"));
        }
        if directory.member_status(id, to) != Some(MemberStatus::Active) {
            return Err(StoreError::WrongState("the new owner must be an active member of the organization first"));
        }
        if before.owner == Some(to) {
            return Err(StoreError::WrongState("they own the organization already"));
        }
        let now = self.caller().now.0;
        query("UPDATE organization SET owner_id = $2, updated_at = $3, version = version + 1 WHERE id = $1")
            .bind(id.0)
            .bind(to.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        let former = before.owner.and_then(|owner| directory.member(id, owner));
        if let (Some(former), Some(role)) = (former, policies.former_owner_role)
            && former.roles.iter().all(|held| held.role != role)
        {
            self.insert_assignment(id, former.user, role.0, None, "").await?;
            self.touch(Unit::Member(id, former.user));
        }
        self.touch(Unit::Organization(id));
        let from = match before.owner {
            Some(owner) => find_account(self.transaction(), owner).await?,
            None => None,
        };
        let to = find_account(self.transaction(), to).await?.ok_or_else(gone)?;
        let names = [from.as_ref().map(|account| &account.name), Some(&to.name)];
        let [was, is] = names.map(|name| json!({ "owner": name }));
        self.audit(AuditEntry::done(id, "transfer", "Organization", id.0, &before.name).changed(was, is));
        let organization = find_organization(self.transaction(), id).await?.ok_or_else(gone)?;
        Ok(Transfer { organization, from, to })
    }
}
