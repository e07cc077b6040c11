//! Variables within what a step says: `{name}`.

use std::collections::BTreeMap;

/// The text with `{name}` replaced by variables, once: what a variable says is not looked at again. One that is not
/// there is left empty; braces that name nothing stay.
pub(super) fn filled(text: &str, variables: &BTreeMap<String, String>) -> String {
    filled_where(text, variables, |_| true)
}

/// The same for variables that are known to be some: other braces stay.
pub(crate) fn filled_where(text: &str, variables: &BTreeMap<String, String>, known: impl Fn(&str) -> bool) -> String {
    let mut filled = String::new();
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Variable(name) if known(name) => filled.push_str(variables.get(name).map_or("", String::as_str)),
            Part::Variable(name) => filled.extend(["{", name, "}"]),
        }
    }
    filled
}

/// The variables that a text names.
pub fn named(text: &str) -> impl Iterator<Item = &str> {
    parts(text).into_iter().filter_map(|part| match part {
        Part::Variable(name) => Some(name),
        Part::Text(_) => None,
    })
}

/// Whether a variable can be called that: letters, digits, `_`, `-`, `.` and spaces.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || "_-. ".contains(character))
}

enum Part<'a> {
    Text(&'a str),
    Variable(&'a str),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(Part::Text(before));
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, onward)) => {
                parts.push(Part::Variable(name));
                rest = onward;
            }
            None => {
                parts.push(Part::Text("{"));
                rest = after;
            }
        }
    }
    parts.push(Part::Text(rest));
    parts
}
