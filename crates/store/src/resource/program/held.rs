//! Who holds which facts on programs' models.

use rolecall_access::{BotId, OrganizationId, Permission, RoleId, Scope, UserId};
use uuid::Uuid;

use super::{GRANT, GrantRow, Holder, ProgramGrant, ProgramModel};
use crate::access::Access;
use crate::error::Result;
use crate::sql::query;

impl Access {
    /// The person as a holder of facts on the model.
    #[must_use]
    pub fn person_holder(&self, model: &ProgramModel, user: UserId) -> Holder {
        Holder::Person { user, organization: model.organization }
    }

    /// The facts in force on the model's action that concern the holder (for a person those of any role too:
    /// [`Access::grant_counts`] says which count); with a resource, those on it or on all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn held_grants(
        &mut self,
        holder: &Holder,
        model: &ProgramModel,
        action: &str,
        resource: Option<Uuid>,
    ) -> Result<Vec<ProgramGrant>> {
        let now = self.caller.now.0;
        let mut query = query(format!("{GRANT}model_id = "));
        query.push_bind(model.id).push(" AND action = ").push_bind(action.to_owned());
        query.push(" AND (expires_at IS NULL OR expires_at > ").push_bind(now).push(")");
        match holder {
            Holder::Subject(id) => query.push(" AND subject_id = ").push_bind(*id),
            Holder::Person { user, .. } => query
                .push(" AND subject_id IS NULL AND (role_id IS NOT NULL OR account_id = ")
                .push_bind(user.0)
                .push(")"),
        };
        if let Some(resource) = resource {
            query.push(" AND (resource_id IS NULL OR resource_id = ").push_bind(resource).push(")");
        }
        query.push(" ORDER BY created_at, id");
        let rows: Vec<GrantRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(ProgramGrant::from).collect())
    }

    /// Whether the fact is one of the holder's at that place: their own, or one of a role that they hold there.
    #[must_use]
    pub fn grant_counts(&self, holder: &Holder, grant: &ProgramGrant, scope: Scope) -> bool {
        let (user, organization) = match holder {
            Holder::Subject(id) => return grant.subject == Some(*id) && self.is_live(scope),
            Holder::Person { user, organization } => (*user, *organization),
        };
        let is_member = self.directory.is_member(organization, user);
        match grant.role {
            None => is_member && grant.user == Some(user),
            Some(role) => {
                (is_member && self.holds_in_organization(organization, user, role))
                    || matches!(scope, Scope::Bot(bot) if self.holds_on_bot(bot, user, role))
            }
        }
    }

    fn is_live(&self, scope: Scope) -> bool {
        let organization = self.organization_of(scope).and_then(|id| self.directory.organization(id));
        organization.is_some_and(|facts| !facts.deleted)
    }

    fn holds_in_organization(&self, organization: OrganizationId, user: UserId, role: RoleId) -> bool {
        let now = self.caller.now;
        let reaches =
            |role| self.directory.role(role).is_some_and(|facts| facts.reach == rolecall_access::Reach::Organization);
        self.directory.member(organization, user).is_some_and(|member| {
            member.roles.iter().any(|held| held.role == role && held.provenance.holds(now) && reaches(role))
        })
    }

    /// Whether the person is on the bot now, and holds the role there.
    fn holds_on_bot(&self, bot: BotId, user: UserId, role: RoleId) -> bool {
        let now = self.caller.now;
        let Ok(permission) = Permission::new("Bot", "read") else { return false };
        let (subject, scope) = (rolecall_access::Subject::User(user), Scope::Bot(bot));
        let question = rolecall_access::Question { subject, permission, scope, owner: None };
        let because = self.directory.decide(&question, now).because;
        let on = because.iter().any(|because| matches!(because, rolecall_access::Because::OnTeam(..)));
        let host = self.directory.bot(bot).map(|facts| facts.organization);
        let entry = self.directory.entry(bot, user).filter(|entry| host == Some(entry.through));
        on && entry.is_some_and(|entry| entry.roles.iter().any(|held| held.role == role && held.provenance.holds(now)))
    }

    /// The facts in force on the resource that members have, by themselves or by a role.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn people_grants(
        &mut self,
        model: &ProgramModel,
        action: &str,
        resource: Uuid,
    ) -> Result<Vec<ProgramGrant>> {
        let rows: Vec<GrantRow> = query(format!(
            "{GRANT}model_id = $1 AND action = $2 AND (resource_id IS NULL OR resource_id = $3) \
             AND (expires_at IS NULL OR expires_at > $4) AND subject_id IS NULL"
        ))
        .bind(model.id)
        .bind(action)
        .bind(resource)
        .bind(self.caller.now.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(ProgramGrant::from).collect())
    }

    /// The ids of the subjects of this type that a fact allows it on the resource.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn subjects_granted(
        &mut self,
        model: &ProgramModel,
        action: &str,
        resource: Uuid,
        kind: &str,
    ) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = query(
            "SELECT DISTINCT s.foreign_id FROM program_grant g JOIN program_subject s ON s.id = g.subject_id \
             WHERE g.model_id = $1 AND g.action = $2 AND (g.resource_id IS NULL OR g.resource_id = $3) \
             AND (g.expires_at IS NULL OR g.expires_at > $4) AND s.organization_id = $5 AND s.kind = $6",
        )
        .bind(model.id)
        .bind(action)
        .bind(resource)
        .bind(self.caller.now.0)
        .bind(model.organization.0)
        .bind(kind)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}
