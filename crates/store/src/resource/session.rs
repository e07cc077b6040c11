//! Sessions: opaque 256-bit tokens, stored hashed.

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::account::find_account;
use crate::resource::factor::find_factors;
use crate::sql::{Query, query};
use crate::store::Store;

/// A session's id (not its token).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

/// A session with the name of its person.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When they last proved who they are.
    pub confirmed_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// From which network address.
    pub address: String,
    /// With which user agent.
    pub agent: String,
    /// Whether a second factor was proved in it.
    pub second_factor: bool,
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Whether a second factor was proved.
    pub second_factor: bool,
}

#[derive(FromRow)]
struct SessionRow {
    id: Uuid,
    account_id: Uuid,
    name: String,
    created_at: i64,
    last_seen_at: i64,
    confirmed_at: i64,
    expires_at: i64,
    address: String,
    agent: String,
    second_factor: bool,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId(row.id),
            user: UserId(row.account_id),
            name: row.name,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            confirmed_at: Timestamp(row.confirmed_at),
            expires_at: Timestamp(row.expires_at),
            address: row.address,
            agent: row.agent,
            second_factor: row.second_factor,
        }
    }
}

/// Seconds between two notes that a session, or a member, was seen.
const SEEN_EVERY_SECONDS: i64 = 60;

impl Store {
    /// The session of this token hash, if it has neither ended nor been idle for longer than `idle_seconds`, nor lacks
    /// the second factor that its account has by now; notes that it was seen (at most once a minute).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_session(
        &self,
        token_hash: &[u8; 32],
        now: Timestamp,
        idle_seconds: i64,
    ) -> Result<Option<Session>> {
        self.find_good_session(good("s.token_hash = $3", now, idle_seconds).bind(&token_hash[..]), now).await
    }

    /// The session that somebody shows a ticket of at the host, if it is good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_forward_session(
        &self,
        (ticket_hash, host): (&[u8; 32], &str),
        now: Timestamp,
        idle_seconds: i64,
    ) -> Result<Option<Session>> {
        let of_ticket = "s.id IN (SELECT session_id FROM forward_ticket WHERE token_hash = $3 AND host = $4)";
        self.find_good_session(good(of_ticket, now, idle_seconds).bind(&ticket_hash[..]).bind(host), now).await
    }

    async fn find_good_session(&self, query_of: Query, now: Timestamp) -> Result<Option<Session>> {
        let row: Option<SessionRow> = query_of.fetch_optional(&mut self.pool.read().await?).await?;
        let Some(session) = row.map(Session::from) else { return Ok(None) };
        if session.last_seen_at.plus_seconds(SEEN_EVERY_SECONDS) <= now {
            let (_writer, mut transaction) = self.write().await?;
            query("UPDATE session SET last_seen_at = $2 WHERE id = $1")
                .bind(session.id.0)
                .bind(now.0)
                .execute(&mut transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(Some(session))
    }
}

impl Store {
    /// Whether the session has neither ended nor been idle for longer than `idle_seconds`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn session_lives(&self, session: SessionId, now: Timestamp, idle_seconds: i64) -> Result<bool> {
        let row: Option<(Uuid,)> =
            query("SELECT id FROM session WHERE id = $1 AND expires_at > $2 AND last_seen_at > $3")
                .bind(session.0)
                .bind(now.0)
                .bind(now.plus_seconds(-idle_seconds).0)
                .fetch_optional(&mut self.pool.read().await?)
                .await?;
        Ok(row.is_some())
    }
}

/// The query for a session that is good and is this one.
fn good(which: &str, now: Timestamp, idle_seconds: i64) -> Query {
    let text = format!(
        "SELECT s.id, s.account_id, a.name, s.created_at, s.last_seen_at, s.confirmed_at, s.expires_at, s.address, \
         s.agent, s.second_factor FROM session s JOIN account a ON a.id = s.account_id \
         WHERE s.expires_at > $1 AND s.last_seen_at > $2 AND a.verified_at IS NOT NULL \
         AND (s.second_factor OR (NOT EXISTS (SELECT 1 FROM authenticator t WHERE t.account_id = a.id) \
         AND NOT EXISTS (SELECT 1 FROM passkey p WHERE p.account_id = a.id))) AND {which}"
    );
    query(text).bind(now.0).bind(now.plus_seconds(-idle_seconds).0)
}

