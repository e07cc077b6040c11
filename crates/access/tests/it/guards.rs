//! The guards, each by its story, then all of them against random changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rolecall_access::facts::{
    AccountFacts, BotFacts, MemberFacts, MemberStatus, Offer, OrganizationFacts, PartnershipFacts, PermissionGrant,
    Provenance, RoleFacts, RoleGrant, TeamEntry,
};
use rolecall_access::guards::{Change, Refusal, check};
use rolecall_access::{
    Actor, Directory, Facts, Ownership, Permission, Policies, Question, Reach, Relation, Scope, Subject, Timestamp,
    Unit, Update, UserId,
};

use crate::properties::unit_of;
use crate::world::{Draw, NOW, ORGANIZATIONS, USERS, bot, directory, organization, pool, role, scopes, user};

const ADMIN: u16 = 0;
const EDITOR: u16 = 1;

fn permission(text: &str) -> Permission {
    let (model, action) = text.split_once(' ').unwrap();
    Permission::new(model, action).unwrap()
}

fn forever() -> Provenance {
    Provenance { given_by: None, given_at: Timestamp(1), expires_at: None }
}

/// An organization with an administrator (user 0) and an editor (user 1).
struct Story {
    facts: Vec<Facts>,
}

impl Story {
    fn new(policies: Policies, owner: Option<u16>) -> Self {
        let mut story = Self { facts: Vec::new() };
        story.facts.push(Facts::Organization(OrganizationFacts {
            id: organization(0),
            deleted: false,
            owner: owner.map(user),
            policies,
        }));
        for number in 0..4 {
            story.facts.push(Facts::Account(AccountFacts { id: user(number), verified: true, can_sign_in: true }));
        }
        let admin = [
            "User update",
            "User delete",
            "RoleAssignment create",
            "RoleAssignment delete",
            "Permission create",
            "Permission delete",
            "Role update",
            "Role delete",
            "UserPermission update",
            "Content update",
        ];
        story.facts.push(story.role(ADMIN, &admin));
        story.facts.push(story.role(EDITOR, &["Content update", "UserPermission update"]));
        story.facts.push(story.member(0, &[ADMIN], &[]));
        story.facts.push(story.member(1, &[EDITOR], &[]));
        story
    }

    fn workspace() -> Self {
        Self::new(Policies { manage_peers: true, ..Policies::default() }, None)
    }

    fn role(&self, number: u16, permissions: &[&str]) -> Facts {
        Facts::Role(RoleFacts {
            id: role(0, number),
            organization: organization(0),
            reach: Reach::Organization,
            everything: false,
            public: false,
            permissions: permissions.iter().map(|text| (permission(text), Relation::Role)).collect(),
        })
    }

    fn member(&self, number: u16, roles: &[u16], singles: &[&str]) -> Facts {
        Facts::Member(MemberFacts {
            organization: organization(0),
            user: user(number),
            status: MemberStatus::Active,
            roles: roles.iter().map(|one| RoleGrant { role: role(0, *one), provenance: forever() }).collect(),
            permissions: singles
                .iter()
                .map(|text| PermissionGrant { permission: permission(text), provenance: forever() })
                .collect(),
        })
    }

    /// What the guards say to this change, made by the actor with this permission.
    fn try_change(&self, actor: u16, using: &str, update: Update) -> Result<(), Refusal> {
        let before = directory(&self.facts);
        let mut after = before.clone();
        let unit = match &update {
            Update::Set(facts) => unit_of(facts),
            Update::Remove(unit) => *unit,
        };
        after.apply(update);
        check(&Change {
            before: &before,
            after: &after,
            touched: &[unit],
            actor: Actor::User(user(actor)),
            using: &[(Scope::Organization(organization(0)), permission(using))],
            now: NOW,
        })
    }
}

#[test]
fn nobody_gives_what_they_do_not_have() {
    let story = Story::workspace();
    let gift = Update::Set(story.member(2, &[], &["Billing read"]));
    assert!(matches!(story.try_change(0, "UserPermission update", gift), Err(Refusal::Escalation { .. })));
    let own = Update::Set(story.member(1, &[EDITOR], &["User delete"]));
    assert!(matches!(story.try_change(1, "UserPermission update", own), Err(Refusal::Escalation { .. })));
    let fine = Update::Set(story.member(2, &[], &["Content update"]));
    let refused = story.try_change(0, "UserPermission update", fine);
    // Bot-level permissions are no single permissions of the organization: they mean nothing there.
    assert_eq!(refused, Ok(()));
    let promoted = Update::Set(story.member(1, &[EDITOR, ADMIN], &[]));
    assert_eq!(story.try_change(0, "RoleAssignment create", promoted.clone()), Ok(()));
    assert!(matches!(story.try_change(1, "UserPermission update", promoted), Err(Refusal::Escalation { .. })));
}

