//! Store tests, on a real database.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod conformance;
mod doctor;
mod loading;

use rolecall_access::preset::Preset;
use rolecall_access::{Actor, OrganizationId, Timestamp, UserId};
use rolecall_store::resource::{List, NewAccount, NewMail, NewOrganization, NewRole, Roles};
use rolecall_store::scratch::Scratch;
use rolecall_store::{Caller, Create, In, Read, Store, StoreError};

const NOW: Timestamp = Timestamp(1_777_800_600_000_000);

async fn open() -> (Scratch, Store) {
    let scratch = Scratch::new().await.unwrap();
    let store = scratch.open().await.unwrap();
    (scratch, store)
}

/// An organization with its first administrator.
async fn found(store: &Store, name: &str, email: &str) -> (OrganizationId, UserId) {
    let mut change = store.change(Caller::operator(NOW)).await.unwrap();
    let account = NewAccount {
        email: email.to_owned(),
        name: "Ana Marchetti".to_owned(),
        password_hash: Some("$argon2id$…".to_owned()),
        verified: true,
    };
    let founder = change.create_account(account).await.unwrap().id;
    let preset = Preset::find("workspace").unwrap();
    let new = NewOrganization { name: name.to_owned(), preset, founder };
    let organization = change.create_organization(new).await.unwrap().id;
    change.commit().await.unwrap();
    (organization, founder)
}

fn caller(user: UserId) -> Caller {
    Caller { actor: Actor::User(user), name: "Ana Marchetti".to_owned(), ..Caller::operator(NOW) }
}

async fn add_role(store: &Store, user: UserId, organization: OrganizationId, name: &str) -> Result<(), StoreError> {
    let mut change = store.change(caller(user)).await?;
    let within = change.require::<In<Roles>, Create>(organization).await?;
    let new = NewRole { name: name.to_owned(), reach: rolecall_access::Reach::Organization };
    change.create_role(&within, new).await?;
    change.commit().await?;
    Ok(())
}

async fn role_names(store: &Store, user: UserId, organization: OrganizationId) -> Vec<String> {
    let mut access = store.access(caller(user)).await.unwrap();
    let within = access.require::<In<Roles>, Read>(organization).await.unwrap();
    let list = List { limit: 200, cursor: None, q: None, sort: None };
    access.list_roles(&within, &list).await.unwrap().items.into_iter().map(|role| role.name).collect()
}

#[tokio::test]
async fn a_change_that_is_dropped_changes_nothing() {
    let (_scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    let before = store.directory();
    let mut change = store.change(caller(ana)).await.unwrap();
    let within = change.require::<In<Roles>, Create>(acme).await.unwrap();
    let new = NewRole { name: "Dropped".to_owned(), reach: rolecall_access::Reach::Organization };
    change.create_role(&within, new).await.unwrap();
    drop(change);
    assert_eq!(role_names(&store, ana, acme).await, ["admin", "manager", "public"]);
    assert_eq!(*store.directory(), *before);
}

#[tokio::test]
async fn what_another_process_writes_is_seen_with_the_next_question() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    let other = scratch.open().await.unwrap();
    let mut news = store.watch();
    add_role(&other, ana, acme, "From elsewhere").await.unwrap();
    assert!(store.directory().revision() < other.directory().revision());
    assert!(role_names(&store, ana, acme).await.contains(&"From elsewhere".to_owned()));
    assert_eq!(*store.directory(), *other.directory());
    assert_eq!(news.recv().await.unwrap().revision, other.directory().revision());
    // And back: a writer begins with what the other has written.
    add_role(&store, ana, acme, "From here").await.unwrap();
    add_role(&other, ana, acme, "From there").await.unwrap();
    assert_eq!(other.directory().revision().0, store.directory().revision().0 + 1);
}

#[tokio::test]
async fn revisions_have_no_gaps_and_a_reopened_store_has_the_same_facts() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    let first = store.directory().revision().0;
    for number in 0..5 {
        add_role(&store, ana, acme, &format!("Role {number}")).await.unwrap();
        let _ = add_role(&store, ana, acme, "admin").await;
    }
    assert_eq!(store.directory().revision().0, first + 5);
    let again = scratch.open().await.unwrap();
    assert_eq!(*again.directory(), *store.directory());
}

