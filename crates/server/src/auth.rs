//! Who asks: sessions, cookies, cross-site rule, passwords, second factors, failure limits, sealed secrets.

pub mod address;
pub mod agent;
pub mod asking;
pub mod cookie;
pub mod device;
pub mod factor;
pub mod fresh;
pub mod hmac;
pub mod limit;
pub mod oauth;
pub mod origin;
pub mod passkey;
pub mod password;
pub mod provider;
pub mod secret;
pub mod token;
pub mod vault;
