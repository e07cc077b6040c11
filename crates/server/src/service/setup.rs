//! The set-up of an empty installation.

use rolecall_access::preset::Preset;
use rolecall_store::Caller;
use rolecall_store::resource::{NewAccount, NewOrganization};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::limit::{self, Guess};
use crate::auth::{password, token};
use crate::input::{Check, Input, check_email, check_name};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::organization::NewOrganizationBody;
use crate::service::sign_in::{SignedIn, begin_session};
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

impl Check for SetupBody {
    fn check(&mut self) -> Vec<FieldError> {
        let within = |error: FieldError| FieldError { field: format!("organization.{}", error.field), ..error };
        let mut errors: Vec<FieldError> = self.organization.check().into_iter().map(within).collect();
        check_name("user.name", &mut self.user.name, &mut errors);
        check_email("user.email", &mut self.user.email, &mut errors);
        let own = [self.user.name.as_str(), self.user.email.as_str()];
        password::check("user.password", &self.user.password, password::LEAST_ALONE, &own, &mut errors);
        errors
    }
}

/// Whether the installation waits for its set-up and this is its token.
pub async fn is_setup_token(app: &App, caller: &Caller, token: &str) -> Result<bool> {
    limit::check(app, caller, Guess::Setup).await?;
    let known = app.store.is_empty().await? && app.store.is_setup_token(&token::hash(token)).await?;
    if known {
        limit::check(app, caller, Guess::Setup).await?;
    } else {
        limit::count(app, caller, Guess::Setup).await?;
    }
    Ok(known)
}

/// Sets the installation up, once, and signs the first person in.
pub async fn set_up(app: &App, caller: Caller, input: Input<SetupBody>) -> Result<Written<SignedIn>> {
    let input = input.get()?;
    if !is_setup_token(app, &caller, &input.token).await? {
        return Err(over());
    }
    let password_hash = app.hasher.hash(&input.user.password).await?;
    let mut change = app.store.change(caller).await?;
    if !change.redeem_setup_token(&token::hash(&input.token)).await? {
        return Err(over());
    }
    let preset = Preset::find(&input.organization.preset).ok_or_else(Problem::not_found)?;
    let FounderBody { name, email, .. } = input.user;
    let account = NewAccount { email, name, password_hash: Some(password_hash), verified: true };
    let founder = change.create_account(account).await?.id;
    change.create_organization(NewOrganization { name: input.organization.name, preset, founder }).await?;
    begin_session(app, change, founder, false).await
}

pub(crate) fn over() -> Problem {
    Problem::new(
        Kind::NotFound,
        "This set-up link is not good any more. Restart the server for a new one, if it is empty.",
    )
}
