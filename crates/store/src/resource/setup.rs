//! The set-up of an empty installation, by a one-time token.

use crate::change::Change;
use crate::error::Result;
use crate::sql::query;
use crate::store::Store;
use rolecall_access::{Actor, Timestamp};

impl Store {
    /// Whether there is no organization yet.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_empty(&self) -> Result<bool> {
        let (any,): (bool,) =
            query("SELECT EXISTS (SELECT 1 FROM organization)").fetch_one(&mut self.pool.read().await?).await?;
        Ok(!any)
    }

    /// Sets the token's hash, in place of any before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_setup_token(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        query(
            "INSERT INTO setup_token (only_row, token_hash, created_at) VALUES (1, $1, $2) \
             ON CONFLICT (only_row) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at",
        )
        .bind(&token_hash[..])
        .bind(now.0)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The sealed text by which the installation's key is known again: the one kept, else this one from here on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn key_check(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let kept: Option<(Vec<u8>,)> =
            query("SELECT sealed FROM key_check").fetch_optional(&mut self.pool.read().await?).await?;
        if let Some((kept,)) = kept {
            return Ok(kept);
        }
        let (_writer, mut transaction) = self.write().await?;
        query("INSERT INTO key_check (only_row, sealed) VALUES (1, $1) ON CONFLICT (only_row) DO NOTHING")
            .bind(sealed)
            .execute(&mut transaction)
            .await?;
        let (kept,): (Vec<u8>,) = query("SELECT sealed FROM key_check").fetch_one(&mut transaction).await?;
        transaction.commit().await?;
        Ok(kept)
    }

    /// Whether this is the token.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_setup_token(&self, token_hash: &[u8; 32]) -> Result<bool> {
        let (known,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM setup_token WHERE token_hash = $1)")
            .bind(&token_hash[..])
            .fetch_one(&mut self.pool.read().await?)
            .await?;
        Ok(known)
    }
}

impl Change {
    /// Uses the token up: from here on the change is the operator's. False: no such token (or used already).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn redeem_setup_token(&mut self, token_hash: &[u8; 32]) -> Result<bool> {
        let used = query("DELETE FROM setup_token WHERE token_hash = $1 AND NOT EXISTS (SELECT 1 FROM organization)")
            .bind(&token_hash[..])
            .execute(self.transaction())
            .await?;
        let redeemed = used > 0;
        if redeemed {
            self.act_as_operator();
            self.on_behalf_of(Actor::Operator);
        }
        Ok(redeemed)
    }
}
