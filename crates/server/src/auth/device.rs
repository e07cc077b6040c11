//! Browsers known to an account. Whoever guesses somebody's password from elsewhere soon meets the account's limit; so that
//! this locks the person themself out nowhere, wrong passwords from a browser they have signed in from (or chosen a new
//! password in, by a mailed link) count against that browser alone. The mark signs nobody in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_access::UserId;
use uuid::Uuid;

use crate::auth::cookie::Cookie;
use crate::auth::token;
use crate::problem::Problem;
use crate::state::App;

/// Seconds that a mark is kept.
pub const SECONDS: i64 = 365 * 24 * 3600;
const PURPOSE: &str = "device";

/// A browser known to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The account.
    pub account: UserId,
    /// What tells it from other browsers.
    pub mark: String,
}

/// A new mark, for the cookie.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn mark(app: &App, account: UserId) -> Result<String, Problem> {
    let text = format!("{} {}", account.0, token::new()?);
    Ok(URL_SAFE_NO_PAD.encode(app.vault.seal(PURPOSE, text.as_bytes())?))
}

fn read(app: &App, sealed: &str) -> Option<Device> {
    let plain = app.vault.open_quietly(PURPOSE, &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
    let text = String::from_utf8(plain).ok()?;
    let (account, mark) = text.split_once(' ')?;
    Some(Device { account: UserId(account.parse::<Uuid>().ok()?), mark: mark.to_owned() })
}

/// The browser's mark, if it has one of ours.
#[derive(Clone, Debug)]
pub struct Known(pub Option<Device>);

impl FromRequestParts<App> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let sealed = Cookie::Device.of(&parts.headers, &app.config);
        Ok(Self(sealed.and_then(|sealed| read(app, sealed))))
    }
}
