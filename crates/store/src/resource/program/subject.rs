//! Organization roles of programs' subjects. A subject never signs in, is nobody's member and takes no seat: what its roles
//! give, they give where a program asks about it.

use rolecall_access::{
    Because, BotId, Decision, OrganizationId, Permission, Question, RoleId, Scope, Subject, SubjectId, Unit,
};
use serde_json::json;
use uuid::Uuid;

use super::{ProgramSubject, SUBJECT, SubjectRole, SubjectRow};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Action, Authorized, Create, Delete, Denied, Resource};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::{AssignableRoles, Audience, Organization, Spoken};
use crate::sql::query;

/// So many subjects are told of who can; programs ask for all of them.
const TOLD: usize = 1_000;

/// A subject of programs that can, and why.
#[derive(Clone, Debug)]
pub struct AbleSubject {
    /// Its id here.
    pub id: SubjectId,
    /// Its type.
    pub kind: String,
    /// Its id there.
    pub foreign_id: String,
    /// Why.
    pub decision: Decision,
}

/// The caller may give roles to the organization's subjects, or withdraw them (or both).
pub struct AssignableSubjects(OrganizationId);

impl Access {
    /// The subject with the roles that the directory knows it to hold.
    pub(super) fn with_roles(&self, row: SubjectRow) -> Result<ProgramSubject> {
        let facts = self.directory().subject(SubjectId(row.id));
        let roles = facts.into_iter().flat_map(|facts| facts.roles.iter());
        let roles = roles.map(|grant| SubjectRole { role: grant.role, expires_at: grant.provenance.expires_at });
        let roles = roles.collect();
        row.subject(roles)
    }

    /// Of the programs' subjects those that can, for an audience of everybody: at most 1,000, by their ids there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn subjects_who_can(
        &mut self,
        of: &Audience,
        permission: &Permission,
        q: Option<&str>,
    ) -> Result<(Vec<AbleSubject>, Spoken)> {
        if !of.is_everybody() {
            return Ok((Vec::new(), Spoken::default()));
        }
        let (directory, now) = (self.directory.clone(), self.caller.now);
        let able = directory.subjects_who_can(permission, of.scope(), now);
        let able = able.into_iter().filter_map(|id| directory.subject(id));
        let named = able.filter(|subject| q.is_none_or(|q| subject.foreign_id.contains(q)));
        let mut found: Vec<AbleSubject> = named
            .map(|subject| {
                let (asked, permission) = (Subject::Program(subject.id), permission.clone());
                let question = Question { subject: asked, permission, scope: of.scope(), owner: None };
                AbleSubject {
                    id: subject.id,
                    kind: subject.kind.to_string(),
                    foreign_id: subject.foreign_id.to_string(),
                    decision: directory.decide(&question, now),
                }
            })
            .collect();
        found.sort_by(|one, other| (&one.foreign_id, &one.kind).cmp(&(&other.foreign_id, &other.kind)));
        found.truncate(TOLD);
        let because: Vec<Because> = found.iter().flat_map(|one| one.decision.because.iter().copied()).collect();
        let spoken = self.spoken(of.organization(), &because).await?;
        Ok((found, spoken))
    }

    /// Why a subject of programs may or may not, for whoever may ask about everybody there.
    ///
    /// # Errors
    /// [`Denied`]; also if the organization has no such subject.
    pub async fn explain_subject(
        &mut self,
        organization: OrganizationId,
        (subject, bot): (SubjectId, Option<BotId>),
        permission: Permission,
    ) -> Result<(Decision, Spoken)> {
        let of = self.require_audience(organization, bot).await?;
        let known = self.directory.subject(subject).is_some_and(|facts| facts.organization == organization);
        if !known || !of.is_everybody() {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        let scope = bot.map_or(Scope::Organization(organization), Scope::Bot);
        let question = Question { subject: Subject::Program(subject), permission, scope, owner: None };
        let decision = self.directory.decide(&question, self.caller.now);
        let spoken = self.spoken(organization, &decision.because).await?;
        Ok((decision, spoken))
    }

    /// The organization's subject of this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn program_subject_of<A: Action>(
        &mut self,
        of: &Authorized<impl Resource<Record = Organization>, A>,
        id: Uuid,
    ) -> Result<Option<ProgramSubject>> {
        self.subject_in(of.id, id).await
    }

    async fn subject_in(&mut self, organization: OrganizationId, id: Uuid) -> Result<Option<ProgramSubject>> {
        let row: Option<SubjectRow> = query(format!("{SUBJECT}organization_id = $1 AND id = $2"))
            .bind(organization.0)
            .bind(id)
            .fetch_optional(self.transaction())
            .await?;
        row.map(|row| self.with_roles(row)).transpose()
    }
}

