//! What is taught, put in an order of its own: whoever wrote it in whatever order teaches the same.

use std::collections::{BTreeMap, BTreeSet};

use super::contradiction::{self, Contradiction};
use super::features::{Features, fingerprint};
use super::normalise::Normal;
use super::planes::Class;
use super::training::TrainingSet;

/// The most intents that a bot can have; what is over is left out and reported.
pub const MOST_INTENTS: usize = 2_000;

/// A sentence and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// As it was written (the first in order, of those that differ in nothing that counts).
    pub text: String,
    /// What it has in common with those: see [`Normal::key`].
    pub key: String,
    /// Its parts.
    pub features: Features,
    /// Its intent; nothing if it is out of scope.
    pub label: Option<Class>,
}

/// All of them, by key and label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    /// The intents' names, in order.
    pub names: Vec<String>,
    /// The sentences.
    pub items: Vec<Example>,
    /// How many were left out because they say what another of the same intent says.
    pub repeated: usize,
    /// How many were left out because they have neither word nor sign.
    pub empty: usize,
    /// Sentences that stand in more than one place.
    pub contradictions: Vec<Contradiction>,
    /// Intents left out because there are more than [`MOST_INTENTS`].
    pub left_out: Vec<String>,
}

impl Examples {
    /// What a set teaches.
    #[must_use]
    pub fn of(set: &TrainingSet) -> Self {
        let mut all: BTreeSet<&str> = set.intents.iter().map(|intent| intent.name.as_str()).collect();
        let left_out = all.iter().skip(MOST_INTENTS).map(|name| (*name).to_owned()).collect();
        all = all.into_iter().take(MOST_INTENTS).collect();
        let names: Vec<String> = all.into_iter().map(str::to_owned).collect();
        let mut examples = Self { names, left_out, ..Self::default() };
        let taught = set.intents.iter().filter_map(|intent| Some((examples.class(&intent.name)?, &intent.examples)));
        let scopes = taught.map(|(class, texts)| (Some(class), texts)).chain([(None, &set.out_of_scope)]);
        let scopes: Vec<(Option<Class>, &Vec<String>)> = scopes.collect();
        let mut found: BTreeMap<(String, Option<Class>), &str> = BTreeMap::new();
        for (label, text) in scopes.iter().flat_map(|(label, texts)| texts.iter().map(move |text| (*label, text))) {
            examples.sort_in(label, text, &mut found);
        }
        examples.contradictions = contradiction::among(found.iter().map(|((key, label), text)| {
            (key.as_str(), label.and_then(|class| examples.names.get(usize::from(class))).map(String::as_str), *text)
        }));
        let example = |((key, label), text): ((String, Option<Class>), &str)| Example {
            features: Features::of(&Normal::of(text)),
            text: text.to_owned(),
            key,
            label,
        };
        examples.items = found.into_iter().map(example).collect();
        examples
    }

    fn sort_in<'a>(
        &mut self,
        label: Option<Class>,
        text: &'a str,
        found: &mut BTreeMap<(String, Option<Class>), &'a str>,
    ) {
        let key = Normal::of(text).key();
        if key.is_empty() {
            self.empty += 1;
            return;
        }
        let entry = found.entry((key, label));
        if matches!(entry, std::collections::btree_map::Entry::Occupied(_)) {
            self.repeated += 1;
        }
        let held = entry.or_insert(text);
        *held = (*held).min(text);
    }

    /// The place of an intent.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<Class> {
        let at = self.names.binary_search_by(|other| other.as_str().cmp(name)).ok()?;
        Class::try_from(at).ok()
    }

    /// How many intents there are.
    #[must_use]
    pub fn classes(&self) -> Class {
        Class::try_from(self.names.len()).unwrap_or(Class::MAX)
    }

    /// How many sentences an intent has.
    #[must_use]
    pub fn count(&self, label: Option<Class>) -> usize {
        self.items.iter().filter(|example| example.label == label).count()
    }

    /// Which of so many folds each sentence is in: every intent is spread over all of them, and nothing but the
    /// sentences themselves decides.
    #[must_use]
    pub fn folds(&self, folds: usize) -> Vec<usize> {
        let mut order: Vec<(Option<Class>, u64, usize)> = (self.items.iter().enumerate())
            .map(|(at, example)| (example.label, fingerprint(example.key.as_bytes()), at))
            .collect();
        order.sort_unstable();
        let mut assigned = vec![0; order.len()];
        for (turn, (.., at)) in order.into_iter().enumerate() {
            if let Some(fold) = assigned.get_mut(at) {
                *fold = turn % folds.max(1);
            }
        }
        assigned
    }
}
