//! What a change would do, before it is made: the change itself runs, is shown, and is undone.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, header};
use rolecall_access::{BotId, OrganizationId, Permission, Relation, Scope};
use rolecall_store::{Caller, Preview, PreviewSlot};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt as _;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::asking::Asking;
use crate::input::{Check, Input};
use crate::problem::{FieldError, Problem};
use crate::service::{Named, Result};
use crate::state::App;

/// The most gains, and the most losses, that an answer lists.
const LISTED: usize = 5_000;
const METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

/// What is to be looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// The change.
    pub change: ChangeBody,
}

/// A call of this API that changes access in the organization.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Its path: below `/organizations/{org}` or `/bots/{bot}`, with or without `/api/v1` before it.
    pub path: String,
    /// Its body, if it has one.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
}

/// What a change would do, as far as the asker may know of the people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PreviewView {
    /// What people could do after it and not now; the first 5,000.
    pub gains: Vec<DifferenceView>,
    /// What people can do now and not after it; the first 5,000.
    pub loses: Vec<DifferenceView>,
    /// All of it, counted.
    pub totals: PreviewTotals,
    /// What the change would do to work that is under way; it is no reason to refuse it.
    pub warnings: Vec<WarningView>,
    /// The guard that refuses the change, if one does.
    pub blocked: Option<BlockedView>,
}

/// Something to know before the change is made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarningView {
    /// `unanswered`: nobody could be reached for the bot's conversations any more.
    pub warning: &'static str,
    /// The bot.
    pub bot: Named,
}

/// How much a change would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewTotals {
    /// People for whom something differs.
    pub people: usize,
    /// Gains.
    pub gains: usize,
    /// Losses.
    pub loses: usize,
}

/// One ability of one person at one scope.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    /// Who.
    pub user: Uuid,
    /// Their name.
    pub name: String,
    /// Where.
    pub scope: ScopeView,
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// `role`: on any record there; `owner`: on their own only.
    pub relation: &'static str,
}

/// An organization or one of its bots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScopeView {
    /// The organization, where it is the organization itself. Models of bots count there if allowed on some bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Uuid>,
    /// The bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<Uuid>,
    /// The bot's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A guard's refusal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BlockedView {
    /// `reserved`, `cap`, `escalation`, `owner`, `higher`, `peers`, `oneself`, `lock-out`, `owner-needed` or `role-in-use`.
    pub guard: &'static str,
    /// What it says.
    pub detail: String,
}

impl Check for PreviewBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        self.change.method.make_ascii_uppercase();
        if !METHODS.contains(&self.change.method.as_str()) {
            let message = "`method` is POST, PUT, PATCH or DELETE.";
            errors.push(FieldError::new("change.method", "invalid", message));
        }
        if self.change.path.parse::<axum::http::uri::PathAndQuery>().is_err() {
            errors.push(FieldError::new("change.path", "invalid", "`path` is the path of a call of this API."));
        }
        errors
    }
}

/// Looks at a call of the API.
pub async fn preview_call(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<PreviewBody>,
) -> Result<PreviewView> {
    let mut access = app.store.access(caller.clone()).await?;
    access.member_organization(organization).await?;
    let bot_is_here = |bot: BotId| access.directory().bot(bot).is_some_and(|bot| bot.organization == organization);
    let ChangeBody { method, path, body } = input.get()?.change;
    let path = path.strip_prefix("/api/v1").unwrap_or(&path);
    let here = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["", "organizations", id, rest @ ..] => {
            id.parse() == Ok(organization.0) && !rest.iter().any(|part| part.starts_with("preview"))
        }
        ["", "bots", id, ..] => id.parse().is_ok_and(|id| bot_is_here(BotId(id))),
        _ => false,
    };
    if !here {
        let message = "`path` names nothing of this organization whose access changes.";
        return Err(Problem::invalid(vec![FieldError::new("change.path", "not_found", message)]));
    }
    drop(access);
    let (previewing, slot) = caller.previewing();
    let request = request(&method, path, body.as_ref(), previewing)?;
    let answered = crate::api::calls(app).oneshot(request).await;
    let problem = answered.map(|mut response| response.extensions_mut().remove::<Problem>());
    let problem = problem.unwrap_or_else(|never| match never {});
    found(&slot, problem)
}

fn request(method: &str, path: &str, body: Option<&Value>, caller: Caller) -> Result<Request<Body>> {
    let unusable = |_| Problem::invalid(vec![FieldError::new("change", "invalid", "This is no call of this API.")]);
    let mut request = Request::builder().method(method.parse::<Method>().map_err(|_| Problem::not_found())?);
    request = request.uri(format!("/api/v1{path}")).header(header::IF_MATCH, HeaderValue::from_static("*"));
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = body.map(ToString::to_string).unwrap_or_default();
    let mut request = request.body(Body::from(body)).map_err(unusable)?;
    request.extensions_mut().insert(Asking { caller, session: None });
    Ok(request)
}

/// What a change showed that was tried with a previewing caller, or why it did not come so far.
pub fn found(slot: &PreviewSlot, problem: Option<Problem>) -> Result<PreviewView> {
    match (slot.take(), problem) {
        (Some(preview), _) => Ok(view(preview)),
        (None, Some(Problem { refusal: Some(refusal), detail, .. })) => {
            let blocked = Some(BlockedView { guard: refusal.guard(), detail });
            let (gains, loses, warnings) = (Vec::new(), Vec::new(), Vec::new());
            Ok(PreviewView { gains, loses, totals: PreviewTotals::default(), warnings, blocked })
        }
        (None, Some(problem)) => Err(problem),
        (None, None) => {
            let message = "This call changes no access.";
            Err(Problem::invalid(vec![FieldError::new("change", "invalid", message)]))
        }
    }
}

fn view(preview: Preview) -> PreviewView {
    let Preview { people, names, bots, unanswered, refusal } = preview;
    let (mut gains, mut loses) = (Vec::new(), Vec::new());
    let mut totals = PreviewTotals { people: people.len(), ..PreviewTotals::default() };
    for person in &people {
        let name = names.get(&person.user).cloned().unwrap_or_default();
        for (scope, delta) in person.scopes() {
            totals.gains += delta.gains.len();
            totals.loses += delta.loses.len();
            let one = |(permission, relation): &(Permission, Relation)| DifferenceView {
                user: person.user.0,
                name: name.clone(),
                scope: match scope {
                    Scope::Organization(id) => ScopeView { organization: Some(id.0), bot: None, name: None },
                    Scope::Bot(id) => ScopeView { organization: None, bot: Some(id.0), name: bots.get(&id).cloned() },
                },
                model: permission.model.to_string(),
                action: permission.action.to_string(),
                relation: relation.as_str(),
            };
            let room = |list: &Vec<DifferenceView>| LISTED.saturating_sub(list.len());
            gains.extend(delta.gains.iter().take(room(&gains)).map(one));
            loses.extend(delta.loses.iter().take(room(&loses)).map(one));
        }
    }
    let blocked = refusal.map(|refusal| {
        let guard = refusal.guard();
        BlockedView { guard, detail: Problem::from(refusal).detail }
    });
    let warning = |(bot, name): (BotId, String)| WarningView { warning: "unanswered", bot: Named { id: bot.0, name } };
    let warnings = unanswered.into_iter().map(warning).collect();
    PreviewView { gains, loses, totals, warnings, blocked }
}
