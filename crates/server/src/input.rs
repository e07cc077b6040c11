//! Request bodies: decoded when they arrive, complained about only after the caller was found to be
//! allowed. Whoever may not do a thing learns nothing about how to ask for it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::problem::{FieldError, Kind, Problem};

/// A body that knows its own rules.
pub trait Check {
    /// Tidies (trims names) and reports what is not valid, per field.
    fn check(&mut self) -> Vec<FieldError>;
}

/// A decoded and checked body, or what is wrong with it.
#[derive(Debug)]
pub struct Input<T>(Result<T, Problem>);

impl<T: Check> Input<T> {
    /// A value made by the console from a form.
    pub fn of(mut value: T) -> Self {
        let errors = value.check();
        Self(if errors.is_empty() { Ok(value) } else { Err(Problem::invalid(errors)) })
    }

    /// The value. Call this after the authorization.
    ///
    /// # Errors
    /// 400, 413, 415 or 422.
    pub fn get(self) -> Result<T, Problem> {
        self.0
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Check> FromRequest<S> for Input<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(read(request, state).await))
    }
}

/// The same for a request that says something by having no body at all.
#[derive(Debug)]
pub struct MaybeInput<T>(Input<T>);

impl<T: Check + Default> MaybeInput<T> {
    /// No body.
    #[must_use]
    pub fn nothing() -> Self {
        Self::of(T::default())
    }

    /// A value made by the console from a form.
    pub fn of(value: T) -> Self {
        Self(Input::of(value))
    }

    /// The value. Call this after the authorization.
    ///
    /// # Errors
    /// 400, 413, 415 or 422.
    pub fn get(self) -> Result<T, Problem> {
        self.0.get()
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Check + Default> FromRequest<S> for MaybeInput<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(Input(read(request, state).await)));
        }
        let (parts, body) = request.into_parts();
        let body = match Bytes::from_request(Request::from_parts(parts.clone(), body), state).await {
            Ok(bytes) if bytes.is_empty() => return Ok(Self::nothing()),
            Ok(bytes) => axum::body::Body::from(bytes),
            Err(_) => return Ok(Self(Input(Err(too_large())))),
        };
        Ok(Self(Input(read(Request::from_parts(parts, body), state).await)))
    }
}

fn too_large() -> Problem {
    Problem::new(Kind::TooLarge, "The body is larger than this server accepts (1 MiB).")
}

async fn read<S: Send + Sync, T: DeserializeOwned + Check>(request: Request, state: &S) -> Result<T, Problem> {
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    let bytes = Bytes::from_request(request, state).await.map_err(|_| too_large())?;
    if !is_json {
        return Err(Problem::new(Kind::UnsupportedMediaType, "Send JSON with `Content-Type: application/json`."));
    }
    let mut value = decode::<T>(&bytes)?;
    let errors = value.check();
    if errors.is_empty() { Ok(value) } else { Err(Problem::invalid(errors)) }
}

/// Decodes JSON; a syntax error is 400, a value that does not fit is 422 with its field.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| misfit(&error))?;
    deserializer.end().map_err(|error| Problem::new(Kind::Malformed, format!("The JSON is not valid: {error}.")))?;
    // A list would be taken for the fields in their order, which is nobody's intention.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid(vec![FieldError::new("", "invalid", "Send a JSON object.")]));
    }
    Ok(value)
}

fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if error.inner().classify() != Category::Data {
        return Problem::new(Kind::Malformed, format!("The JSON is not valid: {}.", error.inner()));
    }
    let path = error.path().to_string();
    let text = error.inner().to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let quoted = text.split('`').nth(1).unwrap_or_default();
    let (field, code) = if text.starts_with("unknown field") || text.starts_with("duplicate field") {
        (quoted, "unknown")
    } else if text.starts_with("missing field") {
        (quoted, "missing")
    } else {
        (path.as_str(), "invalid")
    };
    Problem::invalid(vec![FieldError::new(field, code, format!("{text}."))])
}

/// Longest name of anything, in characters.
pub const NAME_LENGTH: usize = 200;

/// Trims a name and reports if it is empty, too long or has control characters.
pub fn check_name(field: &str, name: &mut String, errors: &mut Vec<FieldError>) {
    *name = name.trim().to_owned();
    if name.is_empty() {
        errors.push(FieldError::new(field, "empty", "Enter a name."));
    } else if name.chars().count() > NAME_LENGTH {
        errors.push(FieldError::new(field, "too_long", format!("Use at most {NAME_LENGTH} characters.")));
    } else if name.chars().any(char::is_control) {
        errors.push(FieldError::new(field, "invalid", "Leave out control characters such as line breaks and tabs."));
    }
}

/// Trims an e-mail address and reports if it is none: one `@`, something on both sides, no white space or
/// control characters, 254 characters at most (RFC 5321).
pub fn check_email(field: &str, email: &mut String, errors: &mut Vec<FieldError>) {
    *email = email.trim().to_owned();
    let well_formed =
        email.len() <= 254 && email.parse::<lettre::Address>().is_ok() && !email.contains(char::is_control);
    if !well_formed {
        errors.push(FieldError::new(field, "invalid", "Enter an e-mail address such as ana@example.com."));
    }
}

/// For a field of a change: `null` is something else than nothing (left out: as it is).
///
/// # Errors
/// If the value does not fit.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
