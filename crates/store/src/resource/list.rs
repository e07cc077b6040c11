//! Lists: a page of a sorted, searched list.

/// Which page of a list.
#[derive(Clone, Debug)]
pub struct List {
    /// At most so many, 1 to 200.
    pub limit: u32,
    /// Where the page before ended, as given in [`Page::next_cursor`].
    pub cursor: Option<String>,
    /// Only items that contain this text (folded) in their name (or e-mail).
    pub q: Option<String>,
    /// The column to sort by, a `-` before it for descending; each list says which it knows.
    pub sort: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts; none: this was the last.
    pub next_cursor: Option<String>,
}
