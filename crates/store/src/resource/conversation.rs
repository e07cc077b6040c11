//! Conversations of a bot's visitors. The model is `Conversation`; the record that stands for them is the bot.

use rolecall_access::{BotId, Directory};

use crate::authorize::{Place, Resource};
use crate::caller::Caller;
use crate::error::Result;
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Bots};
use crate::sql::Transaction;

/// The resource `Conversation` (record: the bot).
pub struct Conversations;

impl Resource for Conversations {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "Conversation";

    async fn find(transaction: &mut Transaction, id: BotId) -> Result<Option<Bot>> {
        find_bot(transaction, id).await
    }

    fn place(record: &Bot) -> Place {
        Bots::place(record)
    }

    fn readable(record: &Bot, directory: &Directory, caller: &Caller) -> bool {
        Bots::readable(record, directory, caller)
    }
}
