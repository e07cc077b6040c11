//! Running other programs, and finding files of the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a check gives.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Runs a program in the repository, shown and awaited.
pub fn run(program: &str, arguments: &[&str]) -> Result {
    println!("$ {program} {}", arguments.join(" "));
    let mut command = Command::new(program);
    // What cargo tells this program of itself would make ring, and all that needs it, be built anew.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    let status = command.args(arguments).current_dir(root()).status();
    let status = status.map_err(|error| format!("{program} cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{program} {}` failed", arguments.join(" "))) }
}

/// Whether a program runs at all.
pub fn works(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// What a program prints.
pub fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.map_err(|error| format!("{program} cannot be started: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The files of the repository: tracked ones, and new ones that are not ignored.
pub fn files() -> Result<Vec<PathBuf>> {
    let text = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
    Ok(text.lines().map(PathBuf::from).filter(|file| root().join(file).is_file()).collect())
}

/// A file's text; none if it is no text.
pub fn text(file: &Path) -> Option<String> {
    std::fs::read_to_string(root().join(file)).ok()
}
