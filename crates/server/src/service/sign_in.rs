//! Signing in and out.

use rolecall_access::UserId;
use rolecall_store::resource::{NewSession, Session, SessionId};
use rolecall_store::{Caller, Change};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::device::{self, Device};
use crate::auth::limit::{self, Guess};
use crate::auth::passkey::AnswerBody;
use crate::auth::{factor, passkey, token};
use crate::input::{Check, Input};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::own::{OwnAccountView, find_own_account};
use crate::service::{Result, Written};
use crate::state::App;

/// Seconds between password and second factor.
pub const STEP_SECONDS: i64 = 5 * 60;

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
    /// The mark of a browser known to the account.
    pub device: String,
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

/// What a right password leads to.
pub enum Begun {
    /// A session.
    Session(Box<Written<SignedIn>>),
    /// The second factor is asked for.
    Step {
        /// The token that is good for that step only; it goes into a cookie of its own and nowhere else.
        token: String,
        /// What can be given: `totp`, `backup_code`, `passkey`.
        methods: Vec<&'static str>,
    },
}

/// Checks the password; then begins a session, or asks for the second factor where the account has one. Same answer and
/// time for unknown and known addresses. `old` is the session of the same browser, which ends; `device` its mark.
pub async fn sign_in(
    app: &App,
    caller: Caller,
    (old, device): (Option<Session>, Option<Device>),
    input: Input<SignInBody>,
) -> Result<Begun> {
    let input = input.get()?;
    app.hasher.admit()?;
    let found = app.store.access(caller.clone()).await?.find_account_for_sign_in(&input.email).await?;
    let (account, hash) = found.unzip();
    let known = device.filter(|device| account.as_ref().is_some_and(|account| account.id == device.account));
    let guess =
        known.as_ref().map_or(Guess::Password(&input.email), |device| Guess::KnownDevice(&device.mark, &input.email));
    limit::check(app, &caller, guess).await?;
    let hash = hash.flatten();
    let right = app.hasher.verify(&input.password, hash.clone()).await?;
    let Some(account) = account.clone().filter(|_| right) else {
        count_wrong_password(app, &caller, account.map(|account| account.id), guess).await?;
        return Err(Problem::new(Kind::WrongCredentials, "E-mail or password is wrong."));
    };
    limit::check(app, &caller, guess).await?;
    limit::forget(app, &caller, guess).await?;
    let mut change = app.store.change(caller).await?;
    // Whoever changed the password while it was checked has ended what it began.
    let now = change.find_account_for_sign_in(&input.email).await?;
    if now.is_none_or(|(now, kept)| now.id != account.id || kept != hash) {
        return Err(Problem::new(Kind::WrongCredentials, "E-mail or password is wrong."));
    }
    let factors = change.factors_of(account.id).await?;
    if factors.is_on() {
        let token = token::new()?;
        let expires_at = change.caller().now.plus_seconds(STEP_SECONDS);
        change.create_sign_in_step(account.id, &token::hash(&token), expires_at).await?;
        change.commit().await?;
        return Ok(Begun::Step { token, methods: factors.methods() });
    }
    end_old(&mut change, old).await?;
    Ok(Begun::Session(Box::new(begin_session(app, change, account.id, false).await?)))
}

/// Counts a wrong password; the account's person is told when it closes the account for a while, once.
///
/// # Errors
/// 429 where there were too many already.
pub(crate) async fn count_wrong_password(
    app: &App,
    caller: &Caller,
    account: Option<UserId>,
    guess: Guess<'_>,
) -> Result<()> {
    if limit::count(app, caller, guess).await? {
        mail::tell_later(app, caller, account, "locked");
    }
    Ok(())
}

/// The code of the second step.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits from the authenticator app, or a backup code.
    pub code: String,
}

impl Check for CodeBody {
    fn check(&mut self) -> Vec<FieldError> {
        check_code(&self.code)
    }
}

fn check_code(code: &str) -> Vec<FieldError> {
    let message = match code.trim().len() {
        0 => "Enter the code from your authenticator app, or a backup code.",
        1..=64 => return Vec::new(),
        _ => "A code has at most 64 characters.",
    };
    vec![FieldError::new("code", "invalid", message)]
}

/// Whoever stands between password and second factor, and what they can give.
pub async fn find_step(app: &App, caller: &Caller, token: &str) -> Result<Vec<&'static str>> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.find_sign_in_step(&token::hash(token)).await?.ok_or_else(step_over)?;
    Ok(access.factors_of(account.id).await?.methods())
}

