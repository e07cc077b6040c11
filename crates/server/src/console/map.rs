//! The access map: for a bot people × areas, for a person bots × areas; and who can.

use askama::Template;
use axum::Router;
use axum::extract::State;

use axum::routing::get;
use rolecall_access::catalogue::{self, Level};
use rolecall_store::resource::List;
use uuid::Uuid;

use crate::console::explain::reason_in_words;
use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::problem::Problem;
use crate::service::reach::{AbleView, AccessMapView, MapOf, RowView, WhoCanQuestion};
use crate::service::{self, ListView, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/access-map", get(show_map)).route("/{org}/who-can", get(who_can))
}

/// The letters of a cell: an action, how it is allowed, and its name.
pub struct Letter {
    letter: String,
    level: &'static str,
    words: String,
}

#[derive(Template)]
#[template(path = "access-map.html")]
struct MapPage {
    shell: Shell,
    list: ListState,
    bots: Vec<Named>,
    bot: Option<Uuid>,
    user: Option<Uuid>,
    map: Option<AccessMapView>,
}

impl MapPage {
    fn chosen(&self, bot: &Named) -> bool {
        self.bot == Some(bot.id)
    }

    fn area(&self, model: &str) -> String {
        words::model(self.shell.text, model)
    }

    fn cell(&self, row: &RowView, model: &str, actions: &[String]) -> Vec<Letter> {
        let held = row.cells.get(model);
        let letter = |action: &String| Letter {
            letter: action.chars().take(1).flat_map(char::to_uppercase).collect(),
            level: held.and_then(|held| held.get(action)).copied().unwrap_or("none"),
            words: words::action(self.shell.text, action),
        };
        actions.iter().map(letter).collect()
    }

    /// The cell for assistive technology, and on hover.
    fn said(&self, row: &RowView, model: &str, actions: &[String]) -> String {
        let letters = self.cell(row, model, actions);
        let said: Vec<String> = letters
            .iter()
            .filter(|letter| letter.level != "none")
            .map(|letter| match letter.level {
                "own" => self.shell.with("map-own", "action", &letter.words),
                _ => letter.words.clone(),
            })
            .collect();
        let said = if said.is_empty() { self.shell.t("map-nothing") } else { said.join(", ") };
        format!("{}, {}: {said}", row.name, self.area(model))
    }

    /// Where the cell is explained.
    fn why(&self, row: &RowView, model: &str, actions: &[String]) -> String {
        let (user, bot) = match self.user {
            Some(user) => (user, row.id),
            None => (row.id, self.bot.unwrap_or_default()),
        };
        let held = row.cells.get(model);
        let first = actions.iter().find(|action| held.is_some_and(|held| held.contains_key(*action)));
        let action = first.or(actions.first()).map_or("", String::as_str);
        self.shell.here(&format!("/users/{user}/explain?bot={bot}&permission={model}%3A{action}"))
    }

    fn csv(&self) -> String {
        let of = match (self.bot, self.user) {
            (_, Some(user)) => format!("user={user}"),
            (bot, None) => format!("bot={}", bot.unwrap_or_default()),
        };
        let id = self.shell.organization.as_ref().map(|organization| organization.id).unwrap_or_default();
        format!("/api/v1/organizations/{id}/access-map?{of}&limit=200&format=csv")
    }
}

async fn bots(app: &App, inside: &Inside) -> Result<Vec<Named>, Problem> {
    let list = List { limit: 200, cursor: None, q: None, sort: None };
    let bots = service::bot::list_bots(app, inside.caller.clone(), inside.id, Ok(list)).await?.items;
    Ok(bots.into_iter().map(|bot| Named { id: bot.id, name: bot.name }).collect())
}

fn id(list: &ListState, name: &str) -> Result<Option<Uuid>, Problem> {
    list.filter(name).map(|text| text.parse().map_err(|_| Problem::not_found())).transpose()
}

