//! What people wrote to a page is taken into conversations with its bot: as any visitor's would be, each exactly once.

use rolecall_access::{Actor, BotId};
use rolecall_bots::Bot;
use rolecall_bots::reply::State;
use rolecall_store::ids::new_id;
use rolecall_store::resource::{
    EventKind, Expected, MessengerEvent, NewMessengerEvent, NewSaid, Status, Visit, VisitWrite, Written,
};
use rolecall_store::{Admitted, Caller};

use super::MOST;
use crate::auth::token;
use crate::chat::bots;
use crate::chat::turn::{self, Turn};
use crate::chat::visits::VisitName;
use crate::problem::{Kind, Problem};
use crate::service::{Result, handover};
use crate::state::App;
use crate::text::Text;

/// So often a reply is made anew because its conversation has changed meanwhile.
const TRIES: usize = 8;
/// Seconds that a process may take for one event before another takes it over.
const CLAIM: i64 = 120;
/// Seconds after which it is tried again.
const AGAIN: i64 = 15;
/// Microseconds after which it is not tried any more.
const GIVE_UP: i64 = 24 * 3_600 * 1_000_000;

/// Takes in what is due, of each sender the first; whether anything was.
pub async fn take_in_due(app: &App) -> Result<bool> {
    let due = app.store.list_due_messenger_events(app.now(), MOST).await?;
    let mut any = false;
    for event in due {
        if app.stopping.is_cancelled() {
            break;
        }
        let now = app.now();
        if app.store.claim_messenger_sender(&event, now, now.plus_seconds(CLAIM)).await? {
            let done = settle(app, &event).await?;
            any = any || done;
        }
    }
    Ok(any)
}

/// Takes one in and notes what became of it; whether it is done with.
async fn settle(app: &App, event: &MessengerEvent) -> Result<bool> {
    let taken = take_in(app, event).await;
    let now = app.now();
    let done = match &taken {
        Ok(()) => true,
        // The bot is not published, or not for everybody, or cannot be read: there is nobody to answer.
        Err(problem) if matches!(problem.kind, Kind::NotFound | Kind::WrongState | Kind::Forbidden) => true,
        Err(problem) => {
            tracing::warn!(problem = problem.detail, "what was written in Messenger is taken in later");
            now.0 - event.received_at.0 > GIVE_UP
        }
    };
    let next = if done { now } else { now.plus_seconds(AGAIN) };
    app.store.settle_messenger_event(event, done, now, next).await?;
    Ok(done)
}

/// Anybody: what a visitor may is what the sender may.
pub(super) fn anybody(app: &App) -> Caller {
    Caller { actor: Actor::Anybody, name: String::new(), ..Caller::operator(app.now()) }
}

/// How the sender is called in conversations: a sender is known by a page alone.
fn peer(event: &NewMessengerEvent) -> String {
    format!("{}:{}", event.page, event.sender)
}

async fn take_in(app: &App, event: &MessengerEvent) -> Result<()> {
    let admitted = app.store.admit(&anybody(app), event.bot)?;
    let peer = peer(&event.event);
    let name = token::hash(&format!("messenger {peer}"));
    app.chat.rates.count(app, None, name)?;
    let _held = app.chat.visits.hold(VisitName::Token(event.bot, name)).await;
    for _ in 0..TRIES {
        let known = app.store.find_peer_visit(&admitted, &peer, &event.event.name).await?;
        if known.taken {
            return Ok(());
        }
        let write = match known.open {
            Some(visit) => go_on(app, admitted, visit, &event.event).await?,
            None => begin(app, admitted, &peer, &event.event).await?,
        };
        let conversation = write.visit.id;
        match app.chat.writer.write(app, write).await? {
            Written::Done { .. } => {
                app.talks.tell(event.bot, conversation);
                return Ok(());
            }
            Written::Sent => return Ok(()),
            Written::Stale => {}
        }
    }
    Err(Problem::new(Kind::Unavailable, "The conversation changes just now."))
}

