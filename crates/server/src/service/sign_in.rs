//! Signing in and out.

use rolecall_access::UserId;
use rolecall_store::Caller;
use rolecall_store::resource::SessionId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::Input;
use crate::service::own::OwnAccountView;
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

/// Checks the password and begins a session. Same answer and time for unknown and known addresses.
pub async fn sign_in(_app: &App, _caller: Caller, _input: Input<SignInBody>) -> Result<Written<SignedIn>> {
    todo!()
}

/// Ends the session.
pub async fn sign_out(_app: &App, _caller: Caller, _session: SessionId) -> Result<()> {
    todo!()
}
