//! People: their ids, what is known of their accounts, and the rows of what they are given.
//!
//! They lie in pages by the hash of their id ([`Spread`]), so that who is asked about is found, with what they are given,
//! in two steps. What names somebody by number comes by their hash, which stands beside.

use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::numbers::{Entry, find, put, table};
use super::paged::{Paged, Slots};
use super::rows::{NewRow, Place, Rows, View};
use super::spread::{Spread, hash};
use crate::id::UserId;

/// Whoever has more rows has them apart, so that neighbours' changes do not copy them.
const APART: usize = 256;
/// The most rows of a page that are not apart: how far a head can point.
const ROWS: usize = 1 << 15;
/// Hashes of a page of them.
const HASHES: usize = 128;

/// There is an account.
pub(crate) const ACCOUNT: u8 = 1;
/// Its e-mail is confirmed.
pub(crate) const VERIFIED: u8 = 2;
/// It has a credential to sign in with.
pub(crate) const SIGNS_IN: u8 = 4;

/// A place in a page; in open addressing.
#[derive(Clone, Copy, Default)]
struct Head {
    id: Uuid,
    /// The person's number and one; 0: nobody.
    number: u32,
    /// Where their rows begin in the page.
    start: u16,
    /// How many they are, what is known of the account, and whether the rows are apart.
    rest: u16,
}

const LENGTH: u16 = (1 << 12) - 1;
const IS_APART: u16 = 1 << 12;
const ACCOUNT_AT: u32 = 13;

impl Head {
    #[inline]
    const fn length(self) -> u16 {
        self.rest & LENGTH
    }

    #[inline]
    const fn account(self) -> u8 {
        (self.rest >> ACCOUNT_AT) as u8
    }

    const fn is_apart(self) -> bool {
        self.rest & IS_APART != 0
    }

    #[inline]
    fn range(self) -> Range<u32> {
        u32::from(self.start)..u32::from(self.start) + u32::from(self.length())
    }
}

impl Entry for Head {
    fn hash(&self) -> u32 {
        hash(self.id)
    }

    #[inline]
    fn is_free(&self) -> bool {
        self.number == 0
    }
}

/// What the people of a page are given.
#[derive(Clone, Default)]
struct Given {
    rows: Rows,
    /// By number.
    apart: Vec<(u32, Arc<Rows>)>,
}

#[derive(Clone, Default)]
struct Page {
    heads: Arc<[Head]>,
    given: Arc<Given>,
}

impl Page {
    #[inline]
    fn head(&self, hash: u32, is: impl Fn(&Head) -> bool) -> Option<&Head> {
        self.heads.get(find(&self.heads, hash, is)?)
    }

    #[inline]
    fn view(&self, head: &Head) -> View<'_> {
        if head.is_apart()
            && let Some((_, rows)) = self.given.apart.iter().find(|(of, _)| *of == head.number)
        {
            return rows.view(0..u32::MAX);
        }
        self.given.rows.view(head.range())
    }

    /// The rows of whoever is at this place are these now, where theirs at a scope were in that range.
    fn splice(&mut self, at: usize, old: Range<u32>, place: Place, new: &[NewRow]) {
        let Some(head) = self.heads.get(at).copied() else { return };
        let given = Arc::make_mut(&mut self.given);
        if let Some((_, rows)) = given.apart.iter_mut().find(|(of, _)| *of == head.number) {
            return Arc::make_mut(rows).splice(old, place, new);
        }
        let (removed, added) = (old.end - old.start, new.len() as u32);
        let length = head.range().len() + new.len() - removed as usize;
        if length > APART || given.rows.len() + new.len() > ROWS {
            let mut rows = given.rows.take(head.range());
            let from = u32::from(head.start);
            rows.splice(old.start - from..old.end - from, place, new);
            given.apart.push((head.number, Arc::new(rows)));
            return self.resize(at, head.range().len() as u32, 0, IS_APART);
        }
        given.rows.splice(old, place, new);
        self.resize(at, removed, added, 0);
    }

    /// Notes that somebody has other rows, and that those behind have moved.
    fn resize(&mut self, at: usize, removed: u32, added: u32, apart: u16) {
        let heads = Arc::make_mut(&mut self.heads);
        let Some(head) = heads.get(at).copied() else { return };
        let moved = |number: u32| (number + added).saturating_sub(removed) as u16;
        let behind = head.range().end as u16;
        for (place, other) in heads.iter_mut().enumerate() {
            if place == at {
                other.rest = (other.rest & !LENGTH) | moved(u32::from(head.length())) | apart;
            } else if other.start >= behind {
                other.start = moved(u32::from(other.start));
            }
        }
    }

    /// The page without those who belong on another one, and that one.
    fn split(&self, belongs: impl Fn(Uuid) -> bool) -> [Self; 2] {
        let all = self.heads.iter().filter(|head| head.number != 0);
        let (moves, stays): (Vec<&Head>, Vec<&Head>) = all.partition(|head| belongs(head.id));
        [self.only(&stays), self.only(&moves)]
    }

    /// The page with only these.
    fn only(&self, heads: &[&Head]) -> Self {
        let mut rows = Rows::with_room(heads.iter().map(|head| head.range().len()).sum());
        let place = |head: &&Head| {
            let start = rows.append(self.given.rows.view(head.range())) as u16;
            Head { start, ..**head }
        };
        let kept: Vec<Head> = heads.iter().map(place).collect();
        let apart = self.given.apart.iter().filter(|(number, _)| heads.iter().any(|head| head.number == *number));
        let apart = apart.cloned().collect();
        Self { heads: table(kept.into_iter(), heads.len()), given: Arc::new(Given { rows, apart }) }
    }
}