impl Change {
    /// Whether the caller may give or withdraw roles in the organization.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn require_assignable_subjects(&mut self, organization: OrganizationId) -> Result<AssignableSubjects> {
        match self.require::<AssignableRoles, Create>(organization).await {
            Ok(_) => Ok(AssignableSubjects(organization)),
            Err(StoreError::Denied(Denied::Forbidden { attempt })) => {
                let withdraws = self.require::<AssignableRoles, Delete>(organization).await;
                withdraws.map(|_| AssignableSubjects(organization)).map_err(|_| Denied::Forbidden { attempt }.into())
            }
            Err(other) => Err(other),
        }
    }

    /// Sets the subject's roles: gives, changes (expiry) and withdraws until the set is as named. What is given or changed
    /// needs `create`, what is withdrawn `delete`; this asks for each as needed.
    ///
    /// # Errors
    /// [`Denied`] if the organization has no such subject, or the caller may not;
    /// [`Unknown`](StoreError::Unknown) `roles`.
    pub async fn set_subject_roles(
        &mut self,
        AssignableSubjects(organization): &AssignableSubjects,
        id: Uuid,
        roles: &[SubjectRole],
    ) -> Result<ProgramSubject> {
        let organization = *organization;
        self.lock(organization).await?;
        let subject = self.subject_in(organization, id).await?;
        let subject = subject.ok_or(Denied::NotFound { attempt: None })?;
        let strange = |role| self.directory().role(role).is_none_or(|facts| facts.organization != organization);
        if roles.iter().any(|wanted| strange(wanted.role)) {
            return Err(StoreError::Unknown("roles"));
        }
        let held = |wanted: &SubjectRole| {
            subject.roles.iter().any(|held| held.role == wanted.role && held.expires_at == wanted.expires_at)
        };
        let given: Vec<&SubjectRole> = roles.iter().filter(|wanted| !held(wanted)).collect();
        let stays = |held: &SubjectRole| roles.iter().any(|wanted| wanted.role == held.role);
        let withdrawn: Vec<RoleId> = subject.roles.iter().filter(|held| !stays(held)).map(|held| held.role).collect();
        if !given.is_empty() {
            self.require::<AssignableRoles, Create>(organization).await?;
        }
        if !withdrawn.is_empty() {
            self.require::<AssignableRoles, Delete>(organization).await?;
        }
        for role in withdrawn.iter().copied().chain(given.iter().map(|grant| grant.role)) {
            self.withdraw_from_subject(id, role).await?;
        }
        for grant in &given {
            self.give_to_subject(organization, id, grant).await?;
        }
        if !given.is_empty() || !withdrawn.is_empty() {
            self.touch(Unit::Subject(SubjectId(id)));
            let before = self.role_names(subject.roles.iter().map(|held| held.role)).await?;
            let after = self.role_names(roles.iter().map(|wanted| wanted.role)).await?;
            let name = format!("{} {}", subject.kind, subject.foreign_id);
            let entry = AuditEntry::done(organization, "assign_roles", "RoleAssignment", id, name);
            self.audit(entry.changed(json!({ "roles": before }), json!({ "roles": after })));
        }
        Ok(ProgramSubject { roles: roles.to_vec(), ..subject })
    }

    async fn withdraw_from_subject(&mut self, subject: Uuid, role: RoleId) -> Result<()> {
        query("DELETE FROM program_subject_role WHERE subject_id = $1 AND role_id = $2")
            .bind(subject)
            .bind(role.0)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    async fn give_to_subject(
        &mut self,
        organization: OrganizationId,
        subject: Uuid,
        grant: &SubjectRole,
    ) -> Result<()> {
        let id = self.new_id()?;
        let (now, by) = (self.caller().now.0, self.given_by());
        query(
            "INSERT INTO program_subject_role (id, organization_id, subject_id, role_id, expires_at, given_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(organization.0)
        .bind(subject)
        .bind(grant.role.0)
        .bind(grant.expires_at.map(|end| end.0))
        .bind(by)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("roles"))?;
        Ok(())
    }
}
