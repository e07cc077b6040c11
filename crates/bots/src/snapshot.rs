//! All that a bot is at one time: what a published version keeps, and what the draft is put together as.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::entity::Entity;
use crate::flow::Flow;
use crate::knowledge::USUAL_THRESHOLD;

/// A bot as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// How it runs.
    #[serde(default)]
    pub settings: Settings,
    /// How its chat window looks; nothing that it says.
    #[serde(default)]
    pub appearance: serde_json::Value,
    /// What it asks and says step by step.
    #[serde(default)]
    pub flows: Vec<SnapshotFlow>,
    /// What it understands.
    #[serde(default)]
    pub intents: Vec<SnapshotIntent>,
    /// What it looks for in what people write.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// What it knows.
    #[serde(default)]
    pub entries: Vec<SnapshotEntry>,
}

/// A flow and when it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFlow {
    /// Its name, unique in the bot.
    pub name: String,
    /// When it begins.
    pub begins: Begins,
    /// The intent that begins it.
    #[serde(default)]
    pub intent: String,
    /// Its steps.
    pub flow: Flow,
}

/// When a flow begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// With the conversation.
    Conversation,
    /// When its intent is understood.
    Intent,
    /// Not yet.
    #[default]
    Never,
}

/// An intent and what is said for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotIntent {
    /// Its name.
    pub name: String,
    /// What is said where no variants are.
    #[serde(default)]
    pub response: String,
    /// Variants by language.
    #[serde(default)]
    pub responses: BTreeMap<String, Vec<String>>,
}

/// An entry of its knowledge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotEntry {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What it says, in Markdown.
    pub body: String,
    /// Words it should be found by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The language that it is written in.
    #[serde(default)]
    pub language: String,
    /// Where it comes from.
    #[serde(default)]
    pub source: String,
}

/// How a bot runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The languages that it speaks, its own first; never empty.
    pub languages: Vec<String>,
    /// What it says by language where it knows no answer.
    pub fallback: BTreeMap<String, String>,
    /// From which probability on an intent counts; nothing: as learned from the examples.
    pub intent_threshold: Option<f32>,
    /// From which share on an entry counts.
    pub knowledge_threshold: f32,
    /// After how many days without a message conversations are deleted; nothing: never.
    pub retention_days: Option<u32>,
    /// The time zone that its times are told in.
    pub time_zone: String,
    /// A language model that words answers.
    pub language_model: Option<LanguageModel>,
}

/// A language model behind an endpoint that speaks OpenAI's chat completions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageModel {
    /// Its address, to which `/chat/completions` is added.
    pub endpoint: String,
    /// The model's name there.
    pub model: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            languages: vec!["en".to_owned()],
            fallback: BTreeMap::new(),
            intent_threshold: None,
            knowledge_threshold: USUAL_THRESHOLD,
            retention_days: Some(365),
            time_zone: "UTC".to_owned(),
            language_model: None,
        }
    }
}

impl Settings {
    /// The bot's own language.
    #[must_use]
    pub fn language(&self) -> &str {
        self.languages.first().map_or("en", String::as_str)
    }

    /// The bot's language that comes nearest to the one asked for: itself, the same without its region, else the bot's
    /// own.
    #[must_use]
    pub fn nearest(&self, asked: &str) -> &str {
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let same = self.languages.iter().find(|known| known.eq_ignore_ascii_case(asked));
        let near = || self.languages.iter().find(|known| primary(known) == primary(asked));
        same.or_else(near).map_or(self.language(), String::as_str)
    }
}
