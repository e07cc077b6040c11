//! Telephone numbers, in digits or in words.

use std::ops::Range;

use super::at;
use super::glyph::Glyph;

/// So many digits are a telephone number.
const DIGITS: usize = 7;
/// So many, where a `+` stands before them.
const AFTER_PLUS: usize = 6;
/// So many words for digits in a row.
const WORDS: usize = 6;
/// What may stand between two digits.
const GAP: usize = 4;
const SPOKEN: [&str; 24] = [
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double", "triple", "null",
    "eins", "zwei", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
];

/// Where the numbers are.
pub fn find(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found = spoken(glyphs);
    let mut place = 0;
    while place < glyphs.len() {
        if !is_digit(glyphs, place) {
            place += 1;
            continue;
        }
        if let Some(end) = date(glyphs, place) {
            place = end;
            continue;
        }
        let (end, digits) = run(glyphs, place);
        let begin = opening(glyphs, place);
        let plus = (begin..place).any(|place| at(glyphs, place) == Some('+'));
        if digits >= DIGITS || (plus && digits >= AFTER_PLUS) {
            found.push(begin..end);
        }
        place = end;
    }
    found
}

fn is_digit(glyphs: &[Glyph], place: usize) -> bool {
    at(glyphs, place) == Some('0')
}

/// Where the run of digits ends that begins here, and how many there are.
fn run(glyphs: &[Glyph], begin: usize) -> (usize, usize) {
    let (mut end, mut digits) = (begin, 0);
    let mut place = begin;
    while place < glyphs.len() {
        if is_digit(glyphs, place) && (digits == 0 || date(glyphs, place).is_none()) {
            digits += 1;
            end = place + 1;
            place += 1;
            continue;
        }
        let gap = (place..glyphs.len()).take_while(|place| at(glyphs, *place).is_some_and(separates)).count();
        // A full stop with a space ends a sentence.
        let stops =
            (place..place + gap).any(|place| at(glyphs, place) == Some('.') && at(glyphs, place + 1) == Some(' '));
        if gap == 0 || gap > GAP || stops || !is_digit(glyphs, place + gap) || date(glyphs, place + gap).is_some() {
            break;
        }
        place += gap;
    }
    (end, digits)
}

const fn separates(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '.' | '/' | '(' | ')' | '_' | '*' | '+' | '~' | '\'' | '·')
}

/// Where the number begins that has its first digit here: a bracket and a plus belong to it.
fn opening(glyphs: &[Glyph], first: usize) -> usize {
    let belongs = |back: &usize| at(glyphs, first - back).is_some_and(|letter| matches!(letter, '(' | '+'));
    first - (1..=first.min(2)).take_while(belongs).count()
}

/// Where the date ends that begins here: `2026-11-25`, `25.11.2026`, `25/11/2026`, alone or with a time of day after it.
fn date(glyphs: &[Glyph], begin: usize) -> Option<usize> {
    let before = begin.checked_sub(1).and_then(|place| at(glyphs, place));
    if before.is_some_and(|letter| letter == '0' || letter == '+' || letter == '-' || letter == '.' || letter == '/') {
        return None;
    }
    let mut spans: Vec<usize> = Vec::new();
    let mut place = begin;
    let mut sign = None;
    for part in 0..3 {
        let length = (place..glyphs.len()).take_while(|place| is_digit(glyphs, *place)).count();
        spans.push(length);
        place += length;
        if part < 2 {
            let next = at(glyphs, place).filter(|letter| matches!(letter, '-' | '.' | '/'))?;
            if *sign.get_or_insert(next) != next {
                return None;
            }
            place += 1;
        }
    }
    let written =
        matches!((spans.as_slice(), sign), ([4, 2, 2], Some('-')) | ([1..=2, 1..=2, 4], Some('.' | '/' | '-')));
    let follows = (place..glyphs.len()).take_while(|place| at(glyphs, *place).is_some_and(separates)).count();
    let alone = !is_digit(glyphs, place + follows) || time(glyphs, place + follows);
    let preceded = (1..=begin.min(GAP)).find_map(|back| at(glyphs, begin - back).filter(|letter| !separates(*letter)));
    (written && alone && preceded != Some('0')).then_some(place)
}

/// Whether a time of day begins here: `10:30`.
fn time(glyphs: &[Glyph], begin: usize) -> bool {
    let hours = (begin..glyphs.len()).take_while(|place| is_digit(glyphs, *place)).count();
    hours <= 2 && at(glyphs, begin + hours) == Some(':')
}

/// Numbers in words.
fn spoken(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut begin, mut end, mut words) = (0, 0, 0);
    let mut place = 0;
    while place <= glyphs.len() {
        let length =
            (place..glyphs.len()).take_while(|place| at(glyphs, *place).is_some_and(char::is_alphabetic)).count();
        let word: String = glyphs.get(place..place + length).into_iter().flatten().map(|glyph| glyph.letter).collect();
        if length > 0 && SPOKEN.contains(&word.as_str()) {
            begin = if words == 0 { place } else { begin };
            end = place + length;
            words += 1;
        } else if length > 0 || place == glyphs.len() {
            if words >= WORDS {
                found.push(begin..end);
            }
            words = 0;
        }
        place += length.max(1);
    }
    found
}
