use rolecall_bots::flow::{Condition, Takes, Test};

use super::super::body::StepPlace;
use super::*;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn shop() -> Drawn {
    let odd = "\"\\ {x}\nline\ttab\u{7f}'''\"\"\" é";
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
