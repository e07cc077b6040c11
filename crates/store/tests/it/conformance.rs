//! Both databases do the same. Like every test here, these run on SQLite, and again on PostgreSQL (of a locale that
//! neither sorts nor compares by bytes).

use rolecall_access::{OrganizationId, Timestamp};
use rolecall_store::resource::{List, Roles};
use rolecall_store::{Caller, In, Read, StoreError};

use crate::{NOW, Scratch, add_role, caller, found, open};

/// Every statement in the source of the store, as far as it stands there whole.
fn statements() -> Vec<String> {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut statements = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("sql.rs") {
                let source = std::fs::read_to_string(path).unwrap();
                statements.extend(source.split("query(").skip(1).filter_map(literal));
            }
        }
    }
    statements.retain(|text| {
        let headless = text.starts_with("SELECT") && !text.contains(" FROM ");
        let open = headless || text.contains('{') || ["= ", "(", "SELECT "].iter().any(|end| text.ends_with(end));
        !open && ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|word| text.starts_with(word))
    });
    statements
}

/// The string literal that the text begins with.
fn literal(text: &str) -> Option<String> {
    let body = text.trim_start().strip_prefix('"')?;
    let end = body.find("\",\n").into_iter().chain(body.find("\")")).min()?;
    let lines = body.get(..end)?.split("\\\n").map(str::trim_start);
    Some(lines.collect::<Vec<_>>().concat())
}

#[tokio::test]
async fn the_database_understands_every_statement() {
    let (scratch, _store) = open().await;
    let statements = statements();
    assert!(statements.len() > 90, "only {} were found", statements.len());
    for statement in statements {
        if let Err(error) = scratch.prepare(&statement).await {
            panic!("{statement}\n{error:?}");
        }
    }
    assert!(scratch.prepare("SELECT nothing FROM nowhere").await.is_err());
}

/// All roles by name, read in pages of this size.
async fn names_by_pages(scratch: &Scratch, sort: &str, limit: u32) -> Vec<String> {
    let store = scratch.open().await.unwrap();
    let mut access = store.access(Caller::operator(NOW)).await.unwrap();
    let acme = OrganizationId(access.list_all_organizations().await.unwrap().remove(0).id);
    let within = access.require::<In<Roles>, Read>(acme).await.unwrap();
    let mut list = List { limit, cursor: None, q: None, sort: Some(sort.to_owned()) };
    let mut names = Vec::new();
    loop {
        let page = access.list_roles(&within, &list).await.unwrap();
        names.extend(page.items.into_iter().map(|role| role.name));
        list.cursor = page.next_cursor;
        if list.cursor.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn lists_sort_by_folded_code_points_and_page_without_loss() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    for name in ["éclair", "Zebra", "apple", "_first", "Ärger", "zebra 2", "日本", "ЯБЛОКО", "яблоко 2", "eclair"]
    {
        add_role(&store, ana, acme, name).await.unwrap();
    }
    let sorted = [
        "_first",
        "admin",
        "apple",
        "eclair",
        "manager",
        "public",
        "Zebra",
        "zebra 2",
        "Ärger",
        "éclair",
        "ЯБЛОКО",
        "яблоко 2",
        "日本",
    ];
    for limit in [1, 2, 3, 200] {
        assert_eq!(names_by_pages(&scratch, "name", limit).await, sorted);
        let mut backwards = names_by_pages(&scratch, "-name", limit).await;
        backwards.reverse();
        assert_eq!(backwards, sorted);
    }
}

#[tokio::test]
async fn w_12_names_that_fold_alike_are_the_same() {
    let (_scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    for (first, second) in [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁne", "FINE"), ("E\u{301}cole", "école")]
    {
        add_role(&store, ana, acme, first).await.unwrap();
        assert!(matches!(add_role(&store, ana, acme, second).await, Err(StoreError::Duplicate("name"))), "{second}");
    }
    // And what only looks alike is not.
    add_role(&store, ana, acme, "Strasse\u{200a}n").await.unwrap();
}

#[tokio::test]
async fn searching_finds_by_folded_text_and_takes_wildcards_as_they_are() {
    let (_scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    for name in ["100 %", "1000", "a_b", "aXb", "ÉCOLE", "back\\slash"] {
        add_role(&store, ana, acme, name).await.unwrap();
    }
    let mut access = store.access(caller(ana)).await.unwrap();
    let within = access.require::<In<Roles>, Read>(acme).await.unwrap();
    for (q, expected) in [
        ("0 %", vec!["100 %"]),
        ("a_b", vec!["a_b"]),
        ("école", vec!["ÉCOLE"]),
        ("K\\S", vec!["back\\slash"]),
        ("a\0", vec![]),
    ] {
        let list = List { limit: 50, cursor: None, q: Some(q.to_owned()), sort: None };
        let names: Vec<String> =
            access.list_roles(&within, &list).await.unwrap().items.into_iter().map(|role| role.name).collect();
        assert_eq!(names, expected, "{q}");
    }
}

#[tokio::test]
async fn instants_keep_their_microseconds() {
    let (scratch, store) = open().await;
    let (acme, ana) = found(&store, "Acme", "ana@acme.example").await;
    let odd = Timestamp(NOW.0 + 1_234_567);
    let mut change = store.change(Caller { now: odd, ..caller(ana) }).await.unwrap();
    let within = change.require::<In<Roles>, rolecall_store::Create>(acme).await.unwrap();
    let new = rolecall_store::resource::NewRole { name: "Odd".to_owned(), reach: rolecall_access::Reach::Organization };
    let id = change.create_role(&within, new).await.unwrap().id;
    change.commit().await.unwrap();
    let again = scratch.open().await.unwrap();
    let mut access = again.access(caller(ana)).await.unwrap();
    assert_eq!(access.require::<Roles, Read>((acme, id)).await.unwrap().created_at, odd);
}
