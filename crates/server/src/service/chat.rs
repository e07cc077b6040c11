//! Conversations with a published bot, from the visitor's side: the public card, saying something, following, asking for
//! a person, leaving a contact, closing.

pub mod acts;
pub mod body;

use std::time::Duration;

use rolecall_access::{Actor, BotId};
use rolecall_bots::reply::State;
use rolecall_store::Admitted;
use rolecall_store::ids::new_id;
use rolecall_store::resource::{Expected, NewSaid, Said, Status, Visit, VisitWrite, Written};
use tokio::time::Instant;
use uuid::Uuid;

use crate::auth::token;
use crate::chat::visiting::{Shows, Visiting};
use crate::chat::visits::VisitName;
use crate::chat::{bots, turn};
use crate::input::Input;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::Result;
use crate::state::App;
use body::{
    FollowQuery, FollowedView, LONGEST_WAIT, OpeningView, PublicCardView, RepliedView, VisitorMessageBody,
    VisitorMessageView, status,
};

/// Messages of one answer.
const MOST: i64 = 500;
/// So often a reply is made anew because its conversation has changed meanwhile.
const TRIES: usize = 8;
/// Microseconds in which a beginning can be sent again: later, whoever knows its id gets no token for it.
const BEGINNING: i64 = 15 * 60 * 1_000_000;
/// Where other servers may write, it is looked so often whether one has.
const LOOK: Duration = Duration::from_secs(3);

/// What anybody may see of a published bot (W-7): as far as the role `public` has `Publication: read`.
pub async fn find_public_card(app: &App, id: BotId) -> Result<PublicCardView> {
    let bot = app.store.find_public_bot(id, app.now()).await?.ok_or_else(Problem::not_found)?;
    let version = bot.published_version.ok_or_else(Problem::not_found)?;
    let running = bots::version(app, id, version).await?;
    let snapshot = &running.snapshot;
    let opening = running.opening(snapshot.settings.language());
    Ok(PublicCardView {
        id: id.0,
        name: snapshot.name.clone(),
        version,
        language: snapshot.settings.language().to_owned(),
        languages: snapshot.settings.languages.clone(),
        appearance: snapshot.appearance.clone(),
        opening: OpeningView { messages: opening.messages, choices: opening.choices },
    })
}

/// A conversation that somebody goes on with, and where it is kept.
struct Visited {
    admitted: Admitted,
    name: VisitName,
    /// The secret of one that may begin now; empty where a key goes on with it.
    begins: Option<String>,
}

impl Visited {
    /// What counts as one conversation where messages are counted.
    fn counted(&self) -> [u8; 32] {
        match self.name {
            VisitName::Token(_, hash) => hash,
            VisitName::Id(_, id) => token::hash(&id.to_string()),
        }
    }

    async fn find(&self, app: &App) -> Result<Option<Visit>> {
        Ok(match self.name {
            VisitName::Token(_, hash) => app.store.find_visit(&self.admitted, &hash).await?,
            VisitName::Id(_, id) => app.store.find_visit_of_key(&self.admitted, id).await?,
        })
    }
}

/// The conversation that the visitor shows.
fn visited(app: &App, visiting: &Visiting, bot: BotId, which: Option<Uuid>) -> Result<Visited> {
    let admitted = app.store.admit(&visiting.caller, bot)?;
    let name = match (visiting.shows, which) {
        (Shows::Token(hash), _) => VisitName::Token(bot, hash),
        (Shows::Key, Some(id)) => VisitName::Id(bot, id),
        (Shows::Key, None) => {
            let message = "Name the conversation that the key began.";
            return Err(Problem::invalid(vec![FieldError::new("conversation", "missing", message)]));
        }
        (Shows::Nothing, _) => return Err(Problem::sign_in_needed()),
    };
    Ok(Visited { admitted, name, begins: None })
}

/// The conversation that a message is for: the one shown, or one that begins. Its secret follows from the sender's own id
/// of the first message, so that the same beginning sent again, also after a crash, finds what it began.
fn addressed(app: &App, visiting: &Visiting, admitted: Admitted, body: &VisitorMessageBody) -> Result<Visited> {
    let bot = admitted.bot();
    let begin = |who: Uuid| {
        let id = body.id.map_or_else(|| new_id(app.now()), Ok)?;
        let random = body.id.is_none().then(token::new).transpose()?.unwrap_or_default();
        let secret = app.vault.derive("visitor", &[bot.0.as_bytes(), who.as_bytes(), id.as_bytes(), random.as_bytes()]);
        let secret = format!("rcv_{secret}");
        let name = VisitName::Token(bot, token::hash(&secret));
        Ok::<_, Problem>(Visited { admitted, name, begins: Some(secret) })
    };
    match (visiting.shows, body.conversation) {
        (Shows::Token(hash), _) => Ok(Visited { admitted, name: VisitName::Token(bot, hash), begins: None }),
        (Shows::Key, Some(id)) => Ok(Visited { admitted, name: VisitName::Id(bot, id), begins: None }),
        (Shows::Key, None) => match visiting.caller.actor {
            Actor::Key(key) => begin(key.0),
            _ => Err(Problem::sign_in_needed()),
        },
        (Shows::Nothing, None) => begin(Uuid::nil()),
        (Shows::Nothing, Some(_)) => {
            let message = "A visitor's conversation is named by its token alone.";
            Err(Problem::invalid(vec![FieldError::new("conversation", "invalid", message)]))
        }
    }
}

