//! `search`: who may, with what, and which actions; in process, every answer compared with the expected one.

use std::collections::BTreeSet;
use std::time::Instant;

use rolecall_access::{BotId, Directory, OrganizationId, Scope, Subject, UserId};
use serde_json::{Value, json};

use crate::decisions::world::{ACTIONS, BOTS, MODELS, NOW, Numbers, PEOPLE, World, permission};
use crate::decisions::{SIZES, directory, median};

const RUNS: usize = 5;
/// Searches of one run.
const SEARCHES: usize = 200;

/// Prints a row for each size.
pub fn run(largest: Option<&str>) {
    let largest = largest.and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    for users in SIZES.into_iter().filter(|users| *users <= largest) {
        println!("{}", row(users));
    }
}

fn row(users: usize) -> Value {
    let world = World::new(users);
    let directory = directory(&world);
    let searched = Searched { world: &world, directory: &directory };
    let mut numbers = Numbers(23);
    let (mut subjects, mut resources, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut pick = |below: usize| -> Vec<usize> { (0..SEARCHES).map(|_| numbers.below(below)).collect() };
        let (bots, people) = (pick(world.bots.len()), pick(users));
        subjects.push(timed(1e3, &bots, |bot| searched.subjects(bot)));
        resources.push(timed(1e3, &people, |person| searched.resources(person)));
        actions.push(timed(1e6, &people, |person| searched.actions(person)));
    }
    json!({
        "users": users,
        "subject_ms": median(&subjects),
        "resource_ms": median(&resources),
        "action_us": median(&actions),
        "subject_runs": subjects,
        "resource_runs": resources,
        "action_runs": actions,
    })
}

/// What a search takes on the average, in parts of a second; each tells how long it took without the comparing.
fn timed(unit: f64, about: &[usize], search: impl Fn(usize) -> f64) -> f64 {
    let spent: f64 = about.iter().map(|number| search(*number)).sum();
    (spent * unit / about.len() as f64 * 1e4).round() / 1e4
}

struct Searched<'w> {
    world: &'w World,
    directory: &'w Directory,
}

impl Searched<'_> {
    /// Who of the organization may read flows on the bot.
    fn subjects(&self, bot: usize) -> f64 {
        let organization = bot / BOTS;
        let began = Instant::now();
        let all: BTreeSet<UserId> =
            self.directory.members(OrganizationId(self.world.organizations[organization])).collect();
        let able = self.directory.who_can(&permission(5), Scope::Bot(BotId(self.world.bots[bot])), all, NOW);
        let spent = began.elapsed().as_secs_f64();
        let of_organization = organization * PEOPLE..self.world.people.len().min((organization + 1) * PEOPLE);
        let may = of_organization.filter(|person| self.world.expected(*person, bot, 5));
        let expected: BTreeSet<UserId> = may.map(|person| UserId(self.world.people[person].id)).collect();
        assert_eq!(able, expected, "who may");
        spent
    }

    /// On which bots of their organization somebody may change flows.
    fn resources(&self, person: usize) -> f64 {
        let organization = self.world.people[person].organization;
        let (subject, of) =
            (Subject::User(UserId(self.world.people[person].id)), self.world.organizations[organization]);
        let began = Instant::now();
        let found = self.directory.bots_where(subject, &permission(6), OrganizationId(of), NOW);
        let spent = began.elapsed().as_secs_f64();
        let bots = organization * BOTS..(organization + 1) * BOTS;
        let may = bots.filter(|bot| self.world.expected(person, *bot, 6));
        let expected: BTreeSet<BotId> = may.map(|bot| BotId(self.world.bots[bot])).collect();
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "with what");
        spent
    }

    /// What somebody may do on their bot.
    fn actions(&self, person: usize) -> f64 {
        let bot = self.world.people[person].bot;
        let subject = Subject::User(UserId(self.world.people[person].id));
        let began = Instant::now();
        let map = self.directory.effective(subject, Scope::Bot(BotId(self.world.bots[bot])), NOW);
        let spent = began.elapsed().as_secs_f64();
        for (model, name) in MODELS.iter().enumerate() {
            for (action, verb) in ACTIONS.iter().enumerate().skip(usize::from(model == 0)) {
                let expected = self.world.expected(person, bot, model * ACTIONS.len() + action);
                assert_eq!(map.allows(name, verb), expected, "{name}: {verb}");
            }
        }
        spent
    }
}
