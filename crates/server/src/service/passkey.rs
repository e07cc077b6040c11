//! One's own passkeys, and signing in with one.

use rolecall_store::Caller;
use rolecall_store::resource::{NewPasskey, Passkey, Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::fresh;
use crate::auth::passkey::{self, AnswerBody, CeremonyView};
use crate::input::{Check, Input, check_name};
use crate::mail;
use crate::problem::{FieldError, Problem};
use crate::service::sign_in::{SignedIn, begin_session, end_old, renew};
use crate::service::{ListView, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A passkey of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasskeyView {
    /// Its id.
    pub id: Uuid,
    /// What one calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Time,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// `update`, `delete`.
    pub can: Vec<String>,
}

/// A new passkey.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskeyBody {
    /// What to call it.
    pub name: String,
    /// Of the ceremony that was asked.
    pub ceremony: String,
    /// The credential, as its `toJSON()` gives it.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
}

/// Another name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyNameBody {
    /// What to call it.
    pub name: String,
}

impl Check for NewPasskeyBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        errors
    }
}

impl Check for PasskeyNameBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        errors
    }
}

impl Check for AnswerBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

fn view(passkey: Passkey) -> PasskeyView {
    PasskeyView {
        id: passkey.id,
        name: passkey.name,
        created_at: passkey.created_at.into(),
        last_used_at: passkey.last_used_at.map(Time),
        can: vec!["update".to_owned(), "delete".to_owned()],
    }
}

/// One's passkeys.
pub async fn list_passkeys(app: &App, caller: Caller) -> Result<ListView<PasskeyView>> {
    let items = app.store.access(caller).await?.list_own_passkeys().await?.into_iter().map(view).collect();
    Ok(ListView { items, next_cursor: None })
}

/// Asks the browser for a new passkey.
pub async fn ask_passkey(app: &App, caller: Caller) -> Result<CeremonyView> {
    let mut access = app.store.access(caller.clone()).await?;
    let account = access.own_account().await?;
    fresh::require(&caller)?;
    let had = access.list_own_passkeys().await?;
    passkey::ask_new(app, &caller, &account, &had)
}

/// Adds the passkey that was answered. The other sessions end; this one goes on under the new token.
pub async fn add_passkey(
    app: &App,
    caller: Caller,
    session: Option<Session>,
    input: Input<NewPasskeyBody>,
) -> Result<Written<(PasskeyView, String)>> {
    let account = app.store.access(caller.clone()).await?.own_account().await?;
    fresh::require(&caller)?;
    let session = session.ok_or_else(Problem::sign_in_needed)?;
    let NewPasskeyBody { name, ceremony, credential } = input.get()?;
    let (id, kept) = passkey::adopt(app, &caller, account.id, AnswerBody { ceremony, credential })?;
    let mut change = app.store.change(caller).await?;
    let added = change.add_passkey(NewPasskey { name: &name, credential_id: &id, credential: &kept }).await?;
    change.rise_own_session(session.id).await?;
    let token = renew(&mut change, session.id).await?;
    mail::send_notice(app, &mut change, &account, "passkey").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (view(added), token), revision })
}

/// Renames one.
pub async fn rename_passkey(
    app: &App,
    caller: Caller,
    id: Uuid,
    input: Input<PasskeyNameBody>,
) -> Result<Written<PasskeyView>> {
    let mut change = app.store.change(caller).await?;
    change.own_account().await?;
    if !change.rename_passkey(id, &input.get()?.name).await? {
        return Err(Problem::not_found());
    }
    let renamed =
        change.list_own_passkeys().await?.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    Ok(Written { value: view(renamed), revision: change.commit().await? })
}

/// Takes one away.
pub async fn remove_passkey(app: &App, caller: Caller, id: Uuid) -> Result<Written<()>> {
    let mut change = app.store.change(caller.clone()).await?;
    let account = change.own_account().await?;
    fresh::require(&caller)?;
    if !change.remove_passkey(id).await? {
        return Err(Problem::not_found());
    }
    mail::send_notice(app, &mut change, &account, "passkey-gone").await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: (), revision })
}

/// Asks whoever it is to sign in with a passkey.
pub fn ask_sign_in(app: &App, caller: &Caller) -> Result<CeremonyView> {
    passkey::ask(app, caller)
}

/// Signs in with a passkey, without a password or after it.
pub async fn sign_in(
    app: &App,
    caller: Caller,
    old: Option<Session>,
    input: Input<AnswerBody>,
) -> Result<Written<SignedIn>> {
    let proved = passkey::examine(app, &caller, input.get()?).await?;
    let mut change = app.store.change(caller.clone()).await?;
    if !proved.spend(&mut change).await? {
        drop(change);
        return Err(passkey::wrong(app, &caller).await);
    }
    end_old(&mut change, old).await?;
    begin_session(app, change, proved.passkey.user, true).await
}
