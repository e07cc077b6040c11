//! Measurements, each printing one line of JSON per row: `cargo run --release -p bench -- NAME`.
//!
//! Seeds are fixed, the floor and the peers are measured in the same run, and every answer is checked against the
//! expected one: a quick wrong answer counts for nothing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement, at a terminal"
)]

mod decisions;
#[cfg(feature = "http")]
mod evaluate;
mod search;
#[cfg(feature = "store")]
mod start;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts what is asked of the allocator.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes in use.
fn allocated() -> usize {
    // What a reallocation grows or shrinks by is counted among these already.
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

fn main() -> ExitCode {
    let name = std::env::args().nth(1);
    let largest = std::env::args().nth(2);
    match name.as_deref() {
        Some("decisions") => decisions::run(largest.as_deref()),
        Some("search") => search::run(largest.as_deref()),
        #[cfg(feature = "store")]
        Some("start") => start::run(largest.as_deref()),
        #[cfg(feature = "store")]
        Some(start::OPENS) => start::open(largest.as_deref().unwrap_or_default()),
        #[cfg(feature = "http")]
        Some("evaluate") => evaluate::run(largest.as_deref()),
        #[cfg(feature = "http")]
        Some(evaluate::BARE) => evaluate::serve_bare(),
        _ => {
            eprintln!("cargo run --release -p bench -- NAME [LARGEST-NUMBER-OF-USERS]; see bench/README.md");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
