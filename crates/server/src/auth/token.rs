//! Tokens: 256 random bits, shown once as text, kept as SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;

/// A new token: 43 characters, safe in links.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn new() -> Result<String, Problem> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// What is kept of a token.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
