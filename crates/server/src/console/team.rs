//! A bot's Access tab (A-8, P-6): who is on it, putting people on it, what each may do there.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::catalogue::Level;
use rolecall_access::{BotId, UserId};
use serde::Deserialize;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab, open};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::step::confirm_first;
use crate::console::switches::{self, Choices, Term};
use crate::console::users::role_names;
use crate::console::{preview, term, words};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::service;
use crate::service::Named;
use crate::service::bot::BotOwnerBody;
use crate::service::copy::{CopyBody, SkippedView};
use crate::service::team::{TeamBody, TeamEntryBody, TeamMemberView, TeamView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/access", get(show_team).post(add_member))
        .route("/{org}/bots/{bot}/access/edit", get(show_edit).post(edit_team))
        .route("/{org}/bots/{bot}/access/{user}", get(show_member).post(set_member))
        .route("/{org}/bots/{bot}/access/{user}/owner", get(confirm_owner).post(name_owner))
        .route("/{org}/bots/{bot}/access/{user}/remove", post(remove_member))
}

#[derive(Template)]
#[template(path = "bot-access.html")]
struct TeamPage {
    shell: Shell,
    tab: Tab,
    team: TeamView,
    candidates: Vec<Named>,
}

impl TeamPage {
    fn can(&self, ability: &str) -> bool {
        self.team.can.iter().any(|can| can == ability)
    }

    fn own(&self, member: &TeamMemberView) -> bool {
        self.shell.me.as_ref().is_some_and(|me| me.id == member.user_id)
    }
}

async fn show_team(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let bot = BotId(tab.bot.id);
    let team = service::team::find_team(&app, inside.caller.clone(), bot).await?;
    let candidates = match team.can.iter().any(|can| can == "create") {
        true => service::team::list_candidates(&app, inside.caller, bot, None).await?,
        false => Vec::new(),
    };
    let page = TeamPage { shell: inside.shell, tab, team, candidates };
    render(&page.shell, &page)
}

/// Puts somebody on the bot with their default, then leads to what they may do there.
async fn add_member(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let back = tab.path(&inside.shell, "/access");
    let Ok(user) = fields.text("user_id").parse::<Uuid>() else {
        let missing = Problem::new(crate::problem::Kind::Invalid, inside.shell.t("access-choose-somebody"));
        return acted(Err::<(), _>(missing), &back, "", &back);
    };
    let body = Input::of(TeamEntryBody::default());
    let result =
        service::team::set_team_member(&app, inside.caller, BotId(tab.bot.id), UserId(user), Precondition::Any, body);
    let next = if tab.can("Team:update") { tab.path(&inside.shell, &format!("/access/{user}")) } else { back.clone() };
    acted(result.await, &next, &inside.shell.t("access-added"), &back)
}

#[derive(Template)]
#[template(path = "bot-access-member.html")]
struct MemberPage {
    shell: Shell,
    tab: Tab,
    member: TeamMemberView,
    version: i64,
    roles: Vec<(Named, bool)>,
    switches: Choices,
    terms: Vec<Term>,
    sees: Vec<(String, String)>,
    until: String,
    others: Vec<Named>,
    copied: Option<Copied>,
    errors: Errors,
}

/// What was copied into the form, and what was left out.
struct Copied {
    name: String,
    skipped: Vec<String>,
}

/// What the form is filled with: what is held, or what somebody else has.
#[derive(Default, Deserialize)]
struct From {
    #[serde(default)]
    from: String,
}

