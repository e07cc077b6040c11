//! Our cookies: the session, the step between password and second factor, the mark of a browser known to an account.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::auth::device;
use crate::config::Config;
use crate::service::sign_in::STEP_SECONDS;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session.
    Session,
    /// Between password and second factor: good for that step only.
    Step,
    /// That somebody has signed in from this browser before: signs nobody in (see [`crate::auth::device`]).
    Device,
}

impl Cookie {
    /// Its name: with the `__Host-` prefix where the public URL is https, so that no other host can set it.
    #[must_use]
    pub fn name(self, config: &Config) -> &'static str {
        match (self, is_secure(config)) {
            (Self::Session, true) => "__Host-rolecall_session",
            (Self::Session, false) => "rolecall_session",
            (Self::Step, true) => "__Host-rolecall_sign_in",
            (Self::Step, false) => "rolecall_sign_in",
            (Self::Device, true) => "__Host-rolecall_device",
            (Self::Device, false) => "rolecall_device",
        }
    }

    /// Its value in this request.
    #[must_use]
    pub fn of<'h>(self, headers: &'h HeaderMap, config: &Config) -> Option<&'h str> {
        read(headers, self.name(config)).filter(|value| !value.is_empty())
    }

    /// The header that sets it.
    #[must_use]
    pub fn set(self, config: &Config, token: &str) -> HeaderValue {
        let seconds = match self {
            Self::Session => config.limits.session_absolute_seconds,
            Self::Step => STEP_SECONDS,
            Self::Device => device::SECONDS,
        };
        self.build(config, token, seconds)
    }

    /// The header that clears it.
    #[must_use]
    pub fn clear(self, config: &Config) -> HeaderValue {
        self.build(config, "", 0)
    }

    fn build(self, config: &Config, value: &str, seconds: i64) -> HeaderValue {
        let (name, secure) = (self.name(config), if is_secure(config) { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
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
