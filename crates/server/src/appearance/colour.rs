//! Colours, and whether words in one can be read on another: WCAG 2.2, success criterion 1.4.3.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The least contrast at which words are read well.
pub const LEAST_CONTRAST: f64 = 4.5;

/// An opaque colour of sRGB, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// The colour of these parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// How light it is, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast of the two, from 1 (the same) to 21 (black and white).
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Whether words in one of the two can be read on the other.
    #[must_use]
    pub fn is_read_on(self, ground: Self) -> bool {
        self.contrast(ground) >= LEAST_CONTRAST
    }

    /// So many hundredths of the way to the other colour.
    #[must_use]
    pub fn towards(self, other: Self, hundredths: u16) -> Self {
        let mix = |from: u8, to: u8| {
            let sum = u16::from(from) * (100 - hundredths.min(100)) + u16::from(to) * hundredths.min(100);
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        let ([red, green, blue], [to_red, to_green, to_blue]) = (self.0, other.0);
        Self([mix(red, to_red), mix(green, to_green), mix(blue, to_blue)])
    }

    /// The nearest shade or tint of it that can be read on (or carries words in) the other colour.
    #[must_use]
    pub fn nearest_read_on(self, other: Self) -> Self {
        let steps = (0..=100).flat_map(|step| [self.towards(Self::BLACK, step), self.towards(Self::WHITE, step)]);
        // Of black and white one always does.
        steps.into_iter().find(|colour| colour.is_read_on(other)).unwrap_or(Self::BLACK)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

/// What is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a colour as `#` and six digits or letters from a to f, such as #0a5299")]
pub struct NoColour;

impl FromStr for Colour {
    type Err = NoColour;

    fn from_str(text: &str) -> Result<Self, NoColour> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.chars().all(|one| one.is_ascii_hexdigit()));
        let number = |digits: &str| u32::from_str_radix(digits, 16).map_err(|_| NoColour);
        let number = match digits {
            Some(digits) if digits.len() == 6 => number(digits)?,
            Some(digits) if digits.len() == 3 => number(&digits.chars().flat_map(|one| [one; 2]).collect::<String>())?,
            _ => return Err(NoColour),
        };
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl TryFrom<String> for Colour {
    type Error = NoColour;

    fn try_from(text: String) -> Result<Self, NoColour> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn colours_are_read_and_written() {
        assert_eq!(colour("#0A5299").to_string(), "#0a5299");
        assert_eq!(colour(" #fa0 ").to_string(), "#ffaa00");
        for text in ["", "red", "#12", "#12345", "#1234567", "#gggggg", "0a5299", "#+12345", "#fff;}", "url(x)"] {
            assert_eq!(text.parse::<Colour>(), Err(NoColour), "{text}");
        }
    }

    #[test]
    fn contrasts_are_those_of_the_guideline() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 1e-9);
        assert!((colour("#777777").contrast(Colour::WHITE) - 4.478).abs() < 1e-3);
        assert!((colour("#767676").contrast(Colour::WHITE) - 4.542).abs() < 1e-3);
        assert!((colour("#ff0000").contrast(Colour::WHITE) - 3.998).abs() < 1e-3);
        assert!(!colour("#777777").is_read_on(Colour::WHITE) && colour("#767676").is_read_on(Colour::WHITE));
    }

    #[test]
    fn for_every_ground_there_is_a_colour_near_that_is_read() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let ground = Colour::new(red, green, blue);
                    for start in [Colour::WHITE, Colour::BLACK, colour("#808080"), colour("#ff8800"), ground] {
                        let near = start.nearest_read_on(ground);
                        assert!(near.is_read_on(ground), "{start} on {ground}: {near}");
                        assert!(!start.is_read_on(ground) || near == start);
                    }
                }
            }
        }
        assert_eq!(colour("#ff8800").nearest_read_on(Colour::WHITE).to_string(), "#b35f00");
    }
}
