//! Rolecall's server: sign-in, services, JSON API and console.
//!
//! A request passes: [`router`] → [`auth::asking`] (who asks) → a handler in [`api`] or [`console`]
//! (decode, call one function, encode) → [`service`] (one use case per function; the only place that
//! opens transactions) → the store, which hands out records only as proof of permission.
//!
//! This crate must never contain SQL, and a handler must never reach the store.

pub mod api;
pub mod appearance;
pub mod auth;
pub mod authzen;
pub mod availability;
pub mod chat;
pub mod clock;
pub mod config;
pub mod console;
pub mod demo;
pub mod following;
pub mod forward;
pub mod graph;
pub mod input;
pub mod integration;
pub mod line_diff;
pub mod live;
pub mod mail;
pub mod markdown;
pub mod mask;
pub mod messenger;
pub mod observe;
pub mod outgoing;
pub mod picture;
pub mod precondition;
pub mod problem;
pub mod public;
pub mod router;
pub mod run;
pub mod service;
pub mod spreadsheet;
pub mod state;
pub mod talks;
pub mod text;
pub mod time;
pub mod understanding;
pub mod upload;
pub mod workshop;

pub use config::Config;
pub use problem::{FieldError, Problem};
pub use rolecall_store::Database;
pub use rolecall_store::doctor::{Check, Finding};
pub use state::App;
