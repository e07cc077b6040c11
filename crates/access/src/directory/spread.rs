//! Linear hashing: where something of a hash lies, among pages of which there is one more now and then, so that no
//! single write pays for all.

use uuid::Uuid;

/// How many entries a page has in the middle before another page is made.
const MEAN: usize = 32;

/// How many pages there are, and how full.
#[derive(Clone)]
pub(super) struct Spread {
    pages: usize,
    /// One less than the power of two that is not below the pages.
    mask: usize,
    used: usize,
}

impl Default for Spread {
    fn default() -> Self {
        Self { pages: 1, mask: 0, used: 0 }
    }
}

/// Ids are made here, never chosen by a stranger: nobody can aim at one page.
#[inline]
pub(super) fn hash(id: Uuid) -> u32 {
    let (high, low) = id.as_u64_pair();
    let mixed = u128::from(high ^ 0x9e37_79b9_7f4a_7c15) * u128::from(low ^ 0xd1b5_4a32_d192_ed03);
    ((mixed >> 64) as u32) ^ (mixed as u32)
}

/// Where an entry of this hash is looked for first, in a page of so many.
#[inline]
pub(super) fn start(hash: u32, length: usize) -> usize {
    ((u64::from(hash.wrapping_mul(0x9e37_79b1)) * length as u64) >> 32) as usize
}

impl Spread {
    /// The page of this hash.
    #[inline]
    pub fn page(&self, hash: u32) -> usize {
        let page = hash as usize & self.mask;
        if page < self.pages { page } else { page & (self.mask >> 1) }
    }

    /// One entry more. A page more, if it is time: the page that is to be split, and the new one.
    pub fn add(&mut self) -> Option<(usize, usize)> {
        self.used += 1;
        if self.used <= self.pages * MEAN {
            return None;
        }
        let new = self.pages;
        self.pages += 1;
        self.mask = self.pages.next_power_of_two() - 1;
        Some((new - (new + 1).next_power_of_two() / 2, new))
    }
}
