//! `decisions`: may this person do this on that bot? Ids are UUIDs, half of the answers are yes.

mod floor;
mod peers;
mod skew;
pub mod world;

use std::hint::black_box;
use std::time::Instant;

use rolecall_access::{Directory, Update};
use serde_json::{Value, json};

use floor::{Floor, Multiply};
use world::{Asked, World};

pub const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const RUNS: usize = 5;
/// Questions of one run.
const QUESTIONS: usize = 1 << 18;

/// Prints a row for each size, then the skewed cases.
pub fn run(largest: Option<&str>) {
    let largest = largest.and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    for users in SIZES.into_iter().filter(|users| *users <= largest) {
        println!("{}", row(users));
    }
    skew::run(largest.min(100_000));
}

fn row(users: usize) -> Value {
    let world = World::new(users);
    let asked = world.questions(QUESTIONS);
    let floor: Floor<std::hash::RandomState> = Floor::new(&world);
    let quick: Floor<Multiply> = Floor::new(&world);
    let before = crate::allocated();
    let began = Instant::now();
    let directory = directory(&world);
    let load = began.elapsed().as_secs_f64();
    let bytes = crate::allocated() - before;
    let mut ours = Vec::new();
    let mut floors = Vec::new();
    let mut quick_floors = Vec::new();
    for _ in 0..RUNS {
        floors.push(timed(&asked, |one| floor.allows(one)));
        ours.push(timed(&asked, |one| directory.allows(&one.question, world::NOW)));
        quick_floors.push(timed(&asked, |one| quick.allows(one)));
    }
    let reasons = timed(&asked, |one| directory.decide(&one.question, world::NOW).allowed);
    let update = skew::update(&directory, &world);
    drop((floor, quick));
    let mut row = json!({
        "users": users,
        "ours_ns": median(&ours),
        "floor_ns": median(&floors),
        "ratio": round(median(&ours) / median(&floors)),
        "multiplying_floor_ns": median(&quick_floors),
        "with_reasons_ns": reasons,
        "update_us": update,
        "bytes_per_user": bytes / users,
        "load_s": round(load),
        "ours_runs": ours,
        "floor_runs": floors,
    });
    for (name, nanoseconds) in peers::measure(&world, &asked) {
        row[format!("{name}_ns")] = json!(nanoseconds);
    }
    row
}

pub fn directory(world: &World) -> Directory {
    let mut directory = Directory::default();
    for facts in world.facts() {
        directory.apply(Update::Set(facts));
    }
    directory
}

/// Nanoseconds a question; every answer is compared.
fn timed(asked: &[Asked], answer: impl Fn(&Asked) -> bool) -> f64 {
    let began = Instant::now();
    let wrong = asked.iter().filter(|one| black_box(answer(one)) != one.expected).count();
    let spent = began.elapsed();
    assert!(wrong == 0, "{wrong} of {} answers are wrong", asked.len());
    round(spent.as_secs_f64() * 1e9 / asked.len() as f64)
}

pub fn median(runs: &[f64]) -> f64 {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

pub fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
