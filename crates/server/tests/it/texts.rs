//! Every text key has a use, every use a key, every template a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rolecall_server::problem::Kind;
use rolecall_server::text::{ENGLISH, LANGUAGES, Language};

/// Keys that are put together: what they begin with.
const FAMILIES: [&str; 53] = [
    "action-",
    "activity-",
    "advice-",
    "analytics-by-",
    "audit-",
    "bot-tab-",
    "content-field-",
    "content-kinds-",
    "content-outcome-",
    "content-status-",
    "copy-skipped-",
    "day-",
    "delivery-status-",
    "entity-kind-",
    "explain-fact-",
    "explain-obstacle-",
    "explain-step-",
    "flow-fault-",
    "flow-kind-",
    "flow-says-",
    "flow-takes-",
    "flow-test-",
    "flow-way-",
    "guards-",
    "integration-event-",
    "integration-paused-",
    "integration-status-",
    "invitation-state-",
    "messenger-because-",
    "messenger-state-",
    "model-",
    "models-holder-",
    "nav-",
    "notice-",
    "outcome-",
    "playground-expects-",
    "playground-why-",
    "policy-bot-owner-",
    "policy-owner-",
    "preset-",
    "problem-",
    "relation-",
    "request-state-",
    "starter-",
    "switch-",
    "talk-delivery-",
    "talk-outcome-",
    "talk-sender-",
    "talk-status-",
    "template-",
    "theme-",
    "when-",
    "word-",
];

fn files(folder: &str, end: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

fn keys() -> BTreeSet<String> {
    let lines = rolecall_server::text::ENGLISH.lines();
    let named = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    named.filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned())).collect()
}

/// Texts in quotes that look like keys.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

#[test]
fn every_text_has_a_use() {
    let mut sources = files("templates", "");
    sources.extend(files("src", ".rs"));
    let all: String = sources.into_iter().map(|(_, text)| text).collect();
    for key in keys() {
        let family = FAMILIES.iter().any(|family| key.starts_with(family));
        assert!(family || all.contains(&format!("\"{key}\"")), "nothing uses the text {key}");
    }
}

#[test]
fn every_use_has_a_text() {
    let keys = keys();
    let mut sources = files("templates", ".html");
    sources.extend(files("templates", ".txt"));
    for (path, text) in sources {
        for call in [".t(\"", "t.of(\"", ".with(\"", ".count(\"", ".with_all(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                assert!(key.contains("{}") || keys.contains(key), "{}: no text {key}", path.display());
            }
        }
    }
    for (path, text) in files("src/console", ".rs") {
        for call in [".t(\"", "t.of(\"", ".with(\"", ".count(\"", ".titled(\"", ".about(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                let is_key = key.contains('-') && !key.contains('{');
                assert!(!is_key || keys.contains(key), "{}: no text {key}", path.display());
            }
        }
    }
}

/// The values that a text takes (`$name`), without the preset's words, which every text may use.
fn variables(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            key = line.split_once(" =").map_or(line, |(key, _)| key).to_owned();
            found.entry(key.clone()).or_default();
        }
        for rest in line.split('$').skip(1) {
            let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            if !["bot", "bots", "Bot", "Bots", "kind"].contains(&name.as_str()) {
                found.entry(key.clone()).or_default().insert(name);
            }
        }
    }
    found
}

/// What the other locale file lacks, has too much, or takes other values for.
fn differences(english: &str, other: &str) -> Vec<String> {
    let (english, other) = (variables(english), variables(other));
    let keys: BTreeSet<&String> = english.keys().chain(other.keys()).collect();
    keys.into_iter().filter(|key| english.get(*key) != other.get(*key)).cloned().collect()
}

#[test]
fn p_13_every_language_has_the_texts_of_the_english_one() {
    for language in LANGUAGES.iter() {
        assert_eq!(differences(ENGLISH, language.source), Vec::<String>::new(), "{}", language.tag);
        assert!(Language::find(language.tag).is_some() && !language.name.is_empty());
    }
    let (one, other) = ("a = x { $n }\nb = { $Bot }\nc = y\n", "a = x { $m }\nb = { $kind }\nd = y\n");
    assert_eq!(differences(one, other), ["a", "c", "d"]);
}

#[test]
fn every_template_has_a_page() {
    let templates = files("templates", "");
    let mut sources: String = files("src", ".rs").into_iter().map(|(_, text)| text).collect();
    sources.extend(templates.iter().map(|(_, text)| text.as_str()));
    let named: BTreeSet<&str> = quoted(&sources).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for (path, _) in &templates {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        assert!(named.contains(name.as_str()) || sources.contains(&format!("\"{name}\"")), "no page uses {name}");
    }
}

#[test]
fn every_kind_of_problem_has_one_type() {
    let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.parts().1).collect();
    assert_eq!(names.len(), Kind::ALL.len());
}
