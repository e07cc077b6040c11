//! What a bot says, turn by turn.

use rolecall_bots::reply::{Bot, Event, Outcome, Reply, State, reply};
use rolecall_bots::snapshot::{Begins, SnapshotEntry, SnapshotFlow, SnapshotIntent};
use rolecall_bots::understanding::{Intent, Trained, TrainingSet, train};
use rolecall_bots::{Settings, Snapshot};
use serde_json::json;

fn trained() -> Trained {
    let intent = |name: &str, examples: &[&str]| Intent {
        name: name.to_owned(),
        examples: examples.iter().map(|text| (*text).to_owned()).collect(),
    };
    train(&TrainingSet {
        intents: vec![
            intent("greeting", &["hello", "hi there", "hello you", "hey", "hi"]),
            intent("lost card", &["my card is gone", "I lost my card", "somebody stole my card", "block my card"]),
            intent("order", &["I want to order a cake", "order a cake", "can I buy a cake", "a cake please"]),
        ],
        out_of_scope: Vec::new(),
    })
}

fn snapshot() -> Snapshot {
    let flow = |value| serde_json::from_value(value).unwrap();
    let menu = json!({ "start": "ask", "steps": {
        "ask": { "kind": "question", "text": "What is it about?", "choices": [
            { "label": "Prices", "next": "prices" }, { "label": "A person", "next": "person" }] },
        "prices": { "kind": "message", "text": "From 5 euros." },
        "person": { "kind": "hand_over", "text": "Somebody will come." } } });
    let order = json!({ "start": "name", "steps": {
        "name": { "kind": "collect", "text": "For whom is it?", "variable": "name", "next": "thanks" },
        "thanks": { "kind": "message", "text": "Thank you, {name}." } } });
    let entry = |id: &str, title: &str, body: &str| SnapshotEntry {
        id: id.to_owned(),
        title: title.to_owned(),
        body: body.to_owned(),
        language: "en".to_owned(),
        source: "House rules".to_owned(),
        ..SnapshotEntry::default()
    };
    let variants = ["Hello!", "Hello again!"].map(str::to_owned).to_vec();
    let german = vec!["Guten Tag!".to_owned()];
    Snapshot {
        name: "Bakery".to_owned(),
        settings: Settings { languages: vec!["en".to_owned(), "de".to_owned()], ..Settings::default() },
        flows: vec![
            SnapshotFlow { name: "menu".into(), begins: Begins::Conversation, intent: String::new(), flow: flow(menu) },
            SnapshotFlow { name: "order".into(), begins: Begins::Intent, intent: "order".into(), flow: flow(order) },
        ],
        intents: vec![
            SnapshotIntent {
                name: "greeting".into(),
                response: "unused".into(),
                responses: [("en".to_owned(), variants), ("de".to_owned(), german)].into(),
            },
            SnapshotIntent { name: "lost card".into(), response: "It is blocked.".into(), responses: [].into() },
        ],
        entries: vec![
            entry("hours", "Opening hours", "We are open from **seven to six**, on Sundays from eight."),
            entry("parking", "Parking", "There is a car park behind the house."),
        ],
        ..Snapshot::default()
    }
}

fn bot() -> Bot {
    Bot::of(snapshot(), Some(trained())).unwrap()
}

/// What is said to each text in turn, from a conversation without its opening.
fn talk(bot: &Bot, mut state: State, texts: &[&str]) -> (State, Vec<Reply>) {
    let mut replies = Vec::new();
    for text in texts {
        let (after, said) = reply(bot, state, Event::Text((*text).to_owned()));
        // What is kept between turns is JSON.
        state = serde_json::from_str(&serde_json::to_string(&after).unwrap()).unwrap();
        replies.push(said);
    }
    (state, replies)
}

fn opened(bot: &Bot) -> State {
    let (state, opening) = reply(bot, State::default(), Event::Begin);
    assert_eq!(opening.messages, ["What is it about?"]);
    assert_eq!(opening.choices, ["Prices", "A person"]);
    assert_eq!(opening.outcome, Outcome::None);
    state
}

#[test]
fn a_flow_that_waits_takes_the_answer() {
    let bot = bot();
    let (state, replies) = talk(&bot, opened(&bot), &["  prices! "]);
    assert_eq!(replies[0].messages, ["From 5 euros."]);
    assert_eq!(replies[0].why.steps[0].step, "prices");
    assert_eq!((replies[0].outcome, state.flow), (Outcome::Answered, None));
    let (_, replies) = talk(&bot, opened(&bot), &["a person"]);
    assert_eq!((replies[0].outcome, replies[0].messages[0].as_str()), (Outcome::Handover, "Somebody will come."));
}

#[test]
fn a_question_lets_intents_and_knowledge_answer_before_it_is_asked_again() {
    let bot = bot();
    let (state, replies) = talk(&bot, opened(&bot), &["my card is gone", "what are your opening hours?"]);
    assert_eq!(replies[0].messages, ["It is blocked.", "What is it about?"]);
    assert_eq!(replies[0].choices, ["Prices", "A person"]);
    assert!(replies[1].messages[0].starts_with("We are open"), "{:?}", replies[1]);
    assert_eq!(state.flow.as_deref(), Some("menu"));
    // What begins a flow leaves the question.
    let (state, replies) = talk(&bot, state, &["order a cake", "Zoë {name}"]);
    assert_eq!(replies[0].messages, ["For whom is it?"]);
    assert_eq!(replies[1].messages, ["Thank you, Zoë {name}."]);
    assert_eq!((state.flow, state.at.variables["name"].as_str()), (None, "Zoë {name}"));
}

