//! What somebody is given, as rows sorted by scope: first that they belong there (a membership, a place on a team), then
//! roles and single permissions. What decisions seldom need stands beside, in the same order.

use std::ops::Range;

use crate::facts::MemberStatus;
use crate::timestamp::Timestamp;

/// A scope by its number: an organization or a bot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(u32);

impl Place {
    /// The organization of this number.
    pub const fn organization(number: u32) -> Self {
        Self(number << 1)
    }

    /// The bot of this number.
    pub const fn bot(number: u32) -> Self {
        Self((number << 1) | 1)
    }

    /// The bot's number, if it is one.
    pub const fn as_bot(self) -> Option<u32> {
        if self.0 & 1 == 1 { Some(self.0 >> 1) } else { None }
    }

    /// The organization's number, if it is one.
    pub const fn as_organization(self) -> Option<u32> {
        if self.0 & 1 == 0 { Some(self.0 >> 1) } else { None }
    }
}

const KIND: u32 = 0b11 << 30;
const MEMBER: u32 = 0;
const ENTRY: u32 = 1 << 30;
const ROLE: u32 = 2 << 30;
const PERMISSION: u32 = 3 << 30;
/// The row ends some time.
const ENDS: u32 = 1 << 29;
const VALUE: u32 = ENDS - 1;

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A membership.
    Member(MemberStatus),
    /// A place on a bot's team, through the organization of this number.
    Entry(u32),
    /// A role, by number.
    Role(u32),
    /// A single permission, by number.
    Permission(u32),
}

impl What {
    fn packed(self) -> u32 {
        match self {
            Self::Member(status) => MEMBER | status as u32,
            Self::Entry(through) => ENTRY | (through & VALUE),
            Self::Role(role) => ROLE | (role & VALUE),
            Self::Permission(permission) => PERMISSION | (permission & VALUE),
        }
    }

    #[inline]
    fn unpacked(what: u32) -> Self {
        let value = what & VALUE;
        match what & KIND {
            MEMBER if value == MemberStatus::Active as u32 => Self::Member(MemberStatus::Active),
            MEMBER if value == MemberStatus::Invited as u32 => Self::Member(MemberStatus::Invited),
            MEMBER => Self::Member(MemberStatus::Suspended),
            ENTRY => Self::Entry(value),
            ROLE => Self::Role(value),
            _ => Self::Permission(value),
        }
    }
}

/// What every decision looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Row {
    place: Place,
    what: u32,
}

/// Who gave it (by number and one; 0: nobody) and when, in 12 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Origin {
    at: [u32; 2],
    by: u32,
}

/// A row to be.
#[derive(Clone, Copy)]
pub(super) struct NewRow {
    /// What it says.
    pub what: What,
    /// When it was given.
    pub given_at: Timestamp,
    /// The number of who gave it.
    pub given_by: Option<u32>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Rows, of one person or of several after each other.
#[derive(Clone, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    origins: Vec<Origin>,
    /// The rows that end, by index.
    ends: Vec<(u32, Timestamp)>,
}

