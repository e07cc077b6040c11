//! Several servers on one database: what one changes is true at the others at once, or they say that they do not know.

mod beside;
mod freshness;
mod opening;
mod trial;

use std::time::Duration;

use crate::world::{Client, Node, World};

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
