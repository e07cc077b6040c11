//! UUIDs to dense numbers: a hash table in pages ([`Spread`]).
//!
//! The table holds 32 bits of each id's hash and its number; the id itself is where the number leads. Numbers are never
//! given twice: what held one of something gone finds nothing there.

use std::sync::Arc;

use uuid::Uuid;

use super::paged::{Paged, Slots};
use super::spread::{Spread, hash, start};

/// Ids' hashes with their numbers.
#[derive(Clone, Default)]
pub(super) struct Numbers {
    /// Open addressing; an entry is the hash above, the number and one below; 0: free.
    pages: Paged<Arc<[u64]>>,
    spread: Spread,
}

const fn hash_in(entry: u64) -> u32 {
    (entry >> 32) as u32
}

impl Numbers {
    /// What a number leads to, where it is that of this id: `there` says so.
    #[inline]
    pub fn find<T>(&self, id: Uuid, there: impl Fn(u32) -> Option<T>) -> Option<T> {
        let hash = hash(id);
        let entries = self.pages.get(self.spread.page(hash))?;
        let mut at = start(hash, entries.len());
        for _ in 0..entries.len() {
            let entry = *entries.get(at)?;
            if entry == 0 {
                return None;
            }
            let number = (entry as u32).wrapping_sub(1);
            if hash_in(entry) == hash
                && let Some(found) = there(number)
            {
                return Some(found);
            }
            at = if at + 1 == entries.len() { 0 } else { at + 1 };
        }
        None
    }

    /// Adds an id that has no number yet.
    pub fn add(&mut self, id: Uuid, number: u32) {
        let hash = hash(id);
        let entry = (u64::from(hash) << 32) | u64::from(number.wrapping_add(1));
        self.put(self.spread.page(hash), entry);
        if let Some((old, new)) = self.spread.add() {
            self.split(old, new);
        }
    }

    fn put(&mut self, page: usize, entry: u64) {
        let Some(handle) = self.pages.get_mut(page) else { return };
        let taken = handle.iter().filter(|other| **other != 0).count();
        if (taken + 1) * 5 > handle.len() * 4 {
            *handle = table(handle.iter().copied().chain([entry]).filter(|entry| *entry != 0), taken + 1);
        } else {
            place(Arc::make_mut(handle), entry);
        }
    }

    /// Moves to a new page what belongs there.
    fn split(&mut self, old: usize, new: usize) {
        let all = self.pages.get(old).cloned().unwrap_or_default();
        let taken = all.iter().copied().filter(|entry| *entry != 0);
        let (moves, stays): (Vec<u64>, Vec<u64>) = taken.partition(|entry| self.spread.page(hash_in(*entry)) == new);
        for (page, entries) in [(old, stays), (new, moves)] {
            if let Some(handle) = self.pages.get_mut(page) {
                let count = entries.len();
                *handle = table(entries.into_iter(), count);
            }
        }
    }
}

/// A page with these entries and some room.
fn table(entries: impl Iterator<Item = u64>, count: usize) -> Arc<[u64]> {
    let mut table = vec![0; count + count / 2 + 4];
    entries.for_each(|entry| place(&mut table, entry));
    table.into()
}

fn place(table: &mut [u64], entry: u64) {
    let length = table.len();
    let first = start(hash_in(entry), length);
    for step in 0..length {
        if let Some(free) = table.get_mut((first + step) % length)
            && *free == 0
        {
            *free = entry;
            return;
        }
    }
}

/// Something that has an id.
pub(super) trait Identified {
    /// The id.
    fn uuid(&self) -> Uuid;
    /// Notes the id, when the number is given.
    fn name(&mut self, id: Uuid);
}

/// Things of one kind, by id and by number.
#[derive(Clone)]
pub(super) struct Table<T> {
    numbers: Numbers,
    slots: Slots<T>,
    length: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { numbers: Numbers::default(), slots: Slots::default(), length: 0 }
    }
}

impl<T: Identified + Clone + Default> Table<T> {
    /// The number, if the id has one.
    #[inline]
    pub fn find(&self, id: Uuid) -> Option<u32> {
        self.numbered(id).map(|(number, _)| number)
    }

    /// What has this id, with its number.
    #[inline]
    pub fn numbered(&self, id: Uuid) -> Option<(u32, &T)> {
        self.numbers.find(id, |number| {
            let slot = self.slots.get(number)?;
            (slot.uuid() == id).then_some((number, slot))
        })
    }

    /// What has this id.
    #[inline]
    pub fn by_id(&self, id: Uuid) -> Option<&T> {
        self.numbered(id).map(|(_, slot)| slot)
    }

    /// What has this number.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number)
    }

    /// What has this number, for a change.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slots.get_mut(number)
    }

    /// The id's number, a new one if it has none.
    pub fn number(&mut self, id: Uuid) -> u32 {
        if let Some(number) = self.find(id) {
            return number;
        }
        let number = self.length;
        self.length += 1;
        self.numbers.add(id, number);
        if let Some(slot) = self.slots.get_mut(number) {
            slot.name(id);
        }
        number
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.length).filter_map(|number| self.slots.get(number))
    }
}
