//! Rules of forward authentication. What proxies ask by them is in `crate::forward`.

use axum::extract::State;
use axum::http::StatusCode;
use rolecall_access::OrganizationId;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::answer::{Answer, located, ok, versioned, written, written_version};
use super::id::Id;
use super::query::{ListQuery, Lists};
use crate::auth::asking::Asking;
use crate::input::Input;
use crate::precondition::Precondition;
use crate::service::forward::body::{ForwardRuleChangeBody, ForwardRuleView, NewForwardRuleBody, TrialBody, TrialView};
use crate::service::{self, ListView};
use crate::state::App;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_forward_rules, create_forward_rule))
        .routes(routes!(try_forward_rules))
        .routes(routes!(find_forward_rule, update_forward_rule, delete_forward_rule))
}

/// The rules by which requests to other programs' hosts pass; sorts: `host`, `updated_at`.
#[utoipa::path(get, path = "/organizations/{org}/forward-rules", tag = "Forward authentication",
    params(("org" = Uuid, Path), ListQuery),
    responses((status = 200, description = "A page.", body = ListView<ForwardRuleView>)))]
async fn list_forward_rules(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    lists: Lists,
) -> Answer {
    ok(service::forward::list_forward_rules(&app, asking.caller, org, lists.filter.and(lists.list)).await?)
}

/// Makes a rule: requests to the host, at the path and below it, need the permission. Of several rules the one with the
/// longest path decides, and of that path's the one that names the method. A host belongs to one organization. Whoever
/// makes a rule must themselves pass by it, and by what decided there before.
#[utoipa::path(post, path = "/organizations/{org}/forward-rules", tag = "Forward authentication",
    params(("org" = Uuid, Path)), request_body = NewForwardRuleBody,
    responses((status = 201, description = "The rule.", body = ForwardRuleView)))]
async fn create_forward_rule(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<NewForwardRuleBody>,
) -> Answer {
    let made = service::forward::create_forward_rule(&app, asking.caller, org, input).await?;
    let path = format!("/api/v1/organizations/{}/forward-rules/{}", org.0, made.value.id);
    let version = made.value.version;
    Ok(located(written_version(StatusCode::CREATED, made, version)?, &path))
}

/// What would become of a request: how its address is read, which rule decides, who would get in.
#[utoipa::path(post, path = "/organizations/{org}/forward-rules/try", tag = "Forward authentication",
    params(("org" = Uuid, Path)), request_body = TrialBody,
    responses((status = 200, description = "What would become of it.", body = TrialView)))]
async fn try_forward_rules(
    State(app): State<App>,
    asking: Asking,
    Id(org): Id<OrganizationId>,
    input: Input<TrialBody>,
) -> Answer {
    ok(service::forward::try_forward_rules(&app, asking.caller, org, input).await?)
}

/// One rule.
#[utoipa::path(get, path = "/organizations/{org}/forward-rules/{rule}", tag = "Forward authentication",
    params(("org" = Uuid, Path), ("rule" = Uuid, Path)),
    responses((status = 200, description = "The rule.", body = ForwardRuleView)))]
async fn find_forward_rule(State(app): State<App>, asking: Asking, Id(id): Id<(OrganizationId, Uuid)>) -> Answer {
    let found = service::forward::find_forward_rule(&app, asking.caller, id).await?;
    let version = found.version;
    versioned(found, version)
}

/// Changes a rule; its host stays.
#[utoipa::path(patch, path = "/organizations/{org}/forward-rules/{rule}", tag = "Forward authentication",
    params(("org" = Uuid, Path), ("rule" = Uuid, Path), ("If-Match" = String, Header)),
    request_body = ForwardRuleChangeBody,
    responses((status = 200, description = "As it is now.", body = ForwardRuleView)))]
async fn update_forward_rule(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    version: Precondition,
    input: Input<ForwardRuleChangeBody>,
) -> Answer {
    let after = service::forward::update_forward_rule(&app, asking.caller, id, version, input).await?;
    let version = after.value.version;
    written_version(StatusCode::OK, after, version)
}

/// Deletes a rule: what it was for falls to the rule with the next shorter path, or to nobody.
#[utoipa::path(delete, path = "/organizations/{org}/forward-rules/{rule}", tag = "Forward authentication",
    params(("org" = Uuid, Path), ("rule" = Uuid, Path), ("If-Match" = String, Header)),
    responses((status = 204, description = "Deleted.")))]
async fn delete_forward_rule(
    State(app): State<App>,
    asking: Asking,
    Id(id): Id<(OrganizationId, Uuid)>,
    version: Precondition,
) -> Answer {
    let gone = service::forward::delete_forward_rule(&app, asking.caller, id, version).await?;
    Ok(written(StatusCode::NO_CONTENT, gone))
}
