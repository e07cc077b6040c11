//! The cross-site rule: an unsafe request that rides on a cookie, or would set one, must come from our own
//! pages (Fetch Metadata, with `Origin` for browsers that do not send it).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::config::Config;
use crate::problem::{Kind, Problem};
use crate::state::App;

/// Refuses a request from another site.
///
/// # Errors
/// 403 if it is, or if it does not say.
pub fn check(headers: &HeaderMap, config: &Config) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => is_own(origin, text(header::HOST.as_str()), config),
        (None, None) => false,
    };
    if own {
        return Ok(());
    }
    Err(Problem::new(
        Kind::CrossSite,
        "Requests that change something must come from Rolecall's own pages. Programs send a bearer token, \
         or `Origin` with the public URL.",
    ))
}

/// Refuses what another site's page makes a browser fetch; for a reading that leaves a trace.
///
/// # Errors
/// 403 if it is another site's.
pub fn refuse_foreign(headers: &HeaderMap) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if site.is_none_or(|site| site == "same-origin" || site == "none") {
        return Ok(());
    }
    Err(Problem::new(Kind::CrossSite, "This is taken out from Rolecall's own pages, or by a program with a token."))
}

/// The public URL's origin, or the request's own host on loopback.
fn is_own(origin: &str, host: Option<&str>, config: &Config) -> bool {
    if origin == config.public_url.origin().ascii_serialization() {
        return true;
    }
    let Ok(url) = url::Url::parse(origin) else { return false };
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let authority = match (url.host_str(), url.port()) {
        (Some(name), Some(port)) => format!("{name}:{port}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => return false,
    };
    loopback && url.scheme() == "http" && host == Some(authority.as_str())
}

/// An extractor for requests that set a cookie without having one yet: sign-in, set-up, acceptance.
#[derive(Clone, Copy, Debug)]
pub struct SameSite;

impl FromRequestParts<App> for SameSite {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        check(&parts.headers, &app.config).map(|()| Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::at("http://localhost:8080".parse().unwrap())
    }

    fn passes(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        check(&headers, &config()).is_ok()
    }

    #[test]
    fn only_our_own_pages_pass() {
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("sec-fetch-site", "none")]));
        assert!(!passes(&[("sec-fetch-site", "same-site")]));
        assert!(!passes(&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")]));
        assert!(passes(&[("origin", "http://localhost:8080")]));
        assert!(passes(&[("origin", "http://127.0.0.1:9"), ("host", "127.0.0.1:9")]));
        assert!(!passes(&[("origin", "http://evil.example"), ("host", "evil.example")]));
        assert!(!passes(&[("origin", "null")]));
        assert!(!passes(&[]));
    }
}
