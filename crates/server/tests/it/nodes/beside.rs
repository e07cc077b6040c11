//! What several servers share beside the facts: sessions, open pages, conversations, mails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use rolecall_access::BotId;
use rolecall_server::integration::deliver::deliver_due;
use rolecall_server::state::App;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::chat::taught;
use crate::conversations::waiting;
use crate::nodes::{LONG, Node, at, cut, on_postgres, until};
use crate::receiver::Receiver;
use crate::world::World;

/// Waits until the page hears this, which comes soon.
async fn hear(stream: &mut axum::body::BodyDataStream, text: &str) {
    let heard = tokio::time::timeout(Duration::from_secs(10), async {
        while !String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()).contains(text) {}
    });
    heard.await.unwrap_or_else(|_| panic!("the page does not hear `{text}`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_a_session_revoked_at_one_node_is_dead_at_the_other_with_its_open_pages() {
    let world = World::new().await;
    let node = world.node(LONG).await.followed().await;
    let (here, other) = (world.sign_in("Ana").await, world.sign_in("Ana").await);
    let there = at(&node, &other);
    let (_, mut page) = there.follow("/events").await;
    assert_eq!(there.get("/api/v1/me").await.status, 200);
    let ended = here.delete("/api/v1/me/sessions").await;
    assert!(ended.status.is_success(), "{}", ended.text);
    assert_eq!(there.get("/api/v1/me").await.status, 401);
    // A file tells nothing; there it is the time that passes which shows it (the page looks every quarter of a minute).
    if on_postgres() {
        hear(&mut page, "event: session").await;
    }
    assert_eq!(at(&node, &here).get("/api/v1/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_change_at_one_node_are_told_to_pages_at_the_other() {
    if !on_postgres() {
        return;
    }
    let world = World::new().await;
    let node = world.node(LONG).await.followed().await;
    let ana = world.sign_in("Ana").await;
    let path = format!("/events?organization={}", world.organization("workspace").id);
    let (_, mut page) = at(&node, &ana).follow(&path).await;
    assert_eq!(ana.post(&world.path("workspace", "/roles"), json!({ "name": "Writer" })).await.status, 201);
    hear(&mut page, "data: Role").await;
    // After a cut nobody knows what was missed: the page looks at everything.
    cut(&world, "query LIKE 'SELECT revision%' AND state = 'idle'").await;
    hear(&mut page, "event: permissions").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p_16_what_is_said_at_one_node_is_heard_at_the_other() {
    if !on_postgres() {
        return;
    }
    let world = World::new().await;
    let (one, other) = (world.node(LONG).await.followed().await, world.node(LONG).await.followed().await);
    let (mut here, mut there) = (one.app.talks.watch(), other.app.talks.watch());
    let (bot, conversation) = (BotId(world.bot("workspace", 0).parse().unwrap()), uuid::Uuid::max());
    // Whoever passes it on may only just have begun.
    until(|| {
        one.app.talks.tell(bot, conversation);
        there.try_recv().is_ok_and(|talked| talked.is_some_and(|talked| talked.conversation == conversation))
    })
    .await;
    assert!(here.try_recv().is_ok_and(|talked| talked.is_some()), "and here at once");
    // An answer given at one node reaches a page at the other that shows the conversation.
    let ana = world.sign_in("Ana").await;
    let (list, conversation) = waiting(&world, "workspace", 0).await;
    let shows = format!("bot={}&conversation={conversation}", world.bot("workspace", 0));
    let path = format!("/events?organization={}&{shows}", world.organization("workspace").id);
    let (_, mut page) = at(&other, &ana).follow(&path).await;
    let said = at(&one, &ana).post(&format!("{list}/{conversation}/reply"), json!({ "text": "I am here." })).await;
    assert_eq!(said.status, 201, "{}", said.text);
    hear(&mut page, "data: Conversation").await;
}

/// A mail server that takes everything; the number of mails it took.
async fn mail_server() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let took = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&took);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, Arc::clone(&count)));
        }
    });
    (url, took)
}

