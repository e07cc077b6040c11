//! What is promised to programs of every answer of the API, tried with each answer that any test gets.

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::world::Answer;

/// Which status each kind of problem has.
const KINDS: [(u16, &[&str]); 13] = [
    (400, &["malformed", "bad-question"]),
    (401, &["sign-in-needed", "wrong-credentials"]),
    (403, &["forbidden", "guard", "cross-site", "fresh-sign-in", "second-factor-needed"]),
    (404, &["not-found"]),
    (405, &["method-not-allowed"]),
    (409, &["duplicate", "lock-out", "role-in-use", "seats-taken", "wrong-state"]),
    (412, &["stale"]),
    (413, &["too-large"]),
    (415, &["unsupported-media-type"]),
    (422, &["invalid"]),
    (428, &["if-match-missing"]),
    (429, &["too-many-attempts"]),
    (503, &["unavailable", "behind"]),
];

/// Calls that change nothing that access could depend on, so there is no revision to tell.
const NO_FACTS: [&str; 16] = [
    "/preview",
    "/password-strength",
    "/ceremony",
    "/understand",
    "/entities/try",
    "/forward-rules/try",
    "/evaluate",
    "/session",
    "/session/confirm",
    "/me/email",
    "/me/two-factor",
    "/recovery/links",
    "/flows/check",
    "/playground/tests/run",
    "/playground/messages",
    "/copy",
];

/// Tries the answer, if it is one of the API.
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let path = path.split('?').next().unwrap();
    let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
    if !path.starts_with("/api/v1/") || kind.starts_with("text/html") || method == Method::HEAD {
        return;
    }
    let Answer { status, headers, body, text, .. } = answer;
    if status.is_client_error() || status.is_server_error() {
        is_a_problem(path, *status, headers, body, kind);
    } else if status.is_success() {
        is_a_record_or_list(method, path, body);
        let writes = !method.is_safe() && !NO_FACTS.iter().any(|end| path.ends_with(end));
        assert!(!writes || headers.contains_key("rolecall-revision"), "{method} {path} tells no revision: {text}");
    }
}

/// RFC 9457, with what belongs to the status.
fn is_a_problem(path: &str, status: StatusCode, headers: &HeaderMap, body: &Value, kind: &str) {
    let said = format!("{path}: {status} {headers:?} {body}");
    assert_eq!(kind, "application/problem+json", "{said}");
    for field in ["type", "title", "detail", "request_id"] {
        assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {said}");
    }
    assert_eq!(body["status"], status.as_u16(), "{said}");
    let name = body["type"].as_str().and_then(|name| name.strip_prefix("/problems/")).unwrap();
    let (_, names) = KINDS.iter().find(|(code, _)| *code == status.as_u16()).unwrap_or_else(|| panic!("{said}"));
    assert!(names.contains(&name), "{said}");
    assert_eq!(headers.contains_key("www-authenticate"), status == 401, "{said}");
    assert_eq!(headers.contains_key("retry-after"), [429, 503].contains(&status.as_u16()), "{said}");
    assert_eq!(body["current"].is_object(), status == 412, "{said}");
    let errors = body["errors"].as_array();
    assert!(errors.is_some() || status != 422, "{said}");
    for error in errors.into_iter().flatten() {
        assert!(["field", "code", "message"].iter().all(|field| error[field].is_string()), "{said}");
    }
}

/// A list has a cursor, or null; what can be changed says what the caller may do with it.
fn is_a_record_or_list(method: &Method, path: &str, body: &Value) {
    if let Some(items) = body["items"].as_array().filter(|_| method == Method::GET) {
        assert!(body.get("next_cursor").is_some(), "{path}: {body}");
        let governed = ["/users", "/roles", "/bots", "/invitations", "/partners", "/access-requests", "/api-keys"];
        let governed = path.contains("/organizations/") && governed.iter().any(|end| path.ends_with(end));
        assert!(!governed || items.iter().all(|item| item["can"].is_array()), "{path}: {body}");
    }
}
