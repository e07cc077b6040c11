//! Pages of Facebook at bots: writes.

use rolecall_access::BotId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{HeldMessengerChannel, MessengerChannel, MessengerChannels, find_channel};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::ConnectionId;
use crate::resource::bot::find_bot;
use crate::resource::organization::gone;
use crate::sql::query;

/// A page to be connected.
#[derive(Clone, Debug)]
pub struct NewMessengerChannel<'n> {
    /// Its id, of [`place_for_page`](Change::place_for_page).
    pub id: Uuid,
    /// The page's id at Facebook.
    pub page: &'n str,
    /// Its name there.
    pub page_name: &'n str,
    /// Its token, sealed.
    pub token: Vec<u8>,
    /// The account that gave it.
    pub connection: Option<ConnectionId>,
}

impl Change {
    /// The id under which the page is at the bot already, or the one that it will have: what its token is sealed for; and
    /// whether it is there already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn place_for_page(
        &mut self,
        within: &Authorized<In<MessengerChannels>, Create>,
        page: &str,
    ) -> Result<(Uuid, bool)> {
        let there: Option<(Uuid,)> = query("SELECT id FROM messenger_channel WHERE bot_id = $1 AND page = $2")
            .bind(within.id.0)
            .bind(page)
            .fetch_optional(self.transaction())
            .await?;
        Ok(match there {
            Some((id,)) => (id, true),
            None => (self.new_id()?, false),
        })
    }

    /// Connects the page; one that is at the bot already works again, with the new token: call this with
    /// leave to update it, too.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `page_id`: it is at another bot.
    pub async fn connect_page(
        &mut self,
        within: &Authorized<In<MessengerChannels>, Create>,
        new: NewMessengerChannel<'_>,
    ) -> Result<MessengerChannel> {
        let (now, by) = (self.caller().now.0, self.given_by());
        let had = find_channel(self.transaction(), within.id, new.id).await?;
        query(
            "INSERT INTO messenger_channel (id, bot_id, page, page_name, page_token, connection_id, connected_by, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
             page_name = excluded.page_name, page_token = excluded.page_token, connection_id = excluded.connection_id, \
             connected_by = excluded.connected_by, fault = '', fault_at = NULL, rests_until = 0",
        )
        .bind(new.id)
        .bind(within.id.0)
        .bind(new.page)
        .bind(new.page_name)
        .bind(&new.token)
        .bind(new.connection.map(|id| id.0))
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("page_id"))?;
        let action = if had.is_some() { "reconnect_page" } else { "connect_page" };
        let entry = AuditEntry::done(within.organization, action, "Channel", within.id.0, &within.name);
        self.audit(entry.with(told(new.page, new.page_name)));
        find_channel(self.transaction(), within.id, new.id).await?.ok_or_else(gone)
    }

    /// Lets the bot be silent at the page, or answer again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn pause_page(
        &mut self,
        of: &Authorized<MessengerChannels, Update>,
        paused: bool,
    ) -> Result<MessengerChannel> {
        let HeldMessengerChannel { bot, channel } = of.record();
        let now = self.caller().now.0;
        if channel.paused_at.is_some() != paused {
            query("UPDATE messenger_channel SET paused_at = $2 WHERE id = $1")
                .bind(channel.id)
                .bind(paused.then_some(now))
                .execute(self.transaction())
                .await?;
            let action = if paused { "pause_page" } else { "resume_page" };
            let entry = AuditEntry::done(bot.organization, action, "Channel", bot.id.0, &bot.name);
            self.audit(entry.with(told(&channel.page, &channel.page_name)));
        }
        find_channel(self.transaction(), bot.id, channel.id).await?.ok_or_else(gone)
    }

    /// Takes the page off the bot; what was said there stays.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn disconnect_page(&mut self, of: &Authorized<MessengerChannels, Delete>) -> Result<()> {
        let HeldMessengerChannel { bot, channel } = of.record();
        query("DELETE FROM messenger_channel WHERE id = $1").bind(channel.id).execute(self.transaction()).await?;
        let entry = AuditEntry::done(bot.organization, "disconnect_page", "Channel", bot.id.0, &bot.name);
        self.audit(entry.changed(told(&channel.page, &channel.page_name), Value::Null));
        Ok(())
    }

    /// Facebook takes the page's token no more, or a permission is gone: nothing is sent there until somebody connects it
    /// anew. False: there is a newer token, or it was known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lose_page(&mut self, bot: BotId, id: Uuid, token: &[u8], fault: &'static str) -> Result<bool> {
        let now = self.caller().now.0;
        let lost = query(
            "UPDATE messenger_channel SET fault = $3, fault_at = $4 WHERE id = $1 AND page_token = $2 AND fault = ''",
        )
        .bind(id)
        .bind(token)
        .bind(fault)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if lost > 0
            && let Some(bot) = find_bot(self.transaction(), bot).await?
            && let Some(channel) = find_channel(self.transaction(), bot.id, id).await?
        {
            let entry = AuditEntry::done(bot.organization, "lose_page", "Channel", bot.id.0, &bot.name);
            self.audit(entry.with(told(&channel.page, &channel.page_name)));
        }
        Ok(lost > 0)
    }
}

/// What the audit log says of a page.
fn told(page: &str, name: &str) -> Value {
    json!({ "page": name, "page_id": page })
}
