//! E-mail addresses, spelled or spelled out.

use std::ops::Range;

use super::at;
use super::glyph::Glyph;

/// Spaces that somebody leaves around a sign.
const GAP: usize = 3;
/// Words for `@`, and for the dot.
const AT: [&str; 8] = ["at", "ät", "a", "arroba", "arobase", "chiocciola", "klammeraffe", "aet"];
const DOT: [&str; 6] = ["dot", "punkt", "point", "punto", "ponto", "dott"];

/// A sign that was found: where it begins and ends, and how sure it is one.
struct Sign {
    from: usize,
    until: usize,
    /// As itself or in brackets; else a word that may mean something else.
    certain: bool,
    /// With nothing around it.
    tight: bool,
}

/// Where the addresses are.
pub fn find(glyphs: &[Glyph]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < glyphs.len() {
        let Some(sign) = sign_at(glyphs, place, &AT, '@') else {
            place += 1;
            continue;
        };
        if let Some(span) = address(glyphs, &sign) {
            found.push(span);
        }
        place = sign.until.max(place + 1);
    }
    found
}

/// The address around the sign, if there is one.
fn address(glyphs: &[Glyph], sign: &Sign) -> Option<Range<usize>> {
    let from = local(glyphs, sign.from)?;
    let (until, dotted) = domain(glyphs, sign.until)?;
    (dotted || (sign.certain && sign.tight)).then_some(from..until)
}

/// The sign that begins here: itself (once or repeatedly), a word for it in brackets, or the word with space around it.
fn sign_at(glyphs: &[Glyph], place: usize, words: &[&str], sign: char) -> Option<Sign> {
    let letter = at(glyphs, place)?;
    if letter == sign {
        let mut until = place + 1;
        while sign == '@' && at(glyphs, until) == Some(sign) {
            until += 1;
        }
        let spaced = |place: Option<usize>| place.and_then(|place| at(glyphs, place)) == Some(' ');
        let tight = !spaced(place.checked_sub(1)) && !spaced(Some(until));
        return Some(Sign { from: place, until, certain: true, tight });
    }
    if let Some(closing) = closing(letter) {
        let begin = skip(glyphs, place + 1);
        let end = begin + words.iter().find_map(|word| word_at(glyphs, begin, word))?;
        let end = skip(glyphs, end);
        return (at(glyphs, end) == Some(closing)).then_some(Sign {
            from: place,
            until: end + 1,
            certain: true,
            tight: true,
        });
    }
    let apart = |letter: Option<char>| letter.is_some_and(|letter| matches!(letter, ' ' | '_'));
    let before = place.checked_sub(1).and_then(|place| at(glyphs, place));
    if !apart(before) {
        return None;
    }
    // A lone letter is too common a word.
    let length = words.iter().filter(|word| word.len() > 1).find_map(|word| word_at(glyphs, place, word))?;
    apart(at(glyphs, place + length)).then_some(Sign {
        from: place,
        until: place + length,
        certain: false,
        tight: false,
    })
}

const fn closing(letter: char) -> Option<char> {
    match letter {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        '<' => Some('>'),
        _ => None,
    }
}

/// How many glyphs long the word is, if it stands here.
fn word_at(glyphs: &[Glyph], place: usize, word: &str) -> Option<usize> {
    let length = word.chars().count();
    let here = word.chars().enumerate().all(|(number, letter)| at(glyphs, place + number) == Some(letter));
    let ends = !at(glyphs, place + length).is_some_and(char::is_alphanumeric);
    (here && ends).then_some(length)
}

/// Past the spaces here, at most a few.
fn skip(glyphs: &[Glyph], place: usize) -> usize {
    let spaces = (0..GAP).take_while(|more| at(glyphs, place + more).is_some_and(is_space)).count();
    place + spaces
}

const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '_' | '\n')
}

/// Whether an address may have the letter.
fn is_part(letter: char) -> bool {
    !letter.is_whitespace()
        && !matches!(letter, '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | ':' | '"' | '@')
}

/// Where the part before the sign begins.
fn local(glyphs: &[Glyph], sign: usize) -> Option<usize> {
    let mut end = sign;
    for _ in 0..GAP {
        if end.checked_sub(1).and_then(|place| at(glyphs, place)).is_some_and(is_space) {
            end -= 1;
        }
    }
    if end.checked_sub(1).and_then(|place| at(glyphs, place)) == Some('"') {
        let opening = (0..end - 1).rev().take(64).find(|place| at(glyphs, *place) == Some('"'));
        return opening;
    }
    let mut begin = run_before(glyphs, end)?;
    // `ana dot marchetti`: each word for a dot has another part before it.
    while let Some(dot) = (begin.saturating_sub(12)..begin)
        .filter_map(|place| sign_at(glyphs, place, &DOT, '\u{0}'))
        .find(|dot| skip(glyphs, dot.until) == begin)
    {
        let spaces =
            (0..GAP).take_while(|less| at(glyphs, dot.from.wrapping_sub(less + 1)).is_some_and(is_space)).count();
        match run_before(glyphs, dot.from - spaces) {
            Some(earlier) => begin = earlier,
            None => break,
        }
    }
    Some(begin)
}

/// Where the run of letters of an address begins that ends here; none: there is none.
fn run_before(glyphs: &[Glyph], end: usize) -> Option<usize> {
    let length = (1..=end).take_while(|back| at(glyphs, end - back).is_some_and(is_part)).count();
    (length > 0).then(|| end - length)
}

/// Where the part after the sign ends, and whether it has a dot.
fn domain(glyphs: &[Glyph], sign: usize) -> Option<(usize, bool)> {
    let begin = skip(glyphs, sign);
    if at(glyphs, begin) == Some('[') {
        let end = (begin..glyphs.len()).take(64).find(|place| at(glyphs, *place) == Some(']'))?;
        return Some((end + 1, true));
    }
    let (mut end, mut dotted) = run_after(glyphs, begin)?;
    // Spelled out, or with space around the dot.
    loop {
        let next = skip(glyphs, end);
        let words = (end..=next).find_map(|place| sign_at(glyphs, place, &DOT, '\u{0}'));
        let dot = words.map(|dot| dot.until).or_else(|| {
            let spaced = !dotted && next > end && at(glyphs, next) == Some('.');
            spaced.then_some(next + 1)
        });
        let Some((further, _)) = dot.and_then(|dot| run_after(glyphs, skip(glyphs, dot))) else { break };
        (end, dotted) = (further, true);
    }
    Some((end, dotted))
}

/// Where the run of letters ends that begins here, without the punctuation behind it, and whether there is a dot in it.
fn run_after(glyphs: &[Glyph], begin: usize) -> Option<(usize, bool)> {
    let length = (begin..glyphs.len()).take_while(|place| at(glyphs, *place).is_some_and(is_part)).count();
    let mut end = begin + length;
    while end > begin && at(glyphs, end - 1).is_some_and(|letter| matches!(letter, '.' | '!' | '?' | '\'' | '…')) {
        end -= 1;
    }
    let dotted = (begin..end).any(|place| at(glyphs, place) == Some('.'));
    (end > begin).then_some((end, dotted))
}
