//! Builds a knowledge index of 10,000 made-up entries and tells how long that and a search takes; called by
//! `bench/understand.py`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures and prints")]

use std::error::Error;
use std::time::Instant;

use rolecall_bots::{Entry, Knowledge, Language};
use serde_json::json;

const ENTRIES: usize = 10_000;
const SEARCHES: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut random = Random(88_172_645_463_325_252);
    let words: Vec<String> = (0..20_000).map(|_| random.word()).collect();
    let entry = |at: usize, random: &mut Random| Entry {
        id: format!("{at:05}"),
        title: random.text(&words, 5),
        body: format!("## {}\n\n{}\n\n- {}", random.text(&words, 4), random.text(&words, 80), random.text(&words, 10)),
        tags: vec![random.text(&words, 1)],
    };
    let entries: Vec<Entry> = (0..ENTRIES).map(|at| entry(at, &mut random)).collect();
    let began = Instant::now();
    let knowledge = Knowledge::of(&entries, Language::of("en"))?;
    let building = began.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for _ in 0..SEARCHES {
        let question = random.text(&words, 8);
        let began = Instant::now();
        knowledge.search(&question, 5)?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(SEARCHES * share / 100).copied().unwrap_or_default().round();
    let figures =
        json!({ "build_s": (building * 100.0).round() / 100.0, "search_median_us": at(50), "search_p99_us": at(99) });
    println!("{figures}");
    Ok(())
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    fn word(&mut self) -> String {
        (0..3 + self.below(7))
            .filter_map(|_| u8::try_from(self.below(26)).ok())
            .map(|at| char::from(b'a' + at))
            .collect()
    }

    /// Frequent words more often, as in any language.
    fn text(&mut self, words: &[String], count: usize) -> String {
        let mut chosen = Vec::new();
        for _ in 0..count {
            let bound = 1 + self.below(words.len());
            let at = self.below(bound);
            chosen.extend(words.get(at).map(String::as_str));
        }
        chosen.join(" ")
    }
}
