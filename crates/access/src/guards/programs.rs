//! Other programs' models: nobody gives on them what they cannot do there themselves, whether to a subject, a member or a
//! role, or by giving a role that something is given to; and subjects that can do more are left alone.
//!
//! A key has no scope on programs' models: there it gives as far as its sponsor can.

use std::collections::{BTreeSet, HashSet};

use super::holds::{Hold, of_actor, of_subject, on_resource};
use super::{Change, Refusal};
use crate::decide::{Scope, Subject};
use crate::directory::Directory;
use crate::facts::{GrantFacts, Holder, RoleGrant, SubjectFacts, Unit};
use crate::id::{BotId, GrantId, OrganizationId, RoleId, SubjectId, UserId};
use crate::judge::{FOREVER, Judge};
use crate::permission::Permission;

type Permissions = BTreeSet<Permission>;

/// What a fact on a program's model names, before and after, with its organization.
pub(super) fn granted(change: &Change<'_>, id: GrantId) -> (Option<OrganizationId>, Permissions, Permissions) {
    let of = |directory: &Directory| -> Permissions {
        directory.grant(id).and_then(|grant| permission(directory, grant)).into_iter().collect()
    };
    let model = change.after.grant(id).and_then(|grant| change.after.model(grant.model));
    (model.map(|model| model.organization), of(change.before), of(change.after))
}

fn permission(directory: &Directory, grant: &GrantFacts) -> Option<Permission> {
    directory.model(grant.model)?.permission(grant.action.as_str())
}

/// What whoever holds the role is given on all of programs' models.
pub(super) fn given_on_all(directory: &Directory, role: RoleId) -> impl Iterator<Item = Permission> {
    let given = directory.grants_of(Holder::Role(role)).filter(|grant| grant.resource.is_none());
    given.filter_map(|grant| permission(directory, grant))
}

/// Refuses to give, on programs' models or to programs' subjects, what the maker of the change cannot do.
pub(super) fn check_given(change: &Change<'_>) -> Result<(), Refusal> {
    for unit in change.touched {
        match *unit {
            Unit::Grant(id) => check_grant(change, id)?,
            Unit::Subject(id) => {
                if let Some(after) = change.after.subject(id) {
                    check_subject(change, after)?;
                    let before = change.before.subject(id).map(|before| before.roles.as_slice()).unwrap_or_default();
                    check_roles(change, Subject::Program(id), (before, &after.roles))?;
                }
            }
            Unit::Role(id) => check_role(change, id)?,
            Unit::Member(organization, user) => {
                let Some(after) = change.after.member(organization, user) else { continue };
                let before = change.before.member(organization, user).map(|before| before.roles).unwrap_or_default();
                check_roles(change, Subject::User(user), (&before, &after.roles))?;
            }
            Unit::Bot(id) => check_team(change, id)?,
            _ => {}
        }
    }
    Ok(())
}

/// What is given is what its giver can do there, as long: on all of a model, everywhere in the organization.
fn check_grant(change: &Change<'_>, id: GrantId) -> Result<(), Refusal> {
    let Some(grant) = change.after.grant(id).filter(|grant| change.before.grant(id) != Some(*grant)) else {
        return Ok(());
    };
    let Some(model) = change.after.model(grant.model) else { return Ok(()) };
    let Some(permission) = permission(change.after, grant) else { return Ok(()) };
    let until = grant.provenance.expires_at.unwrap_or(FOREVER);
    let person = if let Holder::User(user) = grant.holder { Some(user) } else { None };
    let giver = change.person();
    if let Some(resource) = grant.resource {
        let question = change.after.question_on(Subject::Anybody, grant.action.as_str(), resource);
        let scope = question.map_or(Scope::Organization(model.organization), |question| question.scope);
        let judge = Judge { directory: change.before, now: change.now, as_if_active: false };
        let holds = giver.map(|giver| on_resource(judge, Subject::User(giver), grant.action.as_str(), resource));
        if holds.is_none_or(|holds| holds.any < until) {
            return Err(Refusal::Escalation { scope, permission, person });
        }
        return Ok(());
    }
    for scope in scopes(change, model.organization) {
        if giver.is_none_or(|giver| hold_of_giver(change, giver, scope, &permission).any < until) {
            return Err(Refusal::Escalation { scope, permission, person });
        }
    }
    Ok(())
}

/// The organization, each bot where the maker of the change stands apart, and one of the others.
fn scopes(change: &Change<'_>, organization: OrganizationId) -> Vec<Scope> {
    let own = change.person().map(|person| change.before.own_bots(organization, person)).unwrap_or_default();
    let other = change.bots(organization).find(|bot| !own.contains(bot));
    let bots = own.into_iter().filter(|bot| change.lasts(*bot)).chain(other);
    std::iter::once(Scope::Organization(organization)).chain(bots.map(Scope::Bot)).collect()
}

/// What the giver holds as things really stand.
fn hold_of_giver(change: &Change<'_>, giver: UserId, scope: Scope, permission: &Permission) -> Hold {
    let actor = crate::actor::Actor::User(giver);
    of_actor(change.before, actor, scope, permission, change.now)
}

