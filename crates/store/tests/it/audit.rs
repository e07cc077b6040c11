//! The audit log's chain: what tampering is found, how pruning keeps it, how strangers are counted.

use rolecall_access::{Actor, Decision, OrganizationId, Permission, Scope, Timestamp, UserId};
use rolecall_store::resource::audit_event::AuditFilter;
use rolecall_store::resource::{AuditEvent, AuditLog, Failing, List, NewPolicies, Policies};
use rolecall_store::{Attempt, Broken, Caller, Fault, Read, Store, Update, Verifier};
use uuid::Uuid;

use crate::{NOW, Scratch, add_role, caller, found, open};

const DAY: i64 = 86_400;

/// An organization with a log of some rows.
async fn with_log() -> (Scratch, Store, OrganizationId, UserId) {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    for name in ["One", "Two", "Three", "Four"] {
        add_role(&store, ana, acme, name).await.unwrap();
    }
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
    (scratch, store, acme, ana)
}

async fn broken(store: &Store) -> (i64, Fault) {
    let Broken { position, fault, .. } = store.verify_audit_chain().await.unwrap().unwrap();
    (position, fault)
}

/// Every row that is listed, oldest first.
async fn events(store: &Store, organization: OrganizationId) -> Vec<AuditEvent> {
    let mut access = store.access(Caller::operator(NOW)).await.unwrap();
    let of = access.require::<AuditLog, Read>(organization).await.unwrap();
    let mut list = List { limit: 200, cursor: None, q: None, sort: Some("created_at".to_owned()) };
    let mut events = Vec::new();
    loop {
        let page = access.list_audit_events(&of, &list, &AuditFilter::default()).await.unwrap();
        events.extend(page.items);
        list.cursor = page.next_cursor;
        if list.cursor.is_none() {
            return events;
        }
    }
}

#[tokio::test]
async fn w_25_tampering_with_any_column_is_found_and_the_row_is_named() {
    let columns = [
        ("id", "(SELECT organization_id FROM audit_event WHERE position = 1)"),
        ("organization_id", "NULL"),
        ("actor_kind", "'operator'"),
        ("actor_id", "NULL"),
        ("actor_name", "'Somebody else'"),
        ("action", "'delete'"),
        ("model", "'Bot'"),
        ("record_id", "NULL"),
        ("record_name", "'Another'"),
        ("outcome", "'denied'"),
        ("detail", "'nothing to see'"),
        ("searched", "'nothing to find'"),
        ("before", "'{}'"),
        ("after", "'{}'"),
        ("address", "'192.0.2.1'"),
        ("agent", "'curl'"),
        ("request_id", "'another'"),
        ("created_at", "created_at + 1"),
        ("last_at", "last_at + 1"),
        ("repeats", "7"),
        ("previous_hash", "hash"),
        ("content_hash", "hash"),
        ("hash", "content_hash"),
        ("pruned_by", "1000"),
        ("position", "1000"),
    ];
    let (scratch, store, acme, ana) = with_log().await;
    for number in 0..columns.len() {
        add_role(&store, ana, acme, &format!("Role {number}")).await.unwrap();
    }
    // From the end to the start: each time the first broken row is another.
    for (number, (column, value)) in columns.iter().rev().enumerate() {
        let row = 3 + columns.len() - number;
        let tampered = format!("UPDATE audit_event SET {column} = {value} WHERE position = {row}");
        assert_eq!(scratch.execute(&tampered).await.unwrap(), 1, "{column}");
        assert_eq!(broken(&store).await.0, i64::try_from(row).unwrap(), "{column}");
    }
}

