//! Flows: what a check finds, and that a turn always ends.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rolecall_bots::flow::{Case, Choice, Condition, Fault, Flow, Input, Output, State, Step, Test, advance, check};

fn name(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn message(text: &str, next: &str) -> Step {
    Step::Message { text: text.to_owned(), next: name(next) }
}

fn question(text: &str, choices: &[(&str, &str)], otherwise: &str) -> Step {
    let choice = |(label, next): &(&str, &str)| Choice { label: (*label).to_owned(), next: name(next) };
    Step::Question { text: text.to_owned(), choices: choices.iter().map(choice).collect(), otherwise: name(otherwise) }
}

fn collect(text: &str, variable: &str, next: &str) -> Step {
    Step::Collect { text: text.to_owned(), variable: variable.to_owned(), next: name(next) }
}

fn decision(variable: &str, test: Test, then: &str, otherwise: &str) -> Step {
    let condition = Condition { variable: variable.to_owned(), test };
    Step::Decision { cases: vec![Case { condition, next: name(then) }], otherwise: name(otherwise) }
}

fn flow(start: &str, steps: &[(&str, Step)]) -> Flow {
    let steps = steps.iter().map(|(name, step)| ((*name).to_owned(), step.clone())).collect();
    Flow { start: start.to_owned(), steps }
}

/// A shop's: greets, asks what for, takes an age, calls the stock, hands over.
fn shop() -> Flow {
    let call = Step::Call { integration: "stock".to_owned(), next: name("told"), failed: name("agent") };
    flow(
        "hello",
        &[
            ("hello", message("Hello!", "what")),
            ("what", question("What is it about?", &[("Wine", "age"), ("Something else", "agent")], "")),
            ("age", collect("How old are you?", "age", "old enough")),
            ("old enough", decision("age", Test::Above(17), "stock", "too young")),
            ("too young", message("At {age}, come back later.", "")),
            ("stock", call),
            ("told", message("There are {bottles} bottles. {unknown}{}{", "")),
            ("agent", Step::HandOver { text: "One moment.".to_owned() }),
        ],
    )
}

fn says(outputs: &[Output]) -> Vec<&str> {
    let texts = outputs.iter().map(|output| match output {
        Output::Say { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.flatten().collect()
}

fn faults(flow: &Flow) -> Vec<(Option<String>, Fault)> {
    check(flow).into_iter().map(|found| (found.step, found.fault)).collect()
}

#[test]
fn a_flow_is_gone_through_turn_by_turn() {
    let shop = shop();
    assert_eq!(check(&shop), []);
    let (state, outputs) = advance(&shop, State::default(), Input::Begin);
    assert_eq!(says(&outputs), ["Hello!", "What is it about?"]);
    assert_eq!(outputs[2], Output::Offer { choices: vec!["Wine".to_owned(), "Something else".to_owned()] });
    // Not a choice: asked again.
    let (state, outputs) = advance(&shop, state, Input::Text("beer".to_owned()));
    assert_eq!(says(&outputs), ["What is it about?"]);
    let (state, outputs) = advance(&shop, state, Input::Text(" wine! ".to_owned()));
    assert_eq!(says(&outputs), ["How old are you?"]);
    let (state, outputs) = advance(&shop, state, Input::Text("18,5".to_owned()));
    assert_eq!(outputs, [Output::Call { integration: "stock".to_owned() }]);
    // It waits for the integration, not for the person.
    let (state, outputs) = advance(&shop, state, Input::Text("hurry".to_owned()));
    assert_eq!(outputs, [Output::NotForFlow]);
    let answer = BTreeMap::from([("bottles".to_owned(), "{age}".to_owned())]);
    let (state, outputs) = advance(&shop, state, Input::Answer(Some(answer)));
    assert_eq!(says(&outputs), ["There are {age} bottles. {}{"]);
    assert_eq!((outputs.last(), &state.waits_at), (Some(&Output::End), &None));
    assert_eq!(advance(&shop, state, Input::Text("more".to_owned())).1, [Output::NotForFlow]);
}

#[test]
fn conditions_decide_and_failed_calls_lead_elsewhere() {
    let at = |step: &str| State { waits_at: name(step), variables: BTreeMap::new() };
    let (_, outputs) = advance(&shop(), at("age"), Input::Text("twelve".to_owned()));
    assert_eq!(says(&outputs), ["At twelve, come back later."]);
    let (state, outputs) = advance(&shop(), at("stock"), Input::Answer(None));
    assert_eq!(outputs[1], Output::HandOver { step: "agent".to_owned() });
    assert_eq!(state.waits_at, None);
}

#[test]
fn every_test_of_a_variable() {
    let variables: BTreeMap<String, String> = [("city", "New York"), ("age", "42"), ("blank", " ")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let holds = |variable: &str, test| Condition { variable: variable.to_owned(), test }.holds(&variables);
    let text = |text: &str| text.to_owned();
    assert!(holds("city", Test::IsSet) && !holds("blank", Test::IsSet) && !holds("none", Test::IsSet));
    assert!(holds("none", Test::IsNotSet) && !holds("city", Test::IsNotSet));
    assert!(holds("city", Test::Is(text("new york."))) && !holds("none", Test::Is(text(""))));
    assert!(holds("none", Test::IsNot(text("x"))) && !holds("city", Test::IsNot(text("NEW YORK"))));
    assert!(holds("city", Test::Contains(text("york"))) && !holds("city", Test::Contains(text("yor"))));
    assert!(!holds("city", Test::Contains(text("?"))));
    assert!(holds("age", Test::Above(41)) && !holds("age", Test::Above(42)) && !holds("city", Test::Above(0)));
    assert!(holds("age", Test::Below(43)) && !holds("age", Test::Below(42)));
}

#[test]
fn a_check_names_the_step_of_each_fault() {
    let call = Step::Call { integration: String::new(), next: None, failed: None };
    let broken = flow(
        "ask",
        &[
            ("ask", question("", &[("Yes", "nowhere"), ("YES!", "")], "keep")),
            ("keep", collect("Your name?", " ", "mute")),
            ("mute", question("So?", &[], "undecided")),
            ("undecided", Step::Decision { cases: Vec::new(), otherwise: name("call") }),
            ("call", call),
            ("island", message(" ", "")),
        ],
    );
    let step = |text: &str| Some(text.to_owned());
    let expected = [
        (step("ask"), Fault::NoSuchStep { target: "nowhere".to_owned() }),
        (step("ask"), Fault::NoText),
        (step("ask"), Fault::SameAnswer { label: "YES!".to_owned() }),
        (step("call"), Fault::NoIntegration),
        (step("island"), Fault::Unreachable),
        (step("island"), Fault::NoText),
        (step("keep"), Fault::NoVariable),
        (step("mute"), Fault::NoAnswer),
        (step("undecided"), Fault::NoCondition),
    ];
    assert_eq!(faults(&broken), expected);
    assert_eq!(faults(&Flow::default()), [(None, Fault::NoStart { start: String::new() })]);
}

#[test]
fn a_circle_without_a_question_is_found_and_does_not_run_on() {
    let circle = flow(
        "a",
        &[
            ("a", message("a", "b")),
            ("b", decision("x", Test::IsSet, "end", "c")),
            ("c", Step::GoTo { to: "a".to_owned() }),
            ("end", message("end", "")),
        ],
    );
    let steps = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(faults(&circle), [(Some("a".to_owned()), Fault::EndlessLoop { steps })]);
    let (state, outputs) = advance(&circle, State::default(), Input::Begin);
    assert!(matches!(outputs.last(), Some(Output::Broken { .. })));
    assert_eq!(state.waits_at, None);
    // With a question in it, it is a conversation.
    let mut asks = circle;
    asks.steps.insert("c".to_owned(), question("Again?", &[("Yes", "a")], ""));
    assert_eq!(check(&asks), []);
}

#[test]
fn a_flow_is_one_readable_file() {
    let text = serde_json::to_string_pretty(&shop()).unwrap();
    assert!(text.contains("\"kind\": \"question\""), "{text}");
    assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), shop());
    assert!(serde_json::from_str::<Flow>(r#"{"start": "a", "steps": {"a": {"kind": "dance"}}}"#).is_err());
}

fn any_step() -> impl Strategy<Value = Step> {
    let target = || "[a-f]?";
    prop_oneof![
        target().prop_map(|next| message("m {x}", &next)),
        (target(), target()).prop_map(|(yes, otherwise)| question("q", &[("yes", &yes)], &otherwise)),
        target().prop_map(|next| collect("c", "x", &next)),
        (target(), target()).prop_map(|(then, otherwise)| decision("x", Test::Is("yes".to_owned()), &then, &otherwise)),
        "[a-f]".prop_map(|to| Step::GoTo { to }),
        Just(Step::HandOver { text: "h".to_owned() }),
        (target(), target()).prop_map(|(next, failed)| Step::Call {
            integration: "i".to_owned(),
            next: name(&next),
            failed: name(&failed)
        }),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Begin),
        "(yes|no|)".prop_map(Input::Text),
        prop::option::of(prop::collection::btree_map("[xy]", "(yes|no)", 0..3)).prop_map(Input::Answer),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_turn_ends_and_a_sound_flow_never_breaks(
        steps in prop::collection::btree_map("[a-f]", any_step(), 0..7),
        inputs in prop::collection::vec(any_input(), 1..8),
    ) {
        let flow = Flow { start: "a".to_owned(), steps };
        let sound = check(&flow).iter().all(|found| found.fault == Fault::Unreachable);
        let mut state = State::default();
        for input in inputs {
            let (after, outputs) = advance(&flow, state, input);
            prop_assert!(outputs.len() <= 600);
            prop_assert!(!sound || !outputs.iter().any(|output| matches!(output, Output::Broken { .. })), "{flow:?}");
            prop_assert!(after.waits_at.as_ref().is_none_or(|at| flow.steps.contains_key(at)));
            state = after;
        }
    }
}
