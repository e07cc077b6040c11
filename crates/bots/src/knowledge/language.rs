//! Words as they are looked up: folded, stemmed as the language does.

use std::collections::BTreeSet;

use tantivy::tokenizer::{
    Language as Known, PreTokenizedString, Stemmer, StopWordFilter, TextAnalyzer, Token, TokenStream as _,
    WhitespaceTokenizer,
};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::understanding::normalise::Normal;

/// How much of a text is indexed, in characters.
const LONGEST: usize = 100_000;

/// Words of English questions that say nothing of what is asked, beside those that tantivy knows.
const ENGLISH: &str = "i me my mine we us our you your he him his she her its them what which who when where why how am \
    been being have has had having do does did doing can could would should shall may might must from about so than too \
    very just please tell know get i'm i'd i've it's what's how's there's don't";

/// The language that entries are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Language(Option<Known>);

impl Language {
    /// The language of a tag ("de", "pt-BR"). One whose words cannot be stemmed is looked up as it is written.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self(match primary.as_str() {
            "ar" => Some(Known::Arabic),
            "da" => Some(Known::Danish),
            "nl" => Some(Known::Dutch),
            "en" => Some(Known::English),
            "fi" => Some(Known::Finnish),
            "fr" => Some(Known::French),
            "de" => Some(Known::German),
            "el" => Some(Known::Greek),
            "hu" => Some(Known::Hungarian),
            "it" => Some(Known::Italian),
            "no" | "nb" | "nn" => Some(Known::Norwegian),
            "pt" => Some(Known::Portuguese),
            "ro" => Some(Known::Romanian),
            "ru" => Some(Known::Russian),
            "es" => Some(Known::Spanish),
            "sv" => Some(Known::Swedish),
            "ta" => Some(Known::Tamil),
            "tr" => Some(Known::Turkish),
            _ => None,
        })
    }

    /// Whether its words are stemmed.
    #[must_use]
    pub fn is_stemmed(self) -> bool {
        self.0.is_some()
    }
}

/// Takes texts apart into words and stems.
#[derive(Clone)]
pub struct Words {
    language: Language,
    stemmer: TextAnalyzer,
    stop: Option<TextAnalyzer>,
}

impl Words {
    /// As a language does.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let whole = || TextAnalyzer::builder(WhitespaceTokenizer::default());
        let stemmer = match language.0 {
            Some(known) => whole().filter(Stemmer::new(known)).build(),
            None => whole().build(),
        };
        let mut stop = language.0.and_then(StopWordFilter::new).map(|filter| whole().filter(filter).build());
        if language.0 == Some(Known::English) {
            let more = StopWordFilter::remove(ENGLISH.split_whitespace().map(str::to_owned));
            stop = StopWordFilter::new(Known::English).map(|filter| whole().filter(filter).filter(more).build());
        }
        Self { language, stemmer, stop }
    }

    /// A text of an entry, taken apart.
    pub(super) fn tokens(&self, text: &str) -> PreTokenizedString {
        let tokens = self.stems(&self.words(text)).into_iter().enumerate().map(|(position, (_, text))| Token {
            position,
            text,
            ..Token::default()
        });
        PreTokenizedString { text: String::new(), tokens: tokens.collect() }
    }

    /// The words of a question, each once, with their stems; without those that say nothing, unless all do.
    pub(super) fn asked(&self, text: &str) -> Vec<(String, String)> {
        let words = self.words(text);
        let mut telling = words.clone();
        if let Some(stop) = &self.stop {
            telling.retain(|word| !run(stop, word).is_empty());
        }
        let mut seen = BTreeSet::new();
        let stems = self.stems(if telling.is_empty() { &words } else { &telling });
        stems.into_iter().filter(|(_, stem)| seen.insert(stem.clone())).collect()
    }

    /// The folded words; of scripts without spaces two characters at a time.
    fn words(&self, text: &str) -> Vec<String> {
        let elides = matches!(self.language.0, Some(Known::French | Known::Italian));
        let normal = Normal::up_to(text, LONGEST);
        let mut words = Vec::new();
        for run in &normal.runs {
            let parts: Vec<&str> = run.split_word_bounds().collect();
            match parts.as_slice() {
                [word] if elides => words.extend(word.split('\'').map(str::to_owned)),
                [word] => words.push((*word).to_owned()),
                _ => {
                    words.extend(parts.windows(2).map(<[&str]>::concat));
                    let longer = parts.iter().filter(|part| part.chars().nth(1).is_some());
                    words.extend(longer.map(|part| (*part).to_owned()));
                }
            }
        }
        words.retain(|word| !word.trim().is_empty());
        words
    }

    /// The words with their stems.
    fn stems(&self, words: &[String]) -> Vec<(String, String)> {
        let stems = run(&self.stemmer, &words.join(" "));
        words.iter().cloned().zip(stems).collect()
    }
}

fn run(analyzer: &TextAnalyzer, text: &str) -> Vec<String> {
    let mut analyzer = analyzer.clone();
    let mut stream = analyzer.token_stream(text);
    let mut found = Vec::new();
    while let Some(token) = stream.next() {
        found.push(token.text.clone());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(tag: &str, text: &str) -> Vec<String> {
        Words::of(Language::of(tag)).asked(text).into_iter().map(|(_, stem)| stem).collect()
    }

    #[test]
    fn languages_stem_as_they_do() {
        assert_eq!(stems("en", "How do I open accounts?"), ["open", "account"]);
        assert_eq!(stems("de", "Wie öffne ich die Konten?"), stems("de", "öffne KONTEN"));
        assert_eq!(stems("fr-CA", "l'hôtel"), stems("fr", "hôtel"));
        assert_eq!(stems("xx", "opened accounts"), ["opened", "accounts"]);
        assert!(!Language::of("ja").is_stemmed() && Language::of("pt_BR").is_stemmed());
    }

    #[test]
    fn a_question_of_nothing_but_small_words_keeps_them() {
        assert_eq!(stems("en", "how are you?"), ["how", "are", "you"]);
    }

    #[test]
    fn scripts_without_spaces_give_pairs() {
        assert_eq!(stems("zh", "订机票"), ["订机", "机票"]);
    }
}
