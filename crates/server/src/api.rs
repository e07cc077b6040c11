//! The JSON API: `/api/v1` and the public `/chat/v1`. A handler decodes, calls one service function, encodes.

mod analytics;
pub(crate) mod answer;
mod appearance;
mod audit;
mod availability;
mod bot;
mod chat;
mod connection;
mod content;
mod conversation;
mod credential;
pub mod document;
mod entity;
mod flow;
mod forward;
mod id;
mod integration;
pub use id::Id;
mod invitation;
mod key;
mod leaving;
mod messenger;
mod organization;
mod own;
mod partner;
mod picture;
mod playground;
mod program;
mod publication;
mod query;
mod reach;
mod request;
mod role;
mod session;
mod setting;
mod setup;
mod status;
mod strength;
mod team;
mod training;
mod unmatched;
mod user;

pub(crate) use flow::flow_file;

use std::sync::LazyLock;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::state::App;

/// The routes alone, to call one from within (a preview); without what surrounds a request from outside.
pub fn calls(app: &App) -> Router {
    static ROUTES: LazyLock<Router<App>> = LazyLock::new(|| router().into());
    ROUTES.clone().with_state(app.clone())
}

/// All routes, with their documentation.
pub fn router() -> OpenApiRouter<App> {
    let governed = OpenApiRouter::new()
        .merge(setup::router())
        .merge(session::router())
        .merge(own::router())
        .merge(picture::router())
        .merge(availability::router())
        .merge(strength::router())
        .merge(credential::router())
        .merge(connection::router())
        .merge(organization::router())
        .merge(reach::router())
        .merge(partner::router())
        .merge(request::router())
        .merge(leaving::router())
        .merge(user::router())
        .merge(invitation::router())
        .merge(role::router())
        .merge(audit::router())
        .merge(bot::router())
        .merge(key::router())
        .merge(team::router())
        .merge(training::router())
        .merge(entity::router())
        .merge(unmatched::router())
        .merge(flow::router())
        .merge(integration::router())
        .merge(content::router())
        .merge(setting::router())
        .merge(playground::router())
        .merge(publication::router())
        .merge(appearance::router())
        .merge(messenger::router())
        .merge(conversation::router())
        .merge(analytics::router())
        .merge(program::router())
        .merge(forward::router());
    OpenApiRouter::with_openapi(document::head()).nest("/api/v1", governed).merge(chat::router())
}
