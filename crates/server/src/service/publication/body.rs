//! What is said and answered about publishing a bot.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::input::Check;
use crate::problem::FieldError;
use crate::time::Time;

/// The longest note, in characters.
const NOTE: usize = 500;

/// A bot's publication.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicationView {
    /// Whether a version is live.
    pub published: bool,
    /// Which one.
    pub version: Option<i64>,
    /// Since when.
    pub published_at: Option<Time>,
    /// What the caller may do: `create` (publish), `read`, `delete` (take off the air).
    pub can: Vec<String>,
}

/// What to publish; nothing: the draft.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishBody {
    /// A version to go back to.
    #[serde(default)]
    pub version: Option<i64>,
    /// What is new, for whoever looks at the versions later; 500 characters at most.
    #[serde(default)]
    pub note: Option<String>,
    /// Publish although tests fail.
    #[serde(default)]
    pub confirm: bool,
}

impl Check for PublishBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(note) = &mut self.note {
            *note = note.trim().to_owned();
            if note.chars().count() > NOTE {
                errors.push(FieldError::new("note", "too_long", format!("A note has at most {NOTE} characters.")));
            }
        }
        errors
    }
}

/// A published version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// Its number, from 1 on.
    pub number: i64,
    /// What its maker noted.
    pub note: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Time,
    /// Whether it is the one that visitors see.
    pub live: bool,
    /// What the caller may do: `read`, `publish` (go back to it).
    pub can: Vec<String>,
}

/// Since when.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SinceQuery {
    /// An earlier version; 0: everything is new; left out: the version before.
    #[serde(default)]
    pub since: Option<i64>,
}

/// What differs between two versions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangesView {
    /// The earlier version; 0: none.
    pub since: i64,
    /// The later version; null: the draft.
    pub number: Option<i64>,
    /// The differences, in words.
    pub changes: Vec<VersionChangeView>,
    /// How many more there are in parts of the bot that the caller does not read.
    pub unseen: usize,
    /// For the draft: what keeps it from being published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionChangeView {
    /// The part of the bot: `Flow`, `TrainingData`, `Content`, `BotSetting`, `Appearance`, `Bot`.
    pub model: &'static str,
    /// What happened to it: `added`, `removed`, `changed`.
    pub kind: &'static str,
    /// What it is called; empty where the part is one.
    pub name: String,
    /// The same in a sentence.
    pub text: String,
}