async fn show_map(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let bots = bots(&app, &inside).await?;
    let (bot, user) = (id(&list, "bot")?, id(&list, "user")?);
    // Whoever may ask about everybody begins with the first bot.
    let bot = bot.or_else(|| bots.first().map(|bot| bot.id).filter(|_| user.is_none()));
    let caller = || inside.caller.clone();
    let of = match (bot, user) {
        (_, Some(user)) => Some(MapOf::User(user.into())),
        (Some(bot), None) => Some(MapOf::Bot(bot.into())),
        (None, None) => None,
    };
    let mut page = list.list()?;
    page.limit = 200;
    let map = match of {
        Some(of) => Some(service::reach::access_map(&app, caller(), inside.id, Ok(page), Ok(of)).await?),
        None => None,
    };
    let name = match user {
        Some(user) => Some(service::member::find_user(&app, caller(), (inside.id, user.into())).await?.name),
        None => None,
    };
    let mut shell =
        inside.shell.titled("map-title").within("access-map", "User Role RoleAssignment Team Bot Permission");
    shell = match name {
        Some(name) => shell.named(name).about("map-purpose-user"),
        None => shell.about("map-purpose"),
    };
    let page = MapPage { shell, list, bots, bot: bot.filter(|_| user.is_none()), user, map };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "who-can.html")]
struct WhoPage {
    shell: Shell,
    list: ListState,
    bots: Vec<Named>,
    bot: Option<Uuid>,
    permission: String,
    permissions: Vec<(String, Vec<(String, String)>)>,
    people: Option<ListView<AbleView>>,
}

impl WhoPage {
    fn chosen(&self, bot: &Named) -> bool {
        self.bot == Some(bot.id)
    }

    fn reason(&self, one: &AbleView) -> String {
        let all = one.because.iter().map(|reason| reason_in_words(&self.shell, reason));
        all.collect::<Vec<_>>().join("; ")
    }

    fn csv(&self) -> String {
        let id = self.shell.organization.as_ref().map(|organization| organization.id).unwrap_or_default();
        let bot = self.bot.map(|bot| format!("&bot={bot}")).unwrap_or_default();
        let (model, action) = self.permission.split_once(':').unwrap_or_default();
        format!("/api/v1/organizations/{id}/who-can?model={model}&action={action}{bot}&limit=200&format=csv")
    }
}

async fn who_can(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let bot = id(&list, "bot")?;
    let permission = list.filter("permission").unwrap_or_default();
    let caller = inside.caller.clone();
    let people = match permission.split_once(':') {
        Some((model, action)) => {
            let question =
                WhoCanQuestion { model: model.to_owned(), action: action.to_owned(), bot: bot.map(Into::into) };
            Some(service::reach::who_can(&app, caller, inside.id, list.list(), Ok(question)).await?)
        }
        None => {
            // Whoever may not ask does not see the question either.
            let question = WhoCanQuestion { model: "Bot".to_owned(), action: "create".to_owned(), bot: None };
            if bot.is_none() {
                service::reach::who_can(&app, caller, inside.id, list.list(), Ok(question)).await?;
            }
            None
        }
    };
    let level = if bot.is_some() { Level::Bot } else { Level::Organization };
    let t = inside.shell.text;
    let of = |model: &'static catalogue::Model| {
        let of_level = model.actions.iter().filter(|action| {
            rolecall_access::Permission::new(model.key, action).is_ok_and(|one| catalogue::level(&one) == Some(level))
        });
        let actions: Vec<(String, String)> = of_level
            .map(|action| (format!("{}:{action}", model.key), words::permission(t, model.key, action)))
            .collect();
        (words::model(t, model.key), actions)
    };
    let permissions = catalogue::MODELS.iter().map(of).filter(|(_, actions)| !actions.is_empty()).collect();
    let bots = bots(&app, &inside).await?;
    let (map, back) = (inside.shell.t("map-title"), inside.shell.here("/access-map"));
    let shell =
        inside.shell.titled("who-title").about("who-purpose").within("access-map", "User Role Team").below(map, back);
    let page = WhoPage { shell, list, bots, bot, permission, permissions, people };
    render(&page.shell, &page)
}
