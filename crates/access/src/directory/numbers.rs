//! What is found by the hash of its id: entries in pages ([`Spread`]), in open addressing within a page. And things of one
//! kind by id and by number: the table holds 32 bits of each id's hash and its number; the id itself is where the number
//! leads. Numbers are never given twice: what held one of something gone finds nothing there.

use std::sync::Arc;

use uuid::Uuid;

use super::paged::{Paged, Slots};
use super::spread::{Spread, hash, start};

/// Something that lies in a page by its hash.
pub(super) trait Entry: Copy + Default {
    /// The hash of its id.
    fn hash(&self) -> u32;
    /// Whether it is none.
    fn is_free(&self) -> bool;
}

/// The place of the entry for which it says yes, of those with this hash.
#[inline]
pub(super) fn find<E: Entry>(entries: &[E], hash: u32, is: impl Fn(&E) -> bool) -> Option<usize> {
    let mut at = start(hash, entries.len());
    for _ in 0..entries.len() {
        let entry = entries.get(at)?;
        if is(entry) {
            return Some(at);
        }
        if entry.is_free() {
            return None;
        }
        at = if at + 1 == entries.len() { 0 } else { at + 1 };
    }
    None
}

/// An entry more; a page that is full becomes a larger one.
pub(super) fn put<E: Entry>(entries: &mut Arc<[E]>, new: E) {
    let taken = entries.iter().filter(|entry| !entry.is_free()).count();
    if (taken + 1) * 5 > entries.len() * 4 {
        let all = entries.iter().copied().filter(|entry| !entry.is_free());
        *entries = table(all.chain([new]), taken + 1);
    } else {
        place(Arc::make_mut(entries), new);
    }
}

/// A page with these entries and some room.
pub(super) fn table<E: Entry>(entries: impl Iterator<Item = E>, count: usize) -> Arc<[E]> {
    let mut table = vec![E::default(); count + count / 2 + 3];
    entries.for_each(|entry| place(&mut table, entry));
    table.into()
}

fn place<E: Entry>(table: &mut [E], new: E) {
    let length = table.len();
    let first = start(new.hash(), length);
    for step in 0..length {
        if let Some(free) = table.get_mut((first + step) % length)
            && free.is_free()
        {
            *free = new;
            return;
        }
    }
}

/// Entries by hash.
#[derive(Clone)]
pub(super) struct Hashed<E> {
    pages: Paged<Arc<[E]>>,
    spread: Spread,
}

impl<E> Default for Hashed<E> {
    fn default() -> Self {
        Self { pages: Paged::default(), spread: Spread::default() }
    }
}

impl<E: Entry> Hashed<E> {
    /// The entry for which it says yes, of those with this hash.
    #[inline]
    pub fn get(&self, hash: u32, is: impl Fn(&E) -> bool) -> Option<&E> {
        let entries = self.pages.get(self.spread.page(hash))?;
        entries.get(find(entries, hash, is)?)
    }

    /// The same, for a change that leaves its id.
    pub fn get_mut(&mut self, hash: u32, is: impl Fn(&E) -> bool) -> Option<&mut E> {
        let entries = self.pages.get_mut(self.spread.page(hash))?;
        let at = find(entries, hash, is)?;
        Arc::make_mut(entries).get_mut(at)
    }

    /// An entry more.
    pub fn add(&mut self, new: E) {
        if let Some(entries) = self.pages.get_mut(self.spread.page(new.hash())) {
            put(entries, new);
        }
        if let Some((old, new)) = self.spread.add() {
            self.split(old, new);
        }
    }

    /// Moves to a new page what belongs there.
    fn split(&mut self, old: usize, new: usize) {
        let all = self.pages.get(old).cloned().unwrap_or_default();
        let taken = all.iter().copied().filter(|entry| !entry.is_free());
        let (moves, stays): (Vec<E>, Vec<E>) = taken.partition(|entry| self.spread.page(entry.hash()) == new);
        for (page, entries) in [(old, stays), (new, moves)] {
            if let Some(handle) = self.pages.get_mut(page) {
                let count = entries.len();
                *handle = table(entries.into_iter(), count);
            }
        }
    }
}

/// A hash and, one more than it is, a number.
#[derive(Clone, Copy, Default)]
struct Numbered {
    hash: u32,
    number: u32,
}

impl Entry for Numbered {
    #[inline]
    fn hash(&self) -> u32 {
        self.hash
    }

    #[inline]
    fn is_free(&self) -> bool {
        self.number == 0
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
    numbers: Hashed<Numbered>,
    slots: Slots<T>,
    length: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { numbers: Hashed::default(), slots: Slots::default(), length: 0 }
    }
}

impl<T: Identified + Clone + Default> Table<T> {
    /// The number, if the id has one.
    #[inline]
    pub fn find(&self, id: Uuid) -> Option<u32> {
        let hash = hash(id);
        let there = |entry: &Numbered| {
            entry.hash == hash
                && entry
                    .number
                    .checked_sub(1)
                    .and_then(|number| self.slots.get(number))
                    .is_some_and(|slot| slot.uuid() == id)
        };
        self.numbers.get(hash, there)?.number.checked_sub(1)
    }

    /// What has this id.
    #[inline]
    pub fn by_id(&self, id: Uuid) -> Option<&T> {
        self.slots.get(self.find(id)?)
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
        self.numbers.add(Numbered { hash: hash(id), number: number.wrapping_add(1) });
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