/// The conversation's first turn: the bot opens, and answers what was written. Who pressed a button to begin has asked
/// nothing yet.
async fn begin(app: &App, admitted: Admitted, peer: &str, event: &NewMessengerEvent) -> Result<VisitWrite> {
    let bot = admitted.bot();
    let number = bots::live(app, bot).await?.ok_or_else(Problem::not_found)?;
    let running = bots::version(app, bot, number).await?;
    let opened = turn::begin(app, bot, &running, "").await?;
    let turn = if event.kind == EventKind::Press {
        let said = [vec![wrote(event, &opened.state)], opened.said].concat();
        Turn { said, ..opened }
    } else {
        let mut turn = further(app, bot, Some(&running), (opened.state, opened.status), event).await?;
        turn.said.splice(0..0, opened.said);
        turn
    };
    let now = app.now();
    let visit = Visit {
        id: new_id(now)?,
        bot,
        bot_version: number,
        channel: "messenger".to_owned(),
        language: turn.state.language.clone(),
        state: String::new(),
        status: Status::Bot,
        messages: 0,
        version: 0,
        created_at: now,
    };
    // The same event begins one conversation, on however many servers.
    let secret = app.vault.derive("messenger visitor", &[bot.0.as_bytes(), peer.as_bytes(), event.name.as_bytes()]);
    let write = written(app, admitted, visit, None, turn).await?;
    Ok(VisitWrite { token_hash: Some(token::hash(&secret)), peer: peer.to_owned(), ..write })
}

/// A further turn.
async fn go_on(app: &App, admitted: Admitted, visit: Visit, event: &NewMessengerEvent) -> Result<VisitWrite> {
    let expected = Expected { version: visit.version, messages: visit.messages, status: visit.status };
    let state: State = serde_json::from_str(&visit.state).unwrap_or_default();
    let running = match visit.status {
        Status::Bot => Some(bots::version(app, visit.bot, visit.bot_version).await?),
        _ => None,
    };
    let turn = further(app, visit.bot, running.as_deref(), (state, visit.status), event).await?;
    written(app, admitted, visit, Some(expected), turn).await
}

/// What was written and what the bot, if it is the bot that answers, says to it.
async fn further(
    app: &App,
    id: BotId,
    running: Option<&Bot>,
    (state, status): (State, Status),
    event: &NewMessengerEvent,
) -> Result<Turn> {
    let mut said = vec![wrote(event, &state)];
    if event.kind == EventKind::Other {
        let name = running.map(|bot| bot.snapshot.name.clone()).unwrap_or_default();
        let text = Text::plain().in_language(&state.language).of("messenger-only-text");
        let sender = if running.is_some() { "bot" } else { "note" };
        said.push(NewSaid { sender, name, ..turn::visitor(&text, None) });
        return Ok(Turn { said, state, status });
    }
    match running.filter(|_| status == Status::Bot) {
        Some(bot) => {
            let answered = turn::answer(app, id, bot, state, &event.text).await?;
            said.extend(answered.said);
            Ok(Turn { said, ..answered })
        }
        None => Ok(Turn { said, state, status }),
    }
}

/// The sender's own message, under Facebook's name for it.
fn wrote(event: &NewMessengerEvent, state: &State) -> NewSaid {
    let attached = || Text::plain().in_language(&state.language).of("messenger-attachment");
    let text = if event.kind == EventKind::Other { attached() } else { event.text.clone() };
    turn::visitor(&text, Some(event.name.clone()))
}

async fn written(
    app: &App,
    admitted: Admitted,
    visit: Visit,
    expected: Option<Expected>,
    mut turn: Turn,
) -> Result<VisitWrite> {
    if turn.status == Status::Waiting && expected.is_none_or(|before| before.status == Status::Bot) {
        turn.said.push(turn::note(&outlook(app, visit.bot, &turn.state.language).await?, ""));
    }
    let state = serde_json::to_string(&turn.state).unwrap_or_default();
    let visit = Visit { state, status: turn.status, ..visit };
    let (peer, page) = (String::new(), String::new());
    Ok(VisitWrite { admitted, visit, expected, token_hash: None, peer, page, said: turn.said, now: app.now() })
}

/// What whoever waits for a person is told: that somebody can be reached, or not.
async fn outlook(app: &App, bot: BotId, language: &str) -> Result<String> {
    let outlook = handover::outlook(app, bot).await?;
    let key = match (outlook.now, outlook.next) {
        (true, _) => "messenger-asked",
        (false, Some(_)) => "messenger-asked-later",
        (false, None) => "messenger-asked-nobody",
    };
    Ok(Text::plain().in_language(language).of(key))
}
