//! `rolecall`: the one binary. Serves, shows the demo, and does what only the operator on the host may do.

mod demo;
mod logging;
mod operate;
mod options;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use options::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime cannot be started: {error}")),
    };
    match runtime.block_on(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

async fn run(options: Options) -> Result<(), String> {
    logging::start(options.log);
    match options.command {
        Command::Serve(serve) => serve::serve(serve).await,
        Command::Demo(demo) => Box::pin(demo::demo(demo)).await,
        Command::Organization(command) => operate::organization(command).await,
        Command::Doctor { audit: true, json, settings, .. } => operate::doctor_audit(json, settings).await,
        Command::Doctor { repair, json, settings, .. } => operate::doctor(repair, json, settings).await,
        Command::Messenger(settings) => operate::messenger(settings).await,
        Command::User(command) => operate::user(command).await,
    }
}

#[expect(clippy::print_stderr, reason = "what went wrong is for the person at the terminal")]
fn fail(message: &str) -> ExitCode {
    eprintln!("rolecall: {message}");
    ExitCode::FAILURE
}
