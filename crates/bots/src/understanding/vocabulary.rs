//! Which parts the examples have, what each weighs, and a sentence as the vector of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::features::{Features, Part, View};
use super::sense::{self, DIRECTIONS, Sense};

/// How much each view counts: words, pairs, pieces. Chosen by cross-validation, as is [`RARITY`].
const SHARES: [f32; 3] = [1.0, 1.0, 1.4];

/// How much it counts what the words mean.
const SHARE_OF_SENSE: f32 = 1.2;

/// How much rare parts weigh more than frequent ones: the power of the inverse document frequency.
const RARITY: f32 = 0.4;

/// From so many examples on, pairs and pieces that occur in one example alone are left out: nothing can be learned from
/// them but that example.
const MANY: usize = 1_000;

/// A sentence: the places of its parts in the vocabulary, in order, and their weights; of length 1, or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vector {
    /// Places and weights.
    pub parts: Vec<(u32, f32)>,
    /// The share of its words that the examples have; rare ones count more.
    pub known: f32,
}

/// The parts that the examples have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vocabulary {
    views: Vec<Known>,
    /// Whether it counts what words mean; the directions of that come after all parts.
    has_senses: bool,
}

/// Those of one view, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    first: u32,
    parts: Vec<Part>,
    weights: Vec<f32>,
}

impl Vocabulary {
    /// The parts of these examples.
    #[must_use]
    pub fn of(examples: &[&Features]) -> Self {
        let mut first = 0;
        let mut views = Vec::new();
        for view in View::ALL {
            let known = Known::of(examples, view, first);
            first += u32::try_from(known.parts.len()).unwrap_or(u32::MAX);
            views.push(known);
        }
        Self { views, has_senses: sense::is_known(examples) }
    }

    /// How many places a vector can have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts() + if self.has_senses { DIRECTIONS } else { 0 }
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.views.iter().map(|known| known.parts.len()).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a part and its weight, if the examples have it.
    #[must_use]
    pub fn find(&self, view: View, part: Part) -> Option<(u32, f32)> {
        let known = self.views.get(view.place())?;
        let at = known.parts.binary_search(&part).ok()?;
        let place = known.first + u32::try_from(at).ok()?;
        Some((place, *known.weights.get(at)?))
    }

    /// A sentence as a vector.
    #[must_use]
    pub fn vector(&self, features: &Features) -> Vector {
        let mut parts = Vec::new();
        for (view, share) in View::ALL.into_iter().zip(SHARES) {
            let counts = features.view(view).iter();
            let mut found: Vec<(u32, f32)> =
                counts.filter_map(|(part, count)| self.weigh(view, *part, *count)).collect();
            scale(&mut found, share);
            parts.append(&mut found);
        }
        if self.has_senses {
            let sum = self.senses().zip(sense::sum(features));
            let mut directions: Vec<(u32, f32)> = sum.filter(|(_, value)| *value != 0.0).collect();
            scale(&mut directions, SHARE_OF_SENSE);
            parts.append(&mut directions);
        }
        scale(&mut parts, 1.0);
        Vector { parts, known: self.known(features) }
    }

    /// The places of the directions in which words point; none if that does not count.
    pub fn senses(&self) -> impl Iterator<Item = u32> + use<> {
        let first = u32::try_from(self.parts()).unwrap_or(u32::MAX);
        (first..).take(if self.has_senses { DIRECTIONS } else { 0 })
    }

    /// Seldom parts weigh more; the second time it occurs, a part adds less than the first time.
    #[expect(clippy::cast_precision_loss, reason = "counts in a sentence are small")]
    fn weigh(&self, view: View, part: Part, count: u32) -> Option<(u32, f32)> {
        self.find(view, part).map(|(place, weight)| (place, weight * (1.0 + (count as f32).ln())))
    }

    fn known(&self, features: &Features) -> f32 {
        let rarity = |part: Part| match Sense::of(part) {
            Some(sense) if self.has_senses => sense.rarity,
            _ => 1.0,
        };
        let (mut known, mut all) = (0.0, 0.0);
        for (part, _) in features.view(View::Word) {
            let weight = rarity(*part);
            all += weight;
            known += if self.find(View::Word, *part).is_some() { weight } else { 0.0 };
        }
        if all > 0.0 { known / all } else { 0.0 }
    }

    /// Whether it is one that [`Self::of`] could have made; a stored one may be damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut first = 0;
        let counts_up = self.views.iter().all(|known| {
            let starts = known.first == first;
            first = first.saturating_add(u32::try_from(known.parts.len()).unwrap_or(u32::MAX));
            starts && known.is_sound()
        });
        counts_up && (self.views.len() == View::ALL.len() || self.views.is_empty())
    }
}

impl Known {
    #[expect(clippy::cast_precision_loss, reason = "numbers of examples are far below 2^24")]
    fn of(examples: &[&Features], view: View, first: u32) -> Self {
        let mut in_examples: BTreeMap<Part, u32> = BTreeMap::new();
        for (part, _) in examples.iter().flat_map(|features| features.view(view)) {
            *in_examples.entry(*part).or_default() += 1;
        }
        let least = if view == View::Word || examples.len() < MANY { 1 } else { 2 };
        let weigh = |count: u32| (((1 + examples.len()) as f32 / (1 + count) as f32).ln() + 1.0).powf(RARITY);
        let kept = in_examples.into_iter().filter(|(_, count)| *count >= least);
        let (parts, weights) = kept.map(|(part, count)| (part, weigh(count))).unzip();
        Self { first, parts, weights }
    }

    fn is_sound(&self) -> bool {
        let ascends = self.parts.windows(2).all(|two| matches!(two, [one, other] if one < other));
        ascends && self.parts.len() == self.weights.len() && self.weights.iter().all(|weight| weight.is_finite())
    }
}

/// Makes the vector so long.
fn scale(parts: &mut [(u32, f32)], length: f32) {
    let square: f32 = parts.iter().map(|(_, weight)| weight * weight).sum();
    if square > 0.0 {
        let factor = length / square.sqrt();
        for (_, weight) in parts {
            *weight *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalise::Normal;
    use super::*;

    fn features(text: &str) -> Features {
        Features::of(&Normal::of(text))
    }

    #[test]
    fn a_vector_has_length_one_and_ascending_places() {
        let examples = [features("my card is lost"), features("when do you open")];
        let vocabulary = Vocabulary::of(&[&examples[0], &examples[1]]);
        assert!(vocabulary.is_sound());
        let vector = vocabulary.vector(&features("my card my card frobnicates"));
        let square: f32 = vector.parts.iter().map(|(_, weight)| weight * weight).sum();
        assert!((square - 1.0).abs() < 1e-4);
        assert!(vector.parts.windows(2).all(|two| two[0].0 < two[1].0));
        // Rare words count more.
        assert!(vector.known > 0.4 && vector.known < 2.0 / 3.0);
    }

    #[test]
    fn a_word_that_no_example_has_counts_by_what_it_means() {
        let examples = [features("can I bring my dog"), features("when do you open")];
        let vocabulary = Vocabulary::of(&[&examples[0], &examples[1]]);
        let meant = |vector: &Vector| vector.parts.iter().any(|(place, _)| *place as usize >= vocabulary.parts());
        assert!(meant(&vocabulary.vector(&features("cats"))));
        assert!(!meant(&vocabulary.vector(&features("zxcvb"))));
    }

    #[test]
    fn what_is_unknown_is_no_vector() {
        let example = features("my card");
        let vector = Vocabulary::of(&[&example]).vector(&features("zzz"));
        assert_eq!(vector, Vector::default());
    }
}
