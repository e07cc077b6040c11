//! The database and the directory of all facts in it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rolecall_access::Directory;
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{Mutex, broadcast};

use crate::Connection;
use crate::access::Access;
use crate::caller::Caller;
use crate::change::{Change, Published};
use crate::error::Result;
use crate::facts;
use crate::feed;
use crate::seen::Seen;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Rolecall's storage. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) published: broadcast::Sender<Published>,
    pub(crate) seen: Seen,
    writer: Arc<Mutex<()>>,
}

impl Store {
    /// Opens the database file (made if it is not there), brings its schema up to date and reads all facts.
    ///
    /// # Errors
    /// If the file cannot be opened or is no database of ours.
    pub async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await?;
        MIGRATIONS.run(&pool).await?;
        let mut transaction = pool.begin().await?;
        let directory = facts::load_all(&mut transaction).await?;
        transaction.commit().await?;
        let (published, _) = broadcast::channel(1024);
        Ok(Self {
            pool,
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            published,
            seen: Seen::default(),
            writer: Arc::default(),
        })
    }

    /// The facts as of the last commit.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Tells of every commit from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Published> {
        self.published.subscribe()
    }

    /// Begins reading.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn access(&self, caller: Caller) -> Result<Access> {
        self.catch_up().await?;
        let transaction = self.pool.begin().await?;
        Ok(Access { transaction, directory: self.directory(), caller, seen: self.seen.clone() })
    }

    /// Begins writing; waits for the writer before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn change(&self, caller: Caller) -> Result<Change> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        self.read_feed(&mut transaction).await?;
        // INVARIANT: read after the lock is held, so the guards see every commit before this one.
        let access = Access { transaction, directory: self.directory(), caller, seen: self.seen.clone() };
        Ok(Change::begin(self.clone(), access, writer))
    }

    /// Brings the directory up to what another process has written, if it has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn catch_up(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        if feed::current(&mut connection).await? <= self.directory().revision() {
            return Ok(());
        }
        // A commit of our own may be about to be published: only who holds the lock reads the feed.
        let _writer = self.write_lock().await;
        self.read_feed(&mut connection).await
    }

    /// Call this with the write lock held.
    async fn read_feed(&self, connection: &mut Connection) -> Result<()> {
        let directory = self.directory();
        if feed::current(&mut *connection).await? > directory.revision() {
            let (after, published) = feed::catch_up(connection, &directory).await?;
            self.publish(after, published);
        }
        Ok(())
    }

    /// Waits for the writer, for the few writes outside a [`Change`].
    pub(crate) async fn write_lock(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.writer).lock_owned().await
    }

    /// Closes the database: waits for what is running, then folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
