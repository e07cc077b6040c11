//! The outbox: mails to be sent, written with the change that asks for them.

use rolecall_access::{OrganizationId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::change::Change;
use crate::error::Result;
use crate::resource::InvitationId;
use crate::sql::query;
use crate::store::Store;

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What kind of mail it is (`invitation`, …).
    pub kind: &'static str,
    /// The organization it speaks for.
    pub organization: Option<OrganizationId>,
    /// The invitation it carries; a mail of a dead invitation is not sent.
    pub invitation: Option<InvitationId>,
    /// To whom.
    pub recipient: String,
    /// The subject line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// A mail in the outbox.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub recipient: String,
    /// The subject line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// How often sending failed.
    pub attempts: u32,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// What the mail server said last.
    pub last_error: Option<String>,
}

#[derive(FromRow)]
struct MailRow {
    id: Uuid,
    recipient: String,
    subject: String,
    text_body: String,
    html_body: String,
    created_at: i64,
    attempts: i64,
    sent_at: Option<i64>,
    last_error: Option<String>,
}

impl From<MailRow> for Mail {
    fn from(row: MailRow) -> Self {
        Self {
            id: row.id,
            recipient: row.recipient,
            subject: row.subject,
            text: row.text_body,
            html: row.html_body,
            created_at: Timestamp(row.created_at),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            sent_at: row.sent_at.map(Timestamp),
            last_error: row.last_error,
        }
    }
}

impl Change {
    /// Puts a mail into the outbox.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enqueue_mail(&mut self, mail: NewMail) -> Result<Uuid> {
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO outbox (id, kind, organization_id, invitation_id, recipient, subject, text_body, html_body, \
             created_at, next_attempt_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(mail.kind)
        .bind(mail.organization.map(|id| id.0))
        .bind(mail.invitation.map(|id| id.0))
        .bind(&mail.recipient)
        .bind(&mail.subject)
        .bind(&mail.text)
        .bind(&mail.html)
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(id)
    }
}

impl Store {
    /// Mails due now, oldest first, at most `limit`; those of invitations that are over are left out for good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_mails(&self, now: Timestamp, limit: u32) -> Result<Vec<Mail>> {
        let rows: Vec<MailRow> = query(
            "SELECT m.id, m.recipient, m.subject, m.text_body, m.html_body, m.created_at, m.attempts, m.sent_at, \
             m.last_error FROM outbox m LEFT JOIN invitation i ON i.id = m.invitation_id \
             WHERE m.sent_at IS NULL AND m.failed_at IS NULL AND m.next_attempt_at <= $1 \
             AND i.accepted_at IS NULL AND i.revoked_at IS NULL ORDER BY m.next_attempt_at, m.id LIMIT $2",
        )
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(Mail::from).collect())
    }

    /// Claims a mail that was due until then: no other process sends it meanwhile. False: another has claimed or sent it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim_mail(&self, mail: &Mail, now: Timestamp, until: Timestamp) -> Result<bool> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let claimed = query(
            "UPDATE outbox SET next_attempt_at = $3 WHERE id = $1 AND next_attempt_at <= $2 AND sent_at IS NULL \
             AND failed_at IS NULL",
        )
        .bind(mail.id)
        .bind(now.0)
        .bind(until.0)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(claimed > 0)
    }

    /// It was sent: the bodies (they hold tokens) are wiped unless `keep`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mail_sent(&self, id: Uuid, now: Timestamp, keep: bool) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        query(
            "UPDATE outbox SET sent_at = $2, text_body = CASE WHEN $3 THEN text_body ELSE '' END, \
             html_body = CASE WHEN $3 THEN html_body ELSE '' END, last_error = NULL WHERE id = $1",
        )
        .bind(id)
        .bind(now.0)
        .bind(keep)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Sending failed: try again at that time (none: give up).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mail_failed(&self, id: Uuid, now: Timestamp, error: &str, again_at: Option<Timestamp>) -> Result<()> {
        let (_writer, mut transaction) = self.write().await?;
        query(
            "UPDATE outbox SET attempts = attempts + 1, last_error = $3, next_attempt_at = COALESCE($4, next_attempt_at), \
             failed_at = $2 WHERE id = $1",
        )
        .bind(id)
        .bind(again_at.is_none().then_some(now.0))
        .bind(error)
        .bind(again_at.map(|at| at.0))
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The last mails, newest first: the demo's mailbox only.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_mails(&self, limit: u32) -> Result<Vec<Mail>> {
        let rows: Vec<MailRow> = query(
            "SELECT id, recipient, subject, text_body, html_body, created_at, attempts, sent_at, last_error \
             FROM outbox ORDER BY created_at DESC, id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut self.pool.read().await?)
        .await?;
        Ok(rows.into_iter().map(Mail::from).collect())
    }
}
