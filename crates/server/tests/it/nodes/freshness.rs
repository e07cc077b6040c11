//! What a node knows of the others' changes, and what it does if it knows nothing.

use std::time::Duration;

use rolecall_store::Freshness;
use serde_json::json;

use crate::authzen::{EVALUATION, ask, asker, decision};
use crate::nodes::{LONG, at, cut, on_postgres, until};
use crate::world::World;

const ASKS: [(&str, &str); 2] = [("UserPermission", "read"), ("Role", "read")];

#[tokio::test(flavor = "multi_thread")]
async fn t_20_a_revocation_at_one_node_is_refused_at_the_other() {
    let world = World::new().await;
    let node = world.node(LONG).await.followed().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let there = node.client.header("authorization", key.own("authorization"));
    let (mei, bot) = (world.person("Mei"), world.bot("workspace", 0));
    let question = ask(&mei, "read", "Content", &bot);
    until(|| node.app.store.directory().revision() == world.app.store.directory().revision()).await;
    assert!(decision(&there.post(EVALUATION, question.clone()).await));
    let path = world.path("workspace", &format!("/users/{mei}"));
    for (status, allowed) in [("suspended", false), ("active", true), ("suspended", false)] {
        let written = ana.patch(&path, json!({ "status": status })).await;
        let revision: u64 = written.headers["rolecall-revision"].to_str().unwrap().parse().unwrap();
        // A question that names the revision is answered by it, however soon it comes.
        let mut fresh = question.clone();
        fresh["context"] = json!({ "min_revision": revision });
        let answer = there.post(EVALUATION, fresh).await;
        assert_eq!((decision(&answer), answer.body["context"]["revision"].as_u64()), (allowed, Some(revision)));
        // Another, as soon as the news is there; here it is before the answer.
        assert_eq!(decision(&key.post(EVALUATION, question.clone()).await), allowed);
        until(|| node.app.store.directory().revision().0 >= revision).await;
        assert_eq!(decision(&there.post(EVALUATION, question.clone()).await), allowed);
        // Pages and API ask the database in any case.
        assert_eq!(at(&node, &ana).get(&path).await.body["status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_a_node_that_hears_of_nobody_decides_nothing_and_says_so() {
    let world = World::new().await;
    let mut node = world.node(Duration::from_millis(1_500)).await.followed().await;
    let ana = world.sign_in("Ana").await;
    let key = asker(&world, &ana, &["workspace"], &ASKS).await;
    let there = node.client.header("authorization", key.own("authorization"));
    let (mei, bot) = (world.person("Mei"), world.bot("workspace", 0));
    let question = ask(&mei, "read", "Content", &bot);
    until(|| node.app.store.directory().revision() == world.app.store.directory().revision()).await;
    assert_eq!(there.get("/readyz").await.status, 200);
    assert!(there.get("/metrics").await.text.contains("rolecall_facts_behind 0"));
    node.pause();
    until(|| matches!(node.app.store.freshness(), Freshness::Behind(_))).await;
    for path in [EVALUATION, "/access/v1/evaluations", "/access/v1/search/subject"] {
        let refused = there.post(path, question.clone()).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (503, "/problems/behind"), "{path}: {}", refused.text);
        assert_eq!(refused.headers["retry-after"], "1");
    }
    let ready = there.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("has not heard of the other writers"), "{}", ready.text);
    assert!(there.get("/metrics").await.text.contains("rolecall_facts_behind 1"));
    // What compares with the database itself goes on, and is true.
    let path = world.path("workspace", &format!("/users/{mei}"));
    assert_eq!(ana.patch(&path, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(at(&node, &ana).get(&path).await.body["status"], "suspended");
    let node = node.followed().await;
    assert!(!decision(&there.post(EVALUATION, question).await));
    assert_eq!(node.client.get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_lost_connections_are_made_again_and_nothing_is_missed() {
    if !on_postgres() {
        return;
    }
    let world = World::new().await;
    let node = world.node(LONG).await.followed().await;
    let ana = world.sign_in("Ana").await;
    let path = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    for status in ["suspended", "active", "suspended", "active"] {
        cut(&world, "state = 'idle'").await;
        // A connection that was cut may be the one that is used; the caller is told to try again.
        let mut written = ana.patch(&path, json!({ "status": status })).await;
        while written.status == 503 {
            written = ana.patch(&path, json!({ "status": status })).await;
        }
        let revision: u64 = written.headers["rolecall-revision"].to_str().unwrap().parse().unwrap();
        until(|| node.app.store.directory().revision().0 >= revision).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_put_back_is_believed() {
    let world = World::new().await;
    let node = world.node(LONG).await.followed().await;
    let before = world.app.store.directory().revision();
    until(|| node.app.store.directory().revision() == before).await;
    world.scratch.execute("UPDATE revision SET revision = revision - 1").await.unwrap();
    until(|| node.app.store.directory().revision().0 == before.0 - 1).await;
}
