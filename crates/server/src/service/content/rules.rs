//! The rules of a bot's content: what is tidied, and what is too long or too many.

use std::collections::HashSet;

use rolecall_store::fold::fold;
use rolecall_store::resource::{ContentKind, ContentStatus, WrittenContent};

use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::service::content::body::{ContentChangeBody, NewContentBody, ResponseVariant};

/// The most pieces of content of a bot.
pub const MOST_CONTENTS: i64 = 10_000;
/// The most characters of an entry's text, of one variant, of a source, of one tag.
pub const BODY: usize = 50_000;
const VARIANT: usize = 5_000;
const SOURCE: usize = 500;
const TAG: usize = 50;
/// The most variants of a response, and tags.
pub const MOST_VARIANTS: usize = 20;
const MOST_TAGS: usize = 30;

/// Line breaks as they are stored, without other control characters and without empty lines around.
fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect();
    text.trim_start_matches('\n').trim_end().to_owned()
}

pub(super) fn check_body(body: Option<&mut String>, errors: &mut Vec<FieldError>) {
    let Some(body) = body else { return };
    *body = tidy(body);
    if body.chars().count() > BODY {
        errors.push(FieldError::new("body", "too_long", format!("A text has at most {BODY} characters; split it.")));
    }
}

pub(super) fn check_variants(variants: Option<&mut Vec<ResponseVariant>>, errors: &mut Vec<FieldError>) {
    let Some(variants) = variants else { return };
    for variant in variants.iter_mut() {
        variant.text = tidy(variant.text.trim_start());
    }
    let mut seen = HashSet::new();
    variants.retain(|variant| !variant.text.is_empty() && seen.insert(variant.text.clone()));
    if variants.is_empty() {
        errors.push(FieldError::new("variants", "empty", "Write at least one thing to say."));
    }
    if variants.len() > MOST_VARIANTS {
        let message = format!("A response has at most {MOST_VARIANTS} variants.");
        errors.push(FieldError::new("variants", "too_many", message));
    }
    for (index, variant) in variants.iter().enumerate() {
        if variant.text.chars().count() > VARIANT {
            let message = format!("A variant has at most {VARIANT} characters.");
            errors.push(FieldError::new(format!("variants.{index}.text"), "too_long", message));
        }
    }
}

pub(super) fn check_tags(tags: Option<&mut Vec<String>>, errors: &mut Vec<FieldError>) {
    let Some(tags) = tags else { return };
    let mut seen = HashSet::new();
    for tag in tags.iter_mut() {
        *tag = tag.trim().to_owned();
    }
    tags.retain(|tag| !tag.is_empty() && seen.insert(fold(tag)));
    if tags.len() > MOST_TAGS {
        errors.push(FieldError::new("tags", "too_many", format!("Use at most {MOST_TAGS} tags.")));
    }
    if tags.iter().any(|tag| tag.chars().count() > TAG) {
        errors.push(FieldError::new("tags", "too_long", format!("A tag has at most {TAG} characters.")));
    }
    if tags.iter().any(|tag| tag.contains(|letter: char| letter == ',' || letter.is_control())) {
        errors.push(FieldError::new("tags", "invalid", "A tag has neither commas nor line breaks."));
    }
}

pub(super) fn check_source(source: Option<&mut String>, errors: &mut Vec<FieldError>) {
    let Some(source) = source else { return };
    *source = source.trim().to_owned();
    if source.chars().count() > SOURCE {
        errors.push(FieldError::new("source", "too_long", format!("A source has at most {SOURCE} characters.")));
    } else if source.chars().any(char::is_control) {
        errors.push(FieldError::new("source", "invalid", "A source is one line."));
    }
}

/// A language's tag as it is written (RFC 5646, section 2.1.1): `pt-br` becomes `pt-BR`.
pub(super) fn check_language(language: Option<&mut String>, errors: &mut Vec<FieldError>) {
    let Some(language) = language else { return };
    match language_tag(language) {
        Some(tag) => *language = tag,
        None => {
            let message = "Give a language by its tag, as in `en` or `pt-BR`.";
            errors.push(FieldError::new("language", "invalid", message));
        }
    }
}

fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let mut parts = text.split('-');
    let primary = parts.next().filter(|part| (2..=3).contains(&part.len()))?;
    let fits = |part: &&str| (2..=8).contains(&part.len());
    let rest: Vec<&str> = parts.collect();
    let plain = text.len() <= 35 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if !plain || !primary.chars().all(|letter| letter.is_ascii_alphabetic()) || !rest.iter().all(fits) {
        return None;
    }
    let written = |part: &str| match part.len() {
        2 => part.to_ascii_uppercase(),
        4 if part.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            crate::text::capital(&part.to_ascii_lowercase())
        }
        _ => part.to_ascii_lowercase(),
    };
    let rest: String = rest.into_iter().map(|part| format!("-{}", written(part))).collect();
    Some(format!("{}{rest}", primary.to_ascii_lowercase()))
}

