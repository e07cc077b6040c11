//! An answer: what a sentence means, how sure that is, and because of what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::features::{Features, View, number, visit};
use super::model::Judgement;
use super::normalise::Normal;
use super::planes::Class;
use super::sense;
use super::training::Trained;

/// How many runners-up are named, and how many reasons.
const RUNNERS_UP: usize = 3;
const REASONS: usize = 5;

/// What a sentence means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// The intent; nothing if none is likely enough.
    pub intent: Option<String>,
    /// The probability that the likeliest intent is meant, named or not: 0 to 1, comparable with the threshold.
    pub score: f32,
    /// The next likeliest intents; if none is named, the likeliest.
    pub runners_up: Vec<Guess>,
    /// The words that spoke for the likeliest intent, the weightiest first.
    pub because: Vec<Because>,
    /// Whether the sentence itself was taught, but for case, spacing and punctuation.
    pub taught: bool,
}

/// An intent that may be meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// The intent.
    pub intent: String,
    /// The probability that it is meant.
    pub score: f32,
}

/// A word, or two in a row, and how much it counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// The word, folded.
    pub words: String,
    /// Its share of all that spoke for the intent: 0 to 1.
    pub share: f32,
}

impl Trained {
    /// What a sentence means, by the threshold that was chosen from the examples.
    #[must_use]
    pub fn understand(&self, text: &str) -> Understood {
        self.understand_from(text, self.threshold())
    }

    /// What a sentence means; an intent is named if its score is at least the threshold.
    #[must_use]
    pub fn understand_from(&self, text: &str, threshold: f32) -> Understood {
        let normal = Normal::of(text);
        let taught = self.taught.find(&normal.key()).filter(|_| !normal.is_empty());
        let judgement = self.model.judge(&Features::of(&normal));
        let mut ranked = judgement.ranked();
        if let Some(class) = taught.flatten() {
            ranked.retain(|other| *other != class);
            ranked.insert(0, class);
        }
        let likeliest = match ranked.first() {
            Some(class) if !judgement.is_blank() => *class,
            _ => return Understood { taught: taught.is_some(), ..Understood::default() },
        };
        let score = match taught {
            Some(Some(_)) => 1.0,
            Some(None) => 0.0,
            None => self.score(&judgement, likeliest),
        };
        let is_named = score >= threshold && taught != Some(None);
        let guesses = ranked.into_iter().skip(usize::from(is_named)).take(RUNNERS_UP);
        Understood {
            intent: self.names.get(usize::from(likeliest)).filter(|_| is_named).cloned(),
            score,
            runners_up: guesses.filter_map(|class| self.guess(&judgement, class)).collect(),
            because: self.because(&normal, &judgement, likeliest),
            taught: taught.is_some(),
        }
    }

    fn score(&self, judgement: &Judgement, class: Class) -> f32 {
        self.calibration.probability(judgement.evidence(class))
    }

    fn guess(&self, judgement: &Judgement, class: Class) -> Option<Guess> {
        let intent = self.names.get(usize::from(class))?.clone();
        Some(Guess { intent, score: self.score(judgement, class) })
    }

    /// What spoke for an intent, word by word: pieces count for the word that they are of.
    fn because(&self, normal: &Normal, judgement: &Judgement, class: Class) -> Vec<Because> {
        let values: BTreeMap<u32, f32> = judgement.vector.parts.iter().copied().collect();
        let mut counted: BTreeMap<String, f32> = BTreeMap::new();
        let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
        visit(normal, &mut |view: View, part: &str, called: &str| {
            let Some((place, _)) = self.model.vocabulary.find(view, number(view, part)) else { return };
            let times = seen.entry(place).or_default();
            *times += 1;
            // A part that occurs twice counts once, where it is first.
            if *times == 1 {
                let value = values.get(&place).copied().unwrap_or(0.0) * self.model.planes.weight(place, class);
                *counted.entry(called.to_owned()).or_default() += value;
            }
        });
        self.count_senses(
            judgement,
            class,
            |word, value| *counted.entry(word.to_owned()).or_default() += value,
            normal,
        );
        let total: f32 = counted.values().filter(|value| **value > 0.0).sum();
        let mut because: Vec<Because> = (counted.into_iter().filter(|(_, value)| *value > 0.0))
            .map(|(words, value)| Because { words, share: value / total })
            .collect();
        because.sort_by(|one, other| other.share.total_cmp(&one.share).then_with(|| one.words.cmp(&other.words)));
        because.truncate(REASONS);
        because
    }

    /// What each word adds to the direction in which the sentence points.
    fn count_senses(&self, judgement: &Judgement, class: Class, mut count: impl FnMut(&str, f32), normal: &Normal) {
        let weights: Vec<f32> =
            self.model.vocabulary.senses().map(|place| self.model.planes.weight(place, class)).collect();
        if weights.is_empty() {
            return;
        }
        let squares = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>();
        let first = self.model.vocabulary.parts();
        let within = judgement.vector.parts.iter().filter(|(place, _)| *place as usize >= first);
        let scaled: Vec<f32> = within.map(|(_, value)| *value).collect();
        let whole = squares(&sense::sum(&Features::of(normal)));
        let factor = if whole > 0.0 { (squares(&scaled) / whole).sqrt() } else { 0.0 };
        for word in &normal.words {
            let pointing = sense::pointing(number(View::Word, word), 1);
            count(word, factor * pointing.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f32>());
        }
    }
}
