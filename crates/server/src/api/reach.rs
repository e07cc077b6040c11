//! Who can, and the access map; both also as CSV.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use rolecall_access::OrganizationId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::problem::{FieldError, Problem};
use crate::service::reach::{AbleView, AccessMapView, MapOf, WhoCanQuestion};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(who_can)).routes(routes!(access_map))
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// JSON.
    #[default]
    Json,
    /// CSV (RFC 4180).
    Csv,
}

/// What, where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhoCanQuery {
    /// The model.
    model: String,
    /// The action.
    action: String,
    /// On this bot; in the organization, if not said.
    bot: Option<Uuid>,
    /// `json` or `csv`.
    #[serde(default)]
    format: Format,
}

/// Whose map.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MapQuery {
    /// People × areas of this bot.
    bot: Option<Uuid>,
    /// Bots × areas of this person.
    user: Option<Uuid>,
    /// `json` or `csv`.
    #[serde(default)]
    format: Format,
}

/// The people who can, with why: for `UserPermission: read`, or on a bot for `Team: read` (then its team only).
#[utoipa::path(get, path = "/organizations/{org}/who-can", tag = "Organizations",
    params(("org" = Uuid, Path), ListQuery, WhoCanQuery),
    responses((status = 200, description = "A page of them.", body = ListView<AbleView>)))]
async fn who_can(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists<WhoCanQuery>,
) -> Answer {
    let format = lists.filter.as_ref().map(|query| query.format).unwrap_or_default();
    let question = lists.filter.map(|WhoCanQuery { model, action, bot, .. }| WhoCanQuestion {
        model,
        action,
        bot: bot.map(Into::into),
    });
    let found = service::reach::who_can(&app, asking.caller, org, lists.list, question).await?;
    match format {
        Format::Json => ok(found),
        Format::Csv => Ok(csv(service::reach::who_csv(&found.items), found.next_cursor)),
    }
}

/// Who reaches what: the people of a bot, or the bots of a person.
#[utoipa::path(get, path = "/organizations/{org}/access-map", tag = "Organizations",
    params(("org" = Uuid, Path), ListQuery, MapQuery),
    responses((status = 200, description = "A page of the map.", body = AccessMapView)))]
async fn access_map(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists<MapQuery>,
) -> Answer {
    let format = lists.filter.as_ref().map(|query| query.format).unwrap_or_default();
    let of = lists.filter.and_then(|query| match (query.bot, query.user) {
        (Some(bot), None) => Ok(MapOf::Bot(bot.into())),
        (None, Some(user)) => Ok(MapOf::User(user.into())),
        _ => Err(Problem::invalid(vec![FieldError::new("bot", "missing", "Name one of `bot` and `user`.")])),
    });
    let map = service::reach::access_map(&app, asking.caller, org, lists.list, of).await?;
    match format {
        Format::Json => ok(map),
        Format::Csv => {
            let text = service::reach::map_csv(&map);
            Ok(csv(text, map.next_cursor))
        }
    }
}

/// CSV; where the next page starts is in a header.
pub fn csv(text: String, next: Option<String>) -> Response {
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let mut response = ([(header::CONTENT_TYPE, kind)], text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"access.csv\""));
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        headers.insert("rolecall-next-cursor", next);
    }
    response
}
