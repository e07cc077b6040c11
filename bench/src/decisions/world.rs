//! Organizations of two hundred people with ten bots each; everybody has one role in the organization and is on the team
//! of one bot with another role there: two assignments each.

use rolecall_access::facts::{
    AccountFacts, BotFacts, MemberFacts, MemberStatus, OrganizationFacts, Provenance, RoleFacts, RoleGrant, TeamEntry,
};
use rolecall_access::{
    BotId, Facts, OrganizationId, Permission, Policies, Question, Reach, Relation, RoleId, Scope, Subject, Timestamp,
    UserId,
};
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);
pub const PEOPLE: usize = 200;
pub const BOTS: usize = 10;

/// The models of bots that are asked about, with all four actions.
pub const MODELS: [&str; 6] = ["Bot", "Flow", "TrainingData", "Content", "Integration", "Channel"];
pub const ACTIONS: [&str; 4] = ["create", "read", "update", "delete"];
pub const ABILITIES: usize = MODELS.len() * ACTIONS.len();

/// What the roles of every organization give, as bits of abilities: reader, writer, editor in the organization; reader,
/// builder, manager on a bot. (`Bot: create` and `Bot: read` are other things on a team.)
pub const ROLES: [u32; 6] = [0b0010_0000, 0b0010_0110_0000, 0x0f_0220, 0x22_2220, 0x0f_ff60, 0xff_fff0];

/// A fixed sequence of numbers (splitmix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// An id of version 7: ordered by time, then random.
    pub fn id(&mut self, at: usize) -> Uuid {
        let time = (1_700_000_000_000 + at as u64 / 8) << 16;
        uuid::Builder::from_u128((u128::from(time) << 64) | u128::from(self.next()))
            .with_version(uuid::Version::SortRand)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid()
    }
}

/// A person: their organization's number, the role there, the bot, the role there.
pub struct Person {
    pub id: Uuid,
    pub organization: usize,
    pub role: usize,
    pub bot: usize,
    pub bot_role: usize,
}

/// All of it, by number.
pub struct World {
    pub organizations: Vec<Uuid>,
    pub roles: Vec<[Uuid; 6]>,
    pub bots: Vec<Uuid>,
    pub people: Vec<Person>,
}

/// A question with its answer, and what a hand-made lookup is asked.
pub struct Asked {
    pub question: Question,
    pub user: Uuid,
    pub bot: Uuid,
    pub ability: usize,
    pub expected: bool,
    /// The bot's number.
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "some peers are asked by it"))]
    pub bot_number: usize,
}

pub fn permission(ability: usize) -> Permission {
    Permission::new(MODELS[ability / 4], ACTIONS[ability % 4]).expect("names")
}

impl World {
    pub fn new(users: usize) -> Self {
        let mut numbers = Numbers(7);
        let count = users.div_ceil(PEOPLE);
        let organizations = (0..count).map(|at| numbers.id(at)).collect();
        let roles = (0..count).map(|at| std::array::from_fn(|_| numbers.id(at))).collect();
        let bots = (0..count * BOTS).map(|at| numbers.id(at)).collect();
        let person = |at: usize| Person {
            id: numbers.id(at),
            organization: at / PEOPLE,
            role: numbers.below(3),
            bot: at / PEOPLE * BOTS + numbers.below(BOTS),
            bot_role: 3 + numbers.below(3),
        };
        let people = (0..users).map(person).collect();
        Self { organizations, roles, bots, people }
    }

    /// Whether the person may: the text of the model, for this world.
    pub fn expected(&self, person: usize, bot: usize, ability: usize) -> bool {
        let person = &self.people[person];
        let has = |role: usize| ROLES[role] >> ability & 1 == 1;
        let on = person.bot == bot;
        (person.organization == bot / BOTS && has(person.role)) || (on && (has(person.bot_role) || ability == 1))
    }

