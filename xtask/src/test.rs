//! Every check and test, in one command.

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
    start("cargo", &["build", "--locked"])?;
    start("node", &["--test", "e2e/"])?;
    deny()
}

/// Checks dependencies: bans, licences, sources.
pub fn deny() -> Result {
    let program = tools::deny()?;
    start(&program, &["--locked", "check", "bans", "licenses", "sources"])
}
