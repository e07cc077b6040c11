//! The task that writes what is said: all that waits in one commit, then the next.

use std::sync::OnceLock;

use rolecall_store::resource::{VisitWrite, Written};
use rolecall_store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::problem::{Kind, Problem};
use crate::state::App;

/// Conversations of one commit.
const MOST: usize = 256;
/// Writes that wait; who comes then waits to wait.
const ROOM: usize = 2_048;

struct Job {
    write: VisitWrite,
    done: oneshot::Sender<Result<Written, Problem>>,
}

/// Writes what is said.
#[derive(Default)]
pub struct Writer(OnceLock<mpsc::Sender<Job>>);

impl Writer {
    /// Writes it; answers after the commit.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn write(&self, app: &App, write: VisitWrite) -> Result<Written, Problem> {
        let queue = self.0.get_or_init(|| {
            let (queue, jobs) = mpsc::channel(ROOM);
            tokio::spawn(work(app.store.clone(), jobs));
            queue
        });
        let (done, written) = oneshot::channel();
        let gone = || Problem::new(Kind::Unavailable, "The server is stopping. Try again in a moment.");
        queue.send(Job { write, done }).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }
}

async fn work(store: Store, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(MOST);
    while jobs.recv_many(&mut batch, MOST).await > 0 {
        let (writes, dones): (Vec<_>, Vec<_>) = batch.drain(..).map(|job| (job.write, job.done)).unzip();
        match store.write_visits(&writes).await {
            Ok(outcomes) => {
                for (done, outcome) in dones.into_iter().zip(outcomes) {
                    // Who does not wait any more sends it again.
                    let _ = done.send(Ok(outcome));
                }
            }
            Err(error) => {
                tracing::warn!(error = crate::problem::describe(&error), "a batch of messages is written one by one");
                for (done, write) in dones.into_iter().zip(writes) {
                    let _ = done.send(alone(&store, write).await);
                }
            }
        }
    }
}

/// One that is at fault (its bot is gone) takes nobody along.
async fn alone(store: &Store, write: VisitWrite) -> Result<Written, Problem> {
    let outcomes = store.write_visits(&[write]).await.map_err(|error| match error {
        StoreError::Unknown(_) => Problem::not_found(),
        error => error.into(),
    })?;
    outcomes.into_iter().next().ok_or_else(|| Problem::internal(&"a write without an outcome"))
}