async fn member_page(
    app: &App,
    (inside, tab): (Inside, Tab),
    (user, from): (&str, &str),
    status: StatusCode,
    errors: Errors,
) -> Page {
    let user: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let bot = BotId(tab.bot.id);
    let team = service::team::find_team(app, inside.caller.clone(), bot).await?;
    let version = team.version;
    let mut others = team.items;
    let place = others.iter().position(|one| one.user_id == user).ok_or_else(Problem::not_found)?;
    let member = others.remove(place);
    let choices = service::organization::role_choices(app, inside.caller.clone(), inside.id).await?;
    let mut roles: Vec<Uuid> = member.roles.iter().map(|role| role.id).collect();
    let mut on: Vec<String> = member.permissions.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
    let mut copied = None;
    if let Some(from) = others.iter().find(|one| one.user_id.to_string() == from) {
        let body = Input::of(CopyBody { from_user_id: from.user_id });
        let copy = service::copy::copy(app, inside.caller.clone(), bot, UserId(user), body).await?;
        roles = copy.role_ids;
        on = copy.permissions.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
        let skipped = copy.skipped.iter().map(|one| skipped(&inside.shell, one)).collect();
        copied = Some(Copied { name: from.name.clone(), skipped });
    }
    let map = service::team::find_team_member_map(app, inside.caller, bot, UserId(user)).await?;
    let t = inside.shell.text;
    let in_words = |(model, actions): (String, Vec<String>)| {
        let actions: Vec<String> = actions.iter().map(|action| words::action(t, action)).collect();
        (words::model(t, &model), actions.join(", "))
    };
    let access = inside.shell.t("bot-tab-access");
    let (bot_name, bot_path) = (tab.bot.name.clone(), tab.path(&inside.shell, ""));
    let access_path = tab.path(&inside.shell, "/access");
    let page = MemberPage {
        roles: choices.into_iter().map(|role| (role.clone(), roles.contains(&role.id))).collect(),
        others: others.into_iter().map(|one| Named { id: one.user_id, name: one.name }).collect(),
        copied,
        sees: map.into_iter().map(in_words).collect(),
        switches: switches::choices(&inside.shell, Level::Bot, &on, |_| true),
        terms: switches::terms(&inside.shell, &member.permissions),
        until: term::field(&inside.shell, member.expires_at),
        version,
        errors,
        shell: inside.shell.named(member.name.clone()).below(bot_name, bot_path).below(access, access_path),
        tab,
        member,
    };
    render_with(status, &page.shell, &page)
}

async fn show_member(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, user)): Path<(String, String, String)>,
    Query(From { from }): Query<From>,
) -> Page {
    let opened = open(&app, inside, &slug, "access").await?;
    member_page(&app, opened, (&user, &from), StatusCode::OK, Errors::default()).await
}

