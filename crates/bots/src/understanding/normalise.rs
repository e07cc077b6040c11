//! Text as it is compared: compatibility forms and case folded by Unicode's rules, cut to a length, split into words.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// How much of a text is looked at, in characters: what is longer says nothing more about what is meant, and time is
/// bounded by it.
pub const LONGEST: usize = 2_000;

/// A text, folded and taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    /// Its words in order: what has a letter or digit, and single symbols (emoji). A script without spaces gives a word
    /// per character.
    pub words: Vec<String>,
    /// Words that touch each other, joined: for scripts without spaces whole phrases, else the words.
    pub runs: Vec<String>,
}

impl Normal {
    /// Folds and splits a text, as far as it is looked at.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::up_to(text, LONGEST)
    }

    /// Folds and splits so many characters of a text.
    #[must_use]
    pub fn up_to(text: &str, longest: usize) -> Self {
        let folded = fold(text, longest);
        let mut normal = Self::default();
        let mut touches = false;
        for part in folded.split_word_bounds() {
            let is_word = part.chars().any(|character| character.is_alphanumeric() || is_symbol(character));
            if is_word {
                normal.words.push(part.to_owned());
                match normal.runs.last_mut().filter(|_| touches) {
                    Some(run) => run.push_str(part),
                    None => normal.runs.push(part.to_owned()),
                }
            }
            touches = is_word;
        }
        normal
    }

    /// What two texts share that differ in nothing but case, spacing and punctuation.
    #[must_use]
    pub fn key(&self) -> String {
        self.words.join(" ")
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// NFKC and case folding (with NFKC again, which folding can undo); curly apostrophes as straight ones, controls as
/// spaces.
fn fold(text: &str, longest: usize) -> String {
    let folded = text.chars().take(longest).nfkc().take(longest).default_case_fold().nfkc().take(longest);
    folded.map(|character| if character == '\u{2019}' { '\'' } else { character }).map(spaced).collect()
}

fn spaced(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

/// Emoji, arrows, signs of currencies and the like; no punctuation of any script.
fn is_symbol(character: char) -> bool {
    matches!(u32::from(character), 0x20A0..=0x20CF | 0x2190..=0x2BFF | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        Normal::of(text).words
    }

    #[test]
    fn case_width_spacing_and_punctuation_do_not_count() {
        assert_eq!(Normal::of("  My CARD,\n is ﬁne! ").key(), "my card is fine");
        assert_eq!(Normal::of("ＦＵＬＬ width").key(), "full width");
        assert_eq!(Normal::of("Don’t").key(), Normal::of("don't").key());
        assert_eq!(Normal::of("STRASSE").key(), Normal::of("Straße").key());
        assert_eq!(Normal::of("cafe\u{301}").key(), Normal::of("café").key());
    }

    #[test]
    fn scripts_without_spaces_give_characters_and_a_run() {
        let normal = Normal::of("我想订机票。谢谢");
        assert_eq!(normal.words.len(), 7);
        assert_eq!(normal.runs, ["我想订机票", "谢谢"]);
        assert_eq!(Normal::of("カードを失くした").runs, ["カードを失くした"]);
    }

    #[test]
    fn emoji_are_words_and_right_to_left_text_is_text() {
        assert_eq!(words("👍🏽 great 🎉"), ["👍🏽", "great", "🎉"]);
        assert_eq!(words("أين بطاقتي؟").len(), 2);
        assert_eq!(words("\u{202e}abc"), ["abc"]);
    }

    #[test]
    fn nothing_is_nothing() {
        for text in ["", "  ", "?!…", "\u{0}\u{200b}", "———"] {
            assert!(Normal::of(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let normal = Normal::of(&"a ".repeat(100_000));
        assert_eq!(normal.words.len(), LONGEST / 2);
        // One character that NFKC makes eighteen of.
        assert!(fold(&"\u{fdfa}".repeat(100_000), LONGEST).chars().count() <= LONGEST);
    }
}