async fn converse(stream: tokio::net::TcpStream, took: Arc<AtomicUsize>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 here\r\n").await.unwrap();
    let mut body = false;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = match line.as_str() {
            "." if body => {
                body = false;
                took.fetch_add(1, Ordering::AcqRel);
                "250 taken\r\n"
            }
            _ if body => continue,
            "DATA" => {
                body = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_sent_once_by_several_servers() {
    let world = World::new().await;
    let (url, took) = mail_server().await;
    let (app, client) = world.with_mail(&url);
    let bea = client.with(&world.sign_in("Bea").await);
    for number in 0..8 {
        let body = json!({ "email": format!("guest{number}@example.com") });
        assert_eq!(bea.post(&world.path("agency", "/invitations"), body).await.status, 201);
    }
    let node = world.node(LONG).await;
    let transport = rolecall_server::mail::transport(app.config.smtp_url.as_ref().unwrap()).unwrap();
    let send = |app: App| {
        let transport = transport.clone();
        tokio::spawn(async move { rolecall_server::mail::send_due(&app, &transport).await.unwrap() })
    };
    let (one, other) = tokio::join!(send(app.clone()), send(node.app.clone()));
    one.unwrap();
    other.unwrap();
    assert_eq!(took.load(Ordering::Acquire), 8);
    assert!(app.store.list_mails(20).await.unwrap().iter().all(|mail| mail.sent_at.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_come_in_the_order_of_commits_and_without_gaps() {
    let world = World::new().await;
    let (one, other) = (world.node(LONG).await.followed().await, world.node(LONG).await.followed().await);
    let ana = world.sign_in("Ana").await;
    let before = world.app.store.directory().revision().0;
    let write = |node: &Node, name: &'static str| {
        let (client, path) = (at(node, &ana), world.path("workspace", "/roles"));
        tokio::spawn(async move {
            let mut revisions = Vec::new();
            for number in 0..20 {
                let made = client.post(&path, json!({ "name": format!("{name} {number}") })).await;
                assert_eq!(made.status, 201, "{}", made.text);
                revisions.push(made.headers["rolecall-revision"].to_str().unwrap().parse::<u64>().unwrap());
            }
            revisions
        })
    };
    let writers = [write(&one, "a"), write(&one, "b"), write(&other, "c"), write(&other, "d")];
    // Whenever one looks, everything up to the last is there.
    let gaps = "SELECT CAST(r.revision - (SELECT COUNT(DISTINCT c.revision) FROM change c) AS TEXT) FROM revision r";
    let missing = world.scratch.texts(gaps).await.unwrap();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        assert_eq!(world.scratch.texts(gaps).await.unwrap(), missing);
    }
    let mut all = Vec::new();
    for writer in writers {
        let revisions = writer.await.unwrap();
        assert!(revisions.is_sorted(), "each sees its own in order");
        all.extend(revisions);
    }
    all.sort_unstable();
    assert_eq!(all, (before + 1..=before + 80).collect::<Vec<_>>());
    for node in [&one, &other] {
        until(|| node.app.store.directory().revision().0 == before + 80).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g_5_a_webhook_is_told_once_by_several_servers() {
    let world = World::new().await;
    let node = world.node(LONG).await;
    let reaching = |app: &App| {
        let private_networks = vec!["127.0.0.0/8".parse().unwrap()];
        App::new(app.parts_with(rolecall_server::Config { private_networks, ..app.config.clone() }))
    };
    let (one, other) = (reaching(&world.app), reaching(&node.app));
    let (_, bot) = taught(&world).await;
    let ana = world.configured(|config| config.private_networks.clone_from(&one.config.private_networks)).1;
    let ana = ana.with(&world.sign_in("Ana").await);
    let receiver = Receiver::new().await;
    let hook = json!({ "kind": "webhook", "name": "Desk", "url": receiver.url, "events": ["conversation.started"] });
    assert_eq!(ana.post(&format!("/api/v1/bots/{bot}/integrations"), hook).await.status, 201);
    for _ in 0..6 {
        let said = world.anonymous().post(&format!("/chat/v1/{bot}/messages"), json!({ "text": "hello" })).await;
        assert_eq!(said.status, 201, "{}", said.text);
    }
    let (one, other) = tokio::join!(deliver_due(&one), deliver_due(&other));
    one.unwrap();
    other.unwrap();
    assert_eq!(receiver.came().len(), 6);
}
