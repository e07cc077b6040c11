//! What is said and answered in a conversation with a bot.

use rolecall_store::resource::{Said, Status};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::input::{Check, check_email};
use crate::problem::FieldError;
use crate::time::Time;

/// The longest message, page address, contact and language tag, in characters.
const MESSAGE: usize = 4_000;
const PAGE: usize = 2_000;
const CONTACT: usize = 200;
const LANGUAGE: usize = 35;
/// The longest that may be waited for more, in seconds.
pub const LONGEST_WAIT: u64 = 25;

/// A published bot, as anybody sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicCardView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The live version.
    pub version: i64,
    /// Its own language.
    pub language: String,
    /// All languages that it speaks, its own first.
    pub languages: Vec<String>,
    /// How its chat window looks.
    #[schema(value_type = Object)]
    pub appearance: serde_json::Value,
    /// What it says before anything is said to it.
    pub opening: OpeningView,
}

/// What a bot opens a conversation with.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct OpeningView {
    /// What it says.
    pub messages: Vec<String>,
    /// Answers that it offers.
    pub choices: Vec<String>,
}

/// A visitor's message.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorMessageBody {
    /// What is said, 4,000 characters at most.
    pub text: String,
    /// The sender's own id of the message: sent again, nothing happens twice.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// The language that the visitor speaks, where the conversation begins.
    #[serde(default)]
    pub language: Option<String>,
    /// The address of the page that they are on, where the conversation begins; kept if it is http or https.
    #[serde(default)]
    pub page: Option<String>,
    /// For keys: the conversation to go on with; left out: a new one.
    #[serde(default)]
    pub conversation: Option<Uuid>,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VisitorMessageView {
    /// Its number in the conversation.
    pub number: i64,
    /// Who said it: `visitor`, `bot`, `agent`, or `note` for a line about what happened.
    pub sender: String,
    /// Their name; empty for the visitor.
    pub name: String,
    /// What was said, as text.
    pub text: String,
    /// Answers that are offered.
    pub choices: Vec<String>,
    /// When.
    pub at: Time,
}

/// What was said, and said to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RepliedView {
    /// The conversation.
    pub conversation: Uuid,
    /// Where it began just now: the secret by which it goes on. It is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How it stands: `bot`, `waiting` (a person was asked for), `agent` (a person answers), `closed`.
    pub status: &'static str,
    /// The visitor's message and what came after it.
    pub messages: Vec<VisitorMessageView>,
}

/// What was said since.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FollowedView {
    /// How the conversation stands.
    pub status: &'static str,
    /// The messages.
    pub messages: Vec<VisitorMessageView>,
}

/// A person was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AskedView {
    /// How the conversation stands.
    pub status: &'static str,
    /// What the visitor is told.
    pub note: String,
    /// Whether somebody can be reached now.
    pub reachable: bool,
    /// When somebody can be reached, where nobody can be now and it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reachable_at: Option<Time>,
}

/// Where a visitor can be reached; what is left out stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Their telephone number.
    #[serde(default)]
    pub phone: Option<String>,
}

/// What of a conversation is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowQuery {
    /// Messages with a greater number than this.
    #[serde(default)]
    pub after: i64,
    /// Seconds to wait for one if there is none, 25 at most.
    #[serde(default)]
    pub wait: u64,
    /// For keys: the conversation.
    #[serde(default)]
    pub conversation: Option<Uuid>,
}

/// Which conversation.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichQuery {
    /// For keys: the conversation.
    #[serde(default)]
    pub conversation: Option<Uuid>,
}

impl VisitorMessageView {
    /// The view of what was said.
    pub(super) fn of(said: Said) -> Self {
        let choices = serde_json::from_str(&said.choices).unwrap_or_default();
        let Said { number, sender, name, text, at, .. } = said;
        // Who of the team wrote a note is not the visitor's to know.
        let name = if sender == "note" { String::new() } else { name };
        Self { number, sender, name, text, choices, at: Time(at) }
    }
}

/// As the API writes it.
pub(super) fn status(status: Status) -> &'static str {
    status.as_str()
}

impl Check for VisitorMessageBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let kept = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t');
        self.text = self.text.chars().filter(kept).collect::<String>().trim().to_owned();
        if self.text.is_empty() {
            errors.push(FieldError::new("text", "empty", "Say something."));
        } else if self.text.chars().count() > MESSAGE {
            errors.push(FieldError::new("text", "too_long", format!("A message has at most {MESSAGE} characters.")));
        }
        if self.language.as_ref().is_some_and(|language| language.chars().count() > LANGUAGE) {
            errors.push(FieldError::new("language", "invalid", "Give a language tag such as `en` or `pt-BR`."));
        }
        if self.page.as_ref().is_some_and(|page| page.chars().count() > PAGE) {
            errors.push(FieldError::new("page", "too_long", format!("Use at most {PAGE} characters.")));
        }
        // An address that somebody may follow later: nothing but web pages.
        self.page = self.page.take().filter(|page| {
            page.parse::<url::Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        });
        errors
    }
}

impl Check for ContactBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (field, value) in [("name", &mut self.name), ("phone", &mut self.phone)] {
            let Some(value) = value else { continue };
            *value = value.trim().to_owned();
            if value.chars().count() > CONTACT || value.chars().any(char::is_control) {
                let message = format!("Use at most {CONTACT} characters, without line breaks.");
                errors.push(FieldError::new(field, "invalid", message));
            }
        }
        if let Some(email) = self.email.as_mut().filter(|email| !email.trim().is_empty()) {
            check_email("email", email, &mut errors);
        }
        errors
    }
}
