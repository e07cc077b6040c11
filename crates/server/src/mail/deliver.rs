//! Emptying the outbox over SMTP, with back-off: a dead mail server loses nothing and blocks nobody.

use std::time::Duration;

use lettre::message::header::MessageId;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use rolecall_store::StoreError;
use rolecall_store::resource::Mail;
use url::Url;

use crate::state::App;

/// Sends mails to the configured server.
pub type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Between two looks at the outbox when nobody wakes us.
const PAUSE: Duration = Duration::from_secs(15);
/// How long one conversation may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// For so many seconds a mail is this server's to send; longer than a conversation takes. Where the server is killed in
/// between, it is sent after that.
const CLAIM: i64 = 30;
/// The first wait after a failure, in seconds; doubled each time.
const FIRST_WAIT: i64 = 60;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 6 * 3600;
/// After so many seconds a mail is given up.
const GIVE_UP: i64 = 3 * 24 * 3600;

/// A connection to the mail server: `smtps://` is TLS from the start, `smtp://` must become TLS (STARTTLS) unless the
/// server is on this machine.
///
/// # Errors
/// If the address is no mail server's.
pub fn transport(url: &Url) -> Result<Transport, smtp::Error> {
    let url = safe(url.clone());
    Ok(AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())?.timeout(Some(PATIENCE)).build())
}

/// Whatever the address asks for, the password and the mail travel encrypted, or not beyond this machine.
fn safe(mut url: Url) -> Url {
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.set_query((url.scheme() == "smtp" && !loopback).then_some("tls=required"));
    url
}

/// Sends what is due, until the server stops.
pub async fn deliver(app: App, transport: Transport) {
    while !app.stopping.is_cancelled() {
        if let Err(error) = send_due(&app, &transport).await {
            tracing::error!(%error, "the outbox cannot be read");
        }
        tokio::select! {
            () = app.stopping.cancelled() => break,
            () = app.outbox.wait(PAUSE) => {}
        }
    }
}

/// Sends what is due, once.
///
/// # Errors
/// If the database fails; a mail server that does not answer is no error, its mails wait.
pub async fn send_due(app: &App, transport: &Transport) -> Result<(), StoreError> {
    loop {
        let due = app.store.due_mails(app.now(), 20).await?;
        if due.is_empty() || app.stopping.is_cancelled() {
            return Ok(());
        }
        for mail in due {
            let now = app.now();
            if app.store.claim_mail(&mail, now, now.plus_seconds(CLAIM)).await? {
                send_one(app, transport, &mail).await?;
            }
        }
    }
}

async fn send_one(app: &App, transport: &Transport, mail: &Mail) -> Result<(), StoreError> {
    let failure = match message(&app.config.mail_from, mail) {
        Err(error) => (error.to_string(), true),
        Ok(message) => match tokio::time::timeout(PATIENCE, transport.send(message)).await {
            Ok(Ok(_)) => return app.store.mail_sent(mail.id, app.now(), app.config.demo).await,
            Ok(Err(error)) => (error.to_string(), error.is_permanent()),
            Err(_) => (format!("the mail server took longer than {} seconds", PATIENCE.as_secs()), false),
        },
    };
    let (error, permanent) = failure;
    let now = app.now();
    let wait = FIRST_WAIT.saturating_mul(1 << mail.attempts.min(20)).min(LONGEST_WAIT);
    let over = permanent || now.0 - mail.created_at.0 > GIVE_UP * 1_000_000;
    tracing::warn!(mail = %mail.id, %error, over, "a mail could not be sent");
    app.store.mail_failed(mail.id, now, &error, (!over).then(|| now.plus_seconds(wait))).await
}

/// The message; its id is the mail's, so that one sent twice can be told.
fn message(from: &str, mail: &Mail) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
    let from: Mailbox = from.parse()?;
    let id = format!("<{}@{}>", mail.id, from.email.domain());
    let message = Message::builder()
        .from(from)
        .to(Mailbox::new(None, mail.recipient.parse()?))
        .subject(mail.subject.as_str())
        .header(MessageId::from(id))
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_both_parts_and_its_own_id() {
        let mail = Mail {
            id: uuid::Uuid::nil(),
            recipient: "ana@example.com".to_owned(),
            subject: "Grüße 👋".to_owned(),
            text: "text".to_owned(),
            html: "<p>html</p>".to_owned(),
            created_at: rolecall_access::Timestamp(0),
            attempts: 0,
            sent_at: None,
            last_error: None,
        };
        let message = message("Rolecall <rolecall@example.com>", &mail);
        let text = message.map(|message| String::from_utf8_lossy(&message.formatted()).into_owned());
        let text = text.unwrap_or_default();
        assert!(text.contains("Message-ID: <00000000-0000-0000-0000-000000000000@example.com>"));
        assert!(text.contains("text/plain") && text.contains("text/html"));
    }

    #[tokio::test]
    async fn remote_servers_are_spoken_to_over_tls() {
        let safe = |text: &str| safe(text.parse().unwrap()).to_string();
        assert_eq!(safe("smtp://localhost:2525"), "smtp://localhost:2525");
        assert_eq!(safe("smtp://mail.example.com?tls=opportunistic"), "smtp://mail.example.com?tls=required");
        assert_eq!(safe("smtps://mail.example.com"), "smtps://mail.example.com");
        assert!(transport(&"smtp://ana:secret@mail.example.com:587".parse().unwrap()).is_ok());
    }
}
