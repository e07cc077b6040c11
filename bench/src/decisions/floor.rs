//! The floor: what somebody would write by hand for just this question. Two hash look-ups and a sorted run of (scope,
//! role); nothing expires, nobody is suspended, nothing can be changed.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use uuid::Uuid;

use super::world::{Asked, BOTS, ROLES, World};

/// By id: people with their run, bots with their organization.
pub struct Floor<S> {
    people: HashMap<Uuid, u32, S>,
    bots: HashMap<Uuid, u32, S>,
    starts: Vec<u32>,
    /// Scope (organizations after bots) and role.
    runs: Vec<(u32, u32)>,
    organizations_from: u32,
}

impl<S: BuildHasher + Default> Floor<S> {
    pub fn new(world: &World) -> Self {
        let number = |number: usize| u32::try_from(number).expect("fewer");
        let organizations_from = number(world.bots.len());
        let mut starts = vec![0];
        let mut runs = Vec::with_capacity(world.people.len() * 2);
        for person in &world.people {
            runs.push((number(person.bot), number(person.bot_role)));
            runs.push((organizations_from + number(person.organization), number(person.role)));
            starts.push(number(runs.len()));
        }
        let ids = world.people.iter().enumerate();
        Self {
            people: ids.map(|(at, person)| (person.id, number(at))).collect(),
            bots: world.bots.iter().enumerate().map(|(at, id)| (*id, number(at))).collect(),
            starts,
            runs,
            organizations_from,
        }
    }

    pub fn allows(&self, asked: &Asked) -> bool {
        let (Some(person), Some(bot)) = (self.people.get(&asked.user), self.bots.get(&asked.bot)) else { return false };
        let run = &self.runs[self.starts[*person as usize] as usize..self.starts[*person as usize + 1] as usize];
        let organization = self.organizations_from + *bot / BOTS as u32;
        let at = |scope: u32| {
            let first = run.partition_point(|(other, _)| *other < scope);
            run[first..].iter().take_while(move |(other, _)| *other == scope)
        };
        let has = |(_, role): &(u32, u32)| ROLES[*role as usize] >> asked.ability & 1 == 1;
        at(organization).any(has) || at(*bot).any(|entry| asked.ability == 1 || has(entry))
    }
}

/// A quick hash for ids that no stranger chooses, to set beside the standard library's.
#[derive(Default)]
pub struct Multiply;

#[derive(Default)]
pub struct Multiplying(u64);

impl BuildHasher for Multiply {
    type Hasher = Multiplying;

    fn build_hasher(&self) -> Multiplying {
        Multiplying(0)
    }
}

impl Hasher for Multiplying {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            let mixed = u128::from(self.0 ^ u64::from_le_bytes(word)) * 0x9e37_79b9_7f4a_7c15;
            self.0 = (mixed as u64) ^ ((mixed >> 64) as u64);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
