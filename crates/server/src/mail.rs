//! Mail: composed here, kept in the outbox with the change that asks for it, and sent from there.

mod compose;
mod deliver;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rolecall_access::{OrganizationId, Timestamp, UserId};
use rolecall_store::resource::{
    AccessRequest, Account, Answering, DueHandover, Invitation, InvitationId, NewMail, Organization, Reminder, Transfer,
};
use rolecall_store::{Caller, Change};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::auth::token;
use crate::mail::compose::Letter;
use crate::problem::Problem;
use crate::state::App;
use crate::time::Time;

pub use deliver::{Transport, deliver, send_due, transport};

/// Wakes whoever empties the outbox, and knows who still writes into it.
#[derive(Clone, Default)]
pub struct Outbox {
    due: Arc<Notify>,
    writing: TaskTracker,
}

/// What the store keeps of an invitation's link.
pub struct Term {
    /// The token's hash.
    pub hash: [u8; 32],
    /// When the link ends.
    pub expires_at: Timestamp,
}

impl Outbox {
    /// There is something to send.
    pub fn wake(&self) {
        self.due.notify_one();
    }

    /// Writes a mail after the request is answered: the answer takes the same time whether there is one to write or not.
    pub fn write_later(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.writing.spawn(work);
    }

    /// Waits until everything begun before is written.
    pub async fn written(&self) {
        self.writing.close();
        self.writing.wait().await;
    }

    async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.due.notified()).await;
    }
}

/// A new link's token and term.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn token_for(app: &App, change: &Change) -> Result<(String, Term), Problem> {
    let token = token::new()?;
    let expires_at = change.caller().now.plus_seconds(app.config.limits.invitation_seconds);
    let hash = token::hash(&token);
    Ok((token, Term { hash, expires_at }))
}

/// Puts the invitation's mail into the outbox. Where no mail can be sent, the link is given back to be handed over.
///
/// # Errors
/// If the database fails.
pub async fn send_invitation(
    app: &App,
    change: &mut Change,
    organization: &Organization,
    invitation: &Invitation,
    name: Option<&str>,
    token: &str,
) -> Result<Option<String>, Problem> {
    let link = app.config.link(&format!("/invitations/{token}"));
    let language = language_of(change, &invitation.email).await?;
    let letter = compose::invitation(organization, invitation, (name, &language), &link);
    let about = About { kind: "invitation", organization: Some(organization.id), invitation: Some(invitation.id) };
    enqueue(app, change, about, &invitation.email, &letter).await?;
    Ok((!app.sends_mail()).then_some(link))
}

/// Tells the former and the new owner that the organization changed hands.
///
/// # Errors
/// If the database fails.
pub async fn send_ownership(app: &App, change: &mut Change, transfer: &Transfer) -> Result<(), Problem> {
    let link = app.config.link(&format!("/{}", transfer.organization.slug));
    for reader in transfer.from.iter().chain([&transfer.to]) {
        let letter = compose::ownership(transfer, reader, &link);
        let about = About { kind: "ownership", organization: Some(transfer.organization.id), invitation: None };
        enqueue(app, change, about, &reader.email, &letter).await?;
    }
    Ok(())
}

/// Tells those who can give it that somebody asks for access.
///
/// # Errors
/// If the database fails.
pub async fn send_request(
    app: &App,
    change: &mut Change,
    organization: &Organization,
    request: &AccessRequest,
    told: &[Account],
) -> Result<(), Problem> {
    let link = app.config.link(&format!("/{}/requests", organization.slug));
    for reader in told {
        let letter = compose::request(organization, request, reader, &link);
        let about = About { kind: "request", organization: Some(organization.id), invitation: None };
        enqueue(app, change, about, &reader.email, &letter).await?;
    }
    Ok(())
}

/// Tells the person who asked what was decided.
///
/// # Errors
/// If the database fails.
pub async fn send_answer(
    app: &App,
    change: &mut Change,
    organization: &Organization,
    request: &AccessRequest,
    until: Option<Time>,
) -> Result<(), Problem> {
    let link = app.config.link(&format!("/{}/requests", organization.slug));
    let language = language_of(change, &request.email).await?;
    let letter = compose::answer(organization, request, (until, &language), &link);
    let about = About { kind: "answer", organization: Some(organization.id), invitation: None };
    enqueue(app, change, about, &request.email, &letter).await
}

/// Tells somebody what ends for them.
///
/// # Errors
/// If the database fails.
pub async fn send_reminder(app: &App, change: &mut Change, reminder: &Reminder) -> Result<(), Problem> {
    let link = app.config.link(&format!("/{}", reminder.organization.slug));
    let letter = compose::reminder(reminder, &link);
    let about = About { kind: "reminder", organization: Some(reminder.organization.id), invitation: None };
    enqueue(app, change, about, &reminder.account.email, &letter).await
}

