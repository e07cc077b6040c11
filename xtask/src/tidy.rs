//! House rules that no compiler knows.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::command::{Result, files, root, text};

/// Longest source file, in lines.
const LONGEST: usize = 420;

/// Checks every file of the repository.
pub fn run() -> Result {
    let mut faults = Vec::new();
    for file in files()? {
        let Some(text) = text(&file) else { continue };
        check(&file, &text, &mut faults);
    }
    vendored(&mut faults)?;
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{} faults", faults.len())) }
}

fn check(file: &Path, text: &str, faults: &mut Vec<String>) {
    let name = file.to_string_lossy();
    if name.contains("/vendor/") || name.ends_with("package-lock.json") || name.ends_with(".lock") {
        return;
    }
    let source = [".rs", ".js", ".css", ".html"].iter().any(|end| name.ends_with(end));
    let lines = text.lines().count();
    if source && lines > LONGEST {
        faults.push(format!("{name}: {lines} lines; name its parts"));
    }
    let mut refuse = |what: &str, why: &str| {
        if text.contains(what) {
            faults.push(format!("{name}: `{what}`: {why}"));
        }
    };
    // In two parts, so that this file does not find itself.
    for (begin, end) in [("TO", "DO"), ("FIX", "ME"), ("todo", "!(")] {
        refuse(&format!("{begin}{end}"), "finish it, or open an issue");
    }
    if name.ends_with(".rs") && !name.starts_with("crates/store/") && !name.starts_with("xtask/") {
        refuse("sqlx::query", "only the store contains SQL");
    }
    let outside = name.starts_with("crates/server/src/api") || name.starts_with("crates/server/src/console");
    if outside {
        refuse("store.change(", "only services open transactions");
        refuse("store.access(", "only services open transactions");
    }
    if name.starts_with("crates/server/templates/") {
        refuse("<script>", "no inline script");
        if !name.contains("/mail/") {
            refuse(" style=\"", "no inline style");
        }
        refuse("|safe", "nothing unescaped outside components");
        refuse(" onclick=", "no inline script");
    }
}

/// Every vendored file is the released one.
fn vendored(faults: &mut Vec<String>) -> Result {
    let folder = Path::new("crates/server/static/vendor");
    let list = text(&folder.join("VENDORED.toml")).ok_or("static/vendor/VENDORED.toml is missing")?;
    let list: toml::Table = list.parse().map_err(|error| format!("VENDORED.toml: {error}"))?;
    for (name, entry) in &list {
        let expected = entry.get("sha256").and_then(toml::Value::as_str).unwrap_or_default();
        let bytes = std::fs::read(root().join(folder).join(name)).unwrap_or_default();
        if hex::encode(Sha256::digest(&bytes)) != expected {
            faults.push(format!("{}/{name} is not the released file", folder.display()));
        }
    }
    Ok(())
}
