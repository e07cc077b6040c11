//! A start reads facts page by page, a change one at a time: both find the same.

use rolecall_access::{Directory, Unit};
use rolecall_store::Database;
use rolecall_store::scratch::Scratch;

use crate::{found, open};

/// More than one page of people.
const PEOPLE: u32 = 5_000;

fn fresh(scratch: &Scratch) -> &'static str {
    match scratch.database {
        Database::File(_) => "RANDOMBLOB(16)",
        Database::Url(_) => "GEN_RANDOM_UUID()",
    }
}

fn numbers(last: u32) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})")
}

/// A crowd in every state, with every kind of grant, some given by somebody, some with an end; one bot with nearly all of
/// them, one with a few, one with nobody.
fn crowd(fresh: &str) -> Vec<String> {
    let given = "CASE WHEN a.created_at % 3 = 0 THEN NULL ELSE a.id END, 1000 + a.created_at, \
                 CASE WHEN a.created_at % 5 = 0 THEN 2000 + a.created_at END";
    vec![
        format!(
            "INSERT INTO account (id, email, email_folded, name, name_folded, password_hash, verified_at, created_at, \
             updated_at) {} SELECT {fresh}, 'p' || i || '@acme.example', 'p' || i || '@acme.example', 'P', 'p', \
             CASE WHEN i % 7 = 0 THEN NULL ELSE 'x' END, CASE WHEN i % 11 = 0 THEN NULL ELSE i END, i, i FROM n",
            numbers(PEOPLE)
        ),
        format!(
            "INSERT INTO membership (organization_id, account_id, name_folded, email_folded, status, created_at, updated_at) \
             SELECT o.id, a.id, a.name_folded, a.email_folded, CASE a.created_at % 13 WHEN 0 THEN 'invited' WHEN 1 THEN \
             'suspended' ELSE 'active' END, 1, 1 FROM account a, organization o WHERE a.created_at <= {PEOPLE}"
        ),
        format!(
            "INSERT INTO role_assignment (id, organization_id, account_id, role_id, given_by, created_at, expires_at) \
             SELECT {fresh}, r.organization_id, a.id, r.id, {given} FROM account a, role r \
             WHERE a.created_at <= {PEOPLE} AND (r.name = 'manager' OR a.created_at % 17 = 0)"
        ),
        format!(
            "INSERT INTO organization_permission (id, organization_id, account_id, model, action, given_by, created_at, \
             expires_at) SELECT {fresh}, o.id, a.id, 'crm:Ticket', 'close', {given} FROM account a, organization o \
             WHERE a.created_at <= {PEOPLE} AND a.created_at % 19 = 0"
        ),
        format!(
            "INSERT INTO bot (id, organization_id, name, name_folded, slug, created_at, updated_at) {} \
             SELECT {fresh}, o.id, 'Bot ' || i, 'bot ' || i, 'bot-' || i, i, i FROM n, organization o",
            numbers(4)
        ),
        format!(
            "INSERT INTO team_entry (bot_id, account_id, organization_id, given_by, created_at, expires_at) \
             SELECT b.id, a.id, b.organization_id, {given} FROM account a, bot b WHERE a.created_at <= {PEOPLE} \
             AND (b.created_at = 1 OR b.created_at = 2 AND a.created_at % 100 = 0 OR b.created_at = 3 AND a.created_at < 9)"
        ),
        format!(
            "INSERT INTO bot_role_assignment (id, bot_id, account_id, role_id, given_by, created_at, expires_at) \
             SELECT {fresh}, t.bot_id, a.id, r.id, {given} FROM team_entry t JOIN account a ON a.id = t.account_id, role r \
             WHERE r.name = 'manager' OR a.created_at % 23 = 0"
        ),
        format!(
            "INSERT INTO bot_permission (id, bot_id, account_id, model, action, given_by, created_at, expires_at) \
             SELECT {fresh}, t.bot_id, a.id, 'Flow', 'read', {given} FROM team_entry t JOIN account a ON a.id = t.account_id \
             WHERE a.created_at % 29 = 0"
        ),
    ]
}

/// Some of each kind, as if a revision had touched them.
const TOLD: [&str; 4] = [
    "UPDATE revision SET revision = revision + 1",
    "INSERT INTO change (revision, position, unit, unit_id, member_id, created_at) SELECT r.revision, a.created_at, \
     'account', a.id, NULL, 1 FROM account a, revision r WHERE a.created_at < 400",
    "INSERT INTO change (revision, position, unit, unit_id, member_id, created_at) SELECT r.revision, \
     1000 + a.created_at, 'member', m.organization_id, a.id, 1 FROM account a JOIN membership m ON m.account_id = a.id, \
     revision r WHERE a.created_at < 400",
    "INSERT INTO change (revision, position, unit, unit_id, member_id, created_at) SELECT r.revision, \
     2000 + b.created_at, 'bot', b.id, NULL, 1 FROM bot b, revision r",
];

fn of_each(directory: &Directory) -> [usize; 3] {
    let count = |kind: fn(&Unit) -> bool| directory.units().filter(kind).count();
    [
        count(|unit| matches!(unit, Unit::Account(_))),
        count(|unit| matches!(unit, Unit::Member(..))),
        count(|unit| matches!(unit, Unit::Bot(_))),
    ]
}

#[tokio::test]
async fn what_a_start_reads_is_what_changes_read() {
    let (scratch, store) = open().await;
    found(&store, "Acme", "ana@acme.example").await;
    for statement in crowd(fresh(&scratch)) {
        assert!(scratch.execute(&statement).await.unwrap() > 0, "{statement}");
    }
    for statement in TOLD {
        scratch.execute(statement).await.unwrap();
    }
    let before = store.directory();
    store.catch_up().await.unwrap();
    let told = store.directory();
    let whole = scratch.open().await.unwrap().directory();
    assert_eq!(whole.revision(), told.revision());
    let everybody = PEOPLE as usize + 1;
    assert_eq!(of_each(&whole), [everybody, everybody, 4]);
    let units: Vec<Unit> = told.units().filter(|unit| told.facts(*unit) != before.facts(*unit)).collect();
    assert_eq!(units.len(), 399 + 399 + 4);
    for unit in units {
        assert_eq!(whole.facts(unit), told.facts(unit));
    }
}
