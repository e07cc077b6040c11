//! What a bot looks for in what people write: towns from a list, order numbers by a pattern, an e-mail address, a number,
//! a day. What is found is told as a reason and kept as a variable under the entity's name.
//!
//! INVARIANT: looking takes time that grows with the text and nothing else that a visitor chooses: the text is cut, lists
//! are looked up word by word, and patterns are of the kind that never goes back (`regex`), bounded in size.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::flow::Takes;
use crate::understanding::normalise::Normal;

/// How much of a text is looked through, in characters.
const LONGEST: usize = 1_000;
/// The largest a compiled pattern may be, in bytes.
const COMPILED: usize = 1 << 20;
/// How often one entity is found in a text at most.
const MOST: usize = 10;
/// Signs that stand around a word and are none of it.
const AROUND: [char; 20] =
    ['.', ',', ';', ':', '!', '?', '(', ')', '[', ']', '"', '\'', '<', '>', '“', '”', '„', '«', '»', '…'];

/// An entity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Its name, which is the variable's.
    pub name: String,
    /// What it is.
    pub looks_for: LooksFor,
}

/// What an entity is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LooksFor {
    /// One of these.
    List {
        /// Them.
        values: Vec<Value>,
    },
    /// What this matches: its first group if it has one, else all of it. Case does not count.
    Pattern {
        /// A regular expression of the crate `regex`.
        pattern: String,
    },
    /// An e-mail address.
    Email,
    /// A number.
    Number,
    /// A day of the calendar.
    Date,
}

impl Default for LooksFor {
    fn default() -> Self {
        Self::List { values: Vec::new() }
    }
}

/// A value of a list, and what else it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// What is kept.
    pub value: String,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// Something found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundEntity {
    /// The entity.
    pub entity: String,
    /// What is kept.
    pub value: String,
    /// What stood there.
    pub text: String,
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is no regular expression.
    #[error("{0}")]
    Syntax(String),
    /// It is too large when it is taken apart.
    #[error("it stands for too much: use smaller repetitions, or fewer of them")]
    TooLarge,
    /// It matches where nothing is.
    #[error("it fits where nothing stands: let it ask for at least one character")]
    Empty,
}

/// Whether a pattern can be used.
///
/// # Errors
/// Why not.
pub fn check_pattern(pattern: &str) -> Result<(), Unfit> {
    compiled(pattern).map(|_| ())
}

fn compiled(pattern: &str) -> Result<Regex, Unfit> {
    let mut builder = RegexBuilder::new(pattern);
    let built = builder.case_insensitive(true).size_limit(COMPILED).dfa_size_limit(COMPILED).nest_limit(50).build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Unfit::TooLarge,
        // The last line of a syntax error says what is wrong; those before it draw it.
        error => {
            Unfit::Syntax(error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
        }
    })?;
    if regex.is_match("") { Err(Unfit::Empty) } else { Ok(regex) }
}

/// Entities, ready to be looked for. What cannot be used is not looked for.
#[derive(Debug, Default)]
pub struct Entities(Vec<Ready>);

#[derive(Debug)]
struct Ready {
    name: String,
    finder: Finder,
}

#[derive(Debug)]
enum Finder {
    /// Values by the words that stand for them, and how many words these are at most.
    Words(BTreeMap<String, String>, usize),
    Pattern(Box<Regex>),
    Tokens(Takes),
}

impl Finder {
    fn of(looks_for: &LooksFor) -> Option<Self> {
        Some(match looks_for {
            LooksFor::List { values } => Self::words(values),
            LooksFor::Pattern { pattern } => Self::Pattern(Box::new(compiled(pattern).ok()?)),
            LooksFor::Email => Self::Tokens(Takes::Email),
            LooksFor::Number => Self::Tokens(Takes::Number),
            LooksFor::Date => Self::Tokens(Takes::Date),
        })
    }

    fn words(values: &[Value]) -> Self {
        let (mut known, mut longest) = (BTreeMap::new(), 0);
        for one in values {
            for name in std::iter::once(&one.value).chain(&one.synonyms) {
                let normal = Normal::of(name);
                if !normal.is_empty() {
                    longest = longest.max(normal.words.len());
                    known.entry(normal.key()).or_insert_with(|| one.value.clone());
                }
            }
        }
        Self::Words(known, longest)
    }

    /// Pairs of what is kept and what stood there, in the order of the text.
    fn find(&self, text: &str, words: &[String]) -> Vec<(String, String)> {
        match self {
            Self::Words(known, longest) => listed(known, *longest, words),
            Self::Pattern(regex) => matched(regex, text),
            Self::Tokens(takes) => {
                let tokens = text.split_whitespace().map(|token| token.trim_matches(AROUND));
                tokens.filter_map(|token| Some((takes.read(token)?, token.to_owned()))).take(MOST).collect()
            }
        }
    }
}

