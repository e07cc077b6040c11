//! People with the same grants may do the same: what is found for one of a kind holds for all of it. In the same way,
//! all bots on whose team somebody is not are alike to them. This keeps guards and previews quick where a role is held
//! by thousands.

use std::collections::BTreeSet;

use crate::directory::{Directory, Place, View, What};
use crate::facts::{Holder, MemberStatus};
use crate::id::{BotId, OrganizationId, UserId};
use crate::timestamp::Timestamp;

/// What decides about somebody (roles and permissions by number, so within one directory) in an organization on whose bots' teams they are not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    owner: bool,
    verified: bool,
    status: Option<MemberStatus>,
    roles: BTreeSet<(u32, Option<Timestamp>)>,
    permissions: BTreeSet<(u32, Option<Timestamp>)>,
}

impl Directory {
    /// The person's kind in the organization; none for who is on one of its bots, or is given something on programs'
    /// models by themself.
    pub(crate) fn kind(&self, organization: OrganizationId, user: UserId) -> Option<Kind> {
        let number = self.organization_number(organization);
        if self.places_of(user).any(|(_, slot)| Some(slot.organization) == number) {
            return None;
        }
        if self.grants_of(Holder::User(user)).next().is_some() {
            return None;
        }
        let mut kind = Kind {
            owner: self.organization(organization).is_some_and(|facts| facts.owner == Some(user)),
            verified: self.account(user).is_some_and(|account| account.verified),
            status: None,
            roles: BTreeSet::new(),
            permissions: BTreeSet::new(),
        };
        let rows = number.and_then(|number| Some(self.rows_of(user)?.at(Place::organization(number))));
        for row in rows.into_iter().flat_map(View::iter) {
            match row.what() {
                What::Member(status) => kind.status = Some(status),
                What::Role(role) => {
                    kind.roles.insert((role, row.ends()));
                }
                What::Permission(permission) => {
                    kind.permissions.insert((permission, row.ends()));
                }
                What::Entry(_) => {}
            }
        }
        Some(kind)
    }

    /// The bots of the organization on which the person stands apart (has an entry).
    pub(crate) fn own_bots(&self, organization: OrganizationId, user: UserId) -> BTreeSet<BotId> {
        let number = self.organization_number(organization);
        let places = self.places_of(user).filter(|(_, slot)| Some(slot.organization) == number);
        places.map(|(_, slot)| slot.id()).collect()
    }
}
