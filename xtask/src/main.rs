//! House checks: `cargo xtask test` runs every one of them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for people at a terminal")]

mod command;
mod requirements;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test          install what is missing, then run every check and test
  tidy          check house rules that no compiler knows
  requirements  name the requirements that no test proves
  deny          check dependencies: bans, licences, sources
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let result = match command.as_deref() {
        Some("test") => test::run(),
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
