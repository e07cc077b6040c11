//! Teaching a bot: intents with their sentences, imports, and training (`TrainingData`).

pub mod body;
pub mod table;

use rolecall_access::{BotId, Scope};
use rolecall_store::resource::{
    Bot, Contents, Entities, Intent, IntentChange, Intents, List, Model, NewIntent, OutOfScope, Training,
};
use rolecall_store::{Access, Caller, Change, Create, Delete, In, Read, StoreError, Update};
use uuid::Uuid;

use self::body::{
    ImportBody, ImportView, ImportedIntent, IntentChangeBody, IntentView, MOST_EXAMPLES, MOST_INTENTS, NewIntentBody,
    ReportView, SentencesBody, SentencesView, TrainingView, merge,
};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{Kind, Problem};
use crate::service::entity;
use crate::service::{ListView, Named, Result, Written, abilities, may};
use crate::state::App;
use crate::time::Time;
use crate::understanding;

/// An intent's id: its bot and itself.
pub type IntentId = (BotId, Uuid);

fn view(access: &Access, bot: BotId, intent: Intent) -> IntentView {
    IntentView {
        id: intent.id,
        name: intent.name,
        response: intent.response,
        response_id: intent.response_id,
        example_count: intent.examples.len(),
        examples: intent.examples,
        created_at: intent.created_at.into(),
        updated_at: intent.updated_at.into(),
        version: intent.version,
        can: abilities(access, "TrainingData", &["read", "update", "delete"], Scope::Bot(bot), intent.owner),
    }
}

/// The bot's intents that the caller reads.
pub async fn list_intents(app: &App, caller: Caller, bot: BotId, list: Result<List>) -> Result<ListView<IntentView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Intents>, Read>(bot).await?;
    let page = access.list_intents(&within, &list?).await?;
    Ok(ListView::of(page, |intent| view(&access, bot, intent)))
}

/// One intent.
pub async fn find_intent(app: &App, caller: Caller, id: IntentId) -> Result<IntentView> {
    let mut access = app.store.access(caller).await?;
    let found = access.require::<Intents, Read>(id).await?.into_record();
    Ok(view(&access, id.0, found.intent))
}

/// Makes an intent; its maker owns it.
pub async fn create_intent(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewIntentBody>,
) -> Result<Written<IntentView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Intents>, Create>(bot).await?;
    let NewIntentBody { name, examples, response, response_id } = input.get()?;
    check_response(&mut change, bot, response_id).await?;
    let new = NewIntent { name, examples, response: response.unwrap_or_default(), response_id };
    let made = change.create_intent(&within, &new).await?;
    check_size(change.count_intents(&within).await?)?;
    let value = view(&change, bot, made);
    Ok(Written { value, revision: change.commit().await? })
}

/// Changes an intent.
pub async fn update_intent(
    app: &App,
    caller: Caller,
    id: IntentId,
    version: Precondition,
    input: Input<IntentChangeBody>,
) -> Result<Written<IntentView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Intents, Update>(id).await?;
    let version = version.required()?;
    let IntentChangeBody { name, examples, response, response_id } = input.get()?;
    check_response(&mut change, id.0, response_id.flatten().filter(|id| Some(*id) != of.intent.response_id)).await?;
    let after = change.update_intent(&of, version, IntentChange { name, response, response_id, examples }).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, id.0, of.intent.clone())))?;
    let value = view(&change, id.0, after);
    Ok(Written { value, revision: change.commit().await? })
}

/// What an intent is made to answer with is a response that the caller reads: others are not known to be there.
async fn check_response(change: &mut Change, bot: BotId, response: Option<Uuid>) -> Result<()> {
    let Some(response) = response else { return Ok(()) };
    let found = change.require::<Contents, Read>((bot, response)).await.map_err(Problem::from);
    found.map(|_| ()).map_err(|problem| match problem.kind {
        Kind::NotFound | Kind::Forbidden => StoreError::Unknown("response_id").into(),
        _ => problem,
    })
}

