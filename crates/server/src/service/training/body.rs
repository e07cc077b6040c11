//! What is said and answered about a bot's training, and the rules of its sentences.

use std::collections::HashSet;

use rolecall_store::fold::fold;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, check_name, nullable};
use crate::problem::FieldError;
use crate::service::entity::body::NewEntityBody;
use crate::time::Time;

/// The most intents of a bot, and sentences of all of them.
pub const MOST_INTENTS: i64 = 1_000;
/// See [`MOST_INTENTS`].
pub const MOST_EXAMPLES: i64 = 30_000;
/// The most sentences of one list, and characters of one sentence, of one answer.
const MOST_OF_ONE: usize = 5_000;
const SENTENCE: usize = 500;
const RESPONSE: usize = 5_000;

/// An intent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IntentView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What the bot answers; empty: nothing yet.
    pub response: String,
    /// The response of the bot's content that it answers with instead; null: none.
    pub response_id: Option<Uuid>,
    /// Sentences that mean it.
    pub examples: Vec<String>,
    /// How many.
    pub example_count: usize,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// An intent to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntentBody {
    /// Its name, unique in the bot.
    pub name: String,
    /// Sentences that mean it, 500 characters each at most; the same twice is kept once.
    pub examples: Vec<String>,
    /// What the bot answers.
    #[serde(default)]
    pub response: Option<String>,
    /// A response of the bot's content that it answers with instead.
    #[serde(default)]
    pub response_id: Option<Uuid>,
}

/// A change of an intent; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntentChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// The whole list of sentences.
    #[serde(default)]
    pub examples: Option<Vec<String>>,
    /// Another answer.
    #[serde(default)]
    pub response: Option<String>,
    /// Another response of the bot's content to answer with; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Uuid>)]
    pub response_id: Option<Option<Uuid>>,
}

/// An intent of an import.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedIntent {
    /// Its name; one that is there gets the sentences added.
    pub name: String,
    /// Sentences that mean it.
    pub examples: Vec<String>,
    /// What the bot answers; left out: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

/// What a bot is taught, taken in or out at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportBody {
    /// The intents.
    pub intents: Vec<ImportedIntent>,
    /// Sentences that mean none, to be added.
    #[serde(default)]
    pub out_of_scope: Vec<String>,
    /// Entities; one that is there gets the values added, or another pattern.
    #[serde(default)]
    pub entities: Vec<NewEntityBody>,
}

/// What an import did.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ImportView {
    /// Intents made.
    pub created: usize,
    /// Intents that got sentences or another answer.
    pub updated: usize,
    /// Intents that had it all already.
    pub unchanged: usize,
    /// Sentences added.
    pub examples_added: usize,
    /// Sentences that mean none, added.
    pub out_of_scope_added: usize,
    /// Entities made.
    pub entities_created: usize,
    /// Entities that got values or another pattern.
    pub entities_updated: usize,
}

/// A list of sentences.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SentencesBody {
    /// The sentences.
    pub examples: Vec<String>,
}

/// The sentences that mean none of a bot's intents.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SentencesView {
    /// The sentences.
    pub examples: Vec<String>,
    /// The list's version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`.
    pub can: Vec<String>,
}

/// How things stand with a bot's training.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrainingView {
    /// How many intents it has.
    pub intents: i64,
    /// How many sentences mean one.
    pub examples: i64,
    /// How many sentences mean none.
    pub out_of_scope: usize,
    /// When it learned last; null: never.
    pub trained_at: Option<Time>,
    /// Whether nothing was changed since.
    pub up_to_date: bool,
    /// What it learned then.
    pub report: Option<ReportView>,
    /// What the caller may do: `create`, `read`, `update` (train).
    pub can: Vec<String>,
}

/// What a bot has learned.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportView {
    /// From how many intents.
    pub intents: usize,
    /// From how many sentences.
    pub examples: usize,
    /// From how many that mean none.
    pub out_of_scope: usize,
    /// Sentences that are taught as several intents: all but one are wrong.
    pub contradictions: Vec<ContradictionView>,
    /// Sentences that look like another intent than the one they are taught as.
    pub doubtful: Vec<DoubtfulView>,
    /// Intents with so few sentences that they are hardly understood.
    pub too_few: Vec<String>,
    /// How it does with sentences it has not seen: each part of what it is taught was held out once.
    pub held_out: HeldOutView,
    /// Bytes of what was learned.
    pub bytes: usize,
}

/// The same sentence, or nearly, taught as several intents.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContradictionView {
    /// The sentence, in its spellings.
    pub sentences: Vec<String>,
    /// The intents.
    pub intents: Vec<String>,
    /// Whether it is taught as meaning none, too.
    pub out_of_scope: bool,
}

/// A sentence that looks like another intent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DoubtfulView {
    /// The sentence.
    pub sentence: String,
    /// What it is taught as; null: as meaning none.
    pub intent: Option<String>,
    /// What it looks like.
    pub looks_like: String,
}

