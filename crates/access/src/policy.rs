//! An organization's policies: data, set by its preset, changed with `Policy: update`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::RoleId;
use crate::permission::Permission;
use crate::timestamp::Timestamp;

/// Whether there is an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Exactly one, always.
    One,
    /// None.
    #[default]
    None,
}

/// The policies of one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Whether the organization has an owner.
    pub owner: Ownership,
    /// Whether each bot has an owner (its creator at first).
    pub bot_owner: Ownership,
    /// Whether one may change people who hold the very permission one is using.
    pub manage_peers: bool,
    /// Permissions that only ownership gives; never granted.
    pub reserved: BTreeSet<Permission>,
    /// The role of an invitation that names none.
    pub default_invitation_role: Option<RoleId>,
    /// The role on a bot of whoever is put on it without one.
    pub team_default_role: Option<RoleId>,
    /// The role that a former owner gets.
    pub former_owner_role: Option<RoleId>,
    /// Whether people need a second factor here, partners' people included.
    pub require_second_factor: bool,
    /// From when on; none: at once.
    pub second_factor_from: Option<Timestamp>,
    /// For how many days the audit log's rows are kept; none: for ever.
    pub audit_retention_days: Option<u32>,
    /// The most members, invited ones included.
    pub seats: Option<u32>,
    /// Whether roles and people's status come from an identity provider.
    pub single_sign_on: bool,
}

impl Policies {
    /// Whether a second factor is needed now.
    #[must_use]
    pub fn needs_second_factor(&self, now: Timestamp) -> bool {
        self.require_second_factor && self.second_factor_from.is_none_or(|from| from <= now)
    }

    /// Whether this is decided where people sign in, and so not changed here: roles, who has them, who is active.
    #[must_use]
    pub fn comes_from_provider(&self, model: &str, action: &str) -> bool {
        let local = action == "read"
            || !matches!((model, action), ("Role" | "Permission" | "RoleAssignment", _) | ("User", "update"));
        self.single_sign_on && !local
    }
}