#[tokio::test]
async fn the_database_itself_keeps_names_unique() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    assert!(matches!(add_role(&store, ana, acme, "ADMIN").await, Err(StoreError::Duplicate("name"))));
    let copy = "INSERT INTO role (id, organization_id, name, name_folded, reach, everything, public, created_at, \
                updated_at) SELECT organization_id, organization_id, name, name_folded, reach, everything, public, 1, 1 \
                FROM role WHERE name = 'admin'";
    assert!(scratch.execute(copy).await.is_err());
    assert!(scratch.execute("UPDATE role_assignment SET role_id = organization_id").await.is_err());
    let taken = found_again(&store, "ANA@acme.example").await;
    assert!(matches!(taken, Err(StoreError::Duplicate("email"))));
}

async fn found_again(store: &Store, email: &str) -> Result<(), StoreError> {
    let mut change = store.change(Caller::operator(NOW)).await?;
    let account = NewAccount { email: email.to_owned(), name: "Other".to_owned(), password_hash: None, verified: true };
    change.create_account(account).await?;
    Ok(())
}

#[tokio::test]
async fn w_25_the_audit_chain_shows_where_it_was_tampered_with() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    for number in 0..3 {
        add_role(&store, ana, acme, &format!("Role {number}")).await.unwrap();
    }
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
    let rename =
        |from: &str, to: &str| format!("UPDATE audit_event SET record_name = '{to}' WHERE record_name = '{from}'");
    assert_eq!(scratch.execute(&rename("Role 1", "Innocent")).await.unwrap(), 1);
    let broken = store.verify_audit_chain().await.unwrap().unwrap();
    assert_eq!(broken.fault, rolecall_store::Fault::Altered);
    assert_eq!(scratch.execute(&rename("Innocent", "Role 1")).await.unwrap(), 1);
    assert_eq!(store.verify_audit_chain().await.unwrap(), None);
    scratch.execute("DELETE FROM audit_event WHERE record_name = 'Role 1'").await.unwrap();
    let gone = store.verify_audit_chain().await.unwrap().unwrap();
    assert_eq!((gone.position, gone.fault), (broken.position, rolecall_store::Fault::Missing));
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_waits_and_is_not_lost() {
    let (_scratch, store) = open().await;
    let mut change = store.change(Caller::operator(NOW)).await.unwrap();
    let mail = NewMail {
        kind: "invitation",
        organization: None,
        invitation: None,
        recipient: "guest@example.com".to_owned(),
        subject: "Hello".to_owned(),
        text: "secret link".to_owned(),
        html: "<p>secret link</p>".to_owned(),
    };
    let id = change.enqueue_mail(mail).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.due_mails(NOW, 10).await.unwrap().len(), 1);
    store.mail_failed(id, NOW, "refused", Some(NOW.plus_seconds(60))).await.unwrap();
    assert!(store.due_mails(NOW.plus_seconds(59), 10).await.unwrap().is_empty());
    let due = store.due_mails(NOW.plus_seconds(60), 10).await.unwrap();
    assert_eq!(due.first().map(|mail| (mail.attempts, mail.last_error.as_deref())), Some((1, Some("refused"))));
    store.mail_sent(id, NOW.plus_seconds(61), false).await.unwrap();
    assert!(store.due_mails(NOW.plus_seconds(9999), 10).await.unwrap().is_empty());
    let kept = store.list_mails(10).await.unwrap();
    assert_eq!(kept.first().map(|mail| mail.text.as_str()), Some(""), "what was sent keeps no link");
}

#[tokio::test]
async fn nobody_but_the_operator_sees_across_organizations() {
    let (_scratch, store) = open().await;
    let (_, ana) = found(&store, "Acme", "ana@acme.example").await;
    found(&store, "Other", "other@example.com").await;
    let mut operator = store.access(Caller::operator(NOW)).await.unwrap();
    assert_eq!(operator.list_all_organizations().await.unwrap().len(), 2);
    let mut person = store.access(caller(ana)).await.unwrap();
    assert!(matches!(person.list_all_organizations().await, Err(StoreError::Denied(_))));
    assert!(matches!(person.list_all_accounts(None).await, Err(StoreError::Denied(_))));
    let mut change = store.change(caller(ana)).await.unwrap();
    let somebody = UserId(uuid::Uuid::from_u128(7));
    let new = NewOrganization { name: "Theirs".to_owned(), preset: Preset::find("team").unwrap(), founder: somebody };
    assert!(matches!(change.create_organization(new).await, Err(StoreError::Denied(_))));
}

#[tokio::test]
async fn two_writers_wait_for_each_other() {
    let (_scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { add_role(&store, ana, acme, &format!("Role {}", number / 2)).await.is_ok() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!(made, 4);
    assert_eq!(role_names(&store, ana, acme).await.len(), 7);
}
