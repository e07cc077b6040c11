//! A bot's entities: what it looks for in what people write (`TrainingData`).

pub mod body;

use rolecall_access::{BotId, Scope};
use rolecall_bots::entity::{self as looking, LooksFor};
use rolecall_store::resource::{Entities, Entity, EntityChange, List, NewEntity};
use rolecall_store::{Access, Authorized, Caller, Change, Create, Delete, In, Read, Update};
use uuid::Uuid;

use self::body::{
    EntityChangeBody, EntityView, FoundEntitiesView, FoundEntityView, NewEntityBody, TryEntityBody, looks_for, parts,
};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{Kind, Problem};
use crate::service::{ListView, Result, Written, abilities};
use crate::state::App;

/// An entity's id: its bot and itself.
pub type EntityId = (BotId, Uuid);

/// The most entities of a bot.
const MOST_ENTITIES: i64 = 100;

/// What a stored entity looks for; one that cannot be read looks for nothing.
pub fn read(entity: &Entity) -> LooksFor {
    serde_json::from_value(entity.looks_for.clone()).unwrap_or_default()
}

/// The entity as a bot looks for it.
pub fn looked_for(entity: &Entity) -> looking::Entity {
    looking::Entity { name: entity.name.clone(), looks_for: read(entity) }
}

fn written(looks_for: &LooksFor) -> Result<serde_json::Value> {
    serde_json::to_value(looks_for).map_err(|error| Problem::internal(&error))
}

fn view(access: &Access, bot: BotId, entity: Entity) -> EntityView {
    let (kind, values, pattern) = parts(read(&entity));
    EntityView {
        id: entity.id,
        name: entity.name,
        kind,
        values,
        pattern,
        created_at: entity.created_at.into(),
        updated_at: entity.updated_at.into(),
        version: entity.version,
        can: abilities(access, "TrainingData", &["read", "update", "delete"], Scope::Bot(bot), entity.owner),
    }
}

/// The entity as an import takes it.
pub fn exported(entity: &Entity) -> NewEntityBody {
    let (kind, values, pattern) = parts(read(entity));
    NewEntityBody { name: entity.name.clone(), kind, values, pattern }
}

/// The bot's entities that the caller reads.
pub async fn list_entities(app: &App, caller: Caller, bot: BotId, list: Result<List>) -> Result<ListView<EntityView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Entities>, Read>(bot).await?;
    let page = access.list_entities(&within, &list?).await?;
    Ok(ListView::of(page, |entity| view(&access, bot, entity)))
}

/// One entity.
pub async fn find_entity(app: &App, caller: Caller, id: EntityId) -> Result<EntityView> {
    let mut access = app.store.access(caller).await?;
    let found = access.require::<Entities, Read>(id).await?.into_record();
    Ok(view(&access, id.0, found.entity))
}

/// Makes an entity; its maker owns it.
pub async fn create_entity(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewEntityBody>,
) -> Result<Written<EntityView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Entities>, Create>(bot).await?;
    let made = create(&mut change, &within, &input.get()?).await?;
    check_size(change.count_entities(&within).await?)?;
    let value = view(&change, bot, made);
    Ok(Written { value, revision: change.commit().await? })
}

async fn create(
    change: &mut Change,
    within: &Authorized<In<Entities>, Create>,
    body: &NewEntityBody,
) -> Result<Entity> {
    let new = new_entity(body)?;
    Ok(change.create_entity(within, &new).await?)
}

/// The entity to be made.
///
/// # Errors
/// Never, as long as it can be written as JSON.
pub fn new_entity(body: &NewEntityBody) -> Result<NewEntity> {
    Ok(NewEntity { name: body.name.clone(), looks_for: written(&body.looks_for())? })
}

