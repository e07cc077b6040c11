//! Bots: what decisions look at lies where their id leads; the rest, by number.

use std::sync::Arc;

use uuid::Uuid;

use super::Bot;
use super::numbers::{Entry, Hashed};
use super::paged::Slots;
use super::roster::Roster;
use super::spread::hash;
use crate::id::BotId;

/// What decisions look at of a bot; each number is one more than it is, 0: none.
#[derive(Clone, Copy, Default)]
pub(crate) struct BotHead {
    id: Uuid,
    number: u32,
    /// None: there is no such bot.
    organization: u32,
    owner: u32,
}

impl BotHead {
    /// Its id.
    pub fn id(&self) -> BotId {
        BotId(self.id)
    }

    /// Its number.
    #[inline]
    pub const fn number(self) -> u32 {
        self.number.wrapping_sub(1)
    }

    /// The number of its organization.
    #[inline]
    pub const fn organization(self) -> u32 {
        self.organization.wrapping_sub(1)
    }

    /// The number of its owner.
    #[inline]
    pub fn owner(self) -> Option<u32> {
        self.owner.checked_sub(1)
    }
}

impl Entry for BotHead {
    fn hash(&self) -> u32 {
        hash(self.id)
    }

    #[inline]
    fn is_free(&self) -> bool {
        self.number == 0
    }
}

/// A bot by its number.
#[derive(Clone, Default)]
pub(crate) struct BotSlot {
    id: Uuid,
    /// The number of its organization.
    pub organization: u32,
    /// The bot itself; none: there is no such bot.
    pub bot: Option<Arc<Bot>>,
    pub(super) team: Roster,
}

impl BotSlot {
    /// Its id.
    pub fn id(&self) -> BotId {
        BotId(self.id)
    }
}

/// All bots of all organizations.
#[derive(Clone, Default)]
pub(crate) struct BotTable {
    heads: Hashed<BotHead>,
    slots: Slots<BotSlot>,
    length: u32,
}

impl BotTable {
    #[inline]
    fn named(&self, id: BotId) -> Option<&BotHead> {
        self.heads.get(hash(id.0), |head| head.id == id.0 && head.number != 0)
    }

    /// The number, if the id has one.
    pub fn find(&self, id: BotId) -> Option<u32> {
        self.named(id).map(|head| head.number())
    }

    /// What decisions look at, if there is such a bot.
    #[inline]
    pub fn head(&self, id: BotId) -> Option<BotHead> {
        self.named(id).copied().filter(|head| head.organization != 0)
    }

    /// The bot of this number.
    pub fn get(&self, number: u32) -> Option<&BotSlot> {
        self.slots.get(number)
    }

    /// The bot of this id.
    pub fn by_id(&self, id: BotId) -> Option<&BotSlot> {
        self.slots.get(self.find(id)?)
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &BotSlot> {
        (0..self.length).filter_map(|number| self.slots.get(number))
    }

    /// The id's number, a new one if it has none.
    pub fn number(&mut self, id: BotId) -> u32 {
        if let Some(number) = self.find(id) {
            return number;
        }
        let number = self.length;
        self.length += 1;
        self.heads.add(BotHead { id: id.0, number: number.wrapping_add(1), ..BotHead::default() });
        if let Some(slot) = self.slots.get_mut(number) {
            slot.id = id.0;
        }
        number
    }

    /// Says what the bot is now, with the numbers of its organization and its owner; its team stays.
    pub fn set(&mut self, number: u32, organization: u32, owner: Option<u32>, bot: Bot) {
        let id = bot.id.0;
        if let Some(head) = self.heads.get_mut(hash(id), |head| head.id == id && head.number != 0) {
            head.organization = organization.wrapping_add(1);
            head.owner = owner.map_or(0, |owner| owner.wrapping_add(1));
        }
        if let Some(slot) = self.slots.get_mut(number) {
            slot.organization = organization;
            slot.bot = Some(Arc::new(bot));
        }
    }

    /// Takes it out; the number of its organization.
    pub fn remove(&mut self, number: u32) -> Option<u32> {
        let slot = self.slots.get_mut(number)?;
        slot.bot.take()?;
        let (id, organization) = (slot.id, slot.organization);
        if let Some(head) = self.heads.get_mut(hash(id), |head| head.id == id && head.number != 0) {
            (head.organization, head.owner) = (0, 0);
        }
        Some(organization)
    }

    pub(super) fn set_team(&mut self, number: u32, team: Roster) {
        if let Some(slot) = self.slots.get_mut(number) {
            slot.team = team;
        }
    }
}
