//! Password hashing.

/// Hashes off the request threads.
#[derive(Clone)]
pub struct Hasher;
