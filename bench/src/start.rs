//! `start`: from a full database to all facts in memory, on SQLite and, where `ROLECALL_TEST_POSTGRES` names one, on
//! PostgreSQL. The floor counts the same rows. Each start is a process of its own, whose memory is told too.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use rolecall_store::scratch::Scratch;
use rolecall_store::{Database, Store};
use serde_json::{Value, json};

use crate::decisions::{median, round};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const RUNS: usize = 5;
/// Whoever is told so opens the database that is named next.
pub const OPENS: &str = "start-open";

/// Prints a row for each size and database.
pub fn run(largest: Option<&str>) {
    let largest = largest.and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let name = if std::env::var("ROLECALL_TEST_POSTGRES").is_ok() { "postgresql" } else { "sqlite" };
    for users in SIZES.into_iter().filter(|users| *users <= largest) {
        println!("{}", runtime.block_on(row(name, users)));
    }
}

async fn row(name: &str, users: usize) -> Value {
    let scratch = Scratch::new().await.expect("a database");
    drop(scratch.open().await.expect("its tables"));
    let filling = Instant::now();
    for statement in statements(users, name == "sqlite") {
        scratch.execute(&statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    let fill = round(filling.elapsed().as_secs_f64());
    let (mut ready, mut floor) = (Vec::new(), Vec::new());
    let (mut resident, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        let counted = scratch.texts(&counting()).await.expect("counts");
        floor.push(round(began.elapsed().as_secs_f64()));
        assert_eq!(counted, [(users * 5).to_string()]);
        let opened = open_apart(&scratch.database);
        assert_eq!(opened["people"], json!(users));
        ready.push(opened["ready_s"].as_f64().expect("seconds"));
        processor.push(opened["processor_s"].as_f64().expect("seconds"));
        resident.push(opened["resident_mib"].as_f64().expect("MiB"));
    }
    json!({
        "database": name,
        "users": users,
        "ready_s": median(&ready),
        "floor_s": median(&floor),
        "processor_s": median(&processor),
        "resident_mib": median(&resident),
        "ready_runs": ready,
        "floor_runs": floor,
        "fill_s": fill,
    })
}

fn open_apart(database: &Database) -> Value {
    let place = match database {
        Database::File(file) => file.display().to_string(),
        Database::Url(url) => url.clone(),
    };
    let program = std::env::current_exe().expect("a program");
    let output = Command::new(program).args([OPENS, &place]).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a line of JSON")
}

/// Opens the database and tells how long it took.
pub fn open(place: &str) {
    let database = match place {
        url if url.starts_with("postgres") => Database::Url(url.to_owned()),
        file => Database::File(PathBuf::from(file)),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let began = Instant::now();
    let store = runtime.block_on(Store::open(&database)).expect("a store");
    let (ready, spent) = (round(began.elapsed().as_secs_f64()), processor());
    let directory = store.directory();
    let people = directory.units().filter(|unit| matches!(unit, rolecall_access::Unit::Account(_))).count();
    let resident = resident();
    println!("{}", json!({ "ready_s": ready, "processor_s": spent, "resident_mib": resident, "people": people }));
}

/// Seconds that processors have worked for this process: what is left of a start where others keep them busy.
fn processor() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = status.rsplit(')').next().unwrap_or_default().split_whitespace();
    // The twelfth and thirteenth behind the name: user and system time, in hundredths.
    let hundredths: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    hundredths / 100.0
}

/// Megabytes that this process has in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    round(kibibytes / 1024.0)
}

/// All rows that a start reads a person from, looked at.
fn counting() -> String {
    let tables = ["account", "membership", "role_assignment", "team_entry", "bot_role_assignment"];
    let looked_at = ["verified_at", "status", "created_at", "created_at", "created_at"];
    let counts = tables.iter().zip(looked_at).map(|(table, column)| format!("(SELECT COUNT({column}) FROM {table})"));
    format!("SELECT CAST({} AS TEXT)", counts.collect::<Vec<_>>().join(" + "))
}

/// A fresh id of version 7, made by the database at the millisecond of that number.
fn id(sqlite: bool, number: &str) -> String {
    if sqlite {
        format!(
            "UNHEX(PRINTF('%012x7', 1700000000000 + {number}) || SUBSTR(HEX(RANDOMBLOB(2)), 1, 3) || '8' || \
             SUBSTR(HEX(RANDOMBLOB(8)), 1, 15))"
        )
    } else {
        format!(
            "CAST(LPAD(TO_HEX(1700000000000 + {number}), 12, '0') || '7' || SUBSTR(MD5(CAST(RANDOM() AS TEXT)), 1, 3) || \
             '8' || SUBSTR(MD5(CAST(RANDOM() AS TEXT)), 1, 15) AS UUID)"
        )
    }
}

/// Organizations of two hundred people, six roles and ten bots; everybody has a role there and another on one bot.
fn statements(users: usize, sqlite: bool) -> Vec<String> {
    let numbers = |first: usize, last: usize| {
        format!("WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})")
    };
    let id = |number: &str| id(sqlite, number);
    let organizations = numbers(0, users.div_ceil(200) - 1);
    vec![
        format!(
            "INSERT INTO organization (id, slug, name, name_folded, preset, owner_policy, bot_owner_policy, manage_peers, \
             created_at, updated_at) {organizations} SELECT {}, 'o-' || i, 'Organization ' || i, 'organization ' || i, \
             'workspace', 'none', 'none', TRUE, i, i FROM n",
            id("i")
        ),
        format!(
            "INSERT INTO role (id, organization_id, name, name_folded, reach, created_at, updated_at) {} SELECT {}, o.id, \
             'Role ' || i, 'role ' || i, 'organization', o.created_at * 6 + i, 1 FROM n, organization o",
            numbers(0, 5),
            id("o.created_at")
        ),
        format!(
            "INSERT INTO role_permission (id, role_id, model, action, relation, created_at) {} SELECT {}, r.id, 'Flow', CASE i WHEN 0 \
             THEN 'create' WHEN 1 THEN 'read' WHEN 2 THEN 'update' ELSE 'delete' END, 'role', 1 FROM n, role r",
            numbers(0, 3),
            id("r.created_at")
        ),
        format!(
            "INSERT INTO bot (id, organization_id, name, name_folded, slug, created_at, updated_at) {} SELECT {}, o.id, \
             'Bot ' || i, 'bot ' || i, 'bot-' || i, o.created_at * 10 + i, 1 FROM n, organization o",
            numbers(0, 9),
            id("o.created_at")
        ),
        format!(
            "INSERT INTO account (id, email, email_folded, name, name_folded, password_hash, verified_at, created_at, \
             updated_at) {} SELECT {}, 'person' || i || '@example.com', 'person' || i || '@example.com', 'Person ' || i, \
             'person ' || i, '$argon2id$', i, i, i FROM n",
            numbers(0, users - 1),
            id("i / 8")
        ),
        "INSERT INTO membership (organization_id, account_id, name_folded, email_folded, status, created_at, updated_at) \
         SELECT o.id, a.id, a.name_folded, a.email_folded, 'active', 1, 1 FROM account a \
         JOIN organization o ON o.created_at = a.created_at / 200"
            .to_owned(),
        format!(
            "INSERT INTO role_assignment (id, organization_id, account_id, role_id, created_at) SELECT {}, \
             r.organization_id, a.id, r.id, 1 FROM account a \
             JOIN role r ON r.created_at = a.created_at / 200 * 6 + a.created_at % 3",
            id("a.created_at")
        ),
        "INSERT INTO team_entry (bot_id, account_id, organization_id, created_at) \
         SELECT b.id, a.id, b.organization_id, 1 FROM account a \
         JOIN bot b ON b.created_at = a.created_at / 200 * 10 + a.created_at / 3 % 10"
            .to_owned(),
        format!(
            "INSERT INTO bot_role_assignment (id, bot_id, account_id, role_id, created_at) SELECT {}, b.id, a.id, r.id, 1 \
             FROM account a JOIN bot b ON b.created_at = a.created_at / 200 * 10 + a.created_at / 3 % 10 \
             JOIN role r ON r.created_at = a.created_at / 200 * 6 + 3 + a.created_at % 3",
            id("a.created_at")
        ),
        "ANALYZE".to_owned(),
    ]
}