/// Deletes an intent with its sentences.
pub async fn delete_intent(app: &App, caller: Caller, id: IntentId, version: Precondition) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Intents, Delete>(id).await?;
    let gone = change.delete_intent(&of, version.required()?).await;
    gone.map_err(|error| Problem::stale(error, || view(&change, id.0, of.intent.clone())))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Refuses what would be more than a bot can have.
///
/// # Errors
/// 409.
pub fn check_size((intents, examples): (i64, i64)) -> Result<()> {
    if intents > MOST_INTENTS || examples > MOST_EXAMPLES {
        let detail =
            format!("A bot has {MOST_INTENTS} intents with {MOST_EXAMPLES} sentences at most; delete some first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    Ok(())
}

/// Takes many intents in, all of them or none. Sentences of an intent that is there already are added to it, which needs
/// `update` on it; sentences it has already are passed over.
pub async fn import_training(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<ImportBody>,
) -> Result<Written<ImportView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Intents>, Create>(bot).await?;
    let body = input.get()?;
    let mut report = ImportView::default();
    for one in body.intents {
        match change.find_intent_named(&within, &one.name).await? {
            Some(id) => add_to_intent(&mut change, (bot, id), one, &mut report).await?,
            None => {
                report.created += 1;
                report.examples_added += one.examples.len();
                let new = NewIntent {
                    name: one.name,
                    response: one.response.unwrap_or_default(),
                    response_id: None,
                    examples: one.examples,
                };
                change.create_intent(&within, &new).await?;
            }
        }
    }
    if !body.out_of_scope.is_empty() {
        let of = change.require::<In<Intents>, Update>(bot).await?;
        let kept = change.find_out_of_scope(&of).await?.sentences;
        let (all, added) = merge(kept, body.out_of_scope);
        report.out_of_scope_added = added;
        change.set_out_of_scope(&of, None, &all).await?;
    }
    let within_entities = change.require::<In<Entities>, Create>(bot).await?;
    for one in &body.entities {
        match entity::take_in(&mut change, &within_entities, one).await? {
            Some(true) => report.entities_created += 1,
            Some(false) => report.entities_updated += 1,
            None => {}
        }
    }
    check_size(change.count_intents(&within).await?)?;
    Ok(Written { value: report, revision: change.commit().await? })
}

/// What the bot is taught, as far as the caller reads it, as an import takes it.
pub async fn export_training(app: &App, caller: Caller, bot: BotId) -> Result<ImportBody> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Intents>, Read>(bot).await?;
    let intents = access.find_readable_intents(&within).await?;
    let out_of_scope = access.find_out_of_scope(&within).await?.sentences;
    let within = access.require::<In<Entities>, Read>(bot).await?;
    let entities = access.find_readable_entities(&within).await?.iter().map(entity::exported).collect();
    let intent = |one: Intent| ImportedIntent {
        name: one.name,
        examples: one.examples,
        response: Some(one.response).filter(|response| !response.is_empty()),
    };
    Ok(ImportBody { intents: intents.into_iter().map(intent).collect(), out_of_scope, entities })
}

async fn add_to_intent(change: &mut Change, id: IntentId, one: ImportedIntent, report: &mut ImportView) -> Result<()> {
    let of = change.require::<Intents, Update>(id).await.map_err(|error| match Problem::from(error) {
        // Its name is taken: that much the names' uniqueness tells anyhow.
        problem if problem.kind == Kind::NotFound => {
            let detail = format!("There is an intent `{}` already that is not yours to change.", one.name);
            Problem::new(Kind::Duplicate, detail)
        }
        problem => problem,
    })?;
    let response = one.response.filter(|response| *response != of.intent.response);
    let (examples, added) = merge(of.intent.examples.clone(), one.examples);
    if added == 0 && response.is_none() {
        report.unchanged += 1;
        return Ok(());
    }
    report.updated += 1;
    report.examples_added += added;
    let merged = IntentChange { response, examples: Some(examples), ..IntentChange::default() };
    change.update_intent(&of, None, merged).await?;
    Ok(())
}

