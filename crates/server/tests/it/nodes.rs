//! Several servers on one database: what one changes is true at the others at once, or they say that they do not know.

mod beside;
mod freshness;
mod opening;
mod trial;

use std::time::Duration;

use rolecall_server::state::App;
use rolecall_server::{following, talks};
use rolecall_store::Freshness;
use tokio::task::JoinHandle;

use crate::world::{Client, World};

/// Longer than any test lets a node be without news that does not mean to.
const LONG: Duration = Duration::from_secs(60);

/// The same person at another node.
fn at(node: &Node, person: &Client) -> Client {
    node.client.with(person)
}

/// Whether the tests run on PostgreSQL.
fn on_postgres() -> bool {
    std::env::var("ROLECALL_TEST_POSTGRES").is_ok()
}

/// Ends connections of others to the database, as a restart would.
async fn cut(world: &World, which: &str) {
    let text = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() \
         AND pid <> pg_backend_pid() AND {which}"
    );
    world.scratch.execute(&text).await.unwrap();
}

/// A server of several on one database.
pub struct Node {
    pub app: App,
    pub client: Client,
    tasks: Vec<JoinHandle<()>>,
}

impl World {
    /// Another server on the same database, which follows the others within this time once it is told to.
    pub async fn node(&self, within: Duration) -> Node {
        let milliseconds = u64::try_from(within.as_millis()).unwrap();
        let (app, client) = self.another_app(|config| config.limits.follow_within_milliseconds = milliseconds).await;
        Node { app, client, tasks: Vec::new() }
    }
}

impl Node {
    /// Hears of the others from now on.
    pub fn follow(&mut self) {
        self.tasks.push(tokio::spawn(following::follow(self.app.clone())));
        self.tasks.push(tokio::spawn(talks::pass_on(self.app.clone())));
    }

    /// Follows, and has heard of everything.
    pub async fn followed(mut self) -> Self {
        self.follow();
        until(|| matches!(self.app.store.freshness(), Freshness::Fresh(_))).await;
        self
    }

    /// Hears of nobody any more.
    pub fn pause(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Waits for what is to come soon.
pub async fn until(mut holds: impl FnMut() -> bool) {
    let patience = tokio::time::timeout(Duration::from_secs(20), async {
        let mut tick = tokio::time::interval(Duration::from_millis(2));
        while !holds() {
            tick.tick().await;
        }
    });
    patience.await.unwrap();
}
