//! What may stand in bodies about users.

use rolecall_access::catalogue::{self, Level};
use rolecall_access::facts::MemberStatus;
use rolecall_access::{Permission, RoleId};
use rolecall_store::resource::{NewAssignment, SinglePermission};

use super::{NewUserBody, PermissionGrantBody, RoleGrantBody, UserChangeBody, UserPermissionsBody, UserRolesBody};
use crate::input::{Check, NAME_LENGTH, check_email, check_name};
use crate::problem::{FieldError, Problem};
use crate::service::{PermissionView, Result};

impl Check for NewUserBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        check_email("email", &mut self.email, &mut errors);
        check_distinct("role_ids", &self.role_ids, &mut errors);
        let permissions: Vec<PermissionGrantBody> = self.permissions.iter().cloned().map(Into::into).collect();
        check_grants(&permissions, Level::Organization, &mut errors);
        errors
    }
}

impl Check for UserChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        match self.status.as_str() {
            "active" | "suspended" => Vec::new(),
            _ => vec![FieldError::new("status", "invalid", "Status is `active` or `suspended`.")],
        }
    }
}

impl UserChangeBody {
    pub(super) fn status(&self) -> MemberStatus {
        if self.status == "suspended" { MemberStatus::Suspended } else { MemberStatus::Active }
    }
}

impl Check for UserRolesBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let ids: Vec<uuid::Uuid> = self.roles.iter().map(|grant| grant.role_id).collect();
        check_distinct("roles", &ids, &mut errors);
        for (index, grant) in self.roles.iter().enumerate() {
            check_reason(&format!("roles.{index}.reason"), grant.reason.as_deref(), &mut errors);
        }
        errors
    }
}

/// Reports a reason that is too long or has control characters.
pub(crate) fn check_reason(field: &str, reason: Option<&str>, errors: &mut Vec<FieldError>) {
    let reason = reason.unwrap_or_default();
    if reason.chars().count() > NAME_LENGTH || reason.chars().any(char::is_control) {
        errors.push(FieldError::new(field, "invalid", "A reason has at most 200 characters and no line breaks."));
    }
}

impl Check for UserPermissionsBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_grants(&self.permissions, Level::Organization, &mut errors);
        errors
    }
}

impl From<PermissionView> for PermissionGrantBody {
    fn from(permission: PermissionView) -> Self {
        Self { model: permission.model, action: permission.action, expires_at: None, reason: None }
    }
}

impl From<RoleGrantBody> for NewAssignment {
    fn from(grant: RoleGrantBody) -> Self {
        Self {
            role: RoleId(grant.role_id),
            expires_at: grant.expires_at.map(|end| end.0),
            reason: grant.reason.unwrap_or_default(),
        }
    }
}

fn check_distinct(field: &str, ids: &[uuid::Uuid], errors: &mut Vec<FieldError>) {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != ids.len() {
        errors.push(FieldError::new(field, "duplicate", "Name each only once."));
    }
}

/// Reports single permissions that mean nothing at this level, or stand there twice.
pub(crate) fn check_grants(grants: &[PermissionGrantBody], level: Level, errors: &mut Vec<FieldError>) {
    for (index, grant) in grants.iter().enumerate() {
        let field = format!("permissions.{index}");
        let known = Permission::new(&grant.model, &grant.action).is_ok_and(|permission| {
            catalogue::means_something(&permission) && catalogue::level(&permission) == Some(level)
        });
        if !known {
            let message = "There is no such permission here; see the list of models.";
            errors.push(FieldError::new(field, "not_found", message));
        } else if grants.iter().take(index).any(|other| other.model == grant.model && other.action == grant.action) {
            errors.push(FieldError::new(field, "duplicate", "Name each permission only once."));
        }
        check_reason(&format!("permissions.{index}.reason"), grant.reason.as_deref(), errors);
    }
}

/// Single permissions as the store takes them.
pub(crate) fn grants(bodies: impl Iterator<Item = PermissionGrantBody>) -> Result<Vec<SinglePermission>> {
    bodies
        .map(|body| {
            let permission = Permission::new(&body.model, &body.action).map_err(|error| Problem::internal(&error))?;
            let expires_at = body.expires_at.map(|end| end.0);
            Ok(SinglePermission { permission, expires_at, reason: body.reason })
        })
        .collect()
}
