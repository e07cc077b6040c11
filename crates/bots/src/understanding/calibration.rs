//! From margins to a probability, and from which probability on a sentence counts as understood.
//!
//! Both are learned from sentences that the judging model has not seen (see `held_out`), never from a test set. What few
//! of them cannot tell is taken from what large sets have in common.

use serde::{Deserialize, Serialize};

use super::held_out::Outcome;

/// What speaks for an intent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// How far within its plane the sentence lies.
    pub margin: f32,
    /// How much farther than within the best other one.
    pub lead: f32,
    /// The share of its words that the examples have.
    pub known: f32,
}

/// What the numbers of an [`Evidence`] count: a constant, margin, lead, known.
type Factors = [f64; 4];

/// What they count as far as the examples do not say: what sets of all sizes teach.
const USUAL: Factors = [-2.2, 3.4, 2.3, 3.7];

/// How many sentences it takes, about, to depart from that.
const FAITH: f64 = 20.0;

/// The threshold as far as the examples do not say: without examples of what is out of scope, and with them (which make
/// all scores lower).
const USUAL_THRESHOLD: f64 = 0.35;
const USUAL_THRESHOLD_TOLD: f64 = 0.25;

/// How many sentences it takes to depart from that.
const THRESHOLD_FAITH: f64 = 60.0;

/// Which sentences that would be understood rightly may be lost to the threshold: a share of them and a number besides,
/// as the least sure of few sentences says little; without examples of what is out of scope, and at most with them.
const LOST: (f64, f64) = (0.003, 4.0);
const LOST_AT_MOST: (f64, f64) = (0.004, 6.0);

/// No threshold is higher: examples that are all alike say little about how people will put it.
const HIGHEST_THRESHOLD: f64 = 0.7;

/// The most that may be lost of few sentences, as a share.
const LOST_OF_FEW: f64 = 0.05;

/// Out-of-scope sentences as a share of all that a bot hears, if it was given examples of them.
const STRANGERS: f64 = 0.15;

/// How many in-scope sentences it is worth losing to refuse one more out-of-scope sentence, both as shares.
const WORTH: f64 = 0.08;

/// How sure one can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    factors: Factors,
    /// From which probability on a sentence counts as understood.
    pub threshold: f32,
}

impl Default for Calibration {
    fn default() -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a probability")]
        Self { factors: USUAL, threshold: USUAL_THRESHOLD as f32 }
    }
}

impl Calibration {
    /// What held-out sentences teach.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut calibration = Self { factors: fitted(outcomes), ..Self::default() };
        calibration.threshold = calibration.choose(outcomes);
        calibration
    }

    /// The probability that an intent is meant, by what speaks for it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a probability")]
    pub fn probability(&self, evidence: Evidence) -> f32 {
        logistic(dot(&self.factors, &numbers(evidence))) as f32
    }

    /// Whether it is one that can be; a stored one may be damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.factors.iter().all(|factor| factor.is_finite()) && (0.0..=1.0).contains(&self.threshold)
    }

    /// The threshold that refuses most of what is out of scope for what it loses; without examples of that, the one
    /// that loses a small share of what is understood.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a probability; numbers of examples"
    )]
    fn choose(&self, outcomes: &[Outcome]) -> f32 {
        let scores = |of: fn(&Outcome) -> bool| {
            let of = outcomes.iter().filter(|outcome| of(outcome));
            let mut scores: Vec<f64> = of.map(|outcome| f64::from(self.probability(outcome.evidence))).collect();
            scores.sort_by(f64::total_cmp);
            scores
        };
        let right = scores(Outcome::is_right);
        let strangers = scores(|outcome| outcome.label.is_none());
        let gain = |lost: f64| {
            let threshold = quantile(&right, lost);
            let refused = strangers.partition_point(|score| *score < threshold);
            refused as f64 / strangers.len() as f64 * WORTH - lost
        };
        let count = right.len() as f64;
        let (chosen, usual) = if strangers.is_empty() {
            (allowed(LOST, count), USUAL_THRESHOLD)
        } else {
            let most = allowed(LOST_AT_MOST, count);
            let steps = (5..=20).map(|step| most * 0.05 * f64::from(step));
            let best = steps.max_by(|one, other| gain(*one).total_cmp(&gain(*other)));
            (best.unwrap_or(most), USUAL_THRESHOLD_TOLD)
        };
        let known = count / (count + THRESHOLD_FAITH);
        (quantile(&right, chosen) * known + usual * (1.0 - known)).min(HIGHEST_THRESHOLD) as f32
    }
}

fn allowed((share, number): (f64, f64), count: f64) -> f64 {
    (share + number / count.max(1.0)).min(LOST_OF_FEW)
}

