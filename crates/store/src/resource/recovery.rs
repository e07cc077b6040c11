//! Recovery links: somebody who lost their password chooses a new one.

use rolecall_access::{Actor, Timestamp, UserId};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Denied, Update};
use crate::change::Change;
use crate::error::Result;
use crate::resource::account::{find_account, find_confirmed};
use crate::resource::{Account, Members, NewPassword};
use crate::sql::query;

impl Access {
    /// Whose link this is, while it is good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_recovery(&mut self, token_hash: &[u8; 32]) -> Result<Option<Account>> {
        let now = self.caller.now.0;
        let row: Option<(Uuid,)> = query("SELECT account_id FROM recovery WHERE token_hash = $1 AND expires_at > $2")
            .bind(&token_hash[..])
            .bind(now)
            .fetch_optional(self.transaction())
            .await?;
        match row {
            Some((id,)) => find_account(self.transaction(), UserId(id)).await,
            None => Ok(None),
        }
    }
}

impl Change {
    /// Makes a link for the confirmed account of this address, by anybody's asking: it goes to that address by mail and
    /// nowhere else. None: there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ask_recovery(
        &mut self,
        email: &str,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<Option<Account>> {
        let Some(id) = find_confirmed(self.transaction(), email).await? else { return Ok(None) };
        self.insert_recovery(id, token_hash, expires_at, "ask_recovery").await
    }

    /// Makes a link for a member, who gets it by mail; whoever starts it never sees it. None: their account is not
    /// confirmed yet.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn start_recovery(
        &mut self,
        member: &Authorized<Members, Update>,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<Option<Account>> {
        let account = find_account(self.transaction(), member.user).await?;
        if account.is_none_or(|account| account.verified_at.is_none()) {
            return Ok(None);
        }
        self.insert_recovery(member.user, token_hash, expires_at, "start_recovery").await
    }

    /// Makes a link for the confirmed account of this address; none: there is none.
    ///
    /// # Errors
    /// [`Denied`] for anybody but the operator.
    pub async fn create_recovery(
        &mut self,
        email: &str,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<Option<Account>> {
        if self.caller().actor != Actor::Operator {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        let Some(id) = find_confirmed(self.transaction(), email).await? else { return Ok(None) };
        self.insert_recovery(id, token_hash, expires_at, "recovery_link").await
    }

    async fn insert_recovery(
        &mut self,
        id: UserId,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
        action: &'static str,
    ) -> Result<Option<Account>> {
        let now = self.caller().now.0;
        // Dead links go when new ones come.
        query("DELETE FROM recovery WHERE expires_at <= $1").bind(now).execute(self.transaction()).await?;
        query("INSERT INTO recovery (token_hash, account_id, expires_at) VALUES ($1, $2, $3)")
            .bind(&token_hash[..])
            .bind(id.0)
            .bind(expires_at.0)
            .execute(self.transaction())
            .await?;
        let account = find_account(self.transaction(), id).await?;
        if let Some(account) = &account {
            self.audit_account(account, action, None);
        }
        Ok(account)
    }

    /// Uses the link up: sets the password and ends every session of the account. None: not (any more) good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn redeem_recovery(&mut self, token_hash: &[u8; 32], new: NewPassword<'_>) -> Result<Option<Account>> {
        let now = self.caller().now.0;
        let row: Option<(Uuid, i64)> =
            query("DELETE FROM recovery WHERE token_hash = $1 RETURNING account_id, expires_at")
                .bind(&token_hash[..])
                .fetch_optional(self.transaction())
                .await?;
        let Some((id, _)) = row.filter(|(_, expires_at)| now < *expires_at) else { return Ok(None) };
        let id = UserId(id);
        // One link at most is any good: the others of the account go with it.
        query("DELETE FROM recovery WHERE account_id = $1").bind(id.0).execute(self.transaction()).await?;
        self.set_password(id, new).await?;
        self.end_sessions_of(id, None).await?;
        let account = find_account(self.transaction(), id).await?;
        if let Some(account) = &account {
            self.act_as(account);
            self.audit_account(account, "recover", None);
        }
        Ok(account)
    }
}
