//! Tests of the access model: the presets' tables, decisions against a second implementation, guards.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod catalogue;
mod everything;
mod guards;
mod oracle;
mod presets;
mod programs_oracle;
mod properties;
mod remedies;
mod series;
mod world;
