//! Every check and test, in one command.

use crate::cluster::Cluster;
use crate::command::{Result, run as start};
use crate::{requirements, tidy, tools};

/// Runs everything; the cheap checks first.
pub fn run() -> Result {
    start("cargo", &["fmt", "--all", "--check"])?;
    tidy::run()?;
    requirements::run()?;
    start("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    tools::provide()?;
    start("cargo", &["test", "--workspace", "--locked", "--quiet"])?;
    let both = ["-p", "rolecall-store", "-p", "rolecall-server", "-p", "rolecall"];
    let again = [&["cargo", "test", "--locked", "--quiet", "--tests"], &both[..]].concat();
    with_postgres(&again)?;
    start("cargo", &["build", "--locked"])?;
    start("node", &["--test", "e2e/"])?;
    deny()
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
