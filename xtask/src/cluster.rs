//! A PostgreSQL cluster of the tests' own, in a temporary folder, gone at the end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Result, works};

/// Where Debian keeps the programs of each version, newest last.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A running cluster; dropped, it stops and its folder goes.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
}

/// The folder of PostgreSQL's programs: of the newest version that Debian installed, else on the path.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.reverse();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists())
}

impl Cluster {
    /// Starts one. It need not survive a power cut, so it does not wait for the disk. Its locale sorts and
    /// compares unlike bytes, so that nothing relies on one that does not.
    pub fn start() -> Result<Self> {
        let programs = programs().ok_or("PostgreSQL is missing")?;
        let folder = std::env::temp_dir().join(format!("rolecall-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        if is_root() {
            check(Command::new("chown").arg("postgres").arg(&folder), "chown")?;
        }
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = port.map_err(|error| error.to_string())?.port();
        let cluster = Self { folder, programs, port };
        let data = cluster.folder.join("data");
        let locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"];
        let mut initialise = cluster.command("initdb");
        check(initialise.arg("-D").arg(&data).args(["--auth=trust", "--username=rolecall"]).args(locale), "initdb")?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c fsync=off \
             -c max_connections=400",
            cluster.folder.display()
        );
        let mut start = cluster.command("pg_ctl");
        start.arg("-D").arg(&data).arg("-l").arg(cluster.folder.join("log")).args(["-w", "-o", &options, "start"]);
        check(&mut start, "pg_ctl")?;
        Ok(cluster)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://rolecall@127.0.0.1:{}/postgres", self.port)
    }

    /// A program of PostgreSQL's; it refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program).current_dir(&self.folder);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        // A folder that stays behind harms nobody.
        let _ = check(stop.arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"]), "pg_ctl");
        let _ = std::fs::remove_dir_all(Path::new(&self.folder));
    }
}

fn is_root() -> bool {
    works("sh", &["-c", "test \"$(id -u)\" = 0"])
}

fn check(command: &mut Command, name: &str) -> Result {
    let output = command.output().map_err(|error| format!("{name} cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr)))
}
