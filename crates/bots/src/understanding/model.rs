//! What examples teach: which parts there are, and a plane for each intent.

use serde::{Deserialize, Serialize};

use super::calibration::Evidence;
use super::examples::Example;
use super::features::Features;
use super::linear::Rows;
use super::planes::{Class, Planes};
use super::vocabulary::{Vector, Vocabulary};

/// How many sentences of which nothing is known are taught as out of scope: what is far from everything is refused, also
/// by a model of two intents.
const BLANKS: usize = 5;

/// Vocabulary and planes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The parts of the examples.
    pub vocabulary: Vocabulary,
    /// The planes of the intents.
    pub planes: Planes,
}

/// What a model says of a sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// On which side of each intent's plane it lies, and how far.
    pub margins: Vec<f32>,
    /// The share of its words that the examples have.
    pub known: f32,
    /// The sentence as the model sees it; without parts nothing can be said.
    pub vector: Vector,
}

impl Model {
    /// Learns from examples.
    #[must_use]
    pub fn of(examples: &[&Example], classes: Class) -> Self {
        let features: Vec<&Features> = examples.iter().map(|example| &example.features).collect();
        let vocabulary = Vocabulary::of(&features);
        let mut vectors: Vec<Vector> = features.iter().map(|features| vocabulary.vector(features)).collect();
        let mut labels: Vec<Option<Class>> = examples.iter().map(|example| example.label).collect();
        // A sentence of which nothing is known is none of the intents.
        vectors.extend(std::iter::repeat_n(Vector::default(), BLANKS));
        labels.extend([None; BLANKS]);
        let planes = Planes::between(&Rows::of(&vectors), &labels, classes, vocabulary.len());
        Self { vocabulary, planes }
    }

    /// Judges a sentence.
    #[must_use]
    pub fn judge(&self, features: &Features) -> Judgement {
        let vector = self.vocabulary.vector(features);
        Judgement { margins: self.planes.margins(&vector), known: vector.known, vector }
    }
}

impl Judgement {
    /// The intents, the likeliest first; those alike in their order.
    #[must_use]
    pub fn ranked(&self) -> Vec<Class> {
        let mut ranked: Vec<(f32, Class)> = self.margins.iter().copied().zip(0..).collect();
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        ranked.into_iter().map(|(_, class)| class).collect()
    }

    /// What speaks for an intent.
    #[must_use]
    pub fn evidence(&self, class: Class) -> Evidence {
        let margin = self.margins.get(usize::from(class)).copied().unwrap_or(-1.0);
        let others = self.margins.iter().zip(0..).filter(|(_, other): &(_, Class)| *other != class);
        let rival = others.map(|(margin, _)| *margin).fold(f32::NEG_INFINITY, f32::max);
        // Without a rival, what is unknown is the rival.
        let lead = if rival.is_finite() { margin - rival } else { self.known - 1.0 };
        Evidence { margin, lead, known: self.known }
    }

    /// Whether nothing of the sentence is known.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.vector.parts.is_empty() || self.margins.is_empty()
    }
}
