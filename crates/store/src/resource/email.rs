//! Changing the address of one's account: confirmed from the new one, undone from the old one for a week.

use rolecall_access::{Timestamp, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::Account;
use crate::resource::account::{find_account, find_confirmed};
use crate::sql::query;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailLink {
    /// To take the address it was sent to.
    Confirm,
    /// To go back to the address it was sent to.
    Undo,
}

impl EmailLink {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Undo => "undo",
        }
    }
}

impl Access {
    /// The address that the link is about, while it is good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_email_link(&mut self, purpose: EmailLink, token_hash: &[u8; 32]) -> Result<Option<String>> {
        let now = self.caller.now.0;
        let row: Option<(String,)> =
            query("SELECT email FROM email_link WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3")
                .bind(&token_hash[..])
                .bind(purpose.as_str())
                .bind(now)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(email,)| email))
    }
}

impl Change {
    /// The caller wants another address; in place of a wish before. False: it belongs to a confirmed account already, and
    /// nothing is kept.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn ask_email(&mut self, email: &str, token_hash: &[u8; 32], expires_at: Timestamp) -> Result<bool> {
        let account = self.own_account().await?;
        if find_confirmed(self.transaction(), email).await?.is_some() {
            return Ok(false);
        }
        query("DELETE FROM email_link WHERE account_id = $1 AND purpose = $2")
            .bind(account.id.0)
            .bind(EmailLink::Confirm.as_str())
            .execute(self.transaction())
            .await?;
        self.insert_email_link(account.id, EmailLink::Confirm, email, (token_hash, expires_at)).await?;
        self.audit_account(&account, "ask_email", None);
        Ok(true)
    }

    /// The address of the link is the account's from here on; the old one gets a way back. The account as it was and as it
    /// is; none: the link is not (any more) good.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `email` if somebody else confirmed it meanwhile.
    pub async fn confirm_email(
        &mut self,
        token_hash: &[u8; 32],
        (undo_hash, undo_until): (&[u8; 32], Timestamp),
    ) -> Result<Option<(Account, Account)>> {
        let Some((before, email)) = self.take_email_link(EmailLink::Confirm, token_hash).await? else {
            return Ok(None);
        };
        self.insert_email_link(before.id, EmailLink::Undo, &before.email, (undo_hash, undo_until)).await?;
        let after = self.set_email(&before, &email, "change_email").await?;
        // What was mailed to the old address opens nothing any more.
        query("DELETE FROM recovery WHERE account_id = $1").bind(after.id.0).execute(self.transaction()).await?;
        Ok(Some((before, after)))
    }

    /// Back to the address of the link; every session ends, and what was begun with the other address is void. None: the
    /// link is not (any more) good.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `email` if somebody else has it by now.
    pub async fn undo_email(&mut self, token_hash: &[u8; 32]) -> Result<Option<Account>> {
        let Some((before, email)) = self.take_email_link(EmailLink::Undo, token_hash).await? else { return Ok(None) };
        let after = self.set_email(&before, &email, "undo_email").await?;
        for table in ["email_link", "recovery", "sign_in_step"] {
            query(format!("DELETE FROM {table} WHERE account_id = $1"))
                .bind(after.id.0)
                .execute(self.transaction())
                .await?;
        }
        self.end_sessions_of(after.id, None).await?;
        Ok(Some(after))
    }

    async fn insert_email_link(
        &mut self,
        user: UserId,
        purpose: EmailLink,
        email: &str,
        (token_hash, expires_at): (&[u8; 32], Timestamp),
    ) -> Result<()> {
        let now = self.caller().now.0;
        query("DELETE FROM email_link WHERE expires_at <= $1").bind(now).execute(self.transaction()).await?;
        query(
            "INSERT INTO email_link (token_hash, account_id, purpose, email, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&token_hash[..])
        .bind(user.0)
        .bind(purpose.as_str())
        .bind(email)
        .bind(expires_at.0)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    async fn take_email_link(
        &mut self,
        purpose: EmailLink,
        token_hash: &[u8; 32],
    ) -> Result<Option<(Account, String)>> {
        let now = self.caller().now.0;
        let row: Option<(Uuid, String, i64)> = query(
            "DELETE FROM email_link WHERE token_hash = $1 AND purpose = $2 RETURNING account_id, email, expires_at",
        )
        .bind(&token_hash[..])
        .bind(purpose.as_str())
        .fetch_optional(self.transaction())
        .await?;
        let Some((id, email, _)) = row.filter(|(_, _, expires_at)| now < *expires_at) else { return Ok(None) };
        Ok(find_account(self.transaction(), UserId(id)).await?.map(|account| (account, email)))
    }

    async fn set_email(&mut self, before: &Account, email: &str, action: &'static str) -> Result<Account> {
        let now = self.caller().now.0;
        query("UPDATE account SET email = $2, email_folded = $3, updated_at = $4, version = version + 1 WHERE id = $1")
            .bind(before.id.0)
            .bind(email)
            .bind(fold(email))
            .bind(now)
            .execute(self.transaction())
            .await
            .map_err(StoreError::duplicate("email"))?;
        self.touch(Unit::Account(before.id));
        let after = find_account(self.transaction(), before.id).await?;
        let after = after.ok_or_else(|| StoreError::Damaged("no account".to_owned()))?;
        self.act_as(&after);
        let fields = (json!({ "email": before.email }), json!({ "email": after.email }));
        self.audit_account(&after, action, Some(fields));
        Ok(after)
    }
}
