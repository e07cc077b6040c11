//! Training: from intents and their example sentences to what understands them, and what is worth knowing about it.

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::contradiction::Contradiction;
use super::examples::Examples;
use super::features::fingerprint;
use super::held_out::{self, Outcome};
use super::model::Model;
use super::planes::Class;

/// An intent with fewer example sentences is reported: less is seldom understood well.
const FEW: usize = 5;

/// How many doubtful sentences are reported, and from which score on one is.
const DOUBTFUL: usize = 50;
const DOUBTFUL_FROM: f32 = 0.7;

/// What a bot is to understand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingSet {
    /// The intents; two of the same name are one.
    pub intents: Vec<Intent>,
    /// Sentences that are none of them.
    #[serde(default)]
    pub out_of_scope: Vec<String>,
}

/// An intent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its name.
    pub name: String,
    /// Sentences that mean it.
    pub examples: Vec<String>,
}

/// What was learned, and what is wrong with what was taught.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many intents.
    pub intents: usize,
    /// How many different sentences of intents.
    pub examples: usize,
    /// How many different sentences out of scope.
    pub out_of_scope: usize,
    /// How many words, pairs and pieces of words.
    pub parts: usize,
    /// How many sentences were left out because they repeat another of the same intent.
    pub repeated: usize,
    /// How many were left out because they say nothing.
    pub empty: usize,
    /// Sentences in more than one place.
    pub contradictions: Vec<Contradiction>,
    /// Intents with too few sentences.
    pub too_few: Vec<TooFew>,
    /// Intents left out because there are too many.
    pub left_out: Vec<String>,
    /// Sentences that, held out, looked clearly like another intent.
    pub doubtful: Vec<Doubtful>,
    /// How held-out sentences were understood.
    pub held_out: HeldOut,
    /// From which score on a sentence counts as understood.
    pub threshold: f32,
}

/// An intent with too few sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooFew {
    /// The intent.
    pub intent: String,
    /// How many it has.
    pub examples: usize,
}

/// A sentence that looks like another intent than its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doubtful {
    /// The sentence.
    pub sentence: String,
    /// Its intent; nothing if it is taught as out of scope.
    pub intent: Option<String>,
    /// The intent it looks like.
    pub looks_like: String,
    /// How much so.
    pub score: f32,
}

/// How sentences were understood by a model that had not seen them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldOut {
    /// How many sentences of intents.
    pub sentences: usize,
    /// How many of them as their intent.
    pub right: usize,
    /// How many out of scope.
    pub out_of_scope: usize,
    /// How many of them as none.
    pub refused: usize,
}

/// An understanding: what [`train`] makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    pub(super) names: Vec<String>,
    pub(super) model: Model,
    pub(super) calibration: Calibration,
    pub(super) taught: Taught,
    pub(super) report: Report,
}

/// The sentences that were taught, by fingerprint, with what each means (nothing: out of scope).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Taught {
    pub(super) keys: Vec<u64>,
    pub(super) labels: Vec<Option<Class>>,
}

/// Makes an understanding of a set. The same set gives the same one, in whatever order it comes.
#[must_use]
pub fn train(set: &TrainingSet) -> Trained {
    let examples = Examples::of(set);
    let outcomes = held_out::outcomes(&examples);
    let calibration = Calibration::of(&outcomes);
    let all: Vec<_> = examples.items.iter().collect();
    let model = Model::of(&all, examples.classes());
    let report = Report::of(&examples, &model, &calibration, &outcomes);
    let taught = Taught::of(&examples);
    Trained { names: examples.names, model, calibration, taught, report }
}

impl Trained {
    /// What was learned.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The intents, in order of name.
    #[must_use]
    pub fn intents(&self) -> &[String] {
        &self.names
    }

    /// From which score on a sentence counts as understood, as chosen from the examples.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.calibration.threshold
    }
}

impl Taught {
    /// Each sentence with its one meaning; one that has two is left to judgement.
    fn of(examples: &Examples) -> Self {
        let meaning = |example: &super::examples::Example| (fingerprint(example.key.as_bytes()), example.label);
        let mut meanings: Vec<(u64, Option<Class>)> = examples.items.iter().map(meaning).collect();
        meanings.sort_unstable();
        let clear = meanings.chunk_by(|one, other| one.0 == other.0).filter_map(|same| match same {
            [one] => Some(*one),
            _ => None,
        });
        let (keys, labels) = clear.unzip();
        Self { keys, labels }
    }

    /// What a sentence was taught to mean, if it was.
    pub(super) fn find(&self, key: &str) -> Option<Option<Class>> {
        let at = self.keys.binary_search(&fingerprint(key.as_bytes())).ok()?;
        self.labels.get(at).copied()
    }
}

impl Report {
    fn of(examples: &Examples, model: &Model, calibration: &Calibration, outcomes: &[Outcome]) -> Self {
        let out_of_scope = examples.count(None);
        let counts =
            examples.names.iter().enumerate().map(|(at, name)| (name, examples.count(Class::try_from(at).ok())));
        let few = counts.filter(|(_, count)| *count < FEW);
        Self {
            intents: examples.names.len(),
            examples: examples.items.len() - out_of_scope,
            out_of_scope,
            parts: model.vocabulary.parts(),
            repeated: examples.repeated,
            empty: examples.empty,
            contradictions: examples.contradictions.clone(),
            too_few: few.map(|(name, examples)| TooFew { intent: name.clone(), examples }).collect(),
            left_out: examples.left_out.clone(),
            doubtful: doubtful(examples, calibration, outcomes),
            held_out: HeldOut::of(calibration, outcomes),
            threshold: calibration.threshold,
        }
    }
}

impl HeldOut {
    fn of(calibration: &Calibration, outcomes: &[Outcome]) -> Self {
        let mut told = Self::default();
        for outcome in outcomes {
            let understood = calibration.probability(outcome.evidence) >= calibration.threshold;
            if outcome.label.is_some() {
                told.sentences += 1;
                told.right += usize::from(understood && outcome.is_right());
            } else {
                told.out_of_scope += 1;
                told.refused += usize::from(!understood);
            }
        }
        told
    }
}

fn doubtful(examples: &Examples, calibration: &Calibration, outcomes: &[Outcome]) -> Vec<Doubtful> {
    let wrong = outcomes.iter().filter(|outcome| !outcome.is_right());
    let mut scored: Vec<(f32, &Outcome)> =
        wrong.map(|outcome| (calibration.probability(outcome.evidence), outcome)).collect();
    scored.retain(|(score, _)| *score >= DOUBTFUL_FROM);
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.example.cmp(&other.1.example)));
    let told = |(score, outcome): (f32, &Outcome)| {
        let name = |class: Class| examples.names.get(usize::from(class)).cloned();
        let sentence = examples.items.get(outcome.example)?.text.clone();
        Some(Doubtful { sentence, intent: outcome.label.and_then(name), looks_like: name(outcome.guess)?, score })
    };
    scored.into_iter().filter_map(told).take(DOUBTFUL).collect()
}
