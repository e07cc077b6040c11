//! Asks over plain HTTP/1.1 connections, with as little work of its own as can be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Whose answers these are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Ours: each is compared with what is expected.
    Ours,
    /// The bare server's, which say nothing.
    Bare,
}

/// Requests as bytes, each with the decisions that are expected, in order.
#[derive(Clone)]
pub struct Load(Vec<(Vec<u8>, Vec<bool>)>);

impl Load {
    /// Each question by itself, or so many at a time.
    pub fn of(path: &str, token: &str, questions: &[(Value, bool)], batch: usize) -> Self {
        let head = |length: usize| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n"
            )
        };
        let request = |body: Value, expected: Vec<bool>| {
            let body = body.to_string();
            (format!("{}{body}", head(body.len())).into_bytes(), expected)
        };
        let single = questions.iter().map(|(question, allowed)| request(question.clone(), vec![*allowed]));
        if batch == 1 {
            return Self(single.collect());
        }
        let some: Vec<&(Value, bool)> = questions.iter().cycle().take(batch).collect();
        let body = json!({ "evaluations": some.iter().map(|(question, _)| question).collect::<Vec<_>>() });
        Self(vec![request(body, some.iter().map(|(_, allowed)| *allowed).collect())])
    }
}

/// Asks over so many connections for so long; how long each answer took.
pub async fn run(port: u16, target: Target, load: &Load, connections: usize, lasts: Duration) -> Vec<Duration> {
    let ends = Instant::now() + lasts;
    let mut asking = JoinSet::new();
    for first in 0..connections {
        let load = load.clone();
        asking.spawn(async move {
            let mut connection = Connection::open(port).await;
            let mut times = Vec::new();
            for (request, expected) in load.0.iter().cycle().skip(first) {
                let began = Instant::now();
                if began >= ends {
                    break;
                }
                let answer = connection.ask(request).await;
                times.push(began.elapsed());
                if target == Target::Ours {
                    answer.check(expected);
                }
            }
            times
        });
    }
    asking.join_all().await.concat()
}

/// A question of the set-up, over a connection of its own.
pub async fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in [("Content-Type", "application/json")].iter().chain(headers) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut connection = Connection::open(port).await;
    let answer = connection.ask(format!("{request}\r\n{body}").as_bytes()).await;
    assert!(answer.head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')), "{path}: {}", answer.head);
    answer
}

/// An answer.
pub struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(named, _)| named.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }

    /// What it says.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Compares each decision, in order, without reading more than it must.
    fn check(&self, expected: &[bool]) {
        let text = std::str::from_utf8(&self.body).expect("text");
        let mut found =
            text.match_indices("\"decision\":").map(|(at, word)| text[at + word.len()..].starts_with("true"));
        for decision in expected {
            assert_eq!(found.next(), Some(*decision), "{} {text}", self.head);
        }
        assert_eq!(found.next(), None, "{text}");
    }
}

struct Connection {
    stream: TcpStream,
    held: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, held: Vec::with_capacity(1 << 16) }
    }

    async fn ask(&mut self, request: &[u8]) -> Answer {
        self.stream.write_all(request).await.expect("to be heard");
        self.held.clear();
        loop {
            let read = self.stream.read_buf(&mut self.held).await.expect("an answer");
            assert!(read > 0, "the connection ended: {}", String::from_utf8_lossy(&self.held));
            if let Some(answer) = self.whole() {
                return answer;
            }
        }
    }

    fn whole(&self) -> Option<Answer> {
        let end = self.held.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.held[..end]).expect("a head");
        let mut answer = Answer { head: head.to_owned(), body: Vec::new() };
        let length: usize = answer.header("content-length").parse().unwrap_or_default();
        let body = self.held.get(end + 4..end + 4 + length)?;
        answer.body = body.to_vec();
        Some(answer)
    }
}
