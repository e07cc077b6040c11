//! What is unlike the rest: somebody on thousands of bots, an organization of a hundred thousand, a role that all hold,
//! and what a change costs.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use rolecall_access::facts::{BotFacts, MemberFacts, MemberStatus, Provenance, RoleGrant, TeamEntry};
use rolecall_access::{
    BotId, Directory, Facts, OrganizationId, Question, RoleId, Scope, Subject, Timestamp, Update, UserId,
};
use serde_json::json;

use super::world::{self, NOW, Numbers, World};
use super::{median, round};

const UPDATES: usize = 4_000;

/// Microseconds for a change of one membership, with the earlier directory kept.
pub fn update(directory: &Directory, world: &World) -> f64 {
    let mut numbers = Numbers(13);
    let members: Vec<Facts> = (0..UPDATES).map(|_| ends(world.member(numbers.below(world.people.len())))).collect();
    changes(directory, members)
}

/// The same membership with an end to each of its roles.
fn ends(facts: Facts) -> Facts {
    let Facts::Member(mut member) = facts else { return facts };
    for grant in &mut member.roles {
        grant.provenance.expires_at = Some(Timestamp(NOW.0 + 1));
    }
    Facts::Member(member)
}

/// The median of what each change costs, in microseconds; each on what the one before left.
fn changes(directory: &Directory, all: Vec<Facts>) -> f64 {
    let mut now = directory.clone();
    let mut spent = Vec::with_capacity(all.len());
    for facts in all {
        let began = Instant::now();
        let mut next = now.clone();
        next.apply(Update::Set(facts));
        now = next;
        spent.push(began.elapsed().as_secs_f64() * 1e6);
    }
    black_box(&now);
    round(median(&spent))
}

/// Prints a row for each case.
pub fn run(people: usize) {
    let crowd = Crowd::new(people);
    let before = crate::allocated();
    let began = Instant::now();
    let directory = crowd.directory();
    let load = began.elapsed().as_secs_f64();
    let bytes = (crate::allocated() - before) / people;
    let mut numbers = Numbers(17);
    let everybody: Vec<(usize, usize)> =
        (0..200_000).map(|_| (numbers.below(people), numbers.below(crowd.bots.len()))).collect();
    let busy: Vec<(usize, usize)> = everybody.iter().map(|(_, bot)| (0, *bot)).collect();
    let members = (0..UPDATES).map(|_| ends(crowd.member(1 + numbers.below(people - 1)))).collect();
    let busy_changes = (0..200).map(|_| ends(crowd.member(0))).enumerate();
    let busy_changes = busy_changes.map(|(at, facts)| if at % 2 == 0 { facts } else { crowd.member(0) }).collect();
    let of_role = (0..200).map(|at| world::role(crowd.role, crowd.organization, 0x0f_0220 + (at % 2) * 0x40)).collect();
    let who_can: Vec<f64> = (0..super::RUNS).map(|_| crowd.who_can(&directory)).collect();
    let row = json!({
        "case": "one organization, one role held by all, one person on every bot",
        "users": people,
        "bots": crowd.bots.len(),
        "anybody_ns": crowd.timed(&directory, &everybody),
        "on_every_bot_ns": crowd.timed(&directory, &busy),
        "who_can_ms": median(&who_can),
        "who_can_runs": who_can,
        "update_us": changes(&directory, members),
        "update_of_the_one_on_every_bot_us": changes(&directory, busy_changes),
        "update_of_the_role_us": changes(&directory, of_role),
        "bytes_per_user": bytes,
        "load_s": round(load),
    });
    println!("{row}");
}

/// One organization; everybody holds one role, the first person is on every bot besides.
struct Crowd {
    organization: OrganizationId,
    role: RoleId,
    people: Vec<UserId>,
    bots: Vec<BotId>,
}

impl Crowd {
    fn new(people: usize) -> Self {
        let mut numbers = Numbers(19);
        Self {
            organization: OrganizationId(numbers.id(0)),
            role: RoleId(numbers.id(0)),
            people: (0..people).map(|at| UserId(numbers.id(at))).collect(),
            bots: (0..5_000).map(|at| BotId(numbers.id(at))).collect(),
        }
    }

    fn directory(&self) -> Directory {
        let mut directory = Directory::default();
        let mut set = |facts| directory.apply(Update::Set(facts));
        set(world::organization(self.organization));
        set(world::role(self.role, self.organization, 0x0f_0220));
        self.people.iter().for_each(|user| set(world::account(*user)));
        (0..self.people.len()).for_each(|number| set(self.member(number)));
        self.bots.iter().for_each(|bot| set(self.bot(*bot)));
        directory
    }

    /// Milliseconds to find who of all may read flows on a bot: everybody, by the role.
    fn who_can(&self, directory: &Directory) -> f64 {
        let began = Instant::now();
        let all: BTreeSet<UserId> = directory.members(self.organization).collect();
        let able = directory.who_can(&world::permission(5), Scope::Bot(self.bots[0]), all, NOW);
        let spent = began.elapsed();
        assert!(able.len() == self.people.len(), "everybody holds the role");
        round(spent.as_secs_f64() * 1e3)
    }

    fn grant(&self) -> RoleGrant {
        let provenance = Provenance { given_by: None, given_at: Timestamp(NOW.0 - 1), expires_at: None };
        RoleGrant { role: self.role, provenance }
    }

    fn member(&self, number: usize) -> Facts {
        let (organization, user, roles) = (self.organization, self.people[number], vec![self.grant()]);
        Facts::Member(MemberFacts { organization, user, status: MemberStatus::Active, roles, permissions: Vec::new() })
    }

    fn bot(&self, id: BotId) -> Facts {
        let RoleGrant { provenance, .. } = self.grant();
        let (user, through, roles) = (self.people[0], self.organization, vec![self.grant()]);
        let entry = TeamEntry { user, through, provenance, roles, permissions: Vec::new() };
        let (organization, team, offers) = (self.organization, vec![entry], Vec::new());
        Facts::Bot(BotFacts { id, organization, owner: None, published: true, team, offers })
    }

    /// Nanoseconds a decision: reading flows, which the role gives, and making them, which it does not.
    fn timed(&self, directory: &Directory, pairs: &[(usize, usize)]) -> f64 {
        let question = |(at, (person, bot)): (usize, &(usize, usize))| Question {
            subject: Subject::User(self.people[*person]),
            permission: world::permission(if at % 2 == 0 { 5 } else { 4 }),
            scope: Scope::Bot(self.bots[*bot]),
            owner: None,
        };
        let questions: Vec<Question> = pairs.iter().enumerate().map(question).collect();
        let runs: Vec<f64> = (0..super::RUNS)
            .map(|_| {
                let began = Instant::now();
                let right = questions.iter().enumerate();
                let wrong = right.filter(|(at, one)| directory.allows(one, NOW) != (at % 2 == 0)).count();
                assert!(wrong == 0, "{wrong} answers are wrong");
                round(began.elapsed().as_secs_f64() * 1e9 / questions.len() as f64)
            })
            .collect();
        median(&runs)
    }
}
