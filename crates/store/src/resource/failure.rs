//! Failures that count against a limit; kept in the database, so that a restart forgives nothing.

use rolecall_access::Timestamp;

use crate::error::Result;
use crate::sql::query;
use crate::store::Store;

impl Store {
    /// How many failures of this kind the subject has in the window, and when the window ends.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn failures(
        &self,
        kind: &str,
        subject: &str,
        now: Timestamp,
        window_seconds: i64,
    ) -> Result<(u32, Timestamp)> {
        let row: Option<(i64, i64)> =
            query("SELECT failures, since FROM failure WHERE kind = $1 AND subject = $2 AND since > $3")
                .bind(kind)
                .bind(subject)
                .bind(now.plus_seconds(-window_seconds).0)
                .fetch_optional(&mut self.pool.read().await?)
                .await?;
        Ok(row.map_or((0, now), |(failures, since)| {
            (u32::try_from(failures).unwrap_or(u32::MAX), Timestamp(since).plus_seconds(window_seconds))
        }))
    }

    /// Counts one more for each subject, all in one step, and says how many there are of each now; windows that are over
    /// start anew, and those of others go.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_failures(
        &self,
        kind: &str,
        subjects: &[&str],
        now: Timestamp,
        window_seconds: i64,
    ) -> Result<Vec<u32>> {
        let (_writer, mut transaction) = self.write().await?;
        let over = now.plus_seconds(-window_seconds).0;
        query("DELETE FROM failure WHERE since <= $1").bind(over).execute(&mut transaction).await?;
        let mut counted = Vec::new();
        for subject in subjects {
            let (failures,): (i64,) = query(
                "INSERT INTO failure (kind, subject, failures, since) VALUES ($1, $2, 1, $3) \
                 ON CONFLICT (kind, subject) DO UPDATE SET failures = failure.failures + 1 RETURNING failures",
            )
            .bind(kind)
            .bind(*subject)
            .bind(now.0)
            .fetch_one(&mut transaction)
            .await?;
            counted.push(u32::try_from(failures).unwrap_or(u32::MAX));
        }
        transaction.commit().await?;
        Ok(counted)
    }

    /// Forgets a subject's failures (after a success of the account's own).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_failures(&self, kind: &str, subject: &str) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        query("DELETE FROM failure WHERE kind = $1 AND subject = $2")
            .bind(kind)
            .bind(subject)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
