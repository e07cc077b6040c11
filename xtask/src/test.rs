//! Every check and test, in one command.

use crate::cluster::Cluster;
use crate::command::{Result, root, run as start};
use crate::{requirements, tidy, tools};

/// Runs everything; the cheap checks first.
pub fn run() -> Result {
    start("cargo", &["fmt", "--all", "--check"])?;
    tidy::run()?;
    requirements::run()?;
    // Measurements are checked without the peers that they are set beside, which take minutes to build.
    start(
        "cargo",
        &["clippy", "--workspace", "--exclude", "bench", "--all-targets", "--locked", "--", "-D", "warnings"],
    )?;
    start("cargo", &["clippy", "-p", "bench", "--locked", "--", "-D", "warnings"])?;
    tools::provide()?;
    start("cargo", &["test", "--workspace", "--exclude", "bench", "--locked", "--quiet"])?;
    // The program is there by now, with what tests add to its parts; it must build without that, too.
    start("cargo", &["check", "--locked"])?;
    crash(&[])?;
    contract()?;
    on_postgres()?;
    // Two files at a time: a browser and a server take about a core each.
    start("node", &["--test", "--test-concurrency=2", "e2e/"])?;
    deny()
}

/// What touches a database, again on PostgreSQL.
fn on_postgres() -> Result {
    let cluster = Cluster::start()?;
    let named = format!("ROLECALL_TEST_POSTGRES={}", cluster.url());
    let packages = ["-p", "rolecall-store", "-p", "rolecall-server", "-p", "rolecall"];
    start("env", &[&[named.as_str(), "cargo", "test", "--locked", "--quiet", "--tests"], &packages[..]].concat())?;
    crash(&["--database-url", &cluster.url()])
}

/// Kills the server in the middle of writes, 20 times.
fn crash(database: &[&str]) -> Result {
    let python = root().join("target/python/bin/python");
    let script = ["bench/crash.py", "--binary", "target/debug/rolecall", "--rounds", "20"];
    start(&python.to_string_lossy(), &[&script, database].concat())
}

/// Tries the API as its document describes it, as two people of different organizations.
fn contract() -> Result {
    let python = root().join("target/python/bin/python");
    start(&python.to_string_lossy(), &["bench/contract.py", "--binary", "target/debug/rolecall"])
}

/// Runs a command that finds a PostgreSQL of its own in `ROLECALL_TEST_POSTGRES`.
pub fn with_postgres(command: &[impl AsRef<str>]) -> Result {
    let cluster = Cluster::start()?;
    let named = format!("ROLECALL_TEST_POSTGRES={}", cluster.url());
    let arguments: Vec<&str> = std::iter::once(named.as_str()).chain(command.iter().map(AsRef::as_ref)).collect();
    start("env", &arguments)
}

/// Checks dependencies: bans, licences, sources.
pub fn deny() -> Result {
    let program = tools::deny()?;
    start(&program, &["--locked", "check", "bans", "licenses", "sources"])
}