impl Rows {
    /// None yet, with room for so many.
    pub fn with_room(count: usize) -> Self {
        Self { rows: Vec::with_capacity(count), origins: Vec::with_capacity(count), ends: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Puts rows of others behind; where they begin.
    pub fn append(&mut self, view: View<'_>) -> usize {
        let (start, within) = (self.rows.len(), view.start as usize..view.end as usize);
        self.rows.extend_from_slice(view.slice());
        self.origins.extend_from_slice(view.rows.origins.get(within).unwrap_or_default());
        let ends = view.rows.ends.iter().filter(|(index, _)| view.range().contains(index));
        self.ends.extend(ends.map(|(index, at)| (index - view.start + start as u32, *at)));
        start
    }

    /// Those in the range.
    #[inline]
    pub fn view(&self, range: Range<u32>) -> View<'_> {
        View { rows: self, start: range.start, end: range.end.min(self.rows.len() as u32) }
    }

    /// Rows of the range take these rows' place.
    pub fn splice(&mut self, range: Range<u32>, place: Place, new: &[NewRow]) {
        let within = range.start as usize..range.end as usize;
        let packed = |new: &NewRow| {
            let ends = if new.expires_at.is_some() { ENDS } else { 0 };
            Row { place, what: new.what.packed() | ends }
        };
        let origin = |new: &NewRow| Origin {
            at: [new.given_at.0 as u32, (new.given_at.0 >> 32) as u32],
            by: new.given_by.map_or(0, |by| by.wrapping_add(1)),
        };
        room(&mut self.rows, new.len());
        room(&mut self.origins, new.len());
        self.rows.splice(within.clone(), new.iter().map(packed));
        self.origins.splice(within, new.iter().map(origin));
        self.splice_ends(range, new);
    }

    fn splice_ends(&mut self, range: Range<u32>, new: &[NewRow]) {
        let first = self.ends.partition_point(|(index, _)| *index < range.start);
        let after = self.ends.partition_point(|(index, _)| *index < range.end);
        let numbered = (range.start..).zip(new);
        let ends = numbered.filter_map(|(index, new)| new.expires_at.map(|at| (index, at)));
        let count = new.iter().filter(|new| new.expires_at.is_some()).count();
        self.ends.splice(first..after, ends);
        for (index, _) in self.ends.iter_mut().skip(first + count) {
            *index = (*index + new.len() as u32).saturating_sub(range.end - range.start);
        }
    }

    /// Takes the range out, as rows of their own.
    pub fn take(&mut self, range: Range<u32>) -> Self {
        let within = range.start as usize..range.end as usize;
        let ends = self.ends.iter().filter(|(index, _)| range.contains(index));
        let taken = Self {
            rows: self.rows.get(within.clone()).unwrap_or_default().to_vec(),
            origins: self.origins.get(within.clone()).unwrap_or_default().to_vec(),
            ends: ends.map(|(index, at)| (index - range.start, *at)).collect(),
        };
        self.rows.drain(within.clone());
        self.origins.drain(within);
        self.splice_ends(range, &[]);
        taken
    }
}

/// Room for more without much to spare: there are millions of these.
fn room<T>(rows: &mut Vec<T>, more: usize) {
    if rows.capacity() < rows.len() + more {
        rows.reserve_exact(more + rows.len() / 16);
    }
}

/// Rows next to each other: a person's, or of those the ones at a scope.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    rows: &'a Rows,
    start: u32,
    end: u32,
}

impl<'a> View<'a> {
    #[inline]
    fn slice(self) -> &'a [Row] {
        self.rows.rows.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The rows at the scope.
    #[inline]
    pub fn at(self, place: Place) -> View<'a> {
        let slice = self.slice();
        let (from, to) = if slice.len() <= 24 {
            let from = slice.iter().take_while(|row| row.place < place).count();
            (from, from + slice.iter().skip(from).take_while(|row| row.place == place).count())
        } else {
            let from = slice.partition_point(|row| row.place < place);
            (from, from + slice.get(from..).unwrap_or_default().partition_point(|row| row.place == place))
        };
        View { rows: self.rows, start: self.start + from as u32, end: self.start + to as u32 }
    }

    /// Where they are.
    pub fn range(self) -> Range<u32> {
        self.start..self.end
    }

    /// Each of them.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = Held<'a>> + use<'a> {
        let rows = self.rows;
        (self.start..).zip(self.slice()).map(move |(index, row)| Held { rows, index, row: *row })
    }

    /// Whether these rows are those already.
    pub(super) fn says(self, new: &[NewRow]) -> bool {
        let same = |(held, new): (Held<'_>, &NewRow)| {
            let given = (held.given_at(), held.given_by());
            held.what() == new.what && held.ends() == new.expires_at && given == (new.given_at, new.given_by)
        };
        self.slice().len() == new.len() && self.iter().zip(new).all(same)
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(crate) struct Held<'a> {
    rows: &'a Rows,
    index: u32,
    row: Row,
}

impl Held<'_> {
    /// Where.
    #[inline]
    pub fn place(&self) -> Place {
        self.row.place
    }

    /// What it says.
    #[inline]
    pub fn what(&self) -> What {
        What::unpacked(self.row.what)
    }

    /// When it ends; none: never.
    #[inline]
    pub fn ends(&self) -> Option<Timestamp> {
        if self.row.what & ENDS == 0 {
            return None;
        }
        let place = self.rows.ends.binary_search_by_key(&self.index, |(index, _)| *index).ok()?;
        self.rows.ends.get(place).map(|(_, at)| *at)
    }

    /// Whether it holds at that instant.
    #[inline]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.row.what & ENDS == 0 || self.ends().is_none_or(|end| now < end)
    }

    /// When it was given.
    pub fn given_at(&self) -> Timestamp {
        let [low, high] = self.origin().at;
        Timestamp((i64::from(high) << 32) | i64::from(low))
    }

    /// The number of who gave it.
    pub fn given_by(&self) -> Option<u32> {
        self.origin().by.checked_sub(1)
    }

    fn origin(&self) -> Origin {
        self.rows.origins.get(self.index as usize).copied().unwrap_or_default()
    }
}
