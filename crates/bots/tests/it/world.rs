//! Small bots to try things on.

use rolecall_bots::{Intent, TrainingSet};

/// A set of intents, each `name: sentence | sentence | …`.
pub fn set(intents: &[(&str, &str)], out_of_scope: &str) -> TrainingSet {
    let split = |text: &str| text.split('|').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let intent = |(name, examples): &(&str, &str)| Intent { name: (*name).to_owned(), examples: split(examples) };
    TrainingSet { intents: intents.iter().map(intent).collect(), out_of_scope: split(out_of_scope) }
}

/// Two intents of five sentences.
pub fn tiny() -> TrainingSet {
    set(
        &[
            (
                "lost card",
                "I lost my card | my card is gone | where is my card | somebody stole my card | card missing",
            ),
            (
                "opening hours",
                "when do you open | opening hours | are you open on sunday | how late can I come | closing time",
            ),
        ],
        "",
    )
}

/// Intents made of words: each has its own, and some that all have.
pub fn made_up(intents: usize, examples: usize) -> TrainingSet {
    let common = ["please", "can", "you", "the", "my", "now", "how", "do", "I", "want"];
    let word = |number: usize| {
        let part = |shift: usize| char::from(b'a' + u8::try_from((number / shift * 7 + shift) % 26).unwrap());
        [1, 3, 5, 11, 26, 17].iter().map(|shift| part(*shift)).chain(number.to_string().chars()).collect::<String>()
    };
    let sentence = |intent: usize, example: usize| {
        let own = |at: usize| word(intent * 8 + (example * 3 + at) % 8);
        let common = |at: usize| common[(example * 5 + at * 3 + intent) % common.len()];
        format!("{} {} {} {} {}", common(0), own(0), common(1), own(1), common(2))
    };
    let intent = |number: usize| Intent {
        name: format!("intent {number:03}"),
        examples: (0..examples).map(|example| format!("{} {example}", sentence(number, example))).collect(),
    };
    TrainingSet { intents: (0..intents).map(intent).collect(), out_of_scope: Vec::new() }
}
