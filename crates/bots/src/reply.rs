//! The reply engine: what a bot says to what came in, and why.
//!
//! What is found of the bot's entities is kept in variables first. A flow that waits takes the answer. What no flow takes is understood as an intent, which begins a flow or has a
//! response (one that was not taught so gives way to an entry that is nearer); else it is looked up in the knowledge; else the bot says that it does not know, and after that has
//! happened twice in a row it offers a person. A question with choices that the text does not match lets intents and
//! knowledge have their turn before it is asked again.
//!
//! [`reply`] is total and pure: any state, also one from an older version of the bot, and any text lead to a reply.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::entity::{Entities, FoundEntity};
use crate::flow;
use crate::knowledge::{Entry, Knowledge, Language, Unusable};
use crate::snapshot::{Begins, Snapshot, SnapshotEntry, SnapshotFlow, SnapshotIntent};
use crate::understanding::{Because, Trained};

pub mod extract;
mod phrases;
mod turn;

pub use turn::reply;

/// A bot, ready to reply.
#[derive(Debug)]
pub struct Bot {
    /// All that it is.
    pub snapshot: Snapshot,
    trained: Option<Trained>,
    knowledge: BTreeMap<String, Knowledge>,
    intents: BTreeMap<String, usize>,
    entries: BTreeMap<String, usize>,
    entities: Entities,
    /// The variables that something gives a value: the entities, and what flows collect.
    variables: BTreeSet<String>,
}

/// Where a conversation is. It is kept as JSON from reply to reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The language that is spoken.
    pub language: String,
    /// The flow that waits.
    pub flow: Option<String>,
    /// Where in it, and what was collected.
    pub at: flow::State,
    /// How often each intent's response was said.
    pub said: BTreeMap<String, usize>,
    /// How often in a row it did not know.
    pub unknown: u32,
    /// Whether a person was offered just now.
    pub offered: bool,
}

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The conversation begins.
    Begin,
    /// The visitor wrote something, or chose what says this.
    Text(String),
    /// The integration that was to be called answered: values for variables, or nothing if the call failed.
    Answer(Option<BTreeMap<String, String>>),
}

/// What goes out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What is said, in order.
    pub messages: Vec<String>,
    /// Answers that are offered.
    pub choices: Vec<String>,
    /// Why.
    pub why: Why,
    /// How it went.
    pub outcome: Outcome,
    /// An integration to be called; its answer is the next event.
    pub call: Option<String>,
    /// The entries that the answer is made of, best first, where knowledge answered.
    pub basis: Vec<String>,
}

/// How a reply went, to be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing to count.
    #[default]
    None,
    /// It had an answer.
    Answered,
    /// It had none.
    Fallback,
    /// A person was asked for.
    Handover,
}

impl Outcome {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Answered => "answered",
            Self::Fallback => "fallback",
            Self::Handover => "handover",
        }
    }
}

/// Why a bot replied so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Why {
    /// The steps of flows that said something.
    pub steps: Vec<WhyStep>,
    /// The likeliest intent, whether or not it was likely enough.
    pub intent: Option<WhyIntent>,
    /// Entries that were found, best first, whether or not one was near enough.
    pub entries: Vec<WhyEntry>,
    /// What was found of the bot's entities.
    pub entities: Vec<FoundEntity>,
    /// What the language model did, if it was asked.
    pub model: Option<String>,
    /// The integrations that were called.
    pub calls: Vec<WhyCall>,
}

/// An integration that was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyCall {
    /// Its name; empty: it was not there.
    pub name: String,
    /// Whether the call failed.
    pub failed: bool,
    /// How it went, in words.
    pub told: String,
}

/// A step that said something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyStep {
    /// Its flow.
    pub flow: String,
    /// Its name.
    pub step: String,
}

/// An intent that was considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyIntent {
    /// Its name.
    pub name: String,
    /// The probability that it was meant.
    pub score: f32,
    /// From where on it counts.
    pub threshold: f32,
    /// Whether it was taken.
    pub taken: bool,
    /// The words that spoke for it.
    pub because: Vec<Because>,
}

/// An entry that was considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyEntry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which share of what was asked it speaks of.
    pub score: f32,
    /// From where on it counts.
    pub threshold: f32,
    /// Whether it answered.
    pub taken: bool,
    /// The words that were found.
    pub because: Vec<Because>,
}

impl Bot {
    /// A bot of what it is and what it has learned.
    ///
    /// # Errors
    /// If its knowledge cannot be indexed.
    pub fn of(snapshot: Snapshot, trained: Option<Trained>) -> Result<Self, Unusable> {
        let mut languages: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in &snapshot.entries {
            languages.entry(entry.language.clone()).or_default().push(Entry {
                id: entry.id.clone(),
                title: entry.title.clone(),
                body: entry.body.clone(),
                tags: entry.tags.clone(),
            });
        }
        let indexed = languages.into_iter().map(|(language, entries)| {
            let knowledge = Knowledge::of(&entries, Language::of(&language))?;
            Ok((language, knowledge))
        });
        let knowledge = indexed.collect::<Result<_, Unusable>>()?;
        let intents = snapshot.intents.iter().enumerate().map(|(at, intent)| (intent.name.clone(), at)).collect();
        let entries = snapshot.entries.iter().enumerate().map(|(at, entry)| (entry.id.clone(), at)).collect();
        let entities = Entities::of(&snapshot.entities);
        let steps = snapshot.flows.iter().flat_map(|flow| flow.flow.steps.values());
        let variables = steps.flat_map(|step| step.gives().iter().map(String::as_str)).chain(entities.names());
        let variables = variables.map(str::to_owned).collect();
        Ok(Self { snapshot, trained, knowledge, intents, entries, entities, variables })
    }

    /// The entry of this id.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&SnapshotEntry> {
        self.entries.get(id).and_then(|at| self.snapshot.entries.get(*at))
    }

    /// What the bot opens a conversation with, for whoever has not said anything yet.
    #[must_use]
    pub fn opening(&self, language: &str) -> Reply {
        let state = State { language: self.snapshot.settings.nearest(language).to_owned(), ..State::default() };
        reply(self, state, Event::Begin).1
    }

    fn intent(&self, name: &str) -> Option<&SnapshotIntent> {
        self.intents.get(name).and_then(|at| self.snapshot.intents.get(*at))
    }

    fn flow(&self, name: &str) -> Option<&SnapshotFlow> {
        self.snapshot.flows.iter().find(|flow| flow.name == name)
    }

    /// The flow that opens conversations.
    fn opens(&self) -> Option<&SnapshotFlow> {
        self.snapshot.flows.iter().find(|flow| flow.begins == Begins::Conversation)
    }

    /// The flow that an intent begins.
    fn begun_by(&self, intent: &str) -> Option<&SnapshotFlow> {
        self.snapshot.flows.iter().find(|flow| flow.begins == Begins::Intent && flow.intent == intent)
    }

    /// What it knows in a language; in its own where it knows nothing in that.
    fn knowledge_in(&self, language: &str) -> Option<&Knowledge> {
        self.knowledge.get(language).or_else(|| self.knowledge.get(self.snapshot.settings.language()))
    }
}
