//! What tests need beside Rust: taken from Debian, npm and PyPI where it is missing.

use crate::cluster;
use crate::command::{Result, root, run, works};

/// A program, and the Debian package that has it.
struct Tool {
    program: &'static str,
    probe: &'static str,
    package: &'static str,
}

const TOOLS: [Tool; 3] = [
    Tool { program: "chromium", probe: "--version", package: "chromium" },
    Tool { program: "python3", probe: "--version", package: "python3" },
    Tool { program: "/usr/sbin/nginx", probe: "-v", package: "nginx" },
];

/// Installs what is missing, or says exactly what.
pub fn provide() -> Result {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !works(tool.program, &[tool.probe])).collect();
    let mut packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if cluster::programs().is_none() {
        packages.push("postgresql");
    }
    if !works("python3", &["-c", "import venv, ensurepip"]) {
        packages.push("python3-venv");
    }
    if !packages.is_empty() {
        install(&packages)?;
    }
    node()?;
    peers()?;
    run("npm", &["ci", "--prefix", "e2e", "--no-audit", "--no-fund"])
}

fn install(packages: &[&str]) -> Result {
    let list = packages.join(" ");
    if !works("sh", &["-c", "test \"$(id -u)\" = 0 && command -v apt-get"]) {
        return Err(format!("these Debian packages are missing and may not be installed here: {list}"));
    }
    // An index that cannot be refreshed may still do.
    let _ = run("apt-get", &["update", "-qq"]);
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    run("apt-get", &arguments).map_err(|error| format!("{error}; these Debian packages are missing: {list}"))
}

fn node() -> Result {
    if works(
        "node",
        &[
            "-e",
            "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a > 20 || (a === 20 && b >= 10) ? 0 : 1)",
        ],
    ) {
        return Ok(());
    }
    Err("Node.js 20.10 or newer is missing (Debian 12's own is too old): install it, then try again".to_owned())
}

/// A real mail server, and what tries the API by its document, in a Python environment of their own.
fn peers() -> Result {
    let environment = root().join("target/python");
    let python = environment.join("bin/python");
    let (environment, python) = (environment.to_string_lossy(), python.to_string_lossy());
    if works(&python, &["-c", "import aiosmtpd, schemathesis"]) {
        return Ok(());
    }
    run("python3", &["-m", "venv", &environment])?;
    let packages = ["aiosmtpd==1.4.6", "schemathesis==4.32.5"];
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(&python, &[&install[..], &packages[..]].concat())
}

/// Where `cargo deny` is; built from its source where it is missing.
pub fn deny() -> Result<String> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-deny").to_string_lossy().into_owned();
    if works("cargo-deny", &["--version"]) {
        return Ok("cargo-deny".to_owned());
    }
    if !works(&program, &["--version"]) {
        let tools = tools.to_string_lossy();
        // Not optimised: it runs for seconds and builds for minutes.
        let install = ["cargo", "install", "cargo-deny", "--debug", "--locked", "--quiet", "--version", "0.20.2"];
        run("env", &[&["CARGO_PROFILE_DEV_DEBUG=false"], &install[..], &["--root", &tools]].concat())?;
    }
    Ok(program)
}
