//! Connected accounts: what people connected at other services (P-15). A person's own; nobody else's permissions reach
//! them. Tokens come in sealed and go out sealed.
//!
//! The functions that take no proof and ask for no person are for whoever works with a connection on its person's behalf,
//! refreshing its tokens: they change nothing but those.

mod write;

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::error::Result;
use crate::resource::SessionId;
use crate::sql::query;

/// A connection's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub Uuid);

/// A connected account.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub user: UserId,
    /// The provider's key.
    pub provider: String,
    /// Who the person is there.
    pub subject: String,
    /// Their name there.
    pub name: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// The tokens.
    pub tokens: SealedTokens,
    /// How many pairs of tokens it has had.
    pub turn: i64,
    /// Until when a process refreshes them.
    pub refreshing_until: Option<Timestamp>,
    /// Since when the provider takes them no more.
    pub over_at: Option<Timestamp>,
    /// When it was first connected.
    pub created_at: Timestamp,
    /// When its person last gave the permission.
    pub renewed_at: Timestamp,
    /// When the provider last took the tokens.
    pub checked_at: Timestamp,
}

/// Tokens, sealed, and when the first one ends.
#[derive(Clone, Debug)]
pub struct SealedTokens {
    /// The access token.
    pub access: Vec<u8>,
    /// The refresh token, if there is one.
    pub refresh: Option<Vec<u8>>,
    /// When the access token ends; none: not known.
    pub expires_at: Option<Timestamp>,
}

/// A connection to be kept.
#[derive(Clone, Debug)]
pub struct NewConnection<'c> {
    /// Its id, of [`place_for_connection`](crate::Change::place_for_connection).
    pub id: ConnectionId,
    /// The provider's key.
    pub provider: &'c str,
    /// Who the person is there.
    pub subject: &'c str,
    /// Their name there.
    pub name: &'c str,
    /// What was granted.
    pub scopes: &'c [String],
    /// The tokens.
    pub tokens: SealedTokens,
}

/// What the audit log is told of a connection, before and after; no secrets.
#[derive(Clone, Debug)]
pub struct Told {
    /// As it was.
    pub before: serde_json::Value,
    /// As it is.
    pub after: serde_json::Value,
}

/// Somebody is led to a provider.
#[derive(Clone, Debug)]
pub struct NewAttempt<'a> {
    /// SHA-256 of the state.
    pub state_hash: [u8; 32],
    /// The session in which they come back.
    pub session: SessionId,
    /// The provider's key.
    pub provider: &'a str,
    /// The connection whose permissions are to be others.
    pub connection: Option<ConnectionId>,
    /// What is asked for.
    pub scopes: &'a [String],
    /// The verifier (RFC 7636), sealed.
    pub verifier: &'a [u8],
    /// Until when they come back.
    pub expires_at: Timestamp,
}

/// Somebody who came back.
#[derive(Clone, Debug)]
pub struct ConnectionAttempt {
    /// The provider's key.
    pub provider: String,
    /// The connection whose permissions are to be others.
    pub connection: Option<ConnectionId>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// The verifier, sealed.
    pub verifier: Vec<u8>,
}

#[derive(FromRow)]
struct ConnectionRow {
    id: Uuid,
    account_id: Uuid,
    provider: String,
    subject: String,
    name: String,
    scopes: String,
    access_token: Vec<u8>,
    refresh_token: Option<Vec<u8>>,
    expires_at: Option<i64>,
    turn: i64,
    refreshing_until: Option<i64>,
    over_at: Option<i64>,
    created_at: i64,
    renewed_at: i64,
    checked_at: i64,
}

impl From<ConnectionRow> for Connection {
    fn from(row: ConnectionRow) -> Self {
        Self {
            id: ConnectionId(row.id),
            user: UserId(row.account_id),
            provider: row.provider,
            subject: row.subject,
            name: row.name,
            scopes: split(&row.scopes),
            tokens: SealedTokens {
                access: row.access_token,
                refresh: row.refresh_token,
                expires_at: row.expires_at.map(Timestamp),
            },
            turn: row.turn,
            refreshing_until: row.refreshing_until.map(Timestamp),
            over_at: row.over_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            renewed_at: Timestamp(row.renewed_at),
            checked_at: Timestamp(row.checked_at),
        }
    }
}

fn split(scopes: &str) -> Vec<String> {
    scopes.split_whitespace().map(str::to_owned).collect()
}

impl Access {
    /// The caller's connections, oldest first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_connections(&mut self) -> Result<Vec<Connection>> {
        let user = self.own_id()?;
        let rows: Vec<ConnectionRow> = query(
            "SELECT id, account_id, provider, subject, name, scopes, access_token, refresh_token, expires_at, turn, \
             refreshing_until, over_at, created_at, renewed_at, checked_at FROM connection WHERE account_id = $1 \
             ORDER BY created_at, id",
        )
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(Connection::from).collect())
    }

    /// A connection of the caller's.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn find_own_connection(&mut self, id: ConnectionId) -> Result<Option<Connection>> {
        let user = self.own_id()?;
        Ok(self.find_connection(id).await?.filter(|found| found.user == user))
    }

    /// A connection, for whoever works with it on its person's behalf.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_connection(&mut self, id: ConnectionId) -> Result<Option<Connection>> {
        let row: Option<ConnectionRow> = query(
            "SELECT id, account_id, provider, subject, name, scopes, access_token, refresh_token, expires_at, turn, \
             refreshing_until, over_at, created_at, renewed_at, checked_at FROM connection WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(self.transaction())
        .await?;
        Ok(row.map(Connection::from))
    }

    /// Whether anybody here has connected that account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_connected(&mut self, provider: &str, subject: &str) -> Result<bool> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM connection WHERE provider = $1 AND subject = $2")
            .bind(provider)
            .bind(subject)
            .fetch_one(self.transaction())
            .await?;
        Ok(count > 0)
    }
}
