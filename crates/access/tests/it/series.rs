//! After each of a long series of changes all ways of asking agree with the second implementation, and whoever holds an
//! earlier directory is still answered as of its time.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use rolecall_access::facts::{MemberFacts, PermissionGrant, Provenance, RoleGrant};
use rolecall_access::{
    Because, Directory, Facts, Permission, Question, Scope, Subject, SubjectId, Timestamp, Unit, Update, UserId,
};

use crate::oracle::Oracle;
use crate::properties::unit_of;
use crate::world::{
    Draw, NOW, ORGANIZATIONS, POOLED, RESOURCES, ROLES, SUBJECTS, TICKET, USERS, directory, key, organization, pool,
    resource, role, scopes, subject, user,
};

/// Some units more, whole or gone, or one fact of a membership or a team put in or taken out.
pub fn change(draw: &mut Draw<'_>, facts: &[Facts]) -> Update {
    let of = draw.below(ORGANIZATIONS);
    let person = user(draw.below(USERS));
    match draw.below(9) {
        6 | 7 => Update::Set(draw.of_program()),
        8 => Update::Remove(unit_of(&draw.of_program())),
        0 => Update::Remove(unit_of(&draw.unit())),
        1 | 2 => Update::Set(draw.unit()),
        3 => Update::Set(draw.key()),
        4 => {
            let member = facts.iter().find_map(|fact| match fact {
                Facts::Member(one) if one.organization == organization(of) && one.user == person => Some(one.clone()),
                _ => None,
            });
            let Some(mut member) = member else { return Update::Set(draw.unit()) };
            alter(draw, of, &mut member.roles, &mut member.permissions);
            Update::Set(Facts::Member(member))
        }
        _ => {
            let bot = facts.iter().find_map(|fact| match fact {
                Facts::Bot(one) if one.organization == organization(of) => Some(one.clone()),
                _ => None,
            });
            let Some(mut bot) = bot else { return Update::Set(draw.unit()) };
            if let Some(entry) = bot.team.iter_mut().find(|entry| entry.user == person) {
                alter(draw, of, &mut entry.roles, &mut entry.permissions);
            }
            Update::Set(Facts::Bot(bot))
        }
    }
}

fn alter(draw: &mut Draw<'_>, of: u16, roles: &mut Vec<RoleGrant>, permissions: &mut Vec<PermissionGrant>) {
    let ends = [None, Some(NOW), Some(Timestamp(NOW.0 + 1))][usize::from(draw.below(3))];
    let provenance = Provenance { given_by: Some(user(draw.below(USERS))), given_at: Timestamp(-5), expires_at: ends };
    match draw.below(4) {
        0 => roles.push(RoleGrant { role: role(of, draw.below(ROLES)), provenance }),
        1 => permissions.push(PermissionGrant { permission: draw.permission(), provenance }),
        2 => {
            roles.pop();
        }
        _ => {
            permissions.pop();
        }
    }
}

pub fn note(facts: &mut Vec<Facts>, update: &Update) {
    let unit: Unit = match update {
        Update::Set(facts) => unit_of(facts),
        Update::Remove(unit) => *unit,
    };
    facts.retain(|fact| unit_of(fact) != unit);
    if let Update::Set(new) = update {
        facts.push(new.clone());
    }
}