/// At each place the longest value, and none within another.
fn listed(known: &BTreeMap<String, String>, longest: usize, words: &[String]) -> Vec<(String, String)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() && found.len() < MOST {
        let here = (1..=longest.min(words.len() - at)).rev().find_map(|length| {
            let key = words.get(at..at + length)?.join(" ");
            Some((length, known.get(&key)?.clone(), key))
        });
        match here {
            Some((length, value, key)) => {
                found.push((value, key));
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn matched(regex: &Regex, text: &str) -> Vec<(String, String)> {
    let captures = regex.captures_iter(text).take(MOST);
    let pairs = captures.filter_map(|captures| {
        let whole = captures.get(0)?.as_str();
        let value = captures.get(1).map_or(whole, |group| group.as_str()).trim();
        (!value.is_empty()).then(|| (value.to_owned(), whole.trim().to_owned()))
    });
    pairs.collect()
}

impl Entities {
    /// Entities, made ready.
    #[must_use]
    pub fn of(entities: &[Entity]) -> Self {
        let ready = |one: &Entity| Some(Ready { name: one.name.clone(), finder: Finder::of(&one.looks_for)? });
        Self(entities.iter().filter_map(ready).collect())
    }

    /// What is found in a text, entity by entity, each in the order of the text; the same value of an entity once.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<FoundEntity> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let text: String = text.chars().take(LONGEST).collect();
        let words = Normal::of(&text).words;
        let mut found: Vec<FoundEntity> = Vec::new();
        for one in &self.0 {
            for (value, text) in one.finder.find(&text, &words) {
                if !found.iter().any(|known| known.entity == one.name && known.value == value) {
                    found.push(FoundEntity { entity: one.name.clone(), value, text });
                }
            }
        }
        found
    }

    /// The names of those that are looked for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(name: &str, looks_for: LooksFor) -> Entity {
        Entity { name: name.to_owned(), looks_for }
    }

    fn town() -> Entity {
        let value = |value: &str, synonyms: &[&str]| Value {
            value: value.to_owned(),
            synonyms: synonyms.iter().map(|one| (*one).to_owned()).collect(),
        };
        let values = vec![value("New York", &["NYC", "big apple"]), value("York", &[]), value("東京", &["Tokyo"])];
        entity("town", LooksFor::List { values })
    }

    fn found(entities: &[Entity], text: &str) -> Vec<String> {
        Entities::of(entities).find(text).into_iter().map(|one| format!("{}={}", one.entity, one.value)).collect()
    }

    #[test]
    fn lists_are_found_by_whole_words_whatever_the_case() {
        let one = [town()];
        assert_eq!(found(&one, "from YORK to new  york, please"), ["town=York", "town=New York"]);
        assert_eq!(found(&one, "the Big Apple!"), ["town=New York"]);
        assert_eq!(found(&one, "nyc and NYC"), ["town=New York"]);
        assert_eq!(found(&one, "私は東京に行く"), ["town=東京"]);
        assert!(found(&one, "Yorkshire, newyork").is_empty());
    }

    #[test]
    fn patterns_give_their_first_group_or_all() {
        let order = [entity("order", LooksFor::Pattern { pattern: r"\b[A-Z]{2}-\d{4}\b".to_owned() })];
        assert_eq!(found(&order, "where is ab-1234, and XY-0001?"), ["order=ab-1234", "order=XY-0001"]);
        let group = [entity("order", LooksFor::Pattern { pattern: r"order (?:number )?(\d+)".to_owned() })];
        assert_eq!(found(&group, "Order number 77 is late"), ["order=77"]);
    }

    #[test]
    fn addresses_numbers_and_days_are_found_among_words() {
        let all = [entity("mail", LooksFor::Email), entity("number", LooksFor::Number), entity("day", LooksFor::Date)];
        assert_eq!(
            found(&all, "I am (ana@example.com), 3 people on 30.4.2026."),
            ["mail=ana@example.com", "number=3", "day=2026-04-30"]
        );
    }

    #[test]
    fn patterns_that_are_wrong_too_large_or_empty_are_refused() {
        assert!(matches!(check_pattern("a(b"), Err(Unfit::Syntax(why)) if why.contains("unclosed group")));
        assert_eq!(check_pattern(r"(\w{1,100}){100}"), Err(Unfit::TooLarge));
        assert_eq!(check_pattern(r"\d*"), Err(Unfit::Empty));
        assert_eq!(check_pattern(r"\b\w{2,8}-\d{4,12}\b"), Ok(()));
        // What cannot be used is not looked for, and keeps nothing else from being found.
        let broken = entity("x", LooksFor::Pattern { pattern: "(".to_owned() });
        assert_eq!(found(&[broken, town()], "NYC"), ["town=New York"]);
    }
}
