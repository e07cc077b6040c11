//! What a sentence is taken apart into, and the numbers by which the parts are known.

use serde::{Deserialize, Serialize};

use super::normalise::Normal;

/// Pieces of words: the shortest and the longest, in characters.
const PIECES: std::ops::RangeInclusive<usize> = 2..=4;

/// How many kinds of parts there are.
pub const VIEWS: usize = 3;

/// A kind of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum View {
    /// A word.
    Word,
    /// Two words that follow each other, begin and end of the sentence among them.
    Pair,
    /// Some characters in a row, within a word with a space before and after it: what endings, compounds and slips of
    /// the pen leave in common.
    Piece,
}

impl View {
    /// Each of them, in order.
    pub const ALL: [Self; VIEWS] = [Self::Word, Self::Pair, Self::Piece];

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Self::Word => 0,
            Self::Pair => 1,
            Self::Piece => 2,
        }
    }
}

/// A part of a sentence by its number; different parts have different numbers but for one pair in four thousand
/// million, which does no harm.
pub type Part = u32;

/// How often which parts occur, per view, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features([Vec<(Part, u32)>; VIEWS]);

impl Features {
    /// The parts of a sentence.
    #[must_use]
    pub fn of(normal: &Normal) -> Self {
        let mut found: [Vec<Part>; VIEWS] = Default::default();
        visit(normal, &mut |view, part, _| {
            if let Some(parts) = found.get_mut(view.place()) {
                parts.push(number(view, part));
            }
        });
        Self(found.map(counted))
    }

    /// Those of one view.
    #[must_use]
    pub fn view(&self, view: View) -> &[(Part, u32)] {
        self.0.get(view.place()).map_or(&[], Vec::as_slice)
    }
}

fn counted(mut parts: Vec<Part>) -> Vec<(Part, u32)> {
    parts.sort_unstable();
    let mut counts: Vec<(Part, u32)> = Vec::with_capacity(parts.len());
    for part in parts {
        match counts.last_mut() {
            Some((last, count)) if *last == part => *count += 1,
            _ => counts.push((part, 1)),
        }
    }
    counts
}

/// Shows each part of a sentence: its view, itself, and what a person would call it (for a piece the run it is in).
pub fn visit(normal: &Normal, see: &mut impl FnMut(View, &str, &str)) {
    for word in &normal.words {
        see(View::Word, word, word);
    }
    let mut pair = String::new();
    let mut before = "";
    for word in normal.words.iter().map(String::as_str).chain((!normal.is_empty()).then_some("")) {
        pair.clear();
        pair.push_str(before);
        pair.push(' ');
        pair.push_str(word);
        see(View::Pair, &pair, pair.trim());
        before = word;
    }
    for run in &normal.runs {
        pieces(run, see);
    }
}

fn pieces(run: &str, see: &mut impl FnMut(View, &str, &str)) {
    let padded = format!(" {run} ");
    let bounds: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
    for length in PIECES {
        for window in bounds.windows(length + 1) {
            let ends = window.first().copied().zip(window.last().copied());
            if let Some(piece) = ends.and_then(|(from, to)| padded.get(from..to)) {
                see(View::Piece, piece, run);
            }
        }
    }
}

/// The number of a part: FNV-1a over its view and bytes, both halves folded into one. Stored models rely on it.
#[must_use]
pub fn number(view: View, part: &str) -> Part {
    let seed = [u8::try_from(view.place()).unwrap_or(u8::MAX)];
    let hash = fingerprint(seed.iter().chain(part.as_bytes()));
    u32::try_from((hash ^ (hash >> 32)) & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// FNV-1a, 64 bits.
pub fn fingerprint<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, of: View) -> Vec<String> {
        let mut parts = Vec::new();
        visit(&Normal::of(text), &mut |view, part, _| {
            if view == of {
                parts.push(part.to_owned());
            }
        });
        parts
    }

    #[test]
    fn a_sentence_gives_words_pairs_and_pieces() {
        assert_eq!(seen("My cat", View::Word), ["my", "cat"]);
        assert_eq!(seen("My cat", View::Pair), [" my", "my cat", "cat "]);
        let pieces = [" c", "ca", "at", "t ", " ca", "cat", "at ", " cat", "cat "];
        assert_eq!(seen("cat", View::Piece), pieces);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(Features::of(&Normal::of("?")), Features::default());
    }

    #[test]
    fn numbers_stay_as_they_are_in_stored_models() {
        assert_eq!(number(View::Word, "card"), 0x456F_D80A, "{:#x}", number(View::Word, "card"));
    }
}
