//! Servers that start: several at once, and one that is older than its database.

use rolecall_store::scratch::Scratch;

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_on_an_empty_database_do_not_collide() {
    let scratch = Scratch::new().await.unwrap();
    let opened = tokio::join!(scratch.open(), scratch.open(), scratch.open(), scratch.open());
    for store in [opened.0, opened.1, opened.2, opened.3] {
        let store = store.unwrap();
        assert!(store.is_empty().await.unwrap());
        store.close().await;
    }
}

#[tokio::test]
async fn a_server_older_than_its_database_does_not_start_and_says_why() {
    let scratch = Scratch::new().await.unwrap();
    scratch.open().await.unwrap().close().await;
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT version + 1, 'later', success, checksum, 0 FROM _sqlx_migrations";
    scratch.execute(later).await.unwrap();
    let Err(error) = scratch.open().await else { panic!("it started") };
    assert!(error.to_string().contains("a newer version of Rolecall has been here"), "{error}");
}
