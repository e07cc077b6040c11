//! Who visits: whoever has a conversation's token, a key, or somebody new. Never a session: chat knows no cookies.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use rolecall_store::Caller;

use crate::auth::asking::{self, Asking};
use crate::auth::token;
use crate::problem::Problem;
use crate::state::App;

/// A visitor.
#[derive(Clone, Debug)]
pub struct Visiting {
    /// For the store: anybody, or a key.
    pub caller: Caller,
    /// What they show.
    pub shows: Shows,
}

/// What a visitor shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Nothing: they are new.
    Nothing,
    /// A token of this hash.
    Token([u8; 32]),
    /// A key.
    Key,
}

impl FromRequestParts<App> for Visiting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = asking::anybody(parts, app);
        let Some(given) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(Self { caller, shows: Shows::Nothing });
        };
        let visitor = given
            .to_str()
            .ok()
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, secret)| scheme.eq_ignore_ascii_case("bearer") && secret.trim().starts_with("rcv_"));
        if let Some((_, secret)) = visitor {
            return Ok(Self { caller, shows: Shows::Token(token::hash(secret.trim())) });
        }
        let asking = Asking::from_request_parts(parts, app).await?;
        Ok(Self { caller: asking.caller, shows: Shows::Key })
    }
}
