//! The playground: talking to the draft (`Playground: create`). The server keeps nothing of it: where the conversation is
//! travels with it, sealed, so that nobody but the server makes one.

pub mod body;
pub mod trial;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_access::BotId;
use rolecall_bots::Bot;
use rolecall_bots::reply::{Event, Outcome, Reply, State, Why};
use rolecall_store::resource::Playgrounds;
use rolecall_store::{Caller, Create};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

use crate::chat::{bots, turn};
use crate::input::Input;
use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::service::publication::draft::Ready;
use crate::state::App;
use body::{PlaygroundBody, PlaygroundReplyView, ReplyReasonView, TakenIntentView};

/// What a state is sealed for.
fn purpose(bot: BotId) -> String {
    format!("playground of {}", bot.0)
}

/// The draft, ready to reply, and whether it has learned all that it is taught.
async fn draft(app: &App, caller: Caller, id: BotId) -> Result<(Arc<Bot>, bool)> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Playgrounds, Create>(id).await?;
    let draft = access.find_draft(&of).await?;
    let model = access.find_draft_model(&of).await?;
    let snapshot = Ready::of(&of, &draft).snapshot;
    drop(access);
    let text = serde_json::to_string(&snapshot).map_err(|error| Problem::internal(&error))?;
    let learned = model.as_ref().map_or(-1, |model| model.version);
    let hash = Sha256::new().chain_update(text).chain_update(learned.to_be_bytes()).finalize().into();
    let up_to_date = draft.learned == Some(draft.taught) || draft.intents.iter().all(|one| one.example_count == 0);
    Ok((bots::draft(app, id, hash, snapshot, model.map(|model| model.bytes)).await?, up_to_date))
}

/// Says something to the draft.
pub async fn try_bot(
    app: &App,
    caller: Caller,
    id: BotId,
    input: Input<PlaygroundBody>,
) -> Result<PlaygroundReplyView> {
    let (bot, up_to_date) = draft(app, caller, id).await?;
    let body = input.get()?;
    let mut opening = Reply::default();
    let state = match &body.state {
        Some(state) => open(app, id, state)?,
        None => {
            let language = body.language.as_deref().unwrap_or_default();
            let language = bot.snapshot.settings.nearest(language).to_owned();
            let (state, reply) =
                turn::react(app, id, &bot, State { language, ..State::default() }, Event::Begin).await?;
            opening = reply;
            state
        }
    };
    let (state, reply) = match body.text {
        Some(text) if opening.outcome != Outcome::Handover => {
            turn::react(app, id, &bot, state, Event::Text(text)).await?
        }
        _ => (state, std::mem::take(&mut opening)),
    };
    let sealed = seal(app, id, &state)?;
    Ok(view(opening, reply, sealed, up_to_date))
}

fn seal(app: &App, id: BotId, state: &State) -> Result<String> {
    let json = serde_json::to_vec(state).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(app.vault.seal(&purpose(id), &json)?))
}

fn open(app: &App, id: BotId, state: &str) -> Result<State> {
    let opened = URL_SAFE_NO_PAD.decode(state).ok().and_then(|sealed| app.vault.open_quietly(&purpose(id), &sealed));
    let state = opened.and_then(|json| serde_json::from_slice(&json).ok());
    state.ok_or_else(|| {
        let message = "Send back the `state` of the reply before, or leave it out to begin anew.";
        Problem::invalid(vec![FieldError::new("state", "invalid", message)])
    })
}

fn view(opening: Reply, reply: Reply, state: String, up_to_date: bool) -> PlaygroundReplyView {
    let intent = reply.why.intent.as_ref().filter(|intent| intent.score >= intent.threshold);
    PlaygroundReplyView {
        opening: opening.messages,
        reply: reply.messages.join("\n\n"),
        messages: reply.messages,
        choices: reply.choices,
        outcome: reply.outcome.as_str(),
        intent: intent.map(|intent| TakenIntentView { name: intent.name.clone(), score: f64::from(intent.score) }),
        because: because(&reply.why, reply.outcome),
        state,
        up_to_date,
    }
}

/// Why, in the order in which it was considered.
fn because(why: &Why, outcome: Outcome) -> Vec<ReplyReasonView> {
    let words = |because: &[rolecall_bots::understanding::Because]| {
        because.iter().map(|one| one.words.clone()).collect::<Vec<_>>()
    };
    let mut reasons: Vec<ReplyReasonView> = Vec::new();
    for step in &why.steps {
        reasons.push(ReplyReasonView {
            kind: "step",
            name: format!("{} · {}", step.flow, step.step),
            taken: true,
            ..ReplyReasonView::default()
        });
    }
    reasons.extend(why.calls.iter().map(|call| ReplyReasonView {
        kind: "call",
        name: format!("{} · {}", call.name, call.told).trim_start_matches(" · ").to_owned(),
        taken: !call.failed,
        ..ReplyReasonView::default()
    }));
    reasons.extend(why.intent.iter().map(|intent| ReplyReasonView {
        kind: "intent",
        name: intent.name.clone(),
        score: Some(f64::from(intent.score)),
        threshold: Some(f64::from(intent.threshold)),
        taken: intent.taken,
        words: words(&intent.because),
        id: None,
    }));
    reasons.extend(why.entries.iter().map(|entry| ReplyReasonView {
        kind: "entry",
        name: entry.title.clone(),
        score: Some(f64::from(entry.score)),
        threshold: Some(f64::from(entry.threshold)),
        taken: entry.taken,
        words: words(&entry.because),
        id: entry.id.parse().ok(),
    }));
    reasons.extend(why.entities.iter().map(|found| ReplyReasonView {
        kind: "entity",
        name: format!("{}: {}", found.entity, found.value),
        taken: true,
        words: vec![found.text.clone()],
        ..ReplyReasonView::default()
    }));
    reasons.extend(why.model.iter().map(|model| ReplyReasonView {
        kind: "language_model",
        name: model.clone(),
        taken: model.starts_with("worded"),
        ..ReplyReasonView::default()
    }));
    if outcome == Outcome::Fallback {
        reasons.push(ReplyReasonView { kind: "fallback", taken: true, ..ReplyReasonView::default() });
    }
    reasons
}
