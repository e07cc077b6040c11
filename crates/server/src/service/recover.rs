//! A lost password: a link by mail, and choosing a new one by it. Nobody but the person chooses or sees it, and it signs
//! nobody in: the second factor is still asked for.

use rolecall_access::{OrganizationId, UserId};
use rolecall_store::resource::{Account, Members, NewPassword};
use rolecall_store::{Caller, Update};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::limit::{self, Guess};
use crate::auth::{device, password, token};
use crate::input::{Check, Input, check_email};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{Result, Written};
use crate::state::App;

/// Seconds that a recovery link is good for.
pub const RECOVERY_SECONDS: i64 = 20 * 60;

/// Whose password is lost.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LostBody {
    /// The account's e-mail.
    pub email: String,
}

/// A new password, by a recovery link.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryBody {
    /// The token of the link.
    pub token: String,
    /// The new password.
    pub password: String,
}

impl Check for LostBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_email("email", &mut self.email, &mut errors);
        errors
    }
}

impl Check for RecoveryBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Mails a link to the address, if there is an account. Whether there is one shows neither in the answer nor in its time:
/// it is looked for afterwards.
pub async fn ask_recovery(app: &App, caller: Caller, input: Input<LostBody>) -> Result<()> {
    let LostBody { email } = input.get()?;
    if !mail::is_kept(app) {
        return Err(no_mail());
    }
    let guess = Guess::Reset(&email);
    limit::check(app, &caller, guess).await?;
    limit::count(app, &caller, guess).await?;
    let later = app.clone();
    app.outbox.write_later(async move {
        if let Err(problem) = mail_link(&later, caller, &email).await {
            tracing::error!(problem = problem.detail, "a recovery link cannot be made");
        }
    });
    Ok(())
}

async fn mail_link(app: &App, caller: Caller, email: &str) -> Result<()> {
    // Looked at before anybody is made to wait for the writer.
    if app.store.access(caller.clone()).await?.find_account_for_sign_in(email).await?.is_none() {
        return Ok(());
    }
    let token = token::new()?;
    let expires_at = caller.now.plus_seconds(RECOVERY_SECONDS);
    let mut change = app.store.change(caller).await?;
    if let Some(account) = change.ask_recovery(email, &token::hash(&token), expires_at).await? {
        mail::send_recovery(app, &mut change, &account, &token).await?;
        change.commit().await?;
        app.outbox.wake();
    }
    Ok(())
}

/// Mails a link to a member, by somebody who may manage users. They never see it.
pub async fn start_recovery(app: &App, caller: Caller, id: (OrganizationId, UserId)) -> Result<Written<()>> {
    let email = app.store.access(caller.clone()).await?.require::<Members, Update>(id).await?.into_record().email;
    if !mail::is_kept(app) {
        return Err(no_mail());
    }
    let guess = Guess::Reset(&email);
    limit::check(app, &caller, guess).await?;
    limit::count(app, &caller, guess).await?;
    let token = token::new()?;
    let expires_at = caller.now.plus_seconds(RECOVERY_SECONDS);
    let mut change = app.store.change(caller).await?;
    let member = change.require::<Members, Update>(id).await?;
    let account = change.start_recovery(&member, &token::hash(&token), expires_at).await?;
    let account = account.ok_or_else(|| {
        let detail = "They have not confirmed their account yet; send the invitation again instead.";
        Problem::new(Kind::WrongState, detail)
    })?;
    mail::send_recovery(app, &mut change, &account, &token).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (), revision })
}

/// Whose link this is, while it is good.
pub async fn find_recovery(app: &App, caller: &Caller, token: &str) -> Result<Account> {
    limit::check(app, caller, Guess::Recovery).await?;
    let found = app.store.access(caller.clone()).await?.find_recovery(&token::hash(token)).await?;
    if found.is_some() {
        limit::check(app, caller, Guess::Recovery).await?;
    } else {
        limit::count(app, caller, Guess::Recovery).await?;
    }
    found.ok_or_else(over)
}

/// Sets the password and ends every session of the account; signing in comes after.
/// Wrong passwords of before are forgiven, and this browser is known from here on: its mark is given back.
pub async fn recover(app: &App, caller: Caller, input: Input<RecoveryBody>) -> Result<Written<String>> {
    let input = input.get()?;
    let account = find_recovery(app, &caller, &input.token).await?;
    let factors = app.store.access(caller.clone()).await?.factors_of(account.id).await?;
    let least = if factors.is_on() { password::LEAST_BESIDE } else { password::LEAST_ALONE };
    let mut errors = Vec::new();
    password::check("password", &input.password, least, &[&account.name, &account.email], &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let hash = app.hasher.hash(&input.password).await?;
    let mut change = app.store.change(caller.clone()).await?;
    // Somebody may have used it while the password was hashed.
    let new = NewPassword { hash: &hash, long: password::is_long(&input.password) };
    let account = change.redeem_recovery(&token::hash(&input.token), new).await?.ok_or_else(over)?;
    mail::send_notice(app, &mut change, &account, "password").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    limit::forget(app, &caller, Guess::Password(&account.email)).await?;
    Ok(Written { value: device::mark(app, account.id)?, revision })
}

fn over() -> Problem {
    Problem::new(Kind::NotFound, "This link is not good any more. Ask for a new one where you sign in.")
}

fn no_mail() -> Problem {
    let detail = "No mail can be sent from here. The operator can make a link with `rolecall user recovery-link`.";
    Problem::new(Kind::WrongState, detail)
}
