//! The draft, put together from what the areas of the bot hold, and what keeps it from being published.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_bots::Snapshot;
use rolecall_bots::flow::{Flow, check_among};
use rolecall_bots::snapshot::{Begins, Settings, SnapshotEntry, SnapshotFlow, SnapshotIntent};
use rolecall_store::resource::{Bot, Draft, DraftContent, DraftFlow};
use serde::Deserialize;

use crate::problem::FieldError;
use crate::service::entity::looked_for;
use crate::service::flow::fault::{missing_calls, words};

/// A draft as a bot runs it.
#[derive(Clone, Debug)]
pub struct Ready {
    /// All that the bot is.
    pub snapshot: Snapshot,
    /// What keeps it from being published.
    pub faults: Vec<FieldError>,
}

/// A variant of a response, as content keeps it.
#[derive(Deserialize)]
struct Variant {
    text: String,
}

impl Ready {
    /// The bot's draft.
    #[must_use]
    pub fn of(bot: &Bot, draft: &Draft) -> Self {
        let mut faults = Vec::new();
        let flows = draft.flows.iter().filter_map(|flow| read_flow(draft, flow, &mut faults)).collect();
        let opens = draft.flows.iter().filter(|flow| flow.begins == "conversation").count();
        if opens > 1 {
            let message = "Several flows begin with the conversation; only one can.";
            faults.push(FieldError::new("flows", "duplicate", message));
        }
        let snapshot = Snapshot {
            name: bot.name.clone(),
            settings: settings(draft.settings.as_deref()),
            appearance: parsed(draft.appearance.as_deref()).unwrap_or_else(|| serde_json::json!({})),
            flows,
            intents: intents(draft),
            entities: draft.entities.iter().map(looked_for).collect(),
            entries: draft.contents.iter().filter(|one| one.kind == "entry").map(entry).collect(),
        };
        Self { snapshot, faults }
    }
}

/// Settings as stored; what is not said is as usual.
#[must_use]
pub fn settings(stored: Option<&str>) -> Settings {
    parsed(stored).unwrap_or_default()
}

fn parsed<T: serde::de::DeserializeOwned>(json: Option<&str>) -> Option<T> {
    serde_json::from_str(json?).ok()
}

fn read_flow(draft: &Draft, of: &DraftFlow, faults: &mut Vec<FieldError>) -> Option<SnapshotFlow> {
    let begins = match of.begins.as_str() {
        "conversation" => Begins::Conversation,
        "intent" => Begins::Intent,
        _ => Begins::Never,
    };
    let mut fault = |code, message: String| {
        // A flow that does not begin yet may be unfinished.
        if begins != Begins::Never {
            faults.push(FieldError::new(format!("flows.{}", of.name), code, message));
        }
    };
    let Ok(flow) = serde_json::from_str::<Flow>(&of.steps) else {
        fault("invalid", format!("Flow “{}” cannot be read.", of.name));
        return None;
    };
    let entities: BTreeSet<String> = draft.entities.iter().map(|entity| entity.name.clone()).collect();
    for one in check_among(&flow, &entities) {
        let words = words(&one.fault, one.step.as_deref().unwrap_or_default());
        fault("faulty", format!("Flow “{}”: {words}", of.name));
    }
    for one in missing_calls(&flow, &draft.calls) {
        fault("faulty", format!("Flow “{}”: {}", of.name, one.message));
    }
    if begins == Begins::Intent && !draft.intents.iter().any(|intent| intent.name == of.intent) {
        fault("not_found", format!("Flow “{}” begins with the intent “{}”, which is not there.", of.name, of.intent));
    }
    Some(SnapshotFlow { name: of.name.clone(), begins, intent: of.intent.clone(), flow })
}

/// The intents, each with the variants of the content that is said for it, by language.
fn intents(draft: &Draft) -> Vec<SnapshotIntent> {
    let mut responses: BTreeMap<&str, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for content in draft.contents.iter().filter(|content| content.kind == "response") {
        let variants: Vec<Variant> = serde_json::from_str(&content.body).unwrap_or_default();
        let variants: Vec<String> =
            variants.into_iter().map(|variant| variant.text).filter(|text| !text.trim().is_empty()).collect();
        if !variants.is_empty() {
            responses.entry(&content.title_folded).or_default().insert(content.language.clone(), variants);
        }
    }
    let intent = |intent: &rolecall_store::resource::DraftIntent| SnapshotIntent {
        name: intent.name.clone(),
        response: intent.response.clone(),
        responses: intent.said.as_ref().and_then(|said| responses.get(said.as_str())).cloned().unwrap_or_default(),
    };
    draft.intents.iter().map(intent).collect()
}

fn entry(content: &DraftContent) -> SnapshotEntry {
    SnapshotEntry {
        id: content.id.to_string(),
        title: content.title.clone(),
        body: content.body.clone(),
        tags: content.tags.lines().map(str::to_owned).collect(),
        language: content.language.clone(),
        source: content.source.clone(),
    }
}
