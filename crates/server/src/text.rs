//! What people read: every text of pages and mails comes from the locale file, with the words that the
//! organization's preset has for things.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rolecall_access::preset::Preset;

/// The English texts.
pub const ENGLISH: &str = include_str!("../locales/en.ftl");

static BUNDLE: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| {
    let language = "en".parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks belong to mixed scripts on a page, which `dir="auto"` and `<bdi>` take care of.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(resource, errors)| {
        tracing::error!(?errors, "the locale file has errors");
        resource
    });
    bundle.add_resource_overriding(resource);
    bundle
});

/// Speaks in the words of one preset.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    preset: Option<&'static Preset>,
}

impl Text {
    /// In the words of this preset; unknown ones speak of bots.
    #[must_use]
    pub fn of_preset(key: &str) -> Self {
        Self { preset: Preset::find(key) }
    }

    /// Where there is no organization.
    #[must_use]
    pub const fn plain() -> Self {
        Self { preset: None }
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
        BUNDLE.has_message(key)
    }

    /// The text of a key, or none if there is no such key (names of data, which may be anything).
    #[must_use]
    pub fn find(&self, key: &str) -> Option<String> {
        BUNDLE.has_message(key).then(|| self.of(key))
    }

    fn format(&self, key: &str, mut args: FluentArgs<'_>) -> String {
        let (one, many) = self.preset.map_or(("bot", "bots"), |preset| (&preset.words.bot, &preset.words.bots));
        args.set("bot", one);
        args.set("bots", many);
        args.set("Bot", capital(one));
        args.set("Bots", capital(many));
        let Some(pattern) = BUNDLE.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "a text is missing in the locale file");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = BUNDLE.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text lacks a value");
        }
        text
    }
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
}