/// Says something to the bot, and gives what it replies, after both are written.
pub async fn say(app: &App, visiting: Visiting, bot: BotId, input: Input<VisitorMessageBody>) -> Result<RepliedView> {
    let admitted = app.store.admit(&visiting.caller, bot)?;
    let body = input.get()?;
    let visited = addressed(app, &visiting, admitted, &body)?;
    let address = (visiting.shows != Shows::Key).then_some(visiting.caller.address.as_str());
    app.chat.rates.count(app, address, visited.counted())?;
    let mut held = app.chat.visits.hold(visited.name).await;
    for _ in 0..TRIES {
        if held.is_none() {
            *held = visited.find(app).await?;
        }
        let (replied, written) = match (&*held, &visited.begins) {
            (Some(visit), Some(_)) => return begun_before(app, &visited, visit, &body, visiting.shows).await,
            (Some(visit), None) => go_on(app, &visited, visit, &body).await?,
            (None, Some(_)) => begin(app, &visited, &body, visiting.shows).await?,
            (None, None) => return Err(Problem::not_found()),
        };
        match written {
            Written::Done { version, messages } => {
                let Replied { mut visit, said, from } = replied;
                let conversation = visit.id;
                let (first, status) = (messages - i64::try_from(said.len()).unwrap_or(0) + 1, visit.status);
                (visit.version, visit.messages) = (version, messages);
                *held = Some(visit);
                drop(held);
                app.talks.tell(bot, conversation);
                let token = visited.begins.filter(|_| visiting.shows == Shows::Nothing);
                let messages = views(said, first, from);
                return Ok(RepliedView { conversation, token, status: body::status(status), messages });
            }
            Written::Sent => {
                let visit = visited.find(app).await?.ok_or_else(Problem::not_found)?;
                let answer = sent_before(app, &visit, &body).await?;
                *held = Some(visit);
                return answer.ok_or_else(|| Problem::internal(&"a message that was sent is not there"));
            }
            Written::Stale => *held = None,
        }
    }
    let mut problem = Problem::new(Kind::Unavailable, "The conversation changes just now. Try again in a moment.");
    problem.retry_after = Some(1);
    Err(problem)
}

/// A reply that was made, to be answered once it is written.
struct Replied {
    visit: Visit,
    said: Vec<Said>,
    /// What is shown of it begins here: with the visitor's own message.
    from: usize,
}

fn views(said: Vec<Said>, first: i64, from: usize) -> Vec<VisitorMessageView> {
    let numbered = (first..).zip(said).map(|(number, said)| VisitorMessageView::of(Said { number, ..said }));
    numbered.skip(from).collect()
}

/// The conversation's first turn: what the bot opens with, the visitor's message, the reply.
async fn begin(app: &App, visited: &Visited, body: &VisitorMessageBody, shows: Shows) -> Result<(Replied, Written)> {
    let bot = visited.admitted.bot();
    let unpublished = || Problem::new(Kind::WrongState, "The bot is not published.");
    let number = bots::live(app, bot).await?.ok_or_else(unpublished)?;
    let running = bots::version(app, bot, number).await?;
    let opened = turn::begin(app, bot, &running, body.language.as_deref().unwrap_or_default()).await?;
    let mut said = opened.said;
    let from = said.len();
    let (mut state, mut stands) = (opened.state, opened.status);
    said.push(turn::visitor(&body.text, body.id.map(|id| id.to_string())));
    if stands == Status::Bot {
        let answered = turn::answer(app, bot, &running, state, &body.text).await?;
        (state, stands) = (answered.state, answered.status);
        said.extend(answered.said);
    }
    let now = app.now();
    let channel = if shows == Shows::Key { "api" } else { "web" };
    let visit = Visit {
        id: new_id(now)?,
        bot,
        bot_version: number,
        channel: channel.to_owned(),
        language: state.language.clone(),
        state: json(&state),
        status: stands,
        messages: 0,
        version: 0,
        created_at: now,
    };
    let hash = match visited.name {
        VisitName::Token(_, hash) => Some(hash),
        VisitName::Id(..) => None,
    };
    let page = body.page.clone().unwrap_or_default();
    let write = VisitWrite { token_hash: hash, page, ..plain(app, visited, visit, None, said) };
    written(app, write, from).await
}

