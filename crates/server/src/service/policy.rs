//! Changing an organization's policies; its plan.

use std::collections::BTreeSet;

use rolecall_access::catalogue;
use rolecall_access::{OrganizationId, Permission, RoleId};
use rolecall_store::audit::{LEAST_RETENTION_DAYS, MOST_RETENTION_DAYS};
use rolecall_store::resource::{Billings, NewPolicies, Policies};
use rolecall_store::{Caller, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, nullable};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::organization::{self, PoliciesView};
use crate::service::{PermissionView, Result, Written};
use crate::state::App;
use crate::time::Time;

/// Policies to be changed; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PoliciesBody {
    /// Whether peers manage each other.
    #[serde(default)]
    pub manage_peers: Option<bool>,
    /// Whether people need a second factor here, partners' people included.
    #[serde(default)]
    pub require_second_factor: Option<bool>,
    /// From when on; null: at once.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Time>)]
    pub second_factor_from: Option<Option<Time>>,
    /// For how many days the audit log's rows are kept, 30 to 3650; null: for ever. What older rows say is then gone for
    /// good.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>, minimum = 30, maximum = 3650)]
    pub audit_retention_days: Option<Option<u32>>,
    /// Permissions that only ownership gives: the whole set.
    #[serde(default)]
    pub reserved: Option<Vec<PermissionView>>,
    /// The role of an invitation that names none; null: one must be chosen.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Uuid>)]
    pub default_invitation_role_id: Option<Option<Uuid>>,
    /// The default role on a bot; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Uuid>)]
    pub team_default_role_id: Option<Option<Uuid>>,
    /// The role a former owner gets; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Uuid>)]
    pub former_owner_role_id: Option<Option<Uuid>>,
}

/// What the organization has agreed with the operator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BillingView {
    /// The plan's name.
    pub plan: String,
    /// Members and pending invitations.
    pub seats_used: u32,
    /// The most of them; null: no limit.
    pub seats: Option<u32>,
    /// When the period ends.
    pub period_ends_at: Option<Time>,
    /// What the caller may do with it.
    pub can: Vec<String>,
}

impl Check for PoliciesBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let kept = LEAST_RETENTION_DAYS..=MOST_RETENTION_DAYS;
        if self.audit_retention_days.flatten().is_some_and(|days| !kept.contains(&days)) {
            let message = "The audit log is kept for 30 to 3650 days, or for ever (null).";
            errors.push(FieldError::new("audit_retention_days", "invalid", message));
        }
        for (index, one) in self.reserved.iter().flatten().enumerate() {
            let known = Permission::new(&one.model, &one.action).is_ok_and(|one| catalogue::means_something(&one));
            if !known {
                let message = format!("There is no permission `{}: {}`.", one.model, one.action);
                errors.push(FieldError::new(format!("reserved.{index}"), "not_found", message));
            }
        }
        errors
    }
}

/// Changes policies.
pub async fn update_policies(
    app: &App,
    caller: Caller,
    id: OrganizationId,
    version: Precondition,
    input: Input<PoliciesBody>,
) -> Result<Written<PoliciesView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let of = change.require::<Policies, Update>(id).await?;
    let input = input.get()?;
    let permission = |one: PermissionView| Permission::new(&one.model, &one.action);
    let reserved = input.reserved.map(|all| all.into_iter().map(permission).collect::<std::result::Result<_, _>>());
    let reserved: Option<BTreeSet<Permission>> = reserved.transpose().map_err(|error| Problem::internal(&error))?;
    let role = |wanted: Option<Option<Uuid>>| wanted.map(|role| role.map(RoleId));
    let new = NewPolicies {
        manage_peers: input.manage_peers,
        require_second_factor: input.require_second_factor,
        second_factor_from: input.second_factor_from.map(|from| from.map(|from| from.0)),
        audit_retention_days: input.audit_retention_days,
        reserved,
        default_invitation_role: role(input.default_invitation_role_id),
        team_default_role: role(input.team_default_role_id),
        former_owner_role: role(input.former_owner_role_id),
    };
    let set = change.set_policies(&of, version.optional(), new).await;
    set.map_err(|error| Problem::stale(error, || organization::view(&change, &of)))?;
    let revision = change.commit().await?;
    // Read anew: what its maker may do follows from policies that are only now true. Whoever has just required a second
    // factor that they have not given themselves is still told what they did.
    let caller = Caller { second_factor: true, ..caller };
    let value = organization::find_policies(app, caller, id).await?;
    Ok(Written { value, revision })
}

/// Plan, seats and period.
pub async fn find_billing(app: &App, caller: Caller, id: OrganizationId) -> Result<BillingView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Billings, Read>(id).await?;
    let billing = access.billing(&of).await?;
    Ok(BillingView {
        plan: billing.plan,
        seats_used: billing.used,
        seats: billing.seats,
        period_ends_at: billing.period_ends_at.map(Time),
        can: vec!["read".to_owned()],
    })
}