async fn set_member(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, user)): Path<(String, String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let id: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let bot = BotId(tab.bot.id);
    let (before, _) = service::team::find_team_member(&app, inside.caller.clone(), bot, UserId(id)).await?;
    let path = tab.path(&inside.shell, &format!("/access/{user}"));
    let (caller, slot) = preview::caller(&inside, &fields);
    let until = term::end(&inside.shell, &fields, "until", before.expires_at);
    let kept = until.and_then(|end| Ok((end, switches::kept(&inside.shell, &fields, &before.permissions)?)));
    let set = match kept {
        Ok((expires_at, permissions)) => {
            let body = TeamEntryBody {
                role_ids: Some(fields.ids("role_ids")),
                permissions: Some(permissions),
                expires_at,
                reason: Some(fields.text("reason")),
            };
            service::team::set_team_member(&app, caller, bot, UserId(id), fields.version(), Input::of(body)).await
        }
        Err(problem) => Err(problem),
    };
    if let Some(slot) = slot {
        let sent = (path, tab.path(&inside.shell, &format!("/access/{user}")), &fields);
        return preview::show(inside.shell, &slot, set.err(), sent);
    }
    match set {
        Ok(_) => Ok(done(&tab.path(&inside.shell, "/access"), &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let choices = service::organization::role_choices(&app, inside.caller.clone(), inside.id).await?;
            let differences = differences(&inside.shell, &choices, &before, &fields);
            let late = Conflict { action: path.clone(), back: path, fields: &fields, differences };
            conflict::choose(inside.shell.named(before.name), version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            member_page(&app, (inside, tab), (&user, ""), StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}

/// What a copy leaves out, in words.
fn skipped(shell: &Shell, one: &SkippedView) -> String {
    let what = match (&one.role, &one.permission) {
        (Some(role), _) => role.name.clone(),
        (_, Some(permission)) => words::permission(shell.text, &permission.model, &permission.action),
        _ => String::new(),
    };
    shell.with(&format!("copy-skipped-{}", one.reason), "what", what)
}

#[derive(Template)]
#[template(path = "bot-access-edit.html")]
struct EditPage {
    shell: Shell,
    tab: Tab,
    version: i64,
    people: Vec<Marked>,
}

/// Somebody who is, or could be, on the team.
struct Marked {
    id: Uuid,
    name: String,
    on: bool,
    fixed: bool,
}

async fn show_edit(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let bot = BotId(tab.bot.id);
    let team = service::team::find_team(&app, inside.caller.clone(), bot).await?;
    let candidates = service::team::list_candidates(&app, inside.caller, bot, None).await?;
    let on =
        team.items.iter().map(|one| Marked { id: one.user_id, name: one.name.clone(), on: true, fixed: one.owner });
    let off = candidates.into_iter().map(|one| Marked { id: one.id, name: one.name, on: false, fixed: false });
    let mut people: Vec<Marked> = on.chain(off).collect();
    people.sort_by_key(|one| one.name.to_lowercase());
    let (bot_name, bot_path) = (tab.bot.name.clone(), tab.path(&inside.shell, ""));
    let (access, access_path) = (inside.shell.t("bot-tab-access"), tab.path(&inside.shell, "/access"));
    let shell = inside.shell.titled("team-edit-title").about("team-edit-purpose");
    let shell = shell.below(bot_name, bot_path).below(access, access_path);
    let page = EditPage { version: team.version, people, shell, tab };
    render(&page.shell, &page)
}

/// Who is marked is on it, all at once.
async fn edit_team(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let bot = BotId(tab.bot.id);
    let body = Input::of(TeamBody { user_ids: fields.ids("user_ids") });
    let (caller, slot) = preview::caller(&inside, &fields);
    let set = service::team::set_team(&app, caller, bot, fields.version(), body).await;
    let (back, path) = (tab.path(&inside.shell, "/access"), tab.path(&inside.shell, "/access/edit"));
    if let Some(slot) = slot {
        return preview::show(inside.shell, &slot, set.err(), (path.clone(), path, &fields));
    }
    match set {
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let team = service::team::find_team(&app, inside.caller.clone(), bot).await?;
            let candidates = service::team::list_candidates(&app, inside.caller, bot, None).await?;
            let known = team.items.iter().map(|one| (one.user_id, one.name.clone()));
            let known: Vec<(Uuid, String)> =
                known.chain(candidates.into_iter().map(|one| (one.id, one.name))).collect();
            let names = |ids: &dyn Fn(Uuid) -> bool| {
                let names = known.iter().filter(|(id, _)| ids(*id)).map(|(_, name)| name.as_str());
                names.collect::<Vec<_>>().join(", ")
            };
            let typed = fields.ids("user_ids");
            let saved = names(&|id| team.items.iter().any(|one| one.user_id == id));
            let differences =
                Difference::of(inside.shell.t("team-edit-title"), saved, names(&|id| typed.contains(&id)));
            let late = Conflict { action: path, back, fields: &fields, differences: differences.into_iter().collect() };
            conflict::choose(inside.shell, version, late)
        }
        result => acted(result, &back, &inside.shell.t("saved"), &path),
    }
}

/// What the form wanted for the person and what is saved.
fn differences(shell: &Shell, choices: &[Named], now: &TeamMemberView, fields: &Fields) -> Vec<Difference> {
    let typed = fields.ids("role_ids");
    let saved = role_names(choices, |id| now.roles.iter().any(|role| role.id == id));
    let on: Vec<String> = now.permissions.iter().map(|one| format!("{}:{}", one.model, one.action)).collect();
    let words = |on: &[String]| switches::in_words(shell, Level::Bot, on);
    let differences = [
        Difference::of(shell.t("access-roles"), saved, role_names(choices, |id| typed.contains(&id))),
        Difference::of(shell.t("access-permissions"), words(&on), words(&switches::values(shell, fields))),
    ];
    differences.into_iter().flatten().collect()
}

/// Handing a bot over asks first.
async fn confirm_owner(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, user)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let user: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let bot = BotId(tab.bot.id);
    let (member, _) = service::team::find_team_member(&app, inside.caller.clone(), bot, UserId(user)).await?;
    if !tab.can("BotOwner:update") {
        return Err(Problem::not_found());
    }
    let shell = inside.shell;
    if let Some(first) = confirm_first(&inside.caller, &tab.path(&shell, &format!("/access/{user}/owner"))) {
        return Ok(first);
    }
    let page = ConfirmPage {
        lines: vec![shell.with("owner-name-help", "name", &member.name)],
        names: Vec::new(),
        blocked: None,
        action: tab.path(&shell, &format!("/access/{user}/owner")),
        button: shell.t("owner-name-button"),
        back: tab.path(&shell, &format!("/access/{user}")),
        version: tab.bot.version,
        typed: None,
        shell: shell.titled("owner-name-title"),
    };
    render(&page.shell, &page)
}

/// The owner names another.
async fn name_owner(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, user)): Path<(String, String, String)>,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let body = Input::of(BotOwnerBody { user_id: user.parse().map_err(|_| Problem::not_found())? });
    let back = tab.path(&inside.shell, "/access");
    let result = service::bot::set_bot_owner(&app, inside.caller, BotId(tab.bot.id), body).await;
    acted(result, &back, &inside.shell.t("owner-named"), &back)
}

async fn remove_member(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, user)): Path<(String, String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "access").await?;
    let id: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let own = inside.shell.me.as_ref().is_some_and(|me| me.id == id);
    let back = tab.path(&inside.shell, "/access");
    let path = if own { inside.shell.here("/bots") } else { back.clone() };
    let version = fields.version();
    let result = service::team::remove_team_member(&app, inside.caller, BotId(tab.bot.id), UserId(id), version).await;
    acted(result, &path, &inside.shell.t("access-removed"), &back)
}
