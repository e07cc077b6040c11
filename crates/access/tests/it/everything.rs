//! Check, explain, the three searches and the map of what one may do agree about everybody, every action and every place of
//! a random world after each of a series of random changes, with one another and with the second implementation.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rolecall_access::{BotId, Directory, Facts, Permission, Question, Scope, Subject, UserId};

use crate::oracle::Oracle;
use crate::series::{change, note};
use crate::world::{Draw, NOW, ORGANIZATIONS, TICKET, USERS, directory, key, organization, pool, scopes, user};

/// Everybody who is asked about, with the person behind them.
fn subjects(directory: &Directory) -> Vec<(Subject, Option<UserId>)> {
    let people = (0..USERS).map(|number| (Subject::User(user(number)), Some(user(number))));
    let sponsor = directory.key(key()).map(|key| key.sponsor);
    people.chain([(Subject::Anybody, None), (Subject::Key(key()), sponsor)]).collect()
}

/// May they, with some record there?
fn somehow(oracle: &Oracle<'_>, subject: Subject, own: Option<UserId>, permission: &Permission, scope: Scope) -> bool {
    [None, own].into_iter().any(|owner| oracle.allows(subject, permission, scope, owner))
}

fn checks_and_explanations(directory: &Directory, oracle: &Oracle<'_>) -> Result<(), TestCaseError> {
    let stranger = UserId(uuid::Uuid::from_u128(77));
    for (subject, own) in subjects(directory) {
        for scope in scopes() {
            for permission in pool() {
                for owner in [None, own, Some(stranger)] {
                    let expected = oracle.allows(subject, &permission, scope, owner);
                    let question = Question { subject, permission: permission.clone(), scope, owner };
                    prop_assert_eq!(directory.allows(&question, NOW), expected, "{:?}", question);
                    prop_assert_eq!(directory.decide(&question, NOW).allowed, expected, "{:?}", question);
                }
            }
        }
    }
    Ok(())
}

/// Who, with which bots, and what: each list holds exactly those about whom the question alone is answered yes.
fn searches_and_maps(directory: &Directory, oracle: &Oracle<'_>) -> Result<(), TestCaseError> {
    let everybody: BTreeSet<UserId> = (0..USERS).map(user).collect();
    for permission in pool() {
        for scope in scopes() {
            let may = |user: &UserId| somehow(oracle, Subject::User(*user), Some(*user), &permission, scope);
            let expected: BTreeSet<UserId> = everybody.iter().copied().filter(may).collect();
            let found = directory.who_can(&permission, scope, everybody.clone(), NOW);
            prop_assert_eq!(found, expected, "who may {} at {:?}", permission, scope);
        }
        for (subject, _) in subjects(directory) {
            for of in (0..ORGANIZATIONS).map(organization) {
                let bots = directory.bots(of);
                let may = bots.filter(|bot| oracle.allows(subject, &permission, Scope::Bot(bot.id), bot.owner));
                let expected: Vec<BotId> = may.map(|bot| bot.id).collect();
                let found = directory.bots_where(subject, &permission, of, NOW);
                prop_assert_eq!(found, expected, "with what {:?} may {}", subject, permission);
            }
        }
    }
    for (subject, own) in subjects(directory) {
        for scope in scopes() {
            let map = directory.effective(subject, scope, NOW);
            // What may be done with other programs' models hangs on their resources too: see `series`.
            for permission in pool().into_iter().filter(|permission| permission.model.as_str() != TICKET) {
                let bots = |id| directory.bots(id).map(|bot| Scope::Bot(bot.id)).collect();
                let places: Vec<Scope> = if let Scope::Organization(id) = scope { bots(id) } else { Vec::new() };
                let mut places = places.into_iter().chain([scope]);
                let expected = places.any(|place| somehow(oracle, subject, own, &permission, place));
                let listed = map.allows(permission.model.as_str(), permission.action.as_str());
                prop_assert_eq!(listed, expected, "what {:?} may at {:?}: {}", subject, scope, permission);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_of_asking_agrees_about_everything(numbers in prop::collection::vec(any::<u16>(), 1_000..4_000)) {
        let mut draw = Draw::new(&numbers);
        let mut facts: Vec<Facts> = draw.world();
        let mut now = directory(&facts);
        for _ in 0..12 {
            let update = change(&mut draw, &facts);
            note(&mut facts, &update);
            now.apply(update);
            let oracle = Oracle { facts: &facts, now: NOW };
            checks_and_explanations(&now, &oracle)?;
            searches_and_maps(&now, &oracle)?;
        }
    }
}
