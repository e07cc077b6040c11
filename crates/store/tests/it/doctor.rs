//! The doctor finds what is wrong, and mends what can be.

use std::collections::BTreeSet;

use rolecall_store::doctor::{Check, Finding, REFERENCES};
use rolecall_store::{Database, Store};

use crate::{NOW, Scratch, add_role, found, open, role_names};

/// What was found, by check.
async fn found_by(store: &Store) -> Vec<(Check, bool)> {
    let findings: Vec<Finding> = store.examine(NOW).await.unwrap();
    findings.into_iter().map(|finding| (finding.check, finding.repairable)).collect()
}

#[tokio::test]
async fn a_healthy_installation_has_nothing_to_mend() {
    let (_scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    add_role(&store, ana, acme, "Another").await.unwrap();
    assert_eq!(found_by(&store).await, []);
    assert_eq!(store.repair(NOW).await.unwrap(), 0);
}

/// `table(column, …) -> table` of every foreign key.
async fn foreign_keys(scratch: &Scratch) -> BTreeSet<String> {
    let statement = match scratch.database {
        Database::File(_) => {
            "SELECT m.name || '(' || group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') -> ' || f.\"table\" \
             FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id"
        }
        Database::Url(_) => {
            "SELECT c.conrelid::regclass || '(' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) \
             FROM unnest(c.conkey) WITH ORDINALITY k (number, place) \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) || ') -> ' || \
             c.confrelid::regclass FROM pg_constraint c \
             WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace"
        }
    };
    scratch.texts(statement).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn every_foreign_key_is_examined() {
    let (scratch, _store) = open().await;
    let examined: BTreeSet<String> = REFERENCES
        .iter()
        .map(|reference| format!("{}({}) -> {}", reference.table, reference.columns.join(", "), reference.of))
        .collect();
    assert_eq!(examined, foreign_keys(&scratch).await);
}

#[tokio::test]
async fn orphans_are_found_and_go() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    add_role(&store, ana, acme, "Orphan").await.unwrap();
    scratch.damage("UPDATE role SET created_by = organization_id WHERE name = 'Orphan'").await.unwrap();
    scratch.damage("UPDATE role_assignment SET account_id = role_id").await.unwrap();
    let findings = found_by(&store).await;
    assert!(findings.contains(&(Check::Orphans, true)), "{findings:?}");
    assert!(findings.contains(&(Check::Owners, false)), "nobody administers it any more: {findings:?}");
    assert_eq!(store.repair(NOW).await.unwrap(), 2);
    assert_eq!(found_by(&store).await, [(Check::Owners, false)]);
}

#[tokio::test]
async fn facts_written_past_rolecall_are_found_and_told() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    scratch
        .execute(
            "INSERT INTO role (id, organization_id, name, name_folded, reach, created_at, updated_at) \
             SELECT id, id, 'Smuggled', 'smuggled', 'organization', 1, 1 FROM organization",
        )
        .await
        .unwrap();
    let before = store.directory();
    assert_eq!(found_by(&store).await, [(Check::Directory, true)]);
    assert_eq!(store.repair(NOW).await.unwrap(), 1);
    assert_eq!(found_by(&store).await, []);
    assert_ne!(*store.directory(), *before, "whoever runs knows of it now");
    assert!(role_names(&store, ana, acme).await.contains(&"Smuggled".to_owned()));
    let again = scratch.open().await.unwrap();
    assert_eq!(*again.directory(), *store.directory());
}

#[tokio::test]
async fn w_25_a_broken_chain_is_named_and_not_mended() {
    let (scratch, store) = open().await;
    found(&store, "Acme", "ana@acme.example").await;
    scratch.execute("UPDATE audit_event SET actor_name = 'nobody'").await.unwrap();
    assert_eq!(found_by(&store).await, [(Check::Audit, false)]);
    store.repair(NOW).await.unwrap();
    assert_eq!(found_by(&store).await, [(Check::Audit, false)]);
}

#[tokio::test]
async fn mails_given_up_are_tried_again() {
    let (_scratch, store) = open().await;
    let mut change = store.change(rolecall_store::Caller::operator(NOW)).await.unwrap();
    let mail = rolecall_store::resource::NewMail {
        kind: "ownership",
        organization: None,
        invitation: None,
        recipient: "guest@example.com".to_owned(),
        subject: "Hello".to_owned(),
        text: "text".to_owned(),
        html: "html".to_owned(),
    };
    let id = change.enqueue_mail(mail).await.unwrap();
    change.commit().await.unwrap();
    store.mail_failed(id, NOW, "refused", None).await.unwrap();
    assert_eq!(found_by(&store).await, [(Check::Outbox, true)]);
    assert!(store.due_mails(NOW, 9).await.unwrap().is_empty());
    assert_eq!(store.repair(NOW).await.unwrap(), 1);
    assert_eq!(store.due_mails(NOW, 9).await.unwrap().len(), 1);
    let stuck = store.examine(NOW.plus_seconds(2 * 3600)).await.unwrap();
    assert_eq!(stuck.first().map(|finding| (finding.check, finding.repairable)), Some((Check::Outbox, false)));
}
