//! What is said and answered about a bot's entities, and the rules of what they look for.

use std::collections::HashMap;

use rolecall_bots::entity::{FoundEntity, LooksFor, Value as ListValue, check_pattern};
use rolecall_bots::flow::variable::is_name;
use rolecall_store::fold::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, check_name};
use crate::problem::FieldError;
use crate::time::Time;

/// The most values of a list with their synonyms, characters of one, and of a pattern.
const MOST_NAMES: usize = 2_000;
const VALUE: usize = 100;
const PATTERN: usize = 500;
/// What stands between a value and its synonyms where one is typed in a line.
pub const SEPARATOR: char = '|';
/// The most characters of a sentence that is tried.
const SENTENCE: usize = 2_000;

/// What an entity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// One of some values.
    #[default]
    List,
    /// What a regular expression matches.
    Pattern,
    /// An e-mail address.
    Email,
    /// A number.
    Number,
    /// A day of the calendar.
    Date,
}

impl EntityKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::List, Self::Pattern, Self::Email, Self::Number, Self::Date];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Pattern => "pattern",
            Self::Email => "email",
            Self::Number => "number",
            Self::Date => "date",
        }
    }

    /// The one so written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A value of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityValue {
    /// What is kept.
    pub value: String,
    /// Other words for it.
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// An entity.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntityView {
    /// Its id.
    pub id: Uuid,
    /// Its name, which is its variable's.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// The values of a list.
    pub values: Vec<EntityValue>,
    /// The regular expression of a pattern; empty for the other kinds.
    pub pattern: String,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// An entity to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntityBody {
    /// Its name, unique in the bot: letters, digits, `_`, `-`, `.` and spaces. What is found is kept as the variable of
    /// this name.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// The values of a list, 2,000 at most with their synonyms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<EntityValue>,
    /// A regular expression of the Rust crate `regex`; case does not count. What its first group matches is kept, or all if
    /// it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pattern: String,
}

/// A change of an entity; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another kind.
    #[serde(default)]
    pub kind: Option<EntityKind>,
    /// The whole list of values.
    #[serde(default)]
    pub values: Option<Vec<EntityValue>>,
    /// Another regular expression.
    #[serde(default)]
    pub pattern: Option<String>,
}

/// An entity, kept or not, and a sentence to look through.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryEntityBody {
    /// What it is.
    pub kind: EntityKind,
    /// The values of a list.
    #[serde(default)]
    pub values: Vec<EntityValue>,
    /// The regular expression of a pattern.
    #[serde(default)]
    pub pattern: String,
    /// The sentence, 2,000 characters at most.
    pub text: String,
}

/// An entity that was found in a sentence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FoundEntityView {
    /// Its name.
    pub entity: String,
    /// What is kept.
    pub value: String,
    /// What stood there.
    pub text: String,
}

/// What was found in a sentence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FoundEntitiesView {
    /// In the order of the sentence.
    pub items: Vec<FoundEntityView>,
}

impl From<FoundEntity> for FoundEntityView {
    fn from(found: FoundEntity) -> Self {
        Self { entity: found.entity, value: found.value, text: found.text }
    }
}

impl Check for NewEntityBody {
    fn check(&mut self) -> Vec<FieldError> {
        self.check_at("")
    }
}

impl NewEntityBody {
    /// The same for one among others: `at` stands before the names of its fields.
    pub fn check_at(&mut self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_entity_name(&format!("{at}name"), &mut self.name, &mut errors);
        check_looks(at, self.kind, &mut self.values, &mut self.pattern, &mut errors);
        errors
    }

    /// What it looks for.
    pub fn looks_for(&self) -> LooksFor {
        looks_for(self.kind, &self.values, &self.pattern)
    }
}

impl Check for EntityChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_entity_name("name", name, &mut errors);
        }
        errors
    }
}

impl EntityChangeBody {
    /// What the entity looks for then; none: as before.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn looks_for(&self, before: LooksFor) -> Result<Option<LooksFor>, Vec<FieldError>> {
        if self.kind.is_none() && self.values.is_none() && self.pattern.is_none() {
            return Ok(None);
        }
        let (kind, values, pattern) = parts(before);
        let kind = self.kind.unwrap_or(kind);
        let mut values = self.values.clone().unwrap_or(values);
        let mut pattern = self.pattern.clone().unwrap_or(pattern);
        let mut errors = Vec::new();
        check_looks("", kind, &mut values, &mut pattern, &mut errors);
        if errors.is_empty() { Ok(Some(looks_for(kind, &values, &pattern))) } else { Err(errors) }
    }
}

impl Check for TryEntityBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_looks("", self.kind, &mut self.values, &mut self.pattern, &mut errors);
        if self.text.chars().count() > SENTENCE {
            errors.push(FieldError::new("text", "too_long", format!("A sentence has at most {SENTENCE} characters.")));
        }
        errors
    }
}

