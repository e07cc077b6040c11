//! Bots that are made with something in them already.

use serde_json::{Value, json};

use crate::world::{Answer, Client, World};

const STARTERS: [&str; 3] = ["faq", "lead", "support"];

/// A bot that Ana makes with the starter.
async fn made(world: &World, ana: &Client, starter: &str) -> String {
    let body = json!({ "name": format!("With {starter}"), "starter": starter });
    let made = ana.post(&world.path("workspace", "/bots"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.id()
}

fn items(answer: &Answer) -> &Vec<Value> {
    answer.body["items"].as_array().unwrap_or_else(|| panic!("no items in {}", answer.text))
}

/// What the visitor says in one conversation, each with words of the answer.
async fn talk(world: &World, bot: &str, turns: &[(&str, &str)]) -> Answer {
    let (mut visitor, path) = (world.anonymous(), format!("/chat/v1/{bot}/messages"));
    let mut last = None;
    for (text, words) in turns {
        let answer = visitor.post(&path, json!({ "text": text })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        if let Some(token) = answer.body["token"].as_str() {
            visitor = visitor.header("authorization", format!("Bearer {token}"));
        }
        let messages = answer.body["messages"].as_array().unwrap();
        let said: Vec<&str> = messages.iter().filter_map(|one| one["text"].as_str()).skip(1).collect();
        assert!(said.join("\n").contains(words), "“{text}”: {}", answer.text);
        last = Some(answer);
    }
    last.unwrap()
}

#[tokio::test]
async fn each_starter_is_without_fault_trained_and_can_be_published() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    for starter in STARTERS {
        let bot = format!("/api/v1/bots/{}", made(&world, &ana, starter).await);
        let flows = ana.get(&format!("{bot}/flows")).await;
        assert!(!items(&flows).is_empty());
        assert!(items(&flows).iter().all(|flow| flow["faults"] == 0), "{starter}: {}", flows.text);
        let entries = ana.get(&format!("{bot}/content")).await;
        assert!((5..=8).contains(&items(&entries).len()), "{starter}: {}", entries.text);
        assert!(items(&entries).iter().all(|entry| entry["status"] == "ready"));
        let intents = ana.get(&format!("{bot}/training")).await;
        assert!((5..=8).contains(&items(&intents).len()), "{starter}");
        assert!(items(&intents).iter().all(|intent| intent["example_count"].as_u64() >= Some(8)), "{starter}");
        let training = ana.get(&format!("{bot}/training/train")).await;
        assert_eq!(training.body["up_to_date"], true, "{}", training.text);
        let again = ana.post(&format!("{bot}/training/train"), json!({})).await;
        assert_eq!(again.status, 200, "{}", again.text);
        for report in [&training.body["report"], &again.body] {
            for none in ["contradictions", "too_few"] {
                assert_eq!(report[none], json!([]), "{starter}: {none}");
            }
        }
        let live = ana.put(&format!("{bot}/publication"), json!({})).await;
        assert_eq!((live.status.as_u16(), &live.body["version"]), (200, &json!(1)), "{starter}: {}", live.text);
    }
    let log = ana.get(&world.path("workspace", "/audit-events?model=Bot&action=create")).await;
    assert!(log.text.contains("\"starter\":\"support\""), "{}", log.text);
}

#[tokio::test]
async fn each_starter_answers_its_visitors() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mut bots = Vec::new();
    for starter in STARTERS {
        let bot = made(&world, &ana, starter).await;
        assert_eq!(ana.put(&format!("/api/v1/bots/{bot}/publication"), json!({})).await.status, 200);
        bots.push(bot);
    }
    let [faq, lead, support] = &bots[..] else { panic!() };
    let faq = talk(
        &world,
        faq,
        &[
            ("When are you open?", "Monday to Friday"),
            ("Can I pay by card?", "card, bank transfer"),
            ("what can you do for me", "I answer questions"),
            ("can I talk to a human please", "asking one of us to join"),
        ],
    );
    assert_eq!(faq.await.body["status"], "waiting");
    let offer = [
        ("what does it cost?", "Prices begin at"),
        ("Who are your customers?", "from teams of five"),
        ("I would like an offer", "What is your name?"),
        ("Robin", "Nice to meet you, Robin"),
        ("that is none", "e-mail"),
        ("robin@example.com", "what do you need"),
        ("A bot for our shop", "Talk to somebody"),
    ];
    let on = |choice: &'static str, words: &'static str| {
        let mut turns = offer.to_vec();
        turns[6].1 = "Would you like to talk to one of us now";
        turns.push((choice, words));
        turns
    };
    let left = talk(&world, lead, &on("Write to me", "What you wrote is with our team")).await;
    assert_eq!(left.body["status"], "bot");
    let handed = talk(&world, lead, &on("Talk to somebody now", "robin@example.com")).await;
    assert_eq!(handed.body["status"], "waiting");
    let first = [("I have a question first", "Ask away"), ("please send me a quote", "What is your name?")];
    talk(&world, lead, &first).await;
    let help = [
        ("I forgot my password", "Forgotten?"),
        ("Where do I find my invoices?", "Billing"),
        ("How do I export my data?", "Export"),
        ("Something does not work", "What does not work"),
        ("The list stays empty", "Does it work now?"),
        ("No, it does not", "e-mail address"),
        ("robin@example.com", "“The list stays empty”"),
    ];
    assert_eq!(talk(&world, support, &help).await.body["status"], "waiting");
    let person = talk(&world, support, &[("I want to talk to a human", "asking one of us to join")]).await;
    assert_eq!(person.body["status"], "waiting");
}

#[tokio::test]
async fn a_starter_is_all_or_nothing_and_gives_no_right() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let bots = world.path("workspace", "/bots");
    let unknown = ana.post(&bots, json!({ "name": "Odd", "starter": "../demo" })).await;
    assert_eq!((unknown.status.as_u16(), &unknown.body["errors"][0]["field"]), (422, &json!("starter")));
    let before = items(&ana.get(&bots).await).len();
    let taken = ana.post(&bots, json!({ "name": "Help desk", "starter": "lead" })).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    let finn = world.sign_in("Finn").await;
    let refused = finn.post(&world.path("team", "/bots"), json!({ "name": "Mine", "starter": "nothing" })).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(items(&ana.get(&bots).await).len(), before);
    let role = ana.post(&world.path("workspace", "/roles"), json!({ "name": "Maker" })).await.id();
    for action in ["create", "read"] {
        let rows = world.path("workspace", &format!("/roles/{role}/permissions"));
        assert_eq!(ana.post(&rows, json!({ "model": "Bot", "action": action })).await.status, 201);
    }
    let maker = world.join(&ana, "workspace", "maker@example.com", &[role], &[]).await;
    let bot = maker.post(&bots, json!({ "name": "Made", "starter": "support" })).await;
    assert_eq!(bot.status, 201, "{}", bot.text);
    let path = format!("/api/v1/bots/{}", bot.id());
    for area in ["content", "training", "flows", "settings"] {
        assert_eq!(maker.get(&format!("{path}/{area}")).await.status, 403, "{area}");
        assert_eq!(ana.get(&format!("{path}/{area}")).await.status, 200, "{area}");
    }
    let entry = json!({ "kind": "entry", "title": "Mine", "body": "Text" });
    assert_eq!(maker.post(&format!("{path}/content"), entry).await.status, 403);
    assert_eq!(maker.put(&format!("{path}/publication"), json!({})).await.status, 403);
}

#[tokio::test]
async fn console_offers_starters_and_says_what_is_next() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let page = ana.page("/acme/bots/new").await;
    for word in ["FAQ", "Lead", "Support with handover", "Empty"] {
        assert!(page.text.contains(word), "{word}");
    }
    let odd = ana.form("/acme/bots", &[("name", "Mine"), ("starter", "odd")]).await;
    assert_eq!(odd.status, 422);
    assert!(odd.text.contains("value=\"Mine\""), "{}", odd.text);
    let made = ana.form("/acme/bots", &[("name", "Mine"), ("starter", "faq")]).await;
    assert_eq!((made.status.as_u16(), made.location()), (303, "/acme/bots/mine"));
    let overview = ana.page("/acme/bots/mine").await;
    assert!(overview.text.contains("What to do next"), "{}", overview.text);
    for tab in ["playground", "content", "training", "publication"] {
        assert!(overview.text.contains(&format!("href=\"/acme/bots/mine/{tab}\"")), "{tab}");
    }
    assert_eq!(ana.form("/acme/bots", &[("name", "Bare"), ("starter", "")]).await.status, 303);
    assert_eq!(items(&ana.get(&world.path("workspace", "/bots?q=bare")).await).len(), 1);
}
