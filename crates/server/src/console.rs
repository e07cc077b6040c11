//! The console: pages for people. A handler decodes, calls one service function, renders a template; every form works
//! without JavaScript (post, redirect, get).

mod account;
mod analytics;
mod appearance;
mod asset;
mod audit;
mod audit_filter;
mod bot;
mod bot_settings;
mod bots;
mod channels;
mod chart;
mod conflict;
mod connections;
mod content;
mod content_import;
mod content_versions;
mod contents;
mod conversation;
mod conversations;
mod credentials;
mod demo;
mod entities;
mod entity_form;
mod entry;
mod explain;
mod flow;
mod flow_form;
mod flow_step;
mod flows;
mod form;
mod forward;
mod forward_way;
mod handover;
mod home;
mod integration;
mod integrations;
mod intent;
mod invitations;
mod keys;
mod leaving;
mod map;
mod matrix;
mod messenger;
mod models;
mod page;
mod partners;
mod people;
mod picture;
mod playground;
mod preview;
mod problem;
mod publication;
mod requests;
mod role;
mod roles;
mod search;
mod settings;
mod shell;
mod single_sign_on;
mod step;
mod switches;
mod teaching;
mod team;
mod term;
mod training;
mod unmatched;
mod user;
mod users;
mod when;
mod words;

use axum::Router;

use crate::state::App;

pub use asset::address as asset_address;
pub(crate) use page::encode;
pub use problem::problem_page;
pub use words::permission as permission_in_words;

/// All pages.
pub fn router() -> Router<App> {
    Router::new()
        .merge(asset::router())
        .merge(entry::router())
        .merge(bot_settings::router())
        .merge(playground::router())
        .merge(publication::router())
        .merge(home::router())
        .merge(step::router())
        .merge(account::router())
        .merge(picture::router())
        .merge(handover::router())
        .merge(credentials::router())
        .merge(connections::router())
        .merge(demo::router())
        .merge(problem::router())
        .merge(bots::router())
        .merge(bot::router())
        .merge(team::router())
        .merge(keys::router())
        .merge(flows::router())
        .merge(integrations::router())
        .merge(integration::router())
        .merge(flow::router())
        .merge(flow_step::router())
        .merge(training::router())
        .merge(entities::router())
        .merge(unmatched::router())
        .merge(intent::router())
        .merge(teaching::router())
        .merge(appearance::router())
        .merge(channels::router())
        .merge(messenger::router())
        .merge(contents::router())
        .merge(content::router())
        .merge(content_versions::router())
        .merge(content_import::router())
        .merge(conversations::router())
        .merge(conversation::router())
        .merge(analytics::router())
        .merge(users::router())
        .merge(leaving::router())
        .merge(user::router())
        .merge(invitations::router())
        .merge(roles::router())
        .merge(models::router())
        .merge(role::router())
        .merge(audit::router())
        .merge(explain::router())
        .merge(map::router())
        .merge(people::router())
        .merge(matrix::router())
        .merge(partners::router())
        .merge(requests::router())
        .merge(search::router())
        .merge(settings::router())
        .merge(single_sign_on::router())
        .merge(forward::router())
        .merge(forward_way::router())
}