    /// So many questions, half of them answered yes: on one's own bot, on others of the organization, on strangers'.
    pub fn questions(&self, count: usize) -> Vec<Asked> {
        let mut numbers = Numbers(11);
        let mut left = [count / 2, count - count / 2];
        let mut asked = Vec::with_capacity(count);
        while left != [0, 0] {
            let person = numbers.below(self.people.len());
            let bot = match numbers.below(8) {
                0 => numbers.below(self.bots.len()),
                1 | 2 => self.people[person].organization * BOTS + numbers.below(BOTS),
                _ => self.people[person].bot,
            };
            // Not `Bot: create`, which is asked in the organization.
            let ability = 1 + numbers.below(ABILITIES - 1);
            let expected = self.expected(person, bot, ability);
            if left[usize::from(expected)] > 0 {
                left[usize::from(expected)] -= 1;
                asked.push(self.question(person, bot, ability));
            }
        }
        asked
    }

    pub fn question(&self, person: usize, bot: usize, ability: usize) -> Asked {
        let (user, bot_id) = (self.people[person].id, self.bots[bot]);
        Asked {
            question: Question {
                subject: Subject::User(UserId(user)),
                permission: permission(ability),
                scope: Scope::Bot(BotId(bot_id)),
                owner: None,
            },
            user,
            bot: bot_id,
            ability,
            expected: self.expected(person, bot, ability),
            bot_number: bot,
        }
    }

    /// As facts, in the order in which a start reads them; made one at a time, so that they take no memory together.
    pub fn facts(&self) -> impl Iterator<Item = Facts> {
        let organizations = self.organizations.iter().map(|id| organization(OrganizationId(*id)));
        let accounts = self.people.iter().map(|person| account(UserId(person.id)));
        let roles = self.roles.iter().zip(&self.organizations).flat_map(|(roles, of)| {
            roles.iter().zip(ROLES).map(|(id, bits)| role(RoleId(*id), OrganizationId(*of), bits))
        });
        let mut teams: Vec<Vec<u32>> = vec![Vec::new(); self.bots.len()];
        for (number, person) in self.people.iter().enumerate() {
            teams[person.bot].push(u32::try_from(number).expect("fewer"));
        }
        let bots = (0..self.bots.len()).zip(teams).map(|(bot, team)| self.bot(bot, &team));
        organizations
            .chain(accounts)
            .chain(roles)
            .chain((0..self.people.len()).map(|number| self.member(number)))
            .chain(bots)
    }

    pub fn member(&self, number: usize) -> Facts {
        let person = &self.people[number];
        Facts::Member(MemberFacts {
            organization: OrganizationId(self.organizations[person.organization]),
            user: UserId(person.id),
            status: MemberStatus::Active,
            roles: vec![self.grant(person.organization, person.role)],
            permissions: Vec::new(),
        })
    }

    fn bot(&self, number: usize, team: &[u32]) -> Facts {
        let organization = number / BOTS;
        let entry = |person: &u32| {
            let person = &self.people[*person as usize];
            TeamEntry {
                user: UserId(person.id),
                through: OrganizationId(self.organizations[organization]),
                provenance: self.provenance(organization),
                roles: vec![self.grant(organization, person.bot_role)],
                permissions: Vec::new(),
            }
        };
        Facts::Bot(BotFacts {
            id: BotId(self.bots[number]),
            organization: OrganizationId(self.organizations[organization]),
            owner: None,
            published: true,
            team: team.iter().map(entry).collect(),
            offers: Vec::new(),
        })
    }

    fn grant(&self, organization: usize, role: usize) -> RoleGrant {
        RoleGrant { role: RoleId(self.roles[organization][role]), provenance: self.provenance(organization) }
    }

    /// Given by the first person of the organization.
    fn provenance(&self, organization: usize) -> Provenance {
        let giver = self.people.get(organization * PEOPLE).map(|person| UserId(person.id));
        Provenance { given_by: giver, given_at: Timestamp(NOW.0 - 1), expires_at: None }
    }
}

pub fn organization(id: OrganizationId) -> Facts {
    Facts::Organization(OrganizationFacts { id, deleted: false, owner: None, policies: Policies::default() })
}

pub fn account(id: UserId) -> Facts {
    Facts::Account(AccountFacts { id, verified: true, can_sign_in: true })
}

pub fn role(id: RoleId, organization: OrganizationId, bits: u32) -> Facts {
    let abilities = (0..ABILITIES).filter(|ability| bits >> ability & 1 == 1);
    Facts::Role(RoleFacts {
        id,
        organization,
        reach: Reach::Organization,
        everything: false,
        public: false,
        permissions: abilities.map(|ability| (permission(ability), Relation::Role)).collect(),
    })
}
