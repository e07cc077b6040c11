//! Passkeys (WebAuthn): what is asked of an authenticator, and what it answers. The state of a ceremony travels with the
//! browser, sealed; an answer is good once. Every passkey verifies its person (a finger, a face, a PIN), so one alone is
//! two factors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_access::{Timestamp, UserId};
use rolecall_store::resource::{Account, Passkey as Kept};
use rolecall_store::{Caller, Change};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};
use webauthn_rs_proto::ResidentKeyRequirement;

use crate::auth::limit::{self, Guess};
use crate::auth::token;
use crate::problem::{FieldError, Kind, Problem};
use crate::state::App;

/// Seconds that a ceremony may take.
const SECONDS: i64 = 5 * 60;
const SIGN_IN: &str = "passkey sign-in";

/// What to hand to the browser, and what to send back with its answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CeremonyView {
    /// To be sent back with the answer, within five minutes.
    pub ceremony: String,
    /// For `navigator.credentials`: `PublicKeyCredential.parseCreationOptionsFromJSON` or `…RequestOptionsFromJSON`.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// A passkey's answer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// Of the ceremony that was asked.
    pub ceremony: String,
    /// The credential, as its `toJSON()` gives it.
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// What is sealed of a ceremony.
#[derive(Serialize, Deserialize)]
struct Ceremony<S> {
    state: S,
    expires_at: i64,
}

/// A passkey that has proved its person, to be used up in a change.
pub struct Proved {
    /// The passkey.
    pub passkey: Kept,
    credential: String,
    ceremony: [u8; 32],
    expires_at: Timestamp,
}

impl Proved {
    /// Uses the answer up. False: it was already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn spend(&self, change: &mut Change) -> Result<bool, Problem> {
        Ok(change.use_passkey(&self.passkey, &self.credential, (&self.ceremony, self.expires_at)).await?)
    }
}

/// Whether passkeys work at the public address: they need a name, an address in numbers will not do.
#[must_use]
pub fn are_possible(app: &App) -> bool {
    webauthn(app).is_ok()
}

fn webauthn(app: &App) -> Result<Webauthn, Problem> {
    let url = &app.config.public_url;
    let built = WebauthnBuilder::new(url.domain().unwrap_or_default(), url);
    built.map(|builder| builder.rp_name("Rolecall")).and_then(WebauthnBuilder::build).map_err(|_| {
        let detail = format!("Passkeys need a name in the public URL, and {url} has none; the operator can set one.");
        Problem::new(Kind::WrongState, detail)
    })
}

fn registration(user: UserId) -> String {
    format!("passkey of {}", user.0)
}

fn seal<S: Serialize>(app: &App, purpose: &str, caller: &Caller, state: S) -> Result<String, Problem> {
    let ceremony = Ceremony { state, expires_at: caller.now.plus_seconds(SECONDS).0 };
    let plain = serde_json::to_vec(&ceremony).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(app.vault.seal(purpose, &plain)?))
}

/// The state of a ceremony that is not over.
fn unseal<S: DeserializeOwned>(
    app: &App,
    purpose: &str,
    caller: &Caller,
    sealed: &str,
) -> Result<Ceremony<S>, Problem> {
    let over = || Problem::new(Kind::WrongCredentials, "This took too long, or was begun elsewhere. Begin again.");
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| over())?;
    let plain = app.vault.open_quietly(purpose, &bytes).ok_or_else(over)?;
    let ceremony: Ceremony<S> = serde_json::from_slice(&plain).map_err(|_| over())?;
    if caller.now.0 < ceremony.expires_at { Ok(ceremony) } else { Err(over()) }
}

fn credential<C: DeserializeOwned>(value: Value) -> Result<C, Problem> {
    serde_json::from_value(value).map_err(|_| {
        let message = "This is not what a passkey answers.";
        Problem::invalid(vec![FieldError::new("credential", "invalid", message)])
    })
}

fn parsed(kept: &Kept) -> Result<Passkey, Problem> {
    serde_json::from_str(&kept.credential).map_err(|error| Problem::internal(&error))
}