/// One question of each kind, all ways of asking it, against the oracle.
fn agree(draw: &mut Draw<'_>, directory: &Directory, facts: &[Facts]) -> Result<(), TestCaseError> {
    let oracle = Oracle { facts, now: NOW };
    let everybody: BTreeSet<UserId> = (0..USERS).map(user).collect();
    let scopes = scopes();
    let scope = scopes[usize::from(draw.below(u16::try_from(scopes.len()).unwrap()))];
    let permission = &pool()[usize::from(draw.below(POOLED))];
    let stranger = UserId(uuid::Uuid::from_u128(77));
    let mut able = BTreeSet::new();
    for person in &everybody {
        let subject = Subject::User(*person);
        for owner in [None, Some(*person), Some(stranger)] {
            let question = Question { subject, permission: permission.clone(), scope, owner };
            let expected = oracle.allows(subject, permission, scope, owner);
            let decision = directory.decide(&question, NOW);
            prop_assert_eq!(directory.allows(&question, NOW), expected, "{:?}", question);
            prop_assert_eq!(decision.allowed, expected, "{:?}", question);
            prop_assert_eq!(decision.missing.is_empty(), expected);
            decision.because.iter().try_for_each(|because| stands(because, *person, facts))?;
            if expected {
                able.insert(*person);
            }
        }
        let listed = directory.effective(subject, scope, NOW);
        if permission.model.as_str() == TICKET && !oracle.is_registered(scope, permission) {
            continue;
        }
        let on_some_bot = |permission: &Permission| match scope {
            Scope::Organization(id) => directory.bots(id).any(|bot| {
                [None, Some(*person)].into_iter().any(|own| oracle.allows(subject, permission, Scope::Bot(bot.id), own))
            }),
            Scope::Bot(_) => false,
        };
        let with_some = (0..ORGANIZATIONS).any(|of| {
            (0..RESOURCES).any(|number| {
                let within = oracle.resource(resource(of, number)).and_then(|one| oracle.place(one));
                let within = within.is_some_and(|place| place == scope || is_bot_of(facts, place, scope));
                within && oracle.allows_on(subject, permission.action.as_str(), resource(of, number))
            })
        });
        let with_some = permission.model.as_str() == TICKET && with_some;
        let expected = able.contains(person) || on_some_bot(permission) || with_some;
        prop_assert_eq!(listed.allows(permission.model.as_str(), permission.action.as_str()), expected);
    }
    prop_assert_eq!(directory.who_can(permission, scope, everybody, NOW), able, "{} at {:?}", permission, scope);
    agree_on_programs(draw, directory, &oracle, (permission, scope))?;
    for subject in [Subject::Anybody, Subject::Key(key())] {
        let question = Question { subject, permission: permission.clone(), scope, owner: None };
        prop_assert_eq!(directory.allows(&question, NOW), oracle.allows(subject, permission, scope, None));
    }
    Ok(())
}

fn is_bot_of(facts: &[Facts], place: Scope, scope: Scope) -> bool {
    facts.iter().any(|fact| match fact {
        Facts::Bot(bot) => place == Scope::Bot(bot.id) && scope == Scope::Organization(bot.organization),
        _ => false,
    })
}

/// Programs' subjects, and one resource asked about in every way.
fn agree_on_programs(
    draw: &mut Draw<'_>,
    directory: &Directory,
    oracle: &Oracle<'_>,
    (permission, scope): (&Permission, Scope),
) -> Result<(), TestCaseError> {
    let of = draw.below(ORGANIZATIONS);
    let one = resource(of, draw.below(RESOURCES));
    let action = if draw.often() { "read" } else { "close" };
    let strangers = (0..ORGANIZATIONS).flat_map(|of| (0..SUBJECTS).map(move |number| subject(of, number)));
    let strangers: Vec<SubjectId> = strangers.collect();
    let everybody = (0..USERS).map(|number| Subject::User(user(number)));
    for subject in everybody.chain(strangers.iter().map(|id| Subject::Program(*id))) {
        let expected = oracle.allows_on(subject, action, one);
        let decision = directory.decide_on(subject, action, one, NOW);
        prop_assert_eq!(decision.allowed, expected, "{:?} {} {:?}", subject, action, one);
        prop_assert_eq!(directory.allows_on(subject, action, one, NOW), expected);
        prop_assert_eq!(decision.missing.is_empty(), expected);
        let question = Question { subject, permission: permission.clone(), scope, owner: None };
        let expected = oracle.allows(subject, permission, scope, None);
        prop_assert_eq!(directory.allows(&question, NOW), expected, "{:?}", question);
        prop_assert_eq!(directory.decide(&question, NOW).missing.is_empty(), expected);
    }
    let able = |allows: &dyn Fn(Subject) -> bool| -> BTreeSet<SubjectId> {
        strangers.iter().copied().filter(|id| allows(Subject::Program(*id))).collect()
    };
    let expected = able(&|subject| oracle.allows_on(subject, action, one));
    prop_assert_eq!(directory.subjects_who_can_on(action, one, NOW), expected);
    let expected = able(&|subject| oracle.allows(subject, permission, scope, None));
    prop_assert_eq!(directory.subjects_who_can(permission, scope, NOW), expected);
    Ok(())
}

