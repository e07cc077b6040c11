//! How a visitor can be reached: given by the visitor, seen by whoever may answer.

use uuid::Uuid;

use crate::error::Result;
use crate::fold::fold;
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
    pub async fn set_contact(&self, conversation: Uuid, contact: &Contact) -> Result<bool> {
        let (_writer, mut transaction) = self.write().await?;
        let changed = query(
            "UPDATE conversation SET contact_name = $2, contact_email = $3, contact_phone = $4, contact_folded = $5, \
             version = version + 1 WHERE id = $1",
        )
        .bind(conversation)
        .bind(&contact.name)
        .bind(&contact.email)
        .bind(&contact.phone)
        .bind(contact.folded())
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(changed > 0)
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
