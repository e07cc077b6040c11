//! How somebody signed in here is known at a guarded host: a code that leads there once, and the ticket it is changed for.
//!
//! Both belong to a session and end with it. A ticket is looked at by forward authentication alone, so whoever gets hold
//! of one (a program that keeps what browsers send it) can do nothing with it here.

use rolecall_access::Timestamp;
use uuid::Uuid;

use crate::error::Result;
use crate::resource::SessionId;
use crate::sql::query;
use crate::store::Store;

/// A code to be made.
#[derive(Clone, Debug)]
pub struct ForwardCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// Whose session it carries on.
    pub session: SessionId,
    /// The host that it is good at.
    pub host: String,
    /// Where it leads in the end: path and query.
    pub target: String,
    /// SHA-256 of what the browser holds that began.
    pub challenge: [u8; 32],
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A code that is to be changed for a ticket.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The host at which it is shown.
    pub host: String,
    /// SHA-256 of what the browser holds; none: it holds a ticket already, good or not.
    pub challenge: Option<[u8; 32]>,
    /// SHA-256 of the ticket.
    pub ticket_hash: [u8; 32],
}

/// Where a code leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// There, with the ticket.
    Ticket(String),
    /// There, without: it was begun in another browser, or in another tab of this one, which has its ticket by now.
    Bare(String),
}

/// Seconds after which a newer ticket of the same session and host takes an older one's place.
const OVERLAP_SECONDS: i64 = 60;

impl Store {
    /// Keeps a code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_forward_code(&self, new: &ForwardCode, now: Timestamp) -> Result<()> {
        let (_writer, mut transaction) = self.write_beside().await?;
        // Dead codes go when new ones come.
        query("DELETE FROM forward_code WHERE expires_at <= $1").bind(now.0).execute(&mut transaction).await?;
        query(
            "INSERT INTO forward_code (code_hash, session_id, host, target, challenge, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&new.code_hash[..])
        .bind(new.session.0)
        .bind(&new.host)
        .bind(&new.target)
        .bind(&new.challenge[..])
        .bind(new.expires_at.0)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Changes a code for a ticket, in the browser that began; where it leads. None: it is not good here, or any more.
    /// Whether it is or not, it is used up.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn redeem_forward_code(&self, redemption: &Redemption, now: Timestamp) -> Result<Option<Redeemed>> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let row: Option<(Uuid, String, String, Vec<u8>, i64)> = query(
            "DELETE FROM forward_code WHERE code_hash = $1 RETURNING session_id, host, target, challenge, expires_at",
        )
        .bind(&redemption.code_hash[..])
        .fetch_optional(&mut transaction)
        .await?;
        let good = row.filter(|(_, host, _, _, ends)| *host == redemption.host && now.0 < *ends);
        let Some((session, host, target, challenge, _)) = good else {
            transaction.commit().await?;
            return Ok(None);
        };
        if redemption.challenge.is_none_or(|held| challenge[..] != held[..]) {
            transaction.commit().await?;
            return Ok(Some(Redeemed::Bare(target)));
        }
        query("DELETE FROM forward_ticket WHERE session_id = $1 AND host = $2 AND created_at <= $3")
            .bind(session)
            .bind(&host)
            .bind(now.plus_seconds(-OVERLAP_SECONDS).0)
            .execute(&mut transaction)
            .await?;
        query("INSERT INTO forward_ticket (token_hash, session_id, host, created_at) VALUES ($1, $2, $3, $4)")
            .bind(&redemption.ticket_hash[..])
            .bind(session)
            .bind(&host)
            .bind(now.0)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(Redeemed::Ticket(target)))
    }
}