#[test]
fn intents_answer_with_variants_in_turn_and_in_the_language_spoken() {
    let bot = bot();
    let (_, replies) = talk(&bot, State::default(), &["hello", "hi there", "hello"]);
    let said: Vec<&str> = replies.iter().map(|reply| reply.messages[0].as_str()).collect();
    assert_eq!(said, ["Hello!", "Hello again!", "Hello!"]);
    let why = replies[0].why.intent.as_ref().unwrap();
    assert!(why.taken && why.name == "greeting" && why.score >= why.threshold);
    let german = State { language: "de".to_owned(), ..State::default() };
    assert_eq!(talk(&bot, german, &["hello"]).1[0].messages, ["Guten Tag!"]);
}

#[test]
fn knowledge_answers_from_its_threshold_on_and_names_its_source() {
    let bot = bot();
    let (_, replies) = talk(&bot, State::default(), &["when are you open on Sundays?"]);
    assert_eq!(
        replies[0].messages,
        ["We are open from seven to six, on Sundays from eight.\n\nSource: Opening hours, House rules"]
    );
    assert_eq!(replies[0].basis, ["hours"]);
    let best = &replies[0].why.entries[0];
    assert!(best.taken && best.score >= best.threshold && !best.because.is_empty());
    let mut strict = snapshot();
    strict.settings.knowledge_threshold = 0.99;
    let strict = Bot::of(strict, None).unwrap();
    let (_, replies) = talk(&strict, State::default(), &["is there parking on the moon?"]);
    assert_eq!(replies[0].outcome, Outcome::Fallback);
    assert!(!replies[0].why.entries[0].taken, "{:?}", replies[0].why);
}

#[test]
fn who_is_not_understood_twice_is_offered_a_person() {
    let mut snapshot = snapshot();
    snapshot.settings.fallback.insert("en".to_owned(), "Pardon?".to_owned());
    let bot = Bot::of(snapshot, Some(trained())).unwrap();
    let (state, replies) = talk(&bot, State::default(), &["xyzzy", "plugh", "talk to a person"]);
    assert_eq!((&replies[0].messages[..], replies[0].choices.len()), (&["Pardon?".to_owned()][..], 0));
    assert_eq!(replies[1].choices, ["Talk to a person"]);
    assert_eq!((replies[2].outcome, state.unknown), (Outcome::Handover, 0));
    // An answer between begins the count anew; the offer is good for one turn.
    let (state, replies) = talk(&bot, State::default(), &["xyzzy", "hello", "plugh"]);
    assert!(replies[2].choices.is_empty() && !state.offered);
    let (state, _) = talk(&bot, state, &["xyzzy"]);
    assert!(state.offered);
    assert!(!talk(&bot, state, &["hello"]).0.offered);
    // Within a question it is the same.
    let (_, replies) = talk(&bot, opened(&bot), &["xyzzy", "plugh", "Talk to a person"]);
    assert_eq!(replies[1].choices, ["Prices", "A person", "Talk to a person"]);
    assert_eq!(replies[2].outcome, Outcome::Handover);
}

#[test]
fn a_state_of_another_version_and_any_text_lead_to_a_reply() {
    let bot = bot();
    let lost = State { flow: Some("gone".into()), ..opened(&bot) };
    assert_eq!(talk(&bot, lost, &["hello"]).1[0].messages, ["Hello!"]);
    let mut elsewhere = opened(&bot);
    elsewhere.at.waits_at = Some("gone".into());
    assert_eq!(talk(&bot, elsewhere, &["hello"]).1[0].messages, ["Hello!"]);
    let empty = Bot::of(Snapshot::default(), None).unwrap();
    for text in ["", "\u{0}", "{", "🙂", &"x".repeat(10_000)] {
        assert_eq!(talk(&empty, State::default(), &[text]).1[0].outcome, Outcome::Fallback);
    }
    assert!(empty.opening("en").messages.is_empty());
}

#[test]
fn a_call_waits_for_its_answer() {
    let mut snapshot = snapshot();
    let flow = json!({ "start": "call", "steps": {
        "call": { "kind": "call", "integration": "orders", "keeps": ["state"], "next": "told", "failed": "sorry" },
        "told": { "kind": "message", "text": "It is {state}." },
        "sorry": { "kind": "message", "text": "I cannot see that just now." } } });
    snapshot.flows[1].flow = serde_json::from_value(flow).unwrap();
    let bot = Bot::of(snapshot, Some(trained())).unwrap();
    let (state, called) = reply(&bot, State::default(), Event::Text("order a cake".into()));
    assert_eq!(called.call.as_deref(), Some("orders"));
    let values = [("state".to_owned(), "on its way".to_owned())].into();
    let (_, told) = reply(&bot, state.clone(), Event::Answer(Some(values)));
    assert_eq!(told.messages, ["It is on its way."]);
    let (after, told) = reply(&bot, state, Event::Answer(None));
    assert_eq!((&told.messages[..], after.flow), (&["I cannot see that just now.".to_owned()][..], None));
}
