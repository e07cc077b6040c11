//! Sentences that are taught as two different things.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A sentence in more than one intent, or in an intent and out of scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contradiction {
    /// The sentences, as they were written: the same but for case, spacing and punctuation, or (where not `exact`) the
    /// same words in another order or written together.
    pub sentences: Vec<String>,
    /// The intents that have them, in order.
    pub intents: Vec<String>,
    /// Whether one of them is also taught as out of scope.
    pub out_of_scope: bool,
    /// Whether they are the same sentence; else nearly the same.
    pub exact: bool,
}

/// A key, its intent (nothing: out of scope) and the sentence.
type Taught<'a> = (&'a str, Option<&'a str>, &'a str);

/// Those among the sentences, each told once.
pub fn among<'a>(taught: impl Iterator<Item = Taught<'a>>) -> Vec<Contradiction> {
    let taught: Vec<Taught<'a>> = taught.collect();
    let exact = groups(&taught, |key| vec![key.to_owned()]);
    let near = groups(&taught, |key| vec![bag(key), key.split(' ').collect()]);
    let exact: Vec<Contradiction> = exact.iter().map(|group| told(group, true)).collect();
    let known: BTreeSet<&[String]> = exact.iter().map(|one| one.sentences.as_slice()).collect();
    let near: BTreeSet<Contradiction> = near.iter().map(|group| told(group, false)).collect();
    let near: Vec<Contradiction> = near.into_iter().filter(|one| !known.contains(one.sentences.as_slice())).collect();
    exact.into_iter().chain(near).collect()
}

/// Sentences that share a likeness and not the intent.
fn groups<'a>(taught: &[Taught<'a>], likenesses: fn(&str) -> Vec<String>) -> Vec<BTreeSet<Taught<'a>>> {
    let mut alike: BTreeMap<String, BTreeSet<Taught<'a>>> = BTreeMap::new();
    for one in taught {
        for likeness in likenesses(one.0) {
            alike.entry(likeness).or_default().insert(*one);
        }
    }
    let intents = |group: &BTreeSet<Taught<'a>>| group.iter().map(|one| one.1).collect::<BTreeSet<_>>().len();
    alike.into_values().filter(|group| intents(group) > 1).collect()
}

/// Its words, in no order.
fn bag(key: &str) -> String {
    let mut words: Vec<&str> = key.split(' ').collect();
    words.sort_unstable();
    // Apart from what is written together.
    words.join("\n")
}

fn told(group: &BTreeSet<Taught<'_>>, exact: bool) -> Contradiction {
    let sentences: BTreeSet<&str> = group.iter().map(|one| one.2).collect();
    let intents: BTreeSet<&str> = group.iter().filter_map(|one| one.1).collect();
    Contradiction {
        sentences: sentences.into_iter().map(str::to_owned).collect(),
        intents: intents.into_iter().map(str::to_owned).collect(),
        out_of_scope: group.iter().any(|one| one.1.is_none()),
        exact,
    }
}
