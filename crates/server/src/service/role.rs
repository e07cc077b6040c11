//! Roles and their permissions (W-8, W-11 to W-20).

use rolecall_access::catalogue::{self, Level};
use rolecall_access::preset::{Preset, PresetRole};
use rolecall_access::{OrganizationId, Permission, Reach, Relation, RoleId, Scope};
use rolecall_store::resource::{List, Members, NewRole, Permissions, Role, RolePermission, Roles};
use rolecall_store::{Access, Caller, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, check_name};
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::program::known_here;
use crate::service::{ListView, Named, Result, Written, abilities, may};
use crate::state::App;
use crate::time::Time;

/// A role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `organization` or `bots`.
    pub reach: String,
    /// Whether it has every permission there is or will be.
    pub everything: bool,
    /// Whether it says what anonymous callers may do.
    pub public: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`, `Permission:create`, `Permission:delete`.
    pub can: Vec<String>,
}

/// A permission of a role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RolePermissionView {
    /// Its id.
    pub id: Uuid,
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// `role`, `team` or `owner`.
    pub relation: String,
    /// When it was added.
    pub created_at: Time,
    /// `delete`.
    pub can: Vec<String>,
}

/// A role to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleBody {
    /// Its name, unique in the organization.
    pub name: String,
    /// `organization` (if not given) or `bots`.
    #[serde(default)]
    pub reach: Option<String>,
    /// A template of the organization's preset, whose permissions it begins with (G-6); needs `Permission: create`.
    #[serde(default)]
    pub template: Option<String>,
    /// A role whose permissions it begins with; needs `Permission: create`.
    #[serde(default)]
    pub copy_of: Option<Uuid>,
}

/// A change of a role.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// A new reach.
    #[serde(default)]
    pub reach: Option<String>,
}

/// A permission to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPermissionBody {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// `role` (if not given), `team` or `owner`.
    #[serde(default)]
    pub relation: Option<String>,
}

fn check_reach(reach: Option<&str>, errors: &mut Vec<FieldError>) {
    if reach.is_some_and(|reach| Reach::parse(reach).is_none()) {
        errors.push(FieldError::new("reach", "invalid", "Reach is `organization` or `bots`."));
    }
}

impl Check for NewRoleBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        check_reach(self.reach.as_deref(), &mut errors);
        errors
    }
}

impl Check for RoleChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        check_reach(self.reach.as_deref(), &mut errors);
        errors
    }
}

impl Check for NewPermissionBody {
    /// The model and the action must mean something, and the relation must exist at the model's level. Whether a program
    /// registered a model that is none of ours is asked where the organization is known (`known_here`).
    fn check(&mut self) -> Vec<FieldError> {
        let model = catalogue::find(&self.model);
        if model.is_none() && Permission::new(&self.model, &self.action).is_err() {
            return vec![FieldError::new("model", "not_found", "There is no such model; see the list of models.")];
        }
        let mut errors = Vec::new();
        if let Some(model) = model.filter(|model| !model.actions.contains(&self.action.as_str())) {
            let known = model.actions.join(", ");
            errors.push(FieldError::new("action", "not_found", format!("Actions of {} are: {known}.", model.key)));
        }
        match self.relation.as_deref().map(Relation::parse) {
            Some(None) => errors.push(FieldError::new("relation", "invalid", "Relation is `role`, `team` or `owner`.")),
            Some(Some(Relation::Team)) if self.is_of_organization() => {
                let message = "`team` has a meaning on bots only; use `role` or `owner` here.";
                errors.push(FieldError::new("relation", "invalid", message));
            }
            _ => {}
        }
        errors
    }
}

impl NewPermissionBody {
    pub(crate) fn permission(&self) -> Result<Permission> {
        Permission::new(&self.model, &self.action).map_err(|error| Problem::internal(&error))
    }

    fn is_of_organization(&self) -> bool {
        self.permission().is_ok_and(|permission| catalogue::level(&permission) == Some(Level::Organization))
    }
}

const ABILITIES: &[&str] = &["read", "update", "delete", "Permission:create", "Permission:delete"];

pub(crate) fn view(access: &Access, role: &Role) -> RoleView {
    let scope = Scope::Organization(role.organization);
    RoleView {
        id: role.id.0,
        name: role.name.clone(),
        reach: role.reach.as_str().to_owned(),
        everything: role.everything,
        public: role.public,
        created_at: role.created_at.into(),
        updated_at: role.updated_at.into(),
        version: role.version,
        can: abilities(access, "Role", ABILITIES, scope, role.created_by),
    }
}

pub(crate) fn permission_view(access: &Access, row: &RolePermission) -> RolePermissionView {
    let scope = Scope::Organization(row.role.organization);
    RolePermissionView {
        id: row.id,
        model: row.permission.model.to_string(),
        action: row.permission.action.to_string(),
        relation: row.relation.as_str().to_owned(),
        created_at: row.created_at.into(),
        can: abilities(access, "Permission", &["delete"], scope, row.role.created_by),
    }
}

/// Roles of the organization, with `Role: read`.
pub async fn list_roles(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<RoleView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Roles>, Read>(organization).await?;
    let page = access.list_roles(&within, &list?).await?;
    Ok(ListView::of(page, |role| view(&access, &role)))
}

/// Whether the caller may add roles: for the page that asks its name.
pub async fn may_create_role(app: &App, caller: Caller, organization: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Roles>, Create>(organization).await?;
    Ok(())
}

/// Whether the caller may delete the role: for the page that asks for confirmation.
pub async fn may_delete_role(app: &App, caller: Caller, id: (OrganizationId, RoleId)) -> Result<()> {
    app.store.access(caller).await?.require::<Roles, Delete>(id).await?;
    Ok(())
}

/// One role.
pub async fn find_role(app: &App, caller: Caller, id: (OrganizationId, RoleId)) -> Result<RoleView> {
    let mut access = app.store.access(caller).await?;
    let role = access.require::<Roles, Read>(id).await?;
    Ok(view(&access, &role))
}

/// Adds a role.
pub async fn create_role(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewRoleBody>,
) -> Result<Written<RoleView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Roles>, Create>(organization).await?;
    let input = input.get()?;
    let reach = input.reach.as_deref().and_then(Reach::parse).unwrap_or(Reach::Organization);
    let role = change.create_role(&within, NewRole { name: input.name, reach }).await?;
    if let Some(template) = input.template {
        let template = find_template(&within.preset, &template)?;
        let of = change.require::<In<Permissions>, Create>((organization, role.id)).await?;
        for permission in &template.permissions {
            change.add_permission(&of, permission, rolecall_access::preset::RELATION).await?;
        }
    }
    if let Some(original) = input.copy_of {
        let unknown = |_| {
            let message = "There is no such role.";
            Problem::invalid(vec![FieldError::new("copy_of", "not_found", message)])
        };
        let original = change.require::<Roles, Read>((organization, original.into())).await.map_err(unknown)?;
        let of = change.require::<In<Permissions>, Create>((organization, role.id)).await?;
        for row in change.role_permissions(&original).await? {
            change.add_permission(&of, &row.permission, row.relation).await?;
        }
    }
    let value = view(&change, &role);
    Ok(Written { value, revision: change.commit().await? })
}

fn find_template(preset: &str, name: &str) -> Result<&'static PresetRole> {
    let templates = Preset::find(preset).map(|preset| preset.templates.as_slice()).unwrap_or_default();
    let message = "There is no such template; leave it out to begin with no permissions.";
    let unknown = || Problem::invalid(vec![FieldError::new("template", "not_found", message)]);
    templates.iter().find(|template| template.name == name).ok_or_else(unknown)
}

/// Renames a role or changes its reach; needs a precondition.
pub async fn update_role(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
    version: Precondition,
    input: Input<RoleChangeBody>,
) -> Result<Written<RoleView>> {
    let mut change = app.store.change(caller).await?;
    let role = change.require::<Roles, Update>(id).await?;
    let version = version.required()?;
    let input = input.get()?;
    let reach = input.reach.as_deref().and_then(Reach::parse);
    let after = change.update_role(&role, version, input.name.as_deref(), reach).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, &role)))?;
    let value = view(&change, &after);
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes a role that nobody has.
pub async fn delete_role(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
    version: Precondition,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let role = change.require::<Roles, Delete>(id).await?;
    let version = version.required()?;
    let deleted = change.delete_role(&role, version).await;
    if let Err(error) = deleted {
        let mut problem = Problem::stale(error, || view(&change, &role));
        if problem.kind == Kind::RoleInUse {
            problem.detail = format!("{} {}", problem.detail, holders_sentence(&mut change, &role).await?);
        }
        return Err(problem);
    }
    Ok(Written { value: (), revision: change.commit().await? })
}

/// To whom a role is assigned, as far as the reader may see users.
async fn holders_sentence(access: &mut Access, role: &Role) -> Result<String> {
    let (count, names) = holders(access, role, 5).await?;
    if names.is_empty() {
        return Ok(format!("It is assigned to {count} {}.", if count == 1 { "person" } else { "people" }));
    }
    let more = usize::try_from(count).unwrap_or_default().saturating_sub(names.len());
    let named = names.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(", ");
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok(format!("It is assigned to {named}{and_more}."))
}

async fn holders(access: &mut Access, role: &Role, limit: u32) -> Result<(u32, Vec<Named>)> {
    let count = access.role_holders(role).await?;
    let names = match access.require::<In<Members>, Read>(role.organization).await {
        Ok(users) => access.role_holder_names(&users, role, limit).await?,
        Err(_) => Vec::new(),
    };
    let mut names: Vec<Named> = names.into_iter().map(|(id, name)| Named { id: id.0, name }).collect();
    let subjects = access.directory().subjects_with(role.id);
    let count = count.saturating_add(u32::try_from(subjects.count()).unwrap_or(u32::MAX));
    if may(access, "Model", "read", Scope::Organization(role.organization), None) {
        let room = usize::try_from(limit).unwrap_or_default().saturating_sub(names.len());
        let subjects = access.directory().subjects_with(role.id).take(room);
        names.extend(subjects.map(|one| Named { id: one.id.0, name: format!("{} {}", one.kind, one.foreign_id) }));
    }
    Ok((count, names))
}

/// Who has the role: how many, and up to `limit` names if the caller may see users (for the page that confirms a deletion).
pub async fn role_holders(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
    limit: u32,
) -> Result<(u32, Vec<Named>)> {
    let mut access = app.store.access(caller).await?;
    let role = access.require::<Roles, Read>(id).await?;
    holders(&mut access, &role, limit).await
}

/// The role's permissions, by model, action, relation.
pub async fn list_permissions(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
) -> Result<ListView<RolePermissionView>> {
    let mut access = app.store.access(caller).await?;
    let role = access.require::<Roles, Read>(id).await?;
    let rows = access.role_permissions(&role).await?;
    let items = rows.iter().map(|row| permission_view(&access, row)).collect();
    Ok(ListView { items, next_cursor: None })
}

/// Adds a permission to the role.
pub async fn add_permission(
    app: &App,
    caller: Caller,
    id: (OrganizationId, RoleId),
    input: Input<NewPermissionBody>,
) -> Result<Written<RolePermissionView>> {
    let mut change = app.store.change(caller).await?;
    let role = change.require::<In<Permissions>, Create>(id).await?;
    let input = input.get()?;
    let relation = input.relation.as_deref().and_then(Relation::parse).unwrap_or(Relation::Role);
    let permission = known_here(&change, id.0, &input.model, &input.action)?;
    let row = change.add_permission(&role, &permission, relation).await?;
    let value = permission_view(&change, &row);
    Ok(Written { value, revision: change.commit().await? })
}

/// Removes a permission from the role.
pub async fn remove_permission(app: &App, caller: Caller, id: (OrganizationId, RoleId, Uuid)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let row = change.require::<Permissions, Delete>(id).await?;
    change.remove_permission(&row).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}
