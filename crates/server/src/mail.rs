//! Mail: the worker that empties the outbox over SMTP.

/// Wakes the worker.
#[derive(Clone)]
pub struct Outbox;
