//! Random organizations: everything drawn from one list of numbers, so that a failing case shrinks to a small one.

use std::collections::BTreeSet;

use rolecall_access::facts::{
    AccountFacts, BotFacts, KeyFacts, MemberFacts, MemberStatus, Offer, OrganizationFacts, PartnershipFacts,
    PermissionGrant, Provenance, RoleFacts, RoleGrant, TeamEntry,
};
use rolecall_access::{
    BotId, Directory, Facts, KeyId, OrganizationId, Ownership, PartnershipId, Permission, Policies, Reach, Relation,
    RoleId, Scope, Timestamp, Update, UserId,
};
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp(1_000);
pub const ORGANIZATIONS: u16 = 3;
pub const USERS: u16 = 4;
pub const ROLES: u16 = 3;
pub const BOTS: u16 = 2;

const POOL: [(&str, &str); 16] = [
    ("User", "read"),
    ("User", "update"),
    ("RoleAssignment", "create"),
    ("Role", "update"),
    ("Permission", "create"),
    ("UserPermission", "update"),
    ("Bot", "create"),
    ("Bot", "read"),
    ("Bot", "update"),
    ("Content", "create"),
    ("Content", "read"),
    ("Content", "update"),
    ("Publication", "read"),
    ("Conversation", "create"),
    ("Team", "update"),
    ("BotSetting", "update"),
];

pub fn pool() -> Vec<Permission> {
    POOL.iter().map(|(model, action)| Permission::new(model, action).unwrap()).collect()
}

pub fn organization(number: u16) -> OrganizationId {
    OrganizationId(Uuid::from_u128(0x0a00 + u128::from(number)))
}

pub fn user(number: u16) -> UserId {
    UserId(Uuid::from_u128(0x0b00 + u128::from(number)))
}

pub fn role(organization: u16, number: u16) -> RoleId {
    RoleId(Uuid::from_u128(0x0c00 + u128::from(organization * 16 + number)))
}

pub fn bot(organization: u16, number: u16) -> BotId {
    BotId(Uuid::from_u128(0x0d00 + u128::from(organization * 16 + number)))
}

pub fn key() -> KeyId {
    KeyId(Uuid::from_u128(0x0e00))
}

/// Numbers drawn one after the other; zeros when they are used up.
pub struct Draw<'d>(std::slice::Iter<'d, u16>);

impl<'d> Draw<'d> {
    pub fn new(numbers: &'d [u16]) -> Self {
        Self(numbers.iter())
    }

    pub fn below(&mut self, end: u16) -> u16 {
        self.0.next().copied().unwrap_or_default() % end
    }

    /// True about once in so many times.
    pub fn rarely(&mut self, times: u16) -> bool {
        self.below(times) == times - 1
    }

    pub fn often(&mut self) -> bool {
        self.below(3) > 0
    }

    fn end(&mut self) -> Option<Timestamp> {
        match self.below(6) {
            4 => Some(Timestamp(900)),
            5 => Some(Timestamp(2_000 + i64::from(self.below(3)))),
            3 => Some(NOW),
            _ => None,
        }
    }

    fn provenance(&mut self) -> Provenance {
        Provenance { given_by: None, given_at: Timestamp(1), expires_at: self.end() }
    }

    pub fn permission(&mut self) -> Permission {
        let (model, action) = POOL[usize::from(self.below(16))];
        Permission::new(model, action).unwrap()
    }

    fn permissions(&mut self) -> BTreeSet<Permission> {
        (0..self.below(5)).map(|_| self.permission()).collect()
    }

    pub fn relation(&mut self) -> Relation {
        [Relation::Role, Relation::Team, Relation::Owner][usize::from(self.below(3))]
    }

    fn role_grants(&mut self, of: u16) -> Vec<RoleGrant> {
        (0..self.below(3))
            .map(|_| RoleGrant { role: role(of, self.below(ROLES)), provenance: self.provenance() })
            .collect()
    }

    fn permission_grants(&mut self) -> Vec<PermissionGrant> {
        (0..self.below(3))
            .map(|_| PermissionGrant { permission: self.permission(), provenance: self.provenance() })
            .collect()
    }

    pub fn organization(&mut self, number: u16) -> Facts {
        let owned = self.rarely(2);
        Facts::Organization(OrganizationFacts {
            id: organization(number),
            deleted: self.rarely(8),
            owner: owned.then(|| user(self.below(USERS))),
            policies: Policies {
                owner: if owned { Ownership::One } else { Ownership::None },
                reserved: if self.rarely(3) { self.permissions() } else { BTreeSet::new() },
                manage_peers: self.often(),
                ..Policies::default()
            },
        })
    }

