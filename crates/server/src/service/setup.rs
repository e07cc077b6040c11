//! The set-up of an empty installation.

use rolecall_store::Caller;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::Input;
use crate::service::organization::NewOrganizationBody;
use crate::service::sign_in::SignedIn;
use crate::service::{Result, Written};
use crate::state::App;

/// The first person.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FounderBody {
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Password.
    pub password: String,
}

/// The first organization and its first person.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupBody {
    /// The token of the printed link.
    pub token: String,
    /// The organization.
    pub organization: NewOrganizationBody,
    /// Its owner or first administrator.
    pub user: FounderBody,
}

/// Whether the installation waits for its set-up and this is its token.
pub async fn is_setup_token(_app: &App, _token: &str) -> Result<bool> {
    todo!()
}

/// Sets the installation up, once, and signs the first person in.
pub async fn set_up(_app: &App, _caller: Caller, _input: Input<SetupBody>) -> Result<Written<SignedIn>> {
    todo!()
}
