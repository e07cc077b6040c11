//! What a decision asks of a variable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::takes::number;
use crate::understanding::normalise::Normal;

/// A condition on a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The variable.
    pub variable: String,
    /// What is asked of it.
    pub test: Test,
}

/// What is asked of a variable. Texts compare as people do: case, spacing and punctuation do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// It has a value.
    IsSet,
    /// It has none.
    IsNotSet,
    /// It is this.
    Is(String),
    /// It is something else, or nothing.
    IsNot(String),
    /// These words are in it, in this order.
    Contains(String),
    /// It is a number greater than this.
    Above(i64),
    /// It is a number less than this.
    Below(i64),
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, variables: &BTreeMap<String, String>) -> bool {
        let value = variables.get(&self.variable).map(String::as_str).filter(|value| !value.trim().is_empty());
        match &self.test {
            Test::IsSet => value.is_some(),
            Test::IsNotSet => value.is_none(),
            Test::Is(other) => value.is_some_and(|value| same(value, other)),
            Test::IsNot(other) => !value.is_some_and(|value| same(value, other)),
            Test::Contains(words) => value.is_some_and(|value| contains(value, words)),
            Test::Above(bound) => value.and_then(number).is_some_and(|number| number > as_number(*bound)),
            Test::Below(bound) => value.and_then(number).is_some_and(|number| number < as_number(*bound)),
        }
    }
}

/// Whether two texts are the same to people.
pub(crate) fn same(one: &str, other: &str) -> bool {
    sense(one) == sense(other)
}

/// What a text is to people: its words; where it has none (an emoji), its signs.
pub(super) fn sense(text: &str) -> (bool, String) {
    let normal = Normal::of(text);
    if normal.is_empty() { (false, text.trim().to_owned()) } else { (true, normal.key()) }
}

fn contains(value: &str, words: &str) -> bool {
    let (value, words) = (Normal::of(value).words, Normal::of(words).words);
    !words.is_empty() && value.windows(words.len()).any(|some| some == words)
}

#[expect(clippy::cast_precision_loss, reason = "bounds that people write are far below 2^53")]
fn as_number(bound: i64) -> f64 {
    bound as f64
}
