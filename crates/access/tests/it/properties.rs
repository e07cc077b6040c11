//! Decisions, maps and lists agree with the second implementation; facts only ever add.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall_access::catalogue::Level;
use rolecall_access::difference::Comparison;
use rolecall_access::facts::{PermissionGrant, Provenance, RoleGrant};
use rolecall_access::{
    Directory, Extent, Facts, Permission, Question, Relation, Scope, Subject, Timestamp, Update, UserId,
};

use crate::oracle::Oracle;
use crate::world::{
    Draw, NOW, ORGANIZATIONS, POOLED, ROLES, TICKET, USERS, directory, key, organization, pool, role, scopes, subject,
    user,
};

fn numbers() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 0..600)
}

fn subjects() -> Vec<Subject> {
    let people = (0..USERS).map(|number| Subject::User(user(number)));
    people.chain([Subject::Anybody, Subject::Key(key()), Subject::Program(subject(0, 0))]).collect()
}

fn person(subject: Subject, directory: &Directory) -> Option<UserId> {
    match subject {
        Subject::User(user) => Some(user),
        Subject::Key(id) => directory.key(id).map(|key| key.sponsor),
        Subject::Anybody | Subject::Program(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decisions_are_those_of_the_design_text(numbers in numbers()) {
        let mut draw = Draw::new(&numbers);
        let facts = draw.world();
        let (directory, oracle) = (directory(&facts), Oracle { facts: &facts, now: NOW });
        let (subjects, scopes, pool) = (subjects(), scopes(), pool());
        for _ in 0..40 {
            let subject = subjects[usize::from(draw.below(7))];
            let scope = scopes[usize::from(draw.below(u16::try_from(scopes.len()).unwrap()))];
            let permission = pool[usize::from(draw.below(POOLED))].clone();
            let owner = draw.often().then(|| user(draw.below(USERS)));
            let question = Question { subject, permission: permission.clone(), scope, owner };
            let expected = oracle.allows(subject, &permission, scope, owner);
            let decision = directory.decide(&question, NOW);
            prop_assert_eq!(directory.allows(&question, NOW), expected, "{:?}", question);
            prop_assert_eq!(decision.allowed, expected, "{:?}", question);
            prop_assert_eq!(decision.because.is_empty(), !expected);
            prop_assert_eq!(decision.missing.is_empty(), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn w_4_the_map_lists_what_is_allowed_for_some_record(numbers in numbers()) {
        let mut draw = Draw::new(&numbers);
        let facts = draw.world();
        let (directory, oracle) = (directory(&facts), Oracle { facts: &facts, now: NOW });
        let subject = subjects()[usize::from(draw.below(6))];
        let own = person(subject, &directory);
        let stranger = UserId(uuid::Uuid::from_u128(77));
        for scope in scopes() {
            let map = directory.effective(subject, scope, NOW);
            // Of a program's model: see the series.
            for permission in pool().into_iter().filter(|permission| permission.model.as_str() != TICKET) {
                let at = |place| [None, own, Some(stranger)].into_iter().any(|owner| oracle.allows(subject, &permission, place, owner));
                let on_bots = match scope {
                    Scope::Organization(id) => directory.bots(id).any(|bot| at(Scope::Bot(bot.id))),
                    Scope::Bot(_) => false,
                };
                let listed = map.allows(permission.model.as_str(), permission.action.as_str());
                prop_assert_eq!(listed, at(scope) || on_bots, "{} at {:?}", permission, scope);
            }
        }
    }

    #[test]
    fn lists_show_exactly_the_readable_records(numbers in numbers()) {
        let mut draw = Draw::new(&numbers);
        let facts = draw.world();
        let (directory, oracle) = (directory(&facts), Oracle { facts: &facts, now: NOW });
        let subject = subjects()[usize::from(draw.below(6))];
        for permission in pool().into_iter().filter(|permission| permission.action.as_str() != "create") {
            for scope in scopes() {
                let extent = directory.extent(subject, &permission, scope, NOW);
                for owner in [None, Some(user(0)), Some(user(1)), Some(user(2)), Some(user(3))] {
                    let shown = match extent {
                        Extent::None => false,
                        Extent::OwnedBy(own) => owner == Some(own),
                        Extent::All => true,
                    };
                    prop_assert_eq!(shown, oracle.allows(subject, &permission, scope, owner), "{} at {:?}", permission, scope);
                }
            }
            for of in 0..ORGANIZATIONS {
                let listed = directory.bots_where(subject, &permission, organization(of), NOW);
                for bot in directory.bots(organization(of)) {
                    let allowed = oracle.allows(subject, &permission, Scope::Bot(bot.id), bot.owner);
                    prop_assert_eq!(listed.contains(&bot.id), allowed);
                }
            }
        }
    }

    #[test]
    fn a_directory_kept_by_changes_is_one_built_anew(numbers in numbers()) {
        let mut draw = Draw::new(&numbers);
        let mut facts = draw.world();
        let mut kept = directory(&facts);
        for _ in 0..12 {
            let unit = if draw.rarely(3) { draw.of_program() } else { draw.unit() };
            facts.retain(|one| unit_of(one) != unit_of(&unit));
            if draw.rarely(4) {
                kept.apply(Update::Remove(unit_of(&unit)));
            } else {
                kept.apply(Update::Set(unit.clone()));
                facts.push(unit);
            }
        }
        prop_assert_eq!(kept, directory(&facts));
    }

    #[test]
    fn adding_a_fact_never_removes_access(numbers in numbers()) {
        let mut draw = Draw::new(&numbers);
        let facts = draw.world();
        let before = directory(&facts);
        let mut more = facts.clone();
        let forever = Provenance { given_by: None, given_at: Timestamp(1), expires_at: None };
        let (of, number) = (draw.below(ORGANIZATIONS), draw.below(ROLES));
        let (permission, relation) = (draw.permission(), draw.relation());
        let (kind, chosen) = (draw.below(3), draw.below(8));
        for fact in &mut more {
            match fact {
                Facts::Role(one) if kind == 0 && one.id == role(of, number) => {
                    one.permissions.insert((permission.clone(), relation));
                }
                Facts::Member(one) if kind == 1 && one.organization == organization(of) && one.user == user(chosen % USERS) => {
                    one.roles.push(RoleGrant { role: role(of, number), provenance: forever });
                    one.permissions.push(PermissionGrant { permission: permission.clone(), provenance: forever });
                }
                Facts::Bot(one) if kind == 2 && one.organization == organization(of) => {
                    if let Some(entry) = one.team.iter_mut().find(|entry| entry.user == user(chosen % USERS)) {
                        entry.roles.push(RoleGrant { role: role(of, number), provenance: forever });
                        entry.permissions.push(PermissionGrant { permission: permission.clone(), provenance: forever });
                    }
                }
                _ => {}
            }
        }
        let after = directory(&more);
        for subject in subjects() {
            for scope in scopes() {
                let (less, all) = (before.effective(subject, scope, NOW), after.effective(subject, scope, NOW));
                for (model, actions) in &less.0 {
                    for action in actions {
                        prop_assert!(all.allows(model.as_str(), action.as_str()), "{} {} at {:?}", model, action, scope);
                    }
                }
            }
        }
    }
}

pub fn unit_of(facts: &Facts) -> rolecall_access::Unit {
    use rolecall_access::Unit;
    match facts {
        Facts::Organization(one) => Unit::Organization(one.id),
        Facts::Account(one) => Unit::Account(one.id),
        Facts::Member(one) => Unit::Member(one.organization, one.user),
        Facts::Role(one) => Unit::Role(one.id),
        Facts::Bot(one) => Unit::Bot(one.id),
        Facts::Partnership(one) => Unit::Partnership(one.id),
        Facts::Key(one) => Unit::Key(one.id),
        Facts::Model(one) => Unit::Model(one.id),
        Facts::Resource(one) => Unit::Resource(one.id),
        Facts::Subject(one) => Unit::Subject(one.id),
        Facts::Grant(one) => Unit::Grant(one.id),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Preview equals effect: what differs is exactly the difference of what everybody may do, before and after.
    #[test]
    fn differences_are_those_of_the_maps(numbers in numbers(), changes in numbers()) {
        let mut draw = Draw::new(&numbers);
        let before = directory(&draw.world());
        let mut draw = Draw::new(&changes);
        let other = draw.world();
        let mut after = before.clone();
        let mut touched = Vec::new();
        for facts in other {
            if !draw.rarely(4) {
                continue;
            }
            let mut one = Directory::default();
            one.apply(Update::Set(facts.clone()));
            let unit = one.units().next().unwrap();
            // Now and then a unit goes altogether.
            after.apply(if draw.rarely(6) { Update::Remove(unit) } else { Update::Set(facts) });
            touched.push(unit);
        }
        let comparison = Comparison { before: &before, after: &after, touched: &touched, now: NOW };
        let mut found = BTreeSet::new();
        for person in comparison.differences() {
            for (scope, delta) in person.scopes() {
                found.extend(delta.gains.iter().map(|(p, relation)| (true, person.user, scope, p.clone(), *relation)));
                found.extend(delta.loses.iter().map(|(p, relation)| (false, person.user, scope, p.clone(), *relation)));
            }
        }
        let mut expected = BTreeSet::new();
        for user in (0..USERS).map(user) {
            for scope in scopes() {
                for permission in pool() {
                    let level = |directory: &Directory| level(directory, user, scope, &permission);
                    match (level(&before), level(&after)) {
                        (old, new) if old == new => {}
                        (2, _) => { expected.insert((false, user, scope, permission, Relation::Role)); }
                        (_, 2) => { expected.insert((true, user, scope, permission, Relation::Role)); }
                        (0, _) => { expected.insert((true, user, scope, permission, Relation::Owner)); }
                        (_, _) => { expected.insert((false, user, scope, permission, Relation::Owner)); }
                    }
                }
            }
        }
        // Of a program's model that is not registered before and after, nothing is told.
        let is_told = |scope: Scope, permission: &Permission| {
            permission.model.as_str() != TICKET || [&before, &after].iter().all(|one| is_registered(one, scope, permission))
        };
        found.retain(|(_, _, scope, permission, _)| pool().contains(permission) && is_told(*scope, permission));
        expected.retain(|(_, _, scope, permission, _): &(bool, UserId, Scope, Permission, Relation)| is_told(*scope, permission));
        prop_assert_eq!(found, expected);
    }
}

/// 0: not at all; 1: own records; 2: any record. In an organization, models of bots count on any of its bots.
fn level(directory: &Directory, user: UserId, scope: Scope, permission: &Permission) -> u8 {
    let at = |scope| match directory.extent(Subject::User(user), permission, scope, NOW) {
        Extent::None => 0,
        Extent::OwnedBy(_) => 1,
        Extent::All => 2,
    };
    let on_bots = |id| {
        let member = directory.member(id, user).is_some();
        if member { directory.bots(id).map(|bot| at(Scope::Bot(bot.id))).max().unwrap_or(0) } else { 0 }
    };
    match (scope, rolecall_access::catalogue::level(permission)) {
        (Scope::Organization(id), Some(Level::Bot)) => on_bots(id),
        // A program's resources are attached to either.
        (Scope::Organization(id), None) => at(scope).max(on_bots(id)),
        (scope, _) => at(scope),
    }
}

pub fn is_registered(directory: &Directory, scope: Scope, permission: &Permission) -> bool {
    let organization = match scope {
        Scope::Organization(id) => Some(id),
        Scope::Bot(id) => directory.bot(id).map(|bot| bot.organization),
    };
    let model = organization.and_then(|id| directory.model_named(id, permission.model.as_str()));
    model.is_some_and(|model| model.actions.contains(&permission.action))
}
