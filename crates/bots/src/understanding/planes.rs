//! The planes of all intents together, as they are kept: a byte per weight, those near zero left out.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use serde::{Deserialize, Serialize};

use super::linear::{Plane, Rows};
use super::vocabulary::Vector;

/// How many planes are made at the same time, at most: each holds a weight for every part while it is made.
const HANDS: usize = 4;

/// Weights below this share of the intent's largest are left out: they change no answer.
const SMALLEST: f32 = 0.012;

/// An intent by its place in the model.
pub type Class = u16;

/// A weight for each intent and part, as far as it counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Planes {
    /// Where each part's weights end.
    ends: Vec<u32>,
    classes: Vec<Class>,
    weights: Vec<i8>,
    /// What a weight of 1 means, by intent.
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Planes {
    /// The planes between each intent and all else; `labels` are the rows' intents, nothing for what is out of scope.
    #[must_use]
    pub fn between(rows: &Rows, labels: &[Option<Class>], classes: Class, parts: usize) -> Self {
        let mut columns: Vec<Vec<(Class, i8)>> = vec![Vec::new(); parts];
        let mut planes = Self::default();
        let plane = |class: Class| {
            let within: Vec<bool> = labels.iter().map(|label| *label == Some(class)).collect();
            Plane::between(rows, &within, parts, u64::from(class))
        };
        let all: Vec<Class> = (0..classes).collect();
        for some in all.chunks(hands()) {
            for (class, plane) in some.iter().zip(at_once(some, &plane)) {
                planes.scales.push(keep(&plane, *class, &mut columns));
                planes.biases.push(plane.bias);
            }
        }
        for column in columns {
            planes.classes.extend(column.iter().map(|(class, _)| *class));
            planes.weights.extend(column.iter().map(|(_, weight)| *weight));
            planes.ends.push(u32::try_from(planes.weights.len()).unwrap_or(u32::MAX));
        }
        planes
    }

    /// How many intents.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.biases.len()
    }

    /// On which side of each intent's plane a sentence lies, and how far.
    #[must_use]
    pub fn margins(&self, vector: &Vector) -> Vec<f32> {
        let mut sums = vec![0.0_f32; self.classes()];
        for (place, value) in &vector.parts {
            for (class, weight) in self.part(*place) {
                if let Some(sum) = sums.get_mut(usize::from(class)) {
                    *sum += value * f32::from(weight);
                }
            }
        }
        for ((sum, scale), bias) in sums.iter_mut().zip(&self.scales).zip(&self.biases) {
            *sum = *sum * scale + bias;
        }
        sums
    }

    /// What a part of the vocabulary says for an intent (or against it).
    #[must_use]
    pub fn weight(&self, place: u32, class: Class) -> f32 {
        let weight = self.part(place).find(|(other, _)| *other == class).map_or(0, |(_, weight)| weight);
        f32::from(weight) * self.scales.get(usize::from(class)).copied().unwrap_or(0.0)
    }

    fn part(&self, place: u32) -> impl Iterator<Item = (Class, i8)> + '_ {
        let place = place as usize;
        let from = place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        let to = self.ends.get(place).map_or(from, |end| *end as usize);
        let classes = self.classes.get(from..to).unwrap_or(&[]);
        classes.iter().copied().zip(self.weights.get(from..to).unwrap_or(&[]).iter().copied())
    }

    /// Whether it fits so many parts and intents; a stored one may be damaged.
    #[must_use]
    pub fn is_sound(&self, parts: usize, classes: usize) -> bool {
        let ascends = self.ends.is_sorted();
        let ends = self.ends.last().map_or(0, |end| *end as usize);
        let counts = self.ends.len() == parts && self.weights.len() == ends && self.classes.len() == ends;
        let named = self.classes.iter().all(|class| usize::from(*class) < classes);
        let numbers = self.scales.iter().chain(&self.biases).all(|number| number.is_finite());
        ascends && counts && named && numbers && self.scales.len() == classes && self.biases.len() == classes
    }
}

/// How many planes are made at the same time.
fn hands() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(HANDS)
}

/// The planes of these intents, each made by a thread of its own.
fn at_once(classes: &[Class], plane: &(impl Fn(Class) -> Plane + Sync)) -> Vec<Plane> {
    thread::scope(|scope| {
        let making: Vec<_> = classes.iter().map(|class| scope.spawn(move || plane(*class))).collect();
        making.into_iter().map(|plane| plane.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Puts a plane's weights into the columns, a byte each; answers what a weight of 1 means.
fn keep(plane: &Plane, class: Class, columns: &mut [Vec<(Class, i8)>]) -> f32 {
    let largest = plane.weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
    let scale = largest / f32::from(i8::MAX);
    if scale <= 0.0 {
        return 0.0;
    }
    for (column, weight) in columns.iter_mut().zip(&plane.weights) {
        if weight.abs() >= largest * SMALLEST {
            #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the scale")]
            column.push((class, (weight / scale).round() as i8));
        }
    }
    scale
}
