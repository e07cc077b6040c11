//! An array of pages that shares its structure with earlier versions of itself: a change copies one page and its
//! parents, whoever holds an earlier version keeps it.

use std::array::from_fn;
use std::sync::Arc;

/// How many pages share a parent.
const FAN: usize = 128;
type Parent<H> = [H; FAN];

/// Handles of pages (each cheap to clone), by number.
#[derive(Clone)]
pub(super) struct Paged<H> {
    root: Arc<[Arc<Parent<H>>]>,
}

impl<H> Default for Paged<H> {
    fn default() -> Self {
        Self { root: Arc::default() }
    }
}

impl<H: Clone + Default> Paged<H> {
    /// The page's handle, if pages go so far.
    #[inline]
    pub fn get(&self, page: usize) -> Option<&H> {
        self.root.get(page / FAN)?.get(page % FAN)
    }

    /// The page's handle, for a change; of this version alone. Pages are made as far as needed.
    pub fn get_mut(&mut self, page: usize) -> Option<&mut H> {
        if self.root.len() <= page / FAN {
            let more = (self.root.len()..=page / FAN).map(|_| Arc::new(from_fn(|_| H::default())));
            self.root = self.root.iter().cloned().chain(more).collect();
        }
        let root = Arc::make_mut(&mut self.root);
        Arc::make_mut(root.get_mut(page / FAN)?).get_mut(page % FAN)
    }
}

/// Elements by number, so many to a page.
#[derive(Clone)]
pub(super) struct Slots<T, const N: usize = 16> {
    pages: Paged<Option<Arc<[T; N]>>>,
}

impl<T, const N: usize> Default for Slots<T, N> {
    fn default() -> Self {
        Self { pages: Paged::default() }
    }
}

impl<T: Clone + Default, const N: usize> Slots<T, N> {
    /// The element of this number, if its page is there.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        let number = number as usize;
        self.pages.get(number / N)?.as_ref()?.get(number % N)
    }

    /// The element of this number, for a change; as by default, if it was not there.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let number = number as usize;
        let page = self.pages.get_mut(number / N)?;
        let page = page.get_or_insert_with(|| Arc::new(from_fn(|_| T::default())));
        Arc::make_mut(page).get_mut(number % N)
    }
}
