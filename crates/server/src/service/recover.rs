//! Recovery links: choosing a new password by the operator's leave.

use rolecall_store::Caller;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::limit::{self, Guess};
use crate::auth::{password, token};
use crate::input::{Check, Input};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::Result;
use crate::state::App;

/// Seconds that a recovery link is good for.
pub const RECOVERY_SECONDS: i64 = 20 * 60;

/// A new password, by a recovery link.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryBody {
    /// The token of the link.
    pub token: String,
    /// The new password.
    pub password: String,
}

impl Check for RecoveryBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        password::check("password", &self.password, &[], &mut errors);
        errors
    }
}

/// Sets the password and ends every session of the account; signing in comes after.
pub async fn recover(app: &App, caller: Caller, input: Input<RecoveryBody>) -> Result<()> {
    let input = input.get()?;
    limit::check(app, &caller, Guess::Recovery).await?;
    let hash = app.hasher.hash(&input.password).await?;
    let mut change = app.store.change(caller.clone()).await?;
    if change.redeem_recovery(&token::hash(&input.token), &hash).await?.is_none() {
        // A link that has run out is gone with this.
        change.commit().await?;
        limit::count(app, &caller, Guess::Recovery).await?;
        return Err(Problem::new(Kind::NotFound, "This link is not good any more. Ask the operator for a new one."));
    }
    change.commit().await?;
    Ok(())
}