/// The variants as they are stored.
pub(super) fn stored(variants: &[ResponseVariant]) -> String {
    serde_json::to_string(variants).unwrap_or_default()
}

/// The variants of what is stored.
pub(super) fn variants(stored: &str) -> Vec<ResponseVariant> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// What is to be stored of a new piece of content; `language` is the bot's first.
///
/// # Errors
/// 422 if it has what its kind has not, or nothing to say.
pub(super) fn written(new: NewContentBody, language: &str) -> Result<WrittenContent> {
    let kind = ContentKind::from(new.kind);
    let written = WrittenContent {
        title: new.title,
        language: new.language.unwrap_or_else(|| language.to_owned()),
        body: text(kind, new.body, new.variants, None)?,
        tags: new.tags.unwrap_or_default(),
        source: new.source.unwrap_or_default(),
        status: new.status.map(ContentStatus::from).unwrap_or_default(),
    };
    says_something(kind, written)
}

/// What is to be stored after a change.
///
/// # Errors
/// 422 as for a new one.
pub(super) fn changed(kind: ContentKind, before: &WrittenContent, change: ContentChangeBody) -> Result<WrittenContent> {
    let before = before.clone();
    let after = WrittenContent {
        title: change.title.unwrap_or(before.title),
        language: change.language.unwrap_or(before.language),
        body: text(kind, change.body, change.variants, Some(before.body))?,
        tags: change.tags.unwrap_or(before.tags),
        source: change.source.unwrap_or(before.source),
        status: change.status.map_or(before.status, ContentStatus::from),
    };
    says_something(kind, after)
}

/// The stored text of either kind.
fn text(
    kind: ContentKind,
    body: Option<String>,
    variants: Option<Vec<ResponseVariant>>,
    before: Option<String>,
) -> Result<String> {
    let invalid = |field: &str, code, message: &str| Problem::invalid(vec![FieldError::new(field, code, message)]);
    match (kind, body, variants) {
        (ContentKind::Entry, _, Some(_)) => Err(invalid("variants", "invalid", "An entry has a body and no variants.")),
        (ContentKind::Response, Some(_), _) => Err(invalid("body", "invalid", "A response has variants and no body.")),
        (ContentKind::Entry, body, None) => Ok(body.or(before).unwrap_or_default()),
        (ContentKind::Response, None, Some(variants)) => Ok(stored(&variants)),
        (ContentKind::Response, None, None) => {
            before.ok_or_else(|| invalid("variants", "missing", "Write at least one thing to say."))
        }
    }
}

fn says_something(kind: ContentKind, written: WrittenContent) -> Result<WrittenContent> {
    if kind == ContentKind::Entry && written.status == ContentStatus::Ready && written.body.trim().is_empty() {
        let message = "Write what it says before it is ready, or leave it a draft.";
        return Err(Problem::invalid(vec![FieldError::new("body", "empty", message)]));
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_written_as_usual() {
        for (given, tag) in [("EN", "en"), (" pt_br ", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")] {
            assert_eq!(language_tag(given).as_deref(), Some(tag));
        }
        for none in ["", "e", "english", "de-", "d3", "de-x", "<b>", "en us", &"en-abcdefgh".repeat(4)] {
            assert_eq!(language_tag(none), None, "{none}");
        }
    }

    #[test]
    fn texts_are_tidied() {
        assert_eq!(tidy("\r\n\r\na\rb\u{0}\u{7}\r\n\tc \n\n"), "a\nb\n\tc");
        let mut variants =
            ["  Hello ", "", "Hello", "Hi\u{1b}"].map(|text| ResponseVariant { text: text.to_owned() }).to_vec();
        let mut errors = Vec::new();
        check_variants(Some(&mut variants), &mut errors);
        assert_eq!(variants.iter().map(|variant| variant.text.as_str()).collect::<Vec<_>>(), ["Hello", "Hi"]);
        let mut tags = [" Cards", "cards ", "", "a"].map(str::to_owned).to_vec();
        check_tags(Some(&mut tags), &mut errors);
        assert_eq!(tags, ["Cards", "a"]);
        assert!(errors.is_empty(), "{errors:?}");
        check_tags(Some(&mut vec!["a,b".to_owned()]), &mut errors);
        check_variants(Some(&mut Vec::new()), &mut errors);
        assert_eq!(errors.len(), 2);
    }
}
