//! A permission: what (model), doing what (action), and, in a role, on whose records (relation).

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::{MODELS, Model};

/// The name of a model or of an action: an open string, `^[A-Za-z][A-Za-z0-9_:.-]{0,63}$`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Text);

/// A name of the catalogue is its place there, any other its text: one name has one form.
#[derive(Clone)]
enum Text {
    Known(u8),
    Other(Arc<str>),
}

/// The four actions come before the models among the names of the catalogue.
const ACTIONS: [&str; 4] = ["create", "read", "update", "delete"];

/// How many permissions of the catalogue's models there can be: what a set of them has room for.
const NUMBERS: usize = 128;

const _: () = assert!(MODELS.len() * ACTIONS.len() <= NUMBERS, "a set of permissions is a u128: widen it");

/// The text is not a model's or action's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name starts with a letter and has 1 to 64 letters, digits or `_` `:` `.` `-`")]
pub struct InvalidName;

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Known(place) => known_text(usize::from(*place)),
            Text::Other(text) => text,
        }
    }

    /// Whether it is `create`.
    pub(crate) fn is_create(&self) -> bool {
        matches!(self.0, Text::Known(0))
    }

    /// The catalogue's model of this name.
    pub(crate) fn model(&self) -> Option<&'static Model> {
        match self.0 {
            Text::Known(place) => MODELS.get(usize::from(place).checked_sub(ACTIONS.len())?),
            Text::Other(_) => None,
        }
    }
}

const fn equal(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (rest, others);
    }
    one.is_empty() && other.is_empty()
}

fn known_text(place: usize) -> &'static str {
    let model = |place: usize| MODELS.get(place.wrapping_sub(ACTIONS.len())).map_or("", |model| model.key);
    ACTIONS.get(place).copied().unwrap_or_else(|| model(place))
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Text::Known(one), Text::Known(two)) => one == two,
            (Text::Other(one), Text::Other(two)) => one == two,
            _ => false,
        }
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.as_str().cmp(other.as_str()) }
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let models = MODELS.iter().map(|model| model.key);
        if let Some(place) = ACTIONS.into_iter().chain(models).position(|known| known == text)
            && let Ok(place) = u8::try_from(place)
        {
            return Ok(Self(Text::Known(place)));
        }
        let valid = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte));
        if valid { Ok(Self(Text::Other(text.into()))) } else { Err(InvalidName) }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// An ability: an action on the records of a model, as in `Publication: create`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// The model it is about.
    pub model: Name,
    /// What it lets one do.
    pub action: Name,
}

impl Permission {
    /// The permission of this model and action.
    ///
    /// # Errors
    /// [`InvalidName`] if either is not a name.
    pub fn new(model: &str, action: &str) -> Result<Self, InvalidName> {
        Ok(Self { model: model.parse()?, action: action.parse()? })
    }

    /// Its number, if model and action are names of the catalogue: below 128.
    #[inline]
    pub(crate) fn number(&self) -> Option<u32> {
        match (&self.model.0, &self.action.0) {
            (Text::Known(model), Text::Known(action)) if *action < 4 => {
                model.checked_sub(4).map(|model| u32::from(model) * 4 + u32::from(*action))
            }
            _ => None,
        }
    }

    /// The number of the catalogue's permission of these names; at compile time.
    pub(crate) const fn number_of(model: &str, action: &str) -> Option<u32> {
        let (mut number, mut place) = (0, 0);
        while place < MODELS.len() * ACTIONS.len() {
            if let (Some(one), Some(other)) =
                (MODELS.split_at(place / 4).1.first(), ACTIONS.split_at(place % 4).1.first())
                && equal(one.key, model)
                && equal(other, action)
            {
                return Some(number);
            }
            (number, place) = (number + 1, place + 1);
        }
        None
    }

    /// The permission of the catalogue's names that has this number.
    pub(crate) fn numbered(number: u32) -> Option<Self> {
        let name = |place: u32| u8::try_from(place).ok().map(|place| Name(Text::Known(place)));
        let model = number / 4 + 4;
        ((model as usize) < MODELS.len() + 4)
            .then(|| Some(Self { model: name(model)?, action: name(number % 4)? }))
            .flatten()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.model, self.action)
    }
}

/// On whose records a role's permission holds; ordered: `Owner < Team < Role`, the greater includes
/// the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Records the person owns.
    Owner,
    /// Records of bots whose team the person is on.
    Team,
    /// Any record in reach of the role.
    Role,
}

/// What a role covers when it is assigned in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// The organization and every bot of it.
    Organization,
    /// Nothing by itself: what the person gets by default on each bot they are put on.
    Bots,
}

macro_rules! texts {
    ($type:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $type {
            /// As written in API and store.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value so written, if there is one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

texts!(Relation { Owner = "owner", Team = "team", Role = "role" });
texts!(Reach { Organization = "organization", Bots = "bots" });
