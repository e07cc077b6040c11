//! Training and understanding: the same for the same, whatever the size, the script or the damage.

use proptest::prelude::*;
use rolecall_bots::{Trained, TrainingSet, cross_validate, train};

use crate::world::{made_up, set, tiny};

fn intent(trained: &Trained, text: &str) -> Option<String> {
    trained.understand(text).intent
}

#[test]
fn the_same_set_in_any_order_gives_the_same_bytes() {
    let mut set = made_up(12, 20);
    set.out_of_scope = vec!["sing a song".to_owned(), "who are you".to_owned(), "tell a joke".to_owned()];
    let bytes = train(&set).to_bytes();
    assert_eq!(bytes, train(&set).to_bytes());
    set.intents.reverse();
    set.out_of_scope.reverse();
    for intent in &mut set.intents {
        let (begin, end) = intent.examples.split_at(7);
        intent.examples = [end, begin].concat();
    }
    assert_eq!(bytes, train(&set).to_bytes());
}

#[test]
fn two_intents_of_five_sentences_are_told_apart() {
    let trained = train(&tiny());
    assert_eq!(intent(&trained, "my card got lost").as_deref(), Some("lost card"));
    assert_eq!(intent(&trained, "when are you open?").as_deref(), Some("opening hours"));
    assert_eq!(intent(&trained, "zxcvb qwertz"), None);
    assert_eq!(trained.intents(), ["lost card", "opening hours"]);
}

#[test]
fn nothing_taught_understands_nothing() {
    for set in [TrainingSet::default(), set(&[("empty", "")], ""), set(&[], "hello | good day")] {
        let trained = train(&set);
        assert_eq!(intent(&trained, "hello"), None);
        assert_eq!(intent(&trained, ""), None);
        assert_eq!(Trained::from_bytes(&trained.to_bytes()), Ok(trained));
        assert_eq!(cross_validate(&set, 3).held_out.right, 0);
    }
}

#[test]
fn one_intent_alone_is_not_everything() {
    let trained = train(&set(&[("greeting", "hello there | good morning | hi | hey you | good evening")], ""));
    assert_eq!(intent(&trained, "good morning").as_deref(), Some("greeting"));
    assert_eq!(intent(&trained, "hello hello").as_deref(), Some("greeting"));
    assert_eq!(intent(&trained, "refund the invoice of march"), None);
}

#[test]
fn an_empty_text_is_no_intent() {
    let trained = train(&tiny());
    for text in ["", "   ", "?!", "\u{200b}", "\u{0}"] {
        let understood = trained.understand(text);
        assert_eq!((understood.intent, understood.score), (None, 0.0), "{text:?}");
        assert!(understood.because.is_empty());
    }
}

#[test]
fn a_long_text_costs_no_more_than_its_begin() {
    let trained = train(&tiny());
    let begin = "I lost my card and ".repeat(200);
    let long = format!("{begin}{}", "when do you open ".repeat(100_000));
    assert_eq!(trained.understand(&begin), trained.understand(&long));
    let long = format!("{}{}", "a".repeat(100_000), "\u{301}".repeat(100_000));
    let _ = trained.understand(&long);
    // Taught, it is as good as any.
    let _ = train(&set(&[("long", &long), ("short", "short one | short two")], &long));
}

#[test]
fn what_was_taught_is_understood_as_taught() {
    let mut set = made_up(20, 5);
    set.out_of_scope = vec!["the weather on the moon".to_owned()];
    let trained = train(&set);
    for taught in &set.intents {
        for example in &taught.examples {
            let understood = trained.understand(&format!("  {}! ", example.to_uppercase()));
            assert_eq!((understood.intent.as_ref(), understood.score), (Some(&taught.name), 1.0), "{example}");
            assert!(understood.taught);
        }
    }
    let understood = trained.understand("The weather, on the moon?");
    assert!(understood.intent.is_none() && understood.taught);
}

#[test]
fn every_script_is_understood() {
    let trained = train(&set(
        &[
            ("票", "我想订机票 | 帮我买一张机票 | 预订飞往上海的航班 | 我要买票 | 机票多少钱"),
            ("天气", "今天天气怎么样 | 明天会下雨吗 | 北京的天气 | 天气预报 | 会不会下雪"),
            (
                "カード",
                "カードを失くしました | カードが見つからない | クレジットカードを紛失した | カード紛失 | カードがない",
            ),
            ("بطاقة", "أضعت بطاقتي | بطاقتي مفقودة | أين بطاقتي | سرقت بطاقتي | فقدت البطاقة"),
            ("שעות", "מתי אתם פותחים | שעות פתיחה | עד מתי פתוח | האם פתוח בשבת | מתי סוגרים"),
            ("party", "🎉🎉 | 🎉 party | 🥳 | time to 🎉 | 🎂 🎉"),
        ],
        "",
    ));
    for (text, name) in [
        ("我想买去北京的机票", "票"),
        ("明天天气好吗", "天气"),
        ("カードを紛失しました", "カード"),
        ("أين البطاقة", "بطاقة"),
        ("מתי אתם סוגרים", "שעות"),
        ("🥳 🎉", "party"),
    ] {
        assert_eq!(intent(&trained, text).as_deref(), Some(name), "{text}");
    }
}

