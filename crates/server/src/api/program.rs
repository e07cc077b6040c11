//! Models of other programs, with their resources, subjects and facts.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::OrganizationId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, ok, written};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::service;
use crate::service::ListView;
use crate::service::program::body::{
    NewProgramGrantBody, NewProgramModelBody, NewProgramResourceBody, NewProgramSubjectBody, ProgramGrantView,
    ProgramModelView, ProgramResourceView, ProgramSubjectView, SubjectRolesBody,
};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register_model))
        .routes(routes!(delete_model))
        .routes(routes!(list_resources, register_resource))
        .routes(routes!(delete_resource))
        .routes(routes!(list_subjects, register_subject))
        .routes(routes!(delete_subject))
        .routes(routes!(set_subject_roles))
        .routes(routes!(list_grants, give_grants))
        .routes(routes!(take_grant))
}

/// Registers a model of a program, or anew: its actions are those named, and facts on others go. The list of models has it
/// from then on.
#[utoipa::path(post, path = "/organizations/{org}/models", tag = "Programs", params(("org" = Uuid, Path)),
    request_body = NewProgramModelBody, responses((status = 201, description = "The model.", body = ProgramModelView)))]
async fn register_model(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewProgramModelBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::program::register_model(&app, asking.caller, org, input).await?))
}

/// Forgets a program's model with its resources and all facts on it.
#[utoipa::path(delete, path = "/organizations/{org}/models/{model}", tag = "Programs",
    params(("org" = Uuid, Path), ("model" = Uuid, Path)), responses((status = 204, description = "Forgotten.")))]
async fn delete_model(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::program::delete_model(&app, asking.caller, id).await?))
}

/// The resources of a program's model; sorts: `foreign_id`.
#[utoipa::path(get, path = "/organizations/{org}/models/{model}/resources", tag = "Programs",
    params(("org" = Uuid, Path), ("model" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<ProgramResourceView>)))]
async fn list_resources(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    lists: Lists,
) -> Answer {
    ok(service::program::list_resources(&app, asking.caller, id, lists.filter.and(lists.list)).await?)
}

/// Registers a resource of a program's model, or anew; where its bot or its owner changes, facts on it go.
#[utoipa::path(post, path = "/organizations/{org}/models/{model}/resources", tag = "Programs",
    params(("org" = Uuid, Path), ("model" = Uuid, Path)), request_body = NewProgramResourceBody,
    responses((status = 201, description = "The resource.", body = ProgramResourceView)))]
async fn register_resource(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    input: Input<NewProgramResourceBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::program::register_resource(&app, asking.caller, id, input).await?))
}

/// Forgets a resource with the facts on it.
#[utoipa::path(delete, path = "/organizations/{org}/models/{model}/resources/{resource}", tag = "Programs",
    params(("org" = Uuid, Path), ("model" = Uuid, Path), ("resource" = Uuid, Path)),
    responses((status = 204, description = "Forgotten.")))]
async fn delete_resource(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::program::delete_resource(&app, asking.caller, id).await?))
}

/// The subjects of programs; sorts: `foreign_id`.
#[utoipa::path(get, path = "/organizations/{org}/subjects", tag = "Programs", params(("org" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<ProgramSubjectView>)))]
async fn list_subjects(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>, lists: Lists) -> Answer {
    ok(service::program::list_subjects(&app, asking.caller, org, lists.filter.and(lists.list)).await?)
}

/// Registers a subject of a program, or anew.
#[utoipa::path(post, path = "/organizations/{org}/subjects", tag = "Programs", params(("org" = Uuid, Path)),
    request_body = NewProgramSubjectBody,
    responses((status = 201, description = "The subject.", body = ProgramSubjectView)))]
async fn register_subject(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewProgramSubjectBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::program::register_subject(&app, asking.caller, org, input).await?))
}

/// Forgets a subject with its facts.
#[utoipa::path(delete, path = "/organizations/{org}/subjects/{subject}", tag = "Programs",
    params(("org" = Uuid, Path), ("subject" = Uuid, Path)), responses((status = 204, description = "Forgotten.")))]
async fn delete_subject(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::program::delete_subject(&app, asking.caller, id).await?))
}

/// Sets the organization roles of a program's subject, the whole set. What they give, they give where a program asks about it:
/// a subject never signs in and is no member. One gives only what one can do oneself, and no longer.
#[utoipa::path(put, path = "/organizations/{org}/subjects/{subject}/roles", tag = "Programs",
    params(("org" = Uuid, Path), ("subject" = Uuid, Path)), request_body = SubjectRolesBody,
    responses((status = 200, description = "As it is now.", body = ProgramSubjectView)))]
async fn set_subject_roles(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    input: Input<SubjectRolesBody>,
) -> Answer {
    Ok(written(StatusCode::OK, service::program::set_subject_roles(&app, asking.caller, id, input).await?))
}

/// The facts on programs' models; sorts: `created_at`.
#[utoipa::path(get, path = "/organizations/{org}/grants", tag = "Programs", params(("org" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<ProgramGrantView>)))]
async fn list_grants(State(app): State<App>, asking: Asking, Id(org): Id<OrganizationId>, lists: Lists) -> Answer {
    ok(service::program::list_grants(&app, asking.caller, org, lists.filter.and(lists.list)).await?)
}

/// Gives a program's subject, a member, or whoever holds a role, actions of a program's model: on one resource, or on all.
/// One gives what one can do there oneself, and no longer.
#[utoipa::path(post, path = "/organizations/{org}/grants", tag = "Programs", params(("org" = Uuid, Path)),
    request_body = NewProgramGrantBody,
    responses((status = 201, description = "The facts, one for each action.", body = ListView<ProgramGrantView>)))]
async fn give_grants(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewProgramGrantBody>,
) -> Answer {
    Ok(written(StatusCode::CREATED, service::program::give_grants(&app, asking.caller, org, input).await?))
}

/// Takes a fact back, at once.
#[utoipa::path(delete, path = "/organizations/{org}/grants/{grant}", tag = "Programs",
    params(("org" = Uuid, Path), ("grant" = Uuid, Path)), responses((status = 204, description = "Taken.")))]
async fn take_grant(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    Ok(written(StatusCode::NO_CONTENT, service::program::take_grant(&app, asking.caller, id).await?))
}
