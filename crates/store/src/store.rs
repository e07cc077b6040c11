//! The database and the directory of all facts in it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rolecall_access::{BotId, Directory, Timestamp};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, broadcast};
use uuid::Uuid;

use crate::access::Access;
use crate::audit::count::Counts;
use crate::audit::watch::Watched;
use crate::caller::Caller;
use crate::change::{Change, Published};
use crate::error::{Result, StoreError};
use crate::facts;
use crate::feed;
use crate::freshness::{Clock, Freshness};
use crate::ids::new_id;
use crate::news::Untold;
use crate::seen::Seen;
use crate::sql::{Database, Pool, Transaction};

/// Rolecall's storage. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pool: Pool,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) published: broadcast::Sender<Published>,
    pub(crate) heard: broadcast::Sender<Option<(Uuid, Uuid)>>,
    pub(crate) untold: Untold,
    pub(crate) clock: Clock,
    pub(crate) node: Uuid,
    pub(crate) seen: Seen,
    pub(crate) counts: Counts,
    pub(crate) watched: Watched,
    writer: Arc<Mutex<()>>,
    publishing: Arc<Mutex<()>>,
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
            heard: broadcast::channel(1024).0,
            untold: Untold::default(),
            clock: Clock::default(),
            node: new_id(Timestamp(0))?,
            seen: Seen::default(),
            counts: Counts::default(),
            watched: Watched::default(),
            writer: Arc::default(),
            publishing: Arc::default(),
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
        let at = Clock::look();
        let mut transaction = self.pool.read().await?;
        if feed::current(&mut transaction).await? > self.directory().revision() {
            drop(transaction);
            self.catch_up().await?;
            transaction = self.pool.read().await?;
        }
        self.clock.seen(at);
        Ok(self.reading(transaction, caller))
    }

    /// Begins reading what is in memory, where that is fresh; the database is asked only for what is not there. Who reads
    /// records so asks [`Access::is_settled`] at the end. Where nobody follows the other writers, the same as
    /// [`Store::access`].
    ///
    /// # Errors
    /// [`StoreError::Behind`] if the others have not been heard of for too long; if the database fails.
    pub async fn recall(&self, caller: Caller) -> Result<Access> {
        if self.clock.freshness() == Freshness::Unfollowed {
            return self.access(caller).await;
        }
        let directory = self.snapshot()?;
        let (seen, counts) = (self.seen.clone(), self.counts.clone());
        Ok(Access { transaction: Transaction::Later(self.pool.clone()), directory, caller, seen, counts })
    }

    /// The facts in memory, if they are fresh.
    ///
    /// # Errors
    /// [`StoreError::Behind`] if they may not be.
    pub fn snapshot(&self) -> Result<Arc<Directory>> {
        match self.clock.freshness() {
            Freshness::Fresh(_) => Ok(self.directory()),
            Freshness::Unfollowed | Freshness::Behind(_) => Err(StoreError::Behind),
        }
    }

    /// How fresh the facts in memory are.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.clock.freshness()
    }

    /// Tells of conversations in which something was said at other nodes: bot and conversation; none: some were missed.
    #[must_use]
    pub fn hear_talks(&self) -> broadcast::Receiver<Option<(Uuid, Uuid)>> {
        self.heard.subscribe()
    }

    /// Something was said in a conversation: the other nodes are told soon, if there are any.
    pub fn tell_talk(&self, bot: BotId, conversation: Uuid) {
        if matches!(self.pool, Pool::Postgres(_)) && self.clock.is_followed() {
            self.untold.add(bot.0, conversation);
        }
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
        self.read_what_is_new().await
    }

    /// Brings the directory up to what the database has.
    pub(crate) async fn read_what_is_new(&self) -> Result<()> {
        self.read_feed(&mut self.pool.read().await?).await
    }

    /// Brings the directory up to what the transaction sees; it has read nothing yet, or keeps others from writing.
    pub(crate) async fn read_feed(&self, transaction: &mut Transaction) -> Result<()> {
        let _publishing = self.publishing().await;
        let directory = self.directory();
        let current = feed::current(transaction).await?;
        if current > directory.revision() {
            let (after, mut published) = feed::catch_up(transaction, &directory).await?;
            // A file does not tell what else happened.
            published.missed = matches!(self.pool, Pool::Sqlite(_));
            self.publish(after, published);
        } else if current < directory.revision() {
            // The database was put back (a backup, a replica that took over): what it does not know did not happen.
            self.publish(facts::load_all(transaction).await?, Published::missed(current));
        }
        Ok(())
    }

    /// Keeps others from publishing. A commit of our own is made and published under it: else whoever reads the feed in
    /// between would publish it first, and be overwritten, or overwrite it.
    pub(crate) async fn publishing(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().await
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
