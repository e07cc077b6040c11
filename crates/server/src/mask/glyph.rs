//! A text as it looks: folded, without what cannot be seen, each letter with its place in the text.

use unicode_normalization::UnicodeNormalization as _;

/// A letter with where it stands in the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// Folded; digits of any script are `0`.
    pub letter: char,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// How `@` is written where it may not stand.
const ENCODED: [&str; 5] = ["%40", "&#64;", "&#064;", "&#x40;", "&commat;"];

/// The letters of the text.
pub fn glyphs(text: &str) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(text.len());
    let mut letters = text.char_indices();
    while let Some((start, letter)) = letters.next() {
        let rest = text.get(start..).unwrap_or_default();
        let starts = |code: &&&str| rest.get(..code.len()).is_some_and(|head| head.eq_ignore_ascii_case(code));
        if let Some(code) = ENCODED.iter().find(starts) {
            glyphs.push(Glyph { letter: '@', start, end: start + code.len() });
            let _ = letters.nth(code.len() - 2);
            continue;
        }
        let end = start + letter.len_utf8();
        if !is_invisible(letter) {
            glyphs.extend(letter.nfkc().flat_map(seen).map(|letter| Glyph { letter, start, end }));
        }
    }
    glyphs
}

/// What the eye takes the letter for.
fn seen(letter: char) -> impl Iterator<Item = char> {
    let plain = match letter {
        letter if letter.is_numeric() => '0',
        '。' => '.',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        letter if letter.is_whitespace() && letter != '\n' => ' ',
        other => other,
    };
    plain.to_lowercase()
}

/// Zero-width and direction marks, soft hyphens, variation selectors, keycaps.
const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}'
    )
}
