//! Connected accounts: writes.

use rolecall_access::Timestamp;
use uuid::Uuid;

use super::{Connection, ConnectionAttempt, ConnectionId, NewAttempt, NewConnection, SealedTokens, Told, split};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::SessionId;
use crate::resource::account::find_account;
use crate::sql::query;

/// Provider, connection, scopes, verifier, end.
type AttemptRow = (String, Option<Uuid>, String, Vec<u8>, i64);

impl Change {
    /// Keeps that the caller is led to a provider. Of one session, the last ten can come back.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn begin_connection(&mut self, new: NewAttempt<'_>) -> Result<()> {
        self.own_id()?;
        let now = self.caller().now.0;
        query("DELETE FROM connection_attempt WHERE expires_at <= $1").bind(now).execute(self.transaction()).await?;
        query(
            "DELETE FROM connection_attempt WHERE session_id = $1 AND state_hash NOT IN (SELECT state_hash FROM \
             connection_attempt WHERE session_id = $1 ORDER BY expires_at DESC LIMIT 9)",
        )
        .bind(new.session.0)
        .execute(self.transaction())
        .await?;
        query(
            "INSERT INTO connection_attempt (state_hash, session_id, provider, connection_id, scopes, verifier, \
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&new.state_hash[..])
        .bind(new.session.0)
        .bind(new.provider)
        .bind(new.connection.map(|id| id.0))
        .bind(new.scopes.join(" "))
        .bind(new.verifier)
        .bind(new.expires_at.0)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// The caller came back in this session: uses the attempt up. None: it is not (any more) good, or another session's.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn take_connection_attempt(
        &mut self,
        state_hash: &[u8; 32],
        session: SessionId,
    ) -> Result<Option<ConnectionAttempt>> {
        self.own_id()?;
        let now = self.caller().now.0;
        let row: Option<AttemptRow> = query(
            "DELETE FROM connection_attempt WHERE state_hash = $1 AND session_id = $2 \
             RETURNING provider, connection_id, scopes, verifier, expires_at",
        )
        .bind(&state_hash[..])
        .bind(session.0)
        .fetch_optional(self.transaction())
        .await?;
        let good = row.filter(|(.., expires_at)| now < *expires_at);
        Ok(good.map(|(provider, connection, scopes, verifier, _)| ConnectionAttempt {
            provider,
            connection: connection.map(ConnectionId),
            scopes: split(&scopes),
            verifier,
        }))
    }