/// How things stand with the bot's training.
pub async fn find_training(app: &App, caller: Caller, bot: BotId) -> Result<TrainingView> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Intents>, Read>(bot).await?;
    let training = access.find_training(&within).await?;
    Ok(standing(&access, bot, within.created_by, training))
}

fn standing(access: &Access, bot: BotId, owner: Option<rolecall_access::UserId>, training: Training) -> TrainingView {
    let report = training.report.and_then(|report| serde_json::from_value(report).ok());
    TrainingView {
        intents: training.intents,
        examples: training.examples,
        out_of_scope: training.out_of_scope,
        trained_at: training.trained_at.map(Time),
        up_to_date: training.trained_version == Some(training.version),
        report,
        can: abilities(access, "TrainingData", &["create", "read", "update"], Scope::Bot(bot), owner),
    }
}

fn sentences(access: &Access, bot: &Bot, found: OutOfScope) -> SentencesView {
    SentencesView {
        examples: found.sentences,
        version: found.version,
        can: abilities(access, "TrainingData", &["read", "update"], Scope::Bot(bot.id), bot.created_by),
    }
}

/// The sentences that mean none of the intents.
pub async fn find_out_of_scope(app: &App, caller: Caller, bot: BotId) -> Result<SentencesView> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Intents>, Read>(bot).await?;
    let found = access.find_out_of_scope(&within).await?;
    Ok(sentences(&access, &within, found))
}

/// Replaces them.
pub async fn set_out_of_scope(
    app: &App,
    caller: Caller,
    bot: BotId,
    version: Precondition,
    input: Input<SentencesBody>,
) -> Result<Written<SentencesView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<In<Intents>, Update>(bot).await?;
    let version = version.required()?;
    let before = change.find_out_of_scope(&of).await?;
    let set = change.set_out_of_scope(&of, version, &input.get()?.examples).await;
    set.map_err(|error| Problem::stale(error, || sentences(&change, &of, before)))?;
    let found = change.find_out_of_scope(&of).await?;
    let value = sentences(&change, &of, found);
    Ok(Written { value, revision: change.commit().await? })
}

/// Lets the bot learn from all it is taught, off the request threads; what it knew before answers until it is done.
pub async fn train(app: &App, caller: Caller, bot: BotId) -> Result<Written<ReportView>> {
    let mut access = app.store.access(caller.clone()).await?;
    let of = access.require::<In<Intents>, Update>(bot).await?;
    let lessons = access.find_lessons(&of).await?;
    drop(access);
    if lessons.intents.iter().all(|intent| intent.examples.is_empty()) {
        let detail = "There is nothing to learn from yet: add an intent with some sentences first.";
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let version = lessons.version;
    let (bytes, report) = understanding::learn(app, lessons).await?;
    let value = serde_json::to_value(&report).map_err(|error| Problem::internal(&error))?;
    // Access may have ended while it learned.
    let mut change = app.store.change(caller).await?;
    let of = change.require::<In<Intents>, Update>(bot).await?;
    change.keep_model(&of, &Model { version, bytes }, &value).await?;
    Ok(Written { value: report, revision: change.commit().await? })
}

/// The intents that the caller may add sentences to, by name.
pub async fn list_teachable_intents(app: &App, caller: Caller, bot: BotId) -> Result<Vec<Named>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Intents>, Read>(bot).await?;
    let mut intents = access.find_readable_intents(&within).await?;
    intents.retain(|one| may(&access, "TrainingData", "update", Scope::Bot(bot), one.owner));
    Ok(intents.into_iter().map(|one| Named { id: one.id, name: one.name }).collect())
}

/// Whether the caller may add intents: for the page that asks for one.
pub async fn may_create_intent(app: &App, caller: Caller, bot: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Intents>, Create>(bot).await?;
    Ok(())
}