/// All people that any fact speaks of.
#[derive(Clone, Default)]
pub(crate) struct People {
    pages: Paged<Page>,
    spread: Spread,
    hashes: Slots<u32, HASHES>,
    length: u32,
}

impl People {
    #[inline]
    fn by_id(&self, user: UserId) -> Option<(&Page, &Head)> {
        let hash = hash(user.0);
        let page = self.pages.get(self.spread.page(hash))?;
        Some((page, page.head(hash, |head| head.id == user.0 && head.number != 0)?))
    }

    #[inline]
    fn by_number(&self, number: u32) -> Option<(&Page, &Head)> {
        let hash = *self.hashes.get(number)?;
        let page = self.pages.get(self.spread.page(hash))?;
        Some((page, page.head(hash, |head| head.number == number.wrapping_add(1))?))
    }

    /// The person's number, if any fact ever spoke of them.
    #[inline]
    pub fn find(&self, user: UserId) -> Option<u32> {
        self.by_id(user)?.1.number.checked_sub(1)
    }

    /// The person's number with what is known of their account and what they are given.
    #[inline]
    pub fn known(&self, user: UserId) -> Option<(u32, u8, View<'_>)> {
        let (page, head) = self.by_id(user)?;
        Some((head.number.checked_sub(1)?, head.account(), page.view(head)))
    }

    /// The person's id.
    pub fn id(&self, number: u32) -> UserId {
        UserId(self.by_number(number).map(|(_, head)| head.id).unwrap_or_default())
    }

    /// What is known of the account: [`ACCOUNT`], [`VERIFIED`], [`SIGNS_IN`].
    #[inline]
    pub fn account(&self, number: u32) -> u8 {
        self.by_number(number).map_or(0, |(_, head)| head.account())
    }

    /// What the person is given.
    #[inline]
    pub fn rows(&self, number: u32) -> Option<View<'_>> {
        let (page, head) = self.by_number(number)?;
        Some(page.view(head))
    }

    /// Everybody's number.
    pub fn all(&self) -> Range<u32> {
        0..self.length
    }

    /// Their page and place there, for a change.
    fn place_mut(&mut self, number: u32) -> Option<(&mut Page, usize)> {
        let hash = *self.hashes.get(number)?;
        let page = self.pages.get_mut(self.spread.page(hash))?;
        let at = find(&page.heads, hash, |head| head.number == number.wrapping_add(1))?;
        Some((page, at))
    }

    /// The person's number, a new one if they have none.
    pub fn number(&mut self, user: UserId) -> u32 {
        if let Some(number) = self.find(user) {
            return number;
        }
        let number = self.length;
        self.length += 1;
        let hash = hash(user.0);
        if let Some(noted) = self.hashes.get_mut(number) {
            *noted = hash;
        }
        if let Some(page) = self.pages.get_mut(self.spread.page(hash)) {
            let start = page.given.rows.len() as u16;
            put(&mut page.heads, Head { id: user.0, number: number.wrapping_add(1), start, rest: 0 });
        }
        if let Some((old, new)) = self.spread.add() {
            self.split(old, new);
        }
        number
    }

    fn split(&mut self, old: usize, new: usize) {
        let Some(page) = self.pages.get(old) else { return };
        let [stays, moves] = page.split(|id| self.spread.page(hash(id)) == new);
        for (page, with) in [(old, stays), (new, moves)] {
            if let Some(page) = self.pages.get_mut(page) {
                *page = with;
            }
        }
    }

    /// Says what is known of the account.
    pub fn set_account(&mut self, number: u32, account: u8) {
        if self.account(number) != account
            && let Some((page, at)) = self.place_mut(number)
            && let Some(head) = Arc::make_mut(&mut page.heads).get_mut(at)
        {
            head.rest = (head.rest & (LENGTH | IS_APART)) | (u16::from(account) << ACCOUNT_AT);
        }
    }

    /// The person's rows at the scope are these now; whether there were none.
    pub(super) fn replace(&mut self, number: u32, place: Place, new: &[NewRow]) -> bool {
        let Some(hash) = self.hashes.get(number).copied() else { return false };
        let of = self.spread.page(hash);
        let Some(page) = self.pages.get(of) else { return false };
        let Some(at) = find(&page.heads, hash, |head| head.number == number.wrapping_add(1)) else { return false };
        let Some(rows) = page.heads.get(at).map(|head| page.view(head).at(place)) else { return false };
        let old = rows.range();
        if !rows.says(new)
            && let Some(page) = self.pages.get_mut(of)
        {
            page.splice(at, old.clone(), place, new);
        }
        old.is_empty()
    }
}
