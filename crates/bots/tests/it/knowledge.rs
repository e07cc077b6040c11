//! The knowledge index: what answers a question, how well, and because of what.

use proptest::prelude::*;
use rolecall_bots::knowledge::USUAL_THRESHOLD;
use rolecall_bots::{Entry, Knowledge, Language};

fn entry(id: &str, title: &str, body: &str) -> Entry {
    Entry { id: id.to_owned(), title: title.to_owned(), body: body.to_owned(), tags: Vec::new() }
}

fn bakery() -> Vec<Entry> {
    let mut entries = vec![
        entry(
            "hours",
            "Opening hours",
            "We open at **six** on weekdays and at seven on Sundays.\n\nOn holidays we are closed.",
        ),
        entry(
            "orders",
            "Ordering a cake",
            "Order cakes two days ahead, by phone or at the counter. We deliver within the city.",
        ),
        entry(
            "gluten",
            "Bread without gluten",
            "Our buckwheat bread has no gluten. It is baked in an oven of its own.",
        ),
        entry("jobs", "Working with us", "We look for bakers who like mornings. The opening shift begins at three."),
        entry(
            "pay",
            "How to pay",
            "Cash, cards, and invoices for companies. [Details](https://bakery.example/secret-word).",
        ),
    ];
    entries[4].tags = vec!["credit card".to_owned(), "twint".to_owned()];
    entries
}

fn found(entries: &[Entry], question: &str) -> Vec<(String, f32)> {
    let knowledge = Knowledge::of(entries, Language::of("en")).unwrap();
    knowledge.search(question, 10).unwrap().into_iter().map(|found| (found.id, found.score)).collect()
}

#[test]
fn a_question_finds_its_entry_first() {
    for (question, id) in [
        ("When do you open on Sunday?", "hours"),
        ("can I order a cake", "orders"),
        ("Do you have gluten-free breads?", "gluten"),
        ("do you take TWINT", "pay"),
        ("are you looking for a baker", "jobs"),
    ] {
        let found = found(&bakery(), question);
        assert_eq!(found.first().map(|found| found.0.as_str()), Some(id), "{question}: {found:?}");
        assert!(found[0].1 >= USUAL_THRESHOLD, "{question}: {found:?}");
    }
}

#[test]
fn what_no_entry_speaks_of_stays_below_the_threshold() {
    for question in ["what is the capital of Peru", "how do I reset my password", "who won the match on tuesday"] {
        let found = found(&bakery(), question);
        assert!(found.iter().all(|found| found.1 < USUAL_THRESHOLD), "{question}: {found:?}");
    }
}

#[test]
fn the_title_weighs_more_than_the_body() {
    let entries = [
        entry("a", "Something else", "All about refunds and nothing more."),
        entry("b", "Refunds", "All about something and nothing else."),
    ];
    let found = found(&entries, "refund");
    assert_eq!(found[0].0, "b");
    assert!(found[0].1 > found[1].1);
}

#[test]
fn scores_are_shares_of_what_was_asked() {
    let whole = found(&bakery(), "opening hours")[0].1;
    let half = found(&bakery(), "opening hours zebra giraffe")[0].1;
    assert!(whole < 1.0 && whole > 0.7, "{whole}");
    assert!(half < whole / 2.0 + 0.05, "{half}");
}

#[test]
fn an_answer_says_because_of_which_words() {
    let knowledge = Knowledge::of(&bakery(), Language::of("en")).unwrap();
    let first = knowledge.search("may I order cakes online", 1).unwrap().remove(0);
    let words: Vec<&str> = first.because.iter().map(|because| because.words.as_str()).collect();
    assert_eq!(words, ["cakes", "order"]);
    assert!((first.because.iter().map(|because| because.share).sum::<f32>() - 1.0).abs() < 1e-4);
}

#[test]
fn marks_and_addresses_of_links_are_not_searched() {
    assert!(found(&bakery(), "secret-word bakery.example").is_empty());
}

#[test]
fn the_order_of_entries_changes_nothing_and_equals_go_by_id() {
    let mut entries = bakery();
    entries.push(entry("twin b", "Sourdough", "Sour."));
    entries.push(entry("twin a", "Sourdough", "Sour."));
    let before = found(&entries, "sourdough opening cake");
    entries.reverse();
    assert_eq!(before, found(&entries, "sourdough opening cake"));
    let twins: Vec<&str> = before.iter().map(|found| found.0.as_str()).filter(|id| id.starts_with("twin")).collect();
    assert_eq!(twins, ["twin a", "twin b"]);
}

#[test]
fn nothing_known_or_asked_finds_nothing() {
    assert!(found(&[], "anything").is_empty());
    for question in ["", "?!", "   ", "zxcvbnm"] {
        assert!(found(&bakery(), question).is_empty(), "{question:?}");
    }
    let empty = [entry("empty", "", "")];
    assert!(found(&empty, "anything").is_empty());
    assert!(Knowledge::of(&bakery(), Language::of("en")).unwrap().search("cake", 0).unwrap().is_empty());
}

#[test]
fn languages_stem_and_others_are_found_as_written() {
    let knows = |tag: &str, title: &str, question: &str| {
        let knowledge = Knowledge::of(&[entry("it", title, "")], Language::of(tag)).unwrap();
        !knowledge.search(question, 1).unwrap().is_empty()
    };
    assert!(knows("de", "Öffnungszeiten der Filialen", "Filiale"));
    assert!(knows("fr", "Les horaires de l'hôtel", "horaire hôtel"));
    assert!(knows("ru", "Часы работы магазинов", "магазин"));
    assert!(knows("ja", "カードを紛失した場合", "カードを紛失しました"));
    assert!(knows("zh-CN", "如何预订机票", "我想订机票"));
    assert!(!knows("xx", "opened accounts", "open account"));
    assert!(knows("ar", "ساعات العمل", "ساعة العمل"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scores_are_within_bounds_whatever_is_written_and_asked(
        texts in prop::collection::vec((".{0,30}", ".{0,80}"), 0..6),
        question in "(.{0,40}|[a-c ]{0,40})",
    ) {
        let entries: Vec<Entry> =
            texts.iter().enumerate().map(|(at, (title, body))| entry(&at.to_string(), title, body)).collect();
        for tag in ["en", "fr", "none"] {
            let knowledge = Knowledge::of(&entries, Language::of(tag)).unwrap();
            for found in knowledge.search(&question, 10).unwrap() {
                prop_assert!(found.score > 0.0 && found.score < 1.0, "{}", found.score);
            }
        }
    }
}
