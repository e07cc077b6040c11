//! Conversations of a bot's visitors. The model is `Conversation`; the record that stands for them is the bot.

use crate::resource::bot::on_bot;

/// The resource `Conversation` (record: the bot).
pub struct Conversations;

on_bot!(Conversations, "Conversation");
