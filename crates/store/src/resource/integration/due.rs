//! The outbox of deliveries, for the server's own work: claiming what is due, and noting how it went.

use rolecall_access::{BotId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::new_id;
use crate::sql::query;
use crate::store::Store;

/// Deliveries of one webhook that are sent at the same time: one that is slow takes no more places from the others.
const ABREAST: i64 = 4;
/// Deliveries deleted at once.
const MOST: i64 = 500;

/// A delivery that this process has claimed.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// By what this process knows itself.
    pub claim: Uuid,
    /// Its webhook.
    pub integration: Uuid,
    /// The bot of that.
    pub bot: BotId,
    /// Address, headers and secret, sealed.
    pub sealed: Vec<u8>,
    /// What it tells of.
    pub event: String,
    /// What is told, as JSON.
    pub data: String,
    /// How often it was sent before.
    pub attempts: i64,
    /// When it happened.
    pub created_at: Timestamp,
}

/// How an attempt went.
#[derive(Clone, Debug, Default)]
pub struct Attempted {
    /// Whether it arrived.
    pub arrived: bool,
    /// When it is sent again, where it did not arrive; none: it is given up.
    pub again_at: Option<Timestamp>,
    /// The status of the answer.
    pub http_status: Option<i64>,
    /// How long it took, in microseconds.
    pub took: i64,
    /// How the answer begins.
    pub answer: String,
    /// What kept it from coming.
    pub fault: String,
}

/// How a webhook stands after an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Attempts that failed since the last one that did not.
    pub failures: i64,
    /// Since when.
    pub failing_since: Option<Timestamp>,
}

#[derive(FromRow)]
struct DueRow {
    id: Uuid,
    integration_id: Uuid,
    bot_id: Uuid,
    sealed: Vec<u8>,
    event: String,
    data: String,
    attempts: i64,
    created_at: i64,
}

impl Store {
    /// Claims deliveries that are due, the oldest first, until that time: no other process sends them meanwhile. What a
    /// process that ended has claimed is free after that.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_deliveries(&self, now: Timestamp, until: Timestamp, limit: usize) -> Result<Vec<Due>> {
        let due: Option<(i64,)> =
            query("SELECT next_at FROM delivery WHERE status = 'waiting' AND next_at <= $1 LIMIT 1")
                .bind(now.0)
                .fetch_optional(&mut self.pool.read().await?)
                .await?;
        if due.is_none() || limit == 0 {
            return Ok(Vec::new());
        }
        let claim = new_id(now)?;
        let (_writer, mut transaction) = self.write_beside().await?;
        // What another process has claimed meanwhile is not claimed again: the conditions are asked once more of each row.
        query(
            "UPDATE delivery SET claim = $1, claimed_until = $2 WHERE status = 'waiting' AND claimed_until < $3 \
             AND next_at <= $3 AND id IN (SELECT w.id FROM (SELECT d.id, d.next_at, d.claimed_until, ROW_NUMBER() OVER \
             (PARTITION BY d.integration_id ORDER BY d.claimed_until DESC, d.next_at, d.id) AS place FROM delivery d \
             JOIN integration i ON i.id = d.integration_id WHERE d.status = 'waiting' AND d.next_at <= $3 \
             AND i.status = 'active') w WHERE w.place <= $4 AND w.claimed_until < $3 ORDER BY w.next_at, w.id LIMIT $5)",
        )
        .bind(claim)
        .bind(until.0)
        .bind(now.0)
        .bind(ABREAST)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .execute(&mut transaction)
        .await?;
        let rows: Vec<DueRow> = query(
            "SELECT d.id, d.integration_id, i.bot_id, i.sealed, d.event, d.data, d.attempts, d.created_at \
             FROM delivery d JOIN integration i ON i.id = d.integration_id WHERE d.claim = $1 ORDER BY d.next_at, d.id",
        )
        .bind(claim)
        .fetch_all(&mut transaction)
        .await?;
        transaction.commit().await?;
        let due = |row: DueRow| Due {
            id: row.id,
            claim,
            integration: row.integration_id,
            bot: BotId(row.bot_id),
            sealed: row.sealed,
            event: row.event,
            data: row.data,
            attempts: row.attempts,
            created_at: Timestamp(row.created_at),
        };
        Ok(rows.into_iter().map(due).collect())
    }

    /// Notes how an attempt went, if it is still the process's own (someone may have had it sent again); how the webhook
    /// stands then.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_attempt(&self, due: (Uuid, Uuid), attempted: &Attempted, now: Timestamp) -> Result<Standing> {
        let status = match (attempted.arrived, attempted.again_at) {
            (true, _) => "delivered",
            (false, Some(_)) => "waiting",
            (false, None) => "failed",
        };
        let (_writer, mut transaction) = self.write_beside().await?;
        let noted: Option<(Uuid,)> = query(
            "UPDATE delivery SET status = $3, attempts = attempts + 1, next_at = COALESCE($4, next_at), sent_at = $5, \
             http_status = $6, took = $7, answer = $8, fault = $9, claim = NULL, claimed_until = 0 \
             WHERE id = $1 AND claim = $2 RETURNING integration_id",
        )
        .bind(due.0)
        .bind(due.1)
        .bind(status)
        .bind(attempted.again_at.map(|at| at.0))
        .bind(now.0)
        .bind(attempted.http_status)
        .bind(attempted.took)
        .bind(&attempted.answer)
        .bind(&attempted.fault)
        .fetch_optional(&mut transaction)
        .await?;
        let Some((integration,)) = noted else { return Ok(Standing::default()) };
        let standing: Option<(i64, Option<i64>)> = if attempted.arrived {
            // Most find nothing to change, and lock nothing.
            query("UPDATE integration SET failures = 0, failing_since = NULL WHERE id = $1 AND failures > 0")
                .bind(integration)
                .execute(&mut transaction)
                .await?;
            None
        } else {
            query(
                "UPDATE integration SET failures = failures + 1, failing_since = COALESCE(failing_since, $2) \
                 WHERE id = $1 RETURNING failures, failing_since",
            )
            .bind(integration)
            .bind(now.0)
            .fetch_optional(&mut transaction)
            .await?
        };
        transaction.commit().await?;
        let standing = standing.unwrap_or_default();
        Ok(Standing { failures: standing.0, failing_since: standing.1.map(Timestamp) })
    }

    /// Deletes some of the deliveries of before that instant; how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_old_deliveries(&self, before: Timestamp) -> Result<u64> {
        let old: Option<(i64,)> = query("SELECT created_at FROM delivery WHERE created_at < $1 LIMIT 1")
            .bind(before.0)
            .fetch_optional(&mut self.pool.read().await?)
            .await?;
        if old.is_none() {
            return Ok(0);
        }
        let (_writer, mut transaction) = self.write_beside().await?;
        let deleted = query(
            "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        )
        .bind(before.0)
        .bind(MOST)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(deleted)
    }
}
