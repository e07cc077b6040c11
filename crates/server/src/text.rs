//! What people read: every text of pages and mails comes from a locale file, in the language of whoever reads, with the
//! words that the organization's preset has for things. Another language is another file and a row in [`LANGUAGES`].

use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rolecall_access::preset::Preset;

/// The English texts.
pub const ENGLISH: &str = include_str!("../locales/en.ftl");

/// The languages there are; the first is for whoever speaks none of them. Each file has the keys of the English one.
pub static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| vec![Language::new("en", "English", ENGLISH)]);

/// A language that people can choose.
pub struct Language {
    /// Its BCP 47 tag.
    pub tag: &'static str,
    /// Its name, in itself.
    pub name: &'static str,
    /// Its locale file.
    pub source: &'static str,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.tag)
    }
}

impl Language {
    /// The language of a locale file.
    #[must_use]
    pub fn new(tag: &'static str, name: &'static str, source: &'static str) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![tag.parse().unwrap_or_default()]);
        // Isolation marks belong to mixed scripts on a page, which `dir="auto"` and `<bdi>` take care of.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(tag, ?errors, "the locale file has errors");
            resource
        });
        bundle.add_resource_overriding(resource);
        Self { tag, name, source, bundle }
    }

    /// The language of this tag, if there is one.
    #[must_use]
    pub fn find(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(tag))
    }

    /// The language of whoever sends these headers and has no account to say it.
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> &'static Self {
        let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self::accepted(header.unwrap_or_default())
    }

    /// The one that somebody asks for by `Accept-Language` (RFC 9110, 12.5.4): of those there are, the one they like best.
    #[must_use]
    pub fn accepted(header: &str) -> &'static Self {
        let tags: Vec<&str> = LANGUAGES.iter().map(|language| language.tag).collect();
        preferred(header, &tags).and_then(Self::find).unwrap_or_else(Self::usual)
    }

    /// The language for whoever speaks none of them.
    fn usual() -> &'static Self {
        static USUAL: LazyLock<Language> = LazyLock::new(|| Language::new("en", "English", ENGLISH));
        LANGUAGES.first().unwrap_or(&USUAL)
    }
}

/// Of these tags the one that the header likes best; `de-AT` is content with `de`.
fn preferred<'t>(header: &str, tags: &[&'t str]) -> Option<&'t str> {
    let mut best: Option<(f32, &'t str)> = None;
    for range in header.split(',').take(20) {
        let mut parts = range.split(';').map(str::trim);
        let wanted = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |text| text.parse().ok());
        let primary = wanted.split('-').next().unwrap_or_default();
        let found = tags.iter().find(|tag| tag.eq_ignore_ascii_case(wanted));
        let found = found.or_else(|| tags.iter().find(|tag| tag.eq_ignore_ascii_case(primary)));
        if let (Some(tag), Some(weight)) = (found, weight.filter(|weight| *weight > 0.0))
            && best.is_none_or(|(most, _)| weight > most)
        {
            best = Some((weight, tag));
        }
    }
    best.map(|(_, tag)| tag)
}

/// Speaks one language in the words of one preset.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    preset: Option<&'static Preset>,
    /// None: the usual one.
    language: Option<&'static Language>,
}

impl Text {
    /// In the words of this preset; unknown ones speak of bots.
    #[must_use]
    pub fn of_preset(key: &str) -> Self {
        Self { preset: Preset::find(key), language: None }
    }

    /// Where there is no organization.
    #[must_use]
    pub const fn plain() -> Self {
        Self { preset: None, language: None }
    }

    /// The same in this language; one that there is not is the usual one.
    #[must_use]
    pub fn in_language(self, tag: &str) -> Self {
        Self { language: Language::find(tag), ..self }
    }

