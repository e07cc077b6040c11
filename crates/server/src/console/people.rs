//! Settings > Team: the people at a glance, their roles to be changed in place, who is waiting, what each role may do
//! (T-16 to T-18).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use rolecall_access::catalogue::{self, Level};
use rolecall_store::resource::List;
use uuid::Uuid;

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, acted, render};
use crate::console::preview;
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::invitation::InvitationView;
use crate::service::matrix::ComparedView;
use crate::service::member::{RoleGrantBody, SeatsView, UserRolesBody, UserView};
use crate::service::{self, ListView, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/settings/team", get(show_team))
        .route("/{org}/settings/team/{user}/role", post(set_role))
        .route("/{org}/roles/compare", get(compare))
}

/// A row of the comparison: an area, and each role's letters there.
pub struct Compared {
    area: String,
    cells: Vec<String>,
    differs: bool,
}

/// The comparison of these roles, area by area; the owner, who may do everything, first where there is one.
fn comparison(shell: &Shell, roles: &[&ComparedView], level: Level) -> Vec<Compared> {
    let row = |model: &'static catalogue::Model| {
        let cell = |role: &&ComparedView| {
            let held = role.cells.get(model.key);
            let letter = |action: &&str| {
                let relation =
                    if role.everything { Some("role") } else { held.and_then(|held| held.get(*action)).copied() };
                let word = words::action(shell.text, action);
                relation.map(|relation| match relation {
                    "role" => word,
                    narrow => format!("{word} ({})", words::relation(shell.text, narrow)),
                })
            };
            model.actions.iter().filter_map(letter).collect::<Vec<_>>().join(", ")
        };
        let cells: Vec<String> = roles.iter().map(cell).collect();
        let differs = cells.windows(2).any(|pair| pair.first() != pair.last());
        Compared { area: words::model(shell.text, model.key), cells, differs }
    };
    words::models(level).map(row).filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect()
}

/// When to pick the role, from what it really may do.
fn advice(shell: &Shell, role: &ComparedView) -> String {
    let named = |changes: bool| {
        let of = |model: &&catalogue::Model| {
            let held = role.cells.get(model.key);
            let any = role.everything || held.is_some_and(|held| !held.is_empty());
            let writes = role.everything || held.is_some_and(|held| held.keys().any(|action| action != "read"));
            if changes { writes } else { any && !writes }
        };
        let names: Vec<String> =
            catalogue::MODELS.iter().filter(of).map(|model| words::model(shell.text, model.key)).collect();
        names.join(", ")
    };
    let (changes, sees) = (named(true), named(false));
    let key = match (changes.is_empty(), sees.is_empty()) {
        _ if role.everything => "advice-everything",
        (false, false) => "advice-both",
        (false, true) => "advice-changes",
        (true, false) => "advice-sees",
        (true, true) => "advice-nothing",
    };
    shell.text.with_all(key, &[("role", &role.name), ("changes", &changes), ("sees", &sees)])
}

#[derive(Template)]
#[template(path = "settings-team.html")]
struct TeamPage {
    shell: Shell,
    list: ListState,
    users: ListView<UserView>,
    pending: Vec<InvitationView>,
    seats: SeatsView,
    choices: Vec<Named>,
    owner_word: String,
    names: Vec<String>,
    on_bots: Vec<Compared>,
    in_organization: Vec<Compared>,
    advice: Vec<String>,
}

impl TeamPage {
    fn only_role(&self, user: &UserView, role: &Named) -> bool {
        user.roles.iter().any(|held| held.id == role.id)
    }

    fn changes(&self, user: &UserView) -> bool {
        let can = |ability: &str| user.can.iter().any(|can| can == ability);
        can("RoleAssignment:create") && can("RoleAssignment:delete") && user.roles.len() < 2
    }
}

async fn show_team(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let caller = || inside.caller.clone();
    let users = service::member::list_users(&app, caller(), inside.id, list.list(), Ok(None)).await?;
    let seats = service::member::seats(&app, caller(), inside.id).await?;
    let few = List { limit: 50, cursor: None, q: None, sort: None };
    let pending = Ok(Some("pending".to_owned()));
    let pending = service::invitation::list_invitations(&app, caller(), inside.id, Ok(few), pending).await;
    let roles = service::matrix::compare(&app, caller(), inside.id).await.map(|list| list.items).unwrap_or_default();
    let shown: Vec<&ComparedView> = roles.iter().filter(|role| !role.public).collect();
    let choices = service::organization::role_choices(&app, caller(), inside.id).await?;
    let shell = inside.shell.titled("team-title").about("team-purpose");
    let page = TeamPage {
        users,
        pending: pending.map(|list| list.items).unwrap_or_default(),
        seats,
        choices,
        owner_word: shell.t("owner-word"),
        names: shown.iter().map(|role| role.name.clone()).collect(),
        on_bots: comparison(&shell, &shown, Level::Bot),
        in_organization: comparison(&shell, &shown, Level::Organization),
        advice: shown.iter().map(|role| advice(&shell, role)).collect(),
        list,
        shell: shell.within("team", "User Invitation Role RoleAssignment Permission"),
    };
    render(&page.shell, &page)
}

/// Another role for somebody, chosen in place.
async fn set_role(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let user: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let grant = |role_id| RoleGrantBody { role_id, expires_at: None, reason: None };
    let body = UserRolesBody { roles: fields.ids("role_id").into_iter().map(grant).collect() };
    let back = inside.shell.here("/settings/team");
    let (caller, slot) = preview::caller(&inside, &fields);
    let id = (inside.id, user.into());
    let result = service::member::set_user_roles(&app, caller, id, fields.version(), Input::of(body)).await;
    if let Some(slot) = slot {
        let action = inside.shell.here(&format!("/settings/team/{user}/role"));
        return preview::show(inside.shell, &slot, result.err(), (action, back, &fields));
    }
    acted(result, &back, &inside.shell.t("saved"), &back)
}

#[derive(Template)]
#[template(path = "roles-compare.html")]
struct ComparePage {
    shell: Shell,
    roles: Vec<Named>,
    chosen: Vec<Uuid>,
    names: Vec<String>,
    on_bots: Vec<Compared>,
    in_organization: Vec<Compared>,
}

impl ComparePage {
    fn is_chosen(&self, place: usize, role: &Named) -> bool {
        self.chosen.get(place) == Some(&role.id)
    }
}

/// Two roles side by side.
async fn compare(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let all = service::matrix::compare(&app, inside.caller, inside.id).await?.items;
    let asked = ["a", "b"].into_iter().filter_map(|name| list.filter(name)).filter_map(|text| text.parse().ok());
    let mut chosen: Vec<Uuid> = asked.filter(|id| all.iter().any(|role| role.id == *id)).collect();
    for role in &all {
        if chosen.len() < 2 && !chosen.contains(&role.id) {
            chosen.push(role.id);
        }
    }
    let pair: Vec<&ComparedView> = chosen.iter().filter_map(|id| all.iter().find(|role| role.id == *id)).collect();
    let (roles, back) = (inside.shell.t("roles-title"), inside.shell.here("/roles"));
    let shell = inside.shell.titled("compare-title").about("compare-purpose").within("roles", "Role Permission");
    let page = ComparePage {
        names: pair.iter().map(|role| role.name.clone()).collect(),
        on_bots: comparison(&shell, &pair, Level::Bot),
        in_organization: comparison(&shell, &pair, Level::Organization),
        roles: all.iter().map(|role| Named { id: role.id, name: role.name.clone() }).collect(),
        chosen,
        shell: shell.below(roles, back),
    };
    render(&page.shell, &page)
}
