//! How a visitor can be reached: given by the visitor, seen by whoever may answer.

use rolecall_access::{BotId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::error::Result;
use crate::fold::fold;
use crate::resource::integration::{NewEvent, tell};
use crate::sql::query;
use crate::store::Store;

/// How a visitor can be reached; what is empty was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// What they are called.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
}

impl Contact {
    fn folded(&self) -> String {
        [&self.name, &self.email, &self.phone].map(|part| fold(part)).join("\n")
    }
}

impl Store {
    /// Keeps how the visitor of a conversation can be reached: the visitor's own doing, who has proved that it is theirs.
    /// False: there is no such conversation.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_contact(&self, conversation: Uuid, contact: &Contact, now: Timestamp) -> Result<bool> {
        let (_writer, mut transaction) = self.write().await?;
        let changed: Option<(Uuid,)> = query(
            "UPDATE conversation SET contact_name = $2, contact_email = $3, contact_phone = $4, contact_folded = $5, \
             version = version + 1 WHERE id = $1 RETURNING bot_id",
        )
        .bind(conversation)
        .bind(&contact.name)
        .bind(&contact.email)
        .bind(&contact.phone)
        .bind(contact.folded())
        .fetch_optional(&mut transaction)
        .await?;
        if let Some((bot,)) = changed {
            let Contact { name, email, phone } = contact;
            let left = json!({ "name": name, "email": email, "phone": phone });
            let data = json!({ "bot": bot, "conversation": conversation, "contact": left });
            let event = NewEvent { bot: BotId(bot), conversation: Some(conversation), event: "contact.left", data };
            tell(&mut transaction, now, event).await?;
        }
        transaction.commit().await?;
        Ok(changed.is_some())
    }

    /// How the visitor of a conversation can be reached, for the visitor; none: there is no such conversation.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_contact(&self, conversation: Uuid) -> Result<Option<Contact>> {
        let row: Option<(String, String, String)> =
            query("SELECT contact_name, contact_email, contact_phone FROM conversation WHERE id = $1")
                .bind(conversation)
                .fetch_optional(&mut self.pool.read().await?)
                .await?;
        Ok(row.map(|(name, email, phone)| Contact { name, email, phone }))
    }
}
