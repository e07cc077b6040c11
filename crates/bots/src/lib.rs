//! What a bot does, pure: how it leads through a conversation, what a sentence means, and which entry of its knowledge
//! answers it.
//!
//! A story to read the parts by: Ana teaches *Help desk* two intents, "lost card" and "opening hours", by some
//! sentences each. [`train`] makes a [`Trained`] understanding of them and reports what was learned and which
//! sentences contradict. A visitor writes "my card is gone"; [`Trained::understand`] says "lost card", how sure it is
//! and because of which words, or that it is none of them. Her [`Entity`] "order" finds the order's number in it. What no intent answers is looked up in the [`Knowledge`]. A
//! [`flow::Flow`] asks what has to be asked first. A [`Bot`] is all of these together, and [`reply`](reply::reply) is what it
//! says.
//!
//! This crate must never do I/O, read a clock or draw randomness: the same input gives the same bot, bit for bit.

pub mod entity;
pub mod flow;
pub mod knowledge;
pub mod reply;
pub mod snapshot;
pub mod understanding;

pub use entity::{Entities, Entity, FoundEntity};
pub use knowledge::{Entry, Found, Knowledge, Language};
pub use reply::{Bot, Event, Outcome, Reply, State, reply};
pub use snapshot::{Settings, Snapshot};
pub use understanding::{Intent, Report, Trained, TrainingSet, Understood, cross_validate, train};
