use proptest::prelude::*;
use rolecall_bots::flow::{Condition, Takes, Test};

use super::super::body::StepPlace;
use super::*;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn shop() -> Drawn {
    let odd = "\"\\ {x}\r\n\rline\ttab\u{7f}'''\"\"\" é";
    let condition = |variable: &str, test| Condition { variable: variable.to_owned(), test };
    let steps = [
        ("hello", Step::Message { text: odd.to_owned(), next: some("what for") }),
        (
            "what for",
            Step::Question {
                text: "What is it about?".to_owned(),
                choices: vec![
                    Choice { label: "Wine".to_owned(), next: some("age") },
                    Choice { label: odd.to_owned(), next: None },
                ],
                otherwise: some("agent"),
            },
        ),
        (
            "age",
            Step::Collect {
                text: "How old?".to_owned(),
                variable: "age".to_owned(),
                takes: Takes::Number,
                next: some("old enough"),
                otherwise: None,
            },
        ),
        (
            "old enough",
            Step::Decision {
                cases: vec![
                    Case { condition: condition("age", Test::Above(17)), next: some("stock") },
                    Case { condition: condition("age", Test::IsSet), next: None },
                    Case { condition: condition("age", Test::Is(odd.to_owned())), next: some("hello") },
                ],
                otherwise: some("again"),
            },
        ),
        ("again", Step::GoTo { to: "age".to_owned() }),
        (
            "stock",
            Step::Call { integration: "stock".to_owned(), keeps: vec!["bottles".to_owned()], next: None, failed: None },
        ),
        ("agent", Step::HandOver { text: "One moment.".to_owned() }),
        ("a [lone] step.", Step::Decision { cases: Vec::new(), otherwise: None }),
    ];
    let steps = steps.into_iter().map(|(name, step)| (name.to_owned(), step)).collect();
    Drawn {
        name: "Shop".to_owned(),
        begins: FlowBegins::Intent,
        intent: odd.to_owned(),
        flow: Flow { start: "hello".to_owned(), steps },
        places: [("what for".to_owned(), StepPlace { x: -8, y: 40 })].into(),
    }
}

fn message(text: &str) -> String {
    read(text).map(|_| String::new()).unwrap_or_else(|problem| problem.detail)
}

#[test]
fn a_file_gives_the_flow_that_it_was_made_of() {
    let text = write(&shop());
    assert_eq!(read(&text).map(NewFlowBody::drawn).ok(), Some(shop()), "{text}");
    assert_eq!(write(&shop()), text);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
    assert!(at("[steps.hello]") < at("[steps.\"what for\"]") && at("[steps.\"what for\"]") < at("[steps.age]"));
    assert!(at("[steps.agent]") < at("[steps.\"a [lone] step.\"]"));
    assert!(text.contains("  { label = \"Wine\", next = \"age\" },\n"), "{text}");
    assert!(text.contains("  { condition = { variable = \"age\", test = { above = 17 } }, next = \"stock\" },\n"));
    assert_eq!(read(&write(&Drawn::default())).map(NewFlowBody::drawn).ok(), Some(Drawn::default()));
}

#[test]
fn what_a_file_says_wrong_is_told_with_its_line() {
    let head = "name = \"x\"\nstart = \"a\"\n\n";
    for (rest, line, words) in [
        ("[steps.a]\nkind = \"dance\"\n", "Line 5: step `a`: ", "dance"),
        ("[steps.a]\nkind = \"message\"\ntext = \"x\"\nfoo = 1\n", "Line 7: step `a`: ", "foo"),
        ("[steps.a]\nkind = \"message\"\n", "Line 4: step `a`: ", "text"),
        ("[steps.a]\nkind = \"message\"\ntext = \"x\"\n\n[steps.a]\n", "Line 8: ", "duplicate"),
        ("[steps.a\n", "Line 4: ", ""),
        ("[place]\n", "Line 4: ", "place"),
        ("[places]\na = { x = 1, y = 2, z = 3 }\n", "Line 5: ", "z"),
        ("[places]\na = { x = 1.5, y = 2 }\n", "Line 5: ", "1.5"),
    ] {
        let message = message(&format!("{head}{rest}"));
        assert!(message.starts_with(line) && message.contains(words), "{rest}: {message}");
    }
    assert!(message("start = \"a\"").contains("name"));
    assert!(message(&"#".repeat(LONGEST + 1)).contains("1 MiB"));
}

#[test]
fn a_file_is_called_like_its_flow() {
    assert_eq!(name("Welcome, new client!"), "welcome-new-client.toml");
    assert_eq!(name("../../etc"), "etc.toml");
    assert_eq!(name("日本"), "flow.toml");
}

fn any_step() -> impl Strategy<Value = Step> {
    let target = || prop::option::of("[a-c \"'\\]é]{0,3}");
    prop_oneof![
        (any::<String>(), target()).prop_map(|(text, next)| Step::Message { text, next }),
        (any::<String>(), prop::collection::vec((any::<String>(), target()), 0..3), target()).prop_map(
            |(text, choices, otherwise)| {
                let choices = choices.into_iter().map(|(label, next)| Choice { label, next }).collect();
                Step::Question { text, choices, otherwise }
            }
        ),
        (any::<String>(), any::<String>(), any::<i64>(), target()).prop_map(|(variable, words, bound, next)| {
            let tests = [Test::Contains(words), Test::Below(bound), Test::IsNotSet];
            let case = |test| Case { condition: Condition { variable: variable.clone(), test }, next: next.clone() };
            Step::Decision { cases: tests.into_iter().map(case).collect(), otherwise: None }
        }),
        (any::<String>(), prop::collection::vec(any::<String>(), 0..3)).prop_map(|(integration, keeps)| Step::Call {
            integration,
            keeps,
            next: None,
            failed: None
        }),
        any::<String>().prop_map(|to| Step::GoTo { to }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_flow_says_its_file_says_the_same(
        name in any::<String>(),
        start in any::<String>(),
        steps in prop::collection::btree_map(any::<String>(), any_step(), 0..5),
        places in prop::collection::btree_map(any::<String>(), (any::<i32>(), any::<i32>()), 0..3),
    ) {
        let places = places.into_iter().map(|(name, (x, y))| (name, StepPlace { x, y })).collect();
        let drawn = Drawn { name, begins: FlowBegins::Never, intent: String::new(), flow: Flow { start, steps }, places };
        let text = write(&drawn);
        prop_assert_eq!(read(&text).map(NewFlowBody::drawn).map_err(|problem| problem.detail), Ok(drawn), "{}", text);
    }
}
