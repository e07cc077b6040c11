//! The list of users (W-22), creating one (W-23, P-4), and what all lists share.

use std::convert::Infallible;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get;
use rolecall_access::Permission;
use rolecall_access::catalogue::Level;
use rolecall_store::resource::List;

use uuid::Uuid;

use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, encode, render, render_with};
use crate::console::shell::Shell;
use crate::console::switches::{self, Choices};
use crate::console::term;
use crate::input::Input;
use crate::service::member::{AssignedRoleView, NewUserBody, SeatsView, UserView};
use crate::service::{self, ListView, Named, Result};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/users", get(list_users).post(create_user)).route("/{org}/users/new", get(new_user))
}

/// Items of a page of a list.
const ITEMS: u32 = 50;

/// What the address says about a list: search, page, and where the list is.
#[derive(Clone, Debug)]
pub struct ListState {
    /// The search.
    pub q: String,
    /// The page.
    pub cursor: Option<String>,
    /// The column, with `-` before it for descending.
    pub sort: Option<String>,
    /// The path without its query.
    pub path: String,
    /// Other parameters of the list, kept while searching and paging.
    pub filters: Vec<(String, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for ListState {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> std::result::Result<Self, Infallible> {
        let path = parts.uri.path().to_owned();
        let mut state = Self { q: String::new(), cursor: None, sort: None, path, filters: Vec::new() };
        for (key, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match key.as_ref() {
                "q" => state.q = value.trim().chars().take(200).collect(),
                "sort" => state.sort = Some(value.into_owned()).filter(|sort| !sort.is_empty()),
                "cursor" => state.cursor = Some(value.into_owned()).filter(|cursor| !cursor.is_empty()),
                _ => state.filters.push((key.into_owned(), value.into_owned())),
            }
        }
        Ok(state)
    }
}

impl ListState {
    /// For the services.
    pub fn list(&self) -> Result<List> {
        let q = Some(self.q.clone()).filter(|q| !q.is_empty());
        Ok(List { limit: ITEMS, cursor: self.cursor.clone(), q, sort: self.sort.clone() })
    }

    /// A filter's value, if it is given.
    pub fn filter(&self, name: &str) -> Option<String> {
        self.filters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    }

    /// Every value of a filter.
    pub fn every<'l>(&'l self, name: &'l str) -> impl Iterator<Item = &'l str> {
        self.filters.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The list's address with these parameters beside search and filters.
    fn address(&self, parameters: &[(&str, &str)]) -> String {
        let own =
            self.filters.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain([("q", self.q.as_str())]);
        let all: Vec<String> = own
            .chain(parameters.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}={}", encode(value)))
            .collect();
        if all.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, all.join("&")) }
    }

    /// The address of the list without this filter.
    pub fn without(&self, name: &str) -> String {
        let filters = self.filters.iter().filter(|(key, _)| key != name).cloned().collect();
        Self { filters, ..self.clone() }.address(&[])
    }

    /// The address of the list with this filter, in place of another of the name.
    pub fn narrowed(&self, name: &str, value: impl std::fmt::Display) -> String {
        let mut filters: Vec<_> = self.filters.iter().filter(|(key, _)| key != name).cloned().collect();
        filters.push((name.to_owned(), value.to_string()));
        Self { filters, ..self.clone() }.address(&[])
    }

    /// The address of the next page.
    pub fn next(&self, cursor: &str) -> String {
        self.address(&[("sort", self.sort.as_deref().unwrap_or_default()), ("cursor", cursor)])
    }

    /// The address of the first page.
    pub fn first(&self) -> String {
        self.address(&[("sort", self.sort.as_deref().unwrap_or_default())])
    }

    /// The address of the list sorted by this column, the other way round if it is already.
    pub fn sorted(&self, column: &str) -> String {
        let down = self.direction(column) == "ascending";
        self.address(&[("sort", &format!("{}{column}", if down { "-" } else { "" }))])
    }

    /// How the list is sorted by this column, as assistive technology is told.
    pub fn direction(&self, column: &str) -> &'static str {
        match self.sort.as_deref() {
            Some(sort) if sort == column => "ascending",
            Some(sort) if sort.strip_prefix('-') == Some(column) => "descending",
            _ => "none",
        }
    }
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    shell: Shell,
    list: ListState,
    users: ListView<UserView>,
    seats: SeatsView,
}

