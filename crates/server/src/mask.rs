//! Contact details kept from whoever may read conversations but not answer them: e-mail addresses and telephone numbers
//! become dots, wherever they stand in a text and however they are written. Pure.
//!
//! What is shown, searched, exported and sent by the API passes here, and nothing masked is written back. Where it is in
//! doubt, it is masked: an order number of seven digits looks like a telephone number.

mod address;
mod glyph;
mod number;

use std::ops::Range;

use glyph::{Glyph, glyphs};

/// In place of an e-mail address.
pub const ADDRESS: &str = "•••@•••";
/// In place of a telephone number.
pub const NUMBER: &str = "•••••";

/// The text without e-mail addresses and telephone numbers.
#[must_use]
pub fn text(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (span, mask) in spans(text) {
        masked.push_str(text.get(from..span.start).unwrap_or_default());
        masked.push_str(mask);
        from = span.end;
    }
    masked.push_str(text.get(from..).unwrap_or_default());
    masked
}

/// The e-mail addresses and telephone numbers in the text, as they are written there.
#[must_use]
pub fn found(text: &str) -> Vec<String> {
    spans(text).into_iter().filter_map(|(span, _)| text.get(span).map(str::to_owned)).collect()
}

/// An address or a number as a whole: dots, or nothing where there is none.
#[must_use]
pub fn whole(value: &str, mask: &str) -> String {
    if value.is_empty() { String::new() } else { mask.to_owned() }
}

/// The value with each text in it masked.
#[must_use]
pub fn json(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(one) => Value::String(text(&one)),
        Value::Array(all) => Value::Array(all.into_iter().map(json).collect()),
        Value::Object(all) => Value::Object(all.into_iter().map(|(key, value)| (text(&key), json(value))).collect()),
        other => other,
    }
}