/// A further turn.
async fn go_on(app: &App, visited: &Visited, visit: &Visit, body: &VisitorMessageBody) -> Result<(Replied, Written)> {
    let expected = Expected { version: visit.version, messages: visit.messages, status: visit.status };
    let mut visit = visit.clone();
    let mut said = vec![turn::visitor(&body.text, body.id.map(|id| id.to_string()))];
    if visit.status == Status::Closed {
        return Err(Problem::new(Kind::WrongState, "This conversation is closed. Begin another one."));
    }
    if visit.status == Status::Bot {
        let running = bots::version(app, visit.bot, visit.bot_version).await?;
        let state: State = serde_json::from_str(&visit.state).unwrap_or_default();
        let answered = turn::answer(app, visit.bot, &running, state, &body.text).await?;
        (visit.state, visit.status) = (json(&answered.state), answered.status);
        said.extend(answered.said);
    }
    let write = plain(app, visited, visit, Some(expected), said);
    written(app, write, 0).await
}

fn json(state: &State) -> String {
    serde_json::to_string(state).unwrap_or_default()
}

fn plain(app: &App, visited: &Visited, visit: Visit, expected: Option<Expected>, said: Vec<NewSaid>) -> VisitWrite {
    VisitWrite {
        admitted: visited.admitted,
        visit,
        expected,
        token_hash: None,
        peer: String::new(),
        page: String::new(),
        said,
        now: app.now(),
    }
}

async fn written(app: &App, write: VisitWrite, from: usize) -> Result<(Replied, Written)> {
    let shown = |said: &NewSaid| Said {
        number: 0,
        sender: said.sender.to_owned(),
        name: said.name.clone(),
        text: said.text.clone(),
        choices: said.choices.clone(),
        at: write.now,
    };
    let replied = Replied { visit: write.visit.clone(), said: write.said.iter().map(shown).collect(), from };
    let written = app.chat.writer.write(app, write).await?;
    Ok((replied, written))
}

/// The answer to a beginning that is sent again: the same, if it is the same and not long ago.
async fn begun_before(
    app: &App,
    visited: &Visited,
    visit: &Visit,
    body: &VisitorMessageBody,
    shows: Shows,
) -> Result<RepliedView> {
    let another =
        || Problem::new(Kind::Duplicate, "Another message began a conversation under this id. Take a new id.");
    let name = body.id.map(|id| id.to_string()).unwrap_or_default();
    let (_, text) = app.store.find_sent(visit, &name).await?.ok_or_else(another)?;
    if text != body.text || app.now().0 - visit.created_at.0 > BEGINNING {
        return Err(another());
    }
    let replied = sent_before(app, visit, body).await?.ok_or_else(another)?;
    Ok(RepliedView { token: visited.begins.clone().filter(|_| shows == Shows::Nothing), ..replied })
}

/// The answer to a message that is sent again.
async fn sent_before(app: &App, visit: &Visit, body: &VisitorMessageBody) -> Result<Option<RepliedView>> {
    let Some(name) = body.id.map(|id| id.to_string()) else { return Ok(None) };
    let Some((number, _)) = app.store.find_sent(visit, &name).await? else { return Ok(None) };
    let said = app.store.list_said(visit, number - 1, MOST).await?;
    let messages = said.into_iter().map(VisitorMessageView::of).collect();
    Ok(Some(RepliedView { conversation: visit.id, token: None, status: status(visit.status), messages }))
}

/// What was said since, as soon as there is something or the time is over.
pub async fn follow(app: &App, visiting: Visiting, bot: BotId, query: Result<FollowQuery>) -> Result<FollowedView> {
    app.store.admit(&visiting.caller, bot)?;
    let query = query?;
    if query.wait > LONGEST_WAIT || query.after < 0 {
        let message = format!("Wait at most {LONGEST_WAIT} seconds, for messages after a number from 0 on.");
        return Err(Problem::invalid(vec![FieldError::new("wait", "invalid", message)]));
    }
    let visited = visited(app, &visiting, bot, query.conversation)?;
    let mut visit = visited.find(app).await?.ok_or_else(Problem::not_found)?;
    let until = Instant::now() + Duration::from_secs(query.wait);
    let follower = app.chat.followers.follow(app, visit.id);
    let stood = visit.status;
    loop {
        let changed = follower.changed();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let said = app.store.list_said(&visit, query.after, MOST).await?;
        if !said.is_empty() || Instant::now() >= until || visit.status != stood {
            let messages = said.into_iter().map(VisitorMessageView::of).collect();
            return Ok(FollowedView { status: status(visit.status), messages });
        }
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep_until(until.min(Instant::now() + LOOK)) => {}
            () = app.stopping.cancelled() => {
                return Ok(FollowedView { status: status(visit.status), messages: Vec::new() });
            }
        }
        // What was allowed when the waiting began may have ended.
        app.store.admit(&rolecall_store::Caller { now: app.now(), ..visiting.caller.clone() }, bot)?;
        visit = visited.find(app).await?.ok_or_else(Problem::not_found)?;
    }
}
