//! The session cookie.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// Its name: with the `__Host-` prefix where the public URL is https, so that no other host can set it.
#[must_use]
pub fn name(config: &Config) -> &'static str {
    if is_secure(config) { "__Host-rolecall_session" } else { "rolecall_session" }
}

fn is_secure(config: &Config) -> bool {
    config.public_url.scheme() == "https"
}

/// The value of a cookie of this request.
#[must_use]
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The header that sets the session's token.
#[must_use]
pub fn set(config: &Config, token: &str) -> HeaderValue {
    let seconds = config.limits.session_absolute_seconds;
    build(config, token, seconds)
}

/// The header that clears it.
#[must_use]
pub fn clear(config: &Config) -> HeaderValue {
    build(config, "", 0)
}

fn build(config: &Config, value: &str, seconds: i64) -> HeaderValue {
    let secure = if is_secure(config) { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", name(config));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
