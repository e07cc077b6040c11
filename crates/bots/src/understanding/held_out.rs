//! How a model does on sentences that it has not seen: some are held out, a model is made of the others.

use super::calibration::Evidence;
use super::examples::{Example, Examples};
use super::model::Model;
use super::planes::Class;

/// Into how many parts the examples are divided; one part at a time is held out.
const FOLDS: usize = 5;

/// So many held-out sentences are enough.
const ENOUGH: usize = 2_000;

/// What a model made of the others said of a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Which sentence, by its place among the examples.
    pub example: usize,
    /// Its intent; nothing if it is out of scope.
    pub label: Option<Class>,
    /// The intent it looked like most.
    pub guess: Class,
    /// What speaks for that.
    pub evidence: Evidence,
}

impl Outcome {
    /// Whether the guess is its intent.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.label == Some(self.guess)
    }
}

/// The outcomes of enough sentences, each held out once. Of large sets one part is held out and not every part in turn,
/// so that training stays quick.
#[must_use]
pub fn outcomes(examples: &Examples) -> Vec<Outcome> {
    let in_scope = examples.items.iter().filter(|example| example.label.is_some()).count();
    let rounds = (ENOUGH * FOLDS).div_ceil(in_scope.max(1)).clamp(1, FOLDS);
    // What is out of scope is less, so that more of it is held out at a time.
    let strangers = rounds.max(2);
    let (folds, wide) = (examples.folds(FOLDS), examples.folds(strangers));
    let mut outcomes = Vec::new();
    for round in 0..rounds {
        let is_held = |at: usize, example: &Example| {
            let folds = if example.label.is_some() { &folds } else { &wide };
            folds.get(at) == Some(&round)
        };
        let all = || examples.items.iter().enumerate();
        let taught: Vec<&Example> = all().filter(|(at, example)| !is_held(*at, example)).map(|(_, one)| one).collect();
        let held: Vec<usize> = all().filter(|(at, example)| is_held(*at, example)).map(|(at, _)| at).collect();
        outcomes.extend(judged(examples, &taught, &held));
    }
    outcomes
}

/// What a model of the taught says of the held. Nothing can be said of an intent of which no sentence was taught.
#[must_use]
pub fn judged(examples: &Examples, taught: &[&Example], held: &[usize]) -> Vec<Outcome> {
    let mut known = vec![false; examples.names.len()];
    for class in taught.iter().filter_map(|example| example.label) {
        if let Some(known) = known.get_mut(usize::from(class)) {
            *known = true;
        }
    }
    let model = Model::of(taught, examples.classes());
    let fair = |label: Option<Class>| label.is_none_or(|class| known.get(usize::from(class)) == Some(&true));
    let judge = |at: &usize| {
        let example = examples.items.get(*at).filter(|example| fair(example.label))?;
        let judgement = model.judge(&example.features);
        let guess = judgement.ranked().first().copied()?;
        Some(Outcome { example: *at, label: example.label, guess, evidence: judgement.evidence(guess) })
    };
    held.iter().filter_map(judge).collect()
}