/// The value that this share of the (sorted) values lies below; 0 of none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default()
}

/// Logistic regression, by Newton's method, held near the usual factors.
#[expect(clippy::cast_precision_loss, reason = "numbers of examples")]
fn fitted(outcomes: &[Outcome]) -> Factors {
    let strangers = outcomes.iter().filter(|outcome| outcome.label.is_none()).count() as f64;
    let others = outcomes.len() as f64 - strangers;
    let weight = |outcome: &Outcome| match outcome.label {
        None => (others * STRANGERS / (1.0 - STRANGERS) / strangers).clamp(1.0, 20.0),
        Some(_) => 1.0,
    };
    let mut factors = USUAL;
    for _ in 0..25 {
        let mut slope: Factors = std::array::from_fn(|at| FAITH * (item(&factors, at) - item(&USUAL, at)));
        let mut bend: [Factors; 4] =
            std::array::from_fn(|row| std::array::from_fn(|column| if row == column { FAITH } else { 0.0 }));
        for outcome in outcomes {
            let numbers = numbers(outcome.evidence);
            let probability = logistic(dot(&factors, &numbers));
            let wrong = probability - f64::from(u8::from(outcome.is_right()));
            let curve = probability * (1.0 - probability);
            for (row, (slope, bends)) in slope.iter_mut().zip(&mut bend).enumerate() {
                *slope += weight(outcome) * wrong * item(&numbers, row);
                for (bend, number) in bends.iter_mut().zip(&numbers) {
                    *bend += weight(outcome) * curve * item(&numbers, row) * number;
                }
            }
        }
        let step = solved(bend, slope);
        factors = std::array::from_fn(|at| item(&factors, at) - item(&step, at).clamp(-2.0, 2.0));
    }
    // More evidence never makes an intent less likely.
    std::array::from_fn(|at| if at == 0 { item(&factors, at) } else { item(&factors, at).max(0.0) })
}

fn numbers(evidence: Evidence) -> Factors {
    [1.0, f64::from(evidence.margin), f64::from(evidence.lead), f64::from(evidence.known)]
}

fn item(factors: &Factors, at: usize) -> f64 {
    factors.get(at).copied().unwrap_or_default()
}

fn dot(one: &Factors, other: &Factors) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// Solves the equations `bend · step = slope`; `bend` is symmetric and positive, so no pivot is zero.
fn solved(mut bend: [Factors; 4], mut slope: Factors) -> Factors {
    for pivot in 0..4 {
        let (row, value) = (bend.get(pivot).copied().unwrap_or_default(), item(&slope, pivot));
        for (other, (bends, slope)) in bend.iter_mut().zip(&mut slope).enumerate() {
            if other != pivot {
                let factor = item(bends, pivot) / item(&row, pivot);
                for (bend, by) in bends.iter_mut().zip(&row) {
                    *bend -= factor * by;
                }
                *slope -= factor * value;
            }
        }
    }
    std::array::from_fn(|at| item(&slope, at) / bend.get(at).map_or(1.0, |row| item(row, at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(margin: f32, label: Option<u16>) -> Outcome {
        let evidence = Evidence { margin, lead: margin + 0.8, known: 1.0 };
        Outcome { example: 0, guess: 0, label, evidence }
    }

    #[test]
    fn without_outcomes_it_is_as_usual() {
        assert_eq!(Calibration::of(&[]), Calibration::default());
    }

    #[test]
    fn the_threshold_lies_between_what_is_meant_and_what_is_not() {
        let mut outcomes: Vec<Outcome> =
            (0..1000_u16).map(|at| outcome(0.2 + f32::from(at) / 1000.0, Some(0))).collect();
        outcomes.extend((0..100_u16).map(|at| outcome(-0.9 + f32::from(at) / 200.0, None)));
        let calibration = Calibration::of(&outcomes);
        let refused = |outcome: &&Outcome| calibration.probability(outcome.evidence) < calibration.threshold;
        assert!(outcomes.iter().filter(|outcome| outcome.label.is_some()).filter(refused).count() <= 11);
        assert!(outcomes.iter().filter(|outcome| outcome.label.is_none()).filter(refused).count() >= 90);
    }

    #[test]
    fn more_evidence_is_never_less_probable() {
        // Taught the wrong way round.
        let outcomes: Vec<Outcome> =
            (0..500_u16).map(|at| outcome(f32::from(at) / 250.0 - 1.0, Some(u16::from(at > 250)))).collect();
        let calibration = Calibration::of(&outcomes);
        let at = |margin: f32| calibration.probability(Evidence { margin, lead: margin, known: 1.0 });
        assert!(at(-1.0) <= at(0.0) && at(0.0) <= at(1.0));
    }
}
