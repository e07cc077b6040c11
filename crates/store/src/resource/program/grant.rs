//! Giving facts on what programs have, and taking them back.

use rolecall_access::{GrantId, OrganizationId, RoleId, SubjectId, Timestamp, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use super::{GRANT, GrantRow, ProgramGrant, ProgramModel, ProgramResource};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Read, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order};
use crate::resource::{List, Page, ProgramGrants};
use crate::sql::query;

/// Facts to be given: one for each action. One of `subject`, `user` and `role` is the holder.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The actions.
    pub actions: Vec<String>,
    /// On which resource; none: all of the model.
    pub resource: Option<ProgramResource>,
    /// A program's subject.
    pub subject: Option<Uuid>,
    /// A member.
    pub user: Option<UserId>,
    /// Whoever holds this role.
    pub role: Option<RoleId>,
    /// When they end.
    pub expires_at: Option<Timestamp>,
}

impl Access {
    /// A page of the organization's facts on programs' models; sorts: `created_at`.
    ///
    /// # Errors
    /// [`InvalidList`](StoreError::InvalidList).
    pub async fn list_program_grants(
        &mut self,
        of: &Authorized<ProgramGrants, Read>,
        list: &List,
    ) -> Result<Page<ProgramGrant>> {
        let order = Order::of(list, &[("created_at", "created_at", Key::Number)], "created_at", "id")?;
        let mut query = query(
            "SELECT id, model_id, action, resource_id, subject_id, account_id, role_id, expires_at, \
             created_at AS sort_key, id AS page_id FROM program_grant WHERE organization_id = ",
        );
        query.push_bind(of.id.0);
        Ok(order.fetch::<GrantRow>(self.transaction(), query).await?.map(ProgramGrant::from))
    }
}

impl Change {
    /// Gives facts on a program's model. One gives only what one can do there oneself, and no longer: the guards see to it.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown): a holder that is none of the organization's.
    pub async fn give_grants(
        &mut self,
        of: &Authorized<ProgramGrants, Update>,
        model: &ProgramModel,
        new: &NewGrant,
    ) -> Result<Vec<ProgramGrant>> {
        self.lock(of.id).await?;
        self.check_holder(of.id, new)?;
        let (given_by, now) = (self.given_by(), self.caller().now.0);
        let mut given = Vec::new();
        for action in &new.actions {
            let id = self.new_id()?;
            query(
                "INSERT INTO program_grant (id, organization_id, model_id, action, resource_id, subject_id, account_id, \
                 role_id, expires_at, given_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(id)
            .bind(of.id.0)
            .bind(model.id)
            .bind(action)
            .bind(new.resource.as_ref().map(|resource| resource.id))
            .bind(new.subject)
            .bind(new.user.map(|user| user.0))
            .bind(new.role.map(|role| role.0))
            .bind(new.expires_at.map(|end| end.0))
            .bind(given_by)
            .bind(now)
            .execute(self.transaction())
            .await?;
            let row: Option<GrantRow> =
                query(format!("{GRANT}id = $1")).bind(id).fetch_optional(self.transaction()).await?;
            given.extend(row.map(ProgramGrant::from));
            let name = format!("{}: {action}", model.name);
            let after = json!({ "subject": new.subject, "user": new.user, "role": new.role,
                "resource": new.resource.as_ref().map(|resource| &resource.foreign_id) });
            self.touch(Unit::Grant(GrantId(id)));
            self.audit(AuditEntry::done(of.id, "give_grant", "UserPermission", id, name).with(after));
        }
        Ok(given)
    }

    /// The holder is the organization's.
    fn check_holder(&self, organization: OrganizationId, new: &NewGrant) -> Result<()> {
        if new.user.is_some_and(|user| self.directory().member(organization, user).is_none()) {
            return Err(StoreError::Unknown("user_id"));
        }
        let strange = |role| self.directory().role(role).is_none_or(|facts| facts.organization != organization);
        if new.role.is_some_and(strange) {
            return Err(StoreError::Unknown("role_id"));
        }
        let Some(subject) = new.subject else { return Ok(()) };
        let known = self.directory().subject(SubjectId(subject));
        known.filter(|known| known.organization == organization).map(|_| ()).ok_or(StoreError::Unknown("subject_id"))
    }

    /// Takes a fact back.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if the organization has none of that id.
    pub async fn delete_grant(&mut self, of: &Authorized<ProgramGrants, Update>, id: Uuid) -> Result<()> {
        self.lock(of.id).await?;
        let gone: Option<(String, String)> = query(
            "DELETE FROM program_grant WHERE id = $1 AND organization_id = $2 \
             RETURNING action, (SELECT m.name FROM program_model m WHERE m.id = model_id)",
        )
        .bind(id)
        .bind(of.id.0)
        .fetch_optional(self.transaction())
        .await?;
        let Some((action, model)) = gone else { return Err(crate::Denied::NotFound { attempt: None }.into()) };
        self.touch(Unit::Grant(GrantId(id)));
        self.audit(AuditEntry::done(of.id, "take_grant", "UserPermission", id, format!("{model}: {action}")));
        Ok(())
    }
}
