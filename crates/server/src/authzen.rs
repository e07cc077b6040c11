//! The OpenID AuthZEN Authorization API 1.0: other programs ask for decisions, in its words.
//!
//! Its errors are its own: whatever is wrong with a question is 400 (a wrong content type, duplicate names in the JSON and
//! missing fields included), nobody is 401, a key that may ask about nothing is 403. A denial is an answer: 200.

mod strict;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use rolecall_access::{Actor, Revision};
use serde::Serialize;
use serde_json::json;

use crate::api::answer::set_revision;
use crate::auth::asking::Asking;
use crate::problem::{Kind, Problem};
use crate::router::revision::await_revision;
use crate::service::decision::ask::{BatchAsk, Fields, SingleAsk, Wanted};
use crate::service::decision::{self, search};
use crate::state::App;

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/.well-known/authzen-configuration", get(describe))
        .route("/access/v1/evaluation", post(evaluate))
        .route("/access/v1/evaluations", post(evaluate_many))
        .route("/access/v1/search/subject", post(search_subjects))
        .route("/access/v1/search/resource", post(search_resources))
        .route("/access/v1/search/action", post(search_actions))
}

/// The metadata of this decision point; its addresses are made from the public URL alone.
async fn describe(State(app): State<App>) -> Response {
    let at = |path: &str| app.config.link(path);
    Json(json!({
        "policy_decision_point": at(""),
        "access_evaluation_endpoint": at("/access/v1/evaluation"),
        "access_evaluations_endpoint": at("/access/v1/evaluations"),
        "search_subject_endpoint": at("/access/v1/search/subject"),
        "search_resource_endpoint": at("/access/v1/search/resource"),
        "search_action_endpoint": at("/access/v1/search/action"),
    }))
    .into_response()
}

/// A question's body: an object of JSON in which no name comes twice.
struct Question(Result<Fields, Problem>);

impl<S: Send + Sync> FromRequest<S> for Question {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(read(request, state).await))
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Fields, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
    let too_large = |_| Problem::new(Kind::TooLarge, "The body is larger than this server accepts (1 MiB).");
    let bytes = Bytes::from_request(request, state).await.map_err(too_large)?;
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Kind::BadQuestion, "Send JSON with `Content-Type: application/json`."));
    }
    strict::object(&bytes)
}

/// Who asks, and what; waits for the revision that the question names.
async fn begin(app: &App, asking: &Asking, question: Question) -> Result<Fields, Problem> {
    if asking.caller.actor == Actor::Anybody {
        return Err(Problem::sign_in_needed());
    }
    let fields = question.0?;
    if let Some(revision) = fields.min_revision()? {
        await_revision(app, revision, &asking.caller.address).await?;
    }
    Ok(fields)
}

fn answer<T: Serialize>((value, revision): (T, Revision)) -> Response {
    let mut response = Json(value).into_response();
    set_revision(&mut response, revision);
    response
}

async fn evaluate(State(app): State<App>, asking: Asking, question: Question) -> Result<Response, Problem> {
    let fields = begin(&app, &asking, question).await?;
    Ok(answer(decision::evaluate(&app, asking.caller, SingleAsk::of(&fields)?).await?))
}

async fn evaluate_many(State(app): State<App>, asking: Asking, question: Question) -> Result<Response, Problem> {
    let fields = begin(&app, &asking, question).await?;
    match BatchAsk::of(&fields)? {
        Some(batch) => Ok(answer(decision::evaluate_many(&app, asking.caller, batch).await?)),
        None => Ok(answer(decision::evaluate(&app, asking.caller, SingleAsk::of(&fields)?).await?)),
    }
}

async fn search(app: &App, asking: Asking, question: Question, wanted: Wanted) -> Result<Response, Problem> {
    let fields = begin(app, &asking, question).await?;
    let ask = search::SearchAsk::of(&fields, wanted)?;
    Ok(answer(search::search(app, asking.caller, ask).await?))
}

async fn search_subjects(State(app): State<App>, asking: Asking, question: Question) -> Result<Response, Problem> {
    search(&app, asking, question, Wanted::Subjects).await
}

async fn search_resources(State(app): State<App>, asking: Asking, question: Question) -> Result<Response, Problem> {
    search(&app, asking, question, Wanted::Resources).await
}

async fn search_actions(State(app): State<App>, asking: Asking, question: Question) -> Result<Response, Problem> {
    search(&app, asking, question, Wanted::Actions).await
}