impl UsersPage {
    fn factor(&self, wanted: &str) -> bool {
        self.list.filter("second_factor").unwrap_or_default() == wanted
    }
}

async fn list_users(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let second_factor = Ok(list.filter("second_factor"));
    let users = service::member::list_users(&app, inside.caller.clone(), inside.id, list.list(), second_factor).await?;
    let seats = service::member::seats(&app, inside.caller, inside.id).await?;
    let lists = "User Invitation RoleAssignment Role";
    let shell = inside.shell.titled("users-title").about("users-purpose").within("users", lists);
    let page = UsersPage { shell, list, users, seats };
    render(&page.shell, &page)
}

/// A role to choose, with until when and why it is held.
pub struct RoleChoice {
    /// The role.
    pub role: Named,
    /// Whether it is held.
    pub on: bool,
    /// Until when, as a field has it.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// The roles to choose among; those held with their end and reason.
pub fn role_terms(shell: &Shell, choices: Vec<Named>, held: &[AssignedRoleView]) -> Vec<RoleChoice> {
    let choice = |role: Named| {
        let held = held.iter().find(|held| held.id == role.id);
        RoleChoice {
            on: held.is_some(),
            until: term::field(shell, held.and_then(|held| held.expires_at)),
            reason: held.map(|held| held.reason.clone()).unwrap_or_default(),
            role,
        }
    };
    choices.into_iter().map(choice).collect()
}

/// The names of the roles that are held.
pub fn role_names(roles: &[Named], held: impl Fn(Uuid) -> bool) -> String {
    let names: Vec<&str> = roles.iter().filter(|role| held(role.id)).map(|role| role.name.as_str()).collect();
    names.join(", ")
}

#[derive(Template)]
#[template(path = "user-new.html")]
struct NewUserPage {
    shell: Shell,
    name: String,
    email: String,
    roles: Vec<(Named, bool)>,
    switches: Choices,
    errors: Errors,
}

async fn new_page(app: &App, inside: Inside, fields: &Fields, errors: Errors, status: StatusCode) -> Page {
    let roles = service::organization::role_choices(app, inside.caller, inside.id).await?;
    let chosen = fields.ids("role_ids");
    let on = switches::values(&inside.shell, fields);
    let shell = inside.shell;
    // Only what one holds oneself can be given.
    let holds = |permission: &Permission| shell.may(permission.model.as_str(), permission.action.as_str());
    let offered = switches::choices(&shell, Level::Organization, &on, holds);
    let (users, back) = (shell.t("users-title"), shell.here("/users"));
    let page = NewUserPage {
        name: fields.text("name"),
        email: fields.text("email"),
        roles: roles.into_iter().map(|role| (role.clone(), chosen.contains(&role.id))).collect(),
        switches: offered,
        errors,
        shell: shell.titled("user-new-title").about("user-new-purpose").within("users", "").below(users, back),
    };
    render_with(status, &page.shell, &page)
}

async fn new_user(inside: Inside, State(app): State<App>) -> Page {
    service::member::may_create_user(&app, inside.caller.clone(), inside.id).await?;
    new_page(&app, inside, &Fields::default(), Errors::default(), StatusCode::OK).await
}

#[derive(Template)]
#[template(path = "link.html")]
pub struct LinkPage {
    /// The frame.
    pub shell: Shell,
    /// To whom the link is to be handed.
    pub email: String,
    /// The link, shown this once.
    pub link: String,
    /// Where to go on.
    pub next: String,
}

async fn create_user(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let body = NewUserBody {
        name: fields.text("name"),
        email: fields.text("email"),
        role_ids: fields.ids("role_ids"),
        permissions: switches::switched(&inside.shell, &fields),
    };
    match service::member::create_user(&app, inside.caller.clone(), inside.id, Input::of(body)).await {
        Ok(made) => Ok(sent(inside.shell, made.value.email, made.value.link, "/users")?),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            new_page(&app, inside, &fields, errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// After an invitation went out: back to the list, or the link to hand over where no mail can be sent.
pub fn sent(shell: Shell, email: String, link: Option<String>, rest: &str) -> Page {
    let next = shell.here(rest);
    let Some(link) = link else {
        return Ok(done(&next, &shell.with("invitation-sent", "email", &email)));
    };
    let page = LinkPage { shell: shell.titled("link-title").within("users", ""), email, link, next };
    render(&page.shell, &page)
}
