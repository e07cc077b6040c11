//! A short answer out of an entry: the paragraphs that speak most of what was asked, whole sentences, without marks.

use std::collections::BTreeSet;

use crate::knowledge::plain;
use crate::understanding::Because;
use crate::understanding::normalise::Normal;

/// The longest answer, in characters.
const LONGEST: usize = 600;
/// Paragraphs so short (headings) bring the next one along.
const HEADING: usize = 60;

/// The part of a Markdown body that answers; the whole of a short one.
#[must_use]
pub fn answer(body: &str, because: &[Because]) -> String {
    let text = plain(body);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let words: BTreeSet<&str> = because.iter().map(|one| one.words.as_str()).collect();
    let paragraphs: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let told = |paragraph: &&str| {
        let found: BTreeSet<String> = Normal::of(paragraph).words.into_iter().collect();
        found.iter().filter(|word| words.contains(word.as_str())).count()
    };
    // Of those alike the first: what comes first in an entry says most.
    let mut best = (0, 0);
    for (at, paragraph) in paragraphs.iter().enumerate() {
        let count = told(paragraph);
        if count > best.1 {
            best = (at, count);
        }
    }
    let mut answer = String::new();
    for paragraph in paragraphs.iter().skip(best.0) {
        let length = answer.chars().count();
        if length > HEADING && length + paragraph.chars().count() > LONGEST {
            break;
        }
        if !answer.is_empty() {
            answer.push('\n');
        }
        answer.push_str(paragraph);
    }
    shortened(&answer)
}

/// The text up to the last sentence that ends in time, else up to the last word.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    let ends = head.char_indices().filter(|(_, letter)| ".!?。！？\n".contains(*letter));
    let end = ends.map(|(at, letter)| at + letter.len_utf8()).next_back().filter(|end| *end > LONGEST / 4);
    match end {
        Some(end) => head.get(..end).unwrap_or(&head).trim_end().to_owned(),
        None => format!("{}…", head.rsplit_once(char::is_whitespace).map_or(head.as_str(), |(start, _)| start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn because(words: &[&str]) -> Vec<Because> {
        words.iter().map(|words| Because { words: (*words).to_owned(), share: 0.5 }).collect()
    }

    #[test]
    fn a_short_entry_is_said_whole() {
        assert_eq!(answer("# Hours\n\nWe open at *nine*.", &[]), "Hours\nWe open at nine.");
    }

    #[test]
    fn of_a_long_one_the_part_that_speaks_of_it() {
        let other = "Something else altogether is told here. ".repeat(15);
        let body = format!("{other}\n\n## Refunds\n\nA refund takes five days.\n\n{other}");
        let told = answer(&body, &because(&["refund", "days"]));
        assert!(told.starts_with("A refund takes five days."), "{told}");
        assert!(told.chars().count() <= LONGEST);
    }

    #[test]
    fn it_ends_with_a_sentence_or_a_word() {
        let long = "word ".repeat(400);
        assert!(answer(&long, &[]).ends_with("word…"));
        let sentences = "This is one. ".repeat(100);
        assert!(answer(&sentences, &[]).ends_with("This is one."));
    }
}
