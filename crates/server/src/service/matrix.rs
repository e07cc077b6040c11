//! Roles as matrices: all permissions of one at once, and several side by side.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{OrganizationId, Permission, Relation, RoleId, catalogue};
use rolecall_store::resource::{Permissions, Role, Roles};
use rolecall_store::{Authorized, Caller, Change, Create, Delete, In, Read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::program::known_here;
use crate::service::role::{self, NewPermissionBody, RolePermissionView, RoleView};
use crate::service::{ListView, Result, Written};
use crate::state::App;

/// The most roles changed in one step.
const ROLES: usize = 100;

/// All permissions of a role.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixBody {
    /// The whole set.
    pub permissions: Vec<NewPermissionBody>,
}

/// All permissions of several roles.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatricesBody {
    /// The roles to be changed, 100 at most; the others stay as they are.
    pub roles: Vec<RoleMatrixBody>,
}

/// All permissions of one of several roles.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleMatrixBody {
    /// The role.
    pub role_id: Uuid,
    /// Its version when it was read.
    pub version: i64,
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
    /// Its version.
    pub version: i64,
    /// By model: action to the widest relation.
    pub cells: BTreeMap<String, BTreeMap<String, &'static str>>,
}

impl Check for MatrixBody {
    fn check(&mut self) -> Vec<FieldError> {
        check_permissions(&mut self.permissions, "")
    }
}

fn check_permissions(permissions: &mut [NewPermissionBody], within: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, one) in permissions.iter_mut().enumerate() {
        let field = |field: &str| format!("{within}permissions.{index}.{field}");
        errors.extend(one.check().into_iter().map(|error| FieldError { field: field(&error.field), ..error }));
    }
    errors
}

impl Check for MatricesBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.roles.len() > ROLES {
            errors.push(FieldError::new("roles", "too_long", format!("Change at most {ROLES} roles at once.")));
        }
        let mut seen = BTreeSet::new();
        for (index, one) in self.roles.iter_mut().enumerate() {
            if !seen.insert(one.role_id) {
                errors.push(FieldError::new(format!("roles.{index}.role_id"), "duplicate", "The role is there twice."));
            }
            errors.extend(check_permissions(&mut one.permissions, &format!("roles.{index}.")));
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
    let role = open(&mut change, id).await?;
    fresh(&change, &role, version.required()?)?;
    replace(&mut change, &role, &input.get()?.permissions, "").await?;
    let rows = change.role_permissions(&role).await?;
    let items = rows.iter().map(|row| role::permission_view(&change, row)).collect();
    Ok(Written { value: ListView { items, next_cursor: None }, revision: change.commit().await? })
}

/// Sets all permissions of several roles in one step: all of it or nothing.
pub async fn set_matrix(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<MatricesBody>,
) -> Result<Written<ListView<RoleView>>> {
    let mut change = app.store.change(caller).await?;
    change.require::<In<Roles>, Read>(organization).await?;
    let mut items = Vec::new();
    for (index, one) in input.get()?.roles.iter().enumerate() {
        let id = (organization, RoleId(one.role_id));
        let role = open(&mut change, id).await.map_err(|problem| match problem.kind {
            Kind::NotFound => {
                let field = format!("roles.{index}.role_id");
                Problem::invalid(vec![FieldError::new(field, "unknown", "There is no such role here.")])
            }
            _ => problem,
        })?;
        fresh(&change, &role, Some(one.version))?;
        replace(&mut change, &role, &one.permissions, &format!("roles.{index}.")).await?;
        let role = change.require::<Roles, Read>(id).await?;
        items.push(role::view(&change, &role));
    }
    Ok(Written { value: ListView { items, next_cursor: None }, revision: change.commit().await? })
}

/// The role, for somebody who may add permissions to it or take one away.
async fn open(change: &mut Change, id: (OrganizationId, RoleId)) -> Result<Authorized<Roles, Read>> {
    let role = change.require::<Roles, Read>(id).await?;
    if change.require::<In<Permissions>, Create>(id).await.is_err() {
        // Whoever may not even take anything away learns nothing about how to ask.
        let first = change.role_permissions(&role).await?.first().map(|row| row.id);
        match first {
            Some(row) => drop(change.require::<Permissions, Delete>((id.0, id.1, row)).await?),
            None => drop(change.require::<In<Permissions>, Create>(id).await?),
        }
    }
    Ok(role)
}

/// Refuses what was made from an older version of the role.
fn fresh(change: &Change, role: &Role, version: Option<i64>) -> Result<()> {
    if version.is_some_and(|version| version != role.version) {
        let error = rolecall_store::StoreError::Stale { current: role.version };
        return Err(Problem::stale(error, || role::view(change, role)));
    }
    Ok(())
}

/// Takes away what is not among the permissions, and adds what is new.
async fn replace(
    change: &mut Change,
    role: &Authorized<Roles, Read>,
    permissions: &[NewPermissionBody],
    within: &str,
) -> Result<()> {
    let id = (role.organization, role.id);
    let mut wanted: BTreeSet<(Permission, Relation)> = BTreeSet::new();
    for (index, one) in permissions.iter().enumerate() {
        if catalogue::find(&one.model).is_none() {
            known_here(change, id.0, &one.model, &one.action).map_err(|mut problem| {
                for error in &mut problem.errors {
                    error.field = format!("{within}permissions.{index}.{}", error.field);
                }
                problem
            })?;
        }
        let relation = one.relation.as_deref().and_then(Relation::parse).unwrap_or(Relation::Role);
        wanted.insert((one.permission()?, relation));
    }
    for row in change.role_permissions(role).await? {
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
    Ok(())
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
        for (permission, relation) in facts.permissions.iter() {
            let cell = cells.entry(permission.model.to_string()).or_default();
            // In order: owner, team, role; the widest stays.
            cell.insert(permission.action.to_string(), relation.as_str());
        }
        Some(ComparedView {
            id: role.id.0,
            name: role.name,
            everything: facts.everything,
            public: facts.public,
            version: role.version,
            cells,
        })
    };
    Ok(ListView { items: names.into_iter().filter_map(compared).collect(), next_cursor: None })
}
