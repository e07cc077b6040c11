//! What a bot understands and knows, from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod flow;
mod knowledge;
mod reply;
mod understanding;
mod world;
