//! What is said and answered in the playground.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Check;
use crate::problem::FieldError;

/// The longest message and state, in characters.
const MESSAGE: usize = 4_000;
const STATE: usize = 200_000;

/// Something said to the draft.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaygroundBody {
    /// What is said, 4,000 characters at most; left out: the bot opens the conversation.
    #[serde(default)]
    pub text: Option<String>,
    /// `state` of the reply before; left out: a new conversation.
    #[serde(default)]
    pub state: Option<String>,
    /// The language that is spoken in a new one.
    #[serde(default)]
    pub language: Option<String>,
}

impl Check for PlaygroundBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(text) = &mut self.text {
            *text = text.trim().to_owned();
            if text.is_empty() {
                errors.push(FieldError::new("text", "empty", "Say something."));
            } else if text.chars().count() > MESSAGE {
                let message = format!("A message has at most {MESSAGE} characters.");
                errors.push(FieldError::new("text", "too_long", message));
            }
        }
        if self.state.as_ref().is_some_and(|state| state.len() > STATE) {
            errors.push(FieldError::new("state", "invalid", "Send back the `state` of the reply before."));
        }
        errors
    }
}

/// What the draft replies, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaygroundReplyView {
    /// What the bot opened a new conversation with, before what was said.
    pub opening: Vec<String>,
    /// What it says, as one text.
    pub reply: String,
    /// The same, message by message.
    pub messages: Vec<String>,
    /// Answers that it offers.
    pub choices: Vec<String>,
    /// How it went: `answered`, `fallback`, `handover`, or empty.
    pub outcome: &'static str,
    /// The intent that was understood; null: none.
    pub intent: Option<TakenIntentView>,
    /// Why, in the order in which it was considered.
    pub because: Vec<ReplyReasonView>,
    /// Where the conversation is, to be sent with what is said next.
    pub state: String,
    /// Whether the draft has learned all that it is taught.
    pub up_to_date: bool,
}

/// An intent that was understood.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakenIntentView {
    /// Its name.
    pub name: String,
    /// How sure, from 0 to 1.
    pub score: f64,
}

/// A reason for a reply.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ReplyReasonView {
    /// `step` of a flow, `call` of an integration, `intent`, `entry`, `entity` (what was found, and kept as a variable), `language_model`, `fallback`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// An entry's id.
    pub id: Option<Uuid>,
    /// How well it fits, from 0 to 1.
    pub score: Option<f64>,
    /// From where on it counts.
    pub threshold: Option<f64>,
    /// Whether the reply is made of it.
    pub taken: bool,
    /// The words that spoke for it.
    pub words: Vec<String>,
}