    /// The tag of the language, for the page's `lang`.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.language().tag
    }

    fn language(&self) -> &'static Language {
        self.language.unwrap_or_else(Language::usual)
    }

    /// The text of a key.
    #[must_use]
    pub fn of(&self, key: &str) -> String {
        self.format(key, FluentArgs::new())
    }

    /// The text of a key, with one value in it.
    #[must_use]
    pub fn with<'v>(&self, key: &str, name: &'v str, value: impl Into<FluentValue<'v>>) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.format(key, args)
    }

    /// The text of a key, with two values in it.
    #[must_use]
    pub fn with_both<'v>(
        &self,
        key: &str,
        (one, first): (&'v str, impl Into<FluentValue<'v>>),
        (other, second): (&'v str, impl Into<FluentValue<'v>>),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(one, first);
        args.set(other, second);
        self.format(key, args)
    }

    /// The text of a key with these values.
    #[must_use]
    pub fn with_all(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.format(key, values.iter().map(|(name, value)| (*name, FluentValue::from(*value))).collect())
    }

    /// Whether there is such a text.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.language().bundle.has_message(key)
    }

    /// The text of a key, or none if there is no such key (names of data, which may be anything).
    #[must_use]
    pub fn find(&self, key: &str) -> Option<String> {
        self.language().bundle.has_message(key).then(|| self.of(key))
    }

    fn format(&self, key: &str, mut args: FluentArgs<'_>) -> String {
        let bundle = &self.language().bundle;
        let (one, many) = self.preset.map_or(("bot", "bots"), |preset| (&preset.words.bot, &preset.words.bots));
        // For languages in which the word's kind decides about others: `{ $kind -> [project] … *[bot] … }`.
        args.set("kind", one);
        let (one, many) = (word(bundle, one), word(bundle, many));
        args.set("Bot", capital(&one));
        args.set("Bots", capital(&many));
        args.set("bot", one);
        args.set("bots", many);
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "a text is missing in the locale file");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text lacks a value");
        }
        text
    }
}

/// A preset's word in the bundle's language (`word-project = Projekt`); where it has none, as the preset has it.
fn word(bundle: &FluentBundle<FluentResource>, preset: &str) -> String {
    let message = bundle.get_message(&format!("word-{preset}")).and_then(|message| message.value());
    let found = message.map(|pattern| bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned());
    found.unwrap_or_else(|| preset.to_owned())
}

/// With its first letter in upper case.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_from_the_preset() {
        assert_eq!(Text::of_preset("projects").of("bots-title"), "Projects");
        assert_eq!(Text::of_preset("team").of("bots-title"), "Bots");
        assert_eq!(Text::plain().find("no-such-key"), None);
    }

    #[test]
    fn words_are_the_languages_own() {
        let source = "word-bots = Bots\nword-project = Projekt\nword-projects = Projekte\nbots-title = { $Bots }\n\
                      this = { $kind ->\n    [project] dieses { $bot }\n   *[bot] dieser { $Bot }\n }\n";
        let german: &'static Language = Box::leak(Box::new(Language::new("de", "Deutsch", source)));
        let of = |preset| Text { preset: Preset::find(preset), language: Some(german) };
        assert_eq!(of("projects").of("bots-title"), "Projekte");
        assert_eq!((of("projects").of("this"), of("team").of("this")), ("dieses Projekt".into(), "dieser Bot".into()));
        assert_eq!(of("team").tag(), "de");
        assert_eq!(Text::plain().in_language("tlh").tag(), "en");
    }

    #[test]
    fn the_language_liked_best_among_those_there_are() {
        let tags = ["en", "de", "pt-BR"];
        let choose = |header| preferred(header, &tags);
        assert_eq!(choose("de"), Some("de"));
        assert_eq!(choose("de-AT,de;q=0.9,en;q=0.8"), Some("de"));
        assert_eq!(choose("fr, en;q=0.3, de;q=0.7"), Some("de"));
        assert_eq!(choose("en;q=0.7, DE;q=0.7"), Some("en"));
        assert_eq!(choose("pt-br, en;q=0.1"), Some("pt-BR"));
        assert_eq!(choose("de;q=0, en;q=0.1"), Some("en"));
        for none in ["", "*", "fr", "de;q=x", ";;;,,,", "de;q=NaN"] {
            assert_eq!(choose(none), None, "{none}");
        }
        assert_eq!(Language::accepted("fr").tag, "en");
    }
}
