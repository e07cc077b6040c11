//! Which requirements of docs/requirements.md no test names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::command::{Result, files, text};

/// Fails if a listed requirement has no test, or a test names an unlisted one.
pub fn run() -> Result {
    let listed = listed()?;
    let proven = proven()?;
    let unproven: Vec<&String> = listed.keys().filter(|id| !proven.contains(*id)).collect();
    let unlisted: Vec<&String> = proven.iter().filter(|id| !listed.contains_key(*id)).collect();
    for id in &unproven {
        println!("no test names {id}: {}", listed.get(*id).map_or("", String::as_str));
    }
    for id in &unlisted {
        println!("a test names {id}, which docs/requirements.md does not list");
    }
    println!("{} requirements, {} without a test", listed.len(), unproven.len());
    if unproven.is_empty() && unlisted.is_empty() { Ok(()) } else { Err("requirements and tests differ".to_owned()) }
}

/// Ids at the start of list items: `- W-15 …`.
fn listed() -> Result<BTreeMap<String, String>> {
    let text = text(Path::new("docs/requirements.md")).ok_or("docs/requirements.md is missing")?;
    let items = text.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(' '));
    Ok(items.filter(|(id, _)| is_id(id)).map(|(id, words)| (id.to_owned(), words.to_owned())).collect())
}

fn is_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(letter, number)| {
        letter.len() == 1 && letter.chars().all(|letter| "GWATP".contains(letter)) && number.parse::<u32>().is_ok()
    })
}

/// Ids in the names of tests: `fn w_15_w_16_…` in Rust, `test("W-15 W-16: …")` in the browser tests.
fn proven() -> Result<BTreeSet<String>> {
    let mut proven = BTreeSet::new();
    for file in files()? {
        let name = file.to_string_lossy().into_owned();
        let Some(text) = text(&file) else { continue };
        if name.ends_with(".rs") {
            let names =
                text.lines().filter_map(|line| line.trim_start().trim_start_matches("async ").strip_prefix("fn "));
            proven.extend(names.flat_map(ids_of_function));
        } else if name.starts_with("e2e/") && name.ends_with(".js") {
            let titles = text.lines().filter_map(|line| line.split_once("test(").map(|(_, title)| title));
            proven.extend(titles.flat_map(ids_of_title));
        }
    }
    Ok(proven)
}

fn ids_of_function(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split(['(', '<']).next().unwrap_or_default().split('_').collect();
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [letter, number] => Some(format!("{}-{number}", letter.to_uppercase())),
        _ => None,
    });
    pairs.filter(|id| is_id(id)).collect()
}

fn ids_of_title(title: &str) -> Vec<String> {
    title.split([' ', '"', ':', ',', '\'', '(']).filter(|word| is_id(word)).map(ToOwned::to_owned).collect()
}