/// What is looked for, of its kind; what belongs to another kind is left out.
pub fn looks_for(kind: EntityKind, values: &[EntityValue], pattern: &str) -> LooksFor {
    let value = |one: &EntityValue| ListValue { value: one.value.clone(), synonyms: one.synonyms.clone() };
    match kind {
        EntityKind::List => LooksFor::List { values: values.iter().map(value).collect() },
        EntityKind::Pattern => LooksFor::Pattern { pattern: pattern.to_owned() },
        EntityKind::Email => LooksFor::Email,
        EntityKind::Number => LooksFor::Number,
        EntityKind::Date => LooksFor::Date,
    }
}

/// Its kind, values and pattern.
pub fn parts(looks_for: LooksFor) -> (EntityKind, Vec<EntityValue>, String) {
    let value = |one: ListValue| EntityValue { value: one.value, synonyms: one.synonyms };
    match looks_for {
        LooksFor::List { values } => (EntityKind::List, values.into_iter().map(value).collect(), String::new()),
        LooksFor::Pattern { pattern } => (EntityKind::Pattern, Vec::new(), pattern),
        LooksFor::Email => (EntityKind::Email, Vec::new(), String::new()),
        LooksFor::Number => (EntityKind::Number, Vec::new(), String::new()),
        LooksFor::Date => (EntityKind::Date, Vec::new(), String::new()),
    }
}

fn check_entity_name(field: &str, name: &mut String, errors: &mut Vec<FieldError>) {
    let before = errors.len();
    check_name(field, name, errors);
    if errors.len() == before && !is_name(name) {
        let message = "Use letters, digits, `_`, `-`, `.` and spaces: texts write it in braces.";
        errors.push(FieldError::new(field, "invalid", message));
    }
}

fn check_looks(
    at: &str,
    kind: EntityKind,
    values: &mut Vec<EntityValue>,
    pattern: &mut String,
    errors: &mut Vec<FieldError>,
) {
    match kind {
        EntityKind::List => check_values(&format!("{at}values"), values, errors),
        EntityKind::Pattern => check_regex(&format!("{at}pattern"), pattern, errors),
        EntityKind::Email | EntityKind::Number | EntityKind::Date => {}
    }
}

fn check_regex(field: &str, pattern: &mut String, errors: &mut Vec<FieldError>) {
    *pattern = pattern.trim().to_owned();
    if pattern.is_empty() {
        errors.push(FieldError::new(field, "empty", "Give the pattern to look for."));
    } else if pattern.chars().count() > PATTERN {
        errors.push(FieldError::new(field, "too_long", format!("A pattern has at most {PATTERN} characters.")));
    } else if let Err(unfit) = check_pattern(pattern) {
        errors.push(FieldError::new(field, "invalid", format!("The pattern cannot be used: {unfit}.")));
    }
}

/// Tidies the values (white space to one space, empty ones gone) and reports what is too long, too many, or says two things.
fn check_values(field: &str, values: &mut Vec<EntityValue>, errors: &mut Vec<FieldError>) {
    for one in values.iter_mut() {
        one.value = tidy(&one.value);
        one.synonyms = one.synonyms.iter().map(|synonym| tidy(synonym)).filter(|synonym| !synonym.is_empty()).collect();
    }
    values.retain(|one| !one.value.is_empty());
    if values.is_empty() {
        errors.push(FieldError::new(field, "empty", "Give at least one value."));
    }
    if values.iter().map(|one| 1 + one.synonyms.len()).sum::<usize>() > MOST_NAMES {
        let message = format!("A list has at most {MOST_NAMES} values and synonyms.");
        errors.push(FieldError::new(field, "too_many", message));
        return;
    }
    let mut meanings: HashMap<String, usize> = HashMap::new();
    for (index, one) in values.iter().enumerate() {
        for name in std::iter::once(&one.value).chain(&one.synonyms) {
            if name.chars().count() > VALUE {
                let message = format!("A value or synonym has at most {VALUE} characters.");
                errors.push(FieldError::new(format!("{field}.{index}"), "too_long", message));
            }
            if name.contains(SEPARATOR) {
                let message = format!("`{name}` has a `{SEPARATOR}`, which parts a value from its synonyms.");
                errors.push(FieldError::new(format!("{field}.{index}"), "invalid", message));
            }
            if *meanings.entry(fold(name)).or_insert(index) != index {
                let message = format!("`{name}` stands for two values; leave it to one of them.");
                errors.push(FieldError::new(format!("{field}.{index}"), "duplicate", message));
            }
        }
    }
    errors.truncate(50);
}

fn tidy(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
