//! House checks: `cargo xtask test` runs every one of them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people at a terminal")]

mod cluster;
mod command;
mod requirements;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test          install what is missing, then run every check and test
  postgres …    run a command with ROLECALL_TEST_POSTGRES naming a fresh PostgreSQL, gone at the end
  tidy          check house rules that no compiler knows
  requirements  name the requirements that no test proves
  deny          check dependencies: bans, licences, sources
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let result = match command.as_deref() {
        Some("test") => test::run(),
        Some("postgres") => test::with_postgres(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some("tidy") => tidy::run(),
        Some("requirements") => requirements::run(),
        Some("deny") => test::deny(),
        _ => {
            print!("{HELP}");
            return if command.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