/// Whether the fact that is told is one of those given, with who gave it and until when.
fn stands(because: &Because, person: UserId, facts: &[Facts]) -> Result<(), TestCaseError> {
    let held = |roles: &[RoleGrant]| match because {
        Because::OrganizationRole { role, provenance, .. } | Because::BotRole { role, provenance, .. } => {
            roles.contains(&RoleGrant { role: *role, provenance: *provenance })
        }
        _ => true,
    };
    let known = match because {
        Because::OrganizationRole { .. } => facts.iter().any(|fact| match fact {
            Facts::Member(one) => one.user == person && held(&one.roles),
            _ => false,
        }),
        Because::BotRole { .. } | Because::OnTeam(..) => facts.iter().any(|fact| match fact {
            Facts::Bot(one) => one.team.iter().any(|entry| entry.user == person && held(&entry.roles)),
            _ => false,
        }),
        _ => true,
    };
    prop_assert!(known, "{:?} is nowhere", because);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_each_of_many_changes_all_ways_of_asking_agree(numbers in prop::collection::vec(any::<u16>(), 4_000..8_000)) {
        let mut draw = Draw::new(&numbers);
        let mut facts = draw.world();
        let mut now = directory(&facts);
        let mut earlier: Vec<(Directory, Vec<Facts>)> = Vec::new();
        for step in 0..120 {
            if step % 20 == 0 {
                earlier.push((now.clone(), facts.clone()));
            }
            let update = change(&mut draw, &facts);
            note(&mut facts, &update);
            now.apply(update);
            agree(&mut draw, &now, &facts)?;
            let (then, as_of) = &earlier[usize::from(draw.below(u16::try_from(earlier.len()).unwrap()))];
            agree(&mut draw, then, as_of)?;
        }
        prop_assert_eq!(&now, &directory(&facts));
        for (then, as_of) in &earlier {
            prop_assert_eq!(then, &directory(as_of));
        }
    }
}

/// Crowds: pages, runs and rows that stand apart are made and given up on the way.
#[test]
fn crowds_come_and_go() {
    let person = |number: u128| UserId(uuid::Uuid::from_u128(0x0b00_0000 + number * 7_919 % 4_096));
    let entry = |user: UserId| rolecall_access::facts::TeamEntry {
        user,
        through: organization(0),
        provenance: Provenance { given_by: Some(user), given_at: Timestamp(9), expires_at: None },
        roles: Vec::new(),
        permissions: Vec::new(),
    };
    let mut draw = Draw::new(&[]);
    let Facts::Bot(model) = draw.bot(0, 0) else { panic!() };
    let mut kept = Directory::default();
    kept.apply(Update::Set(draw.organization(0)));
    let mut facts: Vec<Facts> = Vec::new();
    for number in 0..700_u128 {
        // Everybody is on the first bot; the first person is on every bot.
        let mut bot = model.clone();
        bot.id = rolecall_access::BotId(uuid::Uuid::from_u128(0x0d00_0000 + number * 104_729 % 65_536));
        bot.team = if number == 0 { (0..1_500).map(person).map(entry).collect() } else { vec![entry(person(0))] };
        bot.team.sort_by_key(|entry| entry.user);
        facts.push(Facts::Bot(bot));
        let (user, organization) = (person(number), organization(0));
        let status = rolecall_access::facts::MemberStatus::Active;
        let (roles, permissions) = (Vec::new(), Vec::new());
        facts.push(Facts::Member(MemberFacts { organization, user, status, roles, permissions }));
    }
    for fact in &facts {
        kept.apply(Update::Set(fact.clone()));
    }
    let snapshot = kept.clone();
    assert_eq!(kept.bots_of(person(0)).count(), 700);
    assert_eq!(kept.members(organization(0)).count(), 700);
    assert!(kept.members(organization(0)).is_sorted());
    for fact in &facts {
        assert_eq!(kept.facts(unit_of(fact)).as_ref(), Some(fact));
    }
    for fact in facts.iter().rev() {
        kept.apply(Update::Remove(unit_of(fact)));
        assert_eq!(kept.facts(unit_of(fact)), None);
    }
    assert_eq!(kept.units().count(), 1);
    assert!(facts.iter().all(|fact| snapshot.facts(unit_of(fact)).as_ref() == Some(fact)));
}
