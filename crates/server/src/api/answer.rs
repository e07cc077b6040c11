//! Answers: JSON with the headers that the contract promises.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rolecall_access::Revision;
use serde::Serialize;

use crate::problem::Problem;
use crate::service::Written;

/// What a handler gives.
pub type Answer = Result<Response, Problem>;

/// The revision that includes a write.
const REVISION: HeaderName = HeaderName::from_static("rolecall-revision");

/// 200 with this body.
pub fn ok<T: Serialize>(value: T) -> Answer {
    Ok(Json(value).into_response())
}

/// 200 with this body and its version as `ETag`.
pub fn versioned<T: Serialize>(value: T, version: i64) -> Answer {
    Ok(tagged(Json(value).into_response(), version))
}

/// The answer to a write: this status, the body, the revision.
pub fn written<T: Serialize>(status: StatusCode, written: Written<T>) -> Response {
    let Written { value, revision } = written;
    let mut response = match status {
        StatusCode::NO_CONTENT => status.into_response(),
        status => (status, Json(value)).into_response(),
    };
    set_revision(&mut response, revision);
    response
}

/// The answer to a write of a record with a version.
pub fn written_version<T: Serialize>(status: StatusCode, value: Written<T>, version: i64) -> Answer {
    Ok(tagged(written(status, value), version))
}

/// Adds where the new record is.
pub fn located(mut response: Response, path: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

/// Adds the revision.
pub fn set_revision(response: &mut Response, revision: Revision) {
    response.headers_mut().insert(REVISION, HeaderValue::from(revision.0));
}

fn tagged(mut response: Response, version: i64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
