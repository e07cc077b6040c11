//! Figures of a bot's use.

use axum::extract::State;
use axum::http::request::Parts;
use rolecall_access::BotId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok};
use super::conversation::download;
use super::id::Id;
use super::query::Asked;
use crate::auth::asking::Asking;
use crate::auth::origin;
use crate::service;
use crate::service::analytics::body::{AnalyticsExportQuery, AnalyticsQuery, AnalyticsView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find_analytics)).routes(routes!(export_analytics))
}

/// How the bot is used: conversations, messages, how its replies came out and how long they took, by day in its time zone, by
/// version or by language; what was understood and, for whoever reads conversations, what was not.
#[utoipa::path(get, path = "/bots/{bot}/analytics", tag = "Analytics", params(("bot" = Uuid, Path), AnalyticsQuery),
    responses((status = 200, description = "The figures.", body = AnalyticsView)))]
async fn find_analytics(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    Asked(query): Asked<AnalyticsQuery>,
) -> Answer {
    ok(service::analytics::find_analytics(&app, asking.caller, bot, query).await?)
}

/// A table of the figures; that it was taken out stands in the audit log.
#[utoipa::path(get, path = "/bots/{bot}/analytics/export", tag = "Analytics",
    params(("bot" = Uuid, Path), AnalyticsExportQuery),
    responses((status = 200, description = "The table.", content((String = "text/csv")))))]
async fn export_analytics(
    State(app): State<App>,
    asking: Asking,
    Id(bot): Id<BotId>,
    Asked(query): Asked<AnalyticsExportQuery>,
    parts: Parts,
) -> Answer {
    origin::refuse_foreign(&parts.headers)?;
    Ok(download(service::analytics::export::export_analytics(&app, asking.caller, bot, query).await?))
}
