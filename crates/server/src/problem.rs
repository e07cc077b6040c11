//! Everything that can go wrong, as people and programs are told it: one type, turned into
//! `application/problem+json` (RFC 9457) by the API and into a page or toast by the console.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rolecall_access::guards::Refusal;
use rolecall_store::{Attempt, Denied, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::following::behind;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, dotted where nested (`roles.0.role_id`).
    pub field: String,
    /// For programs: `missing`, `unknown`, `invalid`, `too_long`, `too_short`, `empty`, `not_found`, ….
    pub code: &'static str,
    /// For people: what is wrong and how to mend it.
    pub message: String,
}

impl FieldError {
    /// An error of this field.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// The kinds of problem; each has one status, type and title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is not JSON.
    Malformed,
    /// A question to the decision point that is not one: something is missing or of the wrong type.
    BadQuestion,
    /// Nobody is signed in, or the token is not good.
    SignInNeeded,
    /// Wrong e-mail or password.
    WrongCredentials,
    /// Readable, but this is not allowed.
    Forbidden,
    /// A guard on changing access refuses it.
    Guard,
    /// The request comes from another site.
    CrossSite,
    /// A fresh sign-in is needed.
    FreshSignIn,
    /// The organization requires a second factor, which this session has not given.
    SecondFactorNeeded,
    /// Unknown, or not for the caller to know.
    NotFound,
    /// The method is not for this resource.
    MethodNotAllowed,
    /// There is one already.
    Duplicate,
    /// It would lock everybody out, or leave no owner.
    Lockout,
    /// The role is assigned.
    RoleInUse,
    /// All seats are taken.
    SeatsTaken,
    /// The record is in a state that does not allow it.
    WrongState,
    /// The record has changed since.
    Stale,
    /// The body is too large.
    TooLarge,
    /// The body is not of the type needed.
    UnsupportedMediaType,
    /// Fields are invalid.
    Invalid,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// Too many failures.
    TooManyAttempts,
    /// Too busy, or not ready.
    Unavailable,
    /// The facts in memory may be older than allowed, or than the question.
    Behind,
    /// A fault of ours.
    Internal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::Malformed,
        Self::BadQuestion,
        Self::SignInNeeded,
        Self::WrongCredentials,
        Self::Forbidden,
        Self::Guard,
        Self::CrossSite,
        Self::FreshSignIn,
        Self::SecondFactorNeeded,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Duplicate,
        Self::Lockout,
        Self::RoleInUse,
        Self::SeatsTaken,
        Self::WrongState,
        Self::Stale,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::PreconditionRequired,
        Self::TooManyAttempts,
        Self::Unavailable,
        Self::Behind,
        Self::Internal,
    ];

    /// Status, name (in `/problems/NAME`) and title.
    #[must_use]
    pub const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "The request cannot be read"),
            Self::BadQuestion => (StatusCode::BAD_REQUEST, "bad-question", "The question cannot be understood"),
            Self::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign-in-needed", "Sign in first"),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, "wrong-credentials", "E-mail or password is wrong"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            Self::Guard => (StatusCode::FORBIDDEN, "guard", "A guard on access refuses this change"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross-site", "The request comes from another site"),
            Self::FreshSignIn => (StatusCode::FORBIDDEN, "fresh-sign-in", "Confirm that it is you"),
            Self::SecondFactorNeeded => {
                (StatusCode::FORBIDDEN, "second-factor-needed", "A second factor is needed here")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"),
            Self::Duplicate => (StatusCode::CONFLICT, "duplicate", "There is one already"),
            Self::Lockout => (StatusCode::CONFLICT, "lock-out", "This would leave nobody in charge"),
            Self::RoleInUse => (StatusCode::CONFLICT, "role-in-use", "The role is in use"),
            Self::SeatsTaken => (StatusCode::CONFLICT, "seats-taken", "All seats are taken"),
            Self::WrongState => (StatusCode::CONFLICT, "wrong-state", "Not possible in this state"),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, "stale", "Somebody changed it meanwhile"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "This kind of body is not taken here")
            }
            Self::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something in the request is not valid"),
            Self::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "if-match-missing", "Say which version you mean")
            }
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Try again in a moment"),
            Self::Behind => (StatusCode::SERVICE_UNAVAILABLE, "behind", "This server may be behind the others"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side"),
        }
    }
}

