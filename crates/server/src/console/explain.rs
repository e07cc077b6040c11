//! Why somebody may or may not: the question, and the answer in words.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use rolecall_access::catalogue::{self, Level};
use rolecall_store::resource::List;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::console::words;
use crate::problem::Problem;
use crate::service::explain::{ExplainQuestion, ExplanationView, MissingView, ReasonView};
use crate::service::{self, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/users/{user}/explain", get(explain))
}

/// What is asked.
#[derive(Default, Deserialize)]
struct Asked {
    /// A bot's id; empty: the organization.
    #[serde(default)]
    bot: String,
    /// `Model:action`; empty: nothing is asked yet.
    #[serde(default)]
    permission: String,
}

#[derive(Template)]
#[template(path = "explain.html")]
struct ExplainPage {
    shell: Shell,
    user: Uuid,
    bot: String,
    permission: String,
    bots: Vec<Named>,
    /// Permissions by model: its name, and `Model:action` with its words.
    permissions: Vec<(String, Vec<(String, String)>)>,
    answer: Option<ExplanationView>,
    /// Where it is changed, for whoever may.
    change: Option<String>,
}

async fn explain(
    inside: Inside,
    State(app): State<App>,
    Path((_, user)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let user: Uuid = user.parse().map_err(|_| Problem::not_found())?;
    let caller = || inside.caller.clone();
    let bot: Option<Uuid> = Some(asked.bot.as_str()).filter(|bot| !bot.is_empty()).map(parse).transpose()?;
    // Whoever may not see the person, here or on the bot's team, learns no more.
    let own = inside.shell.me.as_ref().is_some_and(|me| me.id == user);
    let on_team = match bot {
        Some(bot) => service::team::find_team_member(&app, caller(), bot.into(), user.into()).await.ok(),
        None => None,
    };
    let name = match (&inside.shell.me, &on_team) {
        (Some(me), _) if own => me.name.clone(),
        (_, Some((member, _))) => member.name.clone(),
        _ => service::member::find_user(&app, caller(), (inside.id, user.into())).await?.name,
    };
    let answer = match asked.permission.split_once(':') {
        None => None,
        Some((model, action)) => {
            let question = ExplainQuestion {
                user: Some(user.into()),
                subject: None,
                model: model.to_owned(),
                action: action.to_owned(),
                bot: bot.map(Into::into),
            };
            Some(service::explain::explain(&app, caller(), inside.id, Ok(question)).await?)
        }
    };
    let list = List { limit: 200, cursor: None, q: None, sort: None };
    let bots = service::bot::list_bots(&app, caller(), inside.id, Ok(list)).await?.items;
    let edits = on_team.is_some_and(|(member, _)| member.can.iter().any(|can| can == "update"));
    let slug = bots.iter().find(|one| Some(one.id) == bot).map(|one| one.slug.clone()).filter(|_| edits);
    let change = slug.map(|slug| inside.shell.here(&format!("/bots/{slug}/access/{user}")));
    let (users, back) = (inside.shell.t("users-title"), inside.shell.here("/users"));
    let mut shell = inside.shell.named(name.clone()).within("users", "User Role RoleAssignment Team");
    if shell.may("User", "read") {
        let page = shell.here(&format!("/users/{user}"));
        shell = shell.below(users, back).below(name, page);
    }
    let page = ExplainPage {
        permissions: permissions(&shell),
        shell: shell.titled("explain-title").about("explain-purpose"),
        user,
        bot: asked.bot,
        permission: asked.permission,
        bots: bots.into_iter().map(|bot| Named { id: bot.id, name: bot.name }).collect(),
        answer,
        change,
    };
    render(&page.shell, &page)
}

fn parse(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn permissions(shell: &Shell) -> Vec<(String, Vec<(String, String)>)> {
    let t = shell.text;
    let of = |model: &'static catalogue::Model| {
        let word = |action: &&str| (format!("{}:{action}", model.key), words::permission(t, model.key, action));
        (words::model(t, model.key), model.actions.iter().map(word).collect())
    };
    words::models(Level::Bot).chain(words::models(Level::Organization)).map(of).collect()
}

impl ExplainPage {
    fn reason(&self, reason: &ReasonView) -> String {
        reason_in_words(&self.shell, reason)
    }

    fn remedy(&self, missing: &MissingView) -> Vec<String> {
        let step = |step: &service::explain::StepView| {
            let key = format!("explain-step-{}", step.kind.replace('_', "-"));
            self.shell.with(&key, "role", step.role.as_ref().map_or("", |role| role.name.as_str()))
        };
        missing.grant.iter().map(step).collect()
    }

    fn givers(&self, missing: &MissingView) -> String {
        missing.who_can_give.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// A fact that allows, in words.
pub fn reason_in_words(shell: &Shell, reason: &ReasonView) -> String {
    let key = format!("explain-fact-{}", reason.fact.replace('_', "-"));
    shell.with(&key, "role", reason.from.as_ref().map_or("", |role| role.name.as_str()))
}
