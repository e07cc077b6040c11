//! Which problems each operation of the document can answer, named one by one: from its method, path, parameters and body
//! where that says it, else from a table.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::Components;
use utoipa::openapi::{ContentBuilder, HttpMethod, Ref, RefOr, Required, Response, ResponseBuilder};

use crate::problem::Kind;

/// What an operation can answer beside what its shape says.
const FURTHER: [(&str, &[u16]); 20] = [
    ("set_up", &[404]),
    ("recover", &[404]),
    ("ask_recovery", &[409]),
    ("confirm_email", &[404, 409]),
    ("undo_email", &[404, 409]),
    ("confirm_session", &[409]),
    ("ask_sign_in", &[409]),
    ("sign_in_with_passkey", &[409]),
    ("accept_invitation", &[409]),
    ("list_own_permissions", &[404]),
    ("remove_authenticator", &[404]),
    ("list_messenger_pages", &[409]),
    ("set_matrix", &[412]),
    ("set_availability", &[404]),
    ("measure_password", &[404]),
    ("find_public_card", &[409]),
    ("say", &[403, 409]),
    ("follow", &[403]),
    ("ask_person", &[409, 422]),
    ("end_conversation", &[422]),
];

/// Whoever asks, these may come: a token that is not good, too many requests, too busy.
const ALWAYS: [u16; 3] = [401, 429, 503];

/// Adds the operation's problems to its responses.
pub fn add(path: &str, method: &HttpMethod, operation: &mut Operation) {
    for status in of(path, method, operation) {
        let reference = RefOr::Ref(Ref::from_response_name(name(status)));
        operation.responses.responses.entry(status.to_string()).or_insert(reference);
    }
}

/// The problems that operations refer to.
pub fn describe(components: &mut Components) {
    let statuses: BTreeSet<StatusCode> = Kind::ALL.into_iter().map(|kind| kind.parts().0).collect();
    for status in statuses {
        components.responses.insert(name(status.as_u16()), RefOr::T(response(status)));
    }
}

fn of(path: &str, method: &HttpMethod, operation: &Operation) -> BTreeSet<u16> {
    let reads = matches!(method, HttpMethod::Get);
    let governed = ["/organizations", "/bots", "/me"].iter().any(|part| path.starts_with(&format!("/api/v1{part}")));
    let mut statuses = BTreeSet::from(ALWAYS);
    if path.contains('{') {
        statuses.insert(404);
    }
    if governed || !reads {
        statuses.insert(403);
    }
    if reads {
        statuses.insert(422);
    }
    if governed && !reads {
        statuses.extend([409, 422]);
    }
    if operation.request_body.is_some() {
        statuses.extend([400, 413, 415, 422]);
    }
    if let Some(header) =
        parameters(operation).find(|one| one.parameter_in == ParameterIn::Header && one.name == "If-Match")
    {
        statuses.insert(412);
        if header.required == Required::True {
            statuses.insert(428);
        }
    }
    let further = FURTHER.iter().filter(|(name, _)| operation.operation_id.as_deref() == Some(name));
    statuses.extend(further.flat_map(|(_, all)| all.iter()));
    statuses
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

/// All problems of this status, by type and title.
fn response(status: StatusCode) -> Response {
    let kinds = Kind::ALL.into_iter().map(Kind::parts).filter(|(of, ..)| *of == status);
    let kinds: Vec<String> = kinds.map(|(_, name, title)| format!("`/problems/{name}`: {title}.")).collect();
    let problem = RefOr::Ref(Ref::from_schema_name("ProblemBody"));
    let content = ContentBuilder::new().schema(Some(problem)).build();
    ResponseBuilder::new().description(kinds.join(" ")).content("application/problem+json", content).build()
}
