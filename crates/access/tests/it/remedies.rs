//! Every remedy offered does allow it when applied, no proper part of it does, and whoever could give it may.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall_access::facts::{MemberStatus, PermissionGrant, Provenance, RoleGrant, TeamEntry};
use rolecall_access::{Facts, OrganizationId, Question, Remedy, Scope, Step, Subject, UserId};

use crate::oracle::Oracle;
use crate::world::{Draw, NOW, USERS, directory, pool, scopes, user};

const SINCE: Provenance = Provenance { given_by: None, given_at: NOW, expires_at: None };

/// The organization that the scope is in.
fn home(facts: &[Facts], scope: Scope) -> Option<OrganizationId> {
    match scope {
        Scope::Organization(id) => Some(id),
        Scope::Bot(id) => facts.iter().find_map(|one| match one {
            Facts::Bot(bot) if bot.id == id => Some(bot.organization),
            _ => None,
        }),
    }
}

/// The facts with the steps taken, written down by hand.
fn taken(facts: &[Facts], question: &Question, person: UserId, steps: &BTreeSet<Step>) -> Vec<Facts> {
    let home = home(facts, question.scope).unwrap();
    let mut facts = facts.to_vec();
    for step in steps {
        for one in &mut facts {
            match (one, *step, question.scope) {
                (Facts::Member(member), step, _) if member.organization == home && member.user == person => {
                    match step {
                        Step::Activate => member.status = MemberStatus::Active,
                        Step::OrganizationRole(role) => member.roles.push(RoleGrant { role, provenance: SINCE }),
                        Step::OrganizationPermission => member
                            .permissions
                            .push(PermissionGrant { permission: question.permission.clone(), provenance: SINCE }),
                        _ => {}
                    }
                }
                (Facts::Bot(bot), Step::TeamEntry, Scope::Bot(id)) if bot.id == id => bot.team.push(TeamEntry {
                    user: person,
                    through: home,
                    provenance: SINCE,
                    roles: Vec::new(),
                    permissions: Vec::new(),
                }),
                (Facts::Bot(bot), step, Scope::Bot(id)) if bot.id == id => {
                    for entry in bot.team.iter_mut().filter(|entry| entry.user == person) {
                        match step {
                            Step::BotRole(role) => entry.roles.push(RoleGrant { role, provenance: SINCE }),
                            Step::BotPermission => entry
                                .permissions
                                .push(PermissionGrant { permission: question.permission.clone(), provenance: SINCE }),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remedies_help_and_no_part_of_them_does(numbers in prop::collection::vec(any::<u16>(), 0..600)) {
        let mut draw = Draw::new(&numbers);
        let facts = draw.world();
        let directory = directory(&facts);
        let (scopes, pool) = (scopes(), pool());
        for _ in 0..6 {
            let person = user(draw.below(USERS));
            let question = Question {
                subject: Subject::User(person),
                permission: pool[usize::from(draw.below(16))].clone(),
                scope: scopes[usize::from(draw.below(u16::try_from(scopes.len()).unwrap()))],
                owner: None,
            };
            let allows = |steps: &BTreeSet<Step>| {
                let facts = taken(&facts, &question, person, steps);
                Oracle { facts: &facts, now: NOW }.allows(question.subject, &question.permission, question.scope, None)
            };
            for Remedy(steps) in directory.remedies(&question, NOW) {
                prop_assert!(allows(&steps), "{question:?} {steps:?}");
                for left_out in &steps {
                    let mut part = steps.clone();
                    part.remove(left_out);
                    prop_assert!(!allows(&part), "{question:?} {part:?} does");
                }
            }
        }
    }
}
