//! Bots at work: what visitors say comes in, replies go out, each message exactly once.
//!
//! A reply is made beside the database, from the bot in memory and the conversation as it was last seen; then one task
//! writes the messages of all visitors who wait, in one commit, each on the condition that its conversation is as it was
//! seen (`writer`). Only after that commit is anything answered. So a message that was answered is never lost, and one
//! that is sent again (by its sender's own id) is found there. Within one server a conversation is held by one request
//! at a time (`visits`), so the condition fails only where somebody of the team, or another server, was faster.
//!
//! This module must never open a transaction or decide who may: that is `rolecall_store`'s, by `Store::admit`.

pub mod bots;
pub mod follow;
pub mod limit;
pub mod model;
pub mod retention;
pub mod turn;
pub mod visiting;
pub mod visits;
pub mod wake;
pub mod writer;

use std::sync::Arc;

/// Bots at work. Cheap to clone; its tasks begin when they are first needed.
#[derive(Clone, Default)]
pub struct Chat(Arc<Parts>);

/// The parts of it.
#[derive(Default)]
pub struct Parts {
    /// The bots used last.
    pub bots: bots::Bots,
    /// The conversations gone on with of late.
    pub visits: visits::Visits,
    /// Writes what is said.
    pub writer: writer::Writer,
    /// Wakes who waits for more.
    pub followers: follow::Followers,
    /// How often visitors may say something.
    pub rates: limit::Rates,
    /// Wakes who sends to channels.
    pub channels: wake::Wake,
}

impl std::ops::Deref for Chat {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