#[test]
fn a_role_is_not_widened_beyond_its_editor() {
    let story = Story::workspace();
    let wider = Update::Set(story.role(EDITOR, &["Content update", "UserPermission update", "Billing read"]));
    assert!(matches!(story.try_change(0, "Permission create", wider), Err(Refusal::Escalation { .. })));
}

#[test]
fn taking_somebody_off_a_bot_must_not_lift_a_partners_cap() {
    let mut story = Story::workspace();
    let partner = OrganizationFacts { id: organization(1), deleted: false, owner: None, policies: Policies::default() };
    let Facts::Member(mut there) = story.member(1, &[], &[]) else { panic!("a member") };
    there.organization = organization(1);
    let on_bot = |team| {
        Facts::Bot(BotFacts {
            id: bot(0, 0),
            organization: organization(0),
            owner: None,
            published: false,
            team,
            offers: vec![Offer { partner: organization(1), cap: BTreeSet::new(), expires_at: None }],
        })
    };
    let entry = TeamEntry {
        user: user(1),
        through: organization(1),
        provenance: forever(),
        roles: Vec::new(),
        permissions: Vec::new(),
    };
    story.facts.extend([
        Facts::Organization(partner),
        Facts::Member(there),
        Facts::Partnership(PartnershipFacts {
            id: rolecall_access::PartnershipId(uuid::Uuid::from_u128(1)),
            between: [organization(0), organization(1)],
            accepted: true,
            frozen: false,
            expires_at: None,
        }),
        story.member(2, &[], &[]),
        on_bot(vec![entry]),
    ]);
    // The editor's role is held back by the cap; without the entry it would hold again.
    let off = story.try_change(2, "UserPermission update", Update::Set(on_bot(Vec::new())));
    assert!(matches!(off, Err(Refusal::Escalation { .. })), "{off:?}");
}

#[test]
fn reserved_permissions_are_never_granted() {
    let reserved = BTreeSet::from([permission("UserPermission update"), permission("Billing read")]);
    let story = Story::new(Policies { manage_peers: true, reserved, ..Policies::default() }, Some(3));
    let gift = Update::Set(story.member(2, &[], &["Billing read"]));
    assert!(matches!(story.try_change(0, "UserPermission update", gift), Err(Refusal::Reserved { .. })));
}

#[test]
fn whoever_can_do_more_is_protected() {
    let story = Story::workspace();
    let demoted = Update::Set(story.member(0, &[EDITOR], &[]));
    let refused = story.try_change(1, "UserPermission update", demoted);
    assert!(matches!(refused, Err(Refusal::ProtectsHigher { .. })), "{refused:?}");
}

#[test]
fn a_4_t_10_peers_manage_each_other_only_where_the_policy_says_so() {
    let removal = Update::Remove(Unit::Member(organization(0), user(2)));
    for (manage_peers, allowed) in [(true, true), (false, false)] {
        let mut story = Story::new(Policies { manage_peers, ..Policies::default() }, None);
        story.facts.push(story.member(2, &[ADMIN], &[]));
        let answer = story.try_change(0, "User delete", removal.clone());
        assert_eq!(answer.is_ok(), allowed, "{answer:?}");
    }
}

#[test]
fn owners_are_changed_by_nobody_else() {
    let mut story = Story::new(Policies { owner: Ownership::One, manage_peers: true, ..Policies::default() }, Some(2));
    story.facts.push(story.member(2, &[], &[]));
    let removal = Update::Remove(Unit::Member(organization(0), user(2)));
    assert!(matches!(story.try_change(0, "User delete", removal), Err(Refusal::ProtectsOwner { .. })));
}

#[test]
fn t_15_the_owner_cannot_go() {
    let mut story = Story::new(Policies { owner: Ownership::One, manage_peers: true, ..Policies::default() }, Some(2));
    story.facts.push(story.member(2, &[], &[]));
    let leaving = Update::Remove(Unit::Member(organization(0), user(2)));
    assert!(matches!(story.try_change(2, "User delete", leaving), Err(Refusal::OwnerNeeded(_))));
}

#[test]
fn w_23_nobody_suspends_themselves_or_drops_their_last_administering_role() {
    let mut story = Story::workspace();
    story.facts.push(story.member(2, &[ADMIN], &[]));
    let Facts::Member(mut own) = story.member(0, &[ADMIN], &[]) else { panic!("a member") };
    own.status = MemberStatus::Suspended;
    let suspended = Update::Set(Facts::Member(own));
    assert_eq!(story.try_change(0, "User update", suspended), Err(Refusal::OwnSuspension));
    let dropped = Update::Set(story.member(0, &[EDITOR], &[]));
    assert_eq!(story.try_change(0, "RoleAssignment delete", dropped), Err(Refusal::OwnAdministration));
}

