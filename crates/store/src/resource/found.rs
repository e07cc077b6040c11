//! Founding an organization: its preset's roles and policies become data.

use rolecall_access::preset::{Preset, PresetRole};
use rolecall_access::{Actor, OrganizationId, Ownership, Permission, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use crate::audit::AuditEntry;
use crate::authorize::Denied;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::organization::{find_organization, gone};
use crate::resource::{NewOrganization, Organization};
use crate::slug;
use crate::sql::query;

impl Change {
    /// Makes an organization with its preset's roles and policies; the founder becomes its owner or gets the
    /// founder role. The operator makes it for anybody, a person for themself.
    ///
    /// # Errors
    /// [`Denied`] for other callers.
    pub async fn create_organization(&mut self, new: NewOrganization) -> Result<Organization> {
        let actor = self.caller().actor;
        if actor != Actor::Operator && actor != Actor::User(new.founder) {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        // What a preset gives its founder nobody could have given before: there was no organization.
        self.on_behalf_of(Actor::Operator);
        let id = OrganizationId(self.new_id()?);
        self.insert_organization(id, &new).await?;
        let mut roles = Vec::new();
        for role in &new.preset.roles {
            roles.push((role.name.as_str(), self.insert_preset_role(id, role).await?));
        }
        self.set_preset_roles(id, new.preset, &roles).await?;
        self.insert_membership(id, new.founder, "active").await?;
        let founder_role = new.preset.founder_role.as_deref().and_then(|name| named(&roles, name));
        if let Some(role) = founder_role {
            self.insert_assignment(id, new.founder, role, None, "").await?;
        }
        self.touch(Unit::Organization(id));
        let organization = find_organization(self.transaction(), id).await?.ok_or_else(gone)?;
        let entry = AuditEntry::done(id, "create", "Organization", id.0, &organization.name);
        self.audit(entry.with(json!({ "name": organization.name, "preset": organization.preset })));
        Ok(organization)
    }

    async fn insert_organization(&mut self, id: OrganizationId, new: &NewOrganization) -> Result<()> {
        let now = self.caller().now.0;
        let slug = slug::free(self.transaction(), slug::Place::Installation, &new.name).await?;
        query(
            "INSERT INTO organization (id, slug, name, name_folded, preset, owner_id, owner_policy, bot_owner_policy, manage_peers, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        )
        .bind(id.0)
        .bind(slug)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(&new.preset.key)
        .bind((new.preset.owner == Ownership::One).then_some(new.founder.0))
        .bind(text(new.preset.owner))
        .bind(text(new.preset.bot_owner))
        .bind(new.preset.manage_peers)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("slug"))?;
        for Permission { model, action } in &new.preset.reserved {
            query("INSERT INTO reserved_permission (organization_id, model, action) VALUES ($1, $2, $3)")
                .bind(id.0)
                .bind(model.as_str())
                .bind(action.as_str())
                .execute(self.transaction())
                .await?;
        }
        Ok(())
    }

    async fn insert_preset_role(&mut self, organization: OrganizationId, role: &PresetRole) -> Result<Uuid> {
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO role (id, organization_id, name, name_folded, reach, everything, public, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(&role.name)
        .bind(fold(&role.name))
        .bind(role.reach.as_str())
        .bind(role.everything)
        .bind(role.public)
        .bind(now)
        .execute(self.transaction())
        .await?;
        for permission in &role.permissions {
            self.insert_role_permission(id, permission, rolecall_access::preset::RELATION).await?;
        }
        self.touch(Unit::Role(rolecall_access::RoleId(id)));
        Ok(id)
    }

    async fn set_preset_roles(&mut self, id: OrganizationId, preset: &Preset, roles: &[(&str, Uuid)]) -> Result<()> {
        let of = |name: &Option<String>| name.as_deref().and_then(|name| named(roles, name));
        query(
            "UPDATE organization SET default_invitation_role_id = $2, team_default_role_id = $3, \
             former_owner_role_id = $4 WHERE id = $1",
        )
        .bind(id.0)
        .bind(of(&preset.default_invitation_role))
        .bind(of(&preset.team_default_role))
        .bind(of(&preset.former_owner_role))
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// A membership's row.
    pub(crate) async fn insert_membership(&mut self, id: OrganizationId, user: UserId, status: &str) -> Result<()> {
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO membership (organization_id, account_id, name_folded, email_folded, status, created_by, \
             created_at, updated_at) SELECT $1, id, name_folded, email_folded, $3, $4, $5, $5 FROM account \
             WHERE id = $2",
        )
        .bind(id.0)
        .bind(user.0)
        .bind(status)
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("email"))?;
        self.touch(Unit::Member(id, user));
        Ok(())
    }
}

fn named(roles: &[(&str, Uuid)], name: &str) -> Option<Uuid> {
    roles.iter().find(|(known, _)| *known == name).map(|(_, id)| *id)
}

fn text(ownership: Ownership) -> &'static str {
    match ownership {
        Ownership::One => "one",
        Ownership::None => "none",
    }
}
