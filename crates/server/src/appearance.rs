//! How a bot looks to its visitors: names, colours, picture, place and texts of the chat window.
//!
//! Every field has a value of its own where none is given, so that an empty object is an appearance. What is kept has colours
//! that can be read; whoever draws the window need not ask again. Texts that are empty are the window's own, in the
//! visitor's language.

pub mod colour;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use self::colour::{Colour, LEAST_CONTRAST};
use crate::problem::FieldError;

/// A bot's appearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    /// The name at the head of the window; empty: the bot's.
    pub title: String,
    /// A line below it.
    pub subtitle: String,
    /// What the bot says first; empty: the window's own words, unless a flow opens the conversation.
    pub greeting: String,
    /// Its picture.
    pub picture: Option<Uuid>,
    /// The ground of head, buttons and the visitor's messages.
    pub accent: Colour,
    /// Words on it.
    pub accent_text: Colour,
    /// The ground of the window where it is light.
    pub ground: Colour,
    /// Words on it.
    pub text: Colour,
    /// Light, dark, or as the visitor has it.
    pub scheme: Scheme,
    /// In which corner of a page the window is.
    pub position: Position,
    /// The words on the button that opens the window; empty: a picture of a speech bubble alone.
    pub launcher: String,
    /// The texts of the window.
    pub texts: Texts,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// As the visitor has it.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// A corner of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// Left below.
    Left,
    /// Right below.
    #[default]
    Right,
}

/// The texts of the window; empty: the window's own, in the visitor's language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    /// In the empty field of a message; 60 characters at most.
    pub placeholder: String,
    /// On the button that sends it; 40 characters at most.
    pub send: String,
    /// On the button that asks for a person; 60 characters at most.
    pub person: String,
    /// Where nobody can be reached; 300 characters at most.
    pub offline: String,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            title: String::new(),
            subtitle: String::new(),
            greeting: String::new(),
            picture: None,
            accent: Colour::new(0x0a, 0x52, 0x99),
            accent_text: Colour::WHITE,
            ground: Colour::WHITE,
            text: Colour::new(0x1b, 0x24, 0x30),
            scheme: Scheme::default(),
            position: Position::default(),
            launcher: String::new(),
            texts: Texts::default(),
        }
    }
}

impl Appearance {
    /// The appearance that was kept; one that cannot be read is that of a bot that has none.
    #[must_use]
    pub fn kept(value: &serde_json::Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    /// The contrast of words on the accent.
    #[must_use]
    pub fn accent_contrast(&self) -> f64 {
        self.accent_text.contrast(self.accent)
    }

    /// The contrast of words on the ground.
    #[must_use]
    pub fn ground_contrast(&self) -> f64 {
        self.text.contrast(self.ground)
    }

    /// Colours that cannot be read, each with one that can.
    #[must_use]
    pub fn faults(&self) -> Vec<FieldError> {
        let pairs = [("accent", self.accent_text, self.accent), ("text", self.text, self.ground)];
        let unread = pairs.into_iter().filter(|(_, words, ground)| !words.is_read_on(*ground));
        unread.map(|(field, words, ground)| fault(field, words, ground)).collect()
    }
}

/// A contrast as people read it, never more than it is.
#[must_use]
pub fn ratio(contrast: f64) -> String {
    format!("{:.1}:1", (contrast * 10.0).floor() / 10.0)
}

fn fault(field: &str, words: Colour, ground: Colour) -> FieldError {
    let message = format!(
        "Words in {words} on {ground} have a contrast of {}; they are read well from {LEAST_CONTRAST}:1 on. {} behind them \
         would pass, or {} for the words.",
        ratio(words.contrast(ground)),
        ground.nearest_read_on(words),
        words.nearest_read_on(ground)
    );
    FieldError::new(field, "contrast", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_an_appearance_that_can_be_read() {
        let plain = Appearance::kept(&serde_json::json!({}));
        assert_eq!(plain, Appearance::default());
        assert_eq!(plain.faults(), []);
        assert!(plain.accent_contrast() > 7.0 && plain.ground_contrast() > 12.0);
        // What cannot be read is no reason to show nothing.
        assert_eq!(Appearance::kept(&serde_json::json!({ "accent": "url(javascript:x)" })), plain);
        let kept = serde_json::to_value(&plain).unwrap();
        assert_eq!(Appearance::kept(&kept), plain);
        assert_eq!((&kept["accent"], &kept["scheme"]), (&"#0a5299".into(), &"auto".into()));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_colours_that_can() {
        let orange: Colour = "#ff8800".parse().unwrap();
        let faults = Appearance { accent: orange, ..Appearance::default() }.faults();
        assert_eq!(faults.len(), 1);
        let told = &faults[0].message;
        assert!(told.contains("#ffffff on #ff8800") && told.contains("2.3:1"), "{told}");
        assert!(told.contains("#b35f00 behind them"), "{told}");
        let grey =
            Appearance { ground: orange, text: "#888888".parse().unwrap(), accent: orange, ..Appearance::default() };
        let fields: Vec<String> = grey.faults().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["accent", "text"]);
    }
}
