//! Invitations.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::OrganizationId;
use rolecall_store::resource::InvitationId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, written};
use super::id::Id;
use super::query::{ListQuery, Lists};
use super::session::signed_in;
use crate::auth::asking::Asking;
use crate::auth::origin::SameSite;
use crate::input::Input;
use crate::service::invitation::{AcceptanceBody, InvitationCardView, InvitationView, NewInvitationBody};
use crate::service::own::OwnAccountView;
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, create_invitation))
        .routes(routes!(find_invitation, revoke_invitation))
        .routes(routes!(resend_invitation))
        .routes(routes!(find_invitation_card))
        .routes(routes!(accept_invitation))
}

/// Which invitations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InvitationQuery {
    /// `pending`, `accepted`, `expired` or `revoked`.
    status: Option<String>,
}

/// Invitations, newest first.
#[utoipa::path(get, path = "/organizations/{org}/invitations", tag = "Invitations",
    params(("org" = Uuid, Path), ListQuery, InvitationQuery),
    responses((status = 200, description = "A page.", body = ListView<InvitationView>)))]
async fn list_invitations(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists<InvitationQuery>,
) -> Answer {
    let status = lists.filter.map(|filter| filter.status);
    ok(service::invitation::list_invitations(&app, asking.caller, org, lists.list, status).await?)
}

/// Invites an address.
#[utoipa::path(post, path = "/organizations/{org}/invitations", tag = "Invitations", params(("org" = Uuid, Path)),
    request_body = NewInvitationBody, responses((status = 201, description = "The invitation.", body = InvitationView)))]
async fn create_invitation(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewInvitationBody>,
) -> Answer {
    let made = service::invitation::create_invitation(&app, asking.caller, org, input).await?;
    let path = format!("/api/v1/organizations/{}/invitations/{}", org.0, made.value.id);
    Ok(located(written(StatusCode::CREATED, made), &path))
}

/// One invitation.
#[utoipa::path(get, path = "/organizations/{org}/invitations/{invitation}", tag = "Invitations",
    params(("org" = Uuid, Path), ("invitation" = Uuid, Path)),
    responses((status = 200, description = "The invitation.", body = InvitationView)))]
async fn find_invitation(State(app): State<App>, asking: Asking, Id((org, id)): Id<(OrganizationId, Uuid)>) -> Answer {
    ok(service::invitation::find_invitation(&app, asking.caller, (org, InvitationId(id))).await?)
}

/// Takes it back.
#[utoipa::path(delete, path = "/organizations/{org}/invitations/{invitation}", tag = "Invitations",
    params(("org" = Uuid, Path), ("invitation" = Uuid, Path)), responses((status = 204, description = "Revoked.")))]
async fn revoke_invitation(
    State(app): State<App>,
    asking: Asking,
    Id((org, id)): Id<(OrganizationId, Uuid)>,
) -> Answer {
    let gone = service::invitation::revoke_invitation(&app, asking.caller, (org, InvitationId(id))).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// Sends it again, with a new link and term.
#[utoipa::path(post, path = "/organizations/{org}/invitations/{invitation}/resend", tag = "Invitations",
    params(("org" = Uuid, Path), ("invitation" = Uuid, Path)),
    responses((status = 200, description = "Sent.", body = InvitationView)))]
async fn resend_invitation(
    State(app): State<App>,
    asking: Asking,
    Id((org, id)): Id<(OrganizationId, Uuid)>,
) -> Answer {
    let sent = service::invitation::resend_invitation(&app, asking.caller, (org, InvitationId(id))).await?;
    Ok(written(StatusCode::OK, sent))
}

/// What an invitation's link says.
#[utoipa::path(get, path = "/invitations/{token}", tag = "Invitations", params(("token" = String, Path)),
    responses((status = 200, description = "The invitation, for whoever holds the link.", body = InvitationCardView)))]
async fn find_invitation_card(State(app): State<App>, asking: Asking, Id(token): Id<String>) -> Answer {
    ok(service::invitation::find_invitation_card(&app, asking.caller, &token).await?)
}

/// Accepts it: with name and password for a new account, or signed in as the invited address.
#[utoipa::path(post, path = "/invitations/{token}/accept", tag = "Invitations", params(("token" = String, Path)),
    request_body = AcceptanceBody,
    responses((status = 201, description = "Joined and signed in.", body = OwnAccountView)))]
async fn accept_invitation(
    _: SameSite,
    State(app): State<App>,
    asking: Asking,
    Id(token): Id<String>,
    input: Input<AcceptanceBody>,
) -> Answer {
    let written = service::invitation::accept_invitation(&app, asking.caller, &token, input).await?;
    Ok(signed_in(&app, written, |account| account))
}
