//! Following the other writers: other nodes on the same PostgreSQL, the command line on the same file. Whoever follows
//! knows until when nothing is missing; the store decides from memory only while that is not long ago.
//!
//! PostgreSQL wakes the follower with each commit (`NOTIFY`, in the writing transaction); a look at the revision every so
//! often is the safety net and the proof that the connection lives. SQLite is asked whether the file has changed, which
//! costs next to nothing.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::time::{Instant, sleep, timeout};

use crate::change::Published;
use crate::error::{Result, StoreError};
use crate::freshness::Clock;
use crate::news::{CHANNEL, News};
use crate::sql::Pool;
use crate::store::Store;

/// How often a file is asked whether it has changed.
const FILE_LOOK: Duration = Duration::from_millis(20);
/// The longest time between two looks at PostgreSQL's revision.
const SERVER_LOOK: Duration = Duration::from_secs(1);
/// The revision, in a statement of its own.
const REVISION: &str = "SELECT revision FROM revision";

impl Store {
    /// Follows the other writers, until the connection is lost; then it is to be called again. From the first call on,
    /// nothing is decided from memory that is older than `within`.
    ///
    /// # Errors
    /// If the database fails or does not answer.
    pub async fn follow(&self, within: Duration) -> Result<Infallible> {
        self.clock.begin(within);
        match &self.pool {
            Pool::Sqlite(pool) => self.follow_file(pool, within).await,
            Pool::Postgres(pool) => self.follow_server(pool, within).await,
        }
    }

    async fn follow_file(&self, pool: &SqlitePool, within: Duration) -> Result<Infallible> {
        let mut connection = in_time(within, pool.connect_options().connect()).await?;
        let mut before = None;
        loop {
            let at = Clock::look();
            let version = in_time(within, data_version(&mut connection)).await?;
            if before == Some(version) {
                self.clock.seen(at);
            } else {
                let (revision,) = in_time(within, sqlx::query_as(REVISION).fetch_one(&mut connection)).await?;
                self.look(at, revision, within).await?;
                before = Some(version);
            }
            sleep(FILE_LOOK).await;
        }
    }

    async fn follow_server(&self, pool: &PgPool, within: Duration) -> Result<Infallible> {
        let options = PgPoolOptions::new().max_connections(1).acquire_timeout(within);
        let own = options.connect_with(pool.connect_options().as_ref().clone()).await?;
        let mut listener = in_time(within, PgListener::connect_with(&own)).await?;
        listener.eager_reconnect(false);
        in_time(within, listener.listen(CHANNEL)).await?;
        // Whatever was told while nobody listened is lost.
        let _ = self.published.send(Published::missed(self.directory().revision()));
        let _ = self.heard.send(None);
        let every = SERVER_LOOK.min(within / 4);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                heard = listener.try_recv() => {
                    let heard = heard?.ok_or_else(lost)?;
                    self.hear(&News::read(heard.payload()), within).await?;
                }
                () = tokio::time::sleep_until(next) => {
                    let at = Clock::look();
                    let (revision,) = in_time(within, sqlx::query_as(REVISION).fetch_one(&mut listener)).await?;
                    self.look(at, revision, within).await?;
                    next = at + every;
                }
                () = self.untold.there_are.notified() => {
                    let talks = self.untold.take();
                    if !talks.is_empty() {
                        let news = News { node: self.node, talks, ..News::default() };
                        let tell = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(news.text());
                        in_time(within, tell.execute(&mut listener)).await?;
                    }
                }
            }
        }
    }

    /// The database had this revision after that instant.
    async fn look(&self, at: Instant, revision: i64, within: Duration) -> Result<()> {
        if u64::try_from(revision).unwrap_or_default() != self.directory().revision().0 {
            timeout(within, self.read_what_is_new()).await.map_err(|_| late())??;
        }
        self.clock.seen(at);
        Ok(())
    }

    async fn hear(&self, news: &News, within: Duration) -> Result<()> {
        if news.node == self.node && news.revision > self.directory().revision().0 {
            // It is about to be published here.
            drop(timeout(within, self.publishing()).await);
        }
        if news.revision > self.directory().revision().0 {
            timeout(within, self.read_what_is_new()).await.map_err(|_| late())??;
        }
        if news.node == self.node {
            return Ok(());
        }
        if let Some(published) = news.published() {
            // Nobody listening is fine.
            let _ = self.published.send(published);
        }
        if news.all {
            let _ = self.heard.send(None);
        }
        for talk in &news.talks {
            let _ = self.heard.send(Some(*talk));
        }
        Ok(())
    }
}

/// A number that changes when somebody else has committed to the file.
async fn data_version(connection: &mut SqliteConnection) -> sqlx::Result<i64> {
    let (version,) = sqlx::query_as("PRAGMA data_version").fetch_one(connection).await?;
    Ok(version)
}

async fn in_time<T>(within: Duration, work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    Ok(timeout(within, work).await.map_err(|_| late())??)
}

fn lost() -> StoreError {
    StoreError::Database(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()))
}

fn late() -> StoreError {
    StoreError::Database(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
}