    /// The caller's connection to that account, or the id that a new one will have: what its tokens are sealed for.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn place_for_connection(
        &mut self,
        provider: &str,
        subject: &str,
    ) -> Result<(ConnectionId, Option<Connection>)> {
        let there = self.list_own_connections().await?;
        match there.into_iter().find(|one| one.provider == provider && one.subject == subject) {
            Some(found) => Ok((found.id, Some(found))),
            None => Ok((ConnectionId(self.new_id()?), None)),
        }
    }

    /// Keeps a connection of the caller's with its new tokens; one there already is renewed.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn keep_connection(&mut self, new: NewConnection<'_>, told: Told) -> Result<()> {
        let account = self.own_account().await?;
        let now = self.caller().now.0;
        let action = if told.before.is_null() { "connect_account" } else { "change_connected_account" };
        query(
            "INSERT INTO connection (id, account_id, provider, subject, name, scopes, access_token, refresh_token, \
             expires_at, created_at, renewed_at, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, scopes = excluded.scopes, \
             access_token = excluded.access_token, refresh_token = excluded.refresh_token, \
             expires_at = excluded.expires_at, turn = connection.turn + 1, refreshing_until = NULL, over_at = NULL, \
             renewed_at = excluded.renewed_at, checked_at = excluded.checked_at",
        )
        .bind(new.id.0)
        .bind(account.id.0)
        .bind(new.provider)
        .bind(new.subject)
        .bind(new.name)
        .bind(new.scopes.join(" "))
        .bind(&new.tokens.access)
        .bind(new.tokens.refresh)
        .bind(new.tokens.expires_at.map(|at| at.0))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("account"))?;
        self.audit_account(&account, action, Some((told.before, told.after)));
        Ok(())
    }

    /// Takes a connection of the caller's away. False: they have none such.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn delete_own_connection(&mut self, id: ConnectionId, told: Told) -> Result<bool> {
        let account = self.own_account().await?;
        // What it gave is not gone on with: pages of its person's wait for another account.
        query(
            "UPDATE messenger_channel SET page_token = NULL, fault = 'token', fault_at = $3 WHERE connection_id = $1 \
             AND EXISTS (SELECT 1 FROM connection c WHERE c.id = $1 AND c.account_id = $2)",
        )
        .bind(id.0)
        .bind(account.id.0)
        .bind(self.caller().now.0)
        .execute(self.transaction())
        .await?;
        let gone = query("DELETE FROM connection WHERE id = $1 AND account_id = $2")
            .bind(id.0)
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        if gone > 0 {
            self.audit_account(&account, "disconnect_account", Some((told.before, told.after)));
        }
        Ok(gone > 0)
    }

    /// Claims the refreshing of the tokens of this turn for one process, until then. False: another has claimed it, or
    /// there are newer ones.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_refresh(&mut self, of: &Connection, until: Timestamp) -> Result<bool> {
        let now = self.caller().now.0;
        let claimed = query(
            "UPDATE connection SET refreshing_until = $3 WHERE id = $1 AND turn = $2 AND over_at IS NULL \
             AND (refreshing_until IS NULL OR refreshing_until <= $4)",
        )
        .bind(of.id.0)
        .bind(of.turn)
        .bind(until.0)
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(claimed > 0)
    }

    /// Gives the claim up: the tokens stay as they are.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn release_refresh(&mut self, of: &Connection) -> Result<()> {
        query("UPDATE connection SET refreshing_until = NULL WHERE id = $1 AND turn = $2")
            .bind(of.id.0)
            .bind(of.turn)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// Puts refreshed tokens in place of those of this turn. False: the connection is gone, or has newer ones.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_refreshed(&mut self, of: &Connection, tokens: SealedTokens, scopes: &[String]) -> Result<bool> {
        let now = self.caller().now.0;
        let kept = query(
            "UPDATE connection SET access_token = $3, refresh_token = $4, expires_at = $5, scopes = $6, turn = turn + 1, \
             refreshing_until = NULL, checked_at = $7 WHERE id = $1 AND turn = $2",
        )
        .bind(of.id.0)
        .bind(of.turn)
        .bind(&tokens.access)
        .bind(tokens.refresh)
        .bind(tokens.expires_at.map(|at| at.0))
        .bind(scopes.join(" "))
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(kept > 0)
    }

    /// The provider has just taken the access token, and calls its person so.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_connection_works(&mut self, of: &Connection, name: &str) -> Result<()> {
        let now = self.caller().now.0;
        query("UPDATE connection SET checked_at = $2, name = $3 WHERE id = $1")
            .bind(of.id.0)
            .bind(now)
            .bind(name)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// The provider takes the tokens of this turn no more: the person has to connect again. False: there are newer ones,
    /// or it was known.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_connection(&mut self, of: &Connection, told: Told) -> Result<bool> {
        let now = self.caller().now.0;
        let ended = query(
            "UPDATE connection SET over_at = $3, refreshing_until = NULL WHERE id = $1 AND turn = $2 AND over_at IS NULL",
        )
        .bind(of.id.0)
        .bind(of.turn)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if ended > 0
            && let Some(account) = find_account(self.transaction(), of.user).await?
        {
            self.audit_account(&account, "lose_connected_account", Some((told.before, told.after)));
        }
        Ok(ended > 0)
    }
}
