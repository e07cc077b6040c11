//! What English words mean, as far as it helps: words that are used alike point the same way, so that "dog" says
//! something of "puppy" even if no example has it. Where the numbers come from: `senses/README.md`.

use super::features::{Features, Part, View};

/// Count and directions, numbers of words, rarities, vectors: see `senses/make.py`.
static BYTES: &[u8] = include_bytes!("../../senses/en.bin");

/// How many directions a vector has.
pub const DIRECTIONS: usize = 64;

/// Of examples with fewer of their words known here (as a share), nothing is looked up: they are in another language,
/// whose words only look like English ones.
const ENGLISH: f32 = 0.7;

/// Where the numbers of the words begin.
const HEAD: usize = 8;

/// A word.
#[derive(Clone, Copy, Debug)]
pub struct Sense {
    /// How rare it is: near 0 for "the", near 1 for most words.
    pub rarity: f32,
    row: &'static [u8],
}

impl Sense {
    /// The word with this number.
    #[must_use]
    pub fn of(word: Part) -> Option<Self> {
        let (count, directions) = (number(0)?, number(4)?);
        let (mut from, mut to) = (0, count);
        while from < to {
            let middle = usize::midpoint(from, to);
            match number(HEAD + 4 * middle)?.cmp(&usize::try_from(word).ok()?) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => {
                    let rarity = f32::from(*BYTES.get(HEAD + 4 * count + middle)?) / 255.0;
                    let row = HEAD + 5 * count + directions * middle;
                    return Some(Self { rarity, row: BYTES.get(row..row + directions)? });
                }
            }
        }
        None
    }

    /// Which way it points: of length 1.
    fn directions(self) -> impl Iterator<Item = f32> {
        let values = self.row.iter().map(|byte| f32::from(byte.cast_signed()));
        let length = values.clone().map(|value| value * value).sum::<f32>().sqrt().max(1.0);
        values.map(move |value| value / length)
    }
}

fn number(at: usize) -> Option<usize> {
    let bytes = BYTES.get(at..at + 4)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

/// Which way a word points, as far as it counts.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts in a sentence are small")]
pub fn pointing(word: Part, count: u32) -> [f32; DIRECTIONS] {
    let mut sum = [0.0; DIRECTIONS];
    if let Some(sense) = Sense::of(word) {
        let weight = sense.rarity * (1.0 + (count as f32).ln());
        for (sum, value) in sum.iter_mut().zip(sense.directions()) {
            *sum = weight * value;
        }
    }
    sum
}

/// Which way the words of a sentence point together.
#[must_use]
pub fn sum(features: &Features) -> [f32; DIRECTIONS] {
    let mut sum = [0.0; DIRECTIONS];
    for (word, count) in features.view(View::Word) {
        for (sum, value) in sum.iter_mut().zip(pointing(*word, *count)) {
            *sum += value;
        }
    }
    sum
}

/// Whether these are, by their words, sentences that this knows something of.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share")]
pub fn is_known(examples: &[&Features]) -> bool {
    let words = || examples.iter().flat_map(|features| features.view(View::Word));
    let known = words().filter(|(word, _)| Sense::of(*word).is_some()).count();
    known > 0 && known as f32 >= words().count() as f32 * ENGLISH
}

#[cfg(test)]
mod tests {
    use super::super::features::number as numbered;
    use super::super::normalise::Normal;
    use super::*;

    fn likeness(one: &str, other: &str) -> f32 {
        let [one, other] = [one, other].map(|word| pointing(numbered(View::Word, word), 1));
        let product = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
        product(&one, &other) / (product(&one, &one) * product(&other, &other)).sqrt()
    }

    #[test]
    fn words_that_are_used_alike_point_the_same_way() {
        assert!(likeness("dog", "cat") > likeness("dog", "garage") + 0.3);
        assert!(likeness("cancel", "refuse") > likeness("cancel", "garage"));
        assert!((likeness("hotel", "hotel") - 1.0).abs() < 1e-5);
    }

    #[test]
    fn what_is_frequent_counts_less() {
        let rarity = |word| Sense::of(numbered(View::Word, word)).map(|sense| sense.rarity);
        assert!(rarity("the").is_some_and(|the| the < 0.1));
        assert!(rarity("passport").is_some_and(|passport| passport > 0.9));
        assert!(rarity("zxcvb").is_none());
        assert!(rarity("don't").is_some());
    }

    #[test]
    fn other_languages_are_let_alone() {
        let features =
            |texts: &[&str]| -> Vec<Features> { texts.iter().map(|text| Features::of(&Normal::of(text))).collect() };
        let known = |texts: &[&str]| is_known(&features(texts).iter().collect::<Vec<_>>());
        assert!(known(&["where can I park my car", "is there a garage", "do you have wlan"]));
        assert!(!known(&["wo kann ich mein Auto abstellen", "gibt es hier in der Nähe eine Garage", "was kostet das"]));
        assert!(!known(&["où puis-je garer ma voiture", "y a-t-il un garage", "combien coûte le parking"]));
        assert!(!known(&[]));
    }
}
