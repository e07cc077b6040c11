//! The outbox: mails to be sent, written with the change that asks for them.

use rolecall_access::{OrganizationId, Timestamp};
use uuid::Uuid;

use crate::change::Change;
use crate::error::Result;
use crate::resource::InvitationId;
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

impl Change {
    /// Puts a mail into the outbox.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enqueue_mail(&mut self, _mail: NewMail) -> Result<Uuid> {
        todo!()
    }
}

impl Store {
    /// Mails due now, oldest first, at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_mails(&self, _now: Timestamp, _limit: u32) -> Result<Vec<Mail>> {
        todo!()
    }

    /// It was sent: the bodies (they hold tokens) are wiped unless `keep`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mail_sent(&self, _id: Uuid, _now: Timestamp, _keep: bool) -> Result<()> {
        todo!()
    }

    /// Sending failed: try again at that time (none: give up).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mail_failed(
        &self,
        _id: Uuid,
        _now: Timestamp,
        _error: &str,
        _again_at: Option<Timestamp>,
    ) -> Result<()> {
        todo!()
    }

    /// When the next mail is due.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn next_mail_due(&self) -> Result<Option<Timestamp>> {
        todo!()
    }

    /// The last mails, newest first: the demo's mailbox only.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_mails(&self, _limit: u32) -> Result<Vec<Mail>> {
        todo!()
    }
}