fn check_size(entities: i64) -> Result<()> {
    if entities > MOST_ENTITIES {
        let detail = format!("A bot has {MOST_ENTITIES} entities at most; delete some first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    Ok(())
}

/// Changes an entity.
pub async fn update_entity(
    app: &App,
    caller: Caller,
    id: EntityId,
    version: Precondition,
    input: Input<EntityChangeBody>,
) -> Result<Written<EntityView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Entities, Update>(id).await?;
    let version = version.required()?;
    let body = input.get()?;
    let looks_for = body.looks_for(read(&of.entity)).map_err(Problem::invalid)?;
    let looks_for = looks_for.as_ref().map(written).transpose()?;
    let after = change.update_entity(&of, version, EntityChange { name: body.name, looks_for }).await;
    let after = after.map_err(|error| Problem::stale(error, || view(&change, id.0, of.entity.clone())))?;
    let value = view(&change, id.0, after);
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes an entity.
pub async fn delete_entity(app: &App, caller: Caller, id: EntityId, version: Precondition) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Entities, Delete>(id).await?;
    let gone = change.delete_entity(&of, version.required()?).await;
    gone.map_err(|error| Problem::stale(error, || view(&change, id.0, of.entity.clone())))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// What an entity, kept or not, finds in a sentence.
pub async fn try_entity(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<TryEntityBody>,
) -> Result<FoundEntitiesView> {
    app.store.access(caller).await?.require::<In<Entities>, Read>(bot).await?;
    let body = input.get()?;
    let find = move || {
        let looks_for = looks_for(body.kind, &body.values, &body.pattern);
        looking::Entities::of(&[looking::Entity { name: String::new(), looks_for }]).find(&body.text)
    };
    let found = app.workshops.understanding.run(find).await?;
    Ok(FoundEntitiesView { items: found.into_iter().map(FoundEntityView::from).collect() })
}

/// Takes an entity of an import in: made, or added to the one of its name, which needs `update` on it. Whether it was made;
/// none: there was nothing to do.
pub async fn take_in(
    change: &mut Change,
    within: &Authorized<In<Entities>, Create>,
    body: &NewEntityBody,
) -> Result<Option<bool>> {
    let Some(id) = change.find_entity_named(within, &body.name).await? else {
        create(change, within, body).await?;
        check_size(change.count_entities(within).await?)?;
        return Ok(Some(true));
    };
    let of = change.require::<Entities, Update>((within.id, id)).await.map_err(|error| match Problem::from(error) {
        // Its name is taken: that much the names' uniqueness tells anyhow.
        problem if problem.kind == Kind::NotFound => {
            let detail = format!("There is an entity `{}` already that is not yours to change.", body.name);
            Problem::new(Kind::Duplicate, detail)
        }
        problem => problem,
    })?;
    let before = read(&of.entity);
    let mut merged = body.clone();
    if let LooksFor::List { .. } = &before {
        merged.values = merge(parts(before.clone()).1, &body.values);
    }
    let errors = crate::input::Check::check(&mut merged);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let after = merged.looks_for();
    if after == before {
        return Ok(None);
    }
    let looks_for = Some(written(&after)?);
    change.update_entity(&of, None, EntityChange { looks_for, ..EntityChange::default() }).await?;
    Ok(Some(false))
}

/// The values with those that are not there yet, and the synonyms that those that are have not.
fn merge(mut kept: Vec<body::EntityValue>, others: &[body::EntityValue]) -> Vec<body::EntityValue> {
    use rolecall_store::fold::fold;
    for other in others {
        match kept.iter_mut().find(|one| fold(&one.value) == fold(&other.value)) {
            Some(one) => {
                let new =
                    other.synonyms.iter().filter(|new| !one.synonyms.iter().any(|known| fold(known) == fold(new)));
                let new: Vec<String> = new.cloned().collect();
                one.synonyms.extend(new);
            }
            None => kept.push(other.clone()),
        }
    }
    kept
}

/// Whether the caller may add entities: for the page that asks for one.
pub async fn may_create_entity(app: &App, caller: Caller, bot: BotId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Entities>, Create>(bot).await?;
    Ok(())
}
