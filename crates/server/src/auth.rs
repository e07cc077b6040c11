//! Who asks: sessions, cookies, cross-site rule, passwords, failure limits.

pub mod address;
pub mod asking;
pub mod cookie;
pub mod limit;
pub mod origin;
pub mod password;
pub mod token;
