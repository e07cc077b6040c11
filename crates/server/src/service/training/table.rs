//! A table of sentences and intents, as people paste it from a spreadsheet or a file: RFC 4180, or with tabs or semicolons.

use crate::problem::FieldError;
use crate::service::training::body::ImportedIntent;
use crate::spreadsheet::delimiter;

/// Names of columns that a first row may have.
const SENTENCE: [&str; 5] = ["sentence", "text", "example", "utterance", "question"];

/// The intents, in the order of their first sentences. A first row of column names is passed over.
///
/// # Errors
/// The first row that has not two columns, by its number.
pub fn read(text: &str) -> Result<Vec<ImportedIntent>, FieldError> {
    let mut rows = csv::ReaderBuilder::new();
    rows.has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(delimiter(text));
    let mut intents: Vec<ImportedIntent> = Vec::new();
    for (index, row) in rows.from_reader(text.as_bytes()).records().enumerate() {
        let number = index + 1;
        let row = row.map_err(|error| misfit(number, &format!("is not well formed: {error}")))?;
        let (Some(sentence), Some(intent)) = (row.get(0), row.get(1).filter(|intent| !intent.is_empty())) else {
            return Err(misfit(number, "has not two columns, the sentence and the name of its intent"));
        };
        if index == 0 && SENTENCE.iter().any(|name| sentence.eq_ignore_ascii_case(name)) {
            continue;
        }
        let folded = rolecall_store::fold::fold(intent);
        match intents.iter_mut().find(|known| rolecall_store::fold::fold(&known.name) == folded) {
            Some(known) => known.examples.push(sentence.to_owned()),
            None => intents.push(ImportedIntent {
                name: intent.to_owned(),
                examples: vec![sentence.to_owned()],
                response: None,
            }),
        }
    }
    if intents.is_empty() {
        return Err(FieldError::new("text", "empty", "Paste at least one row: a sentence and the name of its intent."));
    }
    Ok(intents)
}

fn misfit(row: usize, what: &str) -> FieldError {
    FieldError::new("text", "invalid", format!("Row {row} {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, usize)> {
        read(text).unwrap().into_iter().map(|intent| (intent.name, intent.examples.len())).collect()
    }

    #[test]
    fn tables_are_read_as_they_come() {
        let expected = vec![("lost_card".to_owned(), 2), ("hours".to_owned(), 1)];
        assert_eq!(
            names("text,category\nmy card is gone,lost_card\n\"lost it, help\",Lost_Card\nwhen?,hours"),
            expected
        );
        assert_eq!(names("my card is gone\tlost_card\nlost it, help\tlost_card\nwhen?\thours\n"), expected);
        assert_eq!(names("my card is gone;lost_card\nlost it;lost_card\nwhen?;hours"), expected);
        assert!(read("").is_err());
        let wrong = read("a,b\nonly a sentence").unwrap_err();
        assert!(wrong.message.starts_with("Row 2"), "{}", wrong.message);
    }
}
