//! What is said, as Messenger takes it: texts of 2,000 characters at most, answers to choose from as buttons below the last.

use serde_json::{Value, json};

/// The longest text.
const TEXT: usize = 2_000;
/// Buttons of one message, and letters on one.
const BUTTONS: usize = 13;
const TITLE: usize = 20;
/// The longest that a button says when it is pressed.
const PAYLOAD: usize = 1_000;

/// The messages for this text with these choices, in their order.
pub fn of(text: &str, choices: &[String]) -> Vec<Value> {
    let choices: Vec<&str> = choices.iter().map(|choice| choice.trim()).filter(|choice| !choice.is_empty()).collect();
    let mut text = text.to_owned();
    // What a button cannot show stands in the text.
    if choices.len() > BUTTONS || choices.iter().any(|choice| length(choice) > TITLE) {
        let list: Vec<String> = choices.iter().map(|choice| format!("– {choice}")).collect();
        text = format!("{text}\n{}", list.join("\n"));
    }
    let mut messages: Vec<Value> = split(&text, TEXT).into_iter().map(|part| json!({ "text": part })).collect();
    let last = messages.last_mut().and_then(Value::as_object_mut);
    if let Some(last) = last.filter(|_| !choices.is_empty()) {
        let fits = choices.iter().filter(|choice| length(choice) <= PAYLOAD).take(BUTTONS);
        last.insert("quick_replies".to_owned(), fits.map(|choice| button(choice)).collect());
    }
    messages
}

fn button(choice: &str) -> Value {
    json!({ "content_type": "text", "title": shortened(choice, TITLE), "payload": choice })
}

/// As Messenger counts.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn shortened(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    format!("{}…", text.get(..fitting(text, most - 1)).unwrap_or_default().trim_end())
}

/// The most bytes of the text that are at most so long.
fn fitting(text: &str, most: usize) -> usize {
    let mut length = 0;
    let over = text.char_indices().find(|(_, letter)| {
        length += letter.len_utf16();
        length > most
    });
    over.map_or(text.len(), |(at, _)| at)
}

/// The text in parts of at most so many characters: where a paragraph, a line, a sentence or a word ends, if any does in the
/// second half of a part.
fn split(text: &str, most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while length(rest) > most {
        let head = rest.get(..fitting(rest, most)).unwrap_or(rest);
        let ends = |end: &str| head.rfind(end).map(|at| at + end.trim_end().len()).filter(|at| *at * 2 > head.len());
        let sentence = [". ", "! ", "? ", "。", "！", "？"].into_iter().filter_map(ends).max();
        let at = ends("\n\n").or_else(|| ends("\n")).or(sentence).or_else(|| ends(" ")).unwrap_or(head.len());
        let (part, more) = rest.split_at(at);
        parts.push(part.trim().to_owned());
        rest = more.trim_start();
    }
    parts.push(rest.to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_split_where_sentences_end() {
        assert_eq!(split(" Hello. ", 20), ["Hello."]);
        assert_eq!(split("One two three. Four five six.", 20), ["One two three.", "Four five six."]);
        assert_eq!(split("One two three\nfour five six", 20), ["One two three", "four five six"]);
        assert_eq!(split("One two three four five", 20), ["One two three four", "five"]);
        assert_eq!(split(&"x".repeat(25), 20), ["x".repeat(20), "x".repeat(5)]);
        // A letter of two units stays whole.
        assert_eq!(split(&"👋".repeat(5), 4), ["👋👋", "👋👋", "👋"]);
        assert!(split("  ", 4).is_empty());
        let long = "Ä word and another. ".repeat(500);
        let parts = split(&long, TEXT);
        assert!(parts.len() > 4 && parts.iter().all(|part| length(part) <= TEXT && part.ends_with('.')));
        assert_eq!(parts.join(" "), long.trim());
    }

    #[test]
    fn choices_are_buttons_below_the_last_part() {
        let choices = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let made = of("Which one?", &choices(&["Red", " ", "Blue"]));
        let expected = json!([{ "text": "Which one?", "quick_replies": [
            { "content_type": "text", "title": "Red", "payload": "Red" },
            { "content_type": "text", "title": "Blue", "payload": "Blue" }] }]);
        assert_eq!(json!(made), expected);
        let long = "My parcel came and is broken";
        let made = of("What is it?", &choices(&[long]));
        assert_eq!(made[0]["text"], format!("What is it?\n– {long}"));
        assert_eq!(
            (&made[0]["quick_replies"][0]["payload"], &made[0]["quick_replies"][0]["title"]),
            (&json!(long), &json!("My parcel came and…"))
        );
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let made = of(&"Word. ".repeat(400), &many);
        assert!(made.len() == 2 && made[0].get("quick_replies").is_none());
        assert_eq!(made[1]["quick_replies"].as_array().map(Vec::len), Some(BUTTONS));
    }
}
