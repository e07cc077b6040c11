//! Problems as pages: not found, not allowed, and whatever else can happen.

use std::collections::BTreeSet;

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts as _, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rolecall_access::{OrganizationId, Scope};
use rolecall_store::Caller;
use uuid::Uuid;

use crate::auth::asking::Asking;
use crate::console::page::{Page, Visitor, encode, enter, render, render_with, theme};
use crate::console::shell::Shell;
use crate::console::words;
use crate::observe::RequestId;
use crate::problem::{Kind, Problem};
use crate::service;
use crate::service::explain::ExplainQuestion;
use crate::state::App;
use crate::text::Language;

pub fn router() -> Router<App> {
    Router::new().route("/problems/{name}", get(explain))
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    status: u16,
    detail: String,
    missing: Option<String>,
    request_id: String,
    back: String,
    offers_sign_in: bool,
    /// Where to confirm who one is, and to come back from.
    confirm: Option<String>,
    /// The name of the organization that requires a second factor.
    factor: Option<String>,
    ask: Option<Ask>,
}

/// What could be asked for.
struct Ask {
    model: String,
    action: String,
    bot: Option<Uuid>,
    /// Whether it is asked already.
    open: bool,
    /// Some of those who can give it, as far as the person may know them.
    givers: String,
}

/// What would help somebody who was refused, if asking can help.
async fn ask(app: &App, caller: Option<Caller>, shell: &Shell, problem: &Problem) -> Option<Ask> {
    let attempt = problem.attempt.as_ref().filter(|_| problem.kind == Kind::Forbidden)?;
    let organization = OrganizationId(shell.organization.as_ref()?.id);
    let bot = match attempt.scope {
        Scope::Organization(id) if id == organization => None,
        Scope::Organization(_) => return None,
        Scope::Bot(bot) => Some(bot),
    };
    let caller = caller?;
    let open =
        service::request::may_ask(app, caller.clone(), (organization, bot), &attempt.permission).await.ok()??;
    let (model, action) = (attempt.permission.model.to_string(), attempt.permission.action.to_string());
    let question = ExplainQuestion { user: None, subject: None, bot, model: model.clone(), action: action.clone() };
    let explained = service::explain::explain(app, caller, organization, Ok(question)).await.ok()?;
    let givers: BTreeSet<String> =
        explained.missing.into_iter().flat_map(|one| one.who_can_give).map(|giver| giver.name).collect();
    let givers = givers.into_iter().take(5).collect::<Vec<_>>().join(", ");
    Some(Ask { model, action, bot: bot.map(|bot| bot.0), open, givers })
}

/// The page of a problem, in the frame that the person knows; whoever is not signed in is led to sign in first.
pub async fn problem_page(app: &App, asking: Option<Asking>, parts: &Parts, problem: &Problem) -> Response {
    let signed_in = asking.as_ref().is_some_and(|asking| asking.session.is_some());
    if problem.kind == Kind::SignInNeeded && !signed_in && parts.method == axum::http::Method::GET {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        return Redirect::to(&format!("/sign-in?next={}", encode(path))).into_response();
    }
    let mut parts = parts.clone();
    let mut shell = Shell::outside(parts.uri.path().to_owned(), theme(&parts.headers), app.now());
    shell.text = shell.text.in_language(Language::of_headers(&parts.headers).tag);
    let caller = asking.as_ref().filter(|_| signed_in).map(|asking| asking.caller.clone());
    if let Some(asking) = asking.filter(|_| signed_in) {
        if let Ok(visitor) = Visitor::from_request_parts(&mut parts, app).await {
            shell = visitor.shell;
        }
        // Within the organization only if it is one of theirs.
        let _ = enter(&mut parts, app, &asking.caller, &mut shell).await;
    }
    let t = shell.text;
    let (status, name, title) = problem.kind.parts();
    let known = t.find(&format!("problem-{name}"));
    let missing = problem
        .attempt
        .as_ref()
        .filter(|_| problem.kind == Kind::Forbidden)
        .map(|attempt| words::permission(t, attempt.permission.model.as_str(), attempt.permission.action.as_str()));
    let back = if shell.organization.is_some() { shell.here("/bots") } else { "/".to_owned() };
    let page = ProblemPage {
        ask: ask(app, caller, &shell, problem).await,
        status: status.as_u16(),
        detail: problem.detail.clone(),
        missing,
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        back,
        offers_sign_in: problem.kind == Kind::SignInNeeded,
        factor: needed_by(&shell, problem, &parts),
        confirm: (problem.kind == Kind::FreshSignIn).then(|| format!("/confirm?next={}", encode(parts.uri.path()))),
        shell: shell.named(known.unwrap_or_else(|| title.to_owned())),
    };
    render_with(status, &page.shell, &page).unwrap_or_else(|_| status.into_response())
}

/// The organization of one's own that requires a second factor.
fn needed_by(shell: &Shell, problem: &Problem, parts: &Parts) -> Option<String> {
    let slug = parts.uri.path().split('/').nth(1).filter(|_| problem.kind == Kind::SecondFactorNeeded)?;
    let own = shell.me.iter().flat_map(|me| &me.organizations).find(|own| own.slug == slug);
    Some(own.map(|own| own.name.clone()).unwrap_or_else(|| slug.to_owned()))
}

#[derive(Template)]
#[template(path = "problem-type.html")]
struct TypePage {
    shell: Shell,
    status: u16,
    name: &'static str,
}

/// What a problem's type means: where its `type` leads.
async fn explain(visitor: Visitor, State(_): State<App>, Path(name): Path<String>) -> Page {
    let kind = Kind::ALL.iter().find(|kind| kind.parts().1 == name).ok_or_else(Problem::not_found)?;
    let (status, name, title) = kind.parts();
    let page = TypePage { shell: visitor.shell.named(title), status: status.as_u16(), name };
    render(&page.shell, &page)
}
