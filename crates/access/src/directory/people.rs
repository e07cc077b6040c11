//! People: their ids, what is known of their accounts, and the rows of what they are given, sixty-four to a page.

use std::array::from_fn;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::numbers::Numbers;
use super::paged::Paged;
use super::rows::{NewRow, Place, Rows, View};
use crate::id::UserId;

const PEOPLE: usize = 64;
/// Whoever has more rows has them apart, so that neighbours' changes do not copy them.
const APART: usize = 256;

/// There is an account.
pub(crate) const ACCOUNT: u8 = 1;
/// Its e-mail is confirmed.
pub(crate) const VERIFIED: u8 = 2;
/// It has a credential to sign in with.
pub(crate) const SIGNS_IN: u8 = 4;

#[derive(Clone, Copy, Default)]
struct Head {
    id: Uuid,
    /// Where their rows end in the page; they begin where those of the one before end.
    end: u32,
    account: u8,
    apart: bool,
}

#[derive(Clone)]
struct Page {
    rows: Rows,
    apart: Vec<(usize, Arc<Rows>)>,
    heads: [Head; PEOPLE],
}

impl Page {
    fn new() -> Self {
        Self { rows: Rows::default(), apart: Vec::new(), heads: from_fn(|_| Head::default()) }
    }

    #[inline]
    fn range(&self, place: usize) -> Range<u32> {
        let start = place.checked_sub(1).and_then(|before| self.heads.get(before)).map_or(0, |head| head.end);
        start..self.heads.get(place).map_or(start, |head| head.end)
    }

    #[inline]
    fn view(&self, place: usize) -> View<'_> {
        if self.heads.get(place).is_some_and(|head| head.apart)
            && let Some((_, rows)) = self.apart.iter().find(|(of, _)| *of == place)
        {
            return rows.view(0..u32::MAX);
        }
        self.rows.view(self.range(place))
    }

    fn replace(&mut self, person: usize, place: Place, new: &[NewRow]) {
        let old = self.view(person).at(place).range();
        if let Some((_, rows)) = self.apart.iter_mut().find(|(of, _)| *of == person) {
            return Arc::make_mut(rows).splice(old, place, new);
        }
        let (removed, added) = (old.end - old.start, new.len() as u32);
        self.rows.splice(old, place, new);
        self.shift(person, removed, added);
        let range = self.range(person);
        if (range.end - range.start) as usize > APART {
            self.shift(person, range.end - range.start, 0);
            let rows = self.rows.take(range);
            self.apart.push((person, Arc::new(rows)));
            if let Some(head) = self.heads.get_mut(person) {
                head.apart = true;
            }
        }
    }

    fn shift(&mut self, person: usize, removed: u32, added: u32) {
        for head in self.heads.iter_mut().skip(person) {
            head.end = (head.end + added).saturating_sub(removed);
        }
    }
}

/// All people that any fact speaks of.
#[derive(Clone, Default)]
pub(crate) struct People {
    numbers: Numbers,
    pages: Paged<Option<Arc<Page>>>,
    length: u32,
}

impl People {
    #[inline]
    fn page(&self, number: u32) -> Option<&Page> {
        self.pages.get(number as usize / PEOPLE)?.as_deref()
    }

    #[inline]
    fn head(&self, number: u32) -> Option<&Head> {
        self.page(number)?.heads.get(number as usize % PEOPLE)
    }

    /// The person's number, if any fact ever spoke of them.
    #[inline]
    pub fn find(&self, user: UserId) -> Option<u32> {
        self.numbers.find(user.0, |number| (self.head(number)?.id == user.0).then_some(number))
    }

    /// The person's number with what is known of their account and what they are given.
    #[inline]
    pub fn known(&self, user: UserId) -> Option<(u32, u8, View<'_>)> {
        self.numbers.find(user.0, |number| {
            let (page, place) = (self.page(number)?, number as usize % PEOPLE);
            let head = page.heads.get(place)?;
            (head.id == user.0).then(|| (number, head.account, page.view(place)))
        })
    }

    /// The person's id.
    pub fn id(&self, number: u32) -> UserId {
        UserId(self.head(number).map(|head| head.id).unwrap_or_default())
    }

    /// What is known of the account: [`ACCOUNT`], [`VERIFIED`], [`SIGNS_IN`].
    #[inline]
    pub fn account(&self, number: u32) -> u8 {
        self.head(number).map_or(0, |head| head.account)
    }

    /// What the person is given.
    #[inline]
    pub fn rows(&self, number: u32) -> Option<View<'_>> {
        Some(self.page(number)?.view(number as usize % PEOPLE))
    }

    /// Everybody's number.
    pub fn all(&self) -> Range<u32> {
        0..self.length
    }

    fn page_mut(&mut self, number: u32) -> Option<&mut Page> {
        let page = self.pages.get_mut(number as usize / PEOPLE)?;
        Some(Arc::make_mut(page.get_or_insert_with(|| Arc::new(Page::new()))))
    }

    /// The person's number, a new one if they have none.
    pub fn number(&mut self, user: UserId) -> u32 {
        if let Some(number) = self.find(user) {
            return number;
        }
        let number = self.length;
        self.length += 1;
        self.numbers.add(user.0, number);
        if let Some(head) = self.page_mut(number).and_then(|page| page.heads.get_mut(number as usize % PEOPLE)) {
            head.id = user.0;
        }
        number
    }

    /// Says what is known of the account.
    pub fn set_account(&mut self, number: u32, account: u8) {
        if self.account(number) != account
            && let Some(head) = self.page_mut(number).and_then(|page| page.heads.get_mut(number as usize % PEOPLE))
        {
            head.account = account;
        }
    }

    /// The person's rows at the scope are these now.
    pub(super) fn replace(&mut self, number: u32, place: Place, new: &[NewRow]) {
        if self.rows(number).is_some_and(|rows| rows.at(place).says(new)) {
            return;
        }
        if let Some(page) = self.page_mut(number) {
            page.replace(number as usize % PEOPLE, place, new);
        }
    }
}
