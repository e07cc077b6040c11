//! The OpenAPI document.

use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{HttpMethod, OpenApi, RefOr, Required};
use utoipa::{OpenApi as _, PartialSchema as _};

use crate::api::status;
use crate::problem::ProblemBody;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Rolecall",
        description = "Users, roles, permissions, invitations, per-bot teams, audit, and the bots that all this governs. \
            Everything is denied unless a role, a single permission or ownership allows it. Problems are \
            `application/problem+json` (RFC 9457); lists are paged with `cursor`.",
    ),
    components(schemas(ProblemBody))
)]
struct Head;

/// The document without paths.
pub fn head() -> OpenApi {
    let mut document = Head::openapi();
    let components = document.components.get_or_insert_default();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("rolecall_session"));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    document
}

/// Adds what holds for every operation: how problems look, and the headers of the contract.
pub fn complete(document: &mut OpenApi) {
    status::describe(document.components.get_or_insert_default());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            status::add(path, &method, operation);
            if matches!(method, HttpMethod::Get) {
                let header = ParameterBuilder::new()
                    .name("Rolecall-Min-Revision")
                    .parameter_in(ParameterIn::Header)
                    .required(Required::False)
                    .description(Some("Answer no older than this revision: waits, else 503."))
                    .schema(Some(u64::schema()));
                operation.parameters.get_or_insert_default().push(RefOr::T(header.build()));
            }
        }
    }
}

fn operations(item: &mut utoipa::openapi::PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?))).collect()
}

/// `GET /api/openapi.json`.
pub fn serve(document: &OpenApi) -> Response {
    Json(document).into_response()
}