    pub fn account(&mut self, number: u16) -> Facts {
        let verified = !self.rarely(6);
        Facts::Account(AccountFacts { id: user(number), verified, can_sign_in: verified })
    }

    pub fn role(&mut self, of: u16, number: u16) -> Facts {
        let public = number == 0;
        Facts::Role(RoleFacts {
            id: role(of, number),
            organization: organization(of),
            reach: if !public && self.rarely(3) { Reach::Bots } else { Reach::Organization },
            everything: !public && self.rarely(8),
            public,
            permissions: (0..self.below(6)).map(|_| (self.permission(), self.relation())).collect(),
        })
    }

    pub fn member(&mut self, of: u16, number: u16) -> Facts {
        let status = match self.below(6) {
            4 => MemberStatus::Invited,
            5 => MemberStatus::Suspended,
            _ => MemberStatus::Active,
        };
        Facts::Member(MemberFacts {
            organization: organization(of),
            user: user(number),
            status,
            roles: self.role_grants(of),
            permissions: self.permission_grants(),
        })
    }

    pub fn bot(&mut self, of: u16, number: u16) -> Facts {
        let mut team = Vec::new();
        for person in 0..USERS {
            if self.often() {
                team.push(TeamEntry {
                    user: user(person),
                    through: organization(if self.rarely(3) { self.below(ORGANIZATIONS) } else { of }),
                    provenance: self.provenance(),
                    roles: self.role_grants(of),
                    permissions: self.permission_grants(),
                });
            }
        }
        let offers = (0..ORGANIZATIONS).filter(|partner| *partner != of && self.often()).collect::<Vec<_>>();
        let offers = offers.into_iter().map(|partner| Offer {
            partner: organization(partner),
            cap: self.permissions(),
            expires_at: self.end(),
        });
        let offers = offers.collect();
        Facts::Bot(BotFacts {
            id: bot(of, number),
            organization: organization(of),
            owner: self.rarely(2).then(|| user(self.below(USERS))),
            published: self.often(),
            team,
            offers,
        })
    }

    pub fn partnership(&mut self, one: u16, other: u16) -> Facts {
        Facts::Partnership(PartnershipFacts {
            id: PartnershipId(Uuid::from_u128(0x0f00 + u128::from(one * 16 + other))),
            between: [organization(one), organization(other)],
            accepted: !self.rarely(4),
            frozen: self.rarely(4),
            expires_at: self.end(),
        })
    }

    pub fn key(&mut self) -> Facts {
        let mut scope = vec![(Scope::Organization(organization(0)), self.permissions())];
        scope.push((Scope::Bot(bot(0, 0)), self.permissions()));
        Facts::Key(KeyFacts {
            id: key(),
            sponsor: user(self.below(USERS)),
            scope,
            expires_at: self.end(),
            revoked: self.rarely(5),
        })
    }

    /// Any one unit, drawn anew.
    pub fn unit(&mut self) -> Facts {
        let of = self.below(ORGANIZATIONS);
        match self.below(8) {
            0 => self.organization(of),
            1 => {
                let number = self.below(USERS);
                self.account(number)
            }
            2 | 3 => {
                let number = self.below(ROLES);
                self.role(of, number)
            }
            4 | 5 => {
                let number = self.below(USERS);
                self.member(of, number)
            }
            6 => {
                let number = self.below(BOTS);
                self.bot(of, number)
            }
            _ => self.partnership(of, (of + 1) % ORGANIZATIONS),
        }
    }

    /// A whole world.
    pub fn world(&mut self) -> Vec<Facts> {
        let mut facts = Vec::new();
        for of in 0..ORGANIZATIONS {
            facts.push(self.organization(of));
            facts.extend((0..ROLES).map(|number| self.role(of, number)).collect::<Vec<_>>());
            for number in 0..USERS {
                if self.often() {
                    facts.push(self.member(of, number));
                }
            }
            facts.extend((0..BOTS).map(|number| self.bot(of, number)).collect::<Vec<_>>());
            if self.often() {
                facts.push(self.partnership(of, (of + 1) % ORGANIZATIONS));
            }
        }
        facts.extend((0..USERS).map(|number| self.account(number)).collect::<Vec<_>>());
        facts.push(self.key());
        facts
    }
}

pub fn directory(facts: &[Facts]) -> Directory {
    let mut directory = Directory::default();
    for one in facts {
        directory.apply(Update::Set(one.clone()));
    }
    directory
}

/// Every scope of the world.
pub fn scopes() -> Vec<Scope> {
    let bots = (0..ORGANIZATIONS).flat_map(|of| (0..BOTS).map(move |number| Scope::Bot(bot(of, number))));
    (0..ORGANIZATIONS).map(|of| Scope::Organization(organization(of))).chain(bots).collect()
}