/// What is to be masked, in order and without overlaps, with what stands in its place.
fn spans(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let glyphs = glyphs(text);
    let bytes = |span: Range<usize>| -> Option<Range<usize>> {
        Some(glyphs.get(span.start)?.start..glyphs.get(span.end.checked_sub(1)?)?.end)
    };
    let addresses = address::find(&glyphs).into_iter().filter_map(bytes).map(|span| (span, ADDRESS));
    let numbers = number::find(&glyphs).into_iter().filter_map(bytes).map(|span| (span, NUMBER));
    let mut all: Vec<(Range<usize>, &'static str)> = addresses.chain(numbers).collect();
    all.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut apart: Vec<(Range<usize>, &'static str)> = Vec::new();
    for (span, mask) in all {
        match apart.last_mut() {
            Some((last, _)) if span.start < last.end => last.end = last.end.max(span.end),
            _ => apart.push((span, mask)),
        }
    }
    apart
}

/// The glyph at the place, if there is one.
fn at(glyphs: &[Glyph], place: usize) -> Option<char> {
    glyphs.get(place).map(|glyph| glyph.letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_masked_however_they_are_written() {
        for written in [
            "ana@example.com",
            "ana.marchetti+shop@mail.example.co.uk",
            "ANA@EXAMPLE.COM",
            "ana@exämple.de",
            "анна@пример.рф",
            "jose\u{301}@example.es",
            "ana＠example．com",
            "a\u{200b}na@exam\u{ad}ple.com",
            "ana @ example.com",
            "ana@example . com",
            "ana (at) example (dot) com",
            "ana[at]example[dot]com",
            "ana {at} example.com",
            "ana at example dot com",
            "ana dot marchetti at example dot com",
            "ana (ät) example punkt de",
            "ana arroba example punto es",
            "ana%40example.com",
            "ana&#64;example.com",
            "ana&#x40;example.com",
            "ana&commat;example.com",
            "ana@@example.com",
            "ana@ex@mple.com",
            "ana@localhost",
            "ana@[192.0.2.1]",
            "\"ana m\"@example.com",
            "o'hara@example.com",
        ] {
            for (before, after) in [("write to ", " please"), ("(", ")"), ("mailto:", ""), ("", "!"), ("<", ">")] {
                let masked = text(&format!("{before}{written}{after}"));
                assert!(masked.contains(ADDRESS), "{before}{written}{after}: {masked}");
                for part in ["example", "exam", "ana", "marchetti", "пример", "mple", "hara", "jose", "192"] {
                    assert!(!masked.to_lowercase().contains(part), "{before}{written}{after}: {masked}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_masked_however_they_are_written() {
        for written in [
            "+49 30 901820",
            "+49 (0)30 / 90 18 20",
            "0049-30-901820",
            "030/901820",
            "(555) 010-9182",
            "555.010.9182",
            "5550109182",
            "0 3 0 9 0 1 8 2",
            "٠٣٠٩٠١٨٢٠",
            "０３０－９０１８２０",
            "0️⃣3️⃣0️⃣9️⃣0️⃣1️⃣8️⃣2️⃣",
            "030\u{a0}901\u{202f}820",
            "030 – 901 – 820",
            "zero three zero nine zero one eight two",
            "null drei null neun null eins acht zwei",
            "+4930901820",
        ] {
            for (before, after) in [("call ", " today"), ("(", ")"), ("tel:", ""), ("", "."), ("no.", "!")] {
                let masked = text(&format!("{before}{written}{after}"));
                assert!(masked.contains(NUMBER), "{before}{written}{after}: {masked}");
                let left = masked.chars().filter(|letter| letter.is_numeric()).count();
                assert_eq!(left, 0, "{before}{written}{after}: {masked}");
                assert!(!masked.contains("zero") && !masked.contains("null"), "{masked}");
            }
        }
    }

    #[test]
    fn what_is_neither_stays() {
        for plain in [
            "",
            "Where is my order 12345?",
            "It costs 1,250.00 EUR.",
            "On 2026-11-25 at 10:30, or on 25.11.2026",
            "Between 2026-11-25 10:30 and 12:00",
            "hello @ana, are you there?",
            "We meet at noon. Come along.",
            "100 people, 2000 seats, 30 tables",
            "dot com was a bubble",
            "one or two or three",
            "Versions 1.2.3 and 4.5.6",
            "你好，我的订单在哪里？",
            "•••",
        ] {
            assert_eq!(text(plain), plain);
        }
        assert_eq!(text("I am ana@example.com. Thanks"), "I am •••@•••. Thanks");
        assert_eq!(text("+49 30 901820, or ana@example.com"), "•••••, or •••@•••");
        assert_eq!(found("ana@example.com or (555) 010-9182?"), ["ana@example.com", "(555) 010-9182"]);
    }

    #[test]
    fn each_text_of_a_value_is_masked() {
        let value = serde_json::json!({ "entries": ["ask ana@example.com"], "score": 0.5, "step": null });
        assert_eq!(json(value), serde_json::json!({ "entries": ["ask •••@•••"], "score": 0.5, "step": null }));
        assert_eq!((whole("", ADDRESS), whole("x", NUMBER)), (String::new(), NUMBER.to_owned()));
    }

    proptest! {
        #[test]
        fn an_address_in_any_text_is_gone(before in "[^@]{0,20}", local in "[a-z0-9.]{1,12}", host in "[a-z]{2,10}", after in any::<String>()) {
            let masked = text(&format!("{before} {local}@{host}.com {after}"));
            prop_assert!(!masked.contains(&format!("{local}@{host}")), "{}", masked);
        }

        #[test]
        fn a_number_in_any_text_is_gone(before in "[^0-9]{0,20}", digits in "[0-9]{8,14}", after in "[^0-9]{0,20}") {
            let masked = text(&format!("{before} {digits} {after}"));
            prop_assert!(!masked.contains(&digits), "{}", masked);
        }

        #[test]
        fn nothing_is_left_to_be_masked(any in "(\\PC|[0-9@. ]|at|dot){0,60}") {
            let left = found(&text(&any));
            prop_assert!(left.iter().all(|left| left.contains('•')), "{:?}", left);
        }
    }
}
