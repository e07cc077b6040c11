//! Organizations, their policies, and the catalogue of models.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::OrganizationId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, written};
use super::id::Id;
use super::query::{Asked, ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::explain::{ExplainQuestion, ExplanationView};
use crate::service::model::ModelView;
use crate::service::organization::{NewOrganizationBody, OrganizationChangeBody, OrganizationView, PoliciesView};
use crate::service::policy::{BillingView, PoliciesBody};
use crate::service::preview::{PreviewBody, PreviewView};
use crate::service::single_sign_on::{SingleSignOnBody, SingleSignOnView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_organizations, create_organization))
        .routes(routes!(find_organization, update_organization, delete_organization))
        .routes(routes!(find_policies, update_policies))
        .routes(routes!(find_billing))
        .routes(routes!(find_single_sign_on, set_single_sign_on))
        .routes(routes!(list_models))
        .routes(routes!(explain))
        .routes(routes!(preview))
}

/// The organizations one is an active member of.
#[utoipa::path(get, path = "/organizations", tag = "Organizations", params(ListQuery),
    responses((status = 200, description = "A page.", body = ListView<OrganizationView>)))]
async fn list_organizations(State(app): State<App>, asking: Asking, lists: Lists) -> Answer {
    let list = lists.filter.and(lists.list);
    ok(service::organization::list_organizations(&app, asking.caller, list).await?)
}

/// Makes an organization; who makes it becomes its owner or first administrator.
#[utoipa::path(post, path = "/organizations", tag = "Organizations", request_body = NewOrganizationBody,
    responses((status = 201, description = "Made.", body = OrganizationView)))]
async fn create_organization(State(app): State<App>, asking: Asking, input: Input<NewOrganizationBody>) -> Answer {
    let made = service::organization::create_organization(&app, asking.caller, input).await?;
    let path = format!("/api/v1/organizations/{}", made.value.id);
    Ok(located(written(StatusCode::CREATED, made), &path))
}

/// One organization, for its members.
#[utoipa::path(get, path = "/organizations/{org}", tag = "Organizations", params(("org" = Uuid, Path)),
    responses((status = 200, description = "The organization.", body = OrganizationView)))]
async fn find_organization(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    ok(service::organization::find_organization(&app, asking.caller, org).await?)
}

/// Renames it.
#[utoipa::path(patch, path = "/organizations/{org}", tag = "Organizations",
    params(("org" = Uuid, Path), ("If-Match" = Option<String>, Header)), request_body = OrganizationChangeBody,
    responses((status = 200, description = "As it is now.", body = OrganizationView)))]
async fn update_organization(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    version: Precondition,
    input: Input<OrganizationChangeBody>,
) -> Answer {
    let after = service::organization::update_organization(&app, asking.caller, org, version, input).await?;
    Ok(written(StatusCode::OK, after))
}

/// Deletes it: its owner only.
#[utoipa::path(delete, path = "/organizations/{org}", tag = "Organizations", params(("org" = Uuid, Path)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_organization(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    let gone = service::organization::delete_organization(&app, asking.caller, org).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}

/// Who, what, where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplainQuery {
    /// The person; whoever asks, if not said.
    user: Option<Uuid>,
    /// A program's subject instead, by its id here; for whoever may ask about everybody there.
    subject: Option<Uuid>,
    /// The model.
    model: String,
    /// The action.
    action: String,
    /// On this bot; in the organization, if not said.
    bot: Option<Uuid>,
}

/// Why somebody may or may not: oneself; others with `UserPermission: read`, or on a bot with `Team: read`.
#[utoipa::path(get, path = "/organizations/{org}/explain", tag = "Organizations",
    params(("org" = Uuid, Path), ExplainQuery),
    responses((status = 200, description = "The decision with its reasons.", body = ExplanationView)))]
async fn explain(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    Asked(query): Asked<ExplainQuery>,
) -> Answer {
    let question = query.map(|ExplainQuery { user, subject, model, action, bot }| ExplainQuestion {
        user: user.map(Into::into),
        subject: subject.map(Into::into),
        model,
        action,
        bot: bot.map(Into::into),
    });
    ok(service::explain::explain(&app, asking.caller, org, question).await?)
}

/// What a change would do: who gains and loses what, and which guard refuses it. Made by the same code, then undone.
/// The asker needs the right to make the change; people they may not ask about are left out.
#[utoipa::path(post, path = "/organizations/{org}/preview", tag = "Organizations", params(("org" = Uuid, Path)),
    request_body = PreviewBody, responses((status = 200, description = "What it would do.", body = PreviewView)))]
async fn preview(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<PreviewBody>,
) -> Answer {
    ok(service::preview::preview_call(&app, asking.caller, org, input).await?)
}

/// Whether single sign-on is on: then roles, and who is active, come from the identity provider.
#[utoipa::path(get, path = "/organizations/{org}/single-sign-on", tag = "Organizations", params(("org" = Uuid, Path)),
    responses((status = 200, description = "Whether it is on.", body = SingleSignOnView)))]
async fn find_single_sign_on(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    ok(service::single_sign_on::find_single_sign_on(&app, asking.caller, org).await?)
}

/// Switches single sign-on on or off.
#[utoipa::path(put, path = "/organizations/{org}/single-sign-on", tag = "Organizations", params(("org" = Uuid, Path)),
    request_body = SingleSignOnBody, responses((status = 200, description = "As it is now.", body = SingleSignOnView)))]
async fn set_single_sign_on(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<SingleSignOnBody>,
) -> Answer {
    let set = service::single_sign_on::set_single_sign_on(&app, asking.caller, org, input).await?;
    Ok(written(StatusCode::OK, set))
}

/// Its policies.
#[utoipa::path(get, path = "/organizations/{org}/policies", tag = "Organizations", params(("org" = Uuid, Path)),
    responses((status = 200, description = "The policies.", body = PoliciesView)))]
async fn find_policies(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    ok(service::organization::find_policies(&app, asking.caller, org).await?)
}

/// Changes policies; what is left out stays.
#[utoipa::path(patch, path = "/organizations/{org}/policies", tag = "Organizations",
    params(("org" = Uuid, Path), ("If-Match" = Option<String>, Header)), request_body = PoliciesBody,
    responses((status = 200, description = "As they are now.", body = PoliciesView)))]
async fn update_policies(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    version: Precondition,
    input: Input<PoliciesBody>,
) -> Answer {
    let after = service::policy::update_policies(&app, asking.caller, org, version, input).await?;
    Ok(written(StatusCode::OK, after))
}

/// Plan, seats and period.
#[utoipa::path(get, path = "/organizations/{org}/billing", tag = "Organizations", params(("org" = Uuid, Path)),
    responses((status = 200, description = "What is agreed.", body = BillingView)))]
async fn find_billing(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    ok(service::policy::find_billing(&app, asking.caller, org).await?)
}

/// The catalogue of models that permissions speak of.
#[utoipa::path(get, path = "/organizations/{org}/models", tag = "Roles", params(("org" = Uuid, Path)),
    responses((status = 200, description = "All models.", body = ListView<ModelView>)))]
async fn list_models(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>) -> Answer {
    ok(service::model::list_models(&app, asking.caller, org).await?)
}
