//! Published versions of bots, kept in memory ready to reply: each is built once, the ones used last are kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::{BotId, Revision};
use rolecall_bots::understanding::Trained;
use rolecall_bots::{Bot, Snapshot};
use rolecall_store::resource::VersionContent;
use tokio::sync::OnceCell;

use crate::problem::{Kind, Problem};
use crate::state::App;

/// Bots kept in memory, draft and published.
const KEPT: usize = 48;
/// Live versions kept in memory; beyond, all are forgotten.
const KEPT_LIVE: usize = 10_000;

/// Which bot: a published version, or a draft by what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A published version.
    Version(BotId, i64),
    /// A draft, by a hash of it.
    Draft(BotId, [u8; 32]),
}

type Place = Arc<OnceCell<Arc<Bot>>>;

/// The bots used last, the last one in front; and which version of each is live, as of a revision.
#[derive(Default)]
pub struct Bots {
    kept: Mutex<VecDeque<(Which, Place)>>,
    live: Mutex<HashMap<BotId, (Revision, Option<i64>)>>,
}

impl Bots {
    fn place(&self, which: Which) -> Place {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| *known == which);
        let place = at.and_then(|at| kept.remove(at)).map_or_else(Place::default, |(_, place)| place);
        kept.push_front((which, Arc::clone(&place)));
        kept.truncate(KEPT);
        place
    }

    fn known_live(&self, bot: BotId, revision: Revision) -> Option<Option<i64>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.get(&bot).filter(|(seen, _)| *seen == revision).map(|(_, version)| *version)
    }

    fn note_live(&self, bot: BotId, revision: Revision, version: Option<i64>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.len() >= KEPT_LIVE {
            live.clear();
        }
        live.insert(bot, (revision, version));
    }
}

/// The version of the bot that is live. Publishing is a fact, so what was read at this revision is still true at it.
///
/// # Errors
/// If the database fails.
pub async fn live(app: &App, bot: BotId) -> Result<Option<i64>, Problem> {
    let revision = app.store.directory().revision();
    if let Some(known) = app.chat.bots.known_live(bot, revision) {
        return Ok(known);
    }
    let version = app.store.find_live_version(bot).await?;
    app.chat.bots.note_live(bot, revision, version);
    Ok(version)
}

/// The published version, ready to reply; built at its first use, once for all who wait for it.
///
/// # Errors
/// 404 if there is none; 503 if too many are built just now.
pub async fn version(app: &App, bot: BotId, number: i64) -> Result<Arc<Bot>, Problem> {
    let build = || async {
        let content = app.store.find_version_content(bot, number).await?;
        let VersionContent { snapshot, model } = content.ok_or_else(Problem::not_found)?;
        let built = app.workshops.understanding.run(move || read(&snapshot, model.as_deref())).await?;
        built.map(Arc::new).map_err(|fault| broken(bot, &fault))
    };
    app.chat.bots.place(Which::Version(bot, number)).get_or_try_init(build).await.map(Arc::clone)
}

/// The draft, ready to reply.
///
/// # Errors
/// 503 if too many are built just now.
pub async fn draft(
    app: &App,
    bot: BotId,
    hash: [u8; 32],
    snapshot: Snapshot,
    model: Option<Vec<u8>>,
) -> Result<Arc<Bot>, Problem> {
    let build = || async {
        let built = move || {
            let trained = model.as_deref().map(Trained::from_bytes).transpose().map_err(|error| error.to_string())?;
            Bot::of(snapshot, trained).map_err(|error| error.to_string())
        };
        let built = app.workshops.understanding.run(built).await?;
        built.map(Arc::new).map_err(|fault| broken(bot, &fault))
    };
    app.chat.bots.place(Which::Draft(bot, hash)).get_or_try_init(build).await.map(Arc::clone)
}

fn read(snapshot: &str, model: Option<&[u8]>) -> Result<Bot, String> {
    let snapshot: Snapshot = serde_json::from_str(snapshot).map_err(|error| error.to_string())?;
    let trained = model.map(Trained::from_bytes).transpose().map_err(|error| error.to_string())?;
    Bot::of(snapshot, trained).map_err(|error| error.to_string())
}

fn broken(bot: BotId, fault: &str) -> Problem {
    tracing::error!(fault, bot = %bot.0, "a bot cannot be read");
    Problem::new(Kind::WrongState, "This version of the bot cannot be read any more: train and publish it again.")
}
