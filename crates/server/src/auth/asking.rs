//! The extractors that say who asks.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use rolecall_store::Caller;
use rolecall_store::resource::Session;

use crate::problem::Problem;
use crate::state::App;

/// Who asks, when and from where: from `Authorization: Bearer`, else the session cookie, else nobody.
/// Refuses an unsafe request that comes by cookie from another site.
#[derive(Clone, Debug)]
pub struct Asking {
    /// For the services.
    pub caller: Caller,
    /// The session, where one was used.
    pub session: Option<Session>,
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        todo!()
    }
}