#[test]
fn repeated_and_empty_sentences_are_counted_and_change_nothing() {
    let mut set = tiny();
    let plain = train(&set);
    set.intents[0].examples.extend(["I LOST MY CARD!".to_owned(), "…".to_owned()]);
    let trained = train(&set);
    assert_eq!((trained.report().repeated, trained.report().empty), (1, 1));
    assert_eq!(trained.report().examples, plain.report().examples);
    assert_eq!(trained.understand("card lost"), plain.understand("card lost"));
}

#[test]
fn contradictions_are_reported() {
    let set = set(
        &[("pin", "reset my pin code | new pin | forgot pin"), ("code", "Reset my pin code! | my new pincode | code")],
        "new pin? | my new pin code",
    );
    let report = train(&set).report().clone();
    let found: Vec<(bool, bool, Vec<&str>)> = (report.contradictions.iter())
        .map(|one| (one.exact, one.out_of_scope, one.intents.iter().map(String::as_str).collect()))
        .collect();
    let expected = [(true, true, vec!["pin"]), (true, false, vec!["code", "pin"]), (false, true, vec!["code"])];
    assert_eq!(found, expected);
    // A sentence with two meanings is left to judgement, and does not fail.
    let _ = train(&set).understand("reset my pin code");
}

#[test]
fn intents_with_few_sentences_are_reported() {
    let report = train(&set(&[("few", "one | two"), ("more", "a a | b b | c c | d d | e e")], "")).report().clone();
    assert_eq!((report.too_few.len(), report.too_few[0].examples), (1, 2));
    assert_eq!(report.too_few[0].intent, "few");
    assert_eq!((report.intents, report.examples), (2, 7));
}

#[test]
fn a_sentence_in_the_wrong_intent_is_doubted() {
    let mut set = made_up(6, 40);
    let stray = set.intents[0].examples.remove(3);
    set.intents[1].examples.push(stray.clone());
    let report = train(&set).report().clone();
    let doubt = report.doubtful.iter().find(|one| one.sentence == stray).expect("the stray is doubted");
    assert_eq!((doubt.intent.as_deref(), doubt.looks_like.as_str()), (Some("intent 001"), "intent 000"));
}

#[test]
fn a_higher_threshold_understands_less_and_never_something_else() {
    let trained = train(&made_up(10, 12));
    let texts = made_up(14, 17).intents.into_iter().flat_map(|intent| intent.examples.into_iter().skip(9));
    for text in texts {
        let mut before = trained.understand_from(&text, 0.0);
        for step in 1..=20_u8 {
            let understood = trained.understand_from(&text, f32::from(step) / 20.0);
            assert_eq!(understood.score, before.score);
            assert!(understood.intent == before.intent || understood.intent.is_none(), "{text}");
            assert_eq!(understood.intent.is_some(), understood.score >= f32::from(step) / 20.0);
            before = understood;
        }
    }
}

#[test]
fn an_answer_says_because_of_which_words() {
    let understood = train(&tiny()).understand("hello, my card vanished");
    assert_eq!(understood.because[0].words, "card");
    let total: f32 = understood.because.iter().map(|because| because.share).sum();
    assert!(total <= 1.001 && understood.because.iter().all(|because| because.share > 0.0));
    assert_eq!(understood.runners_up.len(), 1);
    assert!(understood.runners_up[0].score <= understood.score);
}

#[test]
fn cross_validation_holds_every_sentence_out_once() {
    let mut set = made_up(8, 12);
    set.out_of_scope = vec!["sing a song".to_owned(), "who are you".to_owned(), "tell a joke".to_owned()];
    let found = cross_validate(&set, 4);
    assert_eq!((found.held_out.sentences, found.held_out.out_of_scope), (8 * 12, 3));
    assert!(found.held_out.right > 80, "{:?}", found.held_out);
    let wrong: usize = found.confused.iter().map(|one| one.count).sum();
    let well = found.held_out.right + found.held_out.refused;
    assert_eq!(wrong + well, 8 * 12 + 3);
    assert_eq!(found.intents.iter().map(|intent| intent.right).sum::<usize>(), found.held_out.right);
    set.intents.reverse();
    assert_eq!(found, cross_validate(&set, 4));
}

#[test]
fn what_is_out_of_scope_is_refused_and_what_is_meant_is_not() {
    let set = made_up(20, 30);
    let trained = train(&set);
    let held = trained.report().held_out;
    assert!(held.right * 100 >= held.sentences * 95, "{held:?}");
    assert!((0.05..0.95).contains(&trained.threshold()));
    assert_eq!(intent(&trained, "the quick brown fox jumps"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_are_refused(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = train(&tiny()).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Trained::from_bytes(&bytes).is_err());
    }

    #[test]
    fn bytes_of_anything_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Trained::from_bytes(&bytes).is_err());
    }

    #[test]
    fn any_text_is_taught_and_asked_without_a_panic(
        first in prop::collection::vec(".{0,40}", 0..5),
        second in prop::collection::vec("\\PC{0,40}", 0..5),
        strange in prop::collection::vec(".{0,20}", 0..3),
        asked in ".{0,60}",
    ) {
        let intent = |name: &str, examples: &[String]| rolecall_bots::Intent { name: name.to_owned(), examples: examples.to_vec() };
        let set = TrainingSet { intents: vec![intent("one", &first), intent("two", &second)], out_of_scope: strange };
        let trained = train(&set);
        let understood = trained.understand(&asked);
        prop_assert!((0.0..=1.0).contains(&understood.score));
        if trained.report().contradictions.is_empty() {
            for example in first.iter().filter(|example| trained.understand(example).taught) {
                prop_assert_eq!(trained.understand(example).intent, Some("one".to_owned()));
            }
        }
    }
}
