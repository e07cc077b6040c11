//! Server tests: the whole router in process, on a real database, driven as its callers drive it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod availability;
mod audit;
mod bots;
mod concurrency;
mod connected;
mod connected_tokens;
mod console;
mod credentials;
mod doors;
mod explain;
mod guards;
mod inputs;
mod invitations;
mod keys;
mod leaving;
mod matrix;
mod members;
mod partners;
mod passwords;
mod pictures;
mod peer;
mod presets;
mod preview;
mod profile;
mod projects;
mod reach;
mod requests;
mod roles;
mod route_table;
mod routes;
mod second_factor;
mod sessions;
mod settings;
mod texts;
mod world;
