//! Roles as matrices: all permissions of one at once, and several side by side.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{OrganizationId, Permission, Relation, RoleId};
use rolecall_store::resource::{Permissions, Roles};
use rolecall_store::{Caller, Create, Delete, In, Read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Problem};
use crate::service::role::{self, NewPermissionBody, RolePermissionView};
use crate::service::{ListView, Result, Written};
use crate::state::App;

/// All permissions of a role.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixBody {
    /// The whole set.
    pub permissions: Vec<NewPermissionBody>,
}

/// A role in a comparison.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ComparedView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it has every permission.
    pub everything: bool,
    /// Whether it is for anonymous callers.
    pub public: bool,
    /// By model: action to the widest relation.
    pub cells: BTreeMap<String, BTreeMap<String, &'static str>>,
}

impl Check for MatrixBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (index, one) in self.permissions.iter_mut().enumerate() {
            let nested = one.check().into_iter();
            errors.extend(
                nested.map(|error| FieldError { field: format!("permissions.{index}.{}", error.field), ..error }),
            );
        }
        errors
    }
}

/// Sets all permissions of a role at once: what is new needs `Permission: create`, what goes `Permission: delete`.
pub async fn set_permissions(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
    version: Precondition,
    input: Input<MatrixBody>,
) -> Result<Written<ListView<RolePermissionView>>> {
    let mut change = app.store.change(caller).await?;
    let role = change.require::<Roles, Read>(id).await?;
    let creates = change.require::<In<Permissions>, Create>(id).await;
    if creates.is_err() {
        // Whoever may not even take anything away learns nothing about how to ask.
        let first = change.role_permissions(&role).await?.first().map(|row| row.id);
        match first {
            Some(row) => drop(change.require::<Permissions, Delete>((id.0, id.1, row)).await?),
            None => drop(change.require::<In<Permissions>, Create>(id).await?),
        }
    }
    let version = version.required()?;
    if version.is_some_and(|version| version != role.version) {
        let error = rolecall_store::StoreError::Stale { current: role.version };
        return Err(Problem::stale(error, || role::view(&change, &role)));
    }
    let mut wanted: BTreeSet<(Permission, Relation)> = BTreeSet::new();
    for one in &input.get()?.permissions {
        let relation = one.relation.as_deref().and_then(Relation::parse).unwrap_or(Relation::Role);
        wanted.insert((one.permission()?, relation));
    }
    let held = change.role_permissions(&role).await?;
    for row in &held {
        if !wanted.remove(&(row.permission.clone(), row.relation)) {
            let row = change.require::<Permissions, Delete>((id.0, id.1, row.id)).await?;
            change.remove_permission(&row).await?;
        }
    }
    if !wanted.is_empty() {
        let of = change.require::<In<Permissions>, Create>(id).await?;
        for (permission, relation) in &wanted {
            change.add_permission(&of, permission, *relation).await?;
        }
    }
    let rows = change.role_permissions(&role).await?;
    let items = rows.iter().map(|row| role::permission_view(&change, row)).collect();
    Ok(Written { value: ListView { items, next_cursor: None }, revision: change.commit().await? })
}

/// All roles side by side, for whoever may see roles.
pub async fn compare(app: &App, caller: Caller, organization: OrganizationId) -> Result<ListView<ComparedView>> {
    let mut access = app.store.access(caller).await?;
    access.require::<In<Roles>, Read>(organization).await?;
    let names = access.role_choices(organization).await?;
    let directory = access.directory();
    let compared = |role: rolecall_store::resource::Role| {
        let mut cells: BTreeMap<String, BTreeMap<String, &'static str>> = BTreeMap::new();
        let facts = directory.role(role.id)?;
        for (permission, relation) in &facts.permissions {
            let cell = cells.entry(permission.model.to_string()).or_default();
            // In order: owner, team, role; the widest stays.
            cell.insert(permission.action.to_string(), relation.as_str());
        }
        Some(ComparedView { id: role.id.0, name: role.name, everything: facts.everything, public: facts.public, cells })
    };
    Ok(ListView { items: names.into_iter().filter_map(compared).collect(), next_cursor: None })
}
