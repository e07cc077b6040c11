//! People with the same grants may do the same: what is found for one of a kind holds for all of it. In the same way,
//! all bots on whose team somebody is not are alike to them. This keeps guards and previews quick where a role is held
//! by thousands.

use std::collections::BTreeSet;

use crate::directory::Directory;
use crate::facts::MemberStatus;
use crate::id::{BotId, OrganizationId, RoleId, UserId};
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// What decides about somebody in an organization on whose bots' teams they are not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    owner: bool,
    verified: bool,
    status: Option<MemberStatus>,
    roles: BTreeSet<(RoleId, Option<Timestamp>)>,
    permissions: BTreeSet<(Permission, Option<Timestamp>)>,
}

impl Directory {
    /// The person's kind in the organization; none for who is on one of its bots.
    pub(crate) fn kind(&self, organization: OrganizationId, user: UserId) -> Option<Kind> {
        if self.bots_of(user).any(|bot| bot.organization == organization) {
            return None;
        }
        let member = self.member(organization, user);
        let roles = member.map(|member| member.roles.as_slice()).unwrap_or_default();
        let permissions = member.map(|member| member.permissions.as_slice()).unwrap_or_default();
        Some(Kind {
            owner: self.organization(organization).is_some_and(|facts| facts.owner == Some(user)),
            verified: self.account(user).is_some_and(|account| account.verified),
            status: member.map(|member| member.status),
            roles: roles.iter().map(|grant| (grant.role, grant.provenance.expires_at)).collect(),
            permissions: permissions
                .iter()
                .map(|grant| (grant.permission.clone(), grant.provenance.expires_at))
                .collect(),
        })
    }

    /// The bots of the organization on which the person stands apart (has an entry).
    pub(crate) fn own_bots(&self, organization: OrganizationId, user: UserId) -> BTreeSet<BotId> {
        self.bots_of(user).filter(|bot| bot.organization == organization).map(|bot| bot.id).collect()
    }
}
