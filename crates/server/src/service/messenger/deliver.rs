//! What is said in conversations at pages is sent: in its order, each part after the one before was taken, with growing
//! distance while Facebook cannot be asked. What was taken is noted before the next part is sent, so only a server that dies
//! between the two sends a part twice.

use std::collections::BTreeSet;

use rolecall_store::Caller;
use rolecall_store::resource::{DueDelivery, Said, Undelivered};

use super::converse::anybody;
use super::{MOST, parts, unseal};
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::graph::{Graph, Refused};
use crate::service::Result;
use crate::state::App;

/// Seconds that a process may take for one conversation before another takes it over.
const CLAIM: i64 = 300;
/// The first wait, in seconds, doubled each time, and the longest.
const FIRST_WAIT: i64 = 5;
const LONGEST_WAIT: i64 = 3_600;
/// Seconds that a page rests when so much was sent that it has to wait.
const REST: i64 = 60;
/// Seconds until it is looked again whether the bot may be talked to.
const OFF_AIR: i64 = 60;
/// Microseconds after which a message is given up.
const GIVE_UP: i64 = 24 * 3_600 * 1_000_000;

/// What became of a conversation's messages.
enum Outcome {
    /// All went.
    Gone,
    /// The next part waits.
    Waits(Refused),
}

/// Sends what is due; whether anything went.
pub async fn deliver_due(app: &App) -> Result<bool> {
    let Some(provider) = app.config.facebook() else { return Ok(false) };
    let due = app.store.list_due_deliveries(app.now(), MOST).await?;
    let (mut any, mut resting) = (false, BTreeSet::new());
    for one in due {
        if app.stopping.is_cancelled() {
            break;
        }
        let channel = one.channel;
        if !resting.contains(&channel) && app.store.claim_delivery(&one, app.now().plus_seconds(CLAIM)).await? {
            let (went, rests) = deliver(app, provider, one).await?;
            any = any || went;
            if rests {
                resting.insert(channel);
            }
        }
    }
    Ok(any)
}

/// Sends what is due in one conversation, and gives its claim up. Whether anything went, and whether nothing more is to be
/// sent at this page now.
async fn deliver(app: &App, provider: &Provider, mut due: DueDelivery) -> Result<(bool, bool)> {
    // Off the air nothing is said to anybody, as in the widget.
    if app.store.admit(&anybody(app), due.bot).is_err() {
        app.store.release_delivery(due.conversation, due.attempts, app.now().plus_seconds(OFF_AIR)).await?;
        return Ok((false, false));
    }
    let token = unseal(app, due.channel, &due.token)?;
    let before = (due.delivered, due.parts);
    let outcome = send_all(app, provider, &token, &mut due).await?;
    let now = app.now();
    let rests = matches!(outcome, Outcome::Waits(Refused::Token | Refused::Permission | Refused::Busy));
    let (attempts, wait) = match outcome {
        Outcome::Gone => (0, 0),
        Outcome::Waits(refused) => wait(app, &due, refused).await?,
    };
    app.store.release_delivery(due.conversation, attempts, now.plus_seconds(wait)).await?;
    app.talks.tell(due.bot, due.conversation);
    Ok((before != (due.delivered, due.parts), rests))
}

/// The attempts so far, and the seconds until the next.
async fn wait(app: &App, due: &DueDelivery, refused: Refused) -> Result<(i64, i64)> {
    let doubled = |first: i64| first.saturating_mul(1 << due.attempts.clamp(0, 20)).min(LONGEST_WAIT);
    match refused {
        Refused::Token | Refused::Permission => {
            let fault = if refused == Refused::Token { "token" } else { "permission" };
            let mut change = app.store.change(Caller::operator(app.now())).await?;
            change.lose_page(due.bot, due.channel, &due.token, fault).await?;
            change.commit().await?;
            Ok((due.attempts, 0))
        }
        Refused::Busy => {
            let wait = doubled(REST);
            app.store.rest_page(due.channel, app.now().plus_seconds(wait)).await?;
            Ok((due.attempts + 1, wait))
        }
        Refused::Away | Refused::Window | Refused::Never => Ok((due.attempts + 1, doubled(FIRST_WAIT))),
    }
}

async fn send_all(app: &App, provider: &Provider, token: &Secret, due: &mut DueDelivery) -> Result<Outcome> {
    let graph = Graph::with(app, provider, token);
    let recipient = due.peer.split_once(':').map(|(_, sender)| sender.to_owned()).unwrap_or_default();
    for said in app.store.list_said_since(due, MOST).await? {
        if said.sender == "visitor" {
            app.store.note_delivered(due.conversation, said.number, 0).await?;
            (due.delivered, due.parts) = (said.number, 0);
            continue;
        }
        if let Some(refused) = send(app, &graph, &recipient, due, &said).await? {
            let over = app.now().0 - said.at.0 > GIVE_UP;
            let reason = match refused {
                Refused::Window => Some(Undelivered::Window),
                Refused::Never => Some(Undelivered::Refused),
                Refused::Away if over => Some(Undelivered::Failed),
                Refused::Away | Refused::Token | Refused::Permission | Refused::Busy => None,
            };
            let Some(reason) = reason else { return Ok(Outcome::Waits(refused)) };
            app.store.note_undelivered(due.conversation, said.number, reason, app.now()).await?;
        }
        (due.delivered, due.parts, due.attempts) = (said.number, 0, 0);
    }
    Ok(Outcome::Gone)
}

/// Sends the parts of a message that have not gone yet; why not all went.
async fn send(
    app: &App,
    graph: &Graph<'_>,
    recipient: &str,
    due: &mut DueDelivery,
    said: &Said,
) -> Result<Option<Refused>> {
    let choices: Vec<String> = serde_json::from_str(&said.choices).unwrap_or_default();
    let messages = parts::of(&said.text, &choices);
    let gone = usize::try_from(due.parts).unwrap_or_default();
    for (number, message) in (1..).zip(&messages).skip(gone) {
        if let Err(refused) = graph.send(recipient, message).await {
            return Ok(Some(refused));
        }
        due.parts = number;
        if due.parts < i64::try_from(messages.len()).unwrap_or(i64::MAX) {
            app.store.note_delivered(due.conversation, due.delivered, due.parts).await?;
        }
    }
    app.store.note_delivered(due.conversation, said.number, 0).await?;
    Ok(None)
}
