//! What is said and answered about conversations. Whoever may not answer one sees its contacts masked ([`mask`]): every
//! view of a conversation is made here.

use rolecall_access::{Scope, UserId};
use rolecall_store::Access;
use rolecall_store::resource::{Contact, Conversation, ConversationMessage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::input::Check;
use crate::mask;
use crate::problem::FieldError;
use crate::service::{Named, abilities, may};
use crate::time::Time;

/// The most characters of a reply, and of a reason.
const REPLY: usize = 4_000;
const REASON: usize = 500;

/// How a visitor can be reached; what is empty was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactView {
    /// What they are called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
}

/// A conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationView {
    /// Its id.
    pub id: Uuid,
    /// Its number in the bot.
    pub number: i64,
    /// Who answers: `bot`, `waiting` (the bot; a person was asked for), `agent` (a person) or `closed`.
    pub status: String,
    /// Whose it is; null: nobody's.
    pub assigned_to: Option<Named>,
    /// Where it is held.
    pub channel: String,
    /// Its language.
    pub language: String,
    /// How the visitor can be reached.
    pub contact: ContactView,
    /// Whether addresses and numbers are masked, in the contact and in what was said.
    pub masked: bool,
    /// The page that the visitor was on.
    pub page: String,
    /// The version of the bot that answers in it.
    pub bot_version: i64,
    /// What was said last.
    pub last_text: String,
    /// Who said it: `visitor`, `bot`, `agent` or `note`.
    pub last_sender: String,
    /// Since when a person is waited for.
    pub waiting_since: Option<Time>,
    /// When it began.
    pub created_at: Time,
    /// When something was last said.
    pub last_at: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// Something said in a conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationMessageView {
    /// Its place in the conversation.
    pub number: i64,
    /// `visitor`, `bot`, `agent` or `note` (a line about what happened).
    pub sender: String,
    /// The name under which it was said.
    pub name: String,
    /// What.
    pub text: String,
    /// Answers that were offered.
    pub choices: Vec<String>,
    /// The intent that was understood; empty: none.
    pub intent: String,
    /// `answered`, `fallback`, `handover` or empty.
    pub outcome: String,
    /// Why the bot said so.
    #[schema(value_type = Object)]
    pub why: serde_json::Value,
    /// At a channel to which it is sent: `waiting`, or why it did not arrive (`window`: the visitor has not written for
    /// more than a day, `refused`, `failed`); empty: nothing is to be said of it.
    pub delivery: String,
    /// When.
    pub at: Time,
}

/// A conversation with what was said last in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationDetailView {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: ConversationView,
    /// What was said, in its order: the last 200 messages, or those before `before`.
    pub messages: Vec<ConversationMessageView>,
    /// Whether there are earlier ones: ask for those `before` the first.
    pub earlier: bool,
}

/// Which messages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only messages before the one of this number.
    pub before: Option<i64>,
}

/// Which conversations.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationFilterQuery {
    /// `bot`, `waiting`, `agent` or `closed`.
    pub status: Option<String>,
    /// `me`, `nobody` or a person's id.
    pub assigned: Option<String>,
    /// At this channel.
    pub channel: Option<String>,
    /// In which something was last said not before.
    #[param(value_type = Option<Time>)]
    pub from: Option<Time>,
    /// And before.
    #[param(value_type = Option<Time>)]
    pub until: Option<Time>,
}

/// Whether all of one person is meant.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonQuery {
    /// The person's other conversations with the bot, too: of the same sender, or with the same e-mail address.
    #[serde(default)]
    pub person: bool,
}

/// What is taken out, and how.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationExportQuery {
    /// `json` (as it is if left out) or `text`.
    pub format: Option<String>,
    /// The person's other conversations with the bot, too: of the same sender, or with the same e-mail address.
    #[serde(default)]
    pub person: bool,
}

/// A reply of a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyBody {
    /// What the visitor is told.
    pub text: String,
    /// The sender's own id of the reply: sent again, it is said once.
    #[serde(default)]
    pub id: Option<Uuid>,
}

