//! A trial of the promise: whoever names a revision is never answered from before it. Random changes, questions at two
//! nodes, a follower that pauses and connections that are cut; what was answered is held against what was true.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::json;

use crate::authzen::{EVALUATION, ask, asker, decision};
use crate::nodes::{LONG, Node, at, cut, on_postgres, until};
use crate::world::{Answer, Client, World};

/// Questions of one trial.
const QUESTIONS: usize = 5_000;
/// After so many the follower of the second node pauses, or goes on.
const PAUSE: usize = 200;
/// After so many connections are cut.
const CUT: usize = 333;

/// From this revision on the person is active, or not; none: a change was made whose answer was lost.
struct Truth {
    person: usize,
    from: u64,
    active: Option<bool>,
}

struct Asked {
    person: usize,
    at_least: u64,
    revision: u64,
    allowed: bool,
}

struct Trial {
    world: World,
    people: Vec<String>,
    truths: Mutex<Vec<Truth>>,
    asked: Mutex<Vec<Asked>>,
    refused: AtomicU64,
    /// The last revision that somebody was told.
    told: AtomicU64,
    over: AtomicBool,
}

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

fn revision(answer: &Answer) -> u64 {
    answer.headers["rolecall-revision"].to_str().unwrap().parse().unwrap()
}

impl Trial {
    /// Suspends people and lets them back in, mostly at the first node.
    async fn change(&self, nodes: [Client; 2]) {
        let (mut dice, mut active) = (Dice(0x1234_5678_9abc_def1), vec![true; self.people.len()]);
        while !self.over.load(Ordering::Acquire) {
            let person = dice.roll(self.people.len());
            let node = &nodes[usize::from(dice.roll(4) == 0)];
            active[person] = !active[person];
            let path = self.world.path("workspace", &format!("/users/{}", self.people[person]));
            let body = json!({ "status": if active[person] { "active" } else { "suspended" } });
            let mut written = node.patch(&path, body.clone()).await;
            let known = self.told.load(Ordering::Acquire);
            if written.status == 503 {
                // Whether it was made, the next answer says.
                self.truths.lock().unwrap().push(Truth { person, from: known + 1, active: None });
            }
            while written.status == 503 {
                written = node.patch(&path, body.clone()).await;
            }
            assert_eq!(written.status, 200, "{}", written.text);
            let from = revision(&written);
            self.truths.lock().unwrap().push(Truth { person, from, active: Some(active[person]) });
            self.told.fetch_max(from, Ordering::AcqRel);
        }
    }

    /// Asks one question at one of the nodes.
    async fn ask(&self, dice: &mut Dice, nodes: &[Client; 2], careful: bool) {
        let person = dice.roll(self.people.len());
        let at_least = self.told.load(Ordering::Acquire);
        // One that memory alone answers: with a record's owner to look up, the database would be compared anyhow.
        let mut question = ask(&self.people[person], "read", "Content", &self.world.bot("workspace", 0));
        if careful {
            question["context"] = json!({ "min_revision": at_least });
        }
        let answer = nodes[dice.roll(2)].post(EVALUATION, question).await;
        if answer.status == 503 {
            self.refused.fetch_add(1, Ordering::AcqRel);
            return;
        }
        let (allowed, revision) = (decision(&answer), revision(&answer));
        self.asked.lock().unwrap().push(Asked { person, at_least, revision, allowed });
    }

    /// Asks all questions; in between the second node is left alone, and connections are cut.
    async fn ask_all(&self, node: &mut Node, nodes: &[Client; 2], careful: bool) {
        let mut dice = Dice(0x0fed_cba9_8765_4321);
        for number in 1..=QUESTIONS {
            self.ask(&mut dice, nodes, careful).await;
            if number % PAUSE == 0 {
                if number % (2 * PAUSE) == 0 { node.follow() } else { node.pause() }
            }
            if on_postgres() && number % CUT == 0 {
                cut(&self.world, "state = 'idle'").await;
            }
        }
    }

    /// Answers from before the revision named, or that were not true at their own.
    fn violations(&self) -> usize {
        let truths = self.truths.lock().unwrap();
        let was = |asked: &Asked| {
            let told = truths.iter().filter(|truth| truth.person == asked.person && truth.from <= asked.revision);
            told.max_by_key(|truth| (truth.from, truth.active.is_some())).map_or(Some(true), |truth| truth.active)
        };
        let wrong = |asked: &&Asked| {
            asked.revision < asked.at_least || was(asked).is_some_and(|active| active != asked.allowed)
        };
        self.asked.lock().unwrap().iter().filter(wrong).count()
    }
}

/// Violations, answers and refusals of a trial in which questions name the revision that they must not be older than, or
/// (not `careful`) forget to.
async fn run(careful: bool) -> (usize, usize, u64) {
    let world = World::new().await;
    let (one, mut other) = (world.node(LONG).await.followed().await, world.node(LONG).await.followed().await);
    let ana = world.sign_in("Ana").await;
    let asks = [("UserPermission", "read"), ("Role", "read")];
    let key = asker(&world, &ana, &["workspace"], &asks).await.own("authorization");
    let people = ["Mei", "Omar", "Jonas"].map(|name| world.person(name)).into();
    let (writers, askers) = (
        [at(&one, &ana), at(&other, &ana)],
        [one.client.header("authorization", key.clone()), other.client.header("authorization", key)],
    );
    let told = world.app.store.directory().revision().0;
    for node in [&one, &other] {
        until(|| node.app.store.directory().revision().0 == told).await;
    }
    let trial = Trial {
        world,
        people,
        truths: Mutex::default(),
        asked: Mutex::default(),
        refused: AtomicU64::new(0),
        told: AtomicU64::new(told),
        over: AtomicBool::new(false),
    };
    let asking = async {
        trial.ask_all(&mut other, &askers, careful).await;
        trial.over.store(true, Ordering::Release);
    };
    tokio::join!(trial.change(writers), asking);
    (trial.violations(), trial.asked.lock().unwrap().len(), trial.refused.load(Ordering::Acquire))
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_no_question_is_answered_from_before_the_revision_it_names() {
    let (violations, answered, refused) = run(true).await;
    assert_eq!((violations, answered as u64 + refused), (0, QUESTIONS as u64));
    assert!(answered > QUESTIONS * 9 / 10, "{refused} of {QUESTIONS} were refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn t_20_without_naming_it_the_same_trial_finds_old_answers() {
    let (violations, ..) = run(false).await;
    assert!(violations > 0, "the trial would not notice an old answer");
}
