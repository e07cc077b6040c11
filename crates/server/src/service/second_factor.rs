//! One's own second factor: authenticator app and backup codes (P-14).

use rolecall_store::Caller;
use rolecall_store::resource::{Factors, Session};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::factor::{Draft, Qr};
use crate::auth::{factor, fresh};
use crate::input::Input;
use crate::mail;
use crate::problem::{Kind, Problem};
use crate::service::sign_in::{CodeBody, renew};
use crate::service::{Result, Written};
use crate::state::App;
use crate::time::Time;

/// Seconds in which an authenticator app is set up.
const DRAFT_SECONDS: i64 = 30 * 60;

/// One's second factors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecondFactorView {
    /// Whether one is asked for at sign-in.
    pub on: bool,
    /// Since when an authenticator app is set up.
    pub authenticator_since: Option<Time>,
    /// How many passkeys there are.
    pub passkeys: u32,
    /// The backup codes.
    pub backup_codes: BackupCodesView,
}

/// What is left of one's backup codes; the codes themselves are shown once, when they are made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BackupCodesView {
    /// How many are left.
    pub left: u32,
    /// When they were made.
    pub created_at: Option<Time>,
}

/// An authenticator app to be set up: nothing counts before a code from it is given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// The secret, in base32, for typing.
    pub secret: String,
    /// The same as `otpauth://` address.
    pub uri: String,
    /// The address as a QR code, in SVG.
    pub qr: String,
    /// The picture's parts, for our own pages.
    #[serde(skip)]
    #[schema(ignore)]
    pub picture: Qr,
}

impl From<Draft> for DraftView {
    fn from(draft: Draft) -> Self {
        Self { secret: draft.secret, uri: draft.uri, qr: draft.qr.svg(), picture: draft.qr }
    }
}

/// New backup codes, shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewBackupCodesView {
    /// The codes; empty where earlier ones stay good.
    pub codes: Vec<String>,
}

/// What a change of factors gives: codes to keep, and the session's new token, which goes into the cookie.
pub struct Changed {
    /// New backup codes.
    pub codes: NewBackupCodesView,
    /// The session's new token.
    pub token: String,
}

fn view(factors: Factors) -> SecondFactorView {
    SecondFactorView {
        on: factors.is_on(),
        authenticator_since: factors.authenticator.map(Time),
        passkeys: factors.passkeys,
        backup_codes: BackupCodesView { left: factors.backup_codes, created_at: factors.backup_codes_since.map(Time) },
    }
}

/// One's factors.
pub async fn find_second_factor(app: &App, caller: Caller) -> Result<SecondFactorView> {
    let mut access = app.store.access(caller).await?;
    let account = access.own_account().await?;
    Ok(view(access.factors_of(account.id).await?))
}

/// Begins to set an authenticator app up, in place of the one there is once it is confirmed.
pub async fn begin_authenticator(app: &App, caller: Caller) -> Result<DraftView> {
    let expires_at = caller.now.plus_seconds(DRAFT_SECONDS);
    let mut change = app.store.change(caller.clone()).await?;
    let account = change.own_account().await?;
    fresh::require(&caller)?;
    let draft = factor::draft(app, &account)?;
    change.draft_authenticator(&draft.sealed, expires_at).await?;
    change.commit().await?;
    Ok(draft.into())
}

/// The app that was begun, shown again while it waits for its code.
pub async fn find_authenticator_draft(app: &App, caller: Caller) -> Result<DraftView> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    fresh::require(&caller)?;
    let sealed = access.own_authenticator_draft().await?.ok_or_else(begin_first)?;
    let draft = factor::describe(app, &account, sealed)?;
    Ok(draft.into())
}

fn begin_first() -> Problem {
    Problem::new(Kind::WrongState, "Begin to set up the authenticator app first; a beginning is good for 30 minutes.")
}

/// Confirms the app by a code from it. The other sessions end; with the first factor come backup codes.
pub async fn confirm_authenticator(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<CodeBody>,
) -> Result<Written<Changed>> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    fresh::require(&caller)?;
    let CodeBody { code } = input.get()?;
    let sealed = access.own_authenticator_draft().await?.ok_or_else(begin_first)?;
    let had = access.factors_of(account.id).await?;
    drop(access);
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let step = factor::step(app, &caller, account.id, &sealed, &code)?.ok_or_else(|| {
        let message =
            "The code does not match. Is the clock of the device right? Wait for the next code and try again.";
        Problem::new(Kind::WrongCredentials, message)
    })?;
    let codes = if had.backup_codes == 0 { Some(factor::backup_codes(app).await?) } else { None };
    let mut change = app.store.change(caller).await?;
    if !change.adopt_authenticator(&sealed, step).await? {
        return Err(begin_first());
    }
    if let Some(codes) = &codes {
        change.set_backup_codes(&codes.salt, &codes.hashes).await?;
    }
    change.rise_own_session(session.id).await?;
    let token = renew(&mut change, session.id).await?;
    mail::send_notice(app, &mut change, &account, "authenticator").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    let codes = NewBackupCodesView { codes: codes.map(|made| made.codes).unwrap_or_default() };
    Ok(Written { value: Changed { codes, token }, revision })
}

/// Takes the authenticator app away.
pub async fn remove_authenticator(app: &App, caller: Caller) -> Result<Written<()>> {
    let mut change = app.store.change(caller.clone()).await?;
    let account = change.own_account().await?;
    fresh::require(&caller)?;
    if !change.remove_authenticator().await? {
        return Err(Problem::new(Kind::NotFound, "No authenticator app is set up."));
    }
    mail::send_notice(app, &mut change, &account, "authenticator-gone").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (), revision })
}

/// Makes ten new backup codes; those before are void.
pub async fn make_backup_codes(app: &App, caller: Caller) -> Result<Written<NewBackupCodesView>> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    fresh::require(&caller)?;
    let factors = access.factors_of(account.id).await?;
    drop(access);
    if !factors.is_on() {
        let detail = "Backup codes stand in for a second factor; set up an authenticator app or a passkey first.";
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let made = factor::backup_codes(app).await?;
    let mut change = app.store.change(caller).await?;
    // The factor may have gone while the codes were hashed.
    if !change.factors_of(account.id).await?.is_on() {
        return Err(Problem::new(Kind::WrongState, "The second factor was taken away meanwhile."));
    }
    change.set_backup_codes(&made.salt, &made.hashes).await?;
    mail::send_notice(app, &mut change, &account, "backup-codes").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: NewBackupCodesView { codes: made.codes }, revision })
}
