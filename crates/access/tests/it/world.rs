//! Random organizations: everything drawn from one list of numbers, so that a failing case shrinks to a small one.

use std::collections::BTreeSet;

use rolecall_access::facts::{
    AccountFacts, BotFacts, GrantFacts, Holder, KeyFacts, MemberFacts, MemberStatus, ModelFacts, Offer,
    OrganizationFacts, PartnershipFacts, PermissionGrant, Provenance, ResourceFacts, RoleFacts, RoleGrant,
    SubjectFacts, TeamEntry,
};
use rolecall_access::{
    BotId, Directory, Facts, GrantId, KeyId, ModelId, Name, OrganizationId, Ownership, PartnershipId, Permission,
    Policies, Reach, Relation, ResourceId, RoleId, Scope, SubjectId, Timestamp, Update, UserId,
};
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp(1_000);
pub const ORGANIZATIONS: u16 = 3;
pub const USERS: u16 = 4;
pub const ROLES: u16 = 3;
pub const BOTS: u16 = 2;
pub const RESOURCES: u16 = 2;
pub const SUBJECTS: u16 = 2;
pub const GRANTS: u16 = 5;
/// How many permissions of the catalogue the pool has; a program's follow.
const OWN: u16 = 16;
pub const POOLED: u16 = 18;
pub const TICKET: &str = "crm:Ticket";

const POOL: [(&str, &str); POOLED as usize] = [
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
    (TICKET, "read"),
    (TICKET, "close"),
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

pub fn model(of: u16) -> ModelId {
    ModelId(Uuid::from_u128(0x1000 + u128::from(of)))
}

pub fn resource(of: u16, number: u16) -> ResourceId {
    ResourceId(Uuid::from_u128(0x1100 + u128::from(of * 16 + number)))
}

pub fn subject(of: u16, number: u16) -> SubjectId {
    SubjectId(Uuid::from_u128(0x1200 + u128::from(of * 16 + number)))
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
        let (model, action) = POOL[usize::from(self.below(OWN))];
        Permission::new(model, action).unwrap()
    }

    /// One of the catalogue or of a program.
    fn any_permission(&mut self) -> Permission {
        pool()[usize::from(self.below(POOLED))].clone()
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
            permissions: (0..self.below(6)).map(|_| (self.any_permission(), self.relation())).collect(),
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

    pub fn model(&mut self, of: u16) -> Facts {
        let mut actions: Vec<Name> = vec!["read".parse().unwrap()];
        if self.often() {
            actions.push("close".parse().unwrap());
        }
        Facts::Model(ModelFacts {
            id: model(of),
            organization: organization(of),
            name: TICKET.parse().unwrap(),
            actions: actions.into_iter().collect(),
        })
    }

    pub fn resource(&mut self, of: u16, number: u16) -> Facts {
        // Now and then one is attached to a bot of somebody else, which no program can do.
        let host = if self.rarely(8) { self.below(ORGANIZATIONS) } else { of };
        let bot = self.often().then(|| bot(host, self.below(BOTS)));
        Facts::Resource(ResourceFacts {
            id: resource(of, number),
            model: model(of),
            foreign_id: format!("ticket-{number}").into(),
            bot,
            owner: self.often().then(|| user(self.below(USERS))),
        })
    }

    pub fn subject(&mut self, of: u16, number: u16) -> Facts {
        let from = if self.rarely(8) { self.below(ORGANIZATIONS) } else { of };
        Facts::Subject(SubjectFacts {
            id: subject(of, number),
            organization: organization(of),
            kind: "user".into(),
            foreign_id: format!("alice-{number}").into(),
            roles: self.role_grants(from),
        })
    }

    pub fn grant(&mut self, of: u16, number: u16) -> Facts {
        let from = if self.rarely(8) { self.below(ORGANIZATIONS) } else { of };
        let holder = match self.below(3) {
            0 => Holder::Subject(subject(from, self.below(SUBJECTS))),
            1 => Holder::User(user(self.below(USERS))),
            _ => Holder::Role(role(from, self.below(ROLES))),
        };
        let action = if self.often() { "read" } else { "close" };
        Facts::Grant(GrantFacts {
            id: GrantId(Uuid::from_u128(0x1300 + u128::from(of * 16 + number))),
            model: model(of),
            action: action.parse().unwrap(),
            resource: self.often().then(|| resource(of, self.below(RESOURCES))),
            holder,
            provenance: self.provenance(),
        })
    }

    /// Something of a program, drawn anew.
    pub fn of_program(&mut self) -> Facts {
        let of = self.below(ORGANIZATIONS);
        match self.below(6) {
            0 => self.model(of),
            1 => {
                let number = self.below(RESOURCES);
                self.resource(of, number)
            }
            2 => {
                let number = self.below(SUBJECTS);
                self.subject(of, number)
            }
            _ => {
                let number = self.below(GRANTS);
                self.grant(of, number)
            }
        }
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
        for of in 0..ORGANIZATIONS {
            if self.often() {
                facts.push(self.model(of));
            }
            facts.extend((0..RESOURCES).map(|number| self.resource(of, number)).collect::<Vec<_>>());
            facts.extend((0..SUBJECTS).map(|number| self.subject(of, number)).collect::<Vec<_>>());
            facts.extend((0..GRANTS).map(|number| self.grant(of, number)).collect::<Vec<_>>());
        }
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
