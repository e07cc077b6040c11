//! Which intents are taken for which: everything taught, held out once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::examples::Examples;
use super::training::{HeldOut, Intent, TrainingSet, train};

/// A confusion: so many sentences of one intent were understood as another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confused {
    /// The intent that was meant; nothing if out of scope.
    pub meant: Option<String>,
    /// The intent that was understood; nothing if none.
    pub understood: Option<String>,
    /// How many sentences.
    pub count: usize,
    /// One of them.
    pub sentence: String,
}

/// How an intent was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentOutcome {
    /// The intent.
    pub intent: String,
    /// How many of its sentences were held out.
    pub sentences: usize,
    /// How many of them were understood as it.
    pub right: usize,
    /// How many other sentences were.
    pub wrongly: usize,
}

/// What cross-validation found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossValidation {
    /// All sentences.
    pub held_out: HeldOut,
    /// By intent, in order of name.
    pub intents: Vec<IntentOutcome>,
    /// The confusions, the most frequent first.
    pub confused: Vec<Confused>,
}

/// Holds each part of the set out in turn, trains on the others (threshold and all) and looks at what is understood.
/// At least two folds; the sentences themselves decide which of them they are in.
#[must_use]
pub fn cross_validate(set: &TrainingSet, folds: usize) -> CrossValidation {
    let examples = Examples::of(set);
    let folds = folds.clamp(2, examples.items.len().max(2));
    let assigned = examples.folds(folds);
    let mut counts: BTreeMap<(Option<String>, Option<String>), (usize, String)> = BTreeMap::new();
    for fold in 0..folds {
        let trained = train(&without(&examples, &assigned, fold));
        for (example, _) in examples.items.iter().zip(&assigned).filter(|(_, other)| **other == fold) {
            let meant = example.label.and_then(|class| examples.names.get(usize::from(class))).cloned();
            let understood = trained.understand(&example.text).intent;
            counts.entry((meant, understood)).or_insert_with(|| (0, example.text.clone())).0 += 1;
        }
    }
    told(&examples.names, counts)
}

/// The set without the sentences of a fold.
fn without(examples: &Examples, assigned: &[usize], fold: usize) -> TrainingSet {
    let mut set = TrainingSet::default();
    set.intents.extend(examples.names.iter().map(|name| Intent { name: name.clone(), examples: Vec::new() }));
    for (example, _) in examples.items.iter().zip(assigned).filter(|(_, other)| **other != fold) {
        let texts = match example.label {
            Some(class) => set.intents.get_mut(usize::from(class)).map(|intent| &mut intent.examples),
            None => Some(&mut set.out_of_scope),
        };
        texts.into_iter().for_each(|texts| texts.push(example.text.clone()));
    }
    set
}

fn told(names: &[String], counts: BTreeMap<(Option<String>, Option<String>), (usize, String)>) -> CrossValidation {
    let mut told = CrossValidation::default();
    let intents: Vec<IntentOutcome> =
        names.iter().map(|intent| IntentOutcome { intent: intent.clone(), ..IntentOutcome::default() }).collect();
    told.intents = intents;
    let at = |name: &Option<String>| name.as_ref().and_then(|name| names.binary_search(name).ok());
    for ((meant, understood), (count, sentence)) in counts {
        let right = meant == understood;
        let of = if meant.is_some() { &mut told.held_out.sentences } else { &mut told.held_out.out_of_scope };
        *of += count;
        let well = if meant.is_some() { &mut told.held_out.right } else { &mut told.held_out.refused };
        *well += if right { count } else { 0 };
        if let Some(intent) = at(&meant).and_then(|at| told.intents.get_mut(at)) {
            intent.sentences += count;
            intent.right += if right { count } else { 0 };
        }
        if let Some(intent) = at(&understood).filter(|_| !right).and_then(|at| told.intents.get_mut(at)) {
            intent.wrongly += count;
        }
        if !right {
            told.confused.push(Confused { meant, understood, count, sentence });
        }
    }
    told.confused.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.sentence.cmp(&other.sentence)));
    told
}
