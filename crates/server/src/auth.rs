//! Who asks: sessions, cookies, cross-site rule, passwords, failure limits.

pub mod asking;
pub mod password;