#[tokio::test]
async fn w_25_rows_deleted_swapped_or_blanked_by_hand_are_found() {
    let (scratch, store, ..) = with_log().await;
    scratch.execute("DELETE FROM audit_event WHERE position = 3").await.unwrap();
    assert_eq!(broken(&store).await, (3, Fault::Missing));
    scratch.execute("UPDATE audit_event SET position = 3 WHERE position = 4").await.unwrap();
    assert_eq!(broken(&store).await, (3, Fault::Unlinked));

    let (scratch, store, ..) = with_log().await;
    for swap in
        ["position = 100 WHERE position = 3", "position = 3 WHERE position = 4", "position = 4 WHERE position = 100"]
    {
        scratch.execute(&format!("UPDATE audit_event SET {swap}")).await.unwrap();
    }
    assert_eq!(broken(&store).await, (3, Fault::Unlinked));

    let (scratch, store, ..) = with_log().await;
    let blank = "UPDATE audit_event SET actor_kind = 'anybody', actor_id = NULL, actor_name = '', action = '', \
                 model = '', record_id = NULL, record_name = '', outcome = 'done', detail = '', searched = '', \
                 before = NULL, after = NULL, address = '', agent = '', request_id = ''";
    scratch.execute(&format!("{blank} WHERE position = 2")).await.unwrap();
    assert_eq!(broken(&store).await, (2, Fault::Altered));
    scratch.execute("UPDATE audit_event SET pruned_by = 4 WHERE position = 2").await.unwrap();
    assert_eq!(broken(&store).await, (2, Fault::Blanked), "row 4 tells of no pruning");
    scratch.execute("UPDATE audit_event SET pruned_by = 99 WHERE position = 2").await.unwrap();
    assert_eq!(broken(&store).await, (2, Fault::Blanked), "there is no row 99");
}

#[tokio::test]
async fn w_25_a_server_notices_what_a_verification_from_the_start_cannot() {
    let (scratch, store, acme, ana) = with_log().await;
    let mut verifier = Verifier::default();
    assert_eq!(store.verify_audit_chain_from(&mut verifier).await.unwrap(), None);
    let last = verifier.head().position;
    add_role(&store, ana, acme, "Five").await.unwrap();
    assert_eq!(store.verify_audit_chain_from(&mut verifier).await.unwrap(), None);
    assert_eq!(verifier.head().position, last + 1, "it goes on where it was");
    // The end is cut off.
    scratch.execute(&format!("DELETE FROM audit_event WHERE position > {last}")).await.unwrap();
    assert_eq!(store.verify_audit_chain().await.unwrap(), None, "what is left is a chain");
    let noticed = store.verify_audit_chain_from(&mut verifier).await.unwrap().unwrap();
    assert_eq!((noticed.position, noticed.fault), (last + 1, Fault::Replaced));
}

async fn retain(store: &Store, user: UserId, organization: OrganizationId, days: u32) {
    let mut change = store.change(caller(user)).await.unwrap();
    let of = change.require::<Policies, Update>(organization).await.unwrap();
    let new = NewPolicies { audit_retention_days: Some(Some(days)), ..NewPolicies::default() };
    change.set_policies(&of, None, new).await.unwrap();
    change.commit().await.unwrap();
}

/// Prunes what is due so many days from now; how many organizations.
async fn prune(store: &Store, days: i64) -> usize {
    let at = Caller::operator(NOW.plus_seconds(days * DAY));
    let due = store.access(at.clone()).await.unwrap().list_due_prunings().await.unwrap();
    for one in &due {
        let mut change = store.change(at.clone()).await.unwrap();
        assert!(!change.prune_audit_log(*one).await.unwrap());
        change.commit().await.unwrap();
    }
    due.len()
}

#[tokio::test]
async fn w_25_pruning_keeps_the_chain_and_touches_nobody_else() {
    let (scratch, store, acme, ana) = with_log().await;
    let (other, _) = found(&store, "Other", "bea@other.example").await;
    retain(&store, ana, acme, 30).await;
    let (mine, theirs) = (events(&store, acme).await.len(), events(&store, other).await.len());
    assert!(mine > 4 && theirs > 0);
    assert_eq!(prune(&store, 30).await, 0, "thirty whole days are kept");
    assert_eq!(prune(&store, 31).await, 1);
    let left = events(&store, acme).await;
    let told: Vec<&str> = left.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(told, ["prune"]);
    let after = left.first().and_then(|event| event.after.clone()).unwrap();
    assert_eq!(after.get("rows").and_then(serde_json::Value::as_u64), u64::try_from(mine).ok());
    assert_eq!(events(&store, other).await.len(), theirs);
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
    assert_eq!(prune(&store, 31).await, 0, "what tells of a pruning stays");
    let names =
        scratch.texts("SELECT record_name || actor_name || searched FROM audit_event WHERE pruned_by IS NOT NULL");
    assert!(names.await.unwrap().iter().all(String::is_empty));
    // Later rows are pruned in their turn.
    let later = Caller { now: NOW.plus_seconds(32 * DAY), ..caller(ana) };
    let mut change = store.change(later).await.unwrap();
    change.update_own_account(Some("Ana M."), None, None).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(prune(&store, 80).await, 1);
    assert_eq!(events(&store, acme).await.len(), 2);
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
}

