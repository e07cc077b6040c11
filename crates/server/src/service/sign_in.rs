//! Signing in and out.

use rolecall_access::UserId;
use rolecall_store::resource::{NewSession, Session};
use rolecall_store::{Caller, Change};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::limit::{self, Guess};
use crate::auth::token;
use crate::input::{Check, Input};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::own::{OwnAccountView, find_own_account};
use crate::service::{Result, Written};
use crate::state::App;

/// Credentials.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
}

/// A session just begun. The token goes into the cookie and nowhere else.
pub struct SignedIn {
    /// The session's token.
    pub token: String,
    /// Its person.
    pub user: UserId,
    /// The account, for the answer.
    pub account: OwnAccountView,
}

impl Check for SignInBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (field, text) in [("email", &self.email), ("password", &self.password)] {
            if text.is_empty() {
                errors.push(FieldError::new(field, "missing", "Enter your e-mail and password."));
            }
        }
        if self.email.len() > 254 {
            errors.push(FieldError::new("email", "too_long", "An e-mail address has at most 254 characters."));
        }
        errors
    }
}

/// Checks the password and begins a session. Same answer and time for unknown and known addresses.
pub async fn sign_in(app: &App, caller: Caller, input: Input<SignInBody>) -> Result<Written<SignedIn>> {
    let input = input.get()?;
    let guess = Guess::Password(&input.email);
    limit::check(app, &caller, guess).await?;
    let found = app.store.access(caller.clone()).await?.find_account_for_sign_in(&input.email).await?;
    let (account, hash) = found.unzip();
    let right = app.hasher.verify(&input.password, hash.flatten()).await?;
    let Some(account) = account.filter(|_| right) else {
        limit::count(app, &caller, guess).await?;
        app.store.record_failed_sign_in(&caller, &input.email).await?;
        return Err(Problem::new(Kind::WrongCredentials, "E-mail or password is wrong."));
    };
    limit::forget(app, &caller, guess).await?;
    let change = app.store.change(caller).await?;
    begin_session(app, change, account.id).await
}

/// Begins a session for somebody who has just proved who they are, and commits.
pub(crate) async fn begin_session(app: &App, mut change: Change, user: UserId) -> Result<Written<SignedIn>> {
    let token = token::new()?;
    let expires_at = change.caller().now.plus_seconds(app.config.limits.session_absolute_seconds);
    change.create_session(NewSession { user, token_hash: token::hash(&token), expires_at }).await?;
    let caller = change.caller().clone();
    let revision = change.commit().await?;
    let account = find_own_account(app, caller).await?;
    Ok(Written { value: SignedIn { token, user, account }, revision })
}

/// A password or code, given again.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationBody {
    /// The password.
    pub password: String,
}

impl Check for ConfirmationBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Confirms that it is still the person who signed in.
pub async fn confirm_session(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<ConfirmationBody>,
) -> Result<()> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    let hash = access.own_password_hash().await?;
    drop(access);
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let input = input.get()?;
    let guess = Guess::Password(&account.email);
    limit::check(app, &caller, guess).await?;
    if !app.hasher.verify(&input.password, hash).await? {
        limit::count(app, &caller, guess).await?;
        return Err(Problem::new(Kind::WrongCredentials, "The password is wrong."));
    }
    let mut change = app.store.change(caller).await?;
    change.confirm_own_session(session.id).await?;
    change.commit().await?;
    Ok(())
}

/// Ends the session.
pub async fn sign_out(app: &App, caller: Caller, session: Option<Session>) -> Result<()> {
    let mut change = app.store.change(caller).await?;
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    change.delete_own_session(session.id).await?;
    change.commit().await?;
    Ok(())
}
