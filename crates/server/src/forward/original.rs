//! What was asked of the proxy, from the headers in which it says so.
//!
//! nginx says it in `X-Original-URL` and `X-Original-Method`, Traefik and Caddy in `X-Forwarded-Method`, `-Proto`,
//! `-Host` and `-Uri`. Each of them passes on what a client sends under the other's names; so both at once is a client
//! that tries something, or a proxy that is not set up as it should be, and is refused.

use axum::http::{HeaderMap, HeaderName, header};

use super::address::{self, Address};

/// How the proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// nginx: it takes 200, 401 and 403, and makes a redirect of a header itself.
    Nginx,
    /// Traefik, Caddy: what is not 2xx is the client's answer, as it is.
    Forwarding,
}

/// What was asked of the proxy.
#[derive(Clone, Debug)]
pub struct Original {
    /// Which kind of proxy asks.
    pub proxy: Proxy,
    /// For what.
    pub address: Address,
    /// By which method.
    pub method: String,
    /// Whether a browser goes to a page, so that it can be led elsewhere.
    pub browses: bool,
}

/// Headers by which some programs take a request for another than it is.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-rewrite-url", "x-original-host"];

const URL: &str = "x-original-url";
const METHOD: &str = "x-original-method";
const FORWARDED_URI: &str = "x-forwarded-uri";
const FORWARDED_METHOD: &str = "x-forwarded-method";

/// The one value of a header; empty is none.
fn one<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, String> {
    let mut values = headers.get_all(HeaderName::from_static(name)).iter();
    let (first, more) = (values.next(), values.next());
    if more.is_some() {
        return Err(format!("`{name}` comes twice."));
    }
    let Some(value) = first.filter(|value| !value.is_empty()) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| format!("`{name}` has characters that do not belong there."))
}

fn given<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, String> {
    one(headers, name)?.ok_or_else(|| format!("The proxy must say what was asked: `{name}` is missing."))
}

impl Original {
    /// What was asked.
    ///
    /// # Errors
    /// What is wrong with the headers, in words.
    pub fn of(headers: &HeaderMap) -> Result<Self, String> {
        for name in OVERRIDES {
            if headers.contains_key(name) {
                return Err(format!("`{name}` is sent along, by which programs take a request for another one."));
            }
        }
        let nginx = one(headers, URL)?.is_some() || one(headers, METHOD)?.is_some();
        let forwarding = one(headers, FORWARDED_URI)?.is_some() || one(headers, FORWARDED_METHOD)?.is_some();
        if nginx && forwarding {
            let detail = "`X-Original-…` and `X-Forwarded-…` both say what was asked: one of them is the client's. Have \
                          the proxy take away those that are not its own.";
            return Err(detail.to_owned());
        }
        let unclear = |unclear: address::Unclear| unclear.to_string();
        let (proxy, address, method) = if nginx {
            let address = Address::parse(given(headers, URL)?).map_err(unclear)?;
            (Proxy::Nginx, address, given(headers, METHOD)?)
        } else {
            let (scheme, host) = (given(headers, "x-forwarded-proto")?, given(headers, "x-forwarded-host")?);
            let address = Address::of(scheme, host, given(headers, FORWARDED_URI)?).map_err(unclear)?;
            (Proxy::Forwarding, address, given(headers, FORWARDED_METHOD)?)
        };
        let method = address::method(method).map_err(unclear)?.to_owned();
        let browses = matches!(method.as_str(), "GET" | "HEAD") && browses(headers);
        Ok(Self { proxy, address, method, browses })
    }
}

/// Whether a browser goes to a page: by Fetch Metadata or, where that is missing, because it takes HTML.
fn browses(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate" && headers.get("sec-fetch-dest").is_none_or(|dest| dest == "document"),
        None => headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|all| all.contains("text/html")),
    }
}
