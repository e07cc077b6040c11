//! A flow as one file that people read and compare: TOML, its steps in the order in which they are met.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rolecall_bots::flow::{Case, Choice, Flow, Step};
use serde::{Deserialize, Serialize};
use toml::{Spanned, Value};

use super::body::{Drawn, FlowBegins, NewFlowBody, Places};
use crate::problem::{FieldError, Problem};
use crate::service::Result;

/// The longest file.
const LONGEST: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    begins: FlowBegins,
    #[serde(default)]
    intent: String,
    start: String,
    #[serde(default)]
    steps: BTreeMap<String, Spanned<Value>>,
    #[serde(default)]
    places: Places,
}

/// Reads a file strictly: what it does not know is an error, told with its line.
///
/// # Errors
/// 422 with the line.
pub fn read(text: &str) -> Result<NewFlowBody> {
    if text.len() > LONGEST {
        return Err(wrong("too_long", "A flow's file has at most 1 MiB.".to_owned()));
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let from = error.span().map_or(0, |span| span.start);
        at_line(text, from, error.message())
    })?;
    let mut steps = BTreeMap::new();
    for (name, value) in file.steps {
        let from = value.span().start;
        let step: Step = value.into_inner().try_into().map_err(|error: toml::de::Error| {
            let message = format!("step `{name}`: {}", error.message());
            at_line(text, culprit(text, from, error.message()), &message)
        })?;
        steps.insert(name, step);
    }
    let flow = Flow { start: file.start, steps };
    Ok(NewFlowBody { name: file.name, begins: file.begins, intent: file.intent, flow, places: file.places })
}

/// Where the word that the message quotes first stands behind `from`, else `from`.
fn culprit(text: &str, from: usize, message: &str) -> usize {
    let word = message.split('`').nth(1).filter(|word| !word.is_empty() && !message.starts_with("missing"));
    let found = word.and_then(|word| text.get(from..)?.find(word));
    found.map_or(from, |after| from + after)
}

fn at_line(text: &str, from: usize, message: &str) -> Problem {
    let line = text.get(..from).map_or(1, |before| before.matches('\n').count() + 1);
    wrong("invalid", format!("Line {line}: {}.", message.trim_end_matches('.')))
}

fn wrong(code: &'static str, message: String) -> Problem {
    Problem::invalid(vec![FieldError::new("text", code, message)])
}

/// What a file is called.
pub fn name(flow: &str) -> String {
    let plain: String = flow
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "flow.toml".to_owned() } else { format!("{}.toml", parts.join("-")) }
}

/// The file of a flow; the same flow gives the same file.
pub fn write(drawn: &Drawn) -> String {
    let mut text = String::new();
    line(&mut text, "name", &quoted(&drawn.name));
    line(&mut text, "begins", &plain(&drawn.begins));
    if !drawn.intent.is_empty() {
        line(&mut text, "intent", &quoted(&drawn.intent));
    }
    line(&mut text, "start", &quoted(&drawn.flow.start));
    for name in order(&drawn.flow) {
        if let Some(step) = drawn.flow.steps.get(name) {
            text.push_str(&format!("\n[steps.{}]\n", key(name)));
            write_step(&mut text, step);
        }
    }
    if !drawn.places.is_empty() {
        text.push_str("\n[places]\n");
    }
    for (name, place) in &drawn.places {
        line(&mut text, &key(name), &format!("{{ x = {}, y = {} }}", place.x, place.y));
    }
    text
}

/// The steps as somebody meets them who follows the flow; at the end those that nobody meets.
pub fn order(flow: &Flow) -> Vec<&String> {
    let mut met = Vec::new();
    let mut seen = BTreeSet::new();
    let mut ahead = vec![&flow.start];
    while let Some(name) = ahead.pop() {
        if let Some((name, step)) = flow.steps.get_key_value(name).filter(|(name, _)| seen.insert(*name)) {
            met.push(name);
            ahead.extend(step.targets().into_iter().rev());
        }
    }
    met.extend(flow.steps.keys().filter(|name| !seen.contains(name)));
    met
}

fn write_step(text: &mut String, step: &Step) {
    match step {
        Step::Message { text: says, next } => {
            head(text, "message", Some(says));
            target(text, "next", next.as_ref());
        }
        Step::Question { text: says, choices, otherwise } => {
            head(text, "question", Some(says));
            list(text, "choices", choices.iter().map(choice));
            target(text, "otherwise", otherwise.as_ref());
        }
        Step::Collect { text: says, variable, takes, next, otherwise } => {
            head(text, "collect", Some(says));
            line(text, "variable", &quoted(variable));
            line(text, "takes", &plain(takes));
            target(text, "next", next.as_ref());
            target(text, "otherwise", otherwise.as_ref());
        }
        Step::Decision { cases, otherwise } => {
            head(text, "decision", None);
            list(text, "cases", cases.iter().map(case));
            target(text, "otherwise", otherwise.as_ref());
        }
        Step::GoTo { to } => {
            head(text, "go_to", None);
            line(text, "to", &quoted(to));
        }
        Step::HandOver { text: says } => head(text, "hand_over", Some(says)),
        Step::Call { integration, keeps, next, failed } => {
            head(text, "call", None);
            line(text, "integration", &quoted(integration));
            let keeps: Vec<String> = keeps.iter().map(|name| quoted(name)).collect();
            line(text, "keeps", &format!("[{}]", keeps.join(", ")));
            target(text, "next", next.as_ref());
            target(text, "failed", failed.as_ref());
        }
    }
}

fn head(text: &mut String, kind: &str, says: Option<&String>) {
    line(text, "kind", &quoted(kind));
    if let Some(says) = says {
        line(text, "text", &quoted(says));
    }
}

fn target(text: &mut String, field: &str, step: Option<&String>) {
    if let Some(step) = step {
        line(text, field, &quoted(step));
    }
}

fn list(text: &mut String, field: &str, items: impl Iterator<Item = String>) {
    let items: String = items.fold(String::new(), |all, item| format!("{all}  {item},\n"));
    line(text, field, &if items.is_empty() { "[]".to_owned() } else { format!("[\n{items}]") });
}

fn choice(choice: &Choice) -> String {
    format!("{{ label = {}{} }}", quoted(&choice.label), onward(choice.next.as_ref()))
}

fn case(case: &Case) -> String {
    let (variable, test) = (quoted(&case.condition.variable), plain(&case.condition.test));
    format!("{{ condition = {{ variable = {variable}, test = {test} }}{} }}", onward(case.next.as_ref()))
}

fn onward(next: Option<&String>) -> String {
    next.map_or_else(String::new, |step| format!(", next = {}", quoted(step)))
}

fn line(text: &mut String, field: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{field} = {value}");
}

/// A text as TOML has it; one of several lines stays so.
fn quoted(text: &str) -> String {
    // A line ends as it does in the text, and TOML's own lines end with a line feed.
    if text.contains('\r') { one_line(text) } else { Value::String(text.to_owned()).to_string() }
}

/// A name as a key.
fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { one_line(name) }
}

fn one_line(text: &str) -> String {
    // JSON's strings are TOML's basic strings, but for one control character.
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007f")
}

/// A word, or a table of one field, within a line.
fn plain(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(fields)) => {
            let fields = fields.iter().map(|(name, value)| match value {
                serde_json::Value::String(text) => format!("{name} = {}", one_line(text)),
                other => format!("{name} = {other}"),
            });
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Ok(serde_json::Value::String(word)) => one_line(&word),
        _ => "\"\"".to_owned(),
    }
}

#[cfg(test)]
mod tests;
