//! What a visitor does besides talking: asking for a person, leaving a contact, closing.

use rolecall_access::BotId;
use rolecall_store::resource::{Contact, Expected, NewSaid, Status, Visit, Written};
use uuid::Uuid;

use super::body::{AskedView, ContactBody, WhichQuery, status};
use super::{TRIES, plain, visited};
use crate::chat::turn;
use crate::chat::visiting::Visiting;
use crate::input::Input;
use crate::problem::{Kind, Problem};
use crate::service::{Result, handover};
use crate::state::App;
use crate::time::Time;

/// Changes the conversation that the visitor shows, on the condition that it is as it was read.
async fn change(
    app: &App,
    visiting: &Visiting,
    bot: BotId,
    which: Option<Uuid>,
    make: impl Fn(&Visit) -> Option<(Status, Vec<NewSaid>)>,
) -> Result<Status> {
    for _ in 0..TRIES {
        let visited = visited(app, visiting, bot, which)?;
        let mut held = app.chat.visits.hold(visited.name).await;
        let visit = visited.find(app).await?.ok_or_else(Problem::not_found)?;
        let Some((status, said)) = make(&visit) else { return Ok(visit.status) };
        let expected = Expected { version: visit.version, messages: visit.messages, status: visit.status };
        let visit = Visit { status, ..visit };
        let (id, write) = (visit.id, plain(app, &visited, visit, Some(expected), said));
        let written = app.chat.writer.write(app, write).await?;
        *held = None;
        if matches!(written, Written::Done { .. }) {
            app.talks.tell(bot, id);
            return Ok(status);
        }
    }
    Err(Problem::new(Kind::Unavailable, "The conversation changes just now. Try again in a moment."))
}

/// Asks for a person. Who is told, and when, is worked out from the moment noted here.
pub async fn hand_over(app: &App, visiting: Visiting, bot: BotId, which: Result<WhichQuery>) -> Result<AskedView> {
    app.store.admit(&visiting.caller, bot)?;
    let which = which?.conversation;
    let asks = |visit: &Visit| match visit.status {
        Status::Bot => {
            let note = turn::note("The visitor asked for a person.", "handover");
            Some((Status::Waiting, vec![note]))
        }
        Status::Waiting | Status::Agent | Status::Closed => None,
    };
    let stands = change(app, &visiting, bot, which, asks).await?;
    let note = match stands {
        Status::Closed => {
            return Err(Problem::new(Kind::WrongState, "This conversation is closed. Begin another one."));
        }
        Status::Agent => "Somebody is here already.".to_owned(),
        Status::Bot | Status::Waiting => return asked(app, bot, stands).await,
    };
    Ok(AskedView { status: status(stands), note, reachable: true, reachable_at: None })
}

/// What whoever waits for a person is told: that somebody can be reached, or when.
async fn asked(app: &App, bot: BotId, stands: Status) -> Result<AskedView> {
    let outlook = handover::outlook(app, bot).await?;
    let note = match (outlook.now, outlook.next) {
        (true, _) => "Somebody has been asked to join.",
        (false, Some(_)) => "Nobody is here just now. Leave an address, or wait until somebody is back.",
        (false, None) => "Nobody is here just now. Leave an address, and somebody will write to you.",
    };
    let reachable_at = outlook.next.map(Time::from);
    Ok(AskedView { status: status(stands), note: note.to_owned(), reachable: outlook.now, reachable_at })
}

/// Leaves where the visitor can be reached.
pub async fn set_contact(
    app: &App,
    visiting: Visiting,
    bot: BotId,
    which: Result<WhichQuery>,
    input: Input<ContactBody>,
) -> Result<()> {
    app.store.admit(&visiting.caller, bot)?;
    let (which, body) = (which?.conversation, input.get()?);
    let visited = visited(app, &visiting, bot, which)?;
    let mut held = app.chat.visits.hold(visited.name).await;
    let visit = visited.find(app).await?.ok_or_else(Problem::not_found)?;
    let had = app.store.find_contact(visit.id).await?.ok_or_else(Problem::not_found)?;
    let contact = Contact {
        name: body.name.unwrap_or(had.name),
        email: body.email.unwrap_or(had.email),
        phone: body.phone.unwrap_or(had.phone),
    };
    if !app.store.set_contact(visit.id, &contact, app.now()).await? {
        return Err(Problem::not_found());
    }
    *held = None;
    app.talks.tell(bot, visit.id);
    Ok(())
}

/// Ends the conversation.
pub async fn close(app: &App, visiting: Visiting, bot: BotId, which: Result<WhichQuery>) -> Result<()> {
    app.store.admit(&visiting.caller, bot)?;
    let which = which?.conversation;
    let closes = |visit: &Visit| match visit.status {
        Status::Closed => None,
        _ => {
            let note = turn::note("The visitor ended the conversation.", "");
            Some((Status::Closed, vec![note]))
        }
    };
    change(app, &visiting, bot, which, closes).await?;
    Ok(())
}
