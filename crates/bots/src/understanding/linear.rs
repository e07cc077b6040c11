//! One plane between the sentences of an intent and all others.
//!
//! A support vector machine with squared hinge loss, solved in the dual, one sentence at a time (Hsieh and others, "A
//! dual coordinate descent method for large-scale linear SVM", 2008). Sentences that lie well on their side are left
//! out of the next rounds and looked at again at the end.

use super::vocabulary::Vector;

/// What a sentence on the wrong side costs, against the length of the plane's normal. Chosen by cross-validation.
const COST: f32 = 1.0;

/// How much more a sentence of the intent costs: they are few against all others.
const COST_WITHIN: f32 = 3.0;

/// How exact is exact enough.
const TOLERANCE: f32 = 0.3;

/// Rounds at most.
const ROUNDS: usize = 60;

/// Sentences as vectors, one after the other.
#[derive(Debug, Default)]
pub struct Rows {
    ends: Vec<usize>,
    places: Vec<u32>,
    weights: Vec<f32>,
}

impl Rows {
    /// Vectors in this order.
    pub fn of<'a>(vectors: impl IntoIterator<Item = &'a Vector>) -> Self {
        let mut rows = Self::default();
        for vector in vectors {
            rows.places.extend(vector.parts.iter().map(|(place, _)| *place));
            rows.weights.extend(vector.parts.iter().map(|(_, weight)| *weight));
            rows.ends.push(rows.places.len());
        }
        rows
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn row(&self, at: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let from = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let to = self.ends.get(at).copied().unwrap_or(from);
        let places = self.places.get(from..to).unwrap_or(&[]);
        let weights = self.weights.get(from..to).unwrap_or(&[]);
        places.iter().map(|place| *place as usize).zip(weights.iter().copied())
    }
}

/// A plane: a sentence lies on the side that the sum of its parts' weights and the bias has the sign of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plane {
    /// A weight for each part of the vocabulary.
    pub weights: Vec<f32>,
    /// What is added.
    pub bias: f32,
}

impl Plane {
    /// The plane between the rows that are `within` and the others, over so many parts.
    #[must_use]
    pub fn between(rows: &Rows, within: &[bool], parts: usize, seed: u64) -> Self {
        let mut solver = Solver::new(parts, within.len(), seed);
        let everyone: Vec<usize> = (0..rows.len()).collect();
        let mut active = everyone.clone();
        let (mut afresh, mut limit) = (true, f32::INFINITY);
        for _ in 0..ROUNDS {
            let worst = solver.round(rows, within, &mut active, limit);
            if worst >= TOLERANCE {
                (afresh, limit) = (false, worst);
            } else if afresh {
                break;
            } else {
                active.clone_from(&everyone);
                (afresh, limit) = (true, f32::INFINITY);
            }
        }
        solver.plane
    }

    fn margin(&self, rows: &Rows, at: usize) -> f32 {
        rows.row(at).map(|(place, weight)| weight * self.weights.get(place).copied().unwrap_or(0.0)).sum::<f32>()
            + self.bias
    }

    fn shift(&mut self, rows: &Rows, at: usize, by: f32) {
        for (place, weight) in rows.row(at) {
            if let Some(held) = self.weights.get_mut(place) {
                *held += by * weight;
            }
        }
        self.bias += by;
    }
}

struct Solver {
    plane: Plane,
    /// How hard each sentence pulls at the plane.
    pulls: Vec<f32>,
    random: Random,
}

impl Solver {
    fn new(parts: usize, sentences: usize, seed: u64) -> Self {
        let plane = Plane { weights: vec![0.0; parts], bias: 0.0 };
        Self { plane, pulls: vec![0.0; sentences], random: Random::new(seed) }
    }

    /// Looks at each active sentence once, in random order; keeps active those that still pull or should. Answers by
    /// how much the worst of them was wrong.
    fn round(&mut self, rows: &Rows, within: &[bool], active: &mut Vec<usize>, limit: f32) -> f32 {
        self.random.shuffle(active);
        let mut worst = 0.0_f32;
        active.retain(|&at| match self.look(rows, within, at, limit) {
            Some(wrong) => {
                worst = worst.max(wrong);
                true
            }
            None => false,
        });
        worst
    }

    /// How wrong the sentence's pull was, now mended; nothing for one that can be left alone.
    fn look(&mut self, rows: &Rows, within: &[bool], at: usize, limit: f32) -> Option<f32> {
        let is_within = within.get(at).copied().unwrap_or(false);
        let (side, cost) = if is_within { (1.0, COST * COST_WITHIN) } else { (-1.0, COST) };
        let softness = 0.5 / cost;
        let pull = self.pulls.get_mut(at)?;
        let slope = side * self.plane.margin(rows, at) - 1.0 + *pull * softness;
        if *pull <= 0.0 && slope >= 0.0 {
            return (slope <= limit).then_some(0.0);
        }
        // The vectors have length 1, and the bias is one part more.
        let after = (*pull - slope / (2.0 + softness)).max(0.0);
        let by = (after - *pull) * side;
        *pull = after;
        self.plane.shift(rows, at, by);
        Some(slope.abs())
    }
}

/// The same order each time: xorshift, never zero.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self((seed.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % bound.max(1)
    }

    fn shuffle(&mut self, places: &mut [usize]) {
        for at in (1..places.len()).rev() {
            let other = self.below(at + 1);
            places.swap(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_separates_what_can_be_separated() {
        let vectors: Vec<Vector> =
            (0..40).map(|at| Vector { parts: vec![(at % 4, 0.8), (4 + at, 0.6)], known: 1.0 }).collect();
        let rows = Rows::of(&vectors);
        let within: Vec<bool> = (0..40).map(|at| at % 4 == 1).collect();
        let plane = Plane::between(&rows, &within, 44, 0);
        for (at, is_within) in within.iter().enumerate() {
            assert_eq!(plane.margin(&rows, at) > 0.0, *is_within);
        }
        assert_eq!(plane, Plane::between(&rows, &within, 44, 0));
    }

    #[test]
    fn without_sentences_there_is_no_side() {
        let plane = Plane::between(&Rows::default(), &[], 3, 0);
        assert_eq!(plane, Plane { weights: vec![0.0; 3], bias: 0.0 });
    }
}
