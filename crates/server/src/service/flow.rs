//! A bot's flows: made, changed, checked, taken out and in as a file (`Flow`).

pub mod body;
pub mod fault;
pub mod file;
mod rule;

use rolecall_access::{BotId, Scope};
use rolecall_store::authorize::{Action, Resource};
use rolecall_store::resource::flow::OfBot;
use rolecall_store::resource::{Begins, Bot, Flow as StoredFlow, FlowContent, Flows, List};
use rolecall_store::{Access, Authorized, Caller, Change, Create, Delete, In, Read, Update};
use uuid::Uuid;

use self::body::{CheckBody, Drawn, FaultsView, FlowChangeBody, FlowFileBody, FlowLineView, FlowView, NewFlowBody};
use self::fault::{Known, faults};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Result, Written, abilities, may};
use crate::state::App;

/// A flow's id: its bot and itself.
pub type FlowId = (BotId, Uuid);

/// The most flows of a bot.
const MOST_FLOWS: i64 = 100;

async fn known<R>(access: &mut Access, of: &Authorized<R, impl Action>, bot: &Bot) -> Result<Known>
where
    R: Resource,
    R::Record: OfBot,
{
    let reads = |access: &Access, model| may(access, model, "read", Scope::Bot(bot.id), bot.created_by);
    let mut known = Known { entities: access.find_entity_names(of).await?, ..Known::default() };
    if reads(access, "TrainingData") {
        known.intents = Some(access.find_intent_names(of).await?);
    }
    if reads(access, "Integration") {
        known.calls = Some(access.find_call_ids(of).await?);
    }
    Ok(known)
}

fn view(access: &Access, bot: BotId, flow: StoredFlow, known: &Known) -> FlowView {
    let can = abilities(access, "Flow", &["read", "update", "delete"], Scope::Bot(bot), flow.owner);
    let drawn = Drawn::of(flow.content);
    FlowView {
        id: flow.id,
        faults: faults(&drawn, known),
        name: drawn.name,
        begins: drawn.begins,
        intent: drawn.intent,
        flow: drawn.flow,
        places: drawn.places,
        created_at: flow.created_at.into(),
        updated_at: flow.updated_at.into(),
        version: flow.version,
        can,
    }
}

/// The bot's flows that the caller reads.
pub async fn list_flows(app: &App, caller: Caller, bot: BotId, list: Result<List>) -> Result<ListView<FlowLineView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Flows>, Read>(bot).await?;
    let page = access.list_flows(&within, &list?).await?;
    let known = known(&mut access, &within, &within).await?;
    Ok(ListView::of(page, |flow| FlowLineView::of(view(&access, bot, flow, &known))))
}

/// One flow.
pub async fn find_flow(app: &App, caller: Caller, id: FlowId) -> Result<FlowView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Flows, Read>(id).await?;
    let known = known(&mut access, &of, &of.bot).await?;
    Ok(view(&access, id.0, of.into_record().flow, &known))
}

/// Makes a flow; its maker owns it.
pub async fn create_flow(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewFlowBody>,
) -> Result<Written<FlowView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Flows>, Create>(bot).await?;
    let content = input.get()?.drawn().content()?;
    create(change, within, content).await
}

async fn create(
    mut change: Change,
    within: Authorized<In<Flows>, Create>,
    content: FlowContent,
) -> Result<Written<FlowView>> {
    begins_alone(&mut change, &within, &content, None).await?;
    let made = change.create_flow(&within, &content).await?;
    if change.count_flows(&within).await? > MOST_FLOWS {
        let detail = format!("A bot has {MOST_FLOWS} flows at most; delete one first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let known = known(&mut change, &within, &within).await?;
    let value = view(&change, within.id, made, &known);
    Ok(Written { value, revision: change.commit().await? })
}

/// Changes a flow.
pub async fn update_flow(
    app: &App,
    caller: Caller,
    id: FlowId,
    version: Precondition,
    input: Input<FlowChangeBody>,
) -> Result<Written<FlowView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Flows, Update>(id).await?;
    let version = version.required()?;
    let known = known(&mut change, &of, &of.bot).await?;
    let content = input.get()?.over(Drawn::of(of.flow.content.clone())).content()?;
    if version.is_none_or(|version| version == of.flow.version) {
        begins_alone(&mut change, &of, &content, Some(id.1)).await?;
    }
    let after = change.update_flow(&of, version, &content).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, id.0, of.flow.clone(), &known)))?;
    let value = view(&change, id.0, after, &known);
    Ok(Written { value, revision: change.commit().await? })
}

/// Refuses a second flow that begins at the same moment; which one it is, is not told.
async fn begins_alone<R>(
    change: &mut Change,
    of: &Authorized<R, impl Action>,
    content: &FlowContent,
    own: Option<Uuid>,
) -> Result<()>
where
    R: Resource,
    R::Record: OfBot,
{
    if !change.is_begun_elsewhere(of, content, own).await? {
        return Ok(());
    }
    let message = match content.begins {
        Begins::Intent => format!("Another flow begins with the intent `{}` already.", content.intent),
        _ => "Another flow begins each conversation already.".to_owned(),
    };
    let errors = vec![FieldError::new("begins", "duplicate", message.clone())];
    Err(Problem { errors, ..Problem::new(Kind::Duplicate, message) })
}

/// Deletes a flow with its steps.
pub async fn delete_flow(app: &App, caller: Caller, id: FlowId, version: Precondition) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Flows, Delete>(id).await?;
    let known = known(&mut change, &of, &of.bot).await?;
    let gone = change.delete_flow(&of, version.required()?).await;
    gone.map_err(|error| Problem::stale(error, || view(&change, id.0, of.flow.clone(), &known)))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// What would go wrong in a flow as it is drawn, kept or not.
pub async fn check_flow(app: &App, caller: Caller, bot: BotId, input: Input<CheckBody>) -> Result<FaultsView> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Flows>, Read>(bot).await?;
    let known = known(&mut access, &within, &within).await?;
    Ok(FaultsView { faults: faults(&input.get()?.drawn(), &known) })
}

/// A flow as a file: its name and its text.
pub async fn export_flow(app: &App, caller: Caller, id: FlowId) -> Result<(String, String)> {
    let mut access = app.store.access(caller).await?;
    let flow = access.require::<Flows, Read>(id).await?.into_record().flow;
    let drawn = Drawn::of(flow.content);
    Ok((file::name(&drawn.name), file::write(&drawn)))
}

/// Makes a flow of a file; its maker owns it.
pub async fn import_flow(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<FlowFileBody>,
) -> Result<Written<FlowView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Flows>, Create>(bot).await?;
    let body = Input::of(file::read(&input.get()?.text)?);
    create(change, within, body.get()?.drawn().content()?).await
}

/// The intents that a flow of the bot can begin with; none for whoever may not know them.
pub async fn list_intent_names(app: &App, caller: Caller, bot: BotId) -> Result<Vec<String>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Flows>, Read>(bot).await?;
    let names = known(&mut access, &within, &within).await?.intents;
    Ok(names.unwrap_or_default().into_iter().collect())
}

/// Whether the caller may add flows: for the page that asks for one.
pub async fn may_create_flow(app: &App, caller: Caller, bot: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Flows>, Create>(bot).await?;
    Ok(())
}
