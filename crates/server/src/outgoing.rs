//! Requests that we make of others: the one client. Follows no redirects, and gives up on what is too slow or too long.

pub mod address;
mod outside;

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// The most bytes of an answer.
const LONGEST: usize = 64 * 1024;

/// Asks other services. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// For those that are reached one by one ([`Outgoing::send_outside`]).
    tls: ClientConfig,
}

/// Why there is no answer. Says nothing of what was sent or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address is not https, and not on this machine.
    #[error("the address is not https")]
    Insecure,
    /// No connection, or it broke.
    #[error("it cannot be reached")]
    Unreachable,
    /// The time is over.
    #[error("it does not answer in time")]
    TooSlow,
    /// The answer is too long.
    #[error("its answer is too long")]
    TooLong,
    /// It is at no public address, nor at one that the operator allows.
    #[error("its address is not allowed on this server")]
    Refused,
}

impl Outgoing {
    /// Trusts the authorities that browsers trust.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn public() -> Result<Self, String> {
        Ok(Self::with(tls()?.with_webpki_roots().with_no_client_auth()))
    }

    /// Trusts these authorities alone.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn trusting(roots: RootCertStore) -> Result<Self, String> {
        Ok(Self::with(tls()?.with_root_certificates(roots).with_no_client_auth()))
    }

    fn with(tls: ClientConfig) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http().enable_http1().build();
        Self { client: Client::builder(TokioExecutor::new()).build(connector), tls }
    }

    /// Sends the request and reads the whole answer within this time.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn send(&self, request: Request<Vec<u8>>, within: Duration) -> Result<Response<Vec<u8>>, Fault> {
        let (scheme, host) = (request.uri().scheme_str(), request.uri().host());
        if !is_safe(scheme.unwrap_or_default(), host.unwrap_or_default()) {
            return Err(Fault::Insecure);
        }
        let mut request = request.map(|body| Full::new(Bytes::from(body)));
        request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("Rolecall"));
        let answer = async {
            let response = self.client.request(request).await.map_err(|_| Fault::Unreachable)?;
            let (parts, body) = response.into_parts();
            let read = Limited::new(body, LONGEST).collect().await.map_err(|error| match error.downcast_ref() {
                Some(LengthLimitError { .. }) => Fault::TooLong,
                None => Fault::Unreachable,
            })?;
            Ok(Response::from_parts(parts, read.to_bytes().to_vec()))
        };
        tokio::time::timeout(within, answer).await.unwrap_or(Err(Fault::TooSlow))
    }
}

fn tls() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, String> {
    let ring = rustls::crypto::ring::default_provider();
    let builder = ClientConfig::builder_with_provider(ring.into()).with_safe_default_protocol_versions();
    builder.map_err(|error| error.to_string())
}

/// Whether secrets may be sent there: by https, or on this machine.
#[must_use]
pub fn is_safe(scheme: &str, host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !host.is_empty() && (scheme == "https" || (scheme == "http" && here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_leaves_the_machine() {
        assert!(is_safe("https", "example.com"));
        assert!(is_safe("http", "localhost") && is_safe("http", "127.0.0.2") && is_safe("http", "[::1]"));
        assert!(!is_safe("http", "example.com") && !is_safe("http", "localhost.example.com"));
        assert!(!is_safe("ftp", "localhost") && !is_safe("https", ""));
    }
}
