//! Flows: made, changed, checked, taken out and in.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::flow::body::{
    CheckBody, FaultsView, FlowChangeBody, FlowFileBody, FlowLineView, FlowView, NewFlowBody,
};
use crate::service::{self, ListView, Written};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_flows, create_flow))
        .routes(routes!(check_flow))
        .routes(routes!(import_flow))
        .routes(routes!(find_flow, update_flow, delete_flow))
        .routes(routes!(export_flow))
}

/// The bot's flows that one reads; sorts: `name`, `updated_at`.
#[utoipa::path(get, path = "/bots/{bot}/flows", tag = "Flows", params(("bot" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<FlowLineView>)))]
async fn list_flows(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, lists: Lists) -> Answer {
    ok(service::flow::list_flows(&app, asking.caller, bot, lists.filter.and(lists.list)).await?)
}

fn made(bot: BotId, made: Written<FlowView>) -> Answer {
    let (version, path) = (made.value.version, format!("/api/v1/bots/{}/flows/{}", bot.0, made.value.id));
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// Makes a flow; one with faults is kept as a draft.
#[utoipa::path(post, path = "/bots/{bot}/flows", tag = "Flows", params(("bot" = Uuid, Path)),
    request_body = NewFlowBody, responses((status = 201, description = "The flow.", body = FlowView)))]
async fn create_flow(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, input: Input<NewFlowBody>) -> Answer {
    made(bot, service::flow::create_flow(&app, asking.caller, bot, input).await?)
}

/// What would go wrong in a flow, each fault with its step; nothing is kept.
#[utoipa::path(post, path = "/bots/{bot}/flows/check", tag = "Flows", params(("bot" = Uuid, Path)),
    request_body = CheckBody, responses((status = 200, description = "Its faults.", body = FaultsView)))]
async fn check_flow(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, input: Input<CheckBody>) -> Answer {
    ok(service::flow::check_flow(&app, asking.caller, bot, input).await?)
}

/// Makes a flow of a file that was taken out; what the file says wrong is told with its line.
#[utoipa::path(post, path = "/bots/{bot}/flows/import", tag = "Flows", params(("bot" = Uuid, Path)),
    request_body = FlowFileBody, responses((status = 201, description = "The flow.", body = FlowView)))]
async fn import_flow(State(app): State<App>, asking: Asking, Id(bot): Id<BotId>, input: Input<FlowFileBody>) -> Answer {
    made(bot, service::flow::import_flow(&app, asking.caller, bot, input).await?)
}

/// One flow.
#[utoipa::path(get, path = "/bots/{bot}/flows/{flow}", tag = "Flows",
    params(("bot" = Uuid, Path), ("flow" = Uuid, Path)),
    responses((status = 200, description = "The flow.", body = FlowView)))]
async fn find_flow(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let flow = service::flow::find_flow(&app, asking.caller, id).await?;
    let version = flow.version;
    versioned(flow, version)
}

/// Changes a flow; its steps are replaced as a whole.
#[utoipa::path(patch, path = "/bots/{bot}/flows/{flow}", tag = "Flows",
    params(("bot" = Uuid, Path), ("flow" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = FlowChangeBody, responses((status = 200, description = "As it is now.", body = FlowView)))]
async fn update_flow(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
    input: Input<FlowChangeBody>,
) -> Answer {
    let after = service::flow::update_flow(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes a flow with its steps.
#[utoipa::path(delete, path = "/bots/{bot}/flows/{flow}", tag = "Flows",
    params(("bot" = Uuid, Path), ("flow" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_flow(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(BotId, Uuid)>,
    version: Precondition,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::flow::delete_flow(&app, asking.caller, id, version).await?))
}

/// A flow as one file (TOML), to be read, compared and taken in again.
#[utoipa::path(get, path = "/bots/{bot}/flows/{flow}/export", tag = "Flows",
    params(("bot" = Uuid, Path), ("flow" = Uuid, Path)),
    responses((status = 200, description = "The file.", body = String, content_type = "application/toml")))]
async fn export_flow(State(app): State<App>, asking: Asking, Id(id): Id<(BotId, Uuid)>) -> Answer {
    let (name, text) = service::flow::export_flow(&app, asking.caller, id).await?;
    Ok(flow_file(&name, text))
}

/// A flow's file, to be kept.
pub(crate) fn flow_file(name: &str, text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/toml; charset=utf-8"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
