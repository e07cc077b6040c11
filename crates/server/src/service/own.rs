//! One's own account and permissions.

use std::collections::BTreeMap;

use rolecall_access::{BotId, OrganizationId};
use rolecall_store::Caller;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::service::{Result, Written};
use crate::state::App;

/// An organization of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnOrganizationView {
    /// Its id.
    pub id: Uuid,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// The names of one's roles there.
    pub roles: Vec<String>,
    /// Whether one owns it.
    pub owner: bool,
}

/// One's own account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnAccountView {
    /// The person's id.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// BCP 47 tag.
    pub language: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The organizations one is an active member of.
    pub organizations: Vec<OwnOrganizationView>,
}

/// A change of one's own account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnAccountBody {
    /// Full name.
    #[serde(default)]
    pub name: Option<String>,
    /// BCP 47 tag.
    #[serde(default)]
    pub language: Option<String>,
    /// IANA time zone.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// What one may do: model → actions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnPermissionsView {
    /// Model → actions.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// The revision it is true at.
    pub revision: u64,
}

impl OwnPermissionsView {
    /// Whether the map lists the action of the model.
    #[must_use]
    pub fn allows(&self, model: &str, action: &str) -> bool {
        self.permissions.get(model).is_some_and(|actions| actions.iter().any(|listed| listed == action))
    }
}

/// The caller's account and organizations.
pub async fn find_own_account(_app: &App, _caller: Caller) -> Result<OwnAccountView> {
    todo!()
}

/// Changes name, language, time zone.
pub async fn update_own_account(
    _app: &App,
    _caller: Caller,
    _input: Input<OwnAccountBody>,
) -> Result<Written<OwnAccountView>> {
    todo!()
}

/// What the caller may do in the organization, or on the bot (W-4).
pub async fn list_own_permissions(
    _app: &App,
    _caller: Caller,
    _organization: Option<OrganizationId>,
    _bot: Option<BotId>,
) -> Result<OwnPermissionsView> {
    todo!()
}
