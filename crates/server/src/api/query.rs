//! Query strings: complained about only after the caller was found to be allowed, like bodies.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use rolecall_store::resource::List;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::problem::{FieldError, Problem};

/// Most items of a page.
const MOST: u32 = 200;
/// Items of a page if not said.
const USUAL: u32 = 50;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters that `Lists` reads")]
pub struct ListQuery {
    /// At most so many items.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only items whose name (or e-mail) contains this, whatever the case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// A column, with `-` before it for descending.
    sort: Option<String>,
}

/// A list's page and its filters, or what is wrong with them.
pub struct Lists<F = Nothing> {
    /// The page.
    pub list: Result<List, Problem>,
    /// The filters.
    pub filter: Result<F, Problem>,
}

/// No parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A query string that is no list's, or what is wrong with it.
pub struct Asked<F>(pub Result<F, Problem>);

impl<S: Send + Sync, F: DeserializeOwned> FromRequestParts<S> for Lists<F> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let mut list = Ok(List { limit: USUAL, cursor: None, q: None, sort: None });
        let mut rest = url::form_urlencoded::Serializer::new(String::new());
        let mut seen = Vec::new();
        for (key, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            if !is_list_parameter(&key) {
                rest.append_pair(&key, &value);
            } else if seen.contains(&key) {
                list = Err(invalid(&key, "Give it only once."));
            } else {
                list = list.and_then(|list| take(list, &key, &value));
                seen.push(key);
            }
        }
        Ok(Self { list, filter: decode(&rest.finish()) })
    }
}

impl<S: Send + Sync, F: DeserializeOwned> FromRequestParts<S> for Asked<F> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(decode(parts.uri.query().unwrap_or_default())))
    }
}

fn is_list_parameter(key: &str) -> bool {
    matches!(key, "limit" | "cursor" | "q" | "sort")
}

fn take(mut list: List, key: &str, value: &str) -> Result<List, Problem> {
    let given = || (!value.is_empty()).then(|| value.to_owned());
    match key {
        "limit" => {
            let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
            list.limit = limit.ok_or_else(|| invalid("limit", "Choose a number from 1 to 200."))?;
        }
        "cursor" => list.cursor = given(),
        "sort" => list.sort = given(),
        _ if value.chars().count() > 200 => return Err(invalid("q", "Use at most 200 characters.")),
        _ => list.q = given(),
    }
    Ok(list)
}

fn decode<F: DeserializeOwned>(query: &str) -> Result<F, Problem> {
    let uri: Uri = format!("/?{query}").parse().map_err(|_| invalid("query", "It is not well formed."))?;
    Query::<F>::try_from_uri(&uri).map(|Query(filter)| filter).map_err(|error| {
        let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        // What is unknown or missing is named in the text; a value that does not fit comes after its field.
        let quoted = text.contains("field `").then(|| text.split('`').nth(1)).flatten();
        let field = quoted.or_else(|| text.split(':').next()).unwrap_or("query").to_owned();
        invalid(&field, &format!("{text}."))
    })
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, "invalid", message)])
}
