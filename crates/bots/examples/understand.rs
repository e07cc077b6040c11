//! Trains on a set and tells how it does on sentences kept apart; `bench/understand.py` calls it and is what to read.
//!
//! `understand FILE`: a JSON file `{"train": TrainingSet, "test": [{"text", "intent"}]}` (no intent: out of scope); prints
//! one line of JSON.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures and prints")]

use std::error::Error;
use std::time::Instant;

use rolecall_bots::{Trained, TrainingSet, train};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Input {
    train: TrainingSet,
    test: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    intent: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the file of sentences; see bench/understand.py")?;
    let input: Input = serde_json::from_slice(&std::fs::read(path)?)?;
    let began = Instant::now();
    let trained = train(&input.train);
    let training = began.elapsed().as_secs_f64();
    let bytes = trained.to_bytes();
    let loaded = Trained::from_bytes(&bytes)?;
    let mut figures = measure(&loaded, &input.test);
    figures.insert("train_s".into(), json!(round(training, 100.0)));
    figures.insert("model_bytes".into(), json!(bytes.len()));
    figures.insert("examples".into(), json!(trained.report().examples));
    figures.insert("threshold".into(), json!(round(trained.threshold().into(), 1000.0)));
    if std::env::args().any(|argument| argument == "--report") {
        figures.insert("report".into(), serde_json::to_value(trained.report())?);
    }
    println!("{}", serde_json::Value::Object(figures));
    Ok(())
}

fn measure(trained: &Trained, test: &[Sentence]) -> serde_json::Map<String, serde_json::Value> {
    let (mut right, mut likeliest, mut refused, mut strangers) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut times: Vec<f64> = Vec::new();
    for sentence in test {
        let began = Instant::now();
        let understood = trained.understand(&sentence.text);
        times.push(began.elapsed().as_secs_f64() * 1e6);
        let Some(intent) = &sentence.intent else {
            strangers += 1;
            refused += u32::from(understood.intent.is_none());
            continue;
        };
        let first = understood.intent.as_ref().or(understood.runners_up.first().map(|guess| &guess.intent));
        likeliest += u32::from(first == Some(intent));
        right += u32::from(understood.intent.as_ref() == Some(intent));
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let all = u32::try_from(test.len()).unwrap_or(u32::MAX) - strangers;
    let share = |part: u32, of: u32| if of == 0 { json!(null) } else { json!(percent(part, of)) };
    let figures = [
        ("in_scope", share(right, all)),
        ("without_threshold", share(likeliest, all)),
        ("out_of_scope_recall", share(refused, strangers)),
        ("sentences", json!(test.len())),
        ("answer_median_us", json!(round(at(50), 1.0))),
        ("answer_p99_us", json!(round(at(99), 1.0))),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn percent(part: u32, of: u32) -> f64 {
    round(f64::from(part) / f64::from(of) * 100.0, 100.0)
}

fn round(value: f64, by: f64) -> f64 {
    (value * by).round() / by
}