/// A problem with one request.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind it is.
    pub kind: Kind,
    /// What happened and what to do, for people.
    pub detail: String,
    /// Per field, for [`Kind::Invalid`] (and duplicates: the field that is taken).
    pub errors: Vec<FieldError>,
    /// The record as it is now, for [`Kind::Stale`].
    pub current: Option<serde_json::Value>,
    /// Seconds to wait, for [`Kind::TooManyAttempts`], [`Kind::Unavailable`] and [`Kind::Behind`].
    pub retry_after: Option<u64>,
    /// The guard's refusal, for pages that say whom it protects.
    pub refusal: Option<Box<Refusal>>,
    /// What was tried, to be written into the audit log (and, for [`Kind::Forbidden`], to be explained).
    pub attempt: Option<Box<Attempt>>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            current: None,
            retry_after: matches!(kind, Kind::TooManyAttempts | Kind::Unavailable).then_some(5),
            refusal: None,
            attempt: None,
        }
    }

    /// Invalid fields.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ");
        Self { errors, ..Self::new(Kind::Invalid, detail) }
    }

    /// Not found, or not for the caller to know.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "There is nothing here that you can see.")
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn sign_in_needed() -> Self {
        Self::new(Kind::SignInNeeded, "Sign in, or send a valid token.")
    }

    /// A fault of ours; the cause goes to the log, not to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal fault");
        Self::new(Kind::Internal, "The fault is logged under this request's id.")
    }

    /// The problem of a store's error; a stale one carries the record as it is now.
    pub(crate) fn stale<T: Serialize>(error: StoreError, current: impl FnOnce() -> T) -> Self {
        let mut problem = Self::from(error);
        if problem.kind == Kind::Stale {
            problem.current = serde_json::to_value(current()).ok();
        }
        problem
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.parts().0
    }
}

/// The body of a problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A relative URI: `/problems/NAME`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The request's id, also in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Per field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The record as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
}

/// The response of a problem, before the edge knows whether to write JSON or a page: the outer layers read the
/// [`Problem`] from the response's extensions, add the request id, and write the attempt into the audit log.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if matches!(self.kind, Kind::SignInNeeded | Kind::WrongCredentials) {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"rolecall\""));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::SignInNeeded => Self::sign_in_needed(),
            Denied::SecondFactorNeeded => Self::new(
                Kind::SecondFactorNeeded,
                "This organization requires two-factor sign-in. Set it up in your profile (`/me/two-factor` or \
                 `/me/passkeys`), then go on.",
            ),
            Denied::NotFound { attempt } => Self { attempt, ..Self::not_found() },
            Denied::Forbidden { attempt } => {
                let detail = format!("You need {} for this. Ask somebody who can give it.", attempt.permission);
                Self { attempt: Some(attempt), ..Self::new(Kind::Forbidden, detail) }
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::Lockout(_) | Refusal::OwnerNeeded(_) | Refusal::BotOwnerNeeded(_) => Kind::Lockout,
            Refusal::RoleInUse { .. } => Kind::RoleInUse,
            Refusal::OwnSuspension | Refusal::OwnAdministration => Kind::Lockout,
            _ => Kind::Guard,
        };
        let detail = sentence(&refusal.to_string());
        Self { refusal: Some(Box::new(refusal)), ..Self::new(kind, detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Denied(denied) => denied.into(),
            StoreError::Refused(refusal) => refusal.into(),
            StoreError::Duplicate(field) => {
                let message = format!("This {field} is taken already.");
                Self {
                    errors: vec![FieldError::new(field, "duplicate", message.clone())],
                    ..Self::new(Kind::Duplicate, message)
                }
            }
            StoreError::Stale { current } => Self {
                current: Some(serde_json::json!({ "version": current })),
                ..Self::new(Kind::Stale, "It has changed since you read it. Read it again, then repeat your change.")
            },
            StoreError::Unknown(field) => Self::invalid(vec![FieldError::new(
                field,
                "not_found",
                format!("`{field}` names something that is not here."),
            )]),
            StoreError::InvalidList { field } => Self::invalid(vec![FieldError::new(
                field,
                "invalid",
                format!("`{field}` is not valid for this list; leave it out to begin anew."),
            )]),
            StoreError::Void => Self::new(Kind::WrongState, sentence(&StoreError::Void.to_string())),
            StoreError::WrongState(text) => Self::new(Kind::WrongState, sentence(text)),
            StoreError::Previewed => Self::new(Kind::WrongState, sentence(&StoreError::Previewed.to_string())),
            StoreError::Behind => behind(
                "This server may not know what others have changed, and decides nothing until it does. Try again.",
            ),
            StoreError::SeatsTaken { limit } => Self::new(
                Kind::SeatsTaken,
                format!(
                    "All {limit} seats are taken, pending invitations included. Remove somebody or raise the limit."
                ),
            ),
            fault if fault.is_passing() => {
                tracing::error!(fault = describe(&fault), "the database is away or busy");
                Self::new(Kind::Unavailable, "The database does not answer just now. Try again in a moment.")
            }
            fault => Self::internal(&describe(&fault)),
        }
    }
}

/// The error with its causes.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
