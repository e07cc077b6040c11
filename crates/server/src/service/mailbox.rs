//! The demo's mailbox. Only the demo has one: elsewhere mails are their recipients' alone.

use rolecall_store::resource::Mail;
use serde::Serialize;
use uuid::Uuid;

use crate::problem::Problem;
use crate::service::Result;
use crate::state::App;
use crate::time::Time;

/// Mails shown.
const MOST: u32 = 100;

/// A mail of the demo.
#[derive(Clone, Debug, Serialize)]
pub struct MailView {
    /// Its id.
    pub id: Uuid,
    /// To whom.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it was written.
    pub created_at: Time,
    /// When it was sent, if a mail server is configured.
    pub sent_at: Option<Time>,
}

/// The last mails, newest first; not found outside the demo.
pub async fn list_mails(app: &App) -> Result<Vec<MailView>> {
    if !app.config.demo {
        return Err(Problem::not_found());
    }
    Ok(app.store.list_mails(MOST).await?.into_iter().map(view).collect())
}

fn view(mail: Mail) -> MailView {
    MailView {
        id: mail.id,
        to: mail.recipient,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        created_at: mail.created_at.into(),
        sent_at: mail.sent_at.map(Time),
    }
}
