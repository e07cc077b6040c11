//! Flows: what a check finds, and that a turn always ends.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rolecall_bots::flow::{
    Case, Choice, Condition, Fault, Flow, Input, Output, State, Step, Takes, Test, advance, check,
};

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
    asks_for(Takes::Text, text, variable, next, "")
}

fn asks_for(takes: Takes, text: &str, variable: &str, next: &str, otherwise: &str) -> Step {
    let (text, variable) = (text.to_owned(), variable.to_owned());
    Step::Collect { text, variable, takes, next: name(next), otherwise: name(otherwise) }
}

fn call(integration: &str, keeps: &[&str], next: &str, failed: &str) -> Step {
    let keeps = keeps.iter().map(|name| (*name).to_owned()).collect();
    Step::Call { integration: integration.to_owned(), keeps, next: name(next), failed: name(failed) }
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
    flow(
        "hello",
        &[
            ("hello", message("Hello!", "what")),
            ("what", question("What is it about?", &[("Wine", "age"), ("Something else", "agent")], "")),
            ("age", collect("How old are you?", "age", "old enough")),
            ("old enough", decision("age", Test::Above(17), "stock", "too young")),
            ("too young", message("At {age}, come back later.", "")),
            ("stock", call("stock", &["bottles", "when"], "told", "agent")),
            ("told", message("There are {bottles} bottles. {when}{}{", "")),
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
    let answer = [("bottles", "{age}"), ("age", "99")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = BTreeMap::from(answer);
    let (state, outputs) = advance(&shop, state, Input::Answer(Some(answer)));
    assert_eq!(says(&outputs), ["There are {age} bottles. {}{"]);
    assert_eq!((outputs.last(), &state.waits_at), (Some(&Output::End), &None));
    assert_eq!(state.variables["age"], "18,5", "an integration gives what the step says, and nothing else");
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
    let broken = flow(
        "ask",
        &[
            ("ask", question("", &[("Yes", "nowhere"), ("YES!", "")], "keep")),
            ("keep", asks_for(Takes::Email, "Your name, {mane}?", " ", "mute", "told")),
            ("mute", question("So?", &[], "undecided")),
            ("undecided", Step::Decision { cases: Vec::new(), otherwise: name("call") }),
            ("call", call("", &[], "on", "")),
            ("island", message(" ", "")),
            ("on", Step::GoTo { to: String::new() }),
            ("told", decision("nam", Test::IsSet, "", "")),
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
        (step("keep"), Fault::NoSuchVariable { variable: "mane".to_owned() }),
        (step("mute"), Fault::NoAnswer),
        (step("on"), Fault::NoTarget),
        (step("told"), Fault::NoSuchVariable { variable: "nam".to_owned() }),
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
            ("end", collect("end", "x", "")),
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
fn an_answer_that_is_none_is_asked_for_again_or_leads_elsewhere() {
    let asks = |otherwise| flow("mail", &[("mail", asks_for(Takes::Email, "Your e-mail?", "mail", "", otherwise))]);
    let (state, _) = advance(&asks(""), State::default(), Input::Begin);
    let (state, outputs) = advance(&asks(""), state, Input::Text("ana at example".to_owned()));
    assert_eq!((says(&outputs), state.variables.get("mail")), (vec!["Your e-mail?"], None));
    let (after, outputs) = advance(&asks(""), state.clone(), Input::Text(" ana@example.com ".to_owned()));
    assert_eq!((after.variables["mail"].as_str(), outputs.last()), ("ana@example.com", Some(&Output::End)));
    let mut leads = asks("hint");
    leads.steps.insert("hint".to_owned(), message("As in ana@example.com.", "mail"));
    let (state, outputs) = advance(&leads, state, Input::Text("no".to_owned()));
    assert_eq!(says(&outputs), ["As in ana@example.com.", "Your e-mail?"]);
    assert_eq!((state.waits_at.as_deref(), check(&leads)), (Some("mail"), Vec::new()));
}

#[test]
fn what_is_taken_for_an_answer() {
    let read = |takes: Takes, text: &str| takes.read(text);
    for (takes, good, bad) in [
        (Takes::Text, vec![" x "], vec!["", "  "]),
        (
            Takes::Email,
            vec!["ana@example.com", "ana.b+c@sub.example.org"],
            vec!["ana", "@example.com", "a@b", "a@@b.c", "a b@c.d", "a@b..c", "Ana <a@b.c>"],
        ),
        (Takes::Phone, vec!["+49 (30) 123-456", "0301234"], vec!["1234", "12345x", "+", "1234567890123456"]),
        (Takes::Number, vec!["12", "-3", "12.5", "12,5"], vec!["twelve", "1.2.3", "", "inf", "1e5", "NaN"]),
        (
            Takes::Date,
            vec!["2026-04-30", "30.4.2026", "2024-02-29", "29. 2. 2000"],
            vec!["3/4/2026", "2026-02-29", "29.2.1900", "31.4.2026", "2026-13-01", "26-01-01", "0.1.2026", "2026-01"],
        ),
    ] {
        good.iter().for_each(|text| assert!(read(takes, text).is_some(), "{takes:?} {text}"));
        bad.iter().for_each(|text| assert!(read(takes, text).is_none(), "{takes:?} {text}"));
    }
    assert_eq!(read(Takes::Date, "3.4.2026").as_deref(), Some("2026-04-03"));
}

#[test]
fn a_long_flow_is_gone_through_in_one_turn() {
    let at = |number: usize| format!("{number:04}");
    let mut long = Flow { start: at(0), ..Flow::default() };
    for number in 0..1_000 {
        let next = if number == 999 { String::new() } else { at(number + 1) };
        long.steps.insert(at(number), message("m", &next));
    }
    assert_eq!(check(&long), []);
    let (_, outputs) = advance(&long, State::default(), Input::Begin);
    assert_eq!((outputs.len(), outputs.last()), (1_001, Some(&Output::End)));
}

#[test]
fn a_flow_is_one_readable_file() {
    let text = serde_json::to_string_pretty(&shop()).unwrap();
    assert!(text.contains("\"kind\": \"question\""), "{text}");
    assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), shop());
    assert!(serde_json::from_str::<Flow>(r#"{"start": "a", "steps": {"a": {"kind": "dance"}}}"#).is_err());
}

/// The steps that reach themselves without asking anything, found naively.
fn in_circles(flow: &Flow) -> BTreeSet<String> {
    let onward = |name: &String| -> Vec<String> {
        let step = flow.steps.get(name).filter(|step| !step.pauses());
        step.into_iter().flat_map(Step::targets).cloned().collect()
    };
    let reaches_itself = |name: &&String| {
        let (mut seen, mut next) = (BTreeSet::new(), onward(name));
        while let Some(at) = next.pop() {
            if seen.insert(at.clone()) {
                next.extend(onward(&at));
            }
        }
        seen.contains(*name)
    };
    flow.steps.keys().filter(reaches_itself).cloned().collect()
}

fn any_step() -> impl Strategy<Value = Step> {
    let target = || "[a-f]?";
    prop_oneof![
        target().prop_map(|next| message("m {x}", &next)),
        (target(), target()).prop_map(|(yes, otherwise)| question("q", &[("yes", &yes)], &otherwise)),
        (target(), target()).prop_map(|(next, otherwise)| asks_for(Takes::Number, "c", "x", &next, &otherwise)),
        (target(), target()).prop_map(|(then, otherwise)| decision("x", Test::Is("yes".to_owned()), &then, &otherwise)),
        "[a-f]".prop_map(|to| Step::GoTo { to }),
        Just(Step::HandOver { text: "h".to_owned() }),
        (target(), target()).prop_map(|(next, failed)| call("i", &["x"], &next, &failed)),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Begin),
        "(yes|no|)".prop_map(Input::Text),
        prop::option::of(prop::collection::btree_map("[xy]", "(yes|no)", 0..3)).prop_map(Input::Answer),
    ]
}

/// As large as a flow can be, and all one circle.
#[test]
fn a_check_of_the_largest_flow_takes_no_time() {
    let names: Vec<String> = (0..300).map(|number| format!("step {number}")).collect();
    let ways = |at: usize| (1..20).map(move |way| (at + way) % 300);
    let step = |at: usize| {
        let condition = Condition { variable: "x".to_owned(), test: Test::IsSet };
        let case = |to: usize| Case { condition: condition.clone(), next: Some(names[to].clone()) };
        Step::Decision { cases: ways(at).map(case).collect(), otherwise: None }
    };
    let steps = names.iter().cloned().enumerate().map(|(at, name)| (name, step(at))).collect();
    let found = check(&Flow { start: names[0].clone(), steps });
    let loops = found.iter().filter(|found| matches!(&found.fault, Fault::EndlessLoop { steps } if steps.len() == 300));
    assert_eq!(loops.count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_circle_is_found(steps in prop::collection::btree_map("[a-f]", any_step(), 0..7)) {
        let flow = Flow { start: "a".to_owned(), steps };
        let told: Vec<String> = check(&flow).into_iter().flat_map(|found| match found.fault {
            Fault::EndlessLoop { steps } => steps,
            _ => Vec::new(),
        }).collect();
        let set: BTreeSet<String> = told.iter().cloned().collect();
        prop_assert_eq!(told.len(), set.len());
        prop_assert_eq!(set, in_circles(&flow));
    }

    #[test]
    fn every_turn_ends_and_a_sound_flow_never_breaks(
        steps in prop::collection::btree_map("[a-f]", any_step(), 0..7),
        inputs in prop::collection::vec(any_input(), 1..8),
    ) {
        let flow = Flow { start: "a".to_owned(), steps };
        let harmless = |fault: &Fault| matches!(fault, Fault::Unreachable | Fault::NoSuchVariable { .. });
        let sound = check(&flow).iter().all(|found| harmless(&found.fault));
        let mut state = State::default();
        for input in inputs {
            let (after, outputs) = advance(&flow, state, input);
            prop_assert!(outputs.len() <= 30);
            prop_assert!(!sound || !outputs.iter().any(|output| matches!(output, Output::Broken { .. })), "{flow:?}");
            prop_assert!(after.waits_at.as_ref().is_none_or(|at| flow.steps.contains_key(at)));
            state = after;
        }
    }
}
