//! What is taken for an answer to what a step asks.

use serde::{Deserialize, Serialize};

/// What is taken for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Any words.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number: "12", "-3", "12.5", "12,5".
    Number,
    /// A day of the calendar: "2026-04-30" or "30.4.2026"; kept the first way. What could be two days ("3/4/2026") is none.
    Date,
}

impl Takes {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Text, Self::Email, Self::Phone, Self::Number, Self::Date];

    /// The answer as it is kept; none if it is not taken for one.
    #[must_use]
    pub fn read(self, text: &str) -> Option<String> {
        let text = text.trim();
        let fits = match self {
            Self::Text => !text.is_empty(),
            Self::Email => is_email(text),
            Self::Phone => is_phone(text),
            Self::Number => number(text).is_some(),
            Self::Date => return date(text),
        };
        fits.then(|| text.to_owned())
    }
}

/// A number as it is written.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.chars().all(|letter| letter.is_ascii_digit() || "+-.,".contains(letter));
    text.replace(',', ".").parse().ok().filter(|number: &f64| digits && number.is_finite())
}

/// One `@` with something before it and a domain behind it; 254 characters at most (RFC 5321).
fn is_email(text: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || "<>()[],;:\"\\".contains(letter);
    let domain = |domain: &str| domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let parts = text.split_once('@').filter(|(_, rest)| !rest.contains('@'));
    text.len() <= 254 && !text.contains(odd) && parts.is_some_and(|(name, rest)| !name.is_empty() && domain(rest))
}

/// 5 to 15 digits (ITU E.164), with what people write between them.
fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.strip_prefix('+').unwrap_or(text);
    (5..=15).contains(&digits) && rest.chars().all(|letter| letter.is_ascii_digit() || " -./()".contains(letter))
}

fn date(text: &str) -> Option<String> {
    let dotted = text.contains('.');
    let parts: Vec<&str> = text.split(if dotted { '.' } else { '-' }).map(str::trim).collect();
    let [first, month, last] = parts.as_slice() else { return None };
    let (year, day) = if dotted { (last, first) } else { (first, last) };
    let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    if year.len() != 4 || month.len() > 2 || day.len() > 2 || ![year, month, day].into_iter().all(|part| digits(part)) {
        return None;
    }
    let (year, month, day): (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    (day >= 1 && day <= days(year, month)?).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The days of a month (Gregorian).
fn days(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}
