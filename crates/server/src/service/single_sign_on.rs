//! Single sign-on: whether roles, and who is active, come from an identity provider.

use rolecall_access::{OrganizationId, Scope};
use rolecall_store::resource::SingleSignOn;
use rolecall_store::{Access, Caller, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Check, Input};
use crate::problem::FieldError;
use crate::service::{Result, Written, abilities};
use crate::state::App;

/// Single sign-on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SingleSignOnView {
    /// Whether it is on.
    pub on: bool,
    /// What the caller may do with it: `read`, `update`.
    pub can: Vec<String>,
}

/// Single sign-on, as it shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SingleSignOnBody {
    /// Whether it is on.
    pub on: bool,
}

impl Check for SingleSignOnBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

fn view(access: &Access, id: OrganizationId, on: bool) -> SingleSignOnView {
    SingleSignOnView { on, can: abilities(access, "SingleSignOn", &["read", "update"], Scope::Organization(id), None) }
}

/// Whether it is on.
pub async fn find_single_sign_on(app: &App, caller: Caller, id: OrganizationId) -> Result<SingleSignOnView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<SingleSignOn, Read>(id).await?;
    Ok(view(&access, id, of.single_sign_on))
}

/// Switches it on or off.
pub async fn set_single_sign_on(
    app: &App,
    caller: Caller,
    id: OrganizationId,
    input: Input<SingleSignOnBody>,
) -> Result<Written<SingleSignOnView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<SingleSignOn, Update>(id).await?;
    let after = change.set_single_sign_on(&of, input.get()?.on).await?;
    let value = view(&change, id, after.single_sign_on);
    Ok(Written { value, revision: change.commit().await? })
}