#[tokio::test]
async fn w_25_a_verifier_that_was_there_before_a_pruning_goes_on() {
    let (_scratch, store, acme, ana) = with_log().await;
    retain(&store, ana, acme, 30).await;
    let mut verifier = Verifier::default();
    assert_eq!(store.verify_audit_chain_from(&mut verifier).await.unwrap(), None);
    prune(&store, 60).await;
    assert_eq!(store.verify_audit_chain_from(&mut verifier).await.unwrap(), None);
}

#[tokio::test]
async fn w_25_a_forged_pruning_is_found() {
    let forgeries = [
        // One more row is blanked on the word of a true pruning.
        ("UPDATE audit_event SET pruned_by = NULL WHERE position = 2", 2, Fault::Altered),
        ("UPDATE audit_event SET created_at = created_at + 1 WHERE position = 2", 2, Fault::Altered),
        ("UPDATE audit_event SET content_hash = hash WHERE position = 2", 2, Fault::Altered),
        ("UPDATE audit_event SET agent = 'hidden' WHERE position = 2", 2, Fault::Blanked),
        ("UPDATE audit_event SET repeats = 3 WHERE position = 2", 2, Fault::Blanked),
        ("DELETE FROM audit_event WHERE position = 2", 2, Fault::Missing),
        (
            "UPDATE audit_event SET after = replace(after, '\"rows\":', '\"rows\":1') WHERE action = 'prune'",
            0,
            Fault::Altered,
        ),
        ("UPDATE audit_event SET model = 'Role' WHERE action = 'prune'", 0, Fault::Altered),
        ("DELETE FROM audit_event WHERE action = 'prune'", 1, Fault::Blanked),
    ];
    for (forgery, position, fault) in forgeries {
        let (scratch, store, acme, ana) = with_log().await;
        retain(&store, ana, acme, 30).await;
        prune(&store, 60).await;
        let last: i64 = scratch
            .texts("SELECT CAST(MAX(position) AS TEXT) FROM audit_event")
            .await
            .unwrap()
            .concat()
            .parse()
            .unwrap();
        assert_eq!(scratch.execute(forgery).await.unwrap(), 1, "{forgery}");
        assert_eq!(broken(&store).await, (if position == 0 { last } else { position }, fault), "{forgery}");
    }
    // A row made after is blanked on the word of a true pruning.
    let (scratch, store, acme, ana) = with_log().await;
    let (other, bea) = found(&store, "Other", "bea@other.example").await;
    add_role(&store, bea, other, "Hidden").await.unwrap();
    retain(&store, ana, acme, 30).await;
    prune(&store, 60).await;
    let prune_row =
        scratch.texts("SELECT CAST(position AS TEXT) FROM audit_event WHERE action = 'prune'").await.unwrap().concat();
    let blank = format!(
        "UPDATE audit_event SET actor_kind = 'anybody', actor_id = NULL, actor_name = '', action = '', model = '', \
         record_id = NULL, record_name = '', outcome = 'done', detail = '', searched = '', before = NULL, \
         after = NULL, address = '', agent = '', request_id = '', pruned_by = {prune_row} WHERE record_name = 'Hidden'"
    );
    assert_eq!(scratch.execute(&blank).await.unwrap(), 1);
    assert_eq!(broken(&store).await, (prune_row.parse().unwrap(), Fault::FalsePruning));
}

#[tokio::test]
async fn w_25_what_an_erased_organization_said_goes_with_it() {
    let (scratch, store, acme, ana) = with_log().await;
    let mut change = store.change(caller(ana)).await.unwrap();
    let of = change.require::<rolecall_store::resource::Organizations, rolecall_store::Delete>(acme).await.unwrap();
    change.delete_organization(&of).await.unwrap();
    change.commit().await.unwrap();
    let later = NOW.plus_seconds(15 * DAY);
    let mut change = store.change(Caller::operator(later)).await.unwrap();
    assert_eq!(change.erase_organizations(later).await.unwrap(), 1);
    change.commit().await.unwrap();
    let left = scratch.texts("SELECT action FROM audit_event WHERE pruned_by IS NULL ORDER BY position").await.unwrap();
    assert_eq!(left, ["erase", "prune"]);
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
}