/// Tells somebody who may answer that conversations wait for a person; says nothing of what was said in them.
///
/// # Errors
/// If the database fails.
pub async fn send_handover(
    app: &App,
    change: &mut Change,
    due: &DueHandover,
    waiting: &[(Uuid, i64)],
    reader: &Answering,
) -> Result<(), Problem> {
    let below = match waiting {
        [(one, _)] => format!("/{one}"),
        _ => "?status=waiting".to_owned(),
    };
    let link = app.config.link(&format!("/{}/bots/{}/conversations{below}", due.organization_slug, due.bot_slug));
    let letter = compose::handover(due, waiting, reader, &link);
    let about = About { kind: "handover", organization: Some(due.organization), invitation: None };
    enqueue(app, change, about, &reader.email, &letter).await
}

/// Sends somebody the link by which they choose a new password.
///
/// # Errors
/// If the database fails.
pub async fn send_recovery(app: &App, change: &mut Change, account: &Account, token: &str) -> Result<(), Problem> {
    let link = app.config.link(&format!("/recover?token={token}"));
    let about = About { kind: "recovery", organization: None, invitation: None };
    enqueue(app, change, about, &account.email, &compose::recovery(account, &link)).await
}

/// Tells somebody what happened to their account, and the way out if it was not them.
///
/// # Errors
/// If the database fails.
pub async fn send_notice(app: &App, change: &mut Change, account: &Account, what: &str) -> Result<(), Problem> {
    let link = app.config.link("/forgot");
    let about = About { kind: "notice", organization: None, invitation: None };
    enqueue(app, change, about, &account.email, &compose::notice(account, what, &link)).await
}

/// Tells somebody what happened to an account of theirs at a provider.
///
/// # Errors
/// If the database fails.
pub async fn send_account_notice(
    app: &App,
    change: &mut Change,
    account: &Account,
    what: &str,
    provider: &str,
) -> Result<(), Problem> {
    let link = app.config.link("/forgot");
    let about = About { kind: "notice", organization: None, invitation: None };
    enqueue(app, change, about, &account.email, &compose::account_notice(account, what, provider, &link)).await
}

/// Sends the link by which somebody confirms their new address; without a token: tells the address's owner that somebody
/// wanted it.
///
/// # Errors
/// If the database fails.
pub async fn send_email_confirmation(
    app: &App,
    change: &mut Change,
    account: &Account,
    email: &str,
    token: Option<&str>,
) -> Result<(), Problem> {
    let link = token.map(|token| app.config.link(&format!("/email/confirm?token={token}")));
    let about = About { kind: "email", organization: None, invitation: None };
    enqueue(app, change, about, email, &compose::email_confirmation(account, link)).await
}

/// Tells the old address that it was changed, with the way back.
///
/// # Errors
/// If the database fails.
pub async fn send_email_undo(
    app: &App,
    change: &mut Change,
    before: &Account,
    email: &str,
    token: &str,
) -> Result<(), Problem> {
    let link = app.config.link(&format!("/email/undo?token={token}"));
    let about = About { kind: "email", organization: None, invitation: None };
    enqueue(app, change, about, &before.email, &compose::email_undo(before, email, &link)).await
}

/// Tells an account's person, if there is one, after the request is answered.
pub fn tell_later(app: &App, caller: &Caller, user: Option<UserId>, what: &'static str) {
    let (later, caller) = (app.clone(), caller.clone());
    app.outbox.write_later(async move {
        let Some(user) = user else { return };
        let told = async {
            let mut change = later.store.change(caller).await?;
            if let Some(account) = change.account_of(user).await? {
                send_notice(&later, &mut change, &account, what).await?;
                change.commit().await?;
            }
            Ok::<_, Problem>(())
        };
        match told.await {
            Ok(()) => later.outbox.wake(),
            Err(problem) => tracing::error!(problem = problem.detail, "somebody could not be told"),
        }
    });
}

/// Whether mails are sent, or kept where somebody looks at them.
#[must_use]
pub fn is_kept(app: &App) -> bool {
    app.sends_mail() || app.config.demo
}

/// The language of whoever reads mails to the address: their account's, else that of whoever has the mail sent.
async fn language_of(change: &mut Change, email: &str) -> Result<String, Problem> {
    if let Some(language) = change.language_of_address(email).await? {
        return Ok(language);
    }
    Ok(change.own_account().await.map(|account| account.language).unwrap_or_default())
}

/// What a mail is about.
struct About {
    kind: &'static str,
    organization: Option<OrganizationId>,
    invitation: Option<InvitationId>,
}

/// Puts the letter into the outbox, if there is a way to send it or somebody to look at it.
async fn enqueue(app: &App, change: &mut Change, about: About, to: &str, letter: &Letter) -> Result<(), Problem> {
    if is_kept(app) {
        let mail = NewMail {
            kind: about.kind,
            organization: about.organization,
            invitation: about.invitation,
            recipient: to.to_owned(),
            subject: letter.subject.clone(),
            text: letter.text()?,
            html: letter.html()?,
        };
        change.enqueue_mail(mail).await?;
    }
    Ok(())
}
