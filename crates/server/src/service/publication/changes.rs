//! What differs between two versions of a bot, in words.

use std::collections::BTreeMap;

use rolecall_bots::Snapshot;

use super::body::VersionChangeView;

/// The differences, part by part.
#[must_use]
pub fn between(before: &Snapshot, after: &Snapshot) -> Vec<VersionChangeView> {
    let mut all = Vec::new();
    if before.name != after.name && !before.name.is_empty() {
        all.push(one("Bot", "changed", &after.name, format!("The bot is called “{}” now.", after.name)));
    }
    let flow = |flow: &rolecall_bots::snapshot::SnapshotFlow| (flow.name.clone(), flow.clone());
    compare(&mut all, ("Flow", "Flow"), before.flows.iter().map(flow), after.flows.iter().map(flow));
    let intent = |intent: &rolecall_bots::snapshot::SnapshotIntent| (intent.name.clone(), intent.clone());
    compare(&mut all, ("TrainingData", "Intent"), before.intents.iter().map(intent), after.intents.iter().map(intent));
    let entity = |entity: &rolecall_bots::Entity| (entity.name.clone(), entity.clone());
    let (old, new) = (before.entities.iter().map(entity), after.entities.iter().map(entity));
    compare(&mut all, ("TrainingData", "Entity"), old, new);
    // By its id: an entry that has another title now is the same entry.
    let entry = |entry: &rolecall_bots::snapshot::SnapshotEntry| (entry.id.clone(), entry.clone());
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (before.entries.iter().map(entry).collect(), after.entries.iter().map(entry).collect());
    for (id, entry) in &new {
        match old.get(id) {
            None => all.push(told("Content", "added", "Entry", &entry.title)),
            Some(earlier) if earlier != entry => all.push(told("Content", "changed", "Entry", &entry.title)),
            Some(_) => {}
        }
    }
    all.extend(
        old.iter()
            .filter(|(id, _)| !new.contains_key(*id))
            .map(|(_, entry)| told("Content", "removed", "Entry", &entry.title)),
    );
    settings(&mut all, before, after);
    let looks = |snapshot: &Snapshot| match &snapshot.appearance {
        serde_json::Value::Null => serde_json::json!({}),
        appearance => appearance.clone(),
    };
    if looks(before) != looks(after) {
        all.push(one("Appearance", "changed", "", "The chat window looks different.".to_owned()));
    }
    all
}

fn compare<T: PartialEq>(
    all: &mut Vec<VersionChangeView>,
    (model, what): (&'static str, &str),
    before: impl Iterator<Item = (String, T)>,
    after: impl Iterator<Item = (String, T)>,
) {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (before.collect(), after.collect());
    for (name, value) in &new {
        match old.get(name) {
            None => all.push(told(model, "added", what, name)),
            Some(earlier) if earlier != value => all.push(told(model, "changed", what, name)),
            Some(_) => {}
        }
    }
    all.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| told(model, "removed", what, name)));
}

fn settings(all: &mut Vec<VersionChangeView>, before: &Snapshot, after: &Snapshot) {
    let (old, new) = (&before.settings, &after.settings);
    let differs = [
        ("languages", old.languages != new.languages),
        ("what it says when it knows no answer", old.fallback != new.fallback),
        ("from where on an intent counts", old.intent_threshold != new.intent_threshold),
        ("from where on an entry answers", (old.knowledge_threshold - new.knowledge_threshold).abs() > f32::EPSILON),
        ("how long conversations are kept", old.retention_days != new.retention_days),
        ("time zone", old.time_zone != new.time_zone),
        ("language model", old.language_model != new.language_model),
    ];
    for (what, _) in differs.into_iter().filter(|(_, differs)| *differs) {
        all.push(one("BotSetting", "changed", what, format!("Settings: {what} changed.")));
    }
}

fn told(model: &'static str, kind: &'static str, what: &str, name: &str) -> VersionChangeView {
    one(model, kind, name, format!("{what} “{name}” {kind}."))
}

fn one(model: &'static str, kind: &'static str, name: &str, text: String) -> VersionChangeView {
    VersionChangeView { model, kind, name: name.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use rolecall_bots::snapshot::{SnapshotEntry, SnapshotIntent};

    use super::*;

    #[test]
    fn differences_are_told_in_words() {
        let entry = |id: &str, title: &str| SnapshotEntry { id: id.into(), title: title.into(), ..Default::default() };
        let intent = |name: &str, response: &str| SnapshotIntent {
            name: name.into(),
            response: response.into(),
            ..Default::default()
        };
        let entity = |name: &str| rolecall_bots::Entity { name: name.into(), ..Default::default() };
        let before = Snapshot {
            name: "Help".into(),
            intents: vec![intent("hours", "nine"), intent("gone", "")],
            entities: vec![entity("town")],
            entries: vec![entry("1", "Refunds"), entry("2", "Parking")],
            ..Snapshot::default()
        };
        let mut after = Snapshot {
            intents: vec![intent("hours", "ten"), intent("new", "")],
            entities: vec![entity("order")],
            entries: vec![entry("1", "Money back")],
            ..before.clone()
        };
        after.settings.retention_days = None;
        let told: Vec<String> = between(&before, &after).into_iter().map(|change| change.text).collect();
        let expected = [
            "Intent “hours” changed.",
            "Intent “new” added.",
            "Intent “gone” removed.",
            "Entity “order” added.",
            "Entity “town” removed.",
            "Entry “Money back” changed.",
            "Entry “Parking” removed.",
            "Settings: how long conversations are kept changed.",
        ];
        assert_eq!(told, expected);
        assert!(between(&after, &after).is_empty());
    }
}