#[test]
fn w_9_the_last_manager_stays() {
    let story = Story::workspace();
    let without = Update::Set(story.role(ADMIN, &["Content update", "Permission delete"]));
    let refused = story.try_change(0, "Permission delete", without);
    assert!(matches!(refused, Err(Refusal::Lockout(_) | Refusal::OwnAdministration)), "{refused:?}");
    let leaving = Update::Remove(Unit::Member(organization(0), user(0)));
    assert!(story.try_change(0, "User delete", leaving).is_err());
    // Somebody whose right ends one day does not count.
    let mut story = Story::workspace();
    let Facts::Member(mut heir) = story.member(2, &[ADMIN], &[]) else { panic!("a member") };
    heir.roles[0].provenance.expires_at = Some(Timestamp(5_000));
    story.facts.push(Facts::Member(heir));
    let leaving = Update::Remove(Unit::Member(organization(0), user(0)));
    assert!(matches!(story.try_change(0, "User delete", leaving), Err(Refusal::Lockout(_))));
}

fn manages(directory: &Directory, of: u16) -> bool {
    let needed = ["User update", "RoleAssignment create", "Permission create", "Role update"].map(permission);
    let eternal = Timestamp(i64::MAX - 1);
    (0..USERS).any(|number| {
        let able = |permission: &Permission| {
            let scope = Scope::Organization(organization(of));
            let subject = Subject::User(user(number));
            let question = Question { subject, permission: permission.clone(), scope, owner: None };
            directory.allows(&question, NOW) && directory.allows(&question, eternal)
        };
        let signs_in = directory.account(user(number)).is_some_and(|account| account.can_sign_in);
        signs_in && needed.iter().all(able)
    })
}

/// The same with every account confirmed and every membership active: guards take people so.
fn in_use(facts: &[Facts]) -> Vec<Facts> {
    let mut facts = facts.to_vec();
    for one in &mut facts {
        match one {
            Facts::Account(account) => account.verified = true,
            Facts::Member(member) => member.status = MemberStatus::Active,
            _ => {}
        }
    }
    facts
}

/// What the person can newly do.
fn gains(before: &Directory, after: &Directory, of: UserId) -> Vec<(Scope, Permission)> {
    let mut gained = Vec::new();
    for scope in scopes() {
        for permission in pool() {
            let may = |directory: &Directory| {
                let question =
                    Question { subject: Subject::User(of), permission: permission.clone(), scope, owner: None };
                directory.allows(&question, NOW)
            };
            if may(after) && !may(before) {
                gained.push((scope, permission));
            }
        }
    }
    gained
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn w_9_nobody_gains_beyond_the_maker_and_somebody_always_manages(numbers in prop::collection::vec(any::<u16>(), 0..700)) {
        let mut draw = Draw::new(&numbers);
        let mut facts = draw.world();
        for _ in 0..8 {
            let now = directory(&facts);
            let changed = draw.unit();
            // Roles, members and teams are what people change; organizations and accounts change by other ways.
            if !matches!(changed, Facts::Role(_) | Facts::Member(_) | Facts::Bot(_)) {
                continue;
            }
            let maker = user(draw.below(USERS));
            let unit = unit_of(&changed);
            let shown = changed.clone();
            let before_unit = facts.iter().find(|one| unit_of(one) == unit).cloned();
            let mut after_facts = facts.clone();
            after_facts.retain(|one| unit_of(one) != unit);
            after_facts.push(changed);
            let after = directory(&after_facts);
            let of: Vec<u16> = (0..ORGANIZATIONS).filter(|of| manages(&now, *of)).collect();
            let change = Change { before: &now, after: &after, touched: &[unit], actor: Actor::User(maker), using: &[], now: NOW };
            if check(&change).is_err() {
                continue;
            }
            let (then, next) = (directory(&in_use(&facts)), directory(&in_use(&after_facts)));
            for number in (0..USERS).filter(|number| user(*number) != maker) {
                for (scope, permission) in gains(&then, &next, user(number)) {
                    // What another organization gave on its bots to this one's people waits for them to be its people.
                    let own = match (scope, &shown) {
                        (Scope::Bot(bot), Facts::Member(member)) => {
                            now.bot(bot).is_some_and(|bot| bot.organization == member.organization)
                        }
                        (Scope::Bot(bot), _) => now.bot(bot).is_some(),
                        (Scope::Organization(_), _) => true,
                    };
                    let question = Question { subject: Subject::User(maker), permission: permission.clone(), scope, owner: None };
                    prop_assert!(!own || now.allows(&question, NOW), "{permission} at {scope:?} for {number} by {maker:?}; now {:?}; before {:?}; because {:?}", shown, before_unit, next.decide(&Question { subject: Subject::User(user(number)), permission: permission.clone(), scope, owner: None }, NOW));
                }
            }
            let own = gains(&then, &next, maker);
            let own: Vec<_> = own.into_iter().filter(|(scope, _)| !matches!((scope, &shown), (Scope::Bot(bot), Facts::Member(member)) if now.bot(*bot).is_some_and(|bot| bot.organization != member.organization))).collect();
            prop_assert!(own.is_empty(), "the maker gains {own:?} by {shown:?}");
            for of in of {
                prop_assert!(manages(&after, of), "nobody manages {of}");
            }
            facts = after_facts;
        }
    }
}
