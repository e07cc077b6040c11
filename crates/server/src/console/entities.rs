//! What a bot looks for in what people write: the list of its entities, one of them made, edited, tried, deleted.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use rolecall_access::BotId;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::entity_form::{changed, new_body, tried, typed};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::training::{below, opened};
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::entity::body::{EntityKind, EntityView, FoundEntityView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/training/entities", get(list_entities))
        .route("/{org}/bots/{bot}/training/entities/new", get(new_entity).post(create_entity))
        .route("/{org}/bots/{bot}/training/entities/{entity}", get(show_entity).post(update_entity))
        .route("/{org}/bots/{bot}/training/entities/{entity}/delete", get(confirm_deletion).post(delete_entity))
}

#[derive(Template)]
#[template(path = "entities.html")]
struct EntitiesPage {
    shell: Shell,
    tab: Tab,
    path: String,
    part: &'static str,
    list: ListState,
    entities: ListView<EntityView>,
    may_create: bool,
}

impl EntitiesPage {
    /// What an entity looks for, in short.
    fn looks_for(&self, entity: &EntityView) -> String {
        match entity.kind {
            EntityKind::List => {
                let values: Vec<&str> = entity.values.iter().take(SHOWN).map(|one| one.value.as_str()).collect();
                let more = if entity.values.len() > SHOWN { ", …" } else { "" };
                format!("{}{more}", values.join(", "))
            }
            EntityKind::Pattern => entity.pattern.clone(),
            EntityKind::Email | EntityKind::Number | EntityKind::Date => String::new(),
        }
    }
}

/// Values of a list that its row names.
const SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "entity.html")]
struct EntityPage {
    shell: Shell,
    /// Where the form goes.
    action: String,
    back: String,
    /// The entity; none: it is to be made.
    entity: Option<EntityView>,
    fields: Fields,
    /// What was found in the sentence; none: it was not tried.
    found: Option<Vec<FoundEntityView>>,
    errors: Errors,
}

impl EntityPage {
    fn kinds(&self) -> [&'static str; 5] {
        EntityKind::ALL.map(EntityKind::as_str)
    }

    /// Whether the kind is chosen.
    fn is(&self, kind: &str) -> bool {
        let chosen = self.fields.text("kind");
        chosen == kind || (chosen.is_empty() && kind == EntityKind::List.as_str())
    }

    fn field(&self, name: &str) -> String {
        self.fields.raw(name)
    }

    /// What is wrong with the values, whichever of them.
    fn wrong_values(&self) -> Option<String> {
        self.errors.head(["name", "pattern", "text"]).filter(|_| self.is("list"))
    }

    /// Whether the person may save.
    fn writable(&self) -> bool {
        self.entity.as_ref().is_none_or(|entity| self.shell.has(&entity.can, "update"))
    }
}

/// The part of the training tab, and where it is.
async fn within(app: &App, inside: Inside, slug: &str) -> Result<(Inside, Tab, String), Problem> {
    let (inside, tab, back) = opened(app, inside, slug).await?;
    Ok((inside, tab, format!("{back}/entities")))
}

/// A page below the list.
fn under(shell: Shell, tab: &Tab, list: &str) -> Shell {
    let label = shell.t("entities-title");
    let back = list.trim_end_matches("/entities").to_owned();
    below(shell, tab, &back).below(label, list)
}

async fn list_entities(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab, path) = within(&app, inside, &slug).await?;
    let bot = BotId(tab.bot.id);
    let entities = service::entity::list_entities(&app, inside.caller.clone(), bot, list.list()).await?;
    let may_create = service::entity::may_create_entity(&app, inside.caller, bot).await.is_ok();
    let shell = inside.shell.within("bots", "Bot TrainingData");
    let path = path.trim_end_matches("/entities").to_owned();
    let page = EntitiesPage { shell, tab, path, part: "entities", list, entities, may_create };
    render(&page.shell, &page)
}

/// Where a form goes, and back to.
struct Ways {
    action: String,
    back: String,
}

fn entity_page(
    shell: Shell,
    ways: Ways,
    entity: Option<EntityView>,
    fields: Fields,
    result: Result<Option<Vec<FoundEntityView>>, Errors>,
) -> Page {
    let status = if result.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (found, errors) = match result {
        Ok(found) => (found, Errors::default()),
        Err(errors) => (None, errors),
    };
    let Ways { action, back } = ways;
    let page = EntityPage { shell, action, back, entity, fields, found, errors };
    render_with(status, &page.shell, &page)
}