/// The same of the maker of the change; of a key its scope, on programs' models its sponsor.
fn hold_of_maker(change: &Change<'_>, scope: Scope, permission: &Permission) -> Hold {
    match change.person().filter(|_| permission.number().is_none()) {
        Some(person) => hold_of_giver(change, person, scope, permission),
        None => of_actor(change.before, change.actor, scope, permission, change.now),
    }
}

/// What the subject can newly do, the maker of the change can do there, and as long.
fn check_subject(change: &Change<'_>, after: &SubjectFacts) -> Result<(), Refusal> {
    for scope in scopes(change, after.organization) {
        for permission in change.after.permissions_of(scope) {
            let holds = of_subject(change.after, after.id, scope, &permission, change.now);
            let held = of_subject(change.before, after.id, scope, &permission, change.now);
            if holds.exceeds(held) && holds.newly(held).exceeds(hold_of_maker(change, scope, &permission)) {
                return Err(Refusal::Escalation { scope, permission, person: None });
            }
        }
    }
    Ok(())
}

/// A role that differs, differs for the subjects that hold it; one that reaches further does so with what it is given on
/// resources.
fn check_role(change: &Change<'_>, id: RoleId) -> Result<(), Refusal> {
    let Some(after) = change.after.role(id) else { return Ok(()) };
    let before = change.before.role(id);
    if before == Some(after) {
        return Ok(());
    }
    // One with the same roles, and nothing by itself, stands for all of them.
    let mut checked = HashSet::new();
    for subject in change.after.subjects_with(id) {
        let apart = change.after.grants_of(Holder::Subject(subject.id)).next().is_some();
        let roles: BTreeSet<_> = subject.roles.iter().map(|role| (role.role, role.provenance.expires_at)).collect();
        if apart || checked.insert(roles) {
            check_subject(change, subject)?;
        }
    }
    if before.is_none_or(|before| before.reach == after.reach) {
        return Ok(());
    }
    let people = change.after.holders(id).map(Subject::User);
    let subjects = change.after.subjects_with(id).map(|subject| Subject::Program(subject.id));
    people.chain(subjects).try_for_each(|holder| check_given_to_role(change, holder, id))
}

/// What is given to roles, on the bot, to whoever newly holds them there.
fn check_team(change: &Change<'_>, id: BotId) -> Result<(), Refusal> {
    if change.before.bot(id).is_none() {
        return Ok(());
    }
    for entry in change.after.team(id).filter(|entry| !entry.roles.is_empty()) {
        let before = change.before.entry(id, entry.user).map(|before| before.roles).unwrap_or_default();
        check_roles(change, Subject::User(entry.user), (&before, &entry.roles))?;
    }
    Ok(())
}

fn check_roles(
    change: &Change<'_>,
    holder: Subject,
    (before, after): (&[RoleGrant], &[RoleGrant]),
) -> Result<(), Refusal> {
    let new = after.iter().filter(|grant| !before.contains(grant));
    new.map(|grant| grant.role).try_for_each(|role| check_given_to_role(change, holder, role))
}

/// Of what is given to the role on single resources, what the holder newly has is the giver's too.
fn check_given_to_role(change: &Change<'_>, holder: Subject, role: RoleId) -> Result<(), Refusal> {
    let judge = |directory, as_if_active| Judge { directory, now: change.now, as_if_active };
    for grant in change.after.grants_of(Holder::Role(role)) {
        let Some(resource) = grant.resource else { continue };
        let action = grant.action.as_str();
        let holds = on_resource(judge(change.after, true), holder, action, resource);
        let held = on_resource(judge(change.before, true), holder, action, resource);
        if !holds.exceeds(held) {
            continue;
        }
        let giver = change
            .person()
            .map(|giver| on_resource(judge(change.before, false), Subject::User(giver), action, resource));
        let Some(question) = change.after.question_on(holder, action, resource) else { continue };
        if giver.is_none_or(|giver| holds.newly(held).exceeds(giver)) {
            let person = if let Subject::User(user) = holder { Some(user) } else { None };
            return Err(Refusal::Escalation { scope: question.scope, permission: question.permission, person });
        }
    }
    Ok(())
}

/// Refuses changes to subjects that can do there what the maker of the change cannot.
pub(super) fn check_subjects(change: &Change<'_>) -> Result<(), Refusal> {
    for unit in change.touched {
        let Unit::Subject(id) = *unit else { continue };
        let Some(before) = change.before.subject(id) else { continue };
        let differs = change.after.subject(id).is_none_or(|after| after.roles != before.roles);
        let organization = change.before.organization(before.organization);
        let owner = organization.and_then(|facts| facts.owner);
        if before.roles.is_empty() || !differs || (owner.is_some() && owner == change.person()) {
            continue;
        }
        check_protected(change, id, before.organization)?;
    }
    Ok(())
}

fn check_protected(change: &Change<'_>, subject: SubjectId, organization: OrganizationId) -> Result<(), Refusal> {
    for scope in scopes(change, organization) {
        for permission in change.before.permissions_of(scope) {
            let theirs = of_subject(change.before, subject, scope, &permission, change.now);
            if theirs.reaches_beyond(hold_of_maker(change, scope, &permission)) {
                return Err(Refusal::ProtectsSubject { scope, permission, subject });
            }
        }
    }
    Ok(())
}
