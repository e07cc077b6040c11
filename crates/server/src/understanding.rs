//! What bots have learned, as it runs: learning and understanding in workshops of their own, off the request threads, and
//! the models used last, kept in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::BotId;
use rolecall_bots::entity::{Entities, Entity};
use rolecall_bots::understanding::{self, Trained, TrainingSet};
use rolecall_store::resource::{Lessons, Model};

use crate::problem::{Kind, Problem};
use crate::service::entity::body::FoundEntityView;
use crate::service::training::body::{ContradictionView, DoubtfulView, HeldOutView, ReportView};
use crate::service::understand::UnderstoodView;
use crate::state::App;

/// Models kept in memory.
const KEPT: usize = 32;
/// Contradictions and doubtful sentences that a report names.
const NAMED: usize = 200;

/// The models used last. Cheap to clone.
#[derive(Clone, Default)]
pub struct Models(Arc<Mutex<VecDeque<Kept>>>);

/// A model by its bot and version, the one used last in front.
struct Kept {
    bot: BotId,
    version: i64,
    model: Arc<Trained>,
}

impl Models {
    /// The bot's model of this version, if it was used of late.
    #[must_use]
    pub fn find(&self, bot: BotId, version: i64) -> Option<Arc<Trained>> {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = models.iter().position(|kept| (kept.bot, kept.version) == (bot, version))?;
        let found = models.remove(place)?;
        let model = Arc::clone(&found.model);
        models.push_front(found);
        Some(model)
    }

    fn keep(&self, bot: BotId, version: i64, model: &Arc<Trained>) {
        let mut models = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        models.retain(|kept| kept.bot != bot);
        models.push_front(Kept { bot, version, model: Arc::clone(model) });
        models.truncate(KEPT);
    }
}

/// Learns; gives the model's bytes and what was learned.
///
/// # Errors
/// 503 if too many wait.
pub async fn learn(app: &App, lessons: Lessons) -> Result<(Vec<u8>, ReportView), Problem> {
    learn_set(app, set(lessons)).await
}

/// The same of what is no bot's yet.
///
/// # Errors
/// 503 if too many wait.
pub async fn learn_set(app: &App, set: TrainingSet) -> Result<(Vec<u8>, ReportView), Problem> {
    let learning = move || {
        let trained = understanding::train(&set);
        let bytes = trained.to_bytes();
        let report = report(&trained, bytes.len());
        (bytes, report)
    };
    app.workshops.training.run(learning).await
}

/// Reads the bot's model, and keeps it in place of an older one.
///
/// # Errors
/// 503 if too many wait; 409 if it cannot be read.
pub async fn read(app: &App, bot: BotId, model: Model) -> Result<Arc<Trained>, Problem> {
    let Model { version, bytes } = model;
    let read = app.workshops.understanding.run(move || Trained::from_bytes(&bytes)).await?;
    let trained = read.map_err(|error| {
        tracing::error!(%error, bot = %bot.0, "what a bot has learned cannot be read");
        Problem::new(Kind::WrongState, "What the bot has learned cannot be read any more: train it again.")
    })?;
    let model = Arc::new(trained);
    app.models.keep(bot, version, &model);
    Ok(model)
}

/// What the sentences are understood as.
///
/// # Errors
/// 503 if too many wait.
pub async fn understand(
    app: &App,
    (model, entities): (Arc<Trained>, Vec<Entity>),
    texts: Vec<String>,
) -> Result<Vec<UnderstoodView>, Problem> {
    let understanding = move || {
        let entities = Entities::of(&entities);
        let one = |text: &String| {
            let understood = model.understand(text);
            let found = entities.find(text).into_iter().map(FoundEntityView::from).collect();
            UnderstoodView { intent: understood.intent, score: f64::from(understood.score), entities: found }
        };
        texts.iter().map(one).collect()
    };
    app.workshops.understanding.run(understanding).await
}

fn set(lessons: Lessons) -> TrainingSet {
    let intent = |intent: rolecall_store::resource::Intent| understanding::Intent {
        name: intent.name,
        examples: intent.examples,
    };
    TrainingSet { intents: lessons.intents.into_iter().map(intent).collect(), out_of_scope: lessons.out_of_scope }
}

fn report(trained: &Trained, bytes: usize) -> ReportView {
    let report = trained.report();
    let contradictions = report.contradictions.iter().take(NAMED).map(|one| ContradictionView {
        sentences: one.sentences.clone(),
        intents: one.intents.clone(),
        out_of_scope: one.out_of_scope,
    });
    let doubtful = report.doubtful.iter().take(NAMED).map(|one| DoubtfulView {
        sentence: one.sentence.clone(),
        intent: one.intent.clone(),
        looks_like: one.looks_like.clone(),
    });
    ReportView {
        intents: report.intents,
        examples: report.examples,
        out_of_scope: report.out_of_scope,
        contradictions: contradictions.collect(),
        doubtful: doubtful.collect(),
        too_few: report.too_few.iter().map(|one| one.intent.clone()).collect(),
        held_out: HeldOutView {
            sentences: report.held_out.sentences,
            right: report.held_out.right,
            out_of_scope: report.held_out.out_of_scope,
            refused: report.held_out.refused,
        },
        bytes,
    }
}
