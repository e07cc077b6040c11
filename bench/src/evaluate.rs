//! What a decision costs over HTTP: our endpoint with its real authentication beside a bare axum server that reads the
//! body and answers always the same, one after the other, on loopback, over connections that stay open.
//!
//! Ours is the program itself with its demo (`target/release/rolecall`, or the path given); the questions are asked by a
//! personal token about everybody there, and every answer is compared with what the explanations in the API say.

mod client;
mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::client::{Load, Target, ask};
use self::server::{Running, processor_us};

/// The word by which this program starts the bare server.
pub const BARE: &str = "evaluate-bare";
const RUNS: usize = 5;
const CONNECTIONS: [usize; 3] = [1, 16, 64];
const BATCH: usize = 100;
const LASTS: Duration = Duration::from_millis(1_500);
const SINGLE: &str = "/access/v1/evaluation";
const BATCHED: &str = "/access/v1/evaluations";

/// Measures, and prints a line for each number of connections and size of batch.
pub fn run(binary: Option<&str>) {
    let binary = binary.map_or_else(|| PathBuf::from("target/release/rolecall"), PathBuf::from);
    // One thread asks, so that the other core is the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ours = Running::demo(&binary);
        let bare = Running::bare();
        let told: Value = serde_json::from_str(&ours.said).expect("the demo says where it is");
        let (token, questions) = questions(&ours, &told).await;
        for (batch, path) in [(1, SINGLE), (BATCH, BATCHED)] {
            let load = Load::of(path, &token, &questions, batch);
            for connections in CONNECTIONS {
                println!("{}", row(&ours, &bare, &load, connections, batch).await);
            }
        }
    });
}

/// The word of the bare server: answers the same to everything, on the port that it prints.
pub fn serve_bare() {
    server::serve_bare();
}

/// A token and the questions, each with the answer that is expected.
async fn questions(ours: &Running, told: &Value) -> (String, Vec<(Value, bool)>) {
    // Where some may do nearly everything and others little.
    let organizations = told["organizations"].as_array().expect("organizations");
    let organization = organizations.iter().find(|one| one["preset"] == "agency").expect("an agency");
    let owner = &organization["people"][0];
    let session = json!({ "email": owner["email"], "password": told["password"] });
    let signed = ask(ours.port, "POST", "/api/v1/session", &[("Sec-Fetch-Site", "same-origin")], &session).await;
    let cookie = signed.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let headers = [("Sec-Fetch-Site", "same-origin"), ("Cookie", cookie.as_str())];
    let permissions = json!([{ "model": "UserPermission", "action": "read" }, { "model": "Role", "action": "read" }]);
    let scope = json!([{ "organization": organization["id"], "permissions": permissions }]);
    let made = ask(ours.port, "POST", "/api/v1/me/tokens", &headers, &json!({ "name": "Bench", "scope": scope })).await;
    let token = made.json()["secret"].as_str().expect("a token").to_owned();
    let mut questions = Vec::new();
    for person in organization["people"].as_array().expect("people") {
        for bot in organization["bots"].as_array().expect("bots") {
            for (model, action) in
                [("Publication", "create"), ("Content", "update"), ("Bot", "read"), ("Flow", "delete")]
            {
                let query = format!(
                    "user={}&model={model}&action={action}&bot={}",
                    plain(&person["user_id"]),
                    plain(&bot["id"])
                );
                let path = format!("/api/v1/organizations/{}/explain?{query}", plain(&organization["id"]));
                let explained = ask(ours.port, "GET", &path, &headers, &Value::Null).await;
                let question = json!({ "subject": { "type": "user", "id": person["user_id"] }, "action": { "name": action },
                    "resource": { "type": model, "id": bot["id"] } });
                questions.push((question, explained.json()["allowed"].as_bool().expect("an explanation")));
            }
        }
    }
    assert!(questions.iter().any(|(_, allowed)| *allowed) && questions.iter().any(|(_, allowed)| !*allowed));
    (token, questions)
}

fn plain(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// What was seen in one run.
struct Seen {
    per_second: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us: f64,
}

async fn measure(server: &Running, target: Target, load: &Load, connections: usize) -> Seen {
    let (before, began) = (processor_us(server.id()), Instant::now());
    let mut times = client::run(server.port, target, load, connections, LASTS).await;
    let (took, used) = (began.elapsed(), processor_us(server.id()) - before);
    times.sort_unstable();
    let at = |share: f64| {
        let place = (times.len() as f64 * share) as usize;
        times.get(place.min(times.len() - 1)).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let count = times.len() as f64;
    Seen { per_second: count / took.as_secs_f64(), p50_us: at(0.5), p99_us: at(0.99), cpu_us: used / count }
}

async fn row(ours: &Running, bare: &Running, load: &Load, connections: usize, batch: usize) -> Value {
    let (mut us, mut floor) = (Vec::new(), Vec::new());
    // The first of each warms up.
    for run in 0..=RUNS {
        let (one, other) = (
            measure(bare, Target::Bare, load, connections).await,
            measure(ours, Target::Ours, load, connections).await,
        );
        if run > 0 {
            floor.push(one);
            us.push(other);
        }
    }
    json!({
        "connections": connections, "batch": batch,
        "ours_rps": middle(&us, |seen| seen.per_second), "bare_rps": middle(&floor, |seen| seen.per_second),
        "ours_p50_us": middle(&us, |seen| seen.p50_us), "bare_p50_us": middle(&floor, |seen| seen.p50_us),
        "ours_p99_us": middle(&us, |seen| seen.p99_us), "bare_p99_us": middle(&floor, |seen| seen.p99_us),
        "ours_cpu_us": middle(&us, |seen| seen.cpu_us), "bare_cpu_us": middle(&floor, |seen| seen.cpu_us),
        "decisions_per_second": middle(&us, |seen| seen.per_second * batch as f64),
        "ours_rps_runs": all(&us, |seen| seen.per_second), "bare_rps_runs": all(&floor, |seen| seen.per_second),
    })
}

fn all(seen: &[Seen], of: fn(&Seen) -> f64) -> Vec<f64> {
    seen.iter().map(|seen| (of(seen) * 10.0).round() / 10.0).collect()
}

fn middle(seen: &[Seen], of: impl Fn(&Seen) -> f64) -> f64 {
    let mut values: Vec<f64> = seen.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2] * 10.0).round() / 10.0
}