async fn new_entity(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    service::entity::may_create_entity(&app, inside.caller, BotId(tab.bot.id)).await?;
    let shell = under(inside.shell, &tab, &back).titled("entity-new").about("entity-purpose");
    entity_page(shell, Ways { action: format!("{back}/new"), back }, None, Fields::default(), Ok(None))
}

/// Tries the form's entity on its sentence.
async fn try_entity(
    app: &App,
    inside: &Inside,
    tab: &Tab,
    fields: &Fields,
) -> Result<Result<Option<Vec<FoundEntityView>>, Errors>, Problem> {
    let body = Input::of(tried(fields));
    match service::entity::try_entity(app, inside.caller.clone(), BotId(tab.bot.id), body).await {
        Ok(found) => Ok(Ok(Some(found.items))),
        Err(problem) => Ok(Err(Errors::of_problem(problem)?)),
    }
}

async fn create_entity(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    let result = if fields.given("try").is_some() {
        try_entity(&app, &inside, &tab, &fields).await?
    } else {
        let body = Input::of(new_body(&fields));
        match service::entity::create_entity(&app, inside.caller.clone(), BotId(tab.bot.id), body).await {
            Ok(made) => return Ok(done(&back, &inside.shell.with("entity-created", "name", &made.value.name))),
            Err(problem) => Err(Errors::of_problem(problem)?),
        }
    };
    let shell = under(inside.shell, &tab, &back).titled("entity-new").about("entity-purpose");
    entity_page(shell, Ways { action: format!("{back}/new"), back }, None, fields, result)
}

type EntityPath = Path<(String, String, String)>;

fn id(tab: &Tab, entity: &str) -> Result<(BotId, Uuid), Problem> {
    Ok((BotId(tab.bot.id), entity.parse().map_err(|_| Problem::not_found())?))
}

async fn show_entity(inside: Inside, State(app): State<App>, Path((_, slug, entity)): EntityPath) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    let id = id(&tab, &entity)?;
    let entity = service::entity::find_entity(&app, inside.caller, id).await?;
    let shell = under(inside.shell, &tab, &back).named(entity.name.clone());
    let fields = typed(&entity);
    entity_page(shell, Ways { action: format!("{back}/{}", id.1), back }, Some(entity), fields, Ok(None))
}

async fn update_entity(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, entity)): EntityPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    let id = id(&tab, &entity)?;
    let action = format!("{back}/{}", id.1);
    let result = if fields.given("try").is_some() {
        try_entity(&app, &inside, &tab, &fields).await?
    } else {
        let body = Input::of(changed(&fields));
        match service::entity::update_entity(&app, inside.caller.clone(), id, fields.version(), body).await {
            Ok(_) => return Ok(done(&back, &inside.shell.t("saved"))),
            Err(problem) if let Some(version) = conflict::current(&problem) => {
                let saved = typed(&service::entity::find_entity(&app, inside.caller, id).await?);
                let differ = |(label, field): (&str, &str)| {
                    let typed = fields.raw(field).replace('\r', "");
                    Difference::of(inside.shell.t(label), saved.raw(field), typed)
                };
                let all = [
                    ("field-name", "name"),
                    ("entity-kind", "kind"),
                    ("entity-values", "values"),
                    ("entity-pattern", "pattern"),
                ];
                let differences = all.into_iter().filter_map(differ).collect();
                let late = Conflict { back: action.clone(), action, fields: &fields, differences };
                return conflict::choose(inside.shell, version, late);
            }
            Err(problem) => Err(Errors::of_problem(problem)?),
        }
    };
    let entity = service::entity::find_entity(&app, inside.caller, id).await?;
    let shell = under(inside.shell, &tab, &back).named(entity.name.clone());
    entity_page(shell, Ways { action, back }, Some(entity), fields, result)
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, slug, entity)): EntityPath) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    let entity = service::entity::find_entity(&app, inside.caller, id(&tab, &entity)?).await?;
    if !entity.can.iter().any(|can| can == "delete") {
        return Err(Problem::not_found());
    }
    let shell = under(inside.shell, &tab, &back).titled("entity-delete-title");
    let page = ConfirmPage {
        lines: vec![shell.with("entity-delete-what", "name", &entity.name)],
        names: Vec::new(),
        blocked: None,
        action: format!("{back}/{}/delete", entity.id),
        button: shell.t("entity-delete-button"),
        back: format!("{back}/{}", entity.id),
        version: entity.version,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete_entity(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, entity)): EntityPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = within(&app, inside, &slug).await?;
    let id = id(&tab, &entity)?;
    let result = service::entity::delete_entity(&app, inside.caller, id, fields.version()).await;
    acted(result, &back, &inside.shell.t("entity-deleted"), &format!("{back}/{}/delete", id.1))
}