/// Asks for a new passkey of the account; those it has are left out.
///
/// # Errors
/// 409 where passkeys do not work.
pub fn ask_new(app: &App, caller: &Caller, account: &Account, had: &[Kept]) -> Result<CeremonyView, Problem> {
    let had: Vec<_> = had.iter().map(|kept| parsed(kept).map(|one| one.cred_id().clone())).collect::<Result<_, _>>()?;
    let begun = webauthn(app)?.start_passkey_registration(account.id.0, &account.email, &account.name, Some(had));
    let (mut asked, state) = begun.map_err(|error| Problem::internal(&error))?;
    // It is to sign in without a password too: the authenticator keeps it.
    let selection = asked.public_key.authenticator_selection.get_or_insert_default();
    selection.resident_key = Some(ResidentKeyRequirement::Required);
    selection.require_resident_key = true;
    Ok(CeremonyView {
        ceremony: seal(app, &registration(account.id), caller, state)?,
        public_key: serde_json::to_value(asked.public_key).map_err(|error| Problem::internal(&error))?,
    })
}

/// The new passkey that was answered: what names it, and what is kept of it as JSON.
///
/// # Errors
/// 401 if the ceremony is over; 422 if the answer is none.
pub fn adopt(app: &App, caller: &Caller, user: UserId, answer: AnswerBody) -> Result<(Vec<u8>, String), Problem> {
    let Ceremony { state, .. } = unseal::<PasskeyRegistration>(app, &registration(user), caller, &answer.ceremony)?;
    let credential: RegisterPublicKeyCredential = credential(answer.credential)?;
    let passkey = webauthn(app)?.finish_passkey_registration(&credential, &state).map_err(|error| {
        tracing::info!(%error, "a new passkey was refused");
        let message = "The passkey could not be checked. Begin again.";
        Problem::invalid(vec![FieldError::new("credential", "invalid", message)])
    })?;
    let kept = serde_json::to_string(&passkey).map_err(|error| Problem::internal(&error))?;
    Ok((passkey.cred_id().to_vec(), kept))
}

/// Asks whoever it is to sign in with a passkey.
///
/// # Errors
/// 409 where passkeys do not work.
pub fn ask(app: &App, caller: &Caller) -> Result<CeremonyView, Problem> {
    let begun = webauthn(app)?.start_discoverable_authentication();
    let (asked, state) = begun.map_err(|error| Problem::internal(&error))?;
    Ok(CeremonyView {
        ceremony: seal(app, SIGN_IN, caller, state)?,
        public_key: serde_json::to_value(asked.public_key).map_err(|error| Problem::internal(&error))?,
    })
}

/// Who has proved it with which passkey.
///
/// # Errors
/// 401 if nobody has, which counts as a failure; 422 if the answer is none; 429 after too many.
pub async fn examine(app: &App, caller: &Caller, answer: AnswerBody) -> Result<Proved, Problem> {
    limit::check(app, caller, Guess::Passkey).await?;
    let ceremony = token::hash(&answer.ceremony);
    let Ceremony { state, expires_at } = unseal::<DiscoverableAuthentication>(app, SIGN_IN, caller, &answer.ceremony)?;
    let credential: PublicKeyCredential = credential(answer.credential)?;
    match check(app, caller, state, &credential).await? {
        Some((passkey, credential)) => {
            limit::check(app, caller, Guess::Passkey).await?;
            Ok(Proved { passkey, credential, ceremony, expires_at: Timestamp(expires_at) })
        }
        None => Err(wrong(app, caller).await),
    }
}

/// Counts the failure and says so.
pub async fn wrong(app: &App, caller: &Caller) -> Problem {
    match limit::count(app, caller, Guess::Passkey).await {
        Ok(_) => Problem::new(
            Kind::WrongCredentials,
            "This passkey is not known here (any more), or its answer is not good.",
        ),
        Err(problem) => problem,
    }
}

async fn check(
    app: &App,
    caller: &Caller,
    state: DiscoverableAuthentication,
    credential: &PublicKeyCredential,
) -> Result<Option<(Kept, String)>, Problem> {
    let webauthn = webauthn(app)?;
    let Ok((user, id)) = webauthn.identify_discoverable_authentication(credential) else { return Ok(None) };
    let found = app.store.access(caller.clone()).await?.find_passkey(id).await?;
    let Some(kept) = found.filter(|kept| kept.user == UserId(user)) else { return Ok(None) };
    let mut passkey = parsed(&kept)?;
    let key = DiscoverableKey::from(&passkey);
    match webauthn.finish_discoverable_authentication_v2(credential, state, &key) {
        Ok(result) if result.user_verified() => {
            passkey.update_credential(&result);
            let json = serde_json::to_string(&passkey).map_err(|error| Problem::internal(&error))?;
            Ok(Some((kept, json)))
        }
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::info!(%error, "a passkey's answer was refused");
            Ok(None)
        }
    }
}
