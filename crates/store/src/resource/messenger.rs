//! Pages of Facebook at which a bot answers in Messenger (`Channel`): connected, paused, removed. A page's token comes in
//! sealed and goes out sealed.
//!
//! What people write to a page waits in `event`; what is said to them goes out by `delivery`.

mod delivery;
mod event;
mod write;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Action, Authorized, Child, In, Place, Read, Resource};
use crate::error::Result;
use crate::paging::narrow;
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Bots};
use crate::sql::{Transaction, query};

pub use delivery::{DueDelivery, Undelivered};
pub use event::{EventKind, MessengerEvent, NewMessengerEvent, PeerVisit};
pub use write::NewMessengerChannel;

/// A page at which a bot answers.
#[derive(Clone, Debug)]
pub struct MessengerChannel {
    /// Its id.
    pub id: Uuid,
    /// The page's id at Facebook.
    pub page: String,
    /// Its name there.
    pub page_name: String,
    /// The page's token, sealed; none: the account that gave it was disconnected.
    pub token: Option<Vec<u8>>,
    /// Who connected it.
    pub connected_by: Option<(UserId, String)>,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Why it does not work; empty: it does.
    pub fault: String,
    /// Since when.
    pub fault_at: Option<Timestamp>,
    /// When it was connected.
    pub created_at: Timestamp,
}

/// A page with its bot.
#[derive(Clone, Debug)]
pub struct HeldMessengerChannel {
    /// The bot.
    pub bot: Bot,
    /// The page.
    pub channel: MessengerChannel,
}

/// The resource `Channel`: a page of a bot's.
pub struct MessengerChannels;

impl Resource for MessengerChannels {
    type Id = (BotId, Uuid);
    type Record = HeldMessengerChannel;
    const MODEL: &'static str = "Channel";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<HeldMessengerChannel>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let channel = find_channel(transaction, bot.id, id).await?;
        Ok(channel.map(|channel| HeldMessengerChannel { bot, channel }))
    }

    fn place(record: &HeldMessengerChannel) -> Place {
        let owner = record.channel.connected_by.as_ref().map(|(user, _)| *user);
        Place { scope: Scope::Bot(record.bot.id), owner }
    }
}

impl Child for MessengerChannels {
    type Parent = Bots;
}

#[derive(FromRow)]
struct ChannelRow {
    id: Uuid,
    page: String,
    page_name: String,
    page_token: Option<Vec<u8>>,
    connection_id: Option<Uuid>,
    connected_by: Option<Uuid>,
    connected_by_name: Option<String>,
    paused_at: Option<i64>,
    fault: String,
    fault_at: Option<i64>,
    created_at: i64,
}

impl From<ChannelRow> for MessengerChannel {
    fn from(row: ChannelRow) -> Self {
        Self {
            id: row.id,
            page: row.page,
            page_name: row.page_name,
            // Whoever is gone took along what they gave.
            token: row.page_token.filter(|_| row.connection_id.is_some()),
            connected_by: row.connected_by.map(UserId).zip(row.connected_by_name),
            paused_at: row.paused_at.map(Timestamp),
            fault: row.fault,
            fault_at: row.fault_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
        }
    }
}

const SELECT: &str = "SELECT m.id, m.page, m.page_name, m.page_token, m.connection_id, m.connected_by, \
    a.name AS connected_by_name, m.paused_at, m.fault, m.fault_at, m.created_at FROM messenger_channel m \
    LEFT JOIN account a ON a.id = m.connected_by WHERE m.bot_id = ";

async fn find_channel(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<MessengerChannel>> {
    let mut query = query(SELECT);
    query.push_bind(bot.0).push(" AND m.id = ").push_bind(id);
    let row: Option<ChannelRow> = query.fetch_optional(transaction).await?;
    Ok(row.map(MessengerChannel::from))
}

impl Access {
    /// The bot's pages that the caller reads, in the order in which they were connected.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_messenger_channels(
        &mut self,
        within: &Authorized<In<MessengerChannels>, Read>,
    ) -> Result<Vec<MessengerChannel>> {
        let mut query = query(SELECT);
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "m.connected_by");
        query.push(" ORDER BY m.created_at, m.id");
        let rows: Vec<ChannelRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(MessengerChannel::from).collect())
    }

    /// At which bot the page is, whoever's that is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_page_bot<A: Action>(
        &mut self,
        _within: &Authorized<In<MessengerChannels>, A>,
        page: &str,
    ) -> Result<Option<BotId>> {
        let row: Option<(Uuid,)> = query("SELECT bot_id FROM messenger_channel WHERE page = $1")
            .bind(page)
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(bot,)| BotId(bot)))
    }
}
