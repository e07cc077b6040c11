//! Changing the address of one's account. No organization can; neither can whoever holds an open session alone.

use rolecall_store::Caller;
use rolecall_store::resource::EmailLink;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::limit::{self, Guess};
use crate::auth::{fresh, token};
use crate::input::{Check, Input, check_email};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;

/// Seconds in which the new address is confirmed, and in which the old one can take it back.
const CONFIRM_SECONDS: i64 = 24 * 3600;
const UNDO_SECONDS: i64 = 7 * 24 * 3600;

/// Another address.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The new address.
    pub email: String,
}

/// The token of a mailed link.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailTokenBody {
    /// The token.
    pub token: String,
}

impl Check for EmailBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_email("email", &mut self.email, &mut errors);
        errors
    }
}

impl Check for EmailTokenBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Mails a link to the new address; nothing changes before it is followed. The answer is the same where somebody has the
/// address already: then its owner is told.
pub async fn ask_email(app: &App, caller: Caller, input: Input<EmailBody>) -> Result<()> {
    let account = app.store.access(caller.clone()).await?.own_account().await?;
    fresh::require(&caller)?;
    let EmailBody { email } = input.get()?;
    if !mail::is_kept(app) {
        return Err(Problem::new(Kind::WrongState, "No mail can be sent from here, so no address can be confirmed."));
    }
    if rolecall_store::fold::fold(&email) == rolecall_store::fold::fold(&account.email) {
        return Err(Problem::invalid(vec![FieldError::new("email", "same", "This is your present address.")]));
    }
    let guess = Guess::Reset(&account.email);
    limit::check(app, &caller, guess).await?;
    limit::count(app, &caller, guess).await?;
    let token = token::new()?;
    let expires_at = caller.now.plus_seconds(CONFIRM_SECONDS);
    let mut change = app.store.change(caller).await?;
    let free = change.ask_email(&email, &token::hash(&token), expires_at).await?;
    mail::send_email_confirmation(app, &mut change, &account, &email, free.then_some(token.as_str())).await?;
    change.commit().await?;
    app.outbox.wake();
    Ok(())
}

/// The address that a link is about, for the page that it leads to.
pub async fn find_email_link(app: &App, caller: &Caller, purpose: EmailLink, token: &str) -> Result<String> {
    limit::check(app, caller, Guess::Recovery).await?;
    let found = app.store.access(caller.clone()).await?.find_email_link(purpose, &token::hash(token)).await?;
    if found.is_some() {
        limit::check(app, caller, Guess::Recovery).await?;
    } else {
        limit::count(app, caller, Guess::Recovery).await?;
    }
    found.ok_or_else(over)
}

/// The new address holds; the old one is told, and can take it back for a week.
pub async fn confirm_email(app: &App, caller: Caller, input: Input<EmailTokenBody>) -> Result<Written<()>> {
    let input = input.get()?;
    find_email_link(app, &caller, EmailLink::Confirm, &input.token).await?;
    let undo = token::new()?;
    let undo_until = caller.now.plus_seconds(UNDO_SECONDS);
    let mut change = app.store.change(caller).await?;
    let changed = change.confirm_email(&token::hash(&input.token), (&token::hash(&undo), undo_until)).await?;
    let (before, after) = changed.ok_or_else(over)?;
    mail::send_email_undo(app, &mut change, &before, &after.email, &undo).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (), revision })
}

/// Back to the old address; every session ends.
pub async fn undo_email(app: &App, caller: Caller, input: Input<EmailTokenBody>) -> Result<Written<()>> {
    let input = input.get()?;
    find_email_link(app, &caller, EmailLink::Undo, &input.token).await?;
    let mut change = app.store.change(caller).await?;
    let account = change.undo_email(&token::hash(&input.token)).await?.ok_or_else(over)?;
    mail::send_notice(app, &mut change, &account, "email-back").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (), revision })
}

fn over() -> Problem {
    Problem::new(Kind::NotFound, "This link is not good any more.")
}
