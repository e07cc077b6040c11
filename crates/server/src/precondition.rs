//! `If-Match` (RFC 9110, section 13.1.1): which version of a record the caller means.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};

use crate::problem::{Kind, Problem};

/// The version that a change is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// No header: refused where one is needed.
    Missing,
    /// `*`: whatever there is.
    Any,
    /// This version; one that we never gave out matches nothing.
    Version(i64),
}

impl Precondition {
    /// The version to compare with, none for any. Call this after the authorization.
    ///
    /// # Errors
    /// 428 if the header is missing.
    pub fn required(self) -> Result<Option<i64>, Problem> {
        match self {
            Self::Missing => Err(Problem::new(
                Kind::PreconditionRequired,
                "Send `If-Match` with the record's ETag, or `*` for whatever there is.",
            )),
            other => Ok(other.optional()),
        }
    }

    /// The version to compare with, if one is named.
    #[must_use]
    pub fn optional(self) -> Option<i64> {
        match self {
            Self::Version(version) => Some(version),
            Self::Missing | Self::Any => None,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Precondition {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.headers.get(header::IF_MATCH).map_or(Self::Missing, |value| {
            let text = value.to_str().unwrap_or_default().trim();
            if text == "*" {
                return Self::Any;
            }
            let version =
                text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|tag| tag.parse().ok());
            Self::Version(version.unwrap_or(-1))
        }))
    }
}
