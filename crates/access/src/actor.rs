//! Who acts.

use crate::id::{KeyId, UserId};

/// Whoever makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Nobody signed in.
    Anybody,
    /// A person, signed in.
    User(UserId),
    /// An API key or personal token.
    Key(KeyId),
    /// The command line on the host: bound by no lock-out and one owner only, always audited.
    Operator,
}
