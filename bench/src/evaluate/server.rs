//! The two servers, each a process of its own, so that what each uses is counted apart.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use serde_json::Value;

use super::{BARE, BATCHED, SINGLE};

/// What the bare server answers.
const FIXED: &str = r#"{"decision":true,"context":{"revision":1}}"#;

/// A server that ends with this.
pub struct Running {
    child: Child,
    /// Where it listens on loopback.
    pub port: u16,
    /// The line that it said when it was ready.
    pub said: String,
}

impl Running {
    /// Our program with its demo.
    pub fn demo(binary: &Path) -> Self {
        let mut running = Self::start(Command::new(binary).args(["demo", "--json", "--listen", "127.0.0.1:0"]));
        let told: Value = serde_json::from_str(&running.said).expect("one line of JSON");
        let port = told["url"].as_str().and_then(|url| url.rsplit(':').next()).and_then(|port| port.parse().ok());
        running.port = port.expect("a port");
        running
    }

    /// The bare server.
    pub fn bare() -> Self {
        let mut running = Self::start(Command::new(std::env::current_exe().expect("this program")).arg(BARE));
        running.port = running.said.trim().parse().expect("a port");
        running
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.env("ROLECALL_LOG", "error").stdout(Stdio::piped()).spawn().expect("a server");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("a line");
        Self { child, port: 0, said }
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Microseconds of processor that a process has used (`/proc/ID/stat`, a hundredth of a second a tick).
pub fn processor_us(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let fields: Vec<f64> = after_name.split(' ').map(|field| field.parse().unwrap_or_default()).collect();
    // utime and stime, the 14th and 15th of all.
    (fields[11] + fields[12]) * 10_000.0
}

/// Serves until it is killed.
pub fn serve_bare() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let answer = |_: Bytes| async { ([(CONTENT_TYPE, "application/json")], FIXED) };
        let router = Router::new().route(SINGLE, post(answer)).route(BATCHED, post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        axum::serve(listener, router).await.expect("to serve");
    });
}