fn attempt(organization: OrganizationId, model: &str, action: &str) -> Attempt {
    let permission = Permission::new(model, action).unwrap();
    let decision = Decision { allowed: false, because: Vec::new(), missing: Vec::new() };
    Attempt { permission, scope: Scope::Organization(organization), decision }
}

fn stranger(number: u128) -> Caller {
    Caller { actor: Actor::User(UserId(Uuid::from_u128(number))), ..caller(UserId(Uuid::nil())) }
}

#[tokio::test]
async fn w_25_ten_thousand_denials_of_one_stranger_make_few_rows() {
    let (_scratch, store, acme, _) = with_log().await;
    let before = events(&store, acme).await.len();
    let actions = ["create", "read", "update", "delete"];
    for number in 0..10_000_usize {
        let model = format!("Model{}", number % 500);
        let action = actions.get(number % 4).unwrap();
        let who = Caller { agent: number.to_string(), request_id: number.to_string(), ..stranger(7) };
        store.record_denial(&who, &attempt(acme, &model, action)).await.unwrap();
    }
    let after = events(&store, acme).await;
    let rows = after.get(before..).unwrap();
    assert_eq!(rows.len(), 21, "twenty of their own and one for the rest");
    assert_eq!(rows.last().map(|row| row.action.as_str()), Some("count"));
    let told: i64 = rows.iter().map(|row| row.repeats + 1).sum();
    assert_eq!(told, 10_000, "every one is counted, and seen before it is written");
    store.write_counts(NOW).await.unwrap();
    let written: i64 = events(&store, acme).await.get(before..).unwrap().iter().map(|row| row.repeats + 1).sum();
    assert_eq!(written, 10_000);
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
    // The next hour has its own.
    let later = Caller { now: NOW.plus_seconds(3601), ..stranger(7) };
    store.record_denial(&later, &attempt(acme, "Model1", "read")).await.unwrap();
    assert_eq!(events(&store, acme).await.len(), before + 22);
}

#[tokio::test]
async fn w_25_networks_are_strangers_and_all_together_make_so_many_rows() {
    let (_scratch, store, acme, _) = with_log().await;
    let before = events(&store, acme).await.len();
    let from =
        |address: String| Caller { actor: Actor::Anybody, name: String::new(), address, ..Caller::operator(NOW) };
    for number in 0..300 {
        // Every address of a /64 is one stranger, whatever it tries.
        let who = from(format!("2001:db8:0:1::{number:x}"));
        store.record_denial(&who, &attempt(acme, &format!("Model{number}"), "read")).await.unwrap();
    }
    assert_eq!(events(&store, acme).await.len(), before + 21);
    for number in 0..700 {
        let who = from(format!("2001:db8:1:{number:x}::1"));
        store.record_failure(&who, "sign_in", Failing::Address("ana@acme.example")).await.unwrap();
    }
    let rows = events(&store, acme).await;
    assert_eq!(rows.len(), before + 501, "five hundred, and one for the rest");
    let told: i64 = rows.get(before..).unwrap().iter().map(|row| row.repeats + 1).sum();
    assert_eq!(told, 1000);
}

#[tokio::test]
async fn w_25_another_process_counts_in_the_same_rows() {
    let (scratch, store, acme, _) = with_log().await;
    let other = scratch.open().await.unwrap();
    let before = events(&store, acme).await.len();
    for store in [&store, &other, &store, &other] {
        store.record_denial(&stranger(9), &attempt(acme, "Role", "read")).await.unwrap();
    }
    store.write_counts(NOW).await.unwrap();
    other.write_counts(NOW).await.unwrap();
    let rows = events(&store, acme).await;
    assert_eq!(rows.len(), before + 1);
    assert_eq!(rows.last().map(|row| row.repeats), Some(3));
}

#[tokio::test]
async fn w_25_a_thousand_denials_at_once_are_counted_without_loss() {
    let (_scratch, store, acme, _) = with_log().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1000_u32 {
        let store = store.clone();
        tasks.spawn(async move {
            let model = if number % 2 == 0 { "Role" } else { "User" };
            store.record_denial(&stranger(11), &attempt(acme, model, "read")).await.unwrap();
            if number % 100 == 0 {
                store.write_counts(Timestamp(NOW.0)).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    store.write_counts(NOW).await.unwrap();
    let rows = events(&store, acme).await;
    let denied = rows.iter().filter(|row| row.outcome == rolecall_store::Outcome::Denied);
    assert_eq!(denied.map(|row| row.repeats + 1).sum::<i64>(), 1000);
}
