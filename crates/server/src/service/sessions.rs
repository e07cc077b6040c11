//! One's own sessions and password.

use rolecall_store::Caller;
use rolecall_store::resource::{NewPassword, Session, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::limit::{self, Guess};
use crate::auth::{agent, password};
use crate::input::{Check, Input};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::sign_in::{count_wrong_password, renew};
use crate::service::{ListView, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A session of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Browser and system, as far as the browser says.
    pub device: String,
    /// The network address it was begun from.
    pub address: String,
    /// Whether a second factor was given.
    pub second_factor: bool,
    /// When it was begun.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub last_seen_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// `delete`.
    pub can: Vec<String>,
}

/// A new password of one's own.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The one until now.
    pub current: String,
    /// The new one.
    pub password: String,
}

impl Check for PasswordBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.current.is_empty() {
            errors.push(FieldError::new("current", "missing", "Enter your present password."));
        }
        errors
    }
}

/// One's own sessions, the one used last first.
pub async fn list_sessions(app: &App, caller: Caller, session: Option<Session>) -> Result<ListView<SessionView>> {
    let mut access = app.store.access(caller).await?;
    let idle = app.config.limits.session_idle_seconds;
    let view = |one: Session| SessionView {
        id: one.id.0,
        current: session.as_ref().is_some_and(|own| own.id == one.id),
        device: agent::words(&one.agent),
        address: one.address,
        second_factor: one.second_factor,
        created_at: one.created_at.into(),
        last_seen_at: one.last_seen_at.into(),
        expires_at: one.expires_at.into(),
        can: vec!["delete".to_owned()],
    };
    let items = access.list_own_sessions(idle).await?.into_iter().map(view).collect();
    Ok(ListView { items, next_cursor: None })
}

/// Ends one of one's own sessions.
pub async fn end_session(app: &App, caller: Caller, id: Uuid) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    if !change.delete_own_session(SessionId(id)).await? {
        return Err(Problem::not_found());
    }
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Ends all of one's sessions but the one that asks.
pub async fn end_other_sessions(app: &App, caller: Caller, session: Option<Session>) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    change.end_own_sessions(session.map(|session| session.id)).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Changes one's password, given the present one. The other sessions end; this one goes on under the new token.
pub async fn set_password(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<PasswordBody>,
) -> Result<Written<String>> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    let hash = access.own_password_hash().await?;
    let factors = access.factors_of(account.id).await?;
    drop(access);
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let input = input.get()?;
    let guess = Guess::Password(&account.email);
    limit::check(app, &caller, guess).await?;
    if !app.hasher.verify(&input.current, hash).await? {
        count_wrong_password(app, &caller, Some(account.id), guess).await?;
        let wrong = FieldError::new("current", "wrong", "This is not your present password.");
        return Err(Problem { errors: vec![wrong], ..Problem::new(Kind::WrongCredentials, "The password is wrong.") });
    }
    limit::check(app, &caller, guess).await?;
    let least = if factors.is_on() { password::LEAST_BESIDE } else { password::LEAST_ALONE };
    let mut errors = Vec::new();
    password::check("password", &input.password, least, &[&account.name, &account.email], &mut errors);
    if errors.is_empty() && input.password == input.current {
        errors.push(FieldError::new("password", "same", "This is your present password; choose another."));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let hash = app.hasher.hash(&input.password).await?;
    let mut change = app.store.change(caller).await?;
    let new = NewPassword { hash: &hash, long: password::is_long(&input.password) };
    change.set_own_password(new, Some(session.id)).await?;
    let token = renew(&mut change, session.id).await?;
    mail::send_notice(app, &mut change, &account, "password").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: token, revision })
}
