//! Partner organizations.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::{BotId, OrganizationId, PartnershipId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::answer::{Answer, ok, versioned, written, written_version};
use super::id::Id;
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::partner::{
    AskBody, OfferBody, OfferView, PartnerBody, PartnerBotView, PartnerPeopleBody, PartnerView,
};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_partners, ask_partner))
        .routes(routes!(find_partner, update_partner, end_partner))
        .routes(routes!(accept_partner))
        .routes(routes!(offer_bot, withdraw_offer))
        .routes(routes!(list_partner_bots))
        .routes(routes!(enable_on_partner_bot))
}

/// The organization's partners, and the questions between them.
#[utoipa::path(get, path = "/organizations/{org}/partners", tag = "Partners", params(("org" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<PartnerView>)))]
async fn list_partners(State(app): State<App>, asking: Asking, Id(id): Id<OrganizationId>) -> Answer {
    ok(service::partner::list_partners(&app, asking.caller, id).await?)
}

/// Asks another organization to be a partner. The answer is the same whether there is such an organization or not.
#[utoipa::path(post, path = "/organizations/{org}/partners", tag = "Partners", params(("org" = Uuid, Path)),
    request_body = AskBody, responses((status = 201, description = "Asked.", body = PartnerView)))]
async fn ask_partner(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<OrganizationId>,
    input: Input<AskBody>,
) -> Answer {
    let asked = service::partner::ask_partner(&app, asking.caller, id, input).await?;
    let version = asked.value.version;
    written_version(StatusCode::CREATED, asked, version)
}

/// One of them, with the bots offered to it.
#[utoipa::path(get, path = "/organizations/{org}/partners/{partner}", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path)),
    responses((status = 200, description = "The partner.", body = PartnerView)))]
async fn find_partner(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, PartnershipId)>) -> Answer {
    let partner = service::partner::find_partner(&app, asking.caller, id).await?;
    let version = partner.version;
    versioned(partner, version)
}

/// Freezes it, lets it go on, or sets when it ends. Either side can; each keeps its own word.
#[utoipa::path(patch, path = "/organizations/{org}/partners/{partner}", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body = PartnerBody, responses((status = 200, description = "As it is now.", body = PartnerView)))]
async fn update_partner(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, PartnershipId)>,
    version: Precondition,
    input: Input<PartnerBody>,
) -> Answer {
    let after = service::partner::update_partner(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Ends it, with every offer and everybody enabled through it; or declines, or takes a question back.
#[utoipa::path(delete, path = "/organizations/{org}/partners/{partner}", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path)),
    responses((status = 204, description = "Ended.")))]
async fn end_partner(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, PartnershipId)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::partner::end_partner(&app, asking.caller, id).await?))
}

/// Agrees to be the partner of an organization that asked.
#[utoipa::path(post, path = "/organizations/{org}/partners/{partner}/accept", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path)),
    responses((status = 200, description = "Partners now.", body = PartnerView)))]
async fn accept_partner(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, PartnershipId)>) -> Answer {
    let after = service::partner::accept_partner(&app, asking.caller, id).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Offers a bot to the partner, or changes what its people can be given there at most. Needs the bot's team, too.
#[utoipa::path(put, path = "/organizations/{org}/partners/{partner}/bots/{bot}", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path), ("bot" = Uuid, Path)), request_body = OfferBody,
    responses((status = 200, description = "As it is now.", body = OfferView)))]
async fn offer_bot(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, PartnershipId, BotId)>,
    input: Input<OfferBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::partner::offer_bot(&app, asking.caller, id, input).await?))
}

/// Takes an offer back; whoever was on the bot through it is off.
#[utoipa::path(delete, path = "/organizations/{org}/partners/{partner}/bots/{bot}", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path), ("bot" = Uuid, Path)),
    responses((status = 204, description = "Taken back.")))]
async fn withdraw_offer(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, PartnershipId, BotId)>,
) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::partner::withdraw_offer(&app, asking.caller, id).await?))
}

/// The partners' bots that are offered to the organization, with its own people on them.
#[utoipa::path(get, path = "/organizations/{org}/partner-bots", tag = "Partners", params(("org" = Uuid, Path)),
    responses((status = 200, description = "All of them.", body = ListView<PartnerBotView>)))]
async fn list_partner_bots(State(app): State<App>, asking: Asking, Id(id): Id<OrganizationId>) -> Answer {
    ok(service::partner::list_partner_bots(&app, asking.caller, id).await?)
}

/// Sets which of the organization's people are on a partner's bot. More than seeing it is the bot's side to give.
#[utoipa::path(put, path = "/organizations/{org}/partners/{partner}/bots/{bot}/people", tag = "Partners",
    params(("org" = Uuid, Path), ("partner" = Uuid, Path), ("bot" = Uuid, Path)), request_body = PartnerPeopleBody,
    responses((status = 200, description = "As it is now.", body = PartnerBotView)))]
async fn enable_on_partner_bot(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, PartnershipId, BotId)>,
    input: Input<PartnerPeopleBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::partner::enable_on_partner_bot(&app, asking.caller, id, input).await?))
}
