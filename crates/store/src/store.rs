//! The database and the directory of all facts in it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rolecall_access::Directory;
use tokio::sync::{Mutex, OwnedMutexGuard, broadcast};

use crate::access::Access;
use crate::audit::count::Counts;
use crate::audit::watch::Watched;
use crate::caller::Caller;
use crate::change::{Change, Published};
use crate::error::Result;
use crate::facts;
use crate::feed;
use crate::seen::Seen;
use crate::sql::{Database, Pool, Transaction};

/// Rolecall's storage. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) published: broadcast::Sender<Published>,
    pub(crate) seen: Seen,
    pub(crate) counts: Counts,
    pub(crate) watched: Watched,
    writer: Arc<Mutex<()>>,
}

impl Store {
    /// Opens the database, brings its schema up to date and reads all facts.
    ///
    /// # Errors
    /// If the database cannot be reached or is no database of ours.
    pub async fn open(database: &Database) -> Result<Self> {
        let pool = Pool::open(database).await?;
        let directory = facts::load_at_once(&pool).await?;
        let (published, _) = broadcast::channel(1024);
        Ok(Self {
            pool,
            directory: Arc::new(ArcSwap::from_pointee(directory)),
            published,
            seen: Seen::default(),
            counts: Counts::default(),
            watched: Watched::default(),
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
        let mut transaction = self.pool.read().await?;
        if feed::current(&mut transaction).await? > self.directory().revision() {
            drop(transaction);
            self.catch_up().await?;
            transaction = self.pool.read().await?;
        }
        Ok(self.reading(transaction, caller))
    }

    fn reading(&self, transaction: Transaction, caller: Caller) -> Access {
        let (seen, counts) = (self.seen.clone(), self.counts.clone());
        Access { transaction, directory: self.directory(), caller, seen, counts }
    }

    /// Begins writing; waits for the writer before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn change(&self, caller: Caller) -> Result<Change> {
        let (writer, mut transaction) = self.write().await?;
        self.read_feed(&mut transaction).await?;
        // INVARIANT: read after the lock is held, so the guards see every commit before this one.
        let access = self.reading(transaction, caller);
        Ok(Change::begin(self.clone(), access, writer))
    }

    /// Brings the directory up to what another process has written, if it has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn catch_up(&self) -> Result<()> {
        if feed::current(&mut self.pool.read().await?).await? <= self.directory().revision() {
            return Ok(());
        }
        // A commit of our own may be about to be published: only who holds the lock reads the feed.
        let _writer = Arc::clone(&self.writer).lock_owned().await;
        self.read_feed(&mut self.pool.read().await?).await
    }

    /// Call this with the writer's lock held.
    pub(crate) async fn read_feed(&self, transaction: &mut Transaction) -> Result<()> {
        let directory = self.directory();
        if feed::current(transaction).await? > directory.revision() {
            let (after, published) = feed::catch_up(transaction, &directory).await?;
            self.publish(after, published);
        }
        Ok(())
    }

    /// A writing transaction, for [`Store::change`] and the few writes outside of one. The lock keeps the order
    /// within this process, so that nobody waits in the database for a neighbour.
    pub(crate) async fn write(&self) -> Result<(OwnedMutexGuard<()>, Transaction)> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        Ok((writer, self.pool.write().await?))
    }

    /// A writing transaction for what is no fact of access, which waits for access-changing writes where the database
    /// has one writer, and else for nobody.
    pub(crate) async fn write_beside(&self) -> Result<(Option<OwnedMutexGuard<()>>, Transaction)> {
        let writer = match &self.pool {
            Pool::Sqlite(_) => Some(Arc::clone(&self.writer).lock_owned().await),
            Pool::Postgres(_) => None,
        };
        Ok((writer, self.pool.write_beside().await?))
    }

    /// Closes the database: waits for what is running, then folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