/// The second step: begins the session.
pub async fn second_factor(
    app: &App,
    caller: Caller,
    (old, token): (Option<Session>, &str),
    input: Input<CodeBody>,
) -> Result<Written<SignedIn>> {
    let hash = token::hash(token);
    let account = app.store.access(caller.clone()).await?.find_sign_in_step(&hash).await?.ok_or_else(step_over)?;
    let CodeBody { code } = input.get()?;
    let proof = factor::examine(app, &caller, account.id, &code).await?;
    let mut change = app.store.change(caller.clone()).await?;
    let by = change.take_sign_in_step(&hash).await?;
    if by != Some(account.id) {
        return Err(step_over());
    }
    if !factor::spend(&mut change, account.id, proof).await? {
        drop(change);
        return Err(factor::wrong(app, &caller, account.id, &code).await);
    }
    if matches!(proof, factor::Proof::Backup(_)) {
        mail::send_notice(app, &mut change, &account, "backup-code-used").await?;
    }
    end_old(&mut change, old).await?;
    let begun = begin_session(app, change, account.id, true).await?;
    factor::forget(app, &caller, account.id, &code).await?;
    app.outbox.wake();
    Ok(begun)
}

fn step_over() -> Problem {
    Problem::new(Kind::SignInNeeded, "Enter your e-mail and password first; the second step is open for five minutes.")
}

pub(crate) async fn end_old(change: &mut Change, old: Option<Session>) -> Result<()> {
    if let Some(old) = old {
        change.end_replaced_session(old.id).await?;
    }
    Ok(())
}

/// Begins a session for somebody who has just proved who they are, and commits; refused if the account has a second
/// factor that was not proved.
pub(crate) async fn begin_session(
    app: &App,
    mut change: Change,
    user: UserId,
    second_factor: bool,
) -> Result<Written<SignedIn>> {
    let token = token::new()?;
    let expires_at = change.caller().now.plus_seconds(app.config.limits.session_absolute_seconds);
    change.create_session(NewSession { user, token_hash: token::hash(&token), expires_at, second_factor }).await?;
    let caller = change.caller().clone();
    let revision = change.commit().await?;
    let account = find_own_account(app, caller).await?;
    let device = device::mark(app, user)?;
    Ok(Written { value: SignedIn { token, device, user, account }, revision })
}

/// The password or a code, given again.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationBody {
    /// The password.
    #[serde(default)]
    pub password: Option<String>,
    /// Or a code: six digits from the authenticator app, or a backup code.
    #[serde(default)]
    pub code: Option<String>,
    /// Or a passkey's answer to `POST /session/passkey/ceremony`.
    #[serde(default)]
    pub passkey: Option<AnswerBody>,
}

impl Check for ConfirmationBody {
    fn check(&mut self) -> Vec<FieldError> {
        match (&self.password, &self.code, &self.passkey) {
            (None, Some(code), None) => check_code(code),
            (Some(_), None, None) | (None, None, Some(_)) => Vec::new(),
            _ => vec![FieldError::new("password", "missing", "Give `password`, `code` or `passkey`, one of them.")],
        }
    }
}

/// Confirms that it is still the person who signed in. The session goes on under the new token; the old one is void.
pub async fn confirm_session(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<ConfirmationBody>,
) -> Result<String> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    let hash = access.own_password_hash().await?;
    drop(access);
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let proof = match input.get()? {
        ConfirmationBody { code: Some(code), .. } => {
            Confirmed::Code(factor::examine(app, &caller, account.id, &code).await?, code)
        }
        ConfirmationBody { passkey: Some(answer), .. } => {
            Confirmed::Passkey(Box::new(passkey::examine(app, &caller, answer).await?))
        }
        ConfirmationBody { password, .. } => {
            let guess = Guess::Password(&account.email);
            limit::check(app, &caller, guess).await?;
            if !app.hasher.verify(&password.unwrap_or_default(), hash).await? {
                count_wrong_password(app, &caller, Some(account.id), guess).await?;
                return Err(Problem::new(Kind::WrongCredentials, "The password is wrong."));
            }
            limit::check(app, &caller, guess).await?;
            Confirmed::Password
        }
    };
    let mut change = app.store.change(caller.clone()).await?;
    let spent = match &proof {
        Confirmed::Password => true,
        Confirmed::Code(proof, _) => factor::spend(&mut change, account.id, *proof).await?,
        Confirmed::Passkey(proved) => proved.passkey.user == account.id && proved.spend(&mut change).await?,
    };
    if !spent {
        drop(change);
        return Err(match proof {
            Confirmed::Code(_, code) => factor::wrong(app, &caller, account.id, &code).await,
            _ => passkey::wrong(app, &caller).await,
        });
    }
    let token = renew(&mut change, session.id).await?;
    change.commit().await?;
    Ok(token)
}

/// By what somebody proved again who they are.
enum Confirmed {
    Password,
    Code(factor::Proof, String),
    Passkey(Box<passkey::Proved>),
}

/// A new token for the caller's session, which is fresh again.
pub(crate) async fn renew(change: &mut Change, session: SessionId) -> Result<String> {
    let token = token::new()?;
    change.confirm_own_session(session, &token::hash(&token)).await?;
    Ok(token)
}

/// Ends the session.
pub async fn sign_out(app: &App, caller: Caller, session: Option<Session>) -> Result<()> {
    let mut change = app.store.change(caller).await?;
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    change.delete_own_session(session.id).await?;
    change.commit().await?;
    Ok(())
}
