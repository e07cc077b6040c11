//! Emptying the outbox of deliveries: each is claimed, sent, and sent again after growing waits until it arrives or is
//! given up. It may arrive twice (a process may end between sending and noting that), never not at all without the log
//! saying so.

use std::time::Duration;

use rolecall_access::Timestamp;
use rolecall_store::resource::{Attempted, Due, Standing};
use rolecall_store::{Caller, StoreError};
use serde_json::Value;
use tokio::task::JoinSet;

use super::private::Private;
use super::{Answered, Message, send};
use crate::problem::Problem;
use crate::state::App;
use crate::time::Time;

/// Between two looks at the outbox.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds after which a claim is over, whatever became of its process.
pub const LEASE: i64 = 60;
/// Deliveries on their way at the same time.
const MOST: usize = 32;
/// What is kept of an answer, in bytes.
const ANSWER: usize = 1024;
/// Seconds between the attempts; then it is given up.
const WAITS: [i64; 6] = [5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600];
/// After so many failed attempts in a row, over so many seconds, a webhook is paused.
const FAILURES: i64 = 10;
const FAILING: i64 = 3 * 24 * 3600;
/// Seconds that the log goes back.
const KEPT: i64 = 30 * 24 * 3600;
/// Where nobody listens any more, and will not (RFC 9110).
const GONE: u16 = 410;

/// Sends what is due, until the server stops; what is on its way then is waited for.
pub async fn deliver(app: App) {
    let mut sending = JoinSet::new();
    while !app.stopping.is_cancelled() {
        match claim(&app, MOST.saturating_sub(sending.len())).await {
            Ok(due) => due.into_iter().for_each(|due| {
                let app = app.clone();
                sending.spawn(async move { send_one(&app, due).await });
            }),
            Err(error) => tracing::error!(%error, "the outbox of deliveries cannot be read"),
        }
        tokio::select! {
            () = app.stopping.cancelled() => break,
            () = tokio::time::sleep(PAUSE) => {}
            Some(_) = sending.join_next() => {}
        }
    }
    while sending.join_next().await.is_some() {}
}

/// Sends all that is due, and waits for it.
///
/// # Errors
/// If the database fails; a receiver that does not answer is no error, its deliveries wait.
pub async fn deliver_due(app: &App) -> Result<(), StoreError> {
    loop {
        let due = claim(app, MOST).await?;
        if due.is_empty() {
            return Ok(());
        }
        futures_util::future::join_all(due.into_iter().map(|due| send_one(app, due))).await;
    }
}

async fn claim(app: &App, limit: usize) -> Result<Vec<Due>, StoreError> {
    let now = app.now();
    app.store.claim_deliveries(now, now.plus_seconds(LEASE), limit).await
}

async fn send_one(app: &App, due: Due) {
    let bot = due.bot;
    if let Err(problem) = try_one(app, due, true).await {
        tracing::error!(bot = %bot.0, problem = problem.detail, "a delivery cannot be sent");
    }
}

/// Sends a claimed delivery, and notes how it went; where it is not to be `retried`, one attempt is all.
///
/// # Errors
/// If the database fails, or the integration is damaged.
pub async fn try_one(app: &App, due: Due, retried: bool) -> Result<(), Problem> {
    let private = Private::open(&app.vault, due.bot, due.integration, &due.sealed)?;
    let data: Value = serde_json::from_str(&due.data).unwrap_or_default();
    let message = Message::of(due.id, &due.event, Time(due.created_at), &data);
    let patience = PATIENCE.min(Duration::from_millis(app.config.limits.outgoing_milliseconds));
    let answered = send(app, &private, message, patience, ANSWER).await;
    let now = app.now();
    let gone = answered.result.as_ref().is_ok_and(|(status, ..)| *status == GONE);
    let wait = usize::try_from(due.attempts).ok().and_then(|attempts| WAITS.get(attempts));
    let again_at = wait.filter(|_| retried && !gone).map(|wait| now.plus_seconds(*wait));
    let attempted = noted(answered, again_at);
    let standing = app.store.note_attempt((due.id, due.claim), &attempted, now).await?;
    let failing = is_failing(standing, now).then_some("failing");
    let because = if gone { Some("gone") } else { failing };
    if let Some(because) = because {
        let mut change = app.store.change(Caller::operator(now)).await?;
        change.pause_integration(due.bot, due.integration, because).await?;
        change.commit().await?;
    }
    Ok(())
}

fn is_failing(standing: Standing, now: Timestamp) -> bool {
    let long = standing.failing_since.is_some_and(|since| since.plus_seconds(FAILING) <= now);
    long && standing.failures >= FAILURES
}

fn noted(answered: Answered, again_at: Option<Timestamp>) -> Attempted {
    let took = i64::try_from(answered.took.as_micros()).unwrap_or(i64::MAX);
    match answered.result {
        Ok((status, answer, _)) => {
            let arrived = (200..300).contains(&status);
            let http_status = Some(i64::from(status));
            Attempted { arrived, again_at, http_status, took, answer: readable(&answer), fault: String::new() }
        }
        Err(fault) => Attempted { again_at, took, fault: fault.to_string(), ..Attempted::default() },
    }
}

/// Text, whatever it was: no database takes a NUL, and nobody reads control characters.
fn readable(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

/// Deletes what the log does not hold any more.
///
/// # Errors
/// If the database fails.
pub async fn delete_old(app: &App) -> Result<(), StoreError> {
    let before = app.now().plus_seconds(-KEPT);
    while app.store.delete_old_deliveries(before).await? > 0 {}
    Ok(())
}