impl Access {
    /// The caller's own sessions that have not ended, the one used last first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_sessions(&mut self, idle_seconds: i64) -> Result<Vec<Session>> {
        let (user, now) = (self.own_id()?, self.caller.now);
        let rows: Vec<SessionRow> = query(
            "SELECT s.id, s.account_id, a.name, s.created_at, s.last_seen_at, s.confirmed_at, s.expires_at, s.address, \
             s.agent, s.second_factor FROM session s JOIN account a ON a.id = s.account_id \
             WHERE s.account_id = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 ORDER BY s.last_seen_at DESC, s.id",
        )
        .bind(user.0)
        .bind(now.0)
        .bind(now.plus_seconds(-idle_seconds).0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }
}

impl Change {
    /// Makes a session. The caller has proved who they are.
    ///
    /// # Errors
    /// [`WrongState`](StoreError::WrongState) if the account has a second factor and it was not proved: whatever path
    /// leads here, none leads around it.
    pub async fn create_session(&mut self, new: NewSession) -> Result<SessionId> {
        if !new.second_factor && find_factors(self.transaction(), new.user).await?.is_on() {
            return Err(StoreError::WrongState("the second factor is missing; sign in with it"));
        }
        let id = self.new_id()?;
        let caller = self.caller().clone();
        query(
            "INSERT INTO session (id, token_hash, account_id, created_at, last_seen_at, confirmed_at, expires_at, \
             address, agent, second_factor) VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(&new.token_hash[..])
        .bind(new.user.0)
        .bind(caller.now.0)
        .bind(new.expires_at.0)
        .bind(&caller.address)
        .bind(&caller.agent)
        .bind(new.second_factor)
        .execute(self.transaction())
        .await?;
        // Dead sessions go when new ones come.
        query("DELETE FROM session WHERE expires_at <= $1").bind(caller.now.0).execute(self.transaction()).await?;
        if let Some(account) = find_account(self.transaction(), new.user).await? {
            self.act_as(&account);
            self.audit_account(&account, "sign_in", None);
        }
        Ok(SessionId(id))
    }

    /// The caller has just proved who they are again: their session goes on under a new token, the old one is void.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn confirm_own_session(&mut self, session: SessionId, token_hash: &[u8; 32]) -> Result<()> {
        let user = self.own_id()?;
        let now = self.caller().now.0;
        query("UPDATE session SET confirmed_at = $3, token_hash = $4 WHERE id = $1 AND account_id = $2")
            .bind(session.0)
            .bind(user.0)
            .bind(now)
            .bind(&token_hash[..])
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// Ends one of the caller's own sessions. False: they have none such.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn delete_own_session(&mut self, session: SessionId) -> Result<bool> {
        let account = self.own_account().await?;
        let ended = query("DELETE FROM session WHERE id = $1 AND account_id = $2")
            .bind(session.0)
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        if ended > 0 {
            self.end_session(session);
            self.audit_account(&account, "sign_out", None);
        }
        Ok(ended > 0)
    }

    /// Ends a session that another takes the place of in the same browser.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_replaced_session(&mut self, session: SessionId) -> Result<()> {
        let ended = query("DELETE FROM session WHERE id = $1").bind(session.0).execute(self.transaction()).await?;
        if ended > 0 {
            self.end_session(session);
        }
        Ok(())
    }

    /// Ends the caller's other sessions (all but `keep`).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn end_own_sessions(&mut self, keep: Option<SessionId>) -> Result<()> {
        let account = self.own_account().await?;
        self.end_sessions_of(account.id, keep).await?;
        self.audit_account(&account, "sign_out_everywhere", None);
        Ok(())
    }

    /// Ends all sessions of an account but one.
    pub(crate) async fn end_sessions_of(&mut self, user: UserId, keep: Option<SessionId>) -> Result<()> {
        let ended: Vec<(Uuid,)> =
            query("DELETE FROM session WHERE account_id = $1 AND id IS DISTINCT FROM $2 RETURNING id")
                .bind(user.0)
                .bind(keep.map(|session| session.0))
                .fetch_all(self.transaction())
                .await?;
        for (session,) in ended {
            self.end_session(SessionId(session));
        }
        Ok(())
    }
}