/// How a bot does with sentences that it has not seen.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldOutView {
    /// How many sentences were tried; 0: too few to try.
    pub sentences: usize,
    /// How many of them it understood.
    pub right: usize,
    /// How many that mean none were tried.
    pub out_of_scope: usize,
    /// How many of them it took for none.
    pub refused: usize,
}

impl Check for NewIntentBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        check_sentences("examples", &mut self.examples, &mut errors);
        check_response("response", self.response.as_mut(), &mut errors);
        errors
    }
}

impl Check for IntentChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        if let Some(examples) = &mut self.examples {
            check_sentences("examples", examples, &mut errors);
        }
        check_response("response", self.response.as_mut(), &mut errors);
        errors
    }
}

impl Check for ImportBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut names = HashSet::new();
        for (index, one) in self.intents.iter_mut().enumerate() {
            check_name(&format!("intents.{index}.name"), &mut one.name, &mut errors);
            check_sentences(&format!("intents.{index}.examples"), &mut one.examples, &mut errors);
            check_response(&format!("intents.{index}.response"), one.response.as_mut(), &mut errors);
            if !names.insert(fold(&one.name)) {
                let message = format!("`{}` is named twice; put its sentences together.", one.name);
                errors.push(FieldError::new(format!("intents.{index}.name"), "duplicate", message));
            }
        }
        check_sentences("out_of_scope", &mut self.out_of_scope, &mut errors);
        let mut names = HashSet::new();
        for (index, one) in self.entities.iter_mut().enumerate() {
            errors.extend(one.check_at(&format!("entities.{index}.")));
            if !names.insert(fold(&one.name)) {
                let message = format!("`{}` is named twice; put its values together.", one.name);
                errors.push(FieldError::new(format!("entities.{index}.name"), "duplicate", message));
            }
        }
        errors.truncate(MOST_ERRORS);
        errors
    }
}

impl Check for SentencesBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_sentences("examples", &mut self.examples, &mut errors);
        errors
    }
}

/// So many mistakes of an import are told at once.
const MOST_ERRORS: usize = 50;

/// Tidies sentences (white space to one space, empty ones and repetitions gone) and reports what is too long or too many.
pub fn check_sentences(field: &str, sentences: &mut Vec<String>, errors: &mut Vec<FieldError>) {
    for sentence in sentences.iter_mut() {
        *sentence = sentence.split(|letter: char| letter.is_whitespace() || letter.is_control()).fold(
            String::new(),
            |mut tidy, word| {
                if !tidy.is_empty() && !word.is_empty() {
                    tidy.push(' ');
                }
                tidy.push_str(word);
                tidy
            },
        );
    }
    let mut seen = HashSet::new();
    sentences.retain(|sentence| !sentence.is_empty() && seen.insert(fold(sentence)));
    for (index, sentence) in sentences.iter().enumerate() {
        if sentence.chars().count() > SENTENCE {
            let message = format!("A sentence has at most {SENTENCE} characters.");
            errors.push(FieldError::new(format!("{field}.{index}"), "too_long", message));
        }
    }
    if sentences.len() > MOST_OF_ONE {
        errors.push(FieldError::new(field, "too_many", format!("Give at most {MOST_OF_ONE} sentences.")));
    }
}

fn check_response(field: &str, response: Option<&mut String>, errors: &mut Vec<FieldError>) {
    let Some(response) = response else { return };
    *response = response.trim().to_owned();
    if response.chars().count() > RESPONSE {
        errors.push(FieldError::new(field, "too_long", format!("An answer has at most {RESPONSE} characters.")));
    }
}

/// The sentences with those of the others that are not there yet, and how many these are.
pub fn merge(mut kept: Vec<String>, others: Vec<String>) -> (Vec<String>, usize) {
    let before = kept.len();
    let mut seen: HashSet<String> = kept.iter().map(|sentence| fold(sentence)).collect();
    kept.extend(others.into_iter().filter(|sentence| seen.insert(fold(sentence))));
    let added = kept.len() - before;
    (kept, added)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_tidied_and_kept_once() {
        let mut sentences =
            ["  where is\nmy card ", "", "Where is my  card", "lost\u{7}it"].map(str::to_owned).to_vec();
        let mut errors = Vec::new();
        check_sentences("examples", &mut sentences, &mut errors);
        assert_eq!(sentences, ["where is my card", "lost it"]);
        assert!(errors.is_empty());
        let mut long = vec!["x".repeat(SENTENCE + 1)];
        check_sentences("examples", &mut long, &mut errors);
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn merging_adds_what_is_new() {
        let (all, added) = merge(vec!["a".to_owned()], vec!["A".to_owned(), "b".to_owned()]);
        assert_eq!((all, added), (vec!["a".to_owned(), "b".to_owned()], 1));
    }
}