/// Whom the conversation is given to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// Somebody who may answer the bot's conversations.
    pub user_id: Uuid,
}

/// Why somebody looks at a contact.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealBody {
    /// Stands in the audit log.
    pub reason: String,
}

/// A contact that somebody asked to see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevealedView {
    /// How the visitor can be reached.
    pub contact: ContactView,
    /// Addresses and numbers that the visitor wrote in the conversation.
    pub mentioned: Vec<String>,
}

impl Check for ReplyBody {
    fn check(&mut self) -> Vec<FieldError> {
        self.text = tidy(&self.text);
        check_text("text", &self.text, REPLY, "Write what you want to say.")
    }
}

impl Check for AssignBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for RevealBody {
    fn check(&mut self) -> Vec<FieldError> {
        self.reason = tidy(&self.reason);
        check_text("reason", &self.reason, REASON, "Say why you need the contact; it stands in the audit log.")
    }
}

/// Without surrounding white space and control characters other than line breaks.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

fn check_text(field: &str, text: &str, most: usize, empty: &str) -> Vec<FieldError> {
    if text.is_empty() {
        return vec![FieldError::new(field, "empty", empty)];
    }
    if text.chars().count() > most {
        return vec![FieldError::new(field, "too_long", format!("Use at most {most} characters."))];
    }
    Vec::new()
}

impl ContactView {
    /// The contact as it was given.
    pub fn of(contact: &Contact) -> Self {
        let Contact { name, email, phone } = contact.clone();
        Self { name, email, phone }
    }

    /// The contact for whoever may not see it. A name says whom one speaks of, and stays.
    fn masked(contact: &Contact) -> Self {
        Self {
            name: mask::text(&contact.name),
            email: mask::whole(&contact.email, mask::ADDRESS),
            phone: mask::whole(&contact.phone, mask::NUMBER),
        }
    }
}

/// Whether the caller sees the conversation's contacts: whoever may answer it.
pub fn sees_contacts(access: &Access, scope: Scope, owner: Option<UserId>) -> bool {
    may(access, "Conversation", "update", scope, owner)
}

/// The conversation as the caller sees it.
pub fn view(access: &Access, scope: Scope, conversation: Conversation) -> ConversationView {
    let owner = conversation.owner();
    let open = sees_contacts(access, scope, owner);
    let text = |text: String| if open { text } else { mask::text(&text) };
    let (last_sender, last_text) = conversation.last.unwrap_or_default();
    let contact = &conversation.contact;
    ConversationView {
        id: conversation.id,
        number: conversation.number,
        status: conversation.status.as_str().to_owned(),
        assigned_to: conversation.assigned.map(|(user, name)| Named { id: user.0, name }),
        channel: conversation.channel,
        language: conversation.language,
        contact: if open { ContactView::of(contact) } else { ContactView::masked(contact) },
        masked: !open,
        page: text(conversation.page),
        bot_version: conversation.bot_version,
        last_text: text(last_text),
        last_sender,
        waiting_since: conversation.waiting_since.map(Time),
        created_at: conversation.created_at.into(),
        last_at: conversation.last_at.into(),
        closed_at: conversation.closed_at.map(Time),
        can: abilities(access, "Conversation", &["read", "update", "delete"], scope, owner),
    }
}

/// Something said, as whoever sees its contacts or does not sees it.
pub fn message_view(message: ConversationMessage, open: bool) -> ConversationMessageView {
    let text = |text: String| if open { text } else { mask::text(&text) };
    ConversationMessageView {
        number: message.number,
        sender: message.sender,
        name: text(message.sender_name),
        text: text(message.text),
        choices: message.choices.into_iter().map(text).collect(),
        intent: message.intent,
        outcome: message.outcome,
        why: if open { message.why } else { mask::json(message.why) },
        delivery: message.delivery,
        at: message.created_at.into(),
    }
}
