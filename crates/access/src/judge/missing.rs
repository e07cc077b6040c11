//! What stands in the way of an allowance.

use super::Judge;
use crate::decide::{Missing, Question, Scope, Subject};
use crate::facts::{MemberStatus, OrganizationFacts};
use crate::id::{SubjectId, UserId};

impl Judge<'_> {
    /// What stands in the way, and the smallest grants that would allow.
    pub fn missing(&self, question: &Question) -> Vec<Missing> {
        let organization = match question.scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => self.directory.bot(id).map(|bot| bot.organization),
        };
        let Some(organization) = organization.and_then(|id| self.directory.organization(id)) else {
            return vec![Missing::Unknown];
        };
        if organization.deleted {
            return vec![Missing::OrganizationDeleted];
        }
        match question.subject {
            Subject::Anybody => self.missing_for_anybody(question),
            Subject::Key(_) => vec![Missing::KeyScope],
            Subject::User(user) => self.missing_for_user(question, organization, user),
            Subject::Program(subject) => self.missing_for_subject(question, organization, subject),
        }
    }

    fn missing_for_anybody(&self, question: &Question) -> Vec<Missing> {
        let published = match question.scope {
            Scope::Bot(id) => self.directory.bot(id).is_some_and(|bot| bot.published),
            Scope::Organization(_) => true,
        };
        if published { vec![Missing::NotPublic] } else { vec![Missing::NotPublished] }
    }

    fn missing_for_user(&self, question: &Question, organization: &OrganizationFacts, user: UserId) -> Vec<Missing> {
        let mut missing = Vec::new();
        let bot = match question.scope {
            Scope::Bot(id) => self.directory.bot(id),
            Scope::Organization(_) => None,
        };
        let on = bot.and_then(|bot| self.standing(bot.id, user));
        if !self.is_member(organization.id, user) && on.is_none() {
            missing.push(match self.directory.member_status(organization.id, user) {
                None => Missing::Membership,
                Some(MemberStatus::Suspended) => Missing::Suspended,
                Some(MemberStatus::Invited | MemberStatus::Active) => Missing::Unconfirmed,
            });
        }
        if organization.policies.reserved.contains(&question.permission) {
            missing.push(Missing::Reserved);
            return missing;
        }
        if on.as_ref().and_then(|on| on.offer).is_some_and(|offer| !offer.cap.contains(&question.permission)) {
            missing.push(Missing::BeyondCap);
        }
        if bot.is_some() && on.is_none() {
            missing.push(Missing::TeamEntry);
        }
        missing.push(Missing::Grant);
        missing
    }

    fn missing_for_subject(
        &self,
        question: &Question,
        organization: &OrganizationFacts,
        subject: SubjectId,
    ) -> Vec<Missing> {
        let known = self.directory.subject(subject).is_some_and(|subject| subject.organization == organization.id);
        if !known {
            return vec![Missing::Unknown];
        }
        if organization.policies.reserved.contains(&question.permission) {
            return vec![Missing::Reserved];
        }
        vec![Missing::Grant]
    }
}
