//! What a bot understands and knows, from outside.

mod flow;
mod knowledge;
mod understanding;
mod world;
